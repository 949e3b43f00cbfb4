mod layout;

use super::*;
use crate::param;

const HEAD: &str = "name = \"Test\"\nports = [\"Test\"]\n";

fn mistakes(body: &str) -> Vec<String> {
    match Mapping::parse("test.toml", &format!("{HEAD}{body}")) {
        Ok(_) => Vec::new(),
        Err(error) => error.to_string().lines().map(str::to_owned).collect(),
    }
}

fn shipped(name: &str) -> Mapping {
    Mapping::load(std::path::Path::new(name)).expect("shipped mapping")
}

/// What `message` plays, as (target, action).
fn plays(mapping: &Mapping, message: Message, shifted: bool) -> Vec<(Id, Action)> {
    let places = mapping.places(message).iter().map(|place| &mapping.bindings[*place]);
    let active = places.filter(|binding| binding.plays(message, shifted));
    active.flat_map(|binding| binding.targets.iter().map(|target| (target.id, binding.action))).collect()
}

fn cc(channel: u8, number: u8) -> Message {
    Message::controller(channel, number)
}

fn note(channel: u8, number: u8) -> Message {
    Message::note(channel, number)
}

#[test]
fn a_mapping_is_laid_over_a_shipped_one() {
    let body = "extends = \"akai-midimix\"\ncontrol = [{ cc = 16, target = \"look.hue\" }]\n";
    let mapping = Mapping::parse("mine.toml", &format!("{HEAD}{body}")).expect("parses");
    let knob = Action::Knob { takeover: Takeover::Pickup };
    assert_eq!(plays(&mapping, cc(0, 16), false), [(param::LOOK_HUE, knob)], "its own");
    assert_eq!(plays(&mapping, cc(0, 20), false), [(param::DREAM_STEPS, knob)], "what it leaves");
    assert!(!mapping.lights.is_empty() && !mapping.lights.shows(0), "a knob has no light there");
    let says = mistakes("extends = \"akai-midimx\"\n");
    assert!(says[0].contains("akai-midimx") && says[0].contains("did you mean akai-midimix?"), "{says:?}");
}

#[test]
fn ports_that_are_not_for_playing_are_left_alone() {
    let library = Library::shipped();
    for (name, alone) in [
        ("APC mini mk2 Control", false),
        ("APC mini mk2 Notes", true),
        ("Launchpad Mini MK3:Launchpad Mini MK3 MIDI 1 20:0", true),
        ("Launchpad Mini MK3:Launchpad Mini MK3 MIDI 2 20:1", false),
        ("Launch Control XL HUI", true),
        ("MIDI Mix MIDI 1", false),
        ("Some keyboard", false),
    ] {
        assert_eq!(library.leaves_alone(name), alone, "{name}");
    }
    assert_eq!(library.for_port("LPD8 mk2").name, "Akai LPD8 mk2");
    assert_eq!(library.for_port("LPD8 MIDI 1").name, "Akai LPD8");
    assert_eq!(library.for_port("APC MINI MIDI 1").name, "Akai APC mini");
}

#[test]
fn lights_that_cannot_be_are_named() {
    for (body, says) in [
        ("lights = [{ on = 1 }]", "exactly one of note and cc"),
        ("lights = [{ note = [9, 3] }]", "note should be a number 0 to 127, or [first, last]"),
        ("lights = [{ note = 1, on = 128 }]", "a light takes a value 0 to 127"),
        ("lights = [{ note = 1, on = { slots = 1 } }]", "has no slots; did you mean slot?"),
        ("lights = [{ cc = 1, ring = [0] }]", "ring should be two values"),
        ("lights = [{ note = 1, channel = 17 }]", "channel 17 is not between 1 and 16"),
        ("lights = [{ note = 1, message = [\"F0\"] }]", "message is what stands before"),
        ("at_start = [\"F0 20\"]", "no MIDI message"),
        ("at_start = [\"zz\"]", "not bytes in hexadecimal"),
        ("at_end = [\"10 20\"]", "no MIDI message"),
        ("lights_per_second = 0", "lights_per_second goes from 1 to 10000"),
    ] {
        let mistakes = mistakes(&format!("{body}\n"));
        assert!(mistakes.len() == 1 && mistakes[0].contains(says), "{body}: {mistakes:?}");
    }
}

#[test]
fn shift_keeps_what_it_does_not_redefine() {
    let mapping = shipped("korg-nanokontrol2");
    assert_eq!(plays(&mapping, cc(0, 32), true), plays(&mapping, cc(0, 32), false), "a pad");
    assert_eq!(plays(&mapping, cc(0, 0), true)[0].0, param::PROMPT_HEAT);
    assert_eq!(plays(&mapping, cc(1, 3), false), [], "another channel");
}

