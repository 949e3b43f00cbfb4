use super::{ENDLESS, Random, frame_of};
use crate::schedule::{Dialect, Expression, Facts, Moment, Schedule, Variable, strict};

fn tolerant(text: &str, facts: &Facts) -> Schedule {
    Schedule::parse(text, Dialect::Tolerant, facts).unwrap_or_else(|says| panic!("{text}: {says}"))
}

fn at(text: &str, t: f64) -> f64 {
    tolerant(text, &ENDLESS).at(&frame_of(t, f64::INFINITY))
}

fn says(text: &str) -> String {
    Schedule::parse(text, Dialect::Tolerant, &ENDLESS).unwrap_err().to_string()
}

#[test]
fn numbers_move_in_straight_lines_at_any_time() {
    assert_eq!(at("0:(0), 10:(5)", 2.5), 1.25);
    assert_eq!(at("0:(0), 10:(5)", 99.0), 5.0);
    assert_eq!(at("0:(0), 10:(5)", -1.0), 0.0);
    assert_eq!(at("10:(5)", 0.0), 5.0);
    assert_eq!(at("0:(1e-3), 4:(1.)", 2.0), 0.5005);
    assert_eq!(at("0:( 0.5 ), 4:( 1 ),", 2.0), 0.75);
    assert_eq!(tolerant("0:(0), 10:(5)", &ENDLESS).with_hold(true).at(&frame_of(9.9, 1e9)), 0.0);
}

#[test]
fn expressions_jump_and_are_ramp_targets_at_their_own_key() {
    assert_eq!(at("0:(0), 4:(t*10)", 2.0), 20.0);
    assert_eq!(at("0:(0), 4:(t*10)", 5.0), 50.0);
    assert_eq!(at("0:(t), 4:(0)", 3.5), 3.5);
    // The beat at frame 10 is 2 (10 frames per second, 120 beats per minute).
    assert_eq!(at("0:(0), 10:(beat)", 5.0), 1.0);
    assert_eq!(at("0:(0), 10:(sec)", 5.0), 0.5);
    assert_eq!(at("3:(t)", 0.0), 3.0);
    assert_eq!(at("0:(1), 3:(sqrt(0-t)), 5:(2)", 2.0), 1.0);
}

#[test]
fn many_ways_of_writing_are_understood() {
    for (text, value) in [
        ("0.5", 0.5),
        ("t*2", 10.0),
        ("0: 0: (0.5)", 0.5),
        ("\"0\": \"1\", \"10\": \"3\"", 2.0),
        ("0:('1'), 10:(\"3\")", 2.0),
        ("\n 0 : (1)\n,\n 10 : (3)\n", 2.0),
        ("0:(1, 10:3)", 2.0),
        ("0:1), 10:(3", 2.0),
        ("0:(where(t>2, 1, 0)), 20:(3)", 1.0),
        ("0:(max(3, t))", 5.0),
        ("0:(1), 2.5:(2), 7.5:(3)", 2.5),
    ] {
        assert_eq!(at(text, 5.0), value, "{text}");
    }
}

#[test]
fn keys_may_be_seconds_beats_and_bars() {
    // Frame 5 is second 0.5 and beat 1.
    for (text, value) in [
        ("0:(0), 1s:(4)", 2.0),
        ("0s:(0), 1sec:(4)", 2.0),
        ("0b:(0), 2b:(4)", 2.0),
        ("0:(0), 4beats:(4)", 1.0),
        ("0bar:(0), 1bar:(4)", 1.0),
        ("0:(0), 0.25s:(1), 3b:(3), 2bars:(100)", 1.4),
        ("0:(0), 2b:(beat)", 1.0),
        ("0:(0), 1s:(t)", 5.0),
    ] {
        assert!((at(text, 5.0) - value).abs() < 1e-12, "{text}: {}", at(text, 5.0));
    }
}

#[test]
fn keys_in_beats_follow_the_beat_not_the_frames() {
    let schedule = tolerant("0b:(0), 4b:(4)", &ENDLESS);
    let mut moment = frame_of(1000.0, f64::INFINITY);
    moment.set(Variable::Beat, 2.0);
    moment.derive(&[]);
    assert_eq!(schedule.at(&moment), 2.0);
}

#[test]
fn key_expressions_know_the_run() {
    let facts = Facts { frames: 11.0, seed: 7.0 };
    let schedule = tolerant("0:(0), max_f/2:(10), \"max_f-1\":(0)", &facts);
    assert_eq!(schedule.at(&frame_of(7.0, 11.0)), 5.0);
    assert!(says("0:(0), max_f:(1)").contains("the run may have no end"));
    assert_eq!(says("0:(0), t:(1)"), "column 8: a key may depend on max_f and s alone");
}

