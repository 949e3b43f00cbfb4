//! A straight line through the recent beats: tempo and phase far finer than the pointer's grid.
//!
//! Fitted by iteratively reweighted least squares (weight 1/√(|r|/12 ms)), so that one bad beat does not move it.

/// Beats in the fit when steady, and for a while after a new start.
const LONG: usize = 16;
const SHORT: usize = 8;
/// A beat further off the line than this is a stranger. Two of them in a row begin a new line; one is enough while
/// the line is younger than [`TRUSTED`] beats.
const STRANGER_S: f64 = 0.040;
const STRANGERS: usize = 2;
/// So many of the newest beats are remembered, for a new line to begin with.
const NEWEST: usize = 3;
const SOFT_S: f64 = 0.012;
/// Beats after the first that are needed before the line is believed at all, one less when they scatter by no more than
/// a drum machine's, and the scatter at which belief is full, and gone.
const TRUSTED: usize = 4;
const MACHINE_S: f64 = 0.0075;
const TIGHT_S: f64 = 0.010;
const LOOSE_S: f64 = 0.020;

#[derive(Clone, Copy)]
pub struct BeatLine {
    /// Times of beats, oldest first, with their number on the line.
    beats: [(f64, f64); LONG],
    len: usize,
    /// Time of beat number 0 and seconds a beat.
    at_s: f64,
    period_s: f64,
    strangers: usize,
    /// Beats since the line began anew.
    age: usize,
    /// The newest beats, oldest first, whether they were on the line or not.
    newest_s: [f64; NEWEST],
}

/// The line as it was a while ago: what was heard since may have misled it.
#[derive(Default)]
pub struct Rewind {
    older: BeatLine,
    newer: BeatLine,
    since_s: f64,
}

impl Rewind {
    /// After `dt_s` more seconds the line is `line`; what is kept is `ago_s` to twice as old.
    pub fn keep(&mut self, line: &BeatLine, dt_s: f64, ago_s: f64) {
        self.since_s += dt_s;
        if self.since_s >= ago_s {
            self.since_s = 0.0;
            self.older = std::mem::replace(&mut self.newer, *line);
        }
    }

    /// The line of then, if it was steady.
    pub fn line(&self) -> Option<BeatLine> {
        Some(self.older).filter(BeatLine::is_steady)
    }
}

fn is_another_tempo(a_s: f64, b_s: f64) -> bool {
    (a_s / b_s - 1.0).abs() > 0.04
}

impl Default for BeatLine {
    fn default() -> Self {
        Self {
            beats: [(0.0, 0.0); LONG],
            len: 0,
            at_s: 0.0,
            period_s: 0.5,
            strangers: 0,
            age: 0,
            newest_s: [f64::NEG_INFINITY; NEWEST],
        }
    }
}

impl BeatLine {
    /// Position between two beats at `now_s`, 0..1.
    pub fn phase(&self, now_s: f64) -> f64 {
        ((now_s - self.at_s) / self.period_s).rem_euclid(1.0)
    }

    pub fn period_s(&self) -> f64 {
        self.period_s
    }

