use std::path::Path;

use super::*;

const GOOD: &str = include_str!("../../mappings/shows/first-light.toml");

fn mistakes(text: &str) -> Vec<Diagnostic> {
    parse(text, Path::new("mappings/shows/first-light.toml")).expect_err("should not pass")
}

#[test]
fn first_light_is_good() {
    let show = parse(GOOD, Path::new("mappings/shows/first-light.toml")).unwrap();
    assert_eq!(show.banks.banks.len(), 6);
    assert!(show.banks.banks.iter().all(|bank| bank.values.len() >= 3 && bank.palette.len() >= 3));
    assert!(show.banks.banks.iter().flat_map(|b| &b.slots).all(|s| s.calm != s.peak));
    assert!(show.settings.routes.len() >= 3);
}

#[test]
fn every_mistake_is_reported_with_its_line_and_a_near_match() {
    let bad = GOOD
        .replacen("\"dream.strength\" = 0.45", "\"dream.strenght\" = 0.45", 1)
        .replace("\"dream.steps\" = 2", "\"dream.steps\" = 99")
        .replacen("source = \"kick\"", "source = \"kik\"", 1)
        + "\n[output]\nviewer_n = 5.0\n";
    let found = mistakes(&bad);
    let text: Vec<String> = found.iter().map(|m| format!("{}: {}", m.line, m.says)).collect();
    assert_eq!(found.len(), 4, "{text:#?}");
    assert!(text[0].contains("did you mean dream.strength?"), "{text:#?}");
    assert!(text[1].contains("goes from 1 to 16"));
    assert!(text[2].contains("did you mean kick?"));
    assert!(text[3].contains("did you mean viewer_m?"));
    let line = |needle: &str| bad.lines().position(|l| l.contains(needle)).unwrap() + 1;
    assert_eq!(found[0].line, line("strenght"));
    assert_eq!(found[3].line, line("viewer_n"));
}

#[test]
fn a_slot_too_few_is_one_mistake() {
    let found = mistakes(&GOOD.replacen("  [\"cyan tunnel\", \"rushing cyan tunnel, bright\"],\n", "", 1));
    assert!(found.len() == 1 && found[0].says == "a bank has 8 slots, this one 7", "{found:?}");
}

#[test]
fn sound_cannot_be_routed_where_it_would_do_nothing() {
    for target in ["prompt.weight.3", "tempo.bpm", "audio.react", "dream.source", "master.panic"] {
        let found = mistakes(&GOOD.replacen("target = \"motion.kick\"", &format!("target = \"{target}\""), 1));
        assert!(found.len() == 1 && found[0].says.contains(target), "{found:?}");
    }
}

