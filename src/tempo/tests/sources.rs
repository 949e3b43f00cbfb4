//! Machines that see beats: who leads, what moves, what stays.

use super::*;

/// Beats of a machine at `bpm` from `from` on, seen as they happen.
fn see_beats(tempo: &mut Tempo, source: ClockSource, from: f64, count: u32, bpm: f64, first_in_bar: Option<u8>) -> f64 {
    let mut t = from;
    for k in 0..count {
        t = from + f64::from(k) * 60.0 / bpm;
        let beat_in_bar = first_in_bar.map(|first| (first + (k % 4) as u8) % 4);
        let seen = Sighting { at: at(t), bpm: Bpm(bpm), beat_in_bar, confidence: 0.9 };
        tempo.sight(at(t + 0.004), source, &seen);
    }
    t
}

#[test]
fn the_ears_lead_when_nobody_better_does() {
    let mut tempo = Tempo::new(Bpm(120.0));
    let last = see_beats(&mut tempo, ClockSource::Audio, 3.21, 40, 126.0, None);
    let beat = tempo.clock().at(at(last + 5.0));
    assert_eq!(beat.source, ClockSource::Audio);
    assert!((beat.bpm.0 - 126.0).abs() < 1e-6);
    assert!(phase_gap(beat.beats, 5.0 * 126.0 / 60.0) < 1e-6, "{beat:?}");
    assert!(!tempo.set_bpm(at(last), Bpm(99.0)), "what is heard is not overwritten");
    // They fall silent: the clock coasts for ever.
    let beat = tempo.step(at(last + 60.0)).at(at(last + 60.0));
    assert_eq!(beat.source, ClockSource::Free);
    assert!(phase_gap(beat.beats, 60.0 * 126.0 / 60.0) < 1e-6, "{beat:?}");
}

#[test]
fn better_sources_take_over_and_give_back() {
    let mut tempo = Tempo::new(Bpm(120.0));
    let order = [ClockSource::Audio, ClockSource::Osc, ClockSource::Link, ClockSource::ProLink];
    let source_after = |tempo: &mut Tempo, t: f64, quiet: usize| {
        for k in 0..12 {
            let now = t + 0.5 * f64::from(k);
            for source in &order[..order.len() - quiet] {
                let seen = Sighting { at: at(now), bpm: Bpm(120.0), beat_in_bar: None, confidence: 1.0 };
                tempo.sight(at(now), *source, &seen);
            }
        }
        tempo.clock().at(at(t + 6.0)).source
    };
    assert_eq!(source_after(&mut tempo, 1.0, 0), ClockSource::ProLink);
    assert_eq!(source_after(&mut tempo, 7.0, 1), ClockSource::Link);
    assert_eq!(source_after(&mut tempo, 13.0, 2), ClockSource::Osc);
    tempo.listen_to(at(19.0), Some(ClockSource::Audio));
    assert_eq!(source_after(&mut tempo, 19.0, 0), ClockSource::Audio, "the performer chose");
    tempo.listen_to(at(25.0), None);
    assert_eq!(source_after(&mut tempo, 25.0, 0), ClockSource::ProLink);
}

#[test]
fn one_stray_beat_of_a_better_source_changes_nothing() {
    let mut tempo = Tempo::new(Bpm(120.0));
    let last = see_beats(&mut tempo, ClockSource::Audio, 1.0, 20, 126.0, None);
    see_beats(&mut tempo, ClockSource::ProLink, last + 0.1, 3, 140.0, None);
    let beat = tempo.clock().at(at(last + 1.5));
    assert_eq!((beat.source, beat.bpm.0.round()), (ClockSource::Audio, 126.0));
}

#[test]
fn the_bar_comes_with_a_new_leader_and_moves_only_when_two_bars_agree() {
    let mut tempo = Tempo::new(Bpm(120.0));
    let place = |tempo: &Tempo, t: f64| tempo.clock().at(at(t + 0.01)).beat_in_bar;
    let last = see_beats(&mut tempo, ClockSource::ProLink, 1.3, 12, 120.0, Some(2));
    // The twelfth beat of a count that began on the third of a bar.
    assert_eq!(place(&tempo, last + 1.0), (2 + 11 + 2) % 4);
    let last = see_beats(&mut tempo, ClockSource::ProLink, last + 0.5, 6, 120.0, Some(3));
    assert_eq!(place(&tempo, last + 1.0), (2 + 17 + 2) % 4, "six beats are not two bars");
    let last = see_beats(&mut tempo, ClockSource::ProLink, last + 0.5, 8, 120.0, Some(1));
    assert_eq!(place(&tempo, last + 1.0), (1 + 7 + 2) % 4);
    // The hand knows better than the deck.
    tempo.resync(at(last));
    let last = see_beats(&mut tempo, ClockSource::ProLink, last + 0.5, 20, 120.0, Some(2));
    assert_eq!(place(&tempo, last + 0.5), (20 + 1) % 4);
}

#[test]
fn double_nudge_and_hold_work_under_a_machine() {
    let mut tempo = Tempo::new(Bpm(120.0));
    let last = see_beats(&mut tempo, ClockSource::Audio, 1.0, 20, 80.0, None);
    tempo.double(at(last + 0.01));
    let last = see_beats(&mut tempo, ClockSource::Audio, last + 0.75, 20, 80.0, None);
    let beat = tempo.clock().at(at(last + 3.0));
    assert!((beat.bpm.0 - 160.0).abs() < 1e-6 && phase_gap(beat.beats, 0.0) < 1e-6, "{beat:?}");
    tempo.nudge(at(last + 0.01), 30.0);
    let last = see_beats(&mut tempo, ClockSource::Audio, last + 0.75, 20, 80.0, None);
    let beat = tempo.clock().at(at(last + 3.0));
    assert!(phase_gap(beat.beats, 0.03 * 160.0 / 60.0) < 1e-6, "the nudge stays: {beat:?}");
    tempo.hold(at(last), true);
    let last = see_beats(&mut tempo, ClockSource::Audio, last + 0.75, 20, 90.0, None);
    assert!((tempo.clock().at(at(last)).bpm.0 - 160.0).abs() < 1e-6);
}
