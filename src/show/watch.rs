//! Notices edits of the show files while playing: a good edit takes effect, a broken one is reported.
//!
//! On a thread of its own, because a disk may be slow; what it finds waits in a queue for the conductor.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use super::{Show, load_all};
use crate::diagnostics::brief;
use crate::rt::{self, Receiver, Stop};

/// How often the files are read. An edit counts when two reads in a row agree, because an editor may still be writing.
const LOOK: Duration = Duration::from_millis(200);

/// What an edit led to.
pub struct ShowChange {
    /// The files that were edited: meanwhile another show may play.
    pub of: Arc<Vec<PathBuf>>,
    /// Boxed: a show is large. `None`: the last good show goes on; why was said already.
    pub show: Option<Box<Show>>,
}

/// The files of the show that plays, as [`load_all`] takes them; clones share them.
#[derive(Clone)]
pub struct ShowFiles(Arc<ArcSwap<Vec<PathBuf>>>);

impl ShowFiles {
    #[must_use]
    pub fn new(paths: Vec<PathBuf>) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(paths)))
    }

    #[must_use]
    pub fn get(&self) -> Arc<Vec<PathBuf>> {
        self.0.load_full()
    }

    /// Another show plays.
    pub fn set(&self, paths: Vec<PathBuf>) {
        self.0.store(Arc::new(paths));
    }
}

/// Watches `files` until `stop`.
///
/// # Errors
/// When there is no thread for it.
pub fn watch(files: ShowFiles, stop: Stop) -> std::io::Result<Receiver<ShowChange>> {
    let (out, changes) = rt::queue(4);
    let mut paths = files.get();
    let mut seen = contents(&paths);
    let mut last = seen.clone();
    rt::spawn("show watch", move || {
        while !stop.is_set() {
            std::thread::sleep(LOOK);
            if !Arc::ptr_eq(&paths, &files.get()) {
                paths = files.get();
                seen = contents(&paths);
                last.clone_from(&seen);
            }
            let now = contents(&paths);
            if now != seen && now == last {
                seen.clone_from(&now);
                out.send(ShowChange { of: paths.clone(), show: look(&paths) });
            }
            last = now;
        }
    })?;
    Ok(changes)
}

fn look(paths: &[PathBuf]) -> Option<Box<Show>> {
    match load_all(paths) {
        Ok(show) => {
            tracing::info!(
                "{} was edited and plays (model, picture, overlays, guides, mask and output change at the next start)",
                show.name
            );
            Some(Box::new(show))
        }
        Err(e) => {
            tracing::warn!("the show file has mistakes, the last good one plays on:\n{}", brief(&e.to_string()));
            None
        }
    }
}

/// What the files of a show hold, and its looks: another number when any of it was edited.
#[must_use]
pub fn state_of(paths: &[PathBuf]) -> Vec<Option<u64>> {
    let looks: Vec<PathBuf> = paths.iter().map(|path| super::looks::file_of(path)).collect();
    [contents(paths), contents(&looks)].concat()
}

/// A hash of what is in every file, through links and whatever the times on it say; `None` where it cannot be read.
fn contents(paths: &[PathBuf]) -> Vec<Option<u64>> {
    let hash = |path: &Path| {
        // Reading a pipe could block for ever; a larger file is no show.
        let facts = std::fs::metadata(path).ok().filter(|facts| facts.is_file() && facts.len() <= 1 << 20)?;
        let mut hasher = DefaultHasher::new();
        (facts.len(), std::fs::read(path).ok()?).hash(&mut hasher);
        Some(hasher.finish())
    };
    paths.iter().map(|path| hash(path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_swapped_link_is_noticed_whatever_size_and_time_say() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b, link) = (folder.path().join("a"), folder.path().join("b"), folder.path().join("link"));
        for (path, text) in [(&a, "name = 1"), (&b, "name = 2")] {
            std::fs::write(path, text).unwrap();
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        }
        std::os::unix::fs::symlink(&a, &link).unwrap();
        let paths = [link.clone()];
        let before = contents(&paths);
        assert_eq!(before, contents(&paths));
        std::fs::remove_file(&link).unwrap();
        assert_eq!(contents(&paths), [None]);
        std::os::unix::fs::symlink(&b, &link).unwrap();
        assert!(contents(&paths) != before && contents(&paths)[0].is_some());
    }
}
