use std::borrow::Cow;

use super::{ENDLESS, frame_of};
use crate::schedule::{Dialect, TextSchedule, Variable, substitute};

fn at(text: &str, t: f64) -> String {
    let schedule =
        TextSchedule::parse(text, Dialect::Tolerant, &ENDLESS).unwrap_or_else(|says| panic!("{text}: {says}"));
    schedule.text(schedule.index_at(&frame_of(t, 100.0))).to_string()
}

#[test]
fn texts_hold_until_the_next() {
    let text = "0: (\"Euler a\"), 4: ('a, b: c'), 2b: (x (y)),";
    assert_eq!(at(text, 3.0), "Euler a");
    assert_eq!(at(text, 4.0), "a, b: c");
    assert_eq!(at(text, 10.0), "x (y)");
    assert_eq!(at("5: (late)", 0.0), "late");
    assert_eq!(at("0: (d'Arc), 2: (l'autre)", 0.0), "d'Arc");
    assert_eq!(at("0: (1), 2: (x)", 1.0), "1");
}

#[test]
fn prompts_stay_as_they_are() {
    let keys =
        vec![("4".to_string(), "(b:1.2), c".to_string()), ("2b".to_string(), "d".into()), ("0".into(), "a".into())];
    let prompts = TextSchedule::new(keys, Dialect::Tolerant, &ENDLESS).unwrap();
    let now = |t: f64| prompts.text(prompts.index_at(&frame_of(t, 100.0))).to_string();
    assert_eq!((now(0.0), now(5.0), now(10.0)), ("a".into(), "(b:1.2), c".into(), "d".into()));
    assert_eq!(prompts.count(), 3);
    assert_eq!(prompts.next_at(&frame_of(2.0, 100.0)).map(|(_, way)| way), Some(0.5));
    assert!(TextSchedule::new(Vec::new(), Dialect::Tolerant, &ENDLESS).is_err());
    assert_eq!(prompts.text(99), "");
}

#[test]
fn what_stands_in_back_ticks_gives_way_to_its_value() {
    let moment = frame_of(5.0, 21.0);
    for (text, written) in [
        ("a (big:`1+t/10`)", "a (big:1.5)"),
        ("`t` `2*t` `t>2` `1e-5*t` `10.0**17`", "5 10 True 5e-05 1e+17"),
        ("`sqrt(t*5)` `max_f`", "5.0 20"),
        ("`pi`", "3.141592653589793"),
        ("`sqrt(0-t)` `beat`", "nan 1.0"),
        ("a `t", "a `t"),
        ("`t` `", "5 `"),
    ] {
        assert_eq!(substitute(text, &moment).unwrap(), written, "{text}");
    }
    assert!(matches!(substitute("a (b:1.2)", &moment).unwrap(), Cow::Borrowed("a (b:1.2)")));
    assert_eq!(
        substitute("é `1+bet`", &moment).unwrap_err().to_string(),
        "column 6: there is no variable \"bet\"; did you mean beat?"
    );
    assert!(substitute("``", &moment).is_err());
}

#[test]
fn frames_between_frames_count_as_the_one_before_in_prompts() {
    let mut moment = frame_of(5.7, 21.0);
    moment.set(Variable::Low, 0.25);
    assert_eq!(substitute("`t` `low`", &moment).unwrap(), "5 0.25");
}
