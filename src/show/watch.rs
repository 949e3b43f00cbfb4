//! Notices edits of the show files while playing: a good edit takes effect, a broken one is reported.
//!
//! On a thread of its own, because a disk may be slow; what it finds waits in a queue for the conductor.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{Show, load_all};
use crate::rt::{self, Receiver, Stop};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(500);

/// What an edit led to.
pub enum Change {
    /// Boxed: a show is large.
    Better(Box<Show>),
    /// The last good show goes on; why was said already.
    Broken,
}

/// Watches `paths` (as [`load_all`] takes them) until `stop`.
///
/// # Errors
/// When there is no thread for it.
pub fn watch(paths: Vec<PathBuf>, stop: Stop) -> std::io::Result<Receiver<Change>> {
    let (out, changes) = rt::queue(4);
    let mut seen = stamps(&paths);
    rt::spawn("show watch", move || {
        while !stop.is_set() {
            std::thread::sleep(LOOK);
            let now = stamps(&paths);
            if now != seen {
                seen = now;
                out.send(look(&paths));
            }
        }
    })?;
    Ok(changes)
}

fn look(paths: &[PathBuf]) -> Change {
    match load_all(paths) {
        Ok(show) => {
            tracing::info!("{} was edited and plays (model, picture and output change at the next start)", show.name);
            Change::Better(Box::new(show))
        }
        Err(e) => {
            tracing::warn!("the show file has mistakes, the last good one plays on:\n{e}");
            Change::Broken
        }
    }
}

/// Time and size of every file.
fn stamps(paths: &[PathBuf]) -> Vec<Option<(SystemTime, u64)>> {
    let stamp = |path: &Path| {
        let meta = std::fs::metadata(path).ok()?;
        Some((meta.modified().ok()?, meta.len()))
    };
    paths.iter().map(|p| stamp(p)).collect()
}
