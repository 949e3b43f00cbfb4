//! When samples were captured: from the driver's time stamps to the time of any frame, jitter taken out.
//!
//! The device callback writes a [`Stamp`] with every block; the reader's [`CaptureClock`] keeps a line through them.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
use std::time::{Duration, Instant};

/// The newest block: how many frames were captured up to its end, and when its last one was. One writer, one reader,
/// who never wait for each other.
pub(super) struct Stamp {
    epoch: Instant,
    /// Odd while the others are being written.
    sequence: AtomicU32,
    frames: AtomicU64,
    at_ns: AtomicU64,
}

/// The longest latency that is believed. A longer one from the driver is taken for 0.
const LONGEST_LATENCY: Duration = Duration::from_secs(1);

impl Stamp {
    pub fn new() -> Self {
        // Blocks may have been captured before the stream was asked for.
        let epoch = Instant::now().checked_sub(2 * LONGEST_LATENCY).unwrap_or_else(Instant::now);
        Self { epoch, sequence: AtomicU32::new(0), frames: AtomicU64::new(0), at_ns: AtomicU64::new(0) }
    }

    /// Called by the device callback: `frames` ever, the newest of them captured `latency` before now.
    pub fn set(&self, frames: u64, latency: Duration) {
        let latency = if latency > LONGEST_LATENCY { Duration::ZERO } else { latency };
        let at = self.epoch.elapsed().saturating_sub(latency);
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        self.frames.store(frames, Ordering::Relaxed);
        self.at_ns.store(at.as_nanos() as u64, Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(2), Ordering::Release);
    }

    /// Frames, and seconds ago; `None` before the first block, or while one is being written.
    pub fn get(&self) -> Option<(u64, f64)> {
        let before = self.sequence.load(Ordering::Acquire);
        let (frames, at_ns) = (self.frames.load(Ordering::Relaxed), self.at_ns.load(Ordering::Relaxed));
        fence(Ordering::Acquire);
        let whole = before != 0 && before.is_multiple_of(2) && self.sequence.load(Ordering::Relaxed) == before;
        whole.then(|| (frames, self.epoch.elapsed().as_secs_f64() - at_ns as f64 * 1e-9))
    }
}

/// A block is never early but often late: an earlier one counts half at once, a later one within about this time.
const EARLIER: f64 = 0.5;
const LATER_S: f64 = 5.0;
/// A block further off the line than this restarts the line: the stream was interrupted.
const JUMP_S: f64 = 0.1;

/// The line from frames to show time.
#[derive(Clone, Copy, Debug)]
pub(super) struct CaptureClock {
    rate_hz: f64,
    /// A frame's number and its time.
    line: Option<(u64, f64)>,
}

impl CaptureClock {
    pub fn new(rate_hz: u32) -> Self {
        Self { rate_hz: f64::from(rate_hz.max(1)), line: None }
    }

    /// A block ended with frame `frames`, captured at `at_s`.
    pub fn hear(&mut self, frames: u64, at_s: f64) {
        let Some((last, time_s)) = self.line else {
            self.line = Some((frames, at_s));
            return;
        };
        if frames == last {
            return;
        }
        let since_s = frames.wrapping_sub(last) as i64 as f64 / self.rate_hz;
        let error_s = at_s - (time_s + since_s);
        let gain = match error_s {
            e if e.abs() > JUMP_S => 1.0,
            e if e < 0.0 => EARLIER,
            _ => (since_s.max(0.0) / LATER_S).min(1.0),
        };
        self.line = Some((frames, time_s + since_s + gain * error_s));
    }

    /// When frame number `frame` was captured.
    pub fn time_of(&self, frame: u64) -> Option<f64> {
        let (known, time_s) = self.line?;
        Some(time_s + frame.wrapping_sub(known) as i64 as f64 / self.rate_hz)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_is_taken_out_and_a_slow_card_followed() {
        let mut clock = CaptureClock::new(48_000);
        let mut dice = 7u32;
        let mut worst: f64 = 0.0;
        // Blocks of 480 frames of a card 100 millionths slow, each up to 6 ms late.
        for k in 1..6000u64 {
            let truth_s = 480.0 * k as f64 / 48_000.0 * 1.0001;
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            clock.hear(480 * k, truth_s + 0.006 * f64::from(dice >> 16) / 65_536.0);
            if k > 200 {
                let error_s = clock.time_of(480 * k).unwrap() - truth_s;
                worst = worst.max(error_s.abs());
            }
        }
        assert!(worst < 0.001, "{worst}");
        // Half a second is missing: the line goes on where the stream does.
        clock.hear(480 * 6000, 61.0);
        assert_eq!(clock.time_of(480 * 6000 + 4800), Some(61.1));
        assert_eq!(clock.time_of(480 * 6000 - 480), Some(60.99), "and back, to a frame that waits to be read");
    }

    #[test]
    fn a_stamp_says_how_long_ago_and_nonsense_is_not_believed() {
        let stamp = Stamp::new();
        assert_eq!(stamp.get(), None);
        stamp.set(480, Duration::from_millis(40));
        let (frames, ago_s) = stamp.get().unwrap();
        assert!(frames == 480 && (0.04..10.0).contains(&ago_s), "{ago_s}");
        stamp.set(960, Duration::from_secs(3600));
        assert!(stamp.get().unwrap().1 < 10.0);
    }
}
