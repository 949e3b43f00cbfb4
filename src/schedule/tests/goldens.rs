//! What upstream computed, from tests/fixtures/motion.

use serde_json::Value;

use crate::schedule::{Dialect, Expression, Facts, Moment, Schedule, TextSchedule, Variable, strict, substitute};

fn fixture(name: &str) -> Value {
    let path = format!("{}/tests/fixtures/motion/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some(word) => word.parse().unwrap(),
        None => value.as_f64().unwrap(),
    }
}

fn near(ours: f64, theirs: f64, tolerance: f64) -> bool {
    (ours.is_nan() && theirs.is_nan()) || ours == theirs || (ours - theirs).abs() <= tolerance * theirs.abs().max(1.0)
}

fn frame(t: f64, s: f64, max_f: f64) -> Moment {
    let mut moment = Moment::new();
    moment.set(Variable::S, s);
    moment.set(Variable::MaxF, max_f);
    moment.set_frame(t);
    moment.derive(&[]);
    moment
}

/// What disagrees with numexpr in one list of expressions.
fn disagreements(rows: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in rows.as_array().unwrap() {
        let text = row[0].as_str().unwrap();
        let ours = Expression::compile(text, Dialect::Webui);
        match (&ours, row[1].as_array()) {
            (Err(_), None) => {}
            (Ok(_), None) => wrong.push(format!("{text:?}: they refuse with {}", row[1])),
            (Err(says), Some(_)) => wrong.push(format!("{text:?}: {says}")),
            (Ok(ours), Some(values)) => {
                for point in values {
                    let [t, s, max_f, theirs] = [0, 1, 2, 3].map(|i| number(&point[i]));
                    let value = ours.value(&frame(t, s, max_f));
                    let relative = (value - theirs).abs() <= 1e-9 * theirs.abs() + 1e-12;
                    if !relative && !near(value, theirs, 0.0) {
                        wrong.push(format!("{text:?} at {t}, {s}, {max_f}: {value}, not {theirs}"));
                    }
                }
            }
        }
    }
    wrong
}

