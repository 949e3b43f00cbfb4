//! Where driver callbacks put what they hear: per port a table of latest controller values, for all a bounded queue.
//!
//! [`MidiPorts::receive`] runs in the driver's (real-time) thread: atomics and a lock-free queue only.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

use crossbeam_channel::Sender;

use super::message::{Parsed, Wire, parse};
use super::outlet::Outlet;
use crate::control::controllers::{CONTROLLERS, ControllerSet, FINE, PITCH_BEND, Swept, place};
use crate::rt;

/// Controllers that can be heard at once.
pub const PORTS: usize = 8;

/// From here on a controller used as a button is pressed.
pub const PRESSED: u8 = 64;

/// A message on its way to the conductor.
#[derive(Clone, Copy, Debug)]
pub struct Queued {
    pub port_index: u8,
    /// When it happened, in microseconds since [`MidiPorts::new`].
    pub stamp_us: u64,
    pub wire: Wire,
}

/// A message as it came, for people to look at; of a long one the beginning.
#[derive(Clone, Copy, Debug)]
pub struct Overheard {
    pub port_index: usize,
    bytes: [u8; 3],
    len: usize,
}

impl Overheard {
    fn new(port_index: usize, message: &[u8]) -> Self {
        let (mut bytes, len) = ([0; 3], message.len().min(3));
        bytes[..len].copy_from_slice(&message[..len]);
        Self { port_index, bytes, len }
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Whether a hand may have sent it: clocks and active sensing come by themselves.
    #[must_use]
    pub fn is_played(&self) -> bool {
        self.bytes[0] < 0xF0
    }
}

/// The controllers of one port.
pub struct ControllerTable {
    /// A packed [`Swept`] each.
    swept: [AtomicU32; CONTROLLERS],
    changed: [AtomicU64; CONTROLLERS / 64],
    /// Controllers whose every message counts (encoder steps, buttons): they queue like notes.
    queued: [AtomicU64; CONTROLLERS / 64],
    /// Releases that found no room in the queue: a button is never left pressed.
    released_notes: [AtomicU64; CONTROLLERS / 64],
    released_controllers: [AtomicU64; CONTROLLERS / 64],
}

impl Default for ControllerTable {
    fn default() -> Self {
        Self {
            swept: [const { AtomicU32::new(Swept::nothing(0).packed()) }; CONTROLLERS],
            changed: [const { AtomicU64::new(0) }; CONTROLLERS / 64],
            queued: [const { AtomicU64::new(0) }; CONTROLLERS / 64],
            released_notes: [const { AtomicU64::new(0) }; CONTROLLERS / 64],
            released_controllers: [const { AtomicU64::new(0) }; CONTROLLERS / 64],
        }
    }
}

impl ControllerTable {
    /// Forgets every change and lets the controllers in `queued` queue: before a port is connected.
    pub fn prepare(&self, queued: &ControllerSet) {
        for (cell, bits) in self.queued.iter().zip(queued) {
            cell.store(*bits, Ordering::Relaxed);
        }
        for cell in self.changed.iter().chain(&self.released_notes).chain(&self.released_controllers) {
            cell.store(0, Ordering::Release);
        }
        for place in 0..CONTROLLERS {
            self.take(place);
        }
    }

    /// From now on every message of this controller queues: it turned out to be an encoder.
    pub fn queue(&self, channel: u8, number: u8) {
        let place = place(channel, number);
        self.queued[place / 64].fetch_or(1 << (place % 64), Ordering::Relaxed);
    }

    /// The newest value of a controller, 0..127.
    #[must_use]
    pub fn value(&self, channel: u8, number: u8) -> u8 {
        Swept::unpacked(self.swept[place(channel, number)].load(Ordering::Relaxed)).value
    }

    /// Where the controller went since the last time.
    fn take(&self, place: usize) -> Swept {
        let nothing = |bits| Some(Swept::nothing(Swept::unpacked(bits).value).packed());
        let taken = self.swept[place].fetch_update(Ordering::Relaxed, Ordering::Relaxed, nothing);
        Swept::unpacked(taken.unwrap_or_else(|bits| bits))
    }

    fn is_queued(&self, channel: u8, number: u8) -> bool {
        let place = place(channel, number);
        self.queued[place / 64].load(Ordering::Relaxed) & (1 << (place % 64)) != 0
    }

