//! The beat of a deck that sends no beats, as an Opus Quad: by where its needle is, every 30 ms, and by the beat numbers in
//! its status, five times a second.
//!
//! What its phase means depends on what the deck tells:
//!
//! - a status with beat numbers: the deck's own grid. Each number bounds where the grid lies; what all have in common
//!   narrows to 20 ms within a few bars, to 40 ms at tempos whose beats the statuses always meet at the same places;
//! - positions alone: the track's start is taken for the one of its first bar, and beats are counted from there at the
//!   track's tempo. Tempo, pauses, jumps and loops are the deck's; where the music's beat lies between two of ours, the
//!   position does not tell. `tempo.nudge` and `tempo.resync` set it right for this track, and confidence is lower.
//!
//! Stepped by the network with every position and status of a device that never sent a beat packet.

use super::packet::{PlayerStatus, Position};
use super::track_tempo::TrackTempo;
use crate::tempo::Sighting;
use crate::units::{Bpm, Seconds};

/// Share of a packet's error that moves the line, and of the first few packets'.
const GAIN: f64 = 1.0 / 8.0;
const FIRST_GAIN: f64 = 0.5;
const FIRST_PACKETS: u32 = 4;
/// A needle further off than this has jumped, once a second packet says so.
const JUMP_S: f64 = 0.05;
/// A needle that has not moved for so long stands.
const STILL_S: f64 = 0.1;
/// A status that old says no more whether the deck plays, and a position that old not where it is.
const OLD_S: f64 = 1.0;
/// So many beats are waited for a beat packet: a deck that sends those is followed by them.
const PATIENCE_BEATS: f64 = 1.2;
/// Without a beat for so many intervals the deck counts as stopped.
const STALE_INTERVALS: f64 = 1.5;
/// A status' beat number is that late (measured: 9 to 28 ms).
const STATUS_LATE_S: f64 = 0.015;
/// Bounds of the grid may contradict each other by so many beats, and widen by so many with each status.
const SLACK_BEATS: f64 = 0.03;
const WIDEN_BEATS: f64 = 0.000_5;
/// The grid counts as known when its bounds are this near.
const KNOWN_BEATS: f64 = 0.3;
/// Beat numbers in a row that show that a status counts.
const COUNTED: u32 = 2;
/// How far to trust a phase that was counted from the track's start, and one by the deck's grid.
const BY_START: f32 = 0.6;
const BY_GRID: f32 = 0.9;

/// Follows one device that sends no beats.
#[derive(Clone, Copy, Debug, Default)]
pub struct NeedleClock {
    line: Option<NeedleLine>,
    tempo: TrackTempo,
    grid: Option<Grid>,
    /// When the newest position came, and the deck last said that it does not play.
    position_s: Option<f64>,
    stopped_s: Option<f64>,
    track_id: Option<u32>,
    /// When the newest beat was told, and how many in a row.
    told_s: f64,
    beats: u32,
}

#[derive(Clone, Copy, Debug)]
struct NeedleLine {
    at_s: f64,
    /// Seconds of the recorded track; without positions since it began to play.
    place_s: f64,
    /// Seconds of the track a second: the pitch.
    rate: f64,
    /// Since when it moves.
    since_s: f64,
    /// What the newest position said, and when it first did.
    playhead_ms: u32,
    moved_s: f64,
    /// Positions since it began or jumped, and how many in a row were far off.
    packets: u32,
    strays: u32,
    /// The newest whole beat that was passed.
    passed: Option<f64>,
}

/// How many beats the deck's count is ahead of one from place 0: least and most.
#[derive(Clone, Copy, Debug)]
struct Grid {
    least: f64,
    most: f64,
    number: u32,
    counted: u32,
    /// The place in the bar of beat 0, and how many statuses in a row contradict it.
    bar: Option<u8>,
    contradicted: u32,
}

