//! The flash limiter: at most three full-field flashes a second reach the wall (WCAG 2.3.1).
//!
//! A flash is a pair of opposing changes of relative luminance by 10 % of the maximum or more, where the darker
//! side is below 0.80. Every flash needs one rise, so it is enough to count rises and, when three of them lie
//! within the last second, to keep the wall just below the next. Only darkening is needed for that, and a
//! picture that keeps getting brighter, or darker, is never touched. A pure function of time and luminance.

use crate::units::Seconds;

/// A change that counts, in relative luminance.
const SWING: f32 = 0.1;
/// Changes between two states both brighter than this do not count.
const DARK_BELOW: f32 = 0.8;
/// Rises allowed in [`WINDOW_S`].
const RISES: usize = 3;
/// A little more than one second, so that rounding of frame times cannot let a fourth flash in.
const WINDOW_S: f64 = 1.001;
/// How close below the counting change the wall is held.
const MARGIN: f32 = 0.9;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Trend {
    /// Looking for a rise; holds the darkest luminance since the last fall.
    Dark(f32),
    /// Looking for a fall; holds the brightest luminance since the last rise.
    Bright(f32),
}

/// Watches the mean luminance of what is about to be shown and says how much of it may be.
#[derive(Clone, Debug, Default)]
pub struct FlashLimiter {
    trend: Option<Trend>,
    /// When the latest rises happened, oldest first.
    rises: [Option<Seconds>; RISES],
}

impl FlashLimiter {
    /// The factor of linear light (0..1) for a frame of mean relative `luminance` (0..1) shown at `now`.
    pub fn step(&mut self, now: Seconds, luminance: f32) -> f32 {
        let wanted = if luminance.is_finite() { luminance.clamp(0.0, 1.0) } else { 1.0 };
        let (trend, shown) = match self.trend {
            None => (Trend::Dark(wanted), wanted),
            Some(Trend::Dark(low)) if wanted - low < SWING || low >= DARK_BELOW => {
                (Trend::Dark(low.min(wanted)), wanted)
            }
            Some(Trend::Dark(low)) if self.may_rise(now) => {
                self.rises.rotate_left(1);
                self.rises[RISES - 1] = Some(now);
                debug_assert!(wanted >= low);
                (Trend::Bright(wanted), wanted)
            }
            Some(Trend::Dark(low)) => (Trend::Dark(low), low + SWING * MARGIN),
            Some(Trend::Bright(high)) if high - wanted >= SWING && wanted < DARK_BELOW => (Trend::Dark(wanted), wanted),
            Some(Trend::Bright(high)) => (Trend::Bright(high.max(wanted)), wanted),
        };
        self.trend = Some(trend);
        if wanted > shown { shown / wanted } else { 1.0 }
    }

    fn may_rise(&self, now: Seconds) -> bool {
        self.rises[0].is_none_or(|oldest| now.since(oldest) >= WINDOW_S)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rises by 0.1 and more in any window of one second, counted independently on what was shown.
    fn worst_second(shown: &[(f64, f32)]) -> usize {
        let (mut low, mut high, mut dark, mut rises) = (1.0f32, 0.0f32, true, Vec::new());
        for &(at, y) in shown {
            (low, high) = (low.min(y), high.max(y));
            if dark && y - low >= 0.1 && low < 0.8 {
                rises.push(at);
                (dark, high) = (false, y);
            } else if !dark && high - y >= 0.1 && y < 0.8 {
                (dark, low) = (true, y);
            }
        }
        rises.iter().map(|&a| rises.iter().filter(|&&b| b >= a && b - a < 1.0).count()).max().unwrap_or(0)
    }

    fn run(fps: f64, seconds: f64, light: impl Fn(f64) -> f32) -> (Vec<(f64, f32)>, f32) {
        let mut limiter = FlashLimiter::default();
        let mut least = 1.0f32;
        let mut shown = Vec::new();
        let mut at = 0.0;
        while at < seconds {
            let gain = limiter.step(Seconds(at), light(at));
            assert!((0.0..=1.0).contains(&gain));
            least = least.min(gain);
            shown.push((at, light(at) * gain));
            at += 1.0 / fps;
        }
        (shown, least)
    }

    fn strobe(hz: f64) -> impl Fn(f64) -> f32 {
        move |at| if (at * hz).fract() < 0.5 { 0.9 } else { 0.05 }
    }

    #[test]
    fn a_strobe_is_held_to_three() {
        for (fps, hz) in [(30.0, 5.0), (60.0, 10.0), (60.0, 29.0), (25.0, 4.0), (144.0, 7.3)] {
            assert!(worst_second(&run(fps, 5.0, |at| strobe(hz)(at)).0) <= 3, "{hz} Hz at {fps} fps");
        }
        assert!(worst_second(&run(60.0, 5.0, |at| if (at * 10.0).fract() < 0.5 { 0.35 } else { 0.2 }).0) <= 3);
    }

    #[test]
    fn music_passes_untouched() {
        // Pulses of 124 and 170 beats a minute, a slow swell, and flicker among bright or within small changes.
        for hz in [124.0 / 60.0, 170.0 / 60.0] {
            assert_eq!(run(60.0, 8.0, strobe(hz)).1, 1.0, "{hz} Hz");
        }
        let swell = |at: f64| (0.5 + 0.5 * (at * 3.0).sin()) as f32;
        assert_eq!(run(60.0, 8.0, swell).1, 1.0);
        assert_eq!(run(60.0, 4.0, |at| if (at * 15.0).fract() < 0.5 { 0.95 } else { 0.82 }).1, 1.0);
        assert_eq!(run(60.0, 4.0, |at| if (at * 15.0).fract() < 0.5 { 0.29 } else { 0.2 }).1, 1.0);
    }

    #[test]
    fn light_returns_after_the_second() {
        let light = |at: f64| if at < 1.0 { strobe(10.0)(at) } else { 0.9 };
        let (shown, least) = run(60.0, 3.0, light);
        assert!(least < 0.2);
        let (_, last) = shown[shown.len() - 1];
        assert!((last - 0.9).abs() < 1e-6);
    }

    #[test]
    fn nonsense_does_not_stick() {
        let mut limiter = FlashLimiter::default();
        limiter.step(Seconds(0.0), f32::NAN);
        assert_eq!(limiter.step(Seconds(9.0), 0.4), 1.0);
    }
}
