//! MIDI clock that comes in packets, as Bluetooth and senders that write once a sound card's period send it.
//!
//! Several ticks then arrive together without one of them being a duplicate. Closeness alone does not tell the two apart:
//!
//! - in packets, all ticks that are due by a packet have come with it: however many each brings, none at times, the count
//!   of all never strays by more than about a tick from a straight line over time;
//! - duplicates now and then make that count jump at random, and wander off the line;
//! - a loop (two cables, two routes) brings every tick twice, so that all groups are pairs. Packets of which each holds
//!   exactly two ticks look the same for as long as they do: they are taken for a loop unless that would be slower than
//!   any music, and for packets at the first few that hold one or three.
//!
//! A tempo within a sixtieth of one tick a packet cannot be told from single duplicates, or losses, and is taken for them.
//!
//! Stepped by the MIDI clock.

use std::collections::VecDeque;

use super::straight::StraightLine;

/// Ticks that arrive within this of each other belong to one packet.
const TOGETHER_S: f64 = 0.002;
/// Packets remembered, and the fewest that tell a loop.
const PACKETS: usize = 384;
const FEWEST: usize = 24;
/// So many more packets of several ticks than of none, or fewer, are needed to tell, one in so many of all.
const UNEVEN: usize = 6;
const RARE: usize = 60;
/// A gap this much longer than others is a packet of none.
const EMPTY: f64 = 1.5;
/// The count of all ticks stays within so many of a line: one, for what is due between two packets, and jitter.
const WANDER: f64 = 1.4;
/// A loop that was seen is believed until so many of the newest packets are odd: bytes get lost in it, too. One of three is
/// as good as all of them, since no loop makes that.
const LOOKED_AT: usize = 192;
const ODD: usize = 3;
/// A loop slower than this is none: a tick lasts so long at 60 bpm. Packets faster than 220 bpm are a loop, unless one in
/// so many is odd.
const SLOWEST_TICK_S: f64 = 1.0 / 24.0;
const FASTEST_TICK_S: f64 = 60.0 / 220.0 / 24.0;
const OFTEN_ODD: usize = 10;

/// Ticks that arrived together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet {
    pub at_s: f64,
    /// The number that its first tick was given.
    pub number: f64,
    pub size: u32,
    /// A tick is missing before it, or none was due.
    after_gap: bool,
}

/// The rhythm of the arrivals so far.
#[derive(Debug)]
pub(super) struct Packets {
    last_s: Option<f64>,
    /// Oldest first; the newest is still arriving.
    newest: VecDeque<Packet>,
    found: bool,
    /// Packets since the last one of several ticks, or of none.
    singles: usize,
    looped: bool,
}

impl Default for Packets {
    fn default() -> Self {
        let newest = VecDeque::with_capacity(PACKETS);
        Self { last_s: None, newest, found: false, singles: 0, looped: false }
    }
}

impl Packets {
    /// Takes in an arrival; true when it shows that the clock comes in packets.
    pub fn arrives(&mut self, now_s: f64) -> bool {
        let gap_s = self.last_s.replace(now_s).map_or(f64::INFINITY, |last_s| now_s - last_s);
        if let Some(packet) = self.newest.back_mut().filter(|_| gap_s <= TOGETHER_S) {
            packet.size += 1;
            self.singles = 0;
            return false;
        }
        let before = self.found;
        self.judge();
        if self.newest.len() == PACKETS {
            self.newest.pop_front();
        }
        let long = self.mean_gap_s().is_some_and(|mean_s| gap_s > EMPTY * mean_s);
        self.newest.push_back(Packet { at_s: now_s, number: f64::NAN, size: 1, after_gap: false });
        self.singles = if long { 0 } else { self.singles + 1 };
        self.found && !before
    }

    /// The tick that arrived last was counted as this number, `steps` after the one before it.
    pub fn counted(&mut self, number: f64, steps: f64) {
        if let Some(packet) = self.newest.back_mut().filter(|packet| packet.number.is_nan()) {
            (packet.number, packet.after_gap) = (number, steps > 1.0);
        }
    }

