//! Statistics of presented frames in fixed memory. The application feeds it from `FrameSource::presented` and reads it.

use crate::telemetry::Histogram;

use super::Presented;

/// Counts and the distribution of frame intervals.
#[derive(Clone, Default)]
pub struct FrameStats {
    pub presented: u64,
    pub late: u64,
    pub dropped: u64,
    intervals: Histogram,
}

impl FrameStats {
    /// Takes one presented frame in.
    pub fn count(&mut self, frame: &Presented) {
        self.presented += 1;
        self.late += u64::from(frame.late);
        self.dropped += u64::from(frame.dropped);
        if let Some(interval_s) = frame.interval_s {
            self.intervals.add(interval_s * 1000.0);
        }
    }

    /// The interval that `quantile` (0..1) of all intervals do not exceed, in ms; 0 without any.
    #[must_use]
    pub fn interval_ms(&self, quantile: f64) -> f64 {
        self.intervals.percentile_ms(quantile)
    }

    /// The longest interval in ms.
    #[must_use]
    pub fn max_ms(&self) -> f64 {
        self.intervals.max_ms()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Shown;
    use crate::units::Seconds;

    #[test]
    fn quantiles_of_known_intervals() {
        let mut stats = FrameStats::default();
        assert_eq!((stats.interval_ms(0.5), stats.max_ms()), (0.0, 0.0));
        for n in 0..=1000u32 {
            let interval_s = (n > 0).then(|| f64::from(n) * 1e-4);
            let frame = Presented {
                index: 0,
                now: Seconds(0.0),
                at: Seconds(0.0),
                interval_s,
                late: n % 10 == 1,
                dropped: n % 2,
                shown: Shown::default(),
                held_percent: 0,
                drawn_px: [1, 1],
                whole_px: [1, 1],
            };
            stats.count(&frame);
        }
        assert_eq!((stats.presented, stats.late, stats.dropped), (1001, 100, 500));
        assert!((stats.interval_ms(0.5) - 50.0).abs() <= 2.5, "{}", stats.interval_ms(0.5));
        assert!((stats.interval_ms(0.99) - 99.0).abs() <= 4.5);
        assert!((stats.max_ms() - 100.0).abs() < 1e-9);
        assert!(stats.interval_ms(1.0) <= stats.max_ms());
    }
}
