use super::*;
use crate::param;

/// Plays `moves` against a value that follows every accepted one, as a parameter does; what was accepted.
fn follow(row: &Row, base: f32, moves: &[f32]) -> Vec<bool> {
    let (mut base, mut from) = (base, None);
    let step = |&to: &f32| {
        let turn = from.map_or(Turn::first(to), |from| Turn::between(from, to));
        from = Some(to);
        let accepted = accepts(row, base, &turn);
        if accepted {
            base = row.plain(to);
        }
        accepted
    };
    moves.iter().map(step).collect()
}

fn brightness() -> &'static Row {
    param::MASTER_BRIGHTNESS.row()
}

#[test]
fn matrix_of_one_step() {
    let (near, far, across) = (0.5 + 2.0 / 128.0, 0.5 + 10.0 / 128.0, 0.5 - 10.0 / 128.0);
    for (from, to, accepted, why) in [
        (None, far, false, "plugged in, far away"),
        (None, near, true, "plugged in where it was left"),
        (Some(far), far + 0.1, false, "far, same side"),
        (Some(far), near, true, "arriving near"),
        (Some(near), far, false, "near is not on it: it may not jump away"),
        (Some(far), across, true, "across"),
        (Some(near), across, true, "across from near"),
        (Some(0.5), far, true, "it stood on the value"),
        (Some(0.5), 0.0, true, "however far"),
    ] {
        let turn = from.map_or(Turn::first(to), |from| Turn::between(from, to));
        assert_eq!(accepts(brightness(), 0.5, &turn), accepted, "{why}");
    }
}

#[test]
fn what_was_passed_between_two_messages_counts() {
    let there_and_back = Turn { highest: 0.6, ..Turn::between(0.2, 0.3) };
    assert!(accepts(brightness(), 0.5, &there_and_back));
    assert!(!accepts(brightness(), 0.7, &there_and_back));
}

#[test]
fn a_control_with_a_part_of_the_range_catches_at_its_end() {
    let turn = |from, to| Turn::between(from, to).mapped(|position| 0.2 + 0.6 * position);
    assert!(!accepts(brightness(), 1.0, &turn(0.2, 0.5)));
    assert!(accepts(brightness(), 1.0, &turn(0.5, 1.0)));
}

#[test]
fn a_picked_up_control_is_followed_however_fast() {
    assert_eq!(
        follow(brightness(), 0.5, &[0.2, 0.49, 0.7, 0.9, 0.1, 1.0, 0.0]),
        [false, true, true, true, true, true, true]
    );
}

#[test]
fn a_state_dump_from_elsewhere_moves_nothing() {
    assert_eq!(follow(brightness(), 0.5, &[0.9, 0.9, 0.9]), [false, false, false]);
}

#[test]
fn a_value_moved_by_other_hands_has_to_be_picked_up_again() {
    let row = brightness();
    assert!(accepts(row, 0.5, &Turn::between(0.5, 0.8)));
    // OSC moved it to 0.1 meanwhile.
    assert!(!accepts(row, 0.1, &Turn::between(0.8, 0.82)));
    assert!(!accepts(row, 0.1, &Turn::between(0.82, 0.3)));
    assert!(accepts(row, 0.1, &Turn::between(0.3, 0.05)));
}

#[test]
fn slow_turns_pass_through_coarse_steps() {
    for id in [param::DREAM_STEPS, param::DREAM_SOURCE, param::PROMPT_SLOT, param::MOTION_ZOOM] {
        let row = id.row();
        let moves: Vec<f32> = (0..=127).map(|k| k as f32 / 127.0).collect();
        let accepted = follow(row, row.plain(0.0), &moves);
        assert!(accepted.iter().all(|accepted| *accepted), "{} got stuck", row.id);
    }
}

#[test]
fn scaled_takeover_gets_to_the_end_with_the_knob_and_never_jumps() {
    let row = brightness();
    let (mut knob, mut value) = (0.9, 0.2);
    assert_eq!(scaled(row, value, &Turn::first(knob)), None, "nobody knows where it stood");
    for end in [0.0, 1.0] {
        assert_eq!(scaled(row, 0.7, &Turn::between(end, end)), Some(row.normalized(0.7)), "said again at its end");
    }
    for to in [0.8, 0.5, 0.55, 0.7, 1.0] {
        let next = scaled(row, value, &Turn::between(knob, to)).expect("it stood somewhere");
        assert!((next - value).abs() <= 4.0 * (to - knob).abs() && (next > value) == (to > knob), "{knob} to {to}");
        (knob, value) = (to, next);
    }
    assert_eq!(value, 1.0, "both at the end");
    let down = scaled(row, 0.2, &Turn::between(0.9, 0.45)).expect("it stood somewhere");
    assert!((down - 0.1).abs() < 1e-6, "half of the way for both");
}
