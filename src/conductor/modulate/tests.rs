use super::*;
use crate::audio::{FeatureSource, Features};
use crate::conductor::deck_follower::DeckNow;
use crate::param::{AUDIO_REACT, LOOK_CONTRAST, MOTION_ZOOM, ROUTE_1};
use crate::tempo::{Beat, Tempo};
use crate::units::{Bpm, Seconds};

const TICK_S: f64 = 0.002;

/// The level of `route` after each tick of `seconds` at 120 bpm with the given energy at each time.
fn run(route: &mut Route, seconds: f64, energy: impl Fn(f64) -> f32) -> Vec<(f64, f32)> {
    let clock = Tempo::new(Bpm(120.0)).clock();
    let ticks = (seconds / TICK_S) as u32;
    let at = |k: u32| f64::from(k) * TICK_S;
    let tick = |k| {
        let heard = Features { energy: energy(at(k)), ..Features::default() };
        route.step(&pulses(&heard, clock.at(Seconds(at(k)))), TICK_S, 0);
        (at(k), route.state.level)
    };
    (0..ticks).map(tick).collect()
}

fn route(mode: Mode) -> Route {
    Route { mode, ..Route::new(Signal::Heard(FeatureSource::Energy), MOTION_ZOOM, 1.0) }
}

fn value_at(levels: &[(f64, f32)], t: f64) -> f32 {
    levels[(t / TICK_S).round() as usize].1
}

fn pulses(heard: &Features, beat: Beat) -> Pulses<'_> {
    Pulses { heard, beat, deck: DeckNow::default() }
}

#[test]
fn waves_keep_time() {
    let beat = |beats: f64| {
        let clock = Tempo::new(Bpm(120.0)).clock();
        clock.at(Seconds(beats / 2.0))
    };
    let heard = Features::default();
    let level = |wave, every_beats, phase, beats| {
        let beat: Beat = beat(beats);
        let pulses = pulses(&heard, beat);
        Signal::Lfo { wave, every_beats, phase }.value(&pulses, 0)
    };
    assert!(level(Wave::Sine, 4.0, 0.0, 8.0).abs() < 1e-6 && (level(Wave::Sine, 4.0, 0.0, 10.0) - 1.0).abs() < 1e-6);
    assert!((level(Wave::Saw, 0.125, 0.0, 3.0 + 0.0625) - 0.5).abs() < 1e-3);
    assert!((level(Wave::Saw, 64.0, 0.25, 32.0) - 0.75).abs() < 1e-6);
    assert!((level(Wave::Triangle, 2.0, 0.0, 0.5) - 0.5).abs() < 1e-6);
    assert_eq!((level(Wave::Square, 2.0, 0.0, 0.9), level(Wave::Square, 2.0, 0.0, 1.1)), (1.0, 0.0));
    assert!(level(Wave::Decay, 1.0, 0.0, 5.0) > 0.99 && level(Wave::Decay, 1.0, 0.0, 5.9) < 0.05);
    // A random glide does not jump, and goes somewhere.
    let glide: Vec<f32> = (0..6400).map(|k| level(Wave::Glide, 1.0, 0.0, f64::from(k) / 100.0)).collect();
    assert!(glide.windows(2).all(|w| (w[1] - w[0]).abs() < 0.02));
    let (low, high) = glide.iter().fold((1f32, 0f32), |(low, high), x| (low.min(*x), high.max(*x)));
    assert!(low < 0.1 && high > 0.9);
}