#[test]
fn a_route_can_be_patched_in_one_line() {
    use crate::conductor::{Mode, Route, Signal};
    let (place, route) = patch("3 source = \"kick\", target = \"look.hue\", amount = 20").unwrap();
    let kick = Signal::Heard(crate::audio::FeatureSource::Kick);
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

/// Every line that ends in `# !` is wrong in one way.
const WRONG: &str = r#"name = Mine  # !
model = "models/nowhere"  # !
picture = [65, 64]  # !
remote_text = TRUE  # !
imgae = "x.png"  # !
mapping = "no/such.toml"  # !
negative = 5  # !
[params]
"dream.strenght" = 0.5  # !
"dream.steps" = 99  # !
"look.contrast" = 1,0  # !
"dream.guidance" = "much"  # !
"master.panic" = 1  # !
"dream.rate" = 2
dream.rate = 3  # !
"dream.source" = "wakl"  # !
"morph.speed" = “1”  # !
"dream.seed" = 1.5  # !
"dream.hold" = yes  # !
"dream.hold" = true  # !
[output]
size = [5, 5]  # !
fps = 1000  # !
flash_limiter = false  # !
monitor = 3  # !
[tempo]
prolink = "loud"  # !
[[bank]]
name = "A"
slots = ["a", "b", "c"]  # !
sections = ["brake"]  # !
phrases = [
  "chorus",
  "chours",  # !
]
[bank.params]
"prompt.slot" = 2  # !
[bank]  # !
name = "B"
slots = [1, "b", "c", "d", "e", "f", "g", "h"]  # !
colour = "red"  # !
[[route]]  # !
source = "kik"  # !
target = "tempo.bpm"  # !
[[route]]
source = "kick"
target = "look.hue"
amount = "x"  # !
mode = "jump"  # !
curve = "round"  # !
from = 2  # !
"#;

#[test]
fn every_mistake_of_many_is_found_once() {
    let found = mistakes(WRONG);
    let lines: Vec<usize> = found.iter().map(|m| m.line).collect();
    let wrong: Vec<usize> = (1..).zip(WRONG.lines()).filter(|(_, l)| l.ends_with("# !")).map(|(k, _)| k).collect();
    let said: Vec<String> = found.iter().map(|m| format!("{}: {}", m.line, m.says)).collect();
    assert_eq!(lines, wrong, "{said:#?}");
    assert!(wrong.len() > 34);
    let listed = crate::diagnostics::list("show.toml", &found);
    assert_eq!(listed.lines().count(), wrong.len(), "each is listed");
    assert!(
        crate::diagnostics::brief(&listed)
            .ends_with(&format!("and {} more; `halation check` lists them", wrong.len() - 20))
    );
}

#[test]
fn what_is_no_toml_is_said_as_a_person_would() {
    let says = |text: &str, words: &[&str]| {
        let good = "\n[[bank]]\nname = \"A\"\nslots = [\"\", \"\", \"\", \"\", \"\", \"\", \"\", \"\"]\n";
        let text = format!("{text}{good}");
        let found = mistakes(&text);
        assert_eq!(found.len(), 1, "{text}\n{found:#?}");
        assert!(words.iter().all(|word| found[0].says.contains(word)), "{text}\n{found:#?}");
        found[0].line
    };
    says("[params]\n\"look.contrast\" = 1,0", &["a point", "1.0"]);
    says("name = “Tiny”", &["straight"]);
    says("name = Tiny", &["quotes", "\"Tiny\""]);
    says("name = \"Tiny", &["end with one"]);
    says("name \"Tiny\"", &["no =", "name"]);
    says("name: \"Tiny\"", &["= instead of :"]);
    says("name =", &["no value"]);
    says("name = \"a\"\nname = \"b\"", &["name", "twice", "line 1"]);
    says("remote_text = False", &["false"]);
    says("// my show", &["#"]);
    says("name = \"Tiny\";", &["semicolon"]);
    says("image = \"C:\\Users\\me\"", &["backslash"]);
    says("[params]\n\"dream.rate\" = .5", &[".5", "0.5"]);
    says("[params]\n\"dream.rate\" = 50%", &["50%"]);
    says("[params\n\"dream.rate\" = 2", &["not closed"]);
    says("[[params]]\n\"dream.rate\" = 2", &["single brackets"]);
    says("name = \"a\" remote_text = true", &["a line of its own"]);
    assert_eq!(says("picture = [64, 64\n[output]\nfps = 30", &["list", "not closed", "]"]), 1);
    assert_eq!(says("\r\n\r\nname = Tiny\r\n", &["quotes"]), 3);
    // All of a file after its first bad line is read.
    let both = mistakes("name \"x\"\n[output]\nfps = 1000\n");
    assert!(both.len() == 2 && both.iter().any(|m| m.says.contains("240")), "{both:#?}");
    let single = mistakes(include_str!("../../tests/fixtures/shows/bank_single_brackets.toml"));
    assert!(single.iter().any(|m| m.line == 10 && m.says.contains("[[bank]]")), "{single:#?}");
}

#[test]
fn overlays_are_a_file_or_a_folder_in_the_order_of_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let logos = folder.path().join("logos");
    let read = |written: &str| {
        let text = format!("overlay = '{}'\n{GOOD}", folder.path().join(written).display());
        parse(&text, Path::new("mappings/shows/first-light.toml"))
    };
    let says = |written: &str| {
        let mistakes = read(written).unwrap_err();
        assert_eq!((mistakes.len(), mistakes[0].line), (1, 1), "{mistakes:?}");
        mistakes[0].says.clone()
    };
    assert!(says("logos").contains("there is no file or folder"), "{}", says("logos"));
    std::fs::create_dir(&logos).unwrap();
    std::fs::write(logos.join("notes.txt"), "no image").unwrap();
    assert!(says("logos").contains("no PNG or JPEG"), "{}", says("logos"));
    let logo = image::RgbaImage::new(2, 2);
    for name in ["b.PNG", "a.png", "._a.png"] {
        let as_png = image::ImageFormat::Png;
        logo.save_with_format(logos.join(name), as_png).unwrap();
    }
    let names = |show: &Show| {
        show.overlays.iter().map(|overlay| overlay.path.file_name().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&read("logos").unwrap()), ["a.png", "b.PNG"]);
    assert_eq!(names(&read("logos/b.PNG").unwrap()), ["b.PNG"]);
    std::fs::write(logos.join("c.jpg"), "GIF89a").unwrap();
    assert!(says("logos").contains("c.jpg is a GIF"), "{}", says("logos"));
}

/// Deforum's settings in every shape become shows that can be played.
#[test]
fn settings_of_every_shape_become_shows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/deforum");
    let mut played = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match load(&path) {
            Ok(show) => {
                assert!(!show.banks.banks.is_empty() && show.settings.values.len() > 3, "{}", path.display());
                played += 1;
            }
            Err(says) => assert!(path.ends_with("ini.txt"), "{says}"),
        }
    }
    assert!(played >= 7, "{played}");
}

#[test]
fn mistakes_in_schedules_are_told_with_their_line_and_column() {
    let schedules = "[schedule]\nframes = -1\n\"motion.zoom\" = \"0:(sin(beats))\"\n\"tempo.bpm\" = \"0:(1)\"\n\
        \"dream.strength\" = { keys = \"0:(1+)\", than = \"v\" }\n\"look.hue\" = true\n\"prompt.text\" = 3\n";
    let text = GOOD.replacen("[params]", &format!("{schedules}[params]"), 1);
    let found = mistakes(&text);
    let line = |needle: &str| text.lines().position(|l| l.contains(needle)).unwrap() + 1;
    for (needle, says) in [
        ("frames = -1", "goes from 0"),
        ("sin(beats)", "did you mean beat"),
        ("\"tempo.bpm\" = \"0", "cannot follow a schedule"),
        ("keys = \"0:(1+)\"", "column"),
        ("keys = \"0:(1+)\"", "did you mean then?"),
        ("\"look.hue\" = true", "a schedule such as"),
        ("\"prompt.text\" = 3", "texts with their keys"),
    ] {
        let told = found.iter().any(|mistake| mistake.line == line(needle) && mistake.says.contains(says));
        assert!(told, "{needle}, {says}: {found:#?}");
    }
}
