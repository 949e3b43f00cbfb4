use serde_json::Value;

use super::*;

/// Texts and weights of parts, weights in thousandths.
fn shown(parts: &[Part<'_>]) -> Vec<(String, i32)> {
    parts.iter().map(|part| (part.text.to_string(), (part.weight * 1000.0).round() as i32)).collect()
}

#[track_caller]
fn reads(text: &str, positive: &[(&str, i32)], negative: &[(&str, i32)]) {
    let read = PromptText::parse(text);
    let goal = |parts: &[(&str, i32)]| parts.iter().map(|(text, weight)| ((*text).to_owned(), *weight)).collect();
    let goal: (Vec<_>, Vec<_>) = (goal(positive), goal(negative));
    assert_eq!((shown(&read.positive), shown(&read.negative)), goal, "{text}");
}

/// Emphasised words of a text that is one part, with their factors.
fn emphasised(text: &str) -> (String, Vec<(String, f32)>) {
    let read = PromptText::parse(text);
    assert_eq!(read.positive.len(), 1, "{read:?}");
    let part = &read.positive[0];
    let words = part.emphasis.iter().map(|(run, factor)| (part.text[run.clone()].to_owned(), *factor)).collect();
    (part.text.to_string(), words)
}

#[track_caller]
fn emphasises(text: &str, plain: &str, words: &[(&str, f32)]) {
    let (found, factors) = emphasised(text);
    assert_eq!(found, plain, "{text}");
    let same = |((word, factor), (goal, goal_factor)): (&(String, f32), &(&str, f32))| {
        word == goal && (factor - goal_factor).abs() < 1e-5
    };
    assert!(factors.len() == words.len() && factors.iter().zip(words).all(same), "{text}: {factors:?}");
}

fn fixture() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/motion/texts.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Single spaces, and none beside brackets.
fn tidy(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace("( ", "(").replace(" )", ")")
}

#[test]
fn a_plain_text_is_borrowed_as_it_is() {
    for text in ["", " a red moon, over 3 café waves! ", "sand and wind", "--ne", "SAN DIEGO"] {
        let read = PromptText::parse(text);
        let [part] = &read.positive[..] else { panic!("{read:?}") };
        assert!(matches!(part.text, Cow::Borrowed(same) if same == text), "{read:?}");
        assert!(part.weight == 1.0 && part.emphasis.is_empty() && read.negative.is_empty());
    }
}

#[test]
fn a_colon_that_weights_nothing_is_text() {
    for text in [
        "a portrait: close up",
        "a clock at 10:30",
        "10:30:15 at night",
        "a 16:9 frame",
        "widescreen16:9 frame",
        "scope 2.39:1, grain",
        "ratio 1:1.85",
        "Blade Runner: 2049",
        "Blade Runner:2049",
        "the 2:3D render",
        "chapter:2nd",
        "see http://example.org:80/a",
        "style:cubist",
        "a :smile: face",
        "half:50%",
        ":",
        ":2",
        "C:2PO",
        "c::std",
        "note: `x`",
    ] {
        reads(text, &[(text, 1000)], &[]);
        assert!(PromptText::parse(text).positive[0].emphasis.is_empty());
    }
}

#[test]
fn weights_are_shares_and_negative_ones_lead_away() {
    reads(
        "a girl holding a :flower:2, art, :deformed:-3:, :bad anatomy:-1.2:",
        &[("a girl holding a", 200), ("flower", 400), (", art,", 200), (",", 200)],
        &[("deformed", 714), ("bad anatomy", 286)],
    );
    reads("a cat:2 a dog:1", &[("a cat", 667), ("a dog", 333)], &[]);
    reads("a cat:2, a dog:1.", &[("a cat", 667), (", a dog", 333)], &[]);
    reads("a cat:.5 a dog:1.5e0", &[("a cat", 250), ("a dog", 750)], &[]);
    reads("cat::2 dog::1", &[("cat", 667), ("dog", 333)], &[]);
    reads("a cat:2", &[("a cat", 1000)], &[]);
    reads("a cat:-2", &[("", 1000)], &[("a cat", 1000)]);
    reads("a cat:0 a dog:1", &[("a dog", 1000)], &[]);
    reads("a cat:0", &[("", 1000)], &[]);
    reads("R2D2:1.5 C3PO:-1", &[("R2D2", 1000)], &[("C3PO", 1000)]);
    reads("shot at 16:9:2 night:2", &[("shot at 16:9:2 night", 1000)], &[]);
    reads(r"a\:2 b", &[("a:2 b", 1000)], &[]);
}

#[test]
fn the_negative_prompt_is_what_follows_neg() {
    reads("a cat --neg dog", &[("a cat", 1000)], &[("dog", 1000)]);
    reads("a cat--neg dog --neg cow", &[("a cat", 1000)], &[("dog cow", 1000)]);
    reads("a cat --negative dog", &[("a cat", 1000)], &[("dog", 1000)]);
    reads("--neg dog", &[("", 1000)], &[("dog", 1000)]);
    reads("a cat --neg", &[("a cat", 1000)], &[]);
    reads("a cat:2 a cow:-1 --neg dog:3", &[("a cat", 1000)], &[("dog", 750), ("a cow", 250)]);
    reads("a --neg b:-1 c:-3", &[("a", 1000)], &[("b", 250), ("c", 750)]);
    // Fading in: the rest is no negative prompt at all.
    reads("a cat --neg (dog):0.75", &[("a cat", 1000)], &[("dog", 750), ("", 250)]);
}

#[test]
fn composable_prompts_become_parts() {
    reads("A AND B:0.5", &[("A", 667), ("B", 333)], &[]);
    reads("a cat AND a dog", &[("a cat", 500), ("a dog", 500)], &[]);
    reads("a cat:3 AND a dog:1 AND a cow:-1", &[("a cat", 750), ("a dog", 250)], &[("a cow", 1000)]);
    reads("(a cat ):0.75 AND (a (red) tree ):0.25", &[("a cat", 750), ("a red tree", 250)], &[]);
    reads("( a AND b ):0.5 AND ( c ):0.5", &[("a", 250), ("b", 250), ("c", 500)], &[]);
    reads("( ):0.75 AND ( b ):0.25", &[("", 750), ("b", 250)], &[]);
    // Not the operator: in capitals throughout, in a word, in brackets.
    reads("LOVE AND PEACE", &[("LOVE AND PEACE", 1000)], &[]);
    reads("a SAND dune, ANDROID", &[("a SAND dune, ANDROID", 1000)], &[]);
    reads("big (rock AND roll)", &[("big rock AND roll", 1000)], &[]);
    let both = PromptText::parse("(cat:1.2):0.5 AND a dog:0.5");
    assert_eq!(both.positive[0].emphasis, [(0..3, 1.2)]);
}

#[test]
fn emphasis_is_a_factor_of_words() {
    emphasises("a (big:1.3) cat", "a big cat", &[("big", 1.3)]);
    emphasises("a (big) [dull] ((red)) cat", "a big dull red cat", &[("big", 1.1), ("dull", 1.0 / 1.1), ("red", 1.21)]);
    emphasises("(a (big:2) cat)", "a big cat", &[("a ", 1.1), ("big", 2.2), (" cat", 1.1)]);
    emphasises("([even])", "even", &[]);
    emphasises(r"a \(b\) c \[d\] \\ e\f", r"a (b) c [d] \ e\f", &[]);
    emphasises("(a : 1.5 ) b", "a  b", &[("a ", 1.5)]);
    emphasises("(a portrait: close up:1.2)", "a portrait: close up", &[("a portrait: close up", 1.2)]);
    emphasises("(a portrait: close up)", "a portrait: close up", &[("a portrait: close up", 1.1)]);
    emphasises("(at 10:30)", "at 10:30", &[("at 10:30", 1.1)]);
    emphasises("(1990:1.2) (café:0.5)", "1990 café", &[("1990", 1.2), ("café", 0.5)]);
    emphasises("(a:-1) (b:1e-5) (c:2049)", "a b c:2049", &[("a", -1.0), ("b", 1e-5), ("c:2049", 1.1)]);
    // Brackets that do not pair.
    emphasises("a) cat ]", "a) cat ]", &[]);
    emphasises("a (big cat", "a big cat", &[("big cat", 1.1)]);
    emphasises("happy :) () (:1.2)", "happy :)", &[]);
    let deep = format!("{}a{}", "(".repeat(5000), ")".repeat(5000));
    emphasises(&deep, "a", &[("a", 10.0)]);
}

#[test]
fn tags_are_taken_out_and_told_of() {
    let read = PromptText::parse("a <sks> cat <lora:add_detail:0.8> here --neg <LyCO:x> dog < 3");
    assert_eq!(shown(&read.positive), [("a <sks> cat here".to_owned(), 1000)]);
    assert_eq!(shown(&read.negative), [("dog < 3".to_owned(), 1000)]);
    assert_eq!(read.ignored, ["<lora:add_detail:0.8>", "<LyCO:x>"]);
    assert_eq!(PromptText::parse("<lora:a:1><lora:b:1>").positive[0], Part { weight: 1.0, ..Part::default() });
    emphasises("((x:1.2)) <lora:d:0.5> y", "x y", &[("x", 1.32)]);
}

/// The 30 texts that v0.7's own code was given.
#[test]
fn weights_of_old_files_are_read_as_there() {
    let formula = |text: &str, t: f64| match text {
        "t/10" => Some(t / 10.0),
        "1-t/10" => Some(1.0 - t / 10.0),
        "t" => Some(t),
        "-t" => Some(-t),
        "sin(t)" => Some(t.sin()),
        _ => None,
    };
    let texts = fixture();
    let cases = texts["weighted"].as_array().unwrap();
    for case in cases.iter().filter(|case| case["error"].is_null()) {
        let t = case["t"].as_f64().unwrap();
        let read = PromptText::parse_weighted(case["text"].as_str().unwrap(), |text| formula(text, t));
        let goal = |side: &str| -> Vec<(String, i32)> {
            let parts = case[side].as_array().unwrap().iter();
            parts
                .map(|part| (part[0].as_str().unwrap().into(), (part[1].as_f64().unwrap() * 1e3).round() as i32))
                .collect()
        };
        // With nothing to draw, ours is the empty prompt.
        let mut positive = shown(&read.positive);
        positive.retain(|(text, _)| !text.is_empty());
        assert_eq!((positive, shown(&read.negative)), (goal("positive"), goal("negative")), "{case}");
    }
    assert!(cases.len() >= 30);
}

/// Prompts of files, with the words common to all: what upstream's code makes of them. Ours differs in blanks.
#[test]
fn prompts_of_files_are_those_of_the_fixture() {
    let (mut frames_seen, texts) = (0, fixture());
    for case in texts["prompts"].as_array().unwrap() {
        let common = |name: &str| case[name].as_str().unwrap_or_default();
        let prompts: Vec<(f64, String)> = case["prompts"]
            .as_object()
            .unwrap()
            .iter()
            .filter_map(|(key, prompt)| {
                let key = match key.as_str() {
                    "max_f/2" => 3.0,
                    "max_f-1" => 5.0,
                    "max_f" => 6.0,
                    "2+2" => 4.0,
                    "0+0" => 0.0,
                    _ => key.parse().ok()?,
                };
                Some((key, complete(common("positive"), prompt.as_str()?, common("negative"))))
            })
            .collect();
        let interpolates = case["mode"] == "Interpolation";
        // Formulas are another module's. An empty prompt is left out of a mix in one of upstream's two settings.
        let skipped = |text: &str| text.contains('`') || (interpolates && text.starts_with("--neg"));
        if prompts.iter().any(|(_, text)| skipped(text)) || !case["error"].is_null() {
            continue;
        }
        let borrowed: Vec<(f64, &str)> = prompts.iter().map(|(key, text)| (*key, text.as_str())).collect();
        let mut goal = &Value::Null;
        for (frame, listed) in case["frames"].as_array().unwrap().iter().enumerate() {
            goal = if listed.is_array() { listed } else { goal };
            let text = if interpolates {
                composable(&borrowed, frame as f64)
            } else {
                let first = borrowed.iter().map(|(key, _)| *key).fold(f64::MAX, f64::min);
                let past = |(key, _): &&(f64, &str)| *key <= first.max(frame as f64);
                borrowed.iter().filter(past).max_by(|(a, _), (b, _)| a.total_cmp(b)).unwrap().1.to_owned()
            };
            let (positive, negative) = split_negative(&text);
            let goal = [0, 1].map(|side| tidy(goal[side].as_str().unwrap()));
            assert_eq!([tidy(positive), tidy(&negative)], goal, "frame {frame} of {case}");
            frames_seen += 1;
        }
    }
    assert!(frames_seen > 180, "{frames_seen}");
}

#[test]
fn on_the_way_between_two_prompts_both_count() {
    let prompts = [(4.0, "a tree"), (0.0, "a cat --neg dog")];
    assert_eq!(composable(&prompts, 1.0), "(a cat ):0.75 AND (a tree ):0.25 --neg ( dog):0.75");
    assert_eq!((composable(&prompts, 0.0), composable(&prompts, -3.0)), (prompts[1].1.into(), prompts[1].1.into()));
    assert_eq!((composable(&prompts, 4.0), composable(&prompts, 99.0)), ("a tree".into(), "a tree".into()));
    assert_eq!(composable(&[], 1.0), "");
    let read = composable(&prompts, 1.0);
    reads(&read, &[("a cat", 750), ("a tree", 250)], &[("dog", 750), ("", 250)]);
}

/// What notation is made of, and what breaks readers.
const PIECES: &str = "( ) [ ] : :2 :-1.5 \\ < > <lora:x:1> --neg \u{a0}AND\u{a0} AND \u{a0} a é 🌊 9 . e - ` , \
                      ):0.5 :1.2) word\u{a0} \0 1e400 :99999999999999999999";

/// What is promised of any text's parts.
fn check(text: &str, side: &[Part<'_>]) {
    let sum: f32 = side.iter().map(|part| part.weight).sum();
    assert!(side.is_empty() || (sum - 1.0).abs() < 1e-3, "{text:?} {side:?}");
    for part in side {
        assert!(part.weight > 0.0 || part.weight == 0.0 && side.len() > 1, "{text:?} {side:?}");
        let mut end = 0;
        for (run, factor) in &part.emphasis {
            assert!(
                run.start >= end && part.text.get(run.clone()).is_some() && factor.is_finite(),
                "{text:?} {part:?}"
            );
            end = run.end;
        }
    }
}

/// A million letters of notation, in any order: nothing panics.
#[test]
fn any_text_is_read() {
    let pieces: Vec<String> = PIECES.split(' ').map(|piece| piece.replace('\u{a0}', " ")).collect();
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for round in 0..60_000 {
        let length = if round % 1000 == 0 { 3000 } else { random(24) };
        let text: String = (0..length).map(|_| pieces[random(pieces.len())].as_str()).collect();
        for read in [PromptText::parse(&text), PromptText::parse_weighted(&text, |_| Some(f64::NAN))] {
            assert!(!read.positive.is_empty());
            check(&text, &read.positive);
            check(&text, &read.negative);
        }
        assert!(!composable(&[(0.0, &text), (1.0, "b")], 0.5).is_empty());
    }
}
