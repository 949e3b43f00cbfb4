//! When the next frame is due. Arithmetic on show time; it neither sleeps nor reads a clock.

use crate::units::Seconds;

/// How far a frame may finish past the end of its slot and still count as on schedule, as a share of the slot.
const GRACE: f64 = 0.01;

/// What became of the schedule when a frame began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DisplaySlot {
    /// When the frame was due.
    pub due: Seconds,
    /// Slots before it that nobody used.
    pub dropped: u32,
}

/// A fixed grid of slots. Frame `n` is due at `start + n · period` whatever happened before, so it cannot drift;
/// slots that were missed are skipped and counted, never made up for.
#[derive(Clone, Debug)]
pub struct Pacer {
    start: Seconds,
    period_s: f64,
    /// Number of the next slot on the grid.
    next: u64,
}

impl Pacer {
    /// The first frame is due at `start`.
    #[must_use]
    pub fn new(fps: f64, start: Seconds) -> Self {
        Self { start, period_s: 1.0 / fps.clamp(1.0, 1000.0), next: 0 }
    }

    #[must_use]
    pub fn period_s(&self) -> f64 {
        self.period_s
    }

    /// When the next frame is due.
    #[must_use]
    pub fn due(&self) -> Seconds {
        self.at(self.next)
    }

    /// A frame begins at `now`: takes the newest slot that is due.
    pub fn begin(&mut self, now: Seconds) -> DisplaySlot {
        let dropped = (now.since(self.due()) / self.period_s) as u32;
        let slot = self.next + u64::from(dropped);
        self.next = slot + 1;
        DisplaySlot { due: self.at(slot), dropped }
    }

    /// Whether a frame of `slot` that is there at `done` missed its time.
    #[must_use]
    pub fn is_late(&self, slot: DisplaySlot, done: Seconds) -> bool {
        done.since(slot.due) > self.period_s * (1.0 + GRACE)
    }

    /// Starts a new grid at `next`: for a display that keeps its own time.
    pub fn follow(&mut self, next: Seconds) {
        (self.start, self.next) = (next, 0);
    }

    fn at(&self, slot: u64) -> Seconds {
        self.start.after(slot as f64 * self.period_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_does_not_drift() {
        let mut pacer = Pacer::new(50.0, Seconds(1.0));
        for n in 0..10_000u32 {
            let due = pacer.due();
            assert!((due.0 - (1.0 + f64::from(n) * 0.02)).abs() < 1e-9);
            let slot = pacer.begin(due.after(f64::from(n % 7) * 0.002));
            assert_eq!((slot.dropped, slot.due), (0, due));
        }
    }

    #[test]
    fn missed_slots_are_skipped_and_counted() {
        let mut pacer = Pacer::new(10.0, Seconds(0.0));
        assert_eq!(pacer.begin(Seconds(0.0)).dropped, 0);
        let slot = pacer.begin(Seconds(0.37));
        assert_eq!(slot.dropped, 2, "0.1 and 0.2 passed, 0.3 is used");
        assert!((slot.due.0 - 0.3).abs() < 1e-9);
        assert!((pacer.due().0 - 0.4).abs() < 1e-9);
        assert!(!pacer.is_late(slot, Seconds(0.399)));
        assert!(pacer.is_late(slot, Seconds(0.402)));
    }

    #[test]
    fn an_early_frame_takes_the_next_slot() {
        let mut pacer = Pacer::new(10.0, Seconds(5.0));
        assert_eq!(pacer.begin(Seconds(4.0)), DisplaySlot { due: Seconds(5.0), dropped: 0 });
        pacer.follow(Seconds(9.0));
        assert_eq!(pacer.due(), Seconds(9.0));
    }
}
