//! Retry delays for stills that came out non-finite: doubled with every failure, so that the stream is not held up.
//!
//! Private to the dreamer, on its thread.

use std::collections::HashMap;

use super::Slot;
use crate::units::Seconds;

const FIRST_WAIT_S: f64 = 10.0;
const LONGEST_WAIT_S: f64 = 300.0;

/// One entry per slot at most.
#[derive(Default)]
pub struct Backoff(HashMap<(usize, usize), Failed>);

struct Failed {
    text: Slot,
    seed: u64,
    wait_s: f64,
    until: Seconds,
}

impl Backoff {
    /// The still of `place` (bank and slot from 0), of this text and seed, was broken at `now`.
    pub fn failed(&mut self, place: (usize, usize), text: Slot, seed: u64, now: Seconds) {
        let before = self.0.get(&place).filter(|f| f.text == text && f.seed == seed);
        let wait_s = before.map_or(FIRST_WAIT_S, |f| (2.0 * f.wait_s).min(LONGEST_WAIT_S));
        self.0.insert(place, Failed { text, seed, wait_s, until: now.after(wait_s) });
    }

    /// Whether the still of `place` should be left alone at `now`. Another text or seed may be tried at once.
    #[must_use]
    pub fn waits(&self, place: (usize, usize), text: Option<&Slot>, seed: u64, now: Seconds) -> bool {
        self.0.get(&place).is_some_and(|f| Some(&f.text) == text && f.seed == seed && now < f.until)
    }

    /// The still of `place` was made.
    pub fn made(&mut self, place: (usize, usize)) {
        self.0.remove(&place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_still_is_tried_again_later_and_a_new_text_at_once() {
        let (mut backoff, text, other) = (Backoff::default(), Slot::plain("gold rings"), Slot::plain("fire"));
        let waits = |b: &Backoff, text: &Slot, seed, at| b.waits((0, 3), Some(text), seed, Seconds(at));
        backoff.failed((0, 3), text.clone(), 7, Seconds(5.0));
        assert!(waits(&backoff, &text, 7, 14.9) && !waits(&backoff, &text, 7, 15.0));
        assert!(!waits(&backoff, &other, 7, 6.0) && !waits(&backoff, &text, 8, 6.0));
        backoff.failed((0, 3), text.clone(), 7, Seconds(20.0));
        assert!(waits(&backoff, &text, 7, 39.9) && !waits(&backoff, &text, 7, 40.0), "twice as long");
        backoff.made((0, 3));
        assert!(!waits(&backoff, &text, 7, 21.0));
    }
}
