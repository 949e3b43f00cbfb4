use std::path::Path;

use super::*;

const GOOD: &str = include_str!("../../mappings/shows/first-light.toml");

fn mistakes(text: &str) -> Vec<Mistake> {
    parse(text, Path::new("mappings/shows/first-light.toml")).expect_err("should not pass")
}

#[test]
fn first_light_is_good() {
    let show = parse(GOOD, Path::new("mappings/shows/first-light.toml")).unwrap();
    assert_eq!(show.banks.banks.len(), 6);
    assert!(show.banks.banks.iter().all(|bank| bank.values.len() == 3));
    assert!(show.banks.banks.iter().flat_map(|b| &b.slots).all(|s| s.calm != s.peak));
    assert!(show.settings.routes.len() >= 3);
}

#[test]
fn every_mistake_is_reported_with_its_line_and_a_near_match() {
    let bad = GOOD
        .replacen("\"dream.strength\" = 0.45", "\"dream.strenght\" = 0.45", 1)
        .replace("\"dream.steps\" = 2", "\"dream.steps\" = 99")
        .replace("source = \"kick\"", "source = \"kik\"")
        .replace("flash_limiter = true", "flash_limitre = true");
    let found = mistakes(&bad);
    let text: Vec<String> = found.iter().map(|m| format!("{}: {}", m.line, m.says)).collect();
    assert_eq!(found.len(), 4, "{text:#?}");
    assert!(text[0].contains("did you mean dream.strength?"), "{text:#?}");
    assert!(text[1].contains("goes from 1 to 16"));
    assert!(text[2].contains("did you mean kick?"));
    assert!(text[3].contains("did you mean flash_limiter?"));
    let line = |needle: &str| bad.lines().position(|l| l.contains(needle)).unwrap() + 1;
    assert_eq!(found[0].line, line("strenght"));
    assert_eq!(found[3].line, line("flash_limitre"));
}

#[test]
fn a_slot_too_few_is_one_mistake() {
    let found = mistakes(&GOOD.replacen("  [\"cyan tunnel\", \"rushing cyan tunnel, bright\"],\n", "", 1));
    assert!(found.len() == 1 && found[0].says == "a bank has 8 slots, this one 7", "{found:?}");
}

#[test]
fn sound_cannot_be_routed_where_it_would_do_nothing() {
    for target in ["prompt.weight.3", "tempo.bpm", "audio.react", "dream.source", "master.panic"] {
        let found = mistakes(&GOOD.replacen("target = \"motion.zoom\"", &format!("target = \"{target}\""), 1));
        assert!(found.len() == 1 && found[0].says.contains(target), "{found:?}");
    }
}

#[test]
fn a_route_can_be_patched_in_one_line() {
    use crate::conductor::{Mode, Route, Signal};
    let (place, route) = patch("3 source = \"kick\", target = \"look.hue\", amount = 20").unwrap();
    let kick = Signal::Heard(crate::audio::Source::Kick);
    assert_eq!((place, route), (2, Some(Route::new(kick, crate::param::LOOK_HUE, 20.0))));
    let cut = patch("1 source = 'one', on = 'drop', mode = 'hit', target = 'dream.cut'").unwrap().1.unwrap();
    assert_eq!(cut.mode, Mode::Hit);
    assert_eq!(patch(" 8 "), Ok((7, None)));
    for (wrong, says) in [
        ("", "number"),
        ("0 x", "1 to 32"),
        ("2 source = 'kik', target = 'look.hue', amount = 1", "kick"),
        ("2 source = ", "route.patch"),
        ("2 } = {", "route.patch"),
        ("2 source = 'kick'", "target"),
    ] {
        let found = patch(wrong).unwrap_err();
        assert!(found.contains(says), "{wrong}: {found}");
    }
}

#[test]
fn a_truncated_file_is_a_mistake_and_never_a_panic() {
    for end in (0..GOOD.len()).step_by(37) {
        if GOOD.is_char_boundary(end) {
            let _ = parse(&GOOD[..end], Path::new("x.toml"));
        }
    }
    assert!(!mistakes("").is_empty());
    assert!(mistakes("bank = []")[0].says.contains("at least one [[bank]]"));
    assert!(!mistakes("name = [[[").is_empty());
}
