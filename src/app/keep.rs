//! What outlives the show: the levels that the ears learned, and the looks that were stored. Called by the status thread.

use super::sound::Notebook;
use std::path::PathBuf;
use std::sync::Arc;

use crate::audio::LevelMemory;
use crate::conductor::Shelf;
use crate::rt::Reader;
use crate::show;

/// Seconds between two saves of the learned levels.
pub const KEEP_S: u32 = 60;

/// The learned levels, and the file they are saved to.
pub struct Notes {
    pub book: Notebook,
    pub memory: Reader<LevelMemory>,
}

/// The looks, and how often one was stored.
#[derive(Clone)]
pub struct KeptLooks {
    pub shelf: Shelf,
    pub revision: u64,
    /// The show that they were stored in.
    pub of: Arc<Vec<PathBuf>>,
}

/// Writes looks to their file as soon as one is stored.
pub struct LookKeeper {
    shelf: Reader<KeptLooks>,
    kept: u64,
}

impl LookKeeper {
    pub fn new(mut shelf: Reader<KeptLooks>) -> Self {
        let kept = shelf.read().revision;
        Self { shelf, kept }
    }

    fn keep(&mut self) {
        let KeptLooks { shelf, revision, of } = self.shelf.read();
        if self.kept == *revision {
            return;
        }
        self.kept = *revision;
        let Some(path) = of.first().map(|show| show::looks::file_of(show)) else { return };
        match show::looks::write(&path, shelf) {
            Ok(()) => tracing::info!("looks are kept in {}", path.display()),
            Err(error) => {
                let path = path.display();
                tracing::warn!("{path}: the looks cannot be kept ({error}); they last as long as this show");
            }
        }
    }
}

/// All of it.
pub struct Keep {
    pub notes: Option<Notes>,
    pub looks: LookKeeper,
}

impl Keep {
    pub fn notes(&mut self) {
        if let Some(Notes { book, memory }) = &mut self.notes {
            book.keep(memory.read());
        }
    }

    pub fn looks(&mut self) {
        self.looks.keep();
    }
}
