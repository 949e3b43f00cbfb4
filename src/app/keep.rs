//! What outlives the show: the levels that the ears learned, and the looks that were stored. Called by the status thread.

use std::path::PathBuf;

use super::sound::Notebook;
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
#[derive(Clone, Copy, Debug)]
pub struct KeptLooks {
    pub shelf: Shelf,
    pub revision: u64,
}

/// Writes looks to their file as soon as one is stored.
pub struct LookKeeper {
    path: PathBuf,
    shelf: Reader<KeptLooks>,
    kept: u64,
}

impl LookKeeper {
    pub fn new(path: PathBuf, mut shelf: Reader<KeptLooks>) -> Self {
        let kept = shelf.read().revision;
        Self { path, shelf, kept }
    }

    fn keep(&mut self) {
        let KeptLooks { shelf, revision } = self.shelf.read();
        if self.kept == *revision {
            return;
        }
        self.kept = *revision;
        match show::looks::write(&self.path, shelf) {
            Ok(()) => tracing::info!("looks are kept in {}", self.path.display()),
            Err(error) => {
                let path = self.path.display();
                tracing::warn!("{path}: the looks cannot be kept ({error}); they last as long as this show");
            }
        }
    }
}

/// All of it.
pub struct Keep {
    pub notes: Option<Notes>,
    pub looks: Option<LookKeeper>,
}

impl Keep {
    pub fn notes(&mut self) {
        if let Some(Notes { book, memory }) = &mut self.notes {
            book.keep(memory.read());
        }
    }

    pub fn looks(&mut self) {
        if let Some(looks) = &mut self.looks {
            looks.keep();
        }
    }
}
