//! The messages beyond notes and controllers: pitch bend, aftertouch, program change, NRPN, velocity; and the kinds of takeover.

use super::*;

fn changes(control: &str, messages: &[&[u8]]) -> Vec<Change> {
    let mut rig = Rig::with(&["x"], own(control));
    let mut all = Vec::new();
    for message in messages {
        rig.play("x", message);
        all.extend(rig.changes().into_iter().map(|(_, change)| change));
    }
    all
}

fn positions(changes: &[Change]) -> Vec<f32> {
    let to = |change: &Change| match change {
        Change::Knob(turn) | Change::Scaled(turn) => turn.to,
        Change::Normalized(to) => *to,
        other => panic!("{other:?} is no position"),
    };
    changes.iter().map(to).collect()
}

#[test]
fn pitch_bend_is_a_knob_of_fourteen_bits() {
    let bend = changes(
        r#"{ pitch_bend = true, channel = 9, target = "look.hue" }"#,
        &[&[0xE8, 0, 0], &[0xE8, 127, 127], &[0xE8, 0, 64], &[0xE0, 0, 0]],
    );
    // The two halves are looked at one after the other.
    let last: Vec<f32> = positions(&bend).chunks(2).map(|pair| pair[1]).collect();
    assert_eq!(last, [0.0, 1.0, 8192.0 / 16_383.0], "and another channel is another wheel");
}