    /// No beat was ever learned.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn is_steady(&self) -> bool {
        self.age >= SHORT
    }

    /// How well the recent beats lie on the line, 0..1: chance alone scatters them by a quarter of the period.
    pub fn trust(&self) -> f64 {
        let beats = &self.beats[..self.len];
        if self.age < TRUSTED - 1 {
            return 0.0;
        }
        let square = |(y, x): &(f64, f64)| (y - self.at_s - x * self.period_s).powi(2);
        let scatter_s = (beats.iter().map(square).sum::<f64>() / beats.len() as f64).sqrt();
        if self.age < TRUSTED && scatter_s > MACHINE_S {
            return 0.0;
        }
        ((LOOSE_S - scatter_s) / (LOOSE_S - TIGHT_S)).clamp(0.0, 1.0) * if self.strangers > 0 { 0.8 } else { 1.0 }
    }

    /// Whether a beat at `beat_s`, by a pointer of period `coarse_s`, is on the line, or about as near: in a break the
    /// pointer has little to go by.
    pub fn has(&self, beat_s: f64, coarse_s: f64) -> bool {
        let off_s = ((beat_s - self.at_s) / self.period_s + 0.5).rem_euclid(1.0) - 0.5;
        (off_s * self.period_s).abs() <= 2.0 * STRANGER_S && !is_another_tempo(coarse_s, self.period_s)
    }

    /// For the end of a held break: strangers are counted from 0 again, and the line stays.
    pub fn expect_again(&mut self) {
        self.strangers = 0;
    }

    /// A beat was heard at `beat_s`, by a pointer of period `coarse_s`. False when it is the last one again.
    pub fn learn(&mut self, beat_s: f64, coarse_s: f64) -> bool {
        let Some((last_s, last)) = self.len.checked_sub(1).map(|k| self.beats[k]) else {
            self.begin(beat_s, coarse_s);
            return true;
        };
        let period_s = if self.len < 3 { coarse_s } else { self.period_s };
        let step = ((beat_s - last_s) / period_s).round();
        if step < 1.0 {
            return false;
        }
        self.newest_s.rotate_left(1);
        self.newest_s[NEWEST - 1] = beat_s;
        let off_s = beat_s - (self.at_s + (last + step) * self.period_s);
        let tempo_changed = is_another_tempo(coarse_s, self.period_s);
        if self.len >= 3 && (off_s.abs() > STRANGER_S || tempo_changed) {
            self.strangers += 1;
            if self.strangers >= STRANGERS || self.age < TRUSTED {
                self.begin(beat_s, coarse_s);
            }
            return true;
        }
        self.strangers = 0;
        let keep = if self.age < 2 * SHORT { SHORT } else { LONG };
        while self.len >= keep {
            self.beats.copy_within(1..self.len, 0);
            self.len -= 1;
        }
        self.beats[self.len] = (beat_s, last + step);
        self.len += 1;
        self.age += 1;
        self.fit(coarse_s);
        true
    }

    /// Starts a line at `beat_s`, and back from there with as many of the newest beats as are one period apart.
    fn begin(&mut self, beat_s: f64, period_s: f64) {
        let apart = |pair: &[f64]| (pair[1] - pair[0] - period_s).abs() < STRANGER_S;
        let together = self.newest_s.windows(2).rev().take_while(|pair| apart(pair)).count();
        let newest_s = self.newest_s;
        *self = Self { at_s: beat_s, period_s, newest_s, len: 1 + together, age: together, ..Self::default() };
        self.newest_s[NEWEST - 1] = beat_s;
        for (k, place) in self.beats[..self.len].iter_mut().enumerate() {
            *place = (self.newest_s[NEWEST - 1 - together + k], k as f64);
        }
        self.at_s = self.beats[0].0;
        if self.len > 1 {
            self.fit(period_s);
        }
    }

    fn fit(&mut self, coarse_s: f64) {
        let beats = &self.beats[..self.len];
        if self.len < 3 {
            // Two beats say less about the tempo than the pointer does.
            let (last_s, last) = beats[self.len - 1];
            self.period_s = coarse_s;
            self.at_s = last_s - last * coarse_s;
            return;
        }
        let (mut at_s, mut period_s) = (self.at_s, self.period_s);
        for _ in 0..4 {
            let (mut w, mut wx, mut wy, mut wxx, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for (y, x) in beats {
                let residual = (y - at_s - x * period_s).abs();
                let weight = 1.0 / (residual / SOFT_S).max(0.04).sqrt();
                w += weight;
                wx += weight * x;
                wy += weight * y;
                wxx += weight * x * x;
                wxy += weight * x * y;
            }
            let spread = w * wxx - wx * wx;
            period_s = (w * wxy - wx * wy) / spread;
            at_s = (wy - period_s * wx) / w;
        }
        (self.at_s, self.period_s) = (at_s, period_s);
    }
}
