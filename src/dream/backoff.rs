//! Retry delays for stills that came out non-finite: doubled with every failure, so that the stream is not held up.
//!
//! Private to the dreamer, on its thread.

use std::collections::HashMap;
use std::sync::Arc;

use crate::units::Seconds;

const FIRST_WAIT_S: f64 = 10.0;
const LONGEST_WAIT_S: f64 = 300.0;
/// Texts remembered; beyond it the list starts again.
const KEPT: usize = 512;

/// By text and seed.
#[derive(Default)]
pub struct Backoff(HashMap<(Arc<str>, u64), Failed>);

struct Failed {
    wait_s: f64,
    until: Seconds,
}

impl Backoff {
    /// The still of this text and seed was broken at `now`.
    pub fn failed(&mut self, text: Arc<str>, seed: u64, now: Seconds) {
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        let key = (text, seed);
        let wait_s = self.0.get(&key).map_or(FIRST_WAIT_S, |f| (2.0 * f.wait_s).min(LONGEST_WAIT_S));
        self.0.insert(key, Failed { wait_s, until: now.after(wait_s) });
    }

    /// Whether the still should be left alone at `now`. Another text or seed may be tried at once.
    #[must_use]
    pub fn waits(&self, text: &Arc<str>, seed: u64, now: Seconds) -> bool {
        self.0.get(&(text.clone(), seed)).is_some_and(|f| now < f.until)
    }

    /// The still was made.
    pub fn made(&mut self, text: &Arc<str>, seed: u64) {
        self.0.remove(&(text.clone(), seed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_still_is_tried_again_later_and_a_new_text_at_once() {
        let mut backoff = Backoff::default();
        let [text, other]: [Arc<str>; 2] = ["gold rings".into(), "fire".into()];
        let waits = |b: &Backoff, text: &Arc<str>, seed, at| b.waits(text, seed, Seconds(at));
        backoff.failed(text.clone(), 7, Seconds(5.0));
        assert!(waits(&backoff, &text, 7, 14.9) && !waits(&backoff, &text, 7, 15.0));
        assert!(!waits(&backoff, &other, 7, 6.0) && !waits(&backoff, &text, 8, 6.0));
        backoff.failed(text.clone(), 7, Seconds(20.0));
        assert!(waits(&backoff, &text, 7, 39.9) && !waits(&backoff, &text, 7, 40.0), "twice as long");
        backoff.made(&text, 7);
        assert!(!waits(&backoff, &text, 7, 21.0));
    }
}