impl NeedleClock {
    /// A position arrived at `now_s`. The deck's beat, when one has passed since the last.
    pub fn hear_position(&mut self, now_s: f64, position: &Position) -> Option<Sighting> {
        let before = self.tempo.bpm();
        self.tempo.hear(position.effective_bpm?, position.pitch);
        let bpm = self.tempo.bpm()?;
        if before.is_some_and(|before| (before - bpm).abs() > 0.5) || self.position_s.is_none() {
            // Another track, or places counted from elsewhere.
            (self.grid, self.line) = (None, None);
        }
        self.position_s = Some(now_s);
        self.line = self.moved(now_s, position);
        let line = self.line?;
        if line.packets < FIRST_PACKETS || line.strays > 0 || line.moved_s < now_s {
            return None;
        }
        self.pass(now_s, bpm)
    }

    /// The line after this position; `None` while the needle stands.
    fn moved(&self, now_s: f64, position: &Position) -> Option<NeedleLine> {
        let place_s = f64::from(position.playhead_ms) / 1000.0;
        let begun = NeedleLine {
            at_s: now_s,
            place_s,
            rate: position.pitch,
            since_s: now_s,
            playhead_ms: position.playhead_ms,
            moved_s: now_s,
            packets: 0,
            strays: 0,
            passed: None,
        };
        let Some(line) = self.line else { return Some(begun) };
        if position.playhead_ms == line.playhead_ms {
            // It stands, or this came over a second network card.
            let standing = NeedleLine { since_s: now_s, packets: 0, passed: None, ..line };
            return Some(if now_s - line.moved_s > STILL_S { standing } else { line });
        }
        let forecast_s = line.place_s + line.rate * (now_s - line.at_s);
        let error_s = place_s - forecast_s;
        let next = NeedleLine { packets: line.packets + 1, strays: 0, ..begun };
        let next = NeedleLine { since_s: line.since_s, passed: line.passed, ..next };
        let gain = if line.packets < FIRST_PACKETS { FIRST_GAIN } else { GAIN };
        Some(if error_s.abs() < JUMP_S && line.packets > 0 {
            NeedleLine { place_s: forecast_s + gain * error_s, ..next }
        } else if line.packets == 0 || line.strays > 0 {
            // Moves on from here: the beats between were not played.
            NeedleLine { packets: 1, passed: None, ..next }
        } else {
            NeedleLine { place_s: forecast_s, strays: line.strays + 1, ..next }
        })
    }

    /// A status arrived at `now_s`. The deck's beat, when one has passed since the last.
    pub fn hear_status(&mut self, now_s: f64, status: &PlayerStatus) -> Option<Sighting> {
        self.stopped_s = (!status.playing).then_some(now_s);
        if std::mem::replace(&mut self.track_id, status.track_id) != status.track_id {
            self.grid = None;
        }
        let has_positions = self.position_s.is_some_and(|at_s| now_s - at_s < OLD_S);
        let Some(bpm) = status.track_bpm.filter(|_| status.playing) else {
            if !has_positions {
                (self.line, self.grid, self.position_s) = (None, None, None);
            }
            return None;
        };
        self.tempo.is(bpm);
        if !has_positions {
            self.position_s = None;
            self.line = Some(self.ran_on(now_s, status.pitch));
        }
        let line = self.line?;
        let place_s = line.place_s + line.rate * (now_s - STATUS_LATE_S - line.at_s);
        self.grid = status.beat.map(|number| Grid::heard(self.grid, number, place_s * bpm / 60.0, status.beat_in_bar));
        if has_positions { None } else { self.pass(now_s, bpm) }
    }

    /// The line of a deck that tells no positions, at `now_s`.
    fn ran_on(&self, now_s: f64, rate: f64) -> NeedleLine {
        let place_s = self.line.map_or(0.0, |line| line.place_s + line.rate * (now_s - line.at_s));
        let line = NeedleLine {
            at_s: now_s,
            place_s,
            rate,
            since_s: now_s,
            playhead_ms: 0,
            moved_s: now_s,
            packets: 0,
            strays: 0,
            passed: None,
        };
        self.line.map_or(line, |before| NeedleLine { since_s: before.since_s, passed: before.passed, ..line })
    }

