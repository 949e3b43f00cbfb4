//! MIDI clock: 24 bytes a beat with a jitter of milliseconds, to a steady period and position.
//!
//! Single intervals are too imprecise (±1 ms reads as 118–122 at 120 BPM), so a straight line is fitted to the last
//! eight beats of ticks. When a few ticks in a row leave the line, the tempo has changed and older ticks are dropped.

use super::gap::{Gap, JUDGED, Verdict};
use super::packets::Packets;
use super::straight::StraightLine;

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
/// This many ticks in a row, all this late or all this early, mean a new tempo; where ticks scatter, so many times the
/// scatter: an even one reaches 1.73.
const BREAK_TICKS: usize = 4;
const BREAK_S: f64 = 0.002_5;
const BREAK_SCATTERS: f64 = 2.2;
/// Ticks that leave the line suddenly (the first by so much of its distance) and all by the same (up to so many times the
/// first) jumped: a new tempo moves each further. Some senders' slide over the grid of their packets, and jump back at its
/// end: jumps like it, for so long, are no break.
const SUDDEN: f64 = 0.7;
const SAME: f64 = 1.5;
const JUMPS_KEPT_TICKS: f64 = 1000.0;
/// Of all that is due by a packet's arrival, the last tick was due half a tick ago.
const PACKET_AHEAD: f64 = 0.5;

/// The fitted line at the newest tick.
#[derive(Clone, Copy, Debug)]
pub(super) struct MidiFit {
    /// Seconds per tick.
    pub period_s: f64,
    /// Tick number at the time of the newest tick, jitter removed.
    pub tick: f64,
    /// By how much ticks are off the line.
    scatter_s: f64,
}

/// Ticks that leave the line all at once.
#[derive(Clone, Copy, Debug, Default)]
struct Jump {
    /// How late the first of them was; `None` when it was not sudden.
    first_s: Option<f64>,
    /// The scatter that recent jumps are worth.
    scatter_s: f64,
}

