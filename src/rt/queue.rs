//! A bounded queue for events. No sender waits: when it is full the oldest event goes, and is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::TrySendError;

/// Makes a queue that holds at most `capacity` events.
#[must_use]
pub fn queue<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = crossbeam_channel::bounded(capacity);
    let dropped = Arc::new(AtomicU64::new(0));
    (Sender { tx, oldest: rx.clone(), dropped: dropped.clone() }, Receiver { rx, dropped })
}

pub struct Sender<T> {
    tx: crossbeam_channel::Sender<T>,
    /// Where room is made.
    oldest: crossbeam_channel::Receiver<T>,
    dropped: Arc<AtomicU64>,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { tx: self.tx.clone(), oldest: self.oldest.clone(), dropped: self.dropped.clone() }
    }
}

pub struct Receiver<T> {
    rx: crossbeam_channel::Receiver<T>,
    dropped: Arc<AtomicU64>,
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self { rx: self.rx.clone(), dropped: self.dropped.clone() }
    }
}

impl<T> Sender<T> {
    /// Queues `event`; the event that had to go for it, when there was no room.
    pub fn push(&self, event: T) -> Option<T> {
        let Err(TrySendError::Full(event)) = self.tx.try_send(event) else { return None };
        let gone = self.oldest.try_recv().ok();
        // Another sender may have taken the room: then this event is the one that goes.
        let lost = self.tx.try_send(event).err().map(TrySendError::into_inner);
        self.dropped.fetch_add(u64::from(gone.is_some()) + u64::from(lost.is_some()), Ordering::Relaxed);
        gone.or(lost)
    }

    /// Queues `event`; false when something had to go.
    pub fn send(&self, event: T) -> bool {
        self.push(event).is_none()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_loses_its_oldest() {
        let (out, heard) = queue(3);
        assert!((0..3).all(|n| out.send(n)));
        assert_eq!((out.push(3), out.push(4), heard.dropped()), (Some(0), Some(1), 2));
        assert_eq!(std::iter::from_fn(|| heard.next()).collect::<Vec<_>>(), [2, 3, 4]);
    }
}
