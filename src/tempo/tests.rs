//! The clock in virtual time: every input is stamped by the test, nothing waits.

use super::*;

mod midi;
mod sources;

/// Deterministic noise in −1..1.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 / (1u64 << 53) as f64).mul_add(2.0, -1.0)
    }
}

fn at(t: f64) -> Seconds {
    Seconds(t)
}

/// Distance between two phases, in beats, at most 0.5.
fn phase_gap(a: f64, b: f64) -> f64 {
    let d = a - b;
    (d - d.round()).abs()
}

#[test]
fn free_running_counts_beats() {
    let tempo = Tempo::new(Bpm(120.0));
    let beat = tempo.clock().at(at(5.25));
    assert!((beat.beats - 10.5).abs() < 1e-9);
    assert_eq!((beat.bar, beat.beat_in_bar, beat.source), (2, 2, ClockSource::Free));
    assert!((beat.phase - 0.5).abs() < 1e-9);
    assert!((tempo.clock().at(at(-1.0)).beats + 2.0).abs() < 1e-9);
    assert!((tempo.clock().time_of(10.5).0 - 5.25).abs() < 1e-9);
}

#[test]
fn four_taps_set_tempo_and_phase() {
    let mut tempo = Tempo::new(Bpm(120.0));
    let period = 60.0 / 100.0;
    for i in 0..4 {
        assert_ne!(tempo.clock().at(at(10.0)).source, ClockSource::Tap);
        tempo.tap(at(10.17 + f64::from(i) * period));
    }
    let after = 10.17 + 3.0 * period + 3.0;
    let beat = tempo.step(at(after)).at(at(after));
    assert_eq!(beat.source, ClockSource::Tap);
    assert!((beat.bpm.0 - 100.0).abs() < 1e-6, "{beat:?}");
    assert!(phase_gap(beat.phase, 3.0 / period) < 1e-6, "{beat:?}");
}

#[test]
fn taps_forgive_a_missed_and_a_stray_one() {
    let mut tempo = Tempo::new(Bpm(90.0));
    // At 120 BPM: the fifth is missing, one stray falls in the middle of a beat.
    for t in [0.0, 0.5, 1.0, 1.5, 2.5, 3.0, 3.2, 3.5, 4.0] {
        tempo.tap(at(20.0 + t));
    }
    let beat = tempo.clock().at(at(26.0));
    assert!((beat.bpm.0 - 120.0).abs() < 1.0, "{beat:?}");
    assert!(phase_gap(beat.phase, 0.0) < 0.05, "{beat:?}");
}

#[test]
fn a_shaky_hand_is_averaged() {
    let mut tempo = Tempo::new(Bpm(120.0));
    let mut noise = Noise(5);
    for i in 0..9 {
        tempo.tap(at(3.0 + 0.48 * f64::from(i) + 0.012 * noise.next()));
    }
    let beat = tempo.clock().at(at(3.0 + 0.48 * 12.0));
    assert!((beat.bpm.0 - 125.0).abs() < 1.5, "{beat:?}");
    assert!(phase_gap(beat.phase, 0.0) < 0.06, "{beat:?}");
}

#[test]
fn first_tap_after_a_pause_starts_a_new_series() {
    let mut tempo = Tempo::new(Bpm(120.0));
    for i in 0..5 {
        tempo.tap(at(f64::from(i) * 0.5));
    }
    // Three taps of another tempo do not change it, the fourth does.
    for i in 0..4 {
        let before = tempo.clock().at(at(12.0)).bpm.0;
        assert!((before - 120.0).abs() < 1e-6, "tap {i}: {before}");
        tempo.tap(at(10.0 + f64::from(i) * 0.4));
    }
    assert!((tempo.clock().at(at(12.0)).bpm.0 - 150.0).abs() < 1e-6);
}

#[test]
fn double_and_halve_wait_for_the_next_beat() {
    let mut tempo = Tempo::new(Bpm(120.0));
    tempo.double(at(1.1));
    let clock = tempo.clock();
    assert!((clock.at(at(1.4)).bpm.0 - 120.0).abs() < 1e-9);
    assert!((clock.at(at(1.5)).beats - 3.0).abs() < 1e-9);
    assert!((clock.at(at(2.0)).beats - 5.0).abs() < 1e-9);
    assert!((clock.at(at(2.0)).bpm.0 - 240.0).abs() < 1e-9);
    tempo.halve(at(1.2));
    assert!((tempo.clock().at(at(9.0)).bpm.0 - 120.0).abs() < 1e-9, "double then halve is nothing");
    tempo.halve(at(1.3));
    tempo.step(at(1.7));
    assert!((tempo.clock().at(at(2.5)).beats - 4.0).abs() < 1e-9);
    for _ in 0..9 {
        tempo.halve(at(3.0));
    }
    assert!(tempo.step(at(30.0)).at(at(30.0)).bpm.0 >= 20.0);
}

