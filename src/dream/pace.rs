//! How long images take, and how many steps fit a time budget (`dream.budget`).
//!
//! Owned by the maker, on the generator's thread. Live, the pace is measured from the steps that really ran; in virtual
//! time, where no image takes any time, it is given.

/// What an image costs: `rest_s + steps · step_s`, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// One step without guidance; with it a step calls the network twice.
    pub step_s: f64,
    /// Everything but the steps: encoding the picture to start from, decoding the result.
    pub rest_s: f64,
}

/// Weight of a new measurement in the exponential mean.
const NEW: f64 = 0.2;

#[derive(Clone, Debug, Default)]
pub struct Pace {
    given: Option<Cost>,
    /// Seconds per step without and with guidance, as measured.
    step_s: [Option<f64>; 2],
    rest_s: Option<f64>,
}

impl Pace {
    /// With a cost, that one holds and nothing is measured.
    #[must_use]
    pub fn new(given: Option<Cost>) -> Self {
        Self { given, ..Self::default() }
    }

    /// Learns from an image whose `ran` steps took `steps_s` seconds and the rest of which took `rest_s`. With `ran` 0
    /// (strength 0) only the rest is learnt.
    pub fn measure(&mut self, ran: usize, guided: bool, steps_s: f64, rest_s: f64) {
        let learn = |old: &mut Option<f64>, new: f64| *old = Some(old.map_or(new, |old| old + NEW * (new - old)));
        if ran > 0 {
            learn(&mut self.step_s[usize::from(guided)], steps_s / ran as f64);
        }
        learn(&mut self.rest_s, rest_s);
    }

    /// As many steps, 1 to `most`, as fit `budget_ms`; `None` without a budget (0) or anything to reckon with.
    #[must_use]
    pub fn steps(&self, budget_ms: f32, guided: bool, most: usize) -> Option<usize> {
        let (step_s, rest_s) = self.cost(guided)?;
        // Tolerance for rounding: 0.05 + 4 · 0.05 must fit a budget of 0.25 s.
        let fit = ((f64::from(budget_ms) / 1000.0 - rest_s) / step_s + 1e-6).floor();
        (budget_ms > 0.0).then(|| (fit.max(1.0) as usize).min(most))
    }

    /// Seconds that an image of so many steps takes; `None` before any was measured.
    #[must_use]
    pub fn seconds(&self, steps: usize, guided: bool) -> Option<f64> {
        let (step_s, rest_s) = self.cost(guided)?;
        Some(rest_s + steps as f64 * step_s)
    }

    /// Seconds per step and for the rest.
    fn cost(&self, guided: bool) -> Option<(f64, f64)> {
        if let Some(Cost { step_s, rest_s }) = self.given {
            return Some((if guided { 2.0 * step_s } else { step_s }, rest_s));
        }
        // Until a step of this kind was measured it is estimated from the other: guidance takes twice as long.
        let [plain, both] = self.step_s;
        let step_s = if guided { both.or(plain.map(|s| 2.0 * s)) } else { plain.or(both.map(|s| 0.5 * s)) };
        step_s.filter(|s| *s > 0.0).zip(self.rest_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_without_steps_do_not_make_steps_shorter() {
        let mut pace = Pace::default();
        assert_eq!(pace.steps(500.0, false, 16), None, "nothing is known yet");
        pace.measure(4, false, 0.4, 0.1);
        for _ in 0..100 {
            pace.measure(0, false, 0.0, 0.1);
        }
        assert_eq!(pace.steps(510.0, false, 16), Some(4));
        assert_eq!(pace.steps(0.0, false, 16), None, "no budget");
    }

    #[test]
    fn guidance_costs_a_second_call_at_once() {
        let mut pace = Pace::default();
        pace.measure(4, false, 0.4, 0.1);
        assert_eq!((pace.steps(910.0, false, 16), pace.steps(910.0, true, 16)), (Some(8), Some(4)));
        pace.measure(4, true, 0.64, 0.1);
        assert_eq!(pace.steps(910.0, true, 16), Some(5), "measured from now on: both calls in one batch");
        assert_eq!(pace.steps(910.0, false, 16), Some(8));
        assert_eq!(pace.steps(10.0, false, 16), Some(1), "one step is the least");
        assert_eq!(pace.steps(2000.0, false, 16), Some(16));
    }

    #[test]
    fn a_clock_that_stands_still_tells_nothing_and_a_given_pace_stays() {
        let mut pace = Pace::default();
        pace.measure(4, false, 0.0, 0.0);
        assert_eq!(pace.steps(500.0, false, 16), None);
        let mut pace = Pace::new(Some(Cost { step_s: 0.05, rest_s: 0.05 }));
        pace.measure(4, false, 0.0, 0.0);
        assert_eq!([250.0, 249.0, 100.0, 20.0].map(|ms| pace.steps(ms, false, 16)), [4, 3, 1, 1].map(Some));
        assert_eq!(pace.steps(250.0, true, 16), Some(2));
        assert!((pace.seconds(2, true).unwrap() - 0.25).abs() < 1e-9);
    }
}