    fn mean_gap_s(&self) -> Option<f64> {
        let mut newest = self.newest.iter().rev().take(FEWEST);
        let (last, others) = (newest.next()?, newest.len());
        Some((last.at_s - newest.next_back()?.at_s) / others as f64)
    }

    /// Begins anew, in the same memory.
    pub fn forget(&mut self) {
        self.newest.clear();
        (self.last_s, self.found, self.singles, self.looped) = (None, false, 0, false);
    }

    /// What came before the packet that is arriving.
    pub fn complete(&self) -> impl Iterator<Item = &Packet> {
        self.newest.range(..self.newest.len().saturating_sub(1))
    }

    /// Whether the newest tick came together with the one before it.
    pub fn is_within(&self) -> bool {
        self.newest.back().is_some_and(|packet| packet.size > 1)
    }

    /// Whether ticks come in packets, and how far apart those are at most.
    pub fn apart_s(&self) -> Option<f64> {
        let recent = self.newest.iter().rev().take(FEWEST);
        let gaps_s = recent.clone().zip(recent.skip(1)).map(|(late, early)| late.at_s - early.at_s);
        self.found.then(|| gaps_s.fold(0.0, f64::max))
    }

    /// False while ticks came together and it is open what that means.
    pub fn is_settled(&self) -> bool {
        self.found || self.newest.len() > FEWEST || self.newest.iter().all(|packet| packet.size == 1)
    }

    /// Decides anew, as a packet ends.
    fn judge(&mut self) {
        self.looped = self.is_loop();
        if self.looped || self.singles > RARE {
            self.found = false;
        } else if !self.found {
            self.found = self.counts_evenly();
        }
    }

    fn is_loop(&self) -> bool {
        let looked_at = self.newest.iter().rev().take(LOOKED_AT);
        let worth = |size: u32| match size {
            1 => 1,
            even if even % 2 == 0 => 0,
            _ => ODD,
        };
        let odd: usize = looked_at.clone().map(|packet| worth(packet.size)).sum();
        let (Some(last), Some(first)) = (self.newest.back(), looked_at.clone().next_back()) else { return false };
        let (packets, sure) = (looked_at.len(), if self.looped { ODD } else { 1 });
        let gap_s = (last.at_s - first.at_s) / packets.saturating_sub(1).max(1) as f64;
        let most = if 0.5 * gap_s < FASTEST_TICK_S { packets / OFTEN_ODD } else { sure };
        packets >= FEWEST && odd < most && gap_s < SLOWEST_TICK_S
    }

    /// Whether the count of all ticks runs along a line.
    fn counts_evenly(&self) -> bool {
        let (mut taken, mut uneven) = (0, 0i32);
        for packet in self.newest.iter().rev() {
            (taken, uneven) = (taken + 1, uneven + packet.size as i32 - 1 - i32::from(packet.after_gap));
            if taken >= FEWEST && uneven.unsigned_abs() as usize >= UNEVEN {
                break;
            }
        }
        let uneven = uneven.unsigned_abs() as usize;
        if taken < FEWEST || uneven < UNEVEN || uneven * RARE < taken {
            return false;
        }
        let (mut counts, mut count) = ([(0.0, 0.0); PACKETS], 0.0);
        let counts = &mut counts[..taken];
        for (place, packet) in counts.iter_mut().zip(self.newest.range(self.newest.len() - taken..)) {
            count += f64::from(packet.size);
            *place = (packet.at_s, count);
        }
        let Some(line) = StraightLine::through(counts) else { return false };
        let off = counts.iter().map(|(at_s, count)| count - line.at(*at_s));
        let (least, most) = off.fold((0f64, 0f64), |(least, most), off| (least.min(off), most.max(off)));
        most - least <= WANDER
    }
}