#[test]
fn ports_choose_their_mapping() {
    let library = Library::shipped();
    for (port, name) in [
        ("MIDI Mix:MIDI Mix MIDI 1 20:0", "Akai MIDImix"),
        ("MIDI Mix:out", "Akai MIDImix"),
        ("APC40 mkII:APC40 mkII MIDI 1 24:0", "Akai APC40 mkII"),
        ("system:midi_capture_1 alsa_pcm:APC40-mkII/midi_capture_1", "Akai APC40 mkII"),
        ("nanoKONTROL2:nanoKONTROL2 nanoKONTROL2 _ CTRL 28:0", "Korg nanoKONTROL2"),
        ("2- nanoKONTROL2", "Korg nanoKONTROL2"),
        ("Some Keyboard:out", "Generic controller"),
        ("", "Generic controller"),
    ] {
        assert_eq!(library.for_port(port).name, name, "{port}");
    }
    let own = Mapping::parse("own.toml", "name = \"Mine\"\nports = [\"midi-mix\"]").expect("parses");
    assert_eq!(Library::with([own]).for_port("MIDI Mix:out").name, "Mine");
}

#[test]
fn ranges_become_travel() {
    let body = r#"
control = [
  { cc = 1, target = "motion.zoom", range = [-1, 1] },
  { cc = 2, target = "dream.strength", range = [0.8, 0.2] },
  { cc = 3, target = ["look.hue", "master.brightness"], inverted = true, takeover = "jump" },
  { cc = 4, target = "prompt.glide", travel = [0.5, 1] },
  { cc14 = 5, target = "dream.strength" },
]
"#;
    let mapping = Mapping::parse("test.toml", &format!("{HEAD}{body}")).expect("parses");
    let at = |place: usize, target: usize, position| {
        let target = &mapping.bindings[place].targets[target];
        target.id.row().plain(target.travel(position))
    };
    let near = |a: f32, b: f32| assert!((a - b).abs() < 1e-4, "{a} is not {b}");
    near(at(0, 0, 0.0), -1.0);
    near(at(0, 0, 1.0), 1.0);
    // The detent stays in the middle of the knob.
    for middle in [63.0 / 127.0, 64.0 / 127.0] {
        near(at(0, 0, middle), 0.0);
    }
    near(at(1, 0, 0.0), 0.8);
    near(at(1, 0, 1.0), 0.2);
    near(at(2, 0, 0.0), 180.0);
    near(at(2, 1, 0.0), 1.0);
    assert_eq!(mapping.bindings[2].action, Action::Knob { takeover: Takeover::Immediate });
    near(at(3, 0, 0.0), param::PROMPT_GLIDE.row().plain(0.5));
}

#[test]
fn buttons_take_names_and_numbers() {
    let body = r#"
control = [
  { note = 1, mode = "set", target = "dream.source", value = "Walk" },
  { note = 2, mode = "hold", target = "master.blackout" },
  { note = 3, mode = "hold", target = "look.saturation", value = 0 },
  { note = 4, mode = "hold", target = "motion.zoom", value = 1.5, released = -0.5 },
  { note = 5, mode = "set", target = "master.freeze", value = true },
  { cc = 9, mode = "relative", encoding = "bin-offset", target = "dream.strength" },
]
"#;
    let mapping = Mapping::parse("test.toml", &format!("{HEAD}{body}")).expect("parses");
    let actions: Vec<Action> = mapping.bindings.iter().map(|binding| binding.action).collect();
    assert_eq!(
        actions,
        [
            Action::Set(1.0),
            Action::Hold { pressed: 1.0, released: 0.0, latches: false },
            Action::Hold { pressed: 0.0, released: 1.0, latches: false },
            Action::Hold { pressed: 1.5, released: -0.5, latches: false },
            Action::Set(1.0),
            Action::Relative(Encoding::BinOffset),
        ]
    );
    assert_eq!(mapping.queued_controllers().iter().map(|word| word.count_ones()).sum::<u32>(), 16);
}

