//! The beat of one deck, from packets whose arrival jitters by a few milliseconds.
//!
//! A line is kept through the arrivals: each beat moves it by an eighth of its error (the first ones by a half), the
//! tempo is the packet's own. Stepped by the network with every beat packet.

use super::packet::BeatPacket;
use crate::tempo::Sighting;
use crate::units::{Bpm, Seconds};

/// Share of the error that a beat corrects: an eighth leaves 0.1 ms of a mixer's jitter (measured).
const GAIN: f64 = 1.0 / 8.0;
const FIRST_GAIN: f64 = 0.5;
const FIRST_BEATS: u32 = 4;
/// A beat sooner than this share of the interval after the last is a ghost: an XDJ-XZ sends two a beat, the second half
/// a beat to three quarters late. While the tempo changes only half of it is asked for.
const GHOST: f64 = 0.8;
const GHOST_AT_NEW_TEMPO: f64 = 0.5;
/// Tempos as near as this are the same.
const SAME_TEMPO: f64 = 0.005;
/// A beat further off the line than this share of the interval is ignored; a second one in a row restarts the line.
const JUMP: f64 = 0.25;
/// Without a beat for so many intervals the deck counts as stopped.
const STALE_INTERVALS: f64 = 1.5;

/// Follows one device that sends beats.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeckClock {
    line: Option<PlayheadLine>,
    /// Arrival of the newest beat, ghosts excepted.
    last_s: f64,
    /// Beats since the line began, and how many in a row were far off it.
    beats: u32,
    strays: u32,
}

#[derive(Clone, Copy, Debug)]
struct PlayheadLine {
    /// When the newest beat was, by the line.
    at_s: f64,
    interval_s: f64,
    beat_in_bar: Option<u8>,
}

impl DeckClock {
    /// A beat packet arrived at `now_s`. What the deck's beat is now, unless it was a ghost or said no tempo.
    pub fn hear(&mut self, now_s: f64, packet: &BeatPacket) -> Option<Sighting> {
        let bpm = effective_bpm(packet)?;
        let interval_s = 60.0 / bpm;
        let same = self.line.is_some_and(|line| (interval_s / line.interval_s - 1.0).abs() < SAME_TEMPO);
        let ghost = if same { GHOST } else { GHOST_AT_NEW_TEMPO };
        if self.beats > 0 && now_s - self.last_s < ghost * interval_s {
            return None;
        }
        let since_s = now_s - self.last_s;
        self.last_s = now_s;
        let line = match self.line {
            Some(line) if since_s < STALE_INTERVALS * line.interval_s.max(interval_s) => {
                self.corrected(line, now_s, interval_s)
            }
            // The first beat, or one after a pause: here is where it is.
            _ => {
                self.beats = 0;
                PlayheadLine { at_s: now_s, interval_s, beat_in_bar: None }
            }
        };
        self.beats += 1;
        let line = PlayheadLine { beat_in_bar: packet.beat_in_bar.map(|place| place - 1), ..line };
        self.line = Some(line);
        self.sighting()
    }

    /// The line after a beat that arrived at `now_s`.
    fn corrected(&mut self, line: PlayheadLine, now_s: f64, interval_s: f64) -> PlayheadLine {
        // The beat travelled at the old tempo, the next will at the new one.
        let expected_s = line.at_s + line.interval_s;
        let error_s = now_s - expected_s;
        let far = error_s.abs() >= JUMP * interval_s;
        self.strays = if far { self.strays + 1 } else { 0 };
        let gain = match far {
            true if self.strays >= 2 => 1.0,
            // One stray: wait for a second to agree, but lose no beat.
            true => 0.0,
            false if self.beats < FIRST_BEATS => FIRST_GAIN,
            false => GAIN,
        };
        if gain == 1.0 {
            self.strays = 0;
            self.beats = 0;
        }
        PlayheadLine { at_s: expected_s + gain * error_s, interval_s, ..line }
    }

    /// The newest beat by the line.
    #[must_use]
    pub fn sighting(&self) -> Option<Sighting> {
        self.line.map(|line| Sighting {
            at: Seconds(line.at_s),
            bpm: Bpm(60.0 / line.interval_s),
            beat_in_bar: line.beat_in_bar,
            confidence: 1.0,
        })
    }

    /// Whether beats were heard until just now.
    #[must_use]
    pub fn is_beating(&self, now_s: f64) -> bool {
        self.line.is_some_and(|line| now_s - self.last_s < STALE_INTERVALS * line.interval_s)
    }

    /// How many beats the line has held for.
    #[must_use]
    pub fn steady_beats(&self) -> u32 {
        self.beats
    }
}

/// The tempo that is heard: the track's times the pitch.
#[must_use]
pub fn effective_bpm(packet: &BeatPacket) -> Option<f64> {
    packet.track_bpm.map(|bpm| bpm * packet.pitch).filter(|bpm| (20.0..=500.0).contains(bpm))
}
