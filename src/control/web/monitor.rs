//! The newest small picture of the wall, from the output to whoever looks on a phone. Nobody waits: the output leaves one
//! when somebody looks, a slow phone gets fewer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Phones that look at a time.
const MOST: usize = 16;

/// Both ends; clones share the picture.
#[derive(Clone, Default)]
pub struct Monitor(Arc<Shared>);

#[derive(Default)]
struct Shared {
    viewers: AtomicUsize,
    /// Its number from 1, and the newest picture as JPEG.
    newest: Mutex<(u64, Arc<[u8]>)>,
    changed: Condvar,
}

/// Somebody looks, until this is dropped.
pub struct Viewer(Monitor);

impl Monitor {
    /// Whether anybody looks: pictures are made for nobody else.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.0.viewers.load(Ordering::Relaxed) > 0
    }

    /// Shows a JPEG to everybody who looks.
    pub fn show(&self, jpeg: Vec<u8>) {
        let mut newest = self.0.newest.lock().unwrap_or_else(PoisonError::into_inner);
        *newest = (newest.0 + 1, jpeg.into());
        self.0.changed.notify_all();
    }

    /// One more looks; `None` when too many do.
    #[must_use]
    pub fn look(&self) -> Option<Viewer> {
        let before = self.0.viewers.fetch_add(1, Ordering::Relaxed);
        let viewer = Viewer(self.clone());
        (before < MOST).then_some(viewer)
    }
}

impl Viewer {
    /// The newest picture after number `seen`, and its number; `None` when none came within `patience`.
    #[must_use]
    pub fn next(&self, seen: u64, patience: Duration) -> Option<(u64, Arc<[u8]>)> {
        let Shared { newest, changed, .. } = &*self.0.0;
        let newest = newest.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = changed.wait_timeout_while(newest, patience, |newest| newest.0 <= seen);
        let (newest, _) = waited.unwrap_or_else(PoisonError::into_inner);
        (newest.0 > seen).then(|| newest.clone())
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.0.0.viewers.fetch_sub(1, Ordering::Relaxed);
    }
}