#[test]
fn two_thousand_random_expressions_agree_with_numexpr() {
    let wrong = disagreements(&fixture("numexpr.json")["random"]);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn expressions_written_by_hand_agree_with_numexpr() {
    // Texts, complex numbers and `is` have no place in a schedule: refused where numexpr goes on.
    let refused = [r#"contains("a","a")"#, "t is s"];
    let mut wrong = disagreements(&fixture("numexpr.json")["hand"]);
    wrong.retain(|line| !refused.iter().any(|text| line.starts_with(&format!("{text:?}"))));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn expected<T: Clone>(case: &Value, read: impl Fn(&Value) -> T) -> Vec<T> {
    let mut values: Vec<T> = case["values"].as_array().unwrap().iter().map(read).collect();
    if let Some(length) = case["hold"].as_u64() {
        let last = values.last().unwrap().clone();
        values.resize(length as usize, last);
    }
    values
}

fn compared(case: &Value, text: &str, frames: usize, seed: i64, dialect: Dialect) -> Result<(), String> {
    if case["kind"] == "text" {
        let ours = strict::texts(text, frames, seed, dialect);
        return match (ours, case["error"].as_str()) {
            (Err(_), Some(_)) => Ok(()),
            (Ok(ours), None) if ours == expected(case, |v| v.as_str().unwrap().to_string()) => Ok(()),
            (ours, _) => Err(format!("{case}\n  gives {ours:?}")),
        };
    }
    let ours = strict::series(text, frames, seed, dialect);
    match (ours, case["error"].as_str()) {
        (Err(_), Some(_)) => Ok(()),
        (Ok(ours), None) => {
            let theirs = expected(case, number);
            let same = ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| near(*a, *b, 1e-6));
            if same { Ok(()) } else { Err(format!("{case}\n  gives {ours:?}")) }
        }
        (ours, _) => Err(format!("{case}\n  gives {ours:?}")),
    }
}

#[test]
fn whole_schedules_agree_with_upstream_frame_by_frame() {
    let mut wrong = Vec::new();
    for case in fixture("schedules.json")["cases"].as_array().unwrap() {
        let dialect = if case["dialect"] == "v07" { Dialect::V07 } else { Dialect::Webui };
        let (text, frames) = (case["text"].as_str().unwrap(), case["n"].as_u64().unwrap() as usize);
        // A complex number, of which upstream drops a half without a word.
        if text != "0:(1j)" {
            wrong.extend(compared(case, text, frames, case["s"].as_i64().unwrap(), dialect).err());
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_default_settings_agree_with_upstream() {
    let fixture = fixture("schedules.json");
    for case in fixture["defaults"].as_object().unwrap().values() {
        compared(case, case["text"].as_str().unwrap(), 20, 7, Dialect::Webui).unwrap();
    }
}

/// Where the tolerant reader means something else, on purpose.
const OTHERWISE: [&str; 23] = [
    // Numbers that upstream takes for expressions: they move towards the next key.
    "0:( 0.5 ), 4:( 1 )",
    "0:(1e-3), 4:(1)",
    "0:(1 ), 4:(2 )",
    "0:( 1), 4:( 2)",
    "0:(1.), 4:(2)",
    "0:(1e3), 4:(0)",
    "0:(1E-2), 4:(0)",
    "0:(0), 4:(1e-3), 7:(2)",
    "0:((1)), 4:((2))",
    // What upstream drops without a word: the last part counts, or it is a mistake.
    "0: 0: (0.5)",
    "0: 0: (0.5), 4: 1",
    "0:(1):(2)",
    "0:(1):4:(2)",
    "0: (1)(2)",
    "0:(1j)",
    "a0:(1)",
    "0:(0), max_f:(1)",
    "0:(0), 2.5:(1)",
    "0:(0), -2:(1)",
    // Values that are no numbers stay so: the caller keeps the last good one. Powers are real.
    "0:(t/0)",
    "0:(sqrt(3-t))",
    "0:(1), 3:(sqrt(0-t)), 5:(2)",
    "0:(2**-t)",
];

#[test]
fn what_upstream_takes_means_the_same_to_the_tolerant_reader() {
    let mut differ = Vec::new();
    for case in fixture("schedules.json")["cases"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        if case["kind"] != "text" && !case["values"].is_null() && !OTHERWISE.contains(&text) {
            let frames = case["n"].as_u64().unwrap() as usize;
            differ.extend(compared(case, text, frames, case["s"].as_i64().unwrap(), Dialect::Tolerant).err());
        }
    }
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
}

/// A moment of one of Studio's cases.
fn studio_moment(case: &Value, t: f64) -> (Moment, Vec<f64>) {
    let mut moment = frame(t, 7.0, case["n"].as_f64().unwrap() - 1.0);
    moment.set(Variable::Fps, case["fps"].as_f64().unwrap());
    moment.set(Variable::Bpm, case["bpm"].as_f64().unwrap());
    moment.set_frame(t);
    // Studio takes seconds from beats.
    let offset = case["offset"].as_f64().unwrap();
    moment.set(Variable::Beat, moment.get(Variable::Beat) - offset);
    moment.set(Variable::BeatOffsetS, offset);
    let events: Vec<f64> = case["events"].as_array().unwrap().iter().map(number).collect();
    moment.derive(&events);
    (moment, events)
}

#[test]
fn studios_schedules_agree_with_studio() {
    for case in fixture("texts.json")["studio"].as_array().unwrap() {
        let facts = Facts { frames: case["n"].as_f64().unwrap(), seed: 7.0 };
        // Where Studio refuses, the tolerant reader may go on.
        if case["values"].is_null() {
            continue;
        }
        let schedule = Schedule::parse(case["text"].as_str().unwrap(), Dialect::Tolerant, &facts).unwrap();
        for (t, theirs) in expected(case, number).into_iter().enumerate() {
            let ours = schedule.at(&studio_moment(case, t as f64).0);
            assert!(near(ours, theirs, 1e-9), "{case} at {t}: {ours}, not {theirs}");
        }
    }
}

#[test]
fn studios_variables_agree_with_studio_save_for_its_mistakes() {
    for case in fixture("texts.json")["table"].as_array().unwrap() {
        for (name, values) in case["values"].as_object().unwrap() {
            // Mended: Studio counts to the next event here.
            if name == "pi" || name.starts_with("beats_since_prev") || name.starts_with("seconds_since_prev") {
                continue;
            }
            let variable = Variable::named(name).unwrap();
            for (t, theirs) in values.as_array().unwrap().iter().map(number).enumerate() {
                let ours = studio_moment(case, t as f64).0.get(variable);
                assert!(near(ours, theirs, 1e-9), "{name} at {t}: {ours}, not {theirs}");
            }
        }
    }
}

#[test]
fn prompts_in_two_dimensions_agree_with_upstream() {
    for case in fixture("texts.json")["prompts"].as_array().unwrap() {
        let plain = case["mode"] == "2D" && case["positive"].is_null() && !case["frames"].is_null();
        let keys: Vec<(String, String)> = case["prompts"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, text)| (key.clone(), text.as_str().unwrap().to_string()))
            .collect();
        if !plain || keys.iter().any(|(_, text)| text.contains("--neg")) {
            continue;
        }
        let frames = case["n"].as_f64().unwrap();
        let schedule = TextSchedule::new(keys, Dialect::Webui, &Facts { frames, seed: 7.0 }).unwrap();
        let mut theirs = String::new();
        for (t, row) in case["frames"].as_array().unwrap().iter().enumerate() {
            theirs = row[0].as_str().map_or(theirs, str::to_string);
            let moment = frame(t as f64, 7.0, frames - 1.0);
            let ours = substitute(schedule.text(schedule.index_at(&moment)), &moment).unwrap();
            assert_eq!(ours, theirs, "{case} at {t}");
        }
    }
}