    /// The newest beat that the needle has passed, if it was not told yet.
    fn pass(&mut self, now_s: f64, bpm: f64) -> Option<Sighting> {
        let (line, grid) = (self.line.as_mut()?, self.grid.filter(Grid::is_known));
        // Without positions only the grid tells where beats are.
        let ahead = grid.map(|grid| 0.5 * (grid.least + grid.most)).or(self.position_s.map(|_| 0.0))?;
        let beats = line.place_s * bpm / 60.0 + ahead;
        let heard_bpm = bpm * line.rate;
        let whole = beats.floor();
        let new = line.passed.replace(whole).is_some_and(|passed| whole > passed);
        let waited = (now_s - line.since_s) * heard_bpm / 60.0 > PATIENCE_BEATS;
        let plays = self.stopped_s.is_none_or(|at_s| now_s - at_s > OLD_S);
        if !new || !waited || !plays || !(20.0..=500.0).contains(&heard_bpm) {
            return None;
        }
        self.beats = if self.is_beating(now_s) { self.beats + 1 } else { 1 };
        self.told_s = now_s;
        let from_start = grid.is_none().then_some(0);
        let bar = grid.and_then(|grid| grid.bar).or(from_start);
        Some(Sighting {
            at: Seconds(now_s - (beats - whole) * 60.0 / heard_bpm),
            bpm: Bpm(heard_bpm),
            beat_in_bar: bar.map(|bar| (whole + f64::from(bar)).rem_euclid(4.0) as u8),
            confidence: if grid.is_some() { BY_GRID } else { BY_START },
        })
    }

    /// The tempo that is heard.
    #[must_use]
    pub fn bpm(&self) -> Option<f64> {
        self.tempo.bpm().zip(self.line).map(|(bpm, line)| bpm * line.rate)
    }

    /// Whether beats were passed until just now.
    #[must_use]
    pub fn is_beating(&self, now_s: f64) -> bool {
        self.beats > 0 && self.bpm().is_some_and(|bpm| now_s - self.told_s < STALE_INTERVALS * 60.0 / bpm)
    }

    /// How many beats were passed in a row.
    #[must_use]
    pub fn steady_beats(&self) -> u32 {
        self.beats
    }
}

impl Grid {
    /// Beat `number` sounds, counted from 1, `beats` beats from place 0.
    fn heard(before: Option<Self>, number: u32, beats: f64, beat_in_bar: Option<u8>) -> Self {
        let (least, most) = (f64::from(number) - 1.0 - beats, f64::from(number) - beats);
        // 1 to 4 of this beat; beat 0 is `number - 1` before it.
        let bar = beat_in_bar.map(|place| (f64::from(place) - f64::from(number)).rem_euclid(4.0) as u8);
        let begun = Self { least, most, number, counted: 0, bar, contradicted: 0 };
        let Some(before) = before else { return begun };
        let (least, most) = (least.max(before.least - WIDEN_BEATS), most.min(before.most + WIDEN_BEATS));
        if least > most + SLACK_BEATS {
            return begun;
        }
        let counted = before.counted + u32::from(number != before.number);
        let same = bar.is_none() || bar == before.bar;
        let contradicted = if same { 0 } else { before.contradicted + 1 };
        // The place in the bar is a moment early or late: believed again when several say so.
        let bar = if contradicted > 4 { bar } else { before.bar.or(bar) };
        Self { least: least.min(most), most: most.max(least), number, counted, bar, contradicted }
    }

    fn is_known(&self) -> bool {
        self.counted >= COUNTED && self.most - self.least < KNOWN_BEATS
    }
}
