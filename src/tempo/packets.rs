//! MIDI clock that comes in packets, as Bluetooth and senders that write once a sound card's period send it.
//!
//! Several ticks then arrive together without one of them being a duplicate. The two are told apart by regularity:
//! packets of several ticks come at even distances, duplicates do not. Stepped by the MIDI clock.

/// Ticks that arrive within this belong to one packet.
const TOGETHER_S: f64 = 0.002;
/// After so many packets of several ticks, evenly spaced, the clock counts as packeted.
const EVEN: usize = 6;
/// Packets between two of several ticks at most: rarer ones are ticks sent twice.
const RARE: u32 = 40;

/// The rhythm of the arrivals so far.
#[derive(Debug, Default)]
pub(super) struct Packets {
    last_s: Option<f64>,
    /// Ticks in the packet that is arriving.
    size: u32,
    /// Packets since the last one of several ticks.
    since: u32,
    /// Packets between those of several ticks, newest last; 0 is unknown.
    spacings: [u32; EVEN],
    /// The longest gap between two packets of late.
    gap_s: f64,
    found: bool,
}

impl Packets {
    /// Takes in an arrival; true when it shows that the clock comes in packets.
    pub fn arrives(&mut self, now_s: f64) -> bool {
        let gap_s = self.last_s.replace(now_s).map_or(f64::INFINITY, |last_s| now_s - last_s);
        if gap_s > TOGETHER_S {
            self.gap_s = if gap_s.is_finite() { gap_s.max(0.95 * self.gap_s) } else { 0.0 };
            (self.size, self.since) = (1, self.since.saturating_add(1));
            if self.since > RARE {
                (self.spacings, self.found) = ([0; EVEN], false);
            }
            return false;
        }
        self.size += 1;
        if self.size > 2 {
            return false;
        }
        self.spacings.rotate_left(1);
        self.spacings[EVEN - 1] = self.since;
        self.since = 0;
        let (least, most) = self.spacings.iter().fold((u32::MAX, 0), |(least, most), n| (least.min(*n), most.max(*n)));
        let even = least > 0 && most - least <= 1;
        even && !std::mem::replace(&mut self.found, true)
    }

    /// Whether ticks come in packets, and how far apart those are at most.
    pub fn apart_s(&self) -> Option<f64> {
        self.found.then_some(self.gap_s)
    }
}