#[test]
fn aftertouch_of_channel_and_notes_is_one_knob() {
    let pressed = changes(r#"{ pressure = true, target = "look.hue" }"#, &[&[0xD0, 127], &[0xA3, 60, 0]]);
    assert_eq!(positions(&pressed), [1.0, 0.0]);
}

#[test]
fn a_program_change_is_a_press() {
    let control = r#"{ program = 2, mode = "set", target = "prompt.slot", value = 3 }, { program = 3, mode = "toggle", target = "look.mirror" }"#;
    let pressed = changes(control, &[&[0xC0, 2], &[0xC0, 9], &[0xC5, 3]]);
    assert!(pressed.contains(&Change::Set(3.0)) && pressed.contains(&Change::Toggle), "{pressed:?}");
}

#[test]
fn how_hard_a_pad_is_hit_is_a_value() {
    let hit = changes(r#"{ note = 1, mode = "velocity", target = "look.bend" }"#, &[&[0x90, 1, 127], &[0x80, 1, 0]]);
    assert_eq!(hit, [Change::Normalized(1.0)]);
}

#[test]
fn an_nrpn_is_one_value_of_four_messages() {
    let set: [&[u8]; 4] = [&[0xB0, 99, 1], &[0xB0, 98, 2], &[0xB0, 6, 64], &[0xB0, 38, 0]];
    let heard = changes(r#"{ nrpn = 130, target = "look.hue" }"#, &set);
    assert_eq!(positions(&heard), [f32::from(64_u16 << 7 | 64) / 16_383.0, 8192.0 / 16_383.0]);
    let steps: [&[u8]; 4] = [&[0xB0, 99, 1], &[0xB0, 98, 2], &[0xB0, 96, 0], &[0xB0, 97, 0]];
    let heard = changes(r#"{ nrpn = 130, target = "look.hue" }"#, &steps);
    assert_eq!(heard, [Change::Steps(1.0), Change::Steps(-1.0)]);
    assert!(changes(r#"{ nrpn = 131, target = "look.hue" }"#, &set).is_empty(), "another number");
}

#[test]
fn a_knob_takes_over_as_its_mapping_says() {
    let turned = |takeover: &str| {
        let control = format!(r#"{{ cc = 1, target = "look.hue", takeover = "{takeover}" }}"#);
        changes(&control, &[&[0xB0, 1, 127]])
    };
    assert_eq!(turned("immediate"), [Change::Normalized(1.0)]);
    assert!(matches!(turned("pickup")[..], [Change::Knob(_)]) && matches!(turned("scaled")[..], [Change::Scaled(_)]));
}

#[test]
fn a_button_that_latches_is_a_second_page() {
    let text = format!(
        "name = \"x\"\n{}",
        "shift = [{ note = 9, latches = true }]\ncontrol = [{ cc = 1, target = \"look.hue\" }, \
         { cc = 1, shift = true, target = \"look.bend\" }]\n",
    );
    let library = Library::with([Mapping::parse("own.toml", &text).expect("parses")]);
    let mut rig = Rig::with(&["x"], library);
    let turned = |rig: &mut Rig, value: u8| {
        rig.play("x", &[0xB0, 1, value]);
        rig.changes().first().map(|(id, _)| *id)
    };
    assert_eq!(turned(&mut rig, 10), Some(param::LOOK_HUE));
    // A pedal that sends where it is on its way down is one press.
    let pedal = Mapping::parse("own.toml", &text.replace("note = 9", "cc = 9")).expect("parses");
    let mut on_foot = Rig::with(&["x"], Library::with([pedal]));
    for value in [70, 90, 127, 0] {
        on_foot.play("x", &[0xB0, 9, value]);
        on_foot.changes();
    }
    assert_eq!(turned(&mut on_foot, 10), Some(param::LOOK_BEND));
    for (message, id) in [([0x90, 9, 1], param::LOOK_BEND), ([0x90, 9, 1], param::LOOK_HUE)] {
        rig.play("x", &message);
        rig.play("x", &[0x80, 9, 0]);
        rig.changes();
        assert_eq!(turned(&mut rig, 20), Some(id));
        rig.changes();
    }
}

#[test]
fn a_knob_that_moves_while_back_is_held_goes_back_to_the_show() {
    // Also where *back* is a controller itself.
    for back in [[0xB0, 9, 127], [0x90, 9, 127]] {
        let kind = if back[0] == 0xB0 { "cc" } else { "note" };
        let control = format!(
            r#"{{ {kind} = 9, mode = "trigger", target = "dream.reject" }}, {{ cc = 1, target = "look.hue" }}"#
        );
        let up = [back[0], back[1], 0];
        // A first tap shows that the pad does not latch by itself.
        let all = changes(&control, &[&back, &up, &back, &[0xB0, 1, 40], &[0xB0, 1, 41], &up, &[0xB0, 1, 42]]);
        let given = matches!(&all[2..], [Change::Text(name), Change::Knob(_)] if &**name == "look.hue");
        assert!(given, "once, and played again afterwards: {all:?}");
    }
}

#[test]
fn a_looks_pad_recalls_and_stores_with_shift() {
    let text = "name = \"x\"\nshift = [{ note = 9 }]\n\
                control = [{ note = 1, mode = \"look\", target = \"scene.recall\", value = 3 }]\n";
    let mut rig = Rig::with(&["x"], Library::with([Mapping::parse("own.toml", text).expect("parses")]));
    let at = |rig: &mut Rig, seconds: f64, bytes: &[u8]| {
        if !bytes.is_empty() {
            rig.play("x", bytes);
        }
        let mut all = Vec::new();
        rig.midi.drain(Seconds(seconds), &mut |input| {
            if let ControlInput::Event(event) = input {
                all.push((event.id, event.change));
            }
        });
        all
    };
    let (recall, store) = ((param::SCENE_RECALL, Change::Set(3.0)), (param::SCENE_STORE, Change::Set(3.0)));
    assert_eq!(at(&mut rig, 10.0, &[0x90, 1, 9]), std::slice::from_ref(&recall));
    at(&mut rig, 10.1, &[0x80, 1, 0]);
    at(&mut rig, 11.0, &[0x90, 9, 9]);
    assert!(at(&mut rig, 11.1, &[0x90, 1, 9]).is_empty(), "a short press with shift is nothing");
    assert!(at(&mut rig, 11.5, &[0x80, 1, 0]).is_empty() && at(&mut rig, 13.0, &[]).is_empty());
    at(&mut rig, 14.0, &[0x90, 1, 9]);
    assert!(at(&mut rig, 14.9, &[]).is_empty());
    assert_eq!(at(&mut rig, 15.1, &[]), std::slice::from_ref(&store));
    assert!(at(&mut rig, 16.0, &[]).is_empty(), "once");
    at(&mut rig, 16.1, &[0x80, 1, 0]);
    assert_eq!(at(&mut rig, 17.0, &[0x90, 1, 9]), [store], "a second press is sure");
    at(&mut rig, 17.1, &[0x80, 1, 0]);
    at(&mut rig, 17.2, &[0x80, 9, 0]);
    assert_eq!(at(&mut rig, 18.0, &[0x90, 1, 9]), [recall]);
}
