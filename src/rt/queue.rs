//! A bounded queue for events. When it is full the new event is dropped and counted: no sender waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes a queue that holds at most `capacity` events.
#[must_use]
pub fn queue<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = crossbeam_channel::bounded(capacity);
    let dropped = Arc::new(AtomicU64::new(0));
    (Sender { tx, dropped: dropped.clone() }, Receiver { rx, dropped })
}

pub struct Sender<T> {
    tx: crossbeam_channel::Sender<T>,
    dropped: Arc<AtomicU64>,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { tx: self.tx.clone(), dropped: self.dropped.clone() }
    }
}

pub struct Receiver<T> {
    rx: crossbeam_channel::Receiver<T>,
    dropped: Arc<AtomicU64>,
}

impl<T> Sender<T> {
    /// Queues `event`; false when it was dropped.
    pub fn send(&self, event: T) -> bool {
        let sent = self.tx.try_send(event).is_ok();
        if !sent {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        sent
    }
}

impl<T> Receiver<T> {
    /// The oldest waiting event.
    #[must_use]
    pub fn next(&self) -> Option<T> {
        self.rx.try_recv().ok()
    }

    /// The oldest event, waiting for one at most `timeout`.
    #[must_use]
    pub fn next_within(&self, timeout: std::time::Duration) -> Option<T> {
        self.rx.recv_timeout(timeout).ok()
    }

    /// Events lost to a full queue so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}
