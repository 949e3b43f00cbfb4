//! What every clip of the second hand owes the bench.

use super::dsp::{peak, rms};
use super::{TAKES, Take, ambiguous, drops, kinds, negatives};
use crate::audio::club::RATE;

fn sound(take: &Take, least_s: f64, most_s: f64) {
    let (name, length_s) = (&take.name, take.samples.len() as f64 / RATE);
    assert!((least_s..=most_s).contains(&length_s), "{name} is {length_s} s long");
    assert!(take.samples.iter().all(|x| x.is_finite()), "{name}");
    assert!(peak(&take.samples) <= 1.0, "{name}");
    let truth = &take.truth;
    for list in [&truth.beats, &truth.downbeats, &truth.kicks, &truth.snares, &truth.hats] {
        assert!(list.is_sorted(), "{name}");
        assert!(list.iter().all(|t| (0.0..length_s).contains(t)), "{name}");
    }
    for (from, to) in &truth.breaks {
        assert!(0.0 < *from && from < to && *to < length_s, "{name}");
    }
}

fn positive(take: &Take) {
    let loud_db = 20.0 * rms(&take.samples).log10();
    assert!(loud_db > -50.0, "{} has {loud_db:.1} dBFS", take.name);
    assert!(!take.truth.beats.is_empty(), "{}", take.name);
    let beat_s = 60.0 / take.bpm;
    assert!(take.truth.beats.windows(2).all(|two| (two[1] - two[0] - beat_s).abs() < 1e-6), "{}", take.name);
    assert!(take.truth.downbeats.iter().all(|t| take.truth.beats.contains(t)), "{}", take.name);
}

#[test]
fn every_kind_has_takes_at_tempi_of_their_own() {
    let kinds = kinds();
    assert!(kinds.iter().filter(|kind| kind.tuned).count() >= 15);
    assert!(kinds.iter().filter(|kind| !kind.tuned).count() >= 25);
    for (n, kind) in kinds.into_iter().enumerate() {
        // All takes of all kinds would take a minute: one of each.
        let take = kind.take(n % TAKES);
        sound(&take, 60.0, 64.0);
        positive(&take);
        let tempi: Vec<f64> = (0..TAKES).map(|n| kind.tempo(n).0).collect();
        assert!(tempi.windows(2).all(|two| two[0] < two[1]), "{}: {tempi:?}", kind.name);
    }
}

#[test]
fn the_same_take_sounds_the_same_twice() {
    for kind in kinds().into_iter().step_by(4) {
        let (one, again) = (kind.take(3), kind.take(3));
        assert!(one.samples == again.samples && one.truth.kicks == again.truth.kicks, "{}", kind.name);
    }
    assert!(drops::one(7).samples == drops::one(7).samples);
    assert!(negatives::one(5).samples == negatives::one(5).samples);
    assert!(ambiguous::one(2).samples == ambiguous::one(2).samples);
}

#[test]
fn drops_follow_breaks_without_a_kick() {
    for take in (0..drops::COUNT).step_by(2).map(drops::one) {
        sound(&take, 75.0, 100.0);
        positive(&take);
        assert_eq!(take.truth.breaks.len(), 1, "{}", take.name);
        for (from, drop) in &take.truth.breaks {
            let inside = |t: &f64| (*from + 0.01..*drop - 0.01).contains(t);
            assert!(!take.truth.kicks.iter().any(inside), "{}", take.name);
            assert!(take.truth.kicks.iter().any(|t| (t - drop).abs() < 0.01), "{}", take.name);
            assert!(take.truth.builds.iter().all(|t| from <= t && t < drop), "{}", take.name);
        }
    }
}

#[test]
fn ambiguous_bars_end_with_a_kick() {
    for take in (0..ambiguous::COUNT).step_by(2).map(ambiguous::one) {
        sound(&take, 60.0, 100.0);
        positive(&take);
        let (Some(first), bar_s) = (take.truth.kicks.first(), 240.0 / take.bpm) else { panic!("{}", take.name) };
        assert!((first - 16.0 * bar_s).abs() < 1.0, "{}", take.name);
        assert!(take.truth.kicks.len() >= 24 * 4, "{}", take.name);
    }
}

#[test]
fn negatives_have_no_truth() {
    for take in (0..negatives::COUNT).step_by(3).map(negatives::one) {
        sound(&take, 59.9, 60.1);
        assert!(take.truth.beats.is_empty() && take.truth.kicks.is_empty(), "{}", take.name);
        assert!(rms(&take.samples) > 1e-4, "{}", take.name);
    }
}