#[test]
fn mistakes_are_sentences_with_lines() {
    for (body, expected) in [
        (
            "control = [\n  { cc = 1, target = \"dream.strenght\" },\n]",
            "test.toml:4: there is no parameter dream.strenght; did you mean dream.strength?",
        ),
        (
            "control = [{ cc = 1, target = \"qqqq\" }]",
            "test.toml:3: there is no parameter qqqq; `halation params` lists them",
        ),
        (
            "control = [{ cc = 1, targt = \"dream.strength\" }]",
            "test.toml:3: a control has no targt; did you mean target?",
        ),
        ("controls = []", "test.toml:3: a mapping has no controls; did you mean control?"),
        (
            "control = [{ cc = 1, target = \"dream.strength\", mode = \"knop\" }]",
            "test.toml:3: mode knop is not one of knob, relative, set, trigger, toggle, hold, momentary, velocity, look; did you mean knob?",
        ),
        ("control = [{ cc = 128, target = \"dream.strength\" }]", "test.toml:3: 128 is not between 0 and 127"),
        ("control = [{ cc14 = 100, target = \"dream.strength\" }]", "test.toml:3: 100 is not between 0 and 95"),
        (
            "control = [{ cc = 1, note = 2, target = \"dream.strength\" }]",
            "test.toml:3: exactly one of cc, cc14, note, nrpn, program, pitch_bend and pressure must say which message it is",
        ),
        (
            "control = [{ cc = 1, channel = 17, target = \"dream.strength\" }]",
            "test.toml:3: channel 17 is not between 1 and 16",
        ),
        (
            "control = [{ note = 1, target = \"tempo.tap\" }]",
            "test.toml:3: a button needs a mode: one of set, trigger, toggle, hold, momentary, velocity, look",
        ),
        (
            "control = [{ cc = 1, target = \"tempo.tap\" }]",
            "test.toml:3: tempo.tap is a trigger: use mode = \"trigger\"",
        ),
        (
            "control = [{ cc = 1, target = \"prompt.text\" }]",
            "test.toml:3: prompt.text is text and cannot be played from MIDI",
        ),
        (
            "control = [{ note = 1, mode = \"knob\", target = \"dream.strength\" }]",
            "test.toml:3: a note cannot be a knob",
        ),
        (
            "control = [{ note = 1, mode = \"toggle\", target = \"dream.steps\" }]",
            "test.toml:3: dream.steps is neither a switch nor an amount, and cannot be toggled",
        ),
        (
            "control = [{ note = 1, mode = \"set\", target = \"prompt.slot\", value = 9 }]",
            "test.toml:3: prompt.slot goes from 1 to 8, 9 is outside",
        ),
        ("control = [{ note = 1, mode = \"set\", target = \"prompt.slot\" }]", "test.toml:3: this mode needs a value"),
        (
            "control = [{ note = 1, mode = \"set\", target = \"dream.source\", value = \"wark\" }]",
            "test.toml:3: dream.source is one of feedback, walk, image, not wark",
        ),
        (
            "control = [{ cc = 1, target = \"dream.strength\", range = [0, 2] }]",
            "test.toml:3: dream.strength goes from 0 to 1",
        ),
        (
            "control = [{ cc = 1, target = \"dream.strength\", value = 1 }]",
            "test.toml:3: value means nothing to mode knob",
        ),
        (
            "control = [{ cc = 1, shift = true, target = \"dream.strength\" }]",
            "test.toml:3: shift = true, but the file names no [[shift]] button",
        ),
        (
            "control = [{ cc = 1, target = \"dream.strength\" },\n { cc = 1, channel = 3, target = \"dream.steps\" }]",
            "test.toml:4: this message is taken by line 3 already",
        ),
        (
            "control = [{ cc14 = 1, target = \"dream.strength\" },\n { cc = 33, target = \"dream.steps\" }]",
            "test.toml:4: this message is taken by line 3 already",
        ),
    ] {
        assert_eq!(mistakes(body), [expected], "{body}");
    }
    assert_eq!(mistakes("control = [{ cc = 1 }]").len(), 1);
    assert_eq!(mistakes("control = [").len(), 1);
    assert!(mistakes("control = [{ cc = \"x\", target = \"dream.strength\" }]")[0].starts_with("test.toml:3: "));
}

#[test]
fn all_mistakes_are_found_at_once() {
    let body = "control = [\n{ cc = 1, target = \"a.b\" },\n{ cc = 300, target = \"dream.strength\" },\n]";
    assert_eq!(mistakes(body).len(), 2);
}

#[test]
fn a_missing_file_is_one_sentence() {
    let error = Mapping::load(std::path::Path::new("no/such.toml")).expect_err("missing").to_string();
    assert!(error.starts_with("the mapping no/such.toml cannot be read"), "{error}");
}

#[test]
fn encoders_count_both_ways() {
    for (encoding, up, down, fast) in [
        (Encoding::SignedBit, 1, 65, (127, -63)),
        (Encoding::TwosComplement, 1, 127, (120, -8)),
        (Encoding::SignedBit2, 65, 1, (127, 63)),
        (Encoding::BinOffset, 65, 63, (0, -64)),
    ] {
        assert_eq!(encoding.steps(up), 1, "{encoding:?}");
        assert_eq!(encoding.steps(down), -1, "{encoding:?}");
        assert_eq!(encoding.steps(fast.0), fast.1, "{encoding:?}");
        for value in 0..=255 {
            encoding.steps(value);
        }
    }
}