    fn set(&self, channel: u8, number: u8, value: u8) {
        let place = place(channel, number);
        // Only the driver's callback and the conductor write here, so the retries end quickly.
        let _ = self.swept[place].fetch_update(Ordering::Relaxed, Ordering::Relaxed, |bits| {
            Some(Swept::unpacked(bits).on_to(value).packed())
        });
        self.changed[place / 64].fetch_or(1 << (place % 64), Ordering::Release);
    }

    /// Calls `heard` with channel and number once for every controller that changed since the last call.
    pub fn take_changed(&self, mut heard: impl FnMut(u8, u8, Swept)) {
        take_bits(&self.changed, |channel, number| {
            let swept = self.take(place(channel, number));
            // Nothing new since the last take, which took this value, too: the newest value counts.
            let still = swept.lowest > swept.highest;
            heard(channel, number, if still { Swept::at(swept.value) } else { swept });
        });
    }

    /// Remembers a release that the queue had no room for.
    fn keep_release(&self, wire: Wire) {
        let (bits, place) = match wire {
            Wire::Note { channel, number, velocity: 0 } => (&self.released_notes, place(channel, number)),
            Wire::Controller { channel, number, value: 0..PRESSED } => {
                (&self.released_controllers, place(channel, number))
            }
            _ => return,
        };
        bits[place / 64].fetch_or(1 << (place % 64), Ordering::Release);
    }

    /// Calls `heard` for every release the queue had no room for. They are older than anything that is in it.
    pub fn take_releases(&self, mut heard: impl FnMut(Wire)) {
        take_bits(&self.released_notes, |channel, number| heard(Wire::Note { channel, number, velocity: 0 }));
        take_bits(&self.released_controllers, |channel, number| heard(Wire::Controller { channel, number, value: 0 }));
    }
}

/// Clears `bits`, calling `set` with channel and number of each that was set.
fn take_bits(bits: &[AtomicU64; CONTROLLERS / 64], mut set: impl FnMut(u8, u8)) {
    for (word, cell) in bits.iter().enumerate() {
        if cell.load(Ordering::Relaxed) == 0 {
            continue;
        }
        let mut bits = cell.swap(0, Ordering::Acquire);
        while bits != 0 {
            let place = word * 64 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            set((place / 256) as u8, (place % 256) as u8);
        }
    }
}

/// Every port's table and the queue they share.
pub struct MidiPorts {
    pub tables: [ControllerTable; PORTS],
    pub outlets: [Outlet; PORTS],
    queue: rt::Sender<Queued>,
    monitor: Option<Sender<Overheard>>,
    born: Instant,
    pub received: AtomicU64,
    pub garbage: AtomicU64,
}

impl MidiPorts {
    /// `monitor` is told of every message, too.
    pub fn new(queue: rt::Sender<Queued>, monitor: Option<Sender<Overheard>>) -> Self {
        Self {
            tables: std::array::from_fn(|_| ControllerTable::default()),
            outlets: std::array::from_fn(|_| Outlet::default()),
            queue,
            monitor,
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

    /// Sends one message to whatever listens at port `port_index`; false when nothing took it.
    pub fn send(&self, port_index: usize, message: &[u8]) -> bool {
        self.outlets.get(port_index).is_some_and(|outlet| outlet.send(message))
    }

    /// Takes in one message heard on port `port_index`.
    pub fn receive(&self, port_index: usize, stamp_us: u64, bytes: &[u8]) {
        let Some(table) = self.tables.get(port_index) else {
            return;
        };
        if let Some(monitor) = &self.monitor {
            let _ = monitor.try_send(Overheard::new(port_index, bytes));
        }
        match parse(bytes) {
            Parsed::Wire(wire) => {
                self.received.fetch_add(1, Ordering::Relaxed);
                match wire {
                    Wire::Controller { channel, number, value } if !table.is_queued(channel, number) => {
                        table.set(channel, number, value);
                    }
                    Wire::Bend { channel, low, high } => {
                        table.set(channel, PITCH_BEND + FINE, low);
                        table.set(channel, PITCH_BEND, high);
                    }
                    _ => {
                        self.queue.push(Queued { port_index: port_index as u8, stamp_us, wire }, |gone| {
                            if let Some(table) = self.tables.get(usize::from(gone.port_index)) {
                                table.keep_release(gone.wire);
                            }
                        });
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
