//! How the wall keeps time, for the status line: counted by the wall on the main thread, read once a second.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::output::{ON_TIME, Presented};

/// One writer, the wall; any reader.
#[derive(Clone, Debug, Default)]
pub struct WallPace(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    presented: AtomicU64,
    late: AtomicU64,
    dropped: AtomicU64,
    /// Width and height packed in one number, so that both are of one frame.
    drawn_px: AtomicU64,
    whole_px: AtomicU64,
    /// Of the wall, by the flash limiter.
    held_percent: AtomicU64,
}

fn packed([width, height]: [u32; 2]) -> u64 {
    u64::from(width) << 32 | u64::from(height)
}

fn unpacked(px: u64) -> (u32, u32) {
    ((px >> 32) as u32, px as u32)
}

impl WallPace {
    pub fn note(&self, frame: &Presented) {
        let counts = &self.0;
        counts.presented.fetch_add(1, Ordering::Relaxed);
        counts.late.fetch_add(u64::from(frame.late), Ordering::Relaxed);
        counts.dropped.fetch_add(u64::from(frame.dropped), Ordering::Relaxed);
        counts.drawn_px.store(packed(frame.drawn_px), Ordering::Relaxed);
        counts.whole_px.store(packed(frame.whole_px), Ordering::Relaxed);
        counts.held_percent.store(frame.held_percent.into(), Ordering::Relaxed);
    }

    /// Share of the wall that the flash limiter holds now, in percent.
    #[must_use]
    pub fn held_percent(&self) -> u8 {
        self.0.held_percent.load(Ordering::Relaxed) as u8
    }

    /// Totals of frames presented, late and dropped.
    #[must_use]
    pub fn totals(&self) -> [u64; 3] {
        [&self.0.presented, &self.0.late, &self.0.dropped].map(|count| count.load(Ordering::Relaxed))
    }

    /// Text for the status line about the time since the totals were `before`: too many frames missing or late, or
    /// frames drawn at a reduced size. Empty otherwise.
    #[must_use]
    pub fn trouble_since(&self, before: [u64; 3]) -> String {
        let now = self.totals();
        let [presented, late, dropped] = std::array::from_fn(|k| now[k].saturating_sub(before[k]));
        let slots = presented + dropped;
        let mut text = String::new();
        if slots == 0 {
            text.push_str(" | wall: no frame in this second");
        } else if ((presented - late.min(presented)) as f64) < ON_TIME * slots as f64 {
            // In capitals when less than half of the frames were on time.
            let slow = if 2 * (presented - late.min(presented)) < slots { "TOO SLOW" } else { "slow" };
            let _ = write!(text, " | wall {slow}: {presented} of {slots} frames came, {late} of them late");
        }
        let [(w, h), (whole_w, whole_h)] =
            [&self.0.drawn_px, &self.0.whole_px].map(|px| unpacked(px.load(Ordering::Relaxed)));
        if (w, h) != (whole_w, whole_h) {
            let _ = write!(text, " | drawn at {w} x {h} instead of {whole_w} x {whole_h}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Shown;
    use crate::units::Seconds;

    #[test]
    fn a_slow_wall_is_told_and_a_good_one_says_nothing() {
        let frame = |late, dropped, drawn_px| Presented {
            index: 0,
            now: Seconds(0.0),
            at: Seconds(0.0),
            interval_s: None,
            late,
            dropped,
            shown: Shown::default(),
            held_percent: 0,
            drawn_px,
            whole_px: [1280, 720],
        };
        let pace = WallPace::default();
        (0..30).for_each(|_| pace.note(&frame(false, 0, [1280, 720])));
        assert_eq!(pace.trouble_since([0; 3]), "");
        let before = pace.totals();
        (0..15).for_each(|_| pace.note(&frame(true, 1, [640, 360])));
        let said = pace.trouble_since(before);
        assert_eq!(
            said,
            " | wall TOO SLOW: 15 of 30 frames came, 15 of them late | drawn at 640 x 360 instead of 1280 x 720"
        );
    }
}
