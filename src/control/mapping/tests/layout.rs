//! Every shipped mapping plays the one default layout, as far as its device has controls for it.

use super::*;

const KNOBS: [Id; 8] = [
    param::DREAM_STRENGTH,
    param::DREAM_STEPS,
    param::MORPH_SPEED,
    param::PROMPT_GLIDE,
    param::MOTION_ZOOM,
    param::MOTION_ROTATE,
    param::LOOK_TRAILS,
    param::AUDIO_REACT,
];

const SHIFTED: [param::Id; 8] = [
    param::LOOK_HALATION,
    param::LOOK_MIRROR,
    param::LOOK_TUNNEL,
    param::LOOK_BEND,
    param::LOOK_CONTOUR,
    param::LOOK_PALETTE,
    param::LOOK_RGB,
    param::MOTION_KICK,
];

/// Controls of a controller that the default layout names, by number, and how to reach the second layer.
struct Layout {
    name: &'static str,
    /// Controller, whether it needs shift.
    knobs: [u8; 8],
    second: [u8; 8],
    second_shifted: bool,
    faders: [Message; 8],
    slots: [Message; 8],
    banks: [Message; 8],
    banks_shifted: bool,
    pads: [Message; 8],
}

fn layouts() -> [Layout; 4] {
    let eight = |make: &dyn Fn(u8) -> Message| std::array::from_fn(|k| make(k as u8));
    let mix = |row: u8| [16, 20, 24, 28, 46, 50, 54, 58].map(|cc| cc + row);
    [
        Layout {
            name: "generic",
            knobs: std::array::from_fn(|k| 16 + k as u8),
            second: std::array::from_fn(|k| 16 + k as u8),
            second_shifted: true,
            faders: eight(&|k| cc(9, 102 + k)),
            slots: eight(&|k| note(9, 36 + k)),
            banks: eight(&|k| note(9, 36 + k)),
            banks_shifted: true,
            pads: eight(&|k| note(9, 44 + k)),
        },
        Layout {
            name: "akai-midimix",
            knobs: mix(0),
            second: mix(1),
            second_shifted: false,
            faders: mix(3).map(|number| cc(0, number)),
            slots: eight(&|k| note(0, 1 + 3 * k)),
            banks: eight(&|k| note(0, 2 + 3 * k)),
            banks_shifted: false,
            pads: eight(&|k| note(0, 3 + 3 * k)),
        },
        Layout {
            name: "korg-nanokontrol2",
            knobs: std::array::from_fn(|k| 16 + k as u8),
            second: std::array::from_fn(|k| 16 + k as u8),
            second_shifted: true,
            faders: eight(&|k| cc(0, k)),
            slots: eight(&|k| cc(0, 32 + k)),
            banks: eight(&|k| cc(0, 64 + k)),
            banks_shifted: false,
            pads: eight(&|k| cc(0, 48 + k)),
        },
        Layout {
            name: "akai-apc40-mk2",
            knobs: std::array::from_fn(|k| 16 + k as u8),
            second: std::array::from_fn(|k| 48 + k as u8),
            second_shifted: false,
            faders: eight(&|k| cc(k, 7)),
            slots: eight(&|k| note(0, k)),
            banks: eight(&|k| note(0, k)),
            banks_shifted: true,
            pads: eight(&|k| note(0, 8 + k)),
        },
    ]
}

#[test]
fn every_shipped_mapping_parses_and_plays_the_default_layout() {
    for layout in layouts() {
        let name = layout.name;
        let mapping = shipped(name);
        let knob = Action::Knob { takeover: Takeover::Pickup };
        for k in 0..8 {
            assert_eq!(plays(&mapping, cc(0, layout.knobs[k]), false), [(KNOBS[k], knob)], "{name}: knob {k}");
            let second = plays(&mapping, cc(0, layout.second[k]), layout.second_shifted);
            assert_eq!(second, [(SHIFTED[k], knob)], "{name}: second knob {k}");
            let value = (k + 1) as f32;
            assert_eq!(
                plays(&mapping, layout.faders[k], false),
                [(param::PROMPT_WEIGHTS[k], knob)],
                "{name}: fader {k}"
            );
            assert_eq!(
                plays(&mapping, layout.slots[k], false),
                [(param::PROMPT_SLOT, Action::Set(value))],
                "{name}: {k}"
            );
            let bank = plays(&mapping, layout.banks[k], layout.banks_shifted);
            assert_eq!(bank, [(param::PROMPT_BANK, Action::Set(value))], "{name}: bank {k}");
        }
        check_pads(name, &mapping, &layout.pads);
    }
}

