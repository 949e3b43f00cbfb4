//! Pads, buttons and encoders, and what devices make of them.

use super::*;

#[test]
fn an_endless_encoder_on_a_knobs_binding_turns() {
    let mut rig = Rig::with(&["x"], own("{ cc = 9, target = \"dream.strength\" }"));
    let (mut steps, mut positions) = (0.0, Vec::new());
    for k in 0..20 {
        rig.play("x", &[0xB0, 9, if k < 8 { 1 } else { 127 }]);
        for (_, change) in rig.changes() {
            match change {
                Change::Steps(step) => steps += step,
                Change::Knob(turn) => positions.push(turn.to),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(steps, -12.0, "recognised when it turns back");
    assert!(positions.iter().all(|to| *to < 0.01), "thrown to the other end: {positions:?}");
    // From then on no step is lost between two looks.
    (0..5).for_each(|_| rig.play("x", &[0xB0, 9, 127]));
    assert_eq!(rig.changes(), vec![(param::DREAM_STRENGTH, Change::Steps(-1.0)); 5]);
}

#[test]
fn pads_that_latch_in_the_device_press_with_both_messages() {
    let mut rig = Rig::new(&[MIX]);
    let mut at = 0.0;
    let mut slots = |bytes: [u8; 3], at: &mut f64| {
        rig.play(MIX, &bytes);
        *at += 2.0;
        let mut changes = Vec::new();
        rig.midi.drain(Seconds(*at), &mut |input| {
            if let ControlInput::Event(event) = input {
                changes.push(event.change);
            }
        });
        changes
    };
    assert_eq!(slots([0x90, 1, 127], &mut at), [Change::Set(1.0)]);
    assert_eq!(slots([0x90, 1, 0], &mut at), [], "a late release before anything is known returns nowhere");
    assert_eq!(slots([0x90, 1, 127], &mut at), [Change::Set(1.0)]);
    assert_eq!(slots([0x90, 4, 127], &mut at), [Change::Set(2.0)]);
    assert_eq!(slots([0x90, 1, 0], &mut at), [Change::Set(1.0)], "two pads lie pressed: they latch");
    assert_eq!(slots([0x90, 4, 0], &mut at), [Change::Set(2.0)]);
}

#[test]
fn a_pad_that_was_tapped_once_can_be_held() {
    let mut rig = Rig::new(&[MIX]);
    let mut play = |bytes: [u8; 3], at: f64| {
        rig.play(MIX, &bytes);
        let mut changes = Vec::new();
        rig.midi.drain(Seconds(at), &mut |input| {
            if let ControlInput::Event(event) = input {
                changes.push(event.change);
            }
        });
        changes
    };
    play([0x90, 1, 127], 1.0);
    play([0x90, 1, 0], 1.1);
    play([0x90, 4, 127], 2.0);
    assert_eq!(play([0x90, 4, 0], 4.0), [Change::Release(2.0)]);
}

#[test]
fn a_held_button_is_released_in_every_case() {
    let hold = "{ note = 5, mode = \"hold\", target = \"master.blackout\" }, \
                { note = 5, shift = true, mode = \"trigger\", target = \"tempo.tap\" }";
    let on = (param::MASTER_BLACKOUT, Change::Set(1.0));
    let off = (param::MASTER_BLACKOUT, Change::Set(0.0));
    let mut rig = Rig::with(&["x"], own(hold));
    rig.play("x", &[0x90, 5, 1]);
    rig.play("x", &[0x90, 5, 0]);
    assert_eq!(rig.changes(), [on.clone(), off.clone()]);
    // The layer changes while it is held.
    rig.play("x", &[0x90, 5, 1]);
    rig.play("x", &[0x90, 1, 1]);
    rig.play("x", &[0x80, 5, 0]);
    rig.play("x", &[0x80, 1, 0]);
    assert_eq!(rig.changes(), [on.clone(), off.clone()]);
    // The device is pulled with a finger on it.
    rig.play("x", &[0x90, 5, 1]);
    assert_eq!(rig.changes(), [on]);
    rig.ports(&[]);
    assert_eq!(rig.changes(), [off]);
}

#[test]
fn controllers_used_as_buttons_fire_once_per_press() {
    let mut rig = Rig::new(&[NANO]);
    for value in [127, 127, 0, 0, 127] {
        rig.play(NANO, &[0xB0, 41, value]);
    }
    assert_eq!(rig.changes(), [(param::TEMPO_TAP, Change::Set(1.0)), (param::TEMPO_TAP, Change::Set(1.0))]);
}

#[test]
fn pads_toggle_and_encoders_step() {
    let mut rig = Rig::new(&[APC]);
    rig.play(APC, &[0x90, 15, 100]);
    rig.play(APC, &[0x90, 15, 0]);
    rig.play(APC, &[0x90, 15, 100]);
    for step in [1, 127, 126] {
        rig.play(APC, &[0xB0, 13, step]);
    }
    rig.play(APC, &[0xB4, 7, 127]);
    let changes = rig.changes();
    assert_eq!(
        changes[..5],
        [
            (param::MASTER_BLACKOUT, Change::Toggle),
            (param::MASTER_BLACKOUT, Change::Toggle),
            (param::TEMPO_BPM, Change::Steps(1.0)),
            (param::TEMPO_BPM, Change::Steps(-1.0)),
            (param::TEMPO_BPM, Change::Steps(-2.0)),
        ]
    );
    assert!(matches!(changes[5..], [(param::PROMPT_WEIGHT_5, Change::Knob(Turn { to: 1.0, .. }))]));
}

#[test]
fn valid_system_exclusive_messages_are_no_garbage() {
    let mut midi = Midi::stepped([Library::shipped().for_port(MIX)]);
    for k in 0..200u8 {
        // Whole, and as drivers hand long ones on in pieces.
        let message = [&[0xF0, 0x7E, k & 0x7F][..], &vec![k & 0x7F; usize::from(k)], &[0xF7]].concat();
        midi.receive(0, &message);
        midi.receive(0, &message[..message.len() - 1]);
        midi.receive(0, &[0xF7]);
    }
    midi.receive(0, &[0xF0, 0x90, 1]);
    midi.drain(Seconds(1.0), &mut |input| panic!("{input:?}"));
    assert_eq!((midi.counts().garbage, midi.counts().received), (1, 0));
}
