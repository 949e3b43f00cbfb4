//! Where driver callbacks put what they hear: per port a table of latest controller values, for all a bounded queue.
//!
//! [`Inlets::receive`] runs in the driver's (real-time) thread: atomics and a lock-free queue only.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Instant;

use super::message::{Parsed, Wire, parse};
use crate::rt;

/// Controllers that can be heard at once.
pub const INLETS: usize = 8;

const CONTROLLERS: usize = 16 * 128;

/// One bit per controller of a port; place is channel·128 + number.
pub type ControllerSet = [u64; CONTROLLERS / 64];

/// Adds controller `number` on `channel` to `set`.
pub fn insert(set: &mut ControllerSet, channel: u8, number: u8) {
    let place = place(channel, number);
    set[place / 64] |= 1 << (place % 64);
}

/// Always below [`CONTROLLERS`]: indexing with it is proven.
fn place(channel: u8, number: u8) -> usize {
    usize::from(channel & 0x0F) * 128 + usize::from(number & 0x7F)
}

/// A message on its way to the conductor.
#[derive(Clone, Copy, Debug)]
pub struct Queued {
    pub inlet: u8,
    /// When it happened, in microseconds since [`Inlets::new`].
    pub stamp_us: u64,
    pub wire: Wire,
}

/// The controllers of one port.
pub struct Table {
    values: [AtomicU8; CONTROLLERS],
    changed: [AtomicU64; CONTROLLERS / 64],
    /// Controllers whose every message counts (encoder steps, buttons): they queue like notes.
    queued: [AtomicU64; CONTROLLERS / 64],
}

impl Default for Table {
    fn default() -> Self {
        Self {
            values: [const { AtomicU8::new(0) }; CONTROLLERS],
            changed: [const { AtomicU64::new(0) }; CONTROLLERS / 64],
            queued: [const { AtomicU64::new(0) }; CONTROLLERS / 64],
        }
    }
}

impl Table {
    /// Forgets every change and lets the controllers in `queued` queue: before a port is connected.
    pub fn prepare(&self, queued: &ControllerSet) {
        for (cell, bits) in self.queued.iter().zip(queued) {
            cell.store(*bits, Ordering::Relaxed);
        }
        for cell in &self.changed {
            cell.store(0, Ordering::Release);
        }
    }

    /// The newest value of a controller, 0..127.
    #[must_use]
    pub fn value(&self, channel: u8, number: u8) -> u8 {
        self.values[place(channel, number)].load(Ordering::Relaxed)
    }

    fn is_queued(&self, channel: u8, number: u8) -> bool {
        let place = place(channel, number);
        self.queued[place / 64].load(Ordering::Relaxed) & (1 << (place % 64)) != 0
    }

    fn set(&self, channel: u8, number: u8, value: u8) {
        let place = place(channel, number);
        self.values[place].store(value, Ordering::Relaxed);
        self.changed[place / 64].fetch_or(1 << (place % 64), Ordering::Release);
    }

    /// Calls `heard` once for every controller that changed since the last call, with its newest value.
    pub fn take_changed(&self, mut heard: impl FnMut(Wire)) {
        for (word, cell) in self.changed.iter().enumerate() {
            if cell.load(Ordering::Relaxed) == 0 {
                continue;
            }
            let mut bits = cell.swap(0, Ordering::Acquire);
            while bits != 0 {
                let place = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let (channel, number) = ((place / 128) as u8, (place % 128) as u8);
                heard(Wire::Controller { channel, number, value: self.value(channel, number) });
            }
        }
    }
}

/// Every port's table and the queue they share.
pub struct Inlets {
    pub tables: [Table; INLETS],
    queue: rt::Sender<Queued>,
    born: Instant,
    pub received: AtomicU64,
    pub garbage: AtomicU64,
}

impl Inlets {
    pub fn new(queue: rt::Sender<Queued>) -> Self {
        Self {
            tables: std::array::from_fn(|_| Table::default()),
            queue,
            born: Instant::now(),
            received: AtomicU64::new(0),
            garbage: AtomicU64::new(0),
        }
    }

    /// The clock messages are stamped with. Only ages are taken from it, never show time.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        self.born.elapsed().as_micros() as u64
    }

    /// Takes in one message heard on inlet `inlet`.
    pub fn receive(&self, inlet: usize, stamp_us: u64, bytes: &[u8]) {
        let Some(table) = self.tables.get(inlet) else {
            return;
        };
        match parse(bytes) {
            Parsed::Wire(wire) => {
                self.received.fetch_add(1, Ordering::Relaxed);
                match wire {
                    Wire::Controller { channel, number, value } if !table.is_queued(channel, number) => {
                        table.set(channel, number, value);
                    }
                    _ => {
                        self.queue.send(Queued { inlet: inlet as u8, stamp_us, wire });
                    }
                }
            }
            Parsed::Unused => {}
            Parsed::Garbage => {
                self.garbage.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}
