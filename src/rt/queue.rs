//! A bounded queue for events. No sender waits: when it is full the oldest event goes, and is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::TrySendError;

/// Attempts of [`Sender::push`]: another sender may take the place that was just freed.
const TRIES: usize = 4;

/// Makes a queue that holds at most `capacity` events.
#[must_use]
pub fn queue<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = crossbeam_channel::bounded(capacity);
    let dropped = Arc::new(AtomicU64::new(0));
    (Sender { tx, oldest: rx.clone(), dropped: dropped.clone() }, Receiver { rx, dropped })
}

pub struct Sender<T> {
    tx: crossbeam_channel::Sender<T>,
    /// The other end of `tx`, to remove the oldest event.
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
    /// Queues `event`; `gone` gets every event that was removed for it. After `TRIES` attempts `event` itself is
    /// dropped and given to `gone`.
    pub fn push(&self, mut event: T, mut gone: impl FnMut(T)) {
        for _ in 0..TRIES {
            let Err(TrySendError::Full(back)) = self.tx.try_send(event) else { return };
            event = back;
            if let Ok(oldest) = self.oldest.try_recv() {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                gone(oldest);
            }
        }
        self.dropped.fetch_add(1, Ordering::Relaxed);
        gone(event);
    }

    /// Queues `event`; false when something had to go.
    pub fn send(&self, event: T) -> bool {
        let mut fits = true;
        self.push(event, |_| fits = false);
        fits
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
        let mut gone = Vec::new();
        (3..5).for_each(|n| out.push(n, |n| gone.push(n)));
        assert_eq!((gone, heard.dropped()), (vec![0, 1], 2));
        assert_eq!(std::iter::from_fn(|| heard.next()).collect::<Vec<_>>(), [2, 3, 4]);
    }
}