#[test]
fn modes_do_what_they_say_on_the_beat() {
    let toggled = run(&mut route(Mode::Toggle), 2.2, |_| 0.5);
    assert_eq!([0.3, 0.7, 1.2, 1.7].map(|t| value_at(&toggled, t)), [0.0, 1.0, 0.0, 1.0]);
    let stepped = run(&mut route(Mode::Step(3)), 2.2, |_| 0.5);
    assert_eq!([0.3, 0.7, 1.2, 1.7].map(|t| value_at(&stepped, t)), [0.0, 0.5, 1.0, 0.0]);
    let held = run(&mut route(Mode::Hold), 2.2, |t| t as f32 / 4.0);
    assert!((value_at(&held, 1.4) - 0.25).abs() < 0.01 && value_at(&held, 0.4) == 0.0);
    let dice = run(&mut route(Mode::Random), 20.0, |_| 0.5);
    let thrown: Vec<f32> = (1..38).map(|k| value_at(&dice, 0.5 * f64::from(k) + 0.1)).collect();
    assert!(thrown.windows(2).all(|w| w[0] != w[1]) && value_at(&dice, 0.51) == value_at(&dice, 0.9));
    let bars = run(&mut Route { on: RouteTrigger::Bar, ..route(Mode::Toggle) }, 4.5, |_| 0.5);
    assert_eq!([1.9, 2.1, 3.9, 4.1].map(|t| value_at(&bars, t)), [0.0, 1.0, 1.0, 0.0]);
    // Without a signal there is nothing to wait for.
    let mute = run(&mut route(Mode::Random), 4.5, |t| if t < 2.2 { 0.5 } else { 0.0 });
    assert!(value_at(&mute, 2.1) > 0.0 && value_at(&mute, 4.4) == value_at(&mute, 2.1));
    let hits = run(&mut Route { release_s: 0.1, ..route(Mode::Hit) }, 1.2, |_| 0.8);
    assert!((value_at(&hits, 0.5) - 0.8).abs() < 0.02 && value_at(&hits, 0.9) < 0.02);
    let round = run(&mut route(Mode::Integrate(0.5)), 3.0, |_| 0.5);
    assert!((value_at(&round, 2.0) - 0.5).abs() < 0.01, "{}", value_at(&round, 2.0));
}

#[test]
fn range_curve_gate_and_envelope() {
    let mut shaped = route(Mode::Level);
    shaped.shape = Shape { gain: 2.0, from: 0.2, to: 1.0, curve: Curve::Square, gate: 0.25, hysteresis: 0.2 };
    let levels = run(&mut shaped, 4.0, |t| t as f32 / 4.0);
    // x = (2·t/4 − 0.2)/0.8, squared; the gate opens at 0.25, that is x = 0.5, t = 1.2.
    assert_eq!(value_at(&levels, 1.1), 0.0);
    assert!((value_at(&levels, 1.6) - 0.5625).abs() < 0.01 && value_at(&levels, 3.0) == 1.0);
    let falling = run(&mut shaped, 4.0, |t| 1.0 - t as f32 / 4.0);
    // It closes 0.2 lower: x² = 0.05, x = 0.224, t = 3.24.
    assert!(value_at(&falling, 3.2) > 0.0 && value_at(&falling, 3.3) == 0.0);
    // A low gate closes, too.
    shaped.shape = Shape { gate: 0.1, ..Shape::default() };
    let falling = run(&mut shaped, 4.0, |t| (1.0 - t as f32 / 2.0).max(0.0));
    assert!(value_at(&falling, 1.9) > 0.0 && value_at(&falling, 2.1) == 0.0 && !shaped.state.gate_open);
    let mut slow = Route { attack_s: 0.5, release_s: 0.1, ..route(Mode::Level) };
    let levels = run(&mut slow, 2.0, |t| if t < 1.0 { 1.0 } else { 0.0 });
    assert!((value_at(&levels, 0.5) - 0.632).abs() < 0.01, "{}", value_at(&levels, 0.5));
    assert!((value_at(&levels, 1.1) - 0.865 * 0.368).abs() < 0.01);
}

#[test]
fn combining_and_depth() {
    let full = |combine, out| {
        let mut route = Route { combine, out, ..Route::new(Signal::One, LOOK_CONTRAST, 0.0) };
        run(&mut route, 0.01, |_| 0.0);
        route
    };
    let meet = |combine, out, depth: f32| full(combine, out).meets(0.8, depth);
    assert!((meet(Combine::Add, (0.0, 0.5), 1.0) - 1.3).abs() < 1e-6);
    assert!((meet(Combine::Multiply, (1.0, 0.5), 1.0) - 0.4).abs() < 1e-6);
    assert!((meet(Combine::Replace, (0.0, 0.5), 0.5) - 0.65).abs() < 1e-6);
    assert!((meet(Combine::Max, (0.0, 0.5), 1.0) - 0.8).abs() < 1e-6);
    for combine in [Combine::Add, Combine::Multiply, Combine::Replace, Combine::Max] {
        assert_eq!(meet(combine, (0.3, 0.5), 0.0), 0.8, "{combine:?}");
    }
    let modulation = Modulation(vec![full(Combine::Replace, (0.0, 1.5))]);
    let with = |react: f32, depth: f32| {
        let mut values = Values::default();
        values[AUDIO_REACT] = react;
        values[ROUTE_1] = depth;
        values[LOOK_CONTRAST] = 0.7;
        modulation.move_values(&mut values);
        values[LOOK_CONTRAST]
    };
    assert_eq!((with(0.0, 1.0), with(1.0, 0.0)), (0.7, 0.7));
    assert!((with(1.0, 1.0) - 1.5).abs() < 1e-6 && (with(0.5, 1.0) - 1.1).abs() < 1e-6);
}