#[test]
fn resync_moves_only_the_bar() {
    let mut tempo = Tempo::new(Bpm(120.0));
    let before = tempo.clock().at(at(5.1));
    assert_eq!((before.bar, before.beat_in_bar), (2, 2));
    tempo.resync(at(5.1));
    let after = tempo.clock().at(at(5.1));
    assert!((after.beats - before.beats).abs() < 1e-9);
    assert_eq!((after.bar, after.beat_in_bar), (16, 0), "the next number that begins a phrase");
    // Slightly early is the coming beat; the bar number still does not fall.
    tempo.resync(at(5.9));
    assert_eq!(tempo.clock().at(at(5.9)).bar, 31);
    let one = tempo.clock().at(at(6.0));
    assert_eq!((one.bar, one.beat_in_bar), (32, 0));
}

#[test]
fn nudge_shifts_the_phase() {
    let mut tempo = Tempo::new(Bpm(120.0));
    tempo.nudge(at(2.0), 20.0);
    let beat = tempo.step(at(4.0)).at(at(4.0));
    assert!((beat.beats - 8.04).abs() < 1e-9, "{beat:?}");
    tempo.nudge(at(4.0), -20.0);
    assert!((tempo.clock().at(at(6.0)).beats - 12.0).abs() < 1e-9);
}

#[test]
fn hold_ignores_taps_and_midi_but_runs() {
    let mut tempo = Tempo::new(Bpm(126.0));
    tempo.hold(at(1.0), true);
    for i in 0..200 {
        tempo.midi_clock(at(1.0 + f64::from(i) * 0.015));
        if i % 10 == 0 {
            tempo.tap(at(1.0 + f64::from(i) * 0.015));
        }
    }
    let beat = tempo.clock().at(at(10.0));
    assert!((beat.bpm.0 - 126.0).abs() < 1e-9);
    assert!((beat.beats - 21.0).abs() < 1e-6);
    assert!(tempo.set_bpm(at(10.0), Bpm(130.0)));
    assert!((tempo.clock().at(at(10.0)).bpm.0 - 130.0).abs() < 1e-9);
}

/// Plays `seconds` of MIDI clock from `from`, uniformly jittered by ±`jitter_s`; checks the clock at every tick
/// against the truth after `settle` seconds and returns (worst bpm error, p95 phase error in seconds).
fn play_midi(tempo: &mut Tempo, from: f64, seconds: f64, bpm: f64, jitter_s: f64, settle: f64) -> (f64, f64) {
    let mut noise = Noise(11);
    let tick_s = 60.0 / bpm / 24.0;
    let mut errors = Vec::new();
    let mut worst_bpm = 0f64;
    for i in 0..(seconds / tick_s) as u32 {
        let due = from + f64::from(i) * tick_s;
        let arrival = due + jitter_s * (1.0 + noise.next());
        tempo.midi_clock(at(arrival));
        if due - from > settle {
            let beat = tempo.clock().at(at(arrival + 0.5 * tick_s));
            let truth = (arrival + 0.5 * tick_s - jitter_s - from) * bpm / 60.0;
            errors.push(phase_gap(beat.beats, truth) * 60.0 / bpm);
            worst_bpm = worst_bpm.max((beat.bpm.0 - bpm).abs());
        }
    }
    errors.sort_by(f64::total_cmp);
    (worst_bpm, errors[errors.len() * 95 / 100])
}

#[test]
fn midi_clock_with_jitter_is_followed() {
    for bpm in [60.0, 126.0, 174.3, 200.0] {
        let mut tempo = Tempo::new(Bpm(120.0));
        tempo.midi_start(at(3.2));
        let (bpm_error, phase_s) = play_midi(&mut tempo, 3.217, 20.0, bpm, 0.001, 10.0);
        let beat = tempo.clock().at(at(23.0));
        assert_eq!(beat.source, ClockSource::Midi);
        assert!(bpm_error < 0.1, "{bpm}: bpm off by {bpm_error}");
        assert!(phase_s < 0.005, "{bpm}: phase p95 {phase_s} s");
        println!("midi {bpm}: bpm error {bpm_error:.4}, phase p95 {:.3} ms", phase_s * 1000.0);
    }
}

#[test]
fn midi_start_sets_beat_and_bar() {
    let mut tempo = Tempo::new(Bpm(100.0));
    let start = 2.345;
    tempo.midi_start(at(start - 0.01));
    play_midi(&mut tempo, start, 12.0, 120.0, 0.0, 5.0);
    // 16 beats after the start: the one of a bar.
    let beat = tempo.clock().at(at(start + 8.0 + 0.001));
    assert!(beat.phase < 0.01, "{beat:?}");
    assert_eq!(beat.beat_in_bar, 0);
    assert!((beat.confidence - 1.0).abs() < f32::EPSILON);
}