#[test]
fn keys_beyond_a_known_end_are_no_targets() {
    assert_eq!(tolerant("0:(0), 20:(1)", &Facts { frames: 10.0, seed: 0.0 }).at(&frame_of(5.0, 10.0)), 0.0);
    assert_eq!(tolerant("0:(0), 20:(1)", &Facts { frames: 0.0, seed: 0.0 }).at(&frame_of(5.0, 10.0)), 0.25);
    assert_eq!(tolerant("20:(1)", &Facts { frames: 10.0, seed: 0.0 }).at(&frame_of(5.0, 10.0)), 1.0);
}

#[test]
fn a_schedule_may_be_shaped_by_a_further_expression() {
    let shape = Expression::compile("v * (1 + kick)", Dialect::Tolerant).unwrap();
    let schedule = tolerant("0:(0), 10:(5)", &ENDLESS).then(shape);
    let mut moment = frame_of(4.0, 100.0);
    moment.set(Variable::Kick, 0.5);
    assert_eq!(schedule.at(&moment), 3.0);
    assert_eq!(Schedule::constant(3.0).at(&moment), 3.0);
}

#[test]
fn mistakes_in_schedules_say_where() {
    for (text, sentence) in [
        ("0:(1), 20:(sin(bet))", "column 16: there is no variable \"bet\"; did you mean beat?"),
        ("0:(1) 4:(2)", "column 3: a comma is missing between two keys"),
        ("0:(1), 4", "column 8: there is no key before this; write its frame and a colon, as in 0:(1)"),
        ("0:(sin(t), 4:(1)", "column 3: this parenthesis is not closed; add one where it should end"),
        ("0:(1), :(2)", "column 8: the key is missing before this colon; write 0:(1)"),
        ("0:", "column 3: the value is missing behind this key; write 0:(1)"),
        ("0:()", "column 4: there is nothing here; write a number or an expression"),
        ("", "column 1: there is no key here; write 0:(1)"),
        ("0:(1), 4x:(2)", "column 8: there is no unit \"x\"; write s, b or bar behind a number, or nothing for frames"),
    ] {
        assert_eq!(says(text), sentence, "{text}");
    }
}

#[test]
fn where_all_keys_are_frames_units_make_no_difference() {
    let mut random = Random(99);
    for _ in 0..500 {
        let keys: Vec<(usize, usize)> = (0..1 + random.below(6)).map(|_| (random.below(30), random.below(9))).collect();
        let text = |unit: &dyn Fn(usize) -> String| {
            keys.iter().map(|(key, value)| format!("{}:({value})", unit(*key))).collect::<Vec<_>>().join(", ")
        };
        // 10 frames per second, 5 frames per beat.
        let frames = tolerant(&text(&|key| key.to_string()), &ENDLESS);
        let mixed = tolerant(
            &text(&|key| match key % 3 {
                0 => format!("{}s", key as f64 / 10.0),
                1 => format!("{}b", key as f64 / 5.0),
                _ => key.to_string(),
            }),
            &ENDLESS,
        );
        // Between frames: on a key, rounding decides.
        for t in 0..120 {
            let moment = frame_of(f64::from(t) / 4.0 + 0.1, f64::INFINITY);
            let (a, b) = (frames.at(&moment), mixed.at(&moment));
            assert!((a - b).abs() < 1e-9, "{keys:?} at {t}: {a} {b}");
        }
    }
}

#[test]
fn strict_series_bridge_what_is_no_number() {
    let series = strict::series("0:(1), 3:(sqrt(0-t)), 5:(2)", 6, 0, Dialect::Webui).unwrap();
    assert_eq!(series, [1.0, 1.2, 1.4, 1.6, 1.8, 2.0]);
    assert!(strict::series("4:(1)", 6, 0, Dialect::Webui).unwrap_err().says.contains("frame 0"));
    assert!(strict::series("0:(sqrt(-1-t))", 6, 0, Dialect::Webui).is_err());
}

#[test]
fn no_text_makes_the_reader_of_schedules_panic_or_dawdle() {
    let parts =
        ["0", ":", "(", ")", "1", ",", "t", "'", "\"", " ", "b", "bar", "s", "-", ".", "é", "max_f", "\n", "1e9", "%"];
    let mut random = Random(4711);
    for _ in 0..100_000 {
        let text: String = (0..1 + random.below(12)).map(|_| random.of(&parts)).collect();
        for dialect in [Dialect::Tolerant, Dialect::Webui, Dialect::V07] {
            for facts in [ENDLESS, Facts { frames: 8.0, seed: -1.0 }] {
                if let Ok(schedule) = Schedule::parse(&text, dialect, &facts) {
                    schedule.at(&Moment::new());
                }
                let _ = crate::schedule::TextSchedule::parse(&text, dialect, &facts);
            }
        }
    }
    for part in ["(", "0:(", "0:(1),", "0:()x", "'", "1b:(1),2:(2),", ":"] {
        let _ = Schedule::parse(&part.repeat(20_000), Dialect::Tolerant, &ENDLESS);
        let _ = Schedule::parse(&part.repeat(20_000), Dialect::Webui, &ENDLESS);
        let _ = Schedule::parse(&part.repeat(5_000), Dialect::V07, &ENDLESS);
    }
}
