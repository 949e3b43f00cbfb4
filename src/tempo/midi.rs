//! MIDI clock: 24 bytes a beat with a jitter of milliseconds, to a steady period and position.
//!
//! Single intervals are too imprecise (±1 ms reads as 118–122 at 120 BPM), so a straight line is fitted to the last
//! eight beats of ticks. When a few ticks in a row leave the line, the tempo has changed and older ticks are dropped.

use super::packets::Packets;

pub(super) const TICKS_PER_BEAT: f64 = 24.0;
const TICKS_PER_SIXTEENTH: f64 = 6.0;
/// Ticks fitted at most: eight beats.
const WINDOW: usize = 192;
/// Ticks needed for a fit, and for taking over from another source (one whole beat).
const MIN_TICKS: usize = 12;
const WHOLE_BEAT: usize = 24;
/// Silence after which the clock counts as gone.
const STALE_S: f64 = 1.0;
/// Two ticks closer than this, before a fit exists, are one.
const DUPLICATE_S: f64 = 0.005;
/// This many ticks in a row, all this late or all this early, mean a new tempo.
const BREAK_TICKS: usize = 4;
const BREAK_S: f64 = 0.002_5;

/// The fitted line at the newest tick.
#[derive(Clone, Copy, Debug)]
pub(super) struct MidiFit {
    /// Seconds per tick.
    pub period_s: f64,
    /// Tick number at the time of the newest tick, jitter removed.
    pub tick: f64,
}

/// The decoder's state. Tick numbers count every clock byte; the song position is an offset to them.
#[derive(Debug)]
pub(super) struct MidiClock {
    /// (tick number, arrival in seconds), oldest first, in a fixed buffer.
    ticks: [(f64, f64); WINDOW],
    len: usize,
    next_tick: f64,
    packets: Packets,
    /// Clock bytes heard, duplicates too: what counts once they turn out to come in packets.
    heard: f64,
    fit: Option<MidiFit>,
    strays: i32,
    /// The tick number of song position 0, once a start or a position was received, and the same in bytes heard.
    origin: Option<f64>,
    origin_heard: f64,
    /// Song position in ticks while stopped.
    stopped_at: Option<f64>,
    /// Song position that the next tick will have: set by start, continue and a position while running.
    next_position: Option<f64>,
}

impl Default for MidiClock {
    fn default() -> Self {
        Self {
            ticks: [(0.0, 0.0); WINDOW],
            len: 0,
            next_tick: 0.0,
            packets: Packets::default(),
            heard: 0.0,
            fit: None,
            strays: 0,
            origin: None,
            origin_heard: 0.0,
            stopped_at: None,
            next_position: None,
        }
    }
}

impl MidiClock {
    /// Takes one clock byte; false if it was a duplicate.
    pub fn tick(&mut self, now_s: f64) -> bool {
        if self.is_stale(now_s) {
            self.reset();
        }
        self.heard += 1.0;
        if self.packets.arrives(now_s) {
            self.count_all();
        }
        if let Some((last_tick, last_s)) = self.newest() {
            let Some(steps) = self.steps_since(last_s, now_s) else { return false };
            self.next_tick = last_tick + steps;
        }
        let number = self.next_tick;
        if let Some(position) = self.next_position.take() {
            self.origin = Some(number - position);
            self.origin_heard = self.heard - 1.0 - position;
        }
        self.watch_for_break(number, now_s);
        if self.len == WINDOW {
            self.ticks.copy_within(1.., 0);
            self.len -= 1;
        }
        self.ticks[self.len] = (number, now_s);
        self.len += 1;
        self.next_tick = number + 1.0;
        self.fit = self.fitted();
        true
    }

    /// Called when ticks turn out to come in packets: those dropped as duplicates are counted after all, and the fit,
    /// which was made without them, is dropped.
    fn count_all(&mut self) {
        self.next_tick = self.heard - 1.0;
        self.origin = self.origin.map(|_| self.origin_heard);
        (self.len, self.fit, self.strays) = (0, None, 0);
    }