#[test]
fn midi_song_position_and_continue() {
    let mut tempo = Tempo::new(Bpm(120.0));
    tempo.midi_song_position(at(0.9), 8 + 4); // third beat of a bar, plus one: beat 3
    tempo.midi_continue(at(0.95));
    play_midi(&mut tempo, 1.0, 10.0, 120.0, 0.0, 5.0);
    let beat = tempo.clock().at(at(9.001)); // 16 beats later
    assert_eq!(beat.beat_in_bar, 3);
    assert!(beat.phase < 0.01);
}

#[test]
fn lost_midi_coasts_on_its_tempo() {
    let mut tempo = Tempo::new(Bpm(120.0));
    tempo.midi_start(at(0.0));
    play_midi(&mut tempo, 0.0, 10.0, 140.0, 0.001, 5.0);
    assert!(!tempo.set_bpm(at(10.0), Bpm(99.0)), "a live MIDI clock is not overwritten");
    let beat = tempo.step(at(15.0)).at(at(15.0));
    assert_eq!(beat.source, ClockSource::Free);
    assert!((beat.bpm.0 - 140.0).abs() < 0.1);
    assert!(phase_gap(beat.beats, (15.0 - 0.001) * 140.0 / 60.0) < 0.02);
    // It comes back elsewhere in the beat and is followed again.
    tempo.midi_start(at(15.1));
    let (bpm_error, phase_s) = play_midi(&mut tempo, 15.2, 12.0, 131.0, 0.001, 8.0);
    assert!(bpm_error < 0.1 && phase_s < 0.005);
}

#[test]
fn midi_survives_lost_doubled_and_late_ticks() {
    let mut tempo = Tempo::new(Bpm(120.0));
    let tick_s = 60.0 / 128.0 / 24.0;
    tempo.midi_start(at(0.0));
    for i in 0..1200u32 {
        let due = f64::from(i) * tick_s;
        let late = if i % 50 == 17 { 0.8 * tick_s } else { 0.0 };
        if i % 97 != 60 {
            tempo.midi_clock(at(due + late));
        }
        if i % 71 == 5 {
            tempo.midi_clock(at(due + late + 0.0004));
        }
    }
    let t = 1150.0 * tick_s;
    let beat = tempo.clock().at(at(t));
    assert!((beat.bpm.0 - 128.0).abs() < 0.3, "{beat:?}");
    assert!(phase_gap(beat.beats, 1150.0 / 24.0) < 0.02, "{beat:?}");
}

#[test]
fn midi_tempo_change_is_followed_within_two_beats() {
    let mut tempo = Tempo::new(Bpm(120.0));
    tempo.midi_start(at(0.0));
    play_midi(&mut tempo, 0.0, 10.0, 120.0, 0.001, 5.0);
    let (mut t, mut noise) = (10.0, Noise(3));
    for _ in 0..48 {
        t += 60.0 / 140.0 / 24.0;
        tempo.midi_clock(at(t + 0.001 * noise.next()));
    }
    let bpm = tempo.clock().at(at(t)).bpm.0;
    assert!((bpm - 140.0).abs() < 1.5, "{bpm}");
}

#[test]
fn a_machine_that_comes_back_finds_what_hands_did_and_another_does_not() {
    let mut tempo = Tempo::new(Bpm(120.0));
    let beats = |tempo: &mut Tempo, source: ClockSource, from: u32, to: u32| {
        for k in from..to {
            let now = at(f64::from(k) * 0.5);
            let seen = Sighting { at: now, bpm: Bpm(120.0), beat_in_bar: Some((k % 4) as u8), confidence: 1.0 };
            tempo.sight(now, source, &seen);
        }
        let now = at(f64::from(to) * 0.5);
        tempo.step(now);
        let beat = tempo.clock().at(now);
        (beat.source, beat.bpm.0.round(), beat.beat_in_bar)
    };
    assert_eq!(beats(&mut tempo, ClockSource::Link, 0, 16), (ClockSource::Link, 120.0, 0));
    tempo.resync(at(8.5));
    assert_eq!(beats(&mut tempo, ClockSource::Link, 18, 36), (ClockSource::Link, 120.0, 3), "the hand's bar stays");
    // A gap of five seconds between two tracks.
    assert_eq!(beats(&mut tempo, ClockSource::Link, 46, 48), (ClockSource::Link, 120.0, 3));
    tempo.double(at(24.1));
    assert_eq!(beats(&mut tempo, ClockSource::Link, 49, 56).1, 240.0);
    assert_eq!(beats(&mut tempo, ClockSource::Link, 70, 76).1, 240.0);
    assert_eq!(beats(&mut tempo, ClockSource::ProLink, 76, 92).1, 120.0);
}

