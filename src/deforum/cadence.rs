//! Which images Deforum shows between those it diffuses, and how its looper pulls: rules that stand in no schedule. Called when
//! a file is imported or its values are printed.

use std::fmt::Write as _;

/// One frame that is emitted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Emitted {
    pub frame: usize,
    /// The frame whose image is left, if there is one yet, and the one whose image comes.
    pub prev: Option<usize>,
    pub next: usize,
    /// How much of the one that comes, to 1.
    pub tween: f64,
}

/// The frames of a run of `frames` that a cadence of `every` emits. What follows the last diffused frame is never shown: the
/// wall, which goes on by itself, has no such end.
pub fn cadence(frames: usize, every: usize) -> impl Iterator<Item = Emitted> {
    let every = every.max(1);
    let emitted = if every == 1 { frames } else { frames.saturating_sub(1) / every * every };
    (0..emitted).map(move |frame| {
        let next = frame / every * every;
        let prev = if every == 1 { None } else { next.checked_sub(every) };
        Emitted { frame, prev, next, tween: (frame - next + 1) as f64 / every as f64 }
    })
}

/// Frames outside of all pairs of guides count as so far apart.
const LAST_GAP: f64 = 25.0;

/// How far guides pull: from each of `keys` (ascending) on a wave of `tween` frames, again after as many frames as lie to the
/// next key, and little in between. As a schedule.
pub fn looper_wave(keys: &[f64], most: f64, slope: f64, tween: f64) -> String {
    let mut text = String::new();
    // Each pair of keys counts on both of them; before the first and after the last there is none.
    let pairs = keys.windows(2).filter_map(|pair| Some((*pair.first()?, pair.last()? - pair.first()?)));
    let before = keys.first().filter(|first| **first > 0.0 || keys.len() < 2).map(|_| (0.0, LAST_GAP));
    let after = keys.last().filter(|_| keys.len() > 1).map(|last| (last + 1.0, LAST_GAP));
    for (key, gap) in before.into_iter().chain(pairs).chain(after) {
        let comma = if text.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{comma}{key}:(where(t%{gap}<={tween}, {most}-{slope}*cos((t%{tween})/{}), 0.07))",
            tween / 2.0
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::schedule::{Dialect, strict};

    fn golden() -> Value {
        serde_json::from_str(include_str!("../../tests/fixtures/motion/texts.json")).unwrap()
    }

    #[test]
    fn cadence_is_deforums() {
        for case in golden()["cadence"].as_array().unwrap() {
            let number = |key: &str| case[key].as_u64().unwrap() as usize;
            let ours: Vec<Emitted> = cadence(number("n"), number("c")).collect();
            let theirs = case["emitted"].as_array().unwrap();
            assert_eq!(ours.len(), theirs.len(), "{case}");
            for (ours, theirs) in ours.iter().zip(theirs) {
                assert_eq!(theirs[0].as_u64(), Some(ours.frame as u64));
                assert_eq!(
                    (theirs[1].as_u64(), theirs[2].as_u64()),
                    (ours.prev.map(|p| p as u64), Some(ours.next as u64))
                );
                assert!((theirs[3].as_f64().unwrap() - ours.tween).abs() < 1e-9, "{case}");
            }
        }
    }

    #[test]
    fn guides_pull_in_deforums_wave() {
        for case in golden()["looper"].as_array().unwrap() {
            let number = |key: &str| case[key].as_f64().unwrap();
            let keys: Vec<f64> = case["keys"].as_array().unwrap().iter().map(|key| key.as_f64().unwrap()).collect();
            let frames = case["frames"].as_array().unwrap();
            let wave = looper_wave(&keys, number("max"), number("slope"), number("tween"));
            let ours = strict::series(&wave, frames.len(), 0, Dialect::Tolerant).unwrap();
            for (frame, (ours, theirs)) in ours.iter().zip(frames).enumerate() {
                assert!((ours - theirs[1].as_f64().unwrap()).abs() < 1e-6, "frame {frame} of {wave}");
            }
        }
    }
}