/// What a smaller controller has: eight knobs, pads 1 to 8, pads 9 to 16.
struct Small(&'static str, Option<[Message; 8]>, [Message; 8], Option<[Message; 8]>);

#[test]
fn small_controllers_play_as_much_of_the_layout_as_they_have() {
    let eight = |make: &dyn Fn(u8) -> Message| -> [Message; 8] { std::array::from_fn(|k| make(k as u8)) };
    let grid = |first: u8| eight(&|k| note(0, first + k));
    let notes = |channel: u8, numbers: [u8; 8]| numbers.map(|number| note(channel, number));
    let knobs = |channel: u8, first: u8| Some(eight(&|k| cc(channel, first + k)));
    let (focus, control) = ([41, 42, 43, 44, 57, 58, 59, 60], [73, 74, 75, 76, 89, 90, 91, 92]);
    let (top, bottom) = ([89, 90, 40, 41, 42, 43, 44, 45], [87, 88, 91, 92, 86, 93, 94, 95]);
    let pushed = |first: u8| eight(&|k| cc(1, first + k));
    let all = [
        Small("akai-apc-mini", knobs(0, 48), grid(0), Some(grid(8))),
        Small("akai-apc-mini-mk2", knobs(0, 48), grid(0), Some(grid(8))),
        Small("akai-lpd8", knobs(0, 1), grid(36), None),
        Small("akai-lpd8-mk2", knobs(0, 70), eight(&|k| note(9, 36 + k)), None),
        Small("novation-launchpad-mini-mk3", None, grid(11), Some(grid(21))),
        Small("novation-launchpad-x", None, grid(11), Some(grid(21))),
        Small("novation-launch-control-xl", knobs(8, 13), notes(8, focus), Some(notes(8, control))),
        Small("behringer-x-touch-mini", knobs(0, 16), notes(0, top), Some(notes(0, bottom))),
        Small("djtechtools-midi-fighter-twister", knobs(0, 0), pushed(0), Some(pushed(8))),
    ];
    for Small(name, knobs, slots, pads) in all {
        let mapping = shipped(name);
        assert!(!mapping.lights.is_empty(), "{name} has lights");
        for k in 0..8 {
            if let Some(knobs) = knobs {
                let played = plays(&mapping, knobs[k], false);
                assert_eq!(played.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [KNOBS[k]], "{name}: knob {k}");
            }
            let slot = [(param::PROMPT_SLOT, Action::Set((k + 1) as f32))];
            assert_eq!(plays(&mapping, slots[k], false), slot, "{name}: pad {k}");
        }
        if let Some(pads) = pads {
            check_pads(name, &mapping, &pads);
        }
    }
    let lpd8 = shipped("akai-lpd8");
    let program = |k: u8| plays(&lpd8, Message::program(0, k), false)[0];
    assert_eq!((program(0).0, program(2)), (param::TEMPO_TAP, (param::LOOK_STROBE, Action::Toggle)));
    let fader = plays(&shipped("behringer-x-touch-mini"), cc(8, crate::control::controllers::PITCH_BEND), false);
    assert_eq!(fader[0].0, param::MASTER_BRIGHTNESS);
}

fn check_pads(name: &str, mapping: &Mapping, pads: &[Message; 8]) {
    let fire = Action::Trigger(1.0);
    let held = |pressed| Action::Hold { pressed, released: 0.0, latches: true };
    let first = [
        (param::TEMPO_TAP, fire),
        (param::DREAM_CUT, fire),
        (param::LOOK_STROBE, held(1.0)),
        (param::LOOK_MIRROR, held(1.0)),
        (param::LOOK_INVERT, held(1.0)),
        (param::LOOK_LOOP, held(1.0)),
        (param::MASTER_FREEZE, held(1.0)),
        (param::MASTER_BLACKOUT, Action::Toggle),
    ];
    let shifted = [
        (param::MASTER_PANIC, fire),
        (param::TEMPO_RESYNC, fire),
        (param::TEMPO_NUDGE, Action::Trigger(-1.0)),
        (param::TEMPO_NUDGE, fire),
        (param::PROMPT_QUANTISE, held(2.0)),
        (param::SCENE_AUTO, Action::Toggle),
        (param::DREAM_REJECT, fire),
        (param::DREAM_HOLD, Action::Toggle),
    ];
    for k in 0..8 {
        assert_eq!(plays(mapping, pads[k], false), [first[k]], "{name}: pad {}", 9 + k);
        assert_eq!(plays(mapping, pads[k], true), [shifted[k]], "{name}: shift pad {}", 9 + k);
    }
}