#[test]
fn doubling_under_midi_keeps_the_beat() {
    let mut tempo = Tempo::new(Bpm(120.0));
    tempo.midi_start(at(0.0));
    play_midi(&mut tempo, 0.0, 10.0, 120.0, 0.0, 5.0);
    tempo.double(at(10.0 - 0.001));
    let mut t = 10.0;
    for _ in 0..240 {
        tempo.midi_clock(at(t));
        t += 0.5 / 24.0;
    }
    let beat = tempo.clock().at(at(15.001));
    assert!((beat.bpm.0 - 240.0).abs() < 0.1, "{beat:?}");
    assert!(phase_gap(beat.beats, 0.0) < 0.02, "{beat:?}");
}

/// Half a minute of MIDI clock at 120 BPM, tapped over from 5 to 8 s every `every` ticks; hold is pressed twice at 20 s.
/// Who leads at 8, 19 and 30 s, and how fast.
fn taps_over_midi(every: u32) -> Vec<(ClockSource, f64)> {
    let mut tempo = Tempo::new(Bpm(120.0));
    let (tick_s, mut out) = (0.5 / 24.0, Vec::new());
    for i in 0..1440u32 {
        let t = f64::from(i) * tick_s;
        tempo.midi_clock(at(t));
        if (5.0..8.0).contains(&t) && i % every == 0 {
            tempo.tap(at(t));
        }
        if i == 960 {
            tempo.hold(at(t), true);
            tempo.hold(at(t), false);
        }
        if [384, 912, 1439].contains(&i) {
            let beat = tempo.clock().at(at(t));
            out.push((beat.source, beat.bpm.0.round()));
        }
    }
    out
}

#[test]
fn taps_rule_over_a_clock_that_contradicts_until_they_are_released() {
    assert_eq!(taps_over_midi(20), [(ClockSource::Tap, 144.0), (ClockSource::Tap, 144.0), (ClockSource::Midi, 120.0)]);
}

#[test]
fn taps_give_way_to_a_clock_that_agrees() {
    assert_eq!(taps_over_midi(24), [(ClockSource::Tap, 120.0), (ClockSource::Midi, 120.0), (ClockSource::Midi, 120.0)]);
}

/// Whatever is pressed, the beat count rises, never by more than the bent rate allows, and bars never fall.
#[test]
fn random_input_never_breaks_the_beat() {
    for seed in 0..200 {
        let mut noise = Noise(seed);
        let mut tempo = Tempo::new(Bpm(60.0 + 150.0 * noise.next().abs()));
        let (mut t, mut last, mut last_bar) = (0.0, 0.0, 0);
        for _ in 0..400 {
            let dt = 0.03 * noise.next().abs().powi(3) + if noise.next() > 0.99 { 2.0 } else { 0.0 };
            t += dt;
            let now = at(t);
            match (noise.next().abs() * 30.0) as u32 {
                0 => tempo.tap(now),
                1 => tempo.resync(now),
                2 => tempo.nudge(now, 100.0 * noise.next()),
                3 => tempo.double(now),
                4 => tempo.halve(now),
                5 => tempo.hold(now, noise.next() > 0.3),
                6 => drop(tempo.set_bpm(now, Bpm(200.0 * noise.next()))),
                7 => tempo.midi_start(now),
                8 => tempo.midi_stop(now),
                9 => tempo.midi_continue(now),
                10 => tempo.midi_song_position(now, (noise.next().abs() * 64.0) as u16),
                11..14 => {
                    let seen = Sighting {
                        at: at(t + noise.next()),
                        bpm: Bpm(300.0 * noise.next()),
                        beat_in_bar: Some((noise.next().abs() * 300.0) as u8),
                        confidence: noise.next() as f32,
                    };
                    tempo.sight(now, ClockSource::ALL[(noise.next().abs() * 6.99) as usize], &seen);
                }
                14..20 => tempo.midi_clock(now),
                _ => drop(tempo.step(now)),
            }
            let beat = tempo.clock().at(now);
            assert!(beat.beats >= last - 1e-9, "seed {seed} at {t}: {last} -> {}", beat.beats);
            assert!(beat.beats - last <= dt * 2.0 * 400.0 / 60.0 + 1e-9, "seed {seed} jumped at {t}");
            assert!(beat.bar >= last_bar, "seed {seed}: bar fell at {t}");
            assert!((20.0..=400.0).contains(&beat.bpm.0) && (0.0..1.0).contains(&beat.phase));
            let mut ahead = beat.beats;
            for k in 1..20 {
                let later = tempo.clock().at(now.after(f64::from(k) * 0.1)).beats;
                assert!(later > ahead, "seed {seed}: prediction fell");
                ahead = later;
            }
            (last, last_bar) = (beat.beats, beat.bar);
        }
    }
}