    /// How many ticks lie between the newest and this one: 1, more when bytes were lost, `None` for a duplicate.
    fn steps_since(&self, last_s: f64, now_s: f64) -> Option<f64> {
        let gap_s = now_s - last_s;
        if self.packets.apart_s().is_some() {
            return Some(1.0);
        }
        let Some(fit) = self.fit else {
            return (gap_s >= DUPLICATE_S).then_some(1.0);
        };
        // Measured from where the newest tick should have been: one that came late is followed closely by
        // the next, and that is not a duplicate. Nor is an early tick of a rising tempo.
        let (last_tick, _) = self.newest()?;
        let expected_s = last_s - (fit.tick - last_tick) * fit.period_s;
        let steps = (now_s - expected_s) / fit.period_s;
        if self.next_position.is_some() {
            // A sequencer that starts puts its first tick anywhere: never a duplicate.
            return Some(steps.round().max(1.0));
        }
        if steps < 0.4 && gap_s < 0.4 * fit.period_s {
            return None;
        }
        // A gap of several ticks is a loss only when the tempo was steady enough to tell.
        Some(if self.len >= WHOLE_BEAT { steps.round().max(1.0) } else { 1.0 })
    }

    fn watch_for_break(&mut self, number: f64, now_s: f64) {
        let (Some(fit), Some((_, last_s))) = (self.fit, self.newest()) else { return };
        if self.len < MIN_TICKS {
            // The fit is still that of the old tempo.
            return;
        }
        let expected_s = last_s + (number - fit.tick) * fit.period_s;
        let late_s = now_s - expected_s;
        // Ticks of a packet may be off the line by as much as packets are apart.
        let break_s = BREAK_S.max(self.packets.apart_s().unwrap_or(0.0));
        self.strays = match late_s {
            late if late > break_s => self.strays.max(0) + 1,
            late if late < -break_s => self.strays.min(0) - 1,
            _ => 0,
        };
        if self.strays.unsigned_abs() as usize >= BREAK_TICKS {
            self.strays = 0;
            let keep = BREAK_TICKS.min(self.len);
            self.ticks.copy_within(self.len - keep..self.len, 0);
            self.len = keep;
        }
    }

    /// Least squares of time over tick number; between a break and the twelfth tick the old fit runs on.
    fn fitted(&self) -> Option<MidiFit> {
        let ticks = &self.ticks[..self.len];
        let (last_tick, last_s) = self.newest()?;
        if self.len < MIN_TICKS {
            let fit = self.fit?;
            return Some(MidiFit { tick: last_tick, ..fit });
        }
        let n = ticks.len() as f64;
        let mean_x = ticks.iter().map(|t| t.0 - last_tick).sum::<f64>() / n;
        let mean_y = ticks.iter().map(|t| t.1 - last_s).sum::<f64>() / n;
        let (mut xx, mut xy) = (0.0, 0.0);
        for tick in ticks {
            let x = tick.0 - last_tick - mean_x;
            xx += x * x;
            xy += x * (tick.1 - last_s - mean_y);
        }
        let period_s = xy / xx;
        // Tick numbers rise, so xx > 0; a period out of any musical range means the stream is not a clock.
        if !(0.004..=0.2).contains(&period_s) {
            return self.fit;
        }
        // Time 0 here is the newest arrival: the line reaches it at this tick number.
        Some(MidiFit { period_s, tick: last_tick + mean_x - mean_y / period_s })
    }

    fn newest(&self) -> Option<(f64, f64)> {
        self.len.checked_sub(1).map(|index| self.ticks[index])
    }

    pub fn fit(&self) -> Option<MidiFit> {
        self.fit
    }

    /// True once a whole beat of ticks has been seen.
    pub fn has_whole_beat(&self) -> bool {
        self.len >= WHOLE_BEAT
    }

    /// True when ticks came once but none for a second.
    pub fn is_stale(&self, now_s: f64) -> bool {
        self.newest().is_some_and(|(_, last_s)| now_s - last_s > STALE_S)
    }

    /// Forgets tempo and position, as after a pulled cable; a stopped song keeps its place, and a start that
    /// came before its first tick keeps its meaning.
    pub fn reset(&mut self) {
        *self = Self {
            next_tick: self.next_tick,
            heard: self.next_tick,
            stopped_at: self.stopped_at,
            next_position: self.next_position,
            ..Self::default()
        };
    }

    /// The tick number of the song's start, while the song position is known and running.
    pub fn origin(&self) -> Option<f64> {
        self.origin
    }

    pub fn start(&mut self) {
        self.stopped_at = None;
        self.next_position = Some(0.0);
    }

    pub fn stop(&mut self) {
        if let Some(origin) = self.origin.take() {
            self.stopped_at = Some(self.next_tick - origin);
        }
    }

    pub fn resume(&mut self) {
        self.next_position = self.stopped_at.take();
    }

    pub fn locate(&mut self, sixteenths: u16) {
        let position = f64::from(sixteenths) * TICKS_PER_SIXTEENTH;
        if self.origin.is_some() {
            self.next_position = Some(position);
        } else {
            self.stopped_at = Some(position);
        }
    }
}
