use super::*;
use crate::param;

/// Plays `moves` (time in ms, travel) against a fixed target and returns what was accepted.
fn play(target: f32, moves: &[(f64, f32)]) -> Vec<bool> {
    let mut takeover = Takeover::default();
    moves.iter().map(|&(ms, travel)| takeover.accept(target, travel, Seconds(ms / 1000.0))).collect()
}

/// Plays as above with a target that follows every accepted value, as a parameter does.
fn follow(mut target: f32, moves: &[(f64, f32)]) -> Vec<bool> {
    let mut takeover = Takeover::default();
    let step = |&(ms, travel): &(f64, f32)| {
        let accepted = takeover.accept(target, travel, Seconds(ms / 1000.0));
        if accepted {
            target = travel;
        }
        accepted
    };
    moves.iter().map(step).collect()
}

#[test]
fn the_first_value_only_tells_where_the_control_stands() {
    assert_eq!(play(0.5, &[(0.0, 0.5)]), [false]);
    assert_eq!(play(0.5, &[(0.0, 0.9)]), [false]);
    assert_eq!(play(0.5, &[(0.0, 0.5), (10.0, 0.51)]), [false, true]);
}

#[test]
fn matrix_of_one_step() {
    // previous, new, accepted more than 50 ms ago or never, accepted?
    let near = 0.5 + 2.0 / 128.0;
    let far = 0.5 + 10.0 / 128.0;
    let across = 0.5 - 10.0 / 128.0;
    for (previous, new, recent, accepted) in [
        (far, far + 0.1, false, false), // far, same side
        (far, far + 0.1, true, false),
        (far, near, false, true), // arriving near
        (far, near, true, true),
        (near, far, false, false), // leaving from near: only while moving
        (near, far, true, true),
        (far, across, false, false), // a sweep across: only while moving
        (far, across, true, true),
        (near, across, false, false),
        (near, across, true, true),
        (0.5, far, false, false), // exactly on the target, then a jump
        (0.5, far, true, true),
    ] {
        let accepted_at = recent.then_some(Seconds(0.96));
        let mut takeover = Takeover { previous: Some(previous), accepted_at, accepted_travel: None };
        assert_eq!(takeover.accept(0.5, new, Seconds(1.0)), accepted, "{previous} to {new}, recent {recent}");
    }
}

#[test]
fn fifty_milliseconds_are_the_limit() {
    for (now, accepted) in [(0.0499, true), (0.0501, false)] {
        let mut takeover = Takeover { previous: Some(0.5), accepted_at: Some(Seconds(0.0)), accepted_travel: None };
        assert_eq!(takeover.accept(0.5, 0.9, Seconds(now)), accepted);
    }
}

#[test]
fn a_slow_approach_picks_up_and_then_follows() {
    let moves: Vec<_> = (0..=100).map(|k| (f64::from(k) * 100.0, k as f32 / 127.0)).collect();
    let accepted = follow(0.5, &moves);
    let first = accepted.iter().position(|a| *a).expect("picked up");
    assert!((moves[first].1 - 0.5).abs() <= NEAR, "picked up at {}", moves[first].1);
    assert!(accepted[first..].iter().all(|a| *a), "lost after pickup");
}

#[test]
fn a_fast_sweep_of_a_picked_up_control_is_followed() {
    assert_eq!(
        follow(0.5, &[(0.0, 0.49), (5.0, 0.5), (10.0, 0.7), (15.0, 0.9), (20.0, 0.2)]),
        [false, true, true, true, true]
    );
}

#[test]
fn a_state_dump_moves_nothing() {
    // Every position at once on connecting, then again: far values stay refused however fast they come.
    assert_eq!(play(0.5, &[(0.0, 0.9), (1.0, 0.9), (2.0, 0.9)]), [false, false, false]);
}

#[test]
fn reset_asks_for_a_new_pickup() {
    let mut takeover = Takeover::default();
    takeover.accept(0.5, 0.5, Seconds(0.0));
    assert!(takeover.accept(0.5, 0.51, Seconds(0.01)));
    takeover.reset();
    assert!(!takeover.accept(0.51, 0.52, Seconds(0.02)));
}

#[test]
fn a_value_moved_by_other_hands_has_to_be_picked_up_again() {
    let row = param::MASTER_BRIGHTNESS.row();
    let mut takeovers = Takeovers::default();
    let knob = key::pack(0, 0, 0);
    assert!(!takeovers.accept(knob, row, 0.5, 0.49, Seconds(0.0)));
    assert!(takeovers.accept(knob, row, 0.5, 0.51, Seconds(0.1)));
    // OSC moved it to 0.1 meanwhile.
    assert!(!takeovers.accept(knob, row, 0.1, 0.52, Seconds(1.0)));
    assert!(!takeovers.accept(knob, row, 0.1, 0.3, Seconds(1.1)));
    assert!(takeovers.accept(knob, row, 0.1, 0.11, Seconds(1.2)));
}

#[test]
fn slow_turns_pass_through_coarse_steps() {
    for id in [param::DREAM_STEPS, param::DREAM_SOURCE, param::PROMPT_SLOT, param::MOTION_ZOOM] {
        let row = id.row();
        let mut takeovers = Takeovers::default();
        let mut base = row.at_travel(0.0);
        for k in 0..=127 {
            let travel = k as f32 / 127.0;
            if takeovers.accept(key::pack(1, 3, 7), row, base, travel, Seconds(f64::from(k) * 0.3)) {
                base = row.at_travel(travel);
            }
        }
        assert_eq!(base, row.range().1, "{} got stuck", row.id);
    }
}

#[test]
fn a_new_epoch_is_a_new_control() {
    let row = param::MASTER_BRIGHTNESS.row();
    let mut takeovers = Takeovers::default();
    takeovers.accept(key::pack(0, 0, 0), row, 0.5, 0.5, Seconds(0.0));
    assert!(takeovers.accept(key::pack(0, 0, 0), row, 0.5, 0.51, Seconds(0.01)));
    assert!(!takeovers.accept(key::pack(0, 1, 0), row, 0.51, 0.9, Seconds(0.02)));
}
