//! The show file, which is prepared before a performance: loading, checking, reloading.
//!
//! Read at the start and watched by the app. After an edit with mistakes the last good show stays and the mistakes are
//! logged.

mod load;
pub(crate) mod looks;
mod overlay;
mod parse;
mod route;
mod schedule;
mod watch;

use std::path::{Path, PathBuf};

use crate::conductor::Settings;
use crate::control::BlockList;
use crate::diagnostics::{Diagnostic, list};
use crate::dream::Banks;
use crate::render::{Region, Viewing};
use crate::tempo::prolink::Presence;

pub use load::load;
pub(crate) use load::{is_settings, load_all};
pub use overlay::OverlayFile;
pub(crate) use parse::parse;
pub use route::patch;
pub use schedule::Guide;
pub use watch::ShowChange;
pub(crate) use watch::{ShowFiles, state_of, watch};

/// Everything a show file says, resolved and checked.
#[derive(Clone, Debug)]
pub struct Show {
    pub name: String,
    /// Folder of the model, as written; relative to where the program runs.
    pub model: PathBuf,
    /// Size of the generated pictures; the model's own when not given.
    pub picture_px: Option<(u32, u32)>,
    pub banks: Banks,
    pub settings: Settings,
    pub output: Output,
    /// A mapping file that replaces the one chosen by the controller's name.
    pub mapping: Option<PathBuf>,
    pub tempo: DeckSettings,
    /// Whether `prompt.text` is accepted from other machines.
    pub remote_text: bool,
    /// Words that `prompt.text` takes from nobody.
    pub blocked_words: BlockList,
    /// The picture that `dream.source = image` starts from.
    pub image: Option<PathBuf>,
    /// What `overlay.slot` chooses from.
    pub overlays: Vec<OverlayFile>,
    /// What `guide.slot` chooses from.
    pub guides: Vec<Guide>,
    /// The picture whose dark keeps images from changing.
    pub mask: Option<PathBuf>,
}

/// What the clock may listen to, unless the command line says otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeckSettings {
    /// What to do with Pro DJ Link; passive when nobody says.
    pub prolink: Option<Presence>,
    /// The DJ's stick or a copy of it, for the phrases of its tracks.
    pub rekordbox: Option<PathBuf>,
}

/// How the wall is driven, unless the command line says otherwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    pub size_px: Option<(u32, u32)>,
    /// Frames a second; without it a window follows its monitor.
    pub fps: Option<f64>,
    pub monitor: Option<String>,
    /// How large the wall is and how near people stand, for the flash limiter.
    pub viewing: Viewing,
    /// The rectangle of the screen that is the wall, for LED processors.
    pub region: Option<Region>,
    /// Clockwise quarter turns of the picture.
    pub quarter_turns: u32,
    /// Show a test card instead of pictures.
    pub test_card: bool,
}

/// Why a show could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    #[error("{path}: {reason}")]
    Unreadable { path: String, reason: String },
    #[error("{}", list(path, mistakes))]
    Mistakes { path: String, mistakes: Vec<Diagnostic> },
}

impl ShowError {
    /// How many mistakes it lists.
    #[must_use]
    pub fn count(&self) -> usize {
        match self {
            Self::Unreadable { .. } => 1,
            Self::Mistakes { mistakes, .. } => mistakes.len(),
        }
    }
}

/// A path in a show: absolute, relative to where the program runs, or to the show's folder or one above it.
pub(crate) fn resolve(show: &Path, written: &str) -> PathBuf {
    let direct = PathBuf::from(written);
    if direct.is_absolute() || direct.exists() {
        return direct;
    }
    let above = show.ancestors().skip(1).map(|folder| folder.join(written));
    above.into_iter().find(|path| path.exists()).unwrap_or(direct)
}

#[cfg(test)]
mod tests;
