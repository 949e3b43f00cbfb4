//! Notices edits of the show file while playing: a good edit takes effect, a broken one is reported.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{Show, ShowError, load};

/// What an edit led to.
pub enum Change {
    /// Boxed: a show is large.
    Better(Box<Show>),
    /// The last good show goes on.
    Broken(ShowError),
}

/// Looks at the file's time and size; asked about once a second.
pub struct Watch {
    path: PathBuf,
    seen: Option<(SystemTime, u64)>,
}

impl Watch {
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf(), seen: stamp(path) }
    }

    /// The edit since the last look, if there was one.
    pub fn look(&mut self) -> Option<Change> {
        let stamp = stamp(&self.path);
        if stamp == self.seen {
            return None;
        }
        self.seen = stamp;
        Some(match load(&self.path) {
            Ok(show) => Change::Better(Box::new(show)),
            Err(e) => Change::Broken(e),
        })
    }
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}