/// The decoder's state. Tick numbers count every clock byte; the song position is an offset to them.
#[derive(Debug)]
pub(super) struct MidiClock {
    /// (tick number, arrival in seconds), oldest first, in a fixed buffer; of a packet the last tick alone.
    ticks: [(f64, f64); WINDOW],
    len: usize,
    next_tick: f64,
    packets: Packets,
    /// A gap of which it is open what it was.
    gap: Option<Gap>,
    /// Ticks that were counted over a pause, and taken back.
    paused: f64,
    fit: Option<MidiFit>,
    strays: i32,
    /// How late the last tick was.
    late_s: f64,
    jump: Jump,
    /// The tick number of song position 0, once a start or a position was received, and the one at which it was.
    origin: Option<f64>,
    origin_set_at: f64,
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
            gap: None,
            paused: 0.0,
            fit: None,
            strays: 0,
            late_s: 0.0,
            jump: Jump::default(),
            origin: None,
            origin_set_at: 0.0,
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
        if self.packets.arrives(now_s) {
            self.recount();
        }
        let Some(steps) = self.steps_to(now_s) else { return false };
        let number = self.newest().map_or(self.next_tick, |(last_tick, _)| last_tick + steps);
        self.packets.counted(number, steps);
        if let Some(position) = self.next_position.take() {
            (self.origin, self.origin_set_at) = (Some(number - position), number);
            // A sequencer that starts says itself where it is.
            self.gap = None;
        } else if self.gap.is_none() && steps > 1.0 {
            self.gap = self.line().map(Gap::new);
        }
        if self.gap.is_none() {
            self.watch_for_break(number, now_s);
        }
        self.keep(number, now_s);
        let verdict = self.gap.as_mut().and_then(|gap| gap.hear(number, now_s, steps));
        if let Some(verdict) = verdict {
            self.settle(verdict);
        }
        self.next_tick = self.newest().map_or(0.0, |(last_tick, _)| last_tick + 1.0);
        self.fit = self.fitted();
        true
    }

    fn keep(&mut self, number: f64, now_s: f64) {
        let in_packets = self.packets.apart_s().is_some();
        if in_packets && self.packets.is_within() && self.len > 0 {
            self.ticks[self.len - 1].0 = number;
            return;
        }
        let old = self.ticks[..self.len].iter().take_while(|tick| number - tick.0 >= WINDOW as f64).count();
        self.forget(old.max(usize::from(self.len == WINDOW)));
        self.ticks[self.len] = (number, now_s);
        self.len += 1;
    }

    /// Drops the oldest `count` ticks.
    fn forget(&mut self, count: usize) {
        self.ticks.copy_within(count..self.len, 0);
        self.len -= count;
    }

    /// Called when ticks turn out to come in packets: those dropped as duplicates are counted after all.
    fn recount(&mut self) {
        (self.len, self.strays, self.gap) = (0, 0, None);
        let mut next: Option<f64> = None;
        let mut moved = 0.0;
        for packet in self.packets.complete().skip_while(|packet| packet.number.is_nan()) {
            let number = next.unwrap_or(packet.number);
            if packet.number <= self.origin_set_at {
                moved = number - packet.number;
            }
            let last = number + f64::from(packet.size) - 1.0;
            next = Some(last + 1.0);
            if self.len == WINDOW {
                self.ticks.copy_within(1.., 0);
                self.len -= 1;
            }
            self.ticks[self.len] = (last, packet.at_s);
            self.len += 1;
        }
        self.origin = self.origin.map(|origin| origin + moved);
        self.origin_set_at += moved;
        self.next_tick = next.unwrap_or(self.next_tick);
    }

    /// How many ticks lie between the newest and this one: 1, more when bytes were lost, `None` for a duplicate.
    fn steps_to(&self, now_s: f64) -> Option<f64> {
        let Some((last_tick, last_s)) = self.newest() else { return Some(1.0) };
        let gap_s = now_s - last_s;
        if self.packets.apart_s().is_some() {
            return Some(1.0);
        }
        let Some(fit) = self.fit else {
            return (gap_s >= DUPLICATE_S).then_some(1.0);
        };
        // Measured from where the newest tick should have been: one that came late is followed closely by
        // the next, and that is not a duplicate. Nor is an early tick of a rising tempo.
        let expected_s = match &self.gap {
            Some(gap) => gap.expected_s(last_tick),
            None => last_s - (fit.tick - last_tick) * fit.period_s,
        };
        let steps = (now_s - expected_s) / fit.period_s;
        if self.next_position.is_some() {
            // A sequencer that starts puts its first tick anywhere: never a duplicate.
            return Some(steps.round().max(1.0));
        }
        if steps < 0.4 && gap_s < 0.4 * fit.period_s {
            return None;
        }
        // A gap of several ticks is a loss only when the tempo was steady enough to tell.
        let clear = (steps - 1.0) * fit.period_s > self.most_late_s(&fit);
        Some(if self.gap.is_some() || (self.len >= WHOLE_BEAT && clear) { steps.round().max(1.0) } else { 1.0 })
    }

    /// How early or late a tick may be that is on the line: one of a packet by as much as packets are apart.
    fn most_late_s(&self, fit: &MidiFit) -> f64 {
        let scatter_s = fit.scatter_s.max(self.jump.scatter_s);
        BREAK_S.max(self.packets.apart_s().unwrap_or(BREAK_SCATTERS * scatter_s))
    }

    /// Numbers the ticks after a gap by what it was.
    fn settle(&mut self, verdict: Verdict) {
        self.gap = None;
        let before = self.len.saturating_sub(JUDGED);
        match verdict {
            Verdict::Lost(more) => self.ticks[before..self.len].iter_mut().for_each(|tick| tick.0 += more),
            Verdict::Paused => {
                let last = before.checked_sub(1).map_or(self.ticks[before].0 - 1.0, |last| self.ticks[last].0);
                self.paused += self.ticks[self.len - 1].0 - (last + JUDGED as f64);
                self.forget(before);
                for (tick, number) in self.ticks[..self.len].iter_mut().zip(1u32..) {
                    tick.0 = last + f64::from(number);
                }
            }
        }
    }

    fn watch_for_break(&mut self, number: f64, now_s: f64) {
        let (Some(fit), Some((_, last_s))) = (self.fit, self.newest()) else { return };
        if self.len < MIN_TICKS {
            // The fit is still that of the old tempo.
            return;
        }
        let expected_s = last_s + (number - fit.tick) * fit.period_s;
        let late_s = now_s - expected_s;
        let break_s = self.most_late_s(&fit);
        self.jump.scatter_s *= 1.0 - 1.0 / JUMPS_KEPT_TICKS;
        self.strays = match late_s {
            late if late > break_s => self.strays.max(0) + 1,
            late if late < -break_s => self.strays.min(0) - 1,
            _ => 0,
        };
        let before_s = std::mem::replace(&mut self.late_s, late_s);
        if self.strays.abs() == 1 {
            let sudden = (late_s - before_s).abs() > SUDDEN * late_s.abs();
            self.jump.first_s = sudden.then_some(late_s);
        }
        if self.strays.unsigned_abs() as usize >= BREAK_TICKS {
            self.strays = 0;
            self.leave_line(late_s);
        }
    }

    /// Several ticks left the line, this last one by `late_s`: at a new tempo, or by a jump, which leaves it as it was.
    fn leave_line(&mut self, late_s: f64) {
        // The last of them is not kept yet.
        let old = self.len.saturating_sub(BREAK_TICKS - 1);
        match self.jump.first_s.filter(|first_s| late_s.abs() < SAME * first_s.abs()) {
            Some(first_s) => {
                let jump_s = 0.5 * (first_s + late_s);
                self.ticks[..old].iter_mut().for_each(|tick| tick.1 += jump_s);
                self.jump.scatter_s = self.jump.scatter_s.max(jump_s.abs() / BREAK_SCATTERS);
            }
            None => self.forget(old),
        }
    }

    /// Time over tick number, by the fit.
    fn line(&self) -> Option<StraightLine> {
        let (fit, (_, last_s)) = (self.fit?, self.newest()?);
        Some(StraightLine { x: fit.tick, y: last_s, slope: fit.period_s, scatter: fit.scatter_s })
    }

    /// Least squares of time over tick number; over a gap, and between a break and the twelfth tick, the old fit runs on.
    fn fitted(&self) -> Option<MidiFit> {
        let (last_tick, last_s) = self.newest()?;
        let ahead = if self.packets.apart_s().is_some() { PACKET_AHEAD } else { 0.0 };
        if let Some(gap) = &self.gap {
            let fit = self.fit?;
            return Some(MidiFit { tick: gap.line().reaches(last_s), ..fit });
        }
        if self.len < MIN_TICKS {
            let fit = self.fit?;
            return Some(MidiFit { tick: last_tick + ahead, ..fit });
        }
        let line = StraightLine::through(&self.ticks[..self.len])?;
        // A period out of any musical range means the stream is not a clock.
        if !(0.004..=0.2).contains(&line.slope) {
            return self.fit;
        }
        // While ticks stray the scatter is that of before: it must not let a new tempo pass.
        let kept = self.fit.filter(|_| self.strays != 0).map(|fit| fit.scatter_s);
        let scatter_s = kept.unwrap_or(line.scatter);
        Some(MidiFit { period_s: line.slope, tick: line.reaches(last_s) + ahead, scatter_s })
    }

    fn newest(&self) -> Option<(f64, f64)> {
        self.len.checked_sub(1).map(|index| self.ticks[index])
    }

    pub fn fit(&self) -> Option<MidiFit> {
        self.fit
    }

    /// How many ticks were taken back since the last call: they had been counted over a pause of the sender.
    pub fn take_pause(&mut self) -> f64 {
        std::mem::take(&mut self.paused)
    }

    /// True once a whole beat of ticks has been seen, and it is known how many they were.
    pub fn has_whole_beat(&self) -> bool {
        let beat = self.newest().is_some_and(|(last_tick, _)| last_tick - self.ticks[0].0 >= WHOLE_BEAT as f64 - 1.0);
        beat && self.len >= MIN_TICKS && self.packets.is_settled()
    }

    /// True when ticks came once but none for a second.
    pub fn is_stale(&self, now_s: f64) -> bool {
        self.newest().is_some_and(|(_, last_s)| now_s - last_s > STALE_S)
    }

    /// Forgets tempo and position, as after a pulled cable; a stopped song keeps its place, and a start that
    /// came before its first tick keeps its meaning.
    pub fn reset(&mut self) {
        self.packets.forget();
        (self.len, self.strays, self.late_s, self.paused) = (0, 0, 0.0, 0.0);
        (self.gap, self.fit, self.origin, self.jump) = (None, None, None, Jump::default());
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
