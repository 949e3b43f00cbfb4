//! A lock-free ring of samples between one writer (the device callback) and one reader (the analysis).
//!
//! Samples are stored as the bits of atomics, so there is no unsafe code; the two counters order them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

struct Shared {
    samples: Box<[AtomicU32]>,
    /// Samples ever written and ever read; they wrap.
    written: AtomicUsize,
    read: AtomicUsize,
}

/// The writing end: never waits, never allocates.
pub(super) struct Producer(Arc<Shared>);

/// The reading end.
pub(super) struct Consumer(Arc<Shared>);

/// A ring for at least `capacity` samples.
pub(super) fn ring(capacity: usize) -> (Producer, Consumer) {
    let len = capacity.max(1).next_power_of_two();
    let shared = Arc::new(Shared {
        samples: (0..len).map(|_| AtomicU32::new(0)).collect(),
        written: AtomicUsize::new(0),
        read: AtomicUsize::new(0),
    });
    (Producer(Arc::clone(&shared)), Consumer(shared))
}

impl Producer {
    /// Writes `count` samples, all or none; false when there is no room.
    pub fn write(&mut self, count: usize, samples: impl Iterator<Item = f32>) -> bool {
        let ring = &*self.0;
        let written = ring.written.load(Ordering::Relaxed);
        let waiting = written.wrapping_sub(ring.read.load(Ordering::Acquire));
        if waiting + count > ring.samples.len() {
            return false;
        }
        let mask = ring.samples.len() - 1;
        for (i, sample) in samples.take(count).enumerate() {
            ring.samples[written.wrapping_add(i) & mask].store(sample.to_bits(), Ordering::Relaxed);
        }
        ring.written.store(written.wrapping_add(count), Ordering::Release);
        true
    }
}

impl Consumer {
    /// Samples ever written; wraps.
    pub fn written(&self) -> usize {
        self.0.written.load(Ordering::Acquire)
    }

    /// Leaves out what was written before sample `to`, and has not been read yet.
    pub fn skip_to(&mut self, to: usize) {
        let ring = &*self.0;
        let read = ring.read.load(Ordering::Relaxed);
        let ahead = to.wrapping_sub(read);
        if ahead <= ring.written.load(Ordering::Acquire).wrapping_sub(read) {
            ring.read.store(to, Ordering::Release);
        }
    }

    /// Appends what is there to `out`, at most `limit` samples.
    pub fn read(&mut self, out: &mut Vec<f32>, limit: usize) -> usize {
        let ring = &*self.0;
        let read = ring.read.load(Ordering::Relaxed);
        let count = ring.written.load(Ordering::Acquire).wrapping_sub(read).min(limit);
        let mask = ring.samples.len() - 1;
        out.extend(
            (0..count).map(|i| f32::from_bits(ring.samples[read.wrapping_add(i) & mask].load(Ordering::Relaxed))),
        );
        ring.read.store(read.wrapping_add(count), Ordering::Release);
        count
    }
}
