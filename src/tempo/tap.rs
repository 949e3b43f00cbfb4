//! Tap tempo: a series of taps to a period and a phase.

/// A pause longer than this starts a new series.
const PAUSE_S: f64 = 2.0;
/// So does a gap longer than this many periods of the series.
const PAUSE_PERIODS: f64 = 2.5;
/// A tap sooner than this after the last is a bounce and ignored: faster than 300 bpm nobody taps.
const BOUNCE_S: f64 = 0.2;
/// Taps needed before the tempo is believed, and how many of the latest are used.
const MIN_TAPS: usize = 4;
const MAX_TAPS: usize = 9;
/// Intervals further than this from the median (as a ratio) are left out.
const OUTLIER: f64 = 0.3;

/// What a series says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TapFit {
    pub period_s: f64,
    /// The time of the latest beat according to all taps, not only the last.
    pub last_beat_s: f64,
    /// 0.9 for taps without spread, falling as they spread.
    pub confidence: f32,
}

/// The taps of the current series, oldest first, no more than [`MAX_TAPS`]. Fixed size: the conductor's tick
/// does not allocate.
#[derive(Debug, Default)]
pub(super) struct TapSeries {
    taps_s: [f64; MAX_TAPS],
    len: usize,
}

impl TapSeries {
    pub fn push(&mut self, now_s: f64) {
        if let Some(&last_s) = self.taps().last() {
            let gap_s = now_s - last_s;
            if gap_s < BOUNCE_S {
                return;
            }
            let too_long = self.median_s().is_some_and(|period_s| gap_s > PAUSE_PERIODS * period_s);
            if gap_s > PAUSE_S || too_long {
                self.len = 0;
            }
        }
        if self.len == MAX_TAPS {
            self.taps_s.copy_within(1.., 0);
            self.len -= 1;
        }
        self.taps_s[self.len] = now_s;
        self.len += 1;
    }

    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Tempo and phase from at least four taps.
    ///
    /// The period is the mean of the middle half of the plausible intervals: an interval of about two median
    /// periods is a missed tap and counts as two beats, anything else more than 30 % off is left out. The phase
    /// is the mean of all taps brought to the latest beat.
    pub fn fit(&self) -> Option<TapFit> {
        if self.len < MIN_TAPS {
            return None;
        }
        let median_s = self.median_s()?;
        let mut beats_s = [0.0; MAX_TAPS];
        let mut count = 0;
        for pair in self.taps().windows(2) {
            if let Some(beat_s) = beat_gap(pair[1] - pair[0], median_s) {
                beats_s[count] = beat_s;
                count += 1;
            }
        }
        if count < MIN_TAPS / 2 {
            return None;
        }
        let plausible = &mut beats_s[..count];
        plausible.sort_unstable_by(f64::total_cmp);
        let middle = &plausible[count / 4..count - count / 4];
        let period_s = middle.iter().sum::<f64>() / middle.len() as f64;

        let last_s = *self.taps().last()?;
        let off_beat = |tap_s: f64| {
            let beats = (tap_s - last_s) / period_s;
            (beats - beats.round()) * period_s
        };
        let (mut sum, mut squares, mut used) = (0.0, 0.0, 0.0);
        for offset in self.taps().iter().map(|tap_s| off_beat(*tap_s)) {
            if offset.abs() < OUTLIER * period_s {
                sum += offset;
                squares += offset * offset;
                used += 1.0;
            }
        }
        // The last tap is always used: its own offset is zero.
        let mean = sum / used;
        let spread_s = f64::sqrt((squares / used - mean * mean).max(0.0));
        Some(TapFit { period_s, last_beat_s: last_s + mean, confidence: (0.9 / (1.0 + spread_s / 0.05)) as f32 })
    }

    fn taps(&self) -> &[f64] {
        &self.taps_s[..self.len]
    }

    fn median_s(&self) -> Option<f64> {
        let mut gaps_s = [0.0; MAX_TAPS];
        let count = self.len.saturating_sub(1);
        for (gap_s, pair) in gaps_s.iter_mut().zip(self.taps().windows(2)) {
            *gap_s = pair[1] - pair[0];
        }
        gaps_s[..count].sort_unstable_by(f64::total_cmp);
        gaps_s[..count].get(count / 2).copied()
    }
}

/// The beat length an interval stands for, given the median: itself, its half when one tap was missed, or
/// nothing.
fn beat_gap(gap_s: f64, median_s: f64) -> Option<f64> {
    let near = |target: f64, tolerance: f64| (gap_s / target - 1.0).abs() <= tolerance;
    if near(median_s, OUTLIER) {
        Some(gap_s)
    } else if near(2.0 * median_s, OUTLIER / 2.0) {
        Some(gap_s / 2.0)
    } else {
        None
    }
}