#[test]
fn chance_differs_from_route_to_route() {
    let clock = Tempo::new(Bpm(120.0)).clock();
    let heard = Features { energy: 1.0, ..Features::default() };
    let mut routes = [route(Mode::Random), route(Mode::Random)];
    let mut levels = Vec::new();
    for k in 0..2000 {
        let beat = clock.at(Seconds(f64::from(k) * TICK_S));
        let pulses = pulses(&heard, beat);
        for (place, route) in routes.iter_mut().enumerate() {
            route.step(&pulses, TICK_S, place);
        }
        levels.push((routes[0].state.level, routes[1].state.level));
    }
    assert!(levels[600..].iter().all(|(one, other)| (one - other).abs() > 1e-3));
}

#[test]
fn strokes_drops_and_bars_are_triggers() {
    let clock = Tempo::new(Bpm(120.0)).clock();
    // Kick, snare and hat strike once each, at 0.3, 0.6 and 0.9 s, a drop comes at 1.2 s.
    let heard = |t: f64| {
        let mut heard = Features::default();
        for (k, drum) in heard.drums.iter_mut().enumerate() {
            drum.count = u64::from(t >= 0.3 * (k + 1) as f64);
        }
        heard.passage.drops = u64::from(t >= 1.2);
        heard
    };
    let rises = |on: RouteTrigger, mode: Mode| -> Vec<f64> {
        let mut route = Route { on, mode, release_s: 0.05, ..Route::new(Signal::One, MOTION_ZOOM, 1.0) };
        let (mut out, mut before) = (Vec::new(), None);
        for k in 0..2400 {
            let (t, heard) = (f64::from(k) * TICK_S, heard(f64::from(k) * TICK_S));
            let beat = clock.at(Seconds(t));
            route.step(&pulses(&heard, beat), TICK_S, 0);
            let level = route.state.level;
            if before.is_some_and(|before: f32| (level - before).abs() > 0.1) {
                out.push((t * 100.0).round() / 100.0);
            }
            before = Some(level);
        }
        out
    };
    let hits = [RouteTrigger::Drum(0), RouteTrigger::Drum(1), RouteTrigger::Drum(2), RouteTrigger::Drop]
        .map(|on| rises(on, Mode::Hit));
    assert_eq!(hits, [vec![0.3], vec![0.6], vec![0.9], vec![1.2]]);
    assert_eq!(rises(RouteTrigger::Bar, Mode::Step(4)), [2.0, 4.0]);
    assert!(rises(RouteTrigger::Bar, Mode::Random).iter().all(|t| [2.0, 4.0].contains(t)));
    assert_eq!(rises(RouteTrigger::Drop, Mode::Toggle), [1.2]);
}

#[test]
fn triggers_fire_a_cut_while_anything_reacts() {
    let clock = Tempo::new(Bpm(120.0)).clock();
    let route = Route { on: RouteTrigger::Drop, ..Route::new(Signal::One, crate::param::DREAM_CUT, 1.0) };
    let mut modulation = Modulation(vec![route]);
    let mut values = Values::default();
    let mut fired = |drops: u64, values: &Values| {
        let mut heard = Features::default();
        heard.passage.drops = drops;
        modulation.step(&pulses(&heard, clock.at(Seconds(1.0))), TICK_S);
        let before = *values;
        let mut after = before;
        modulation.move_values(&mut after);
        assert_eq!(before, after, "a cut has no value");
        modulation.fires(param::DREAM_CUT, values)
    };
    assert_eq!([0, 0, 1, 1, 2].map(|drops| fired(drops, &values)), [false, false, true, false, true]);
    values[AUDIO_REACT] = 0.0;
    assert!(!fired(3, &values));
}
