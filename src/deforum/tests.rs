//! Tests of reading and importing, on settings files of our own in the shapes that people's files have.

use std::path::{Path, PathBuf};

use super::keys::Kind;
use super::keys::{self, Fate};
use super::*;

const ALL: [&str; 9] = [
    "webui_253.txt",
    "v07_animation.txt",
    "studio.txt",
    "audio_300.txt",
    "early_webui.txt",
    "wrapped.json",
    "bom_junk.txt",
    "../../../mappings/shows/flight.txt",
    "ini.txt",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/deforum")
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

fn options(name: &str) -> ImportOptions {
    ImportOptions {
        name: name.rsplit_once('.').unwrap_or((name, "")).0.to_string(),
        bars: None,
        by_fps: false,
        model: "models/spark".into(),
        folder: folder(),
    }
}

fn imported(name: &str) -> (SettingsFile, Imported) {
    let file = read(&fixture(name)).unwrap();
    let imported = import(&file, &options(name));
    (file, imported)
}

fn table(show: &str) -> toml::Table {
    show.parse().unwrap_or_else(|e| panic!("{e}\n{show}"))
}

fn said<'a>(imported: &'a Imported, key: &str) -> &'a ReportLine {
    imported.report.iter().find(|line| line.key == key).unwrap()
}

#[test]
fn the_table_has_every_key_of_the_web_ui_once() {
    let mut names: Vec<&str> = keys::webui().map(|key| key.name).collect();
    assert_eq!(names.len(), 253);
    let file = read(&fixture("webui_253.txt")).unwrap();
    assert!(file.values.iter().map(|s| s.key.as_str()).eq(names.iter().copied()), "in the order of the file");
    names = keys::all().map(|key| key.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    for key in keys::all() {
        let is_schedule = matches!(key.kind, Kind::Schedule | Kind::TextSchedule);
        assert!(!is_schedule || key.default.contains(':') || key.default.is_empty(), "{}", key.name);
        assert!(!key.why.is_empty(), "{}", key.name);
    }
}

#[test]
fn no_key_is_lost_and_every_show_is_toml_with_eight_slots() {
    for name in ALL.iter().filter(|name| **name != "ini.txt") {
        let (file, imported) = imported(name);
        let keys: Vec<&str> = imported.report.iter().map(|l| l.key.as_str()).filter(|k| *k != "(file)").collect();
        assert!(file.values.iter().map(|s| s.original.as_str()).eq(keys.iter().copied()), "{name}");
        assert!(imported.report.iter().all(|line| !line.says.is_empty()));
        let show = table(&imported.show);
        for bank in show["bank"].as_array().unwrap() {
            assert_eq!(bank["slots"].as_array().unwrap().len(), 8);
        }
        for (parameter, value) in show["schedule"].as_table().unwrap() {
            assert!(!value.is_table() || value["keys"].is_str(), "{parameter}");
        }
        let text = report_text(&imported.report);
        assert!(text.lines().count() > file.values.len());
    }
}

#[test]
fn shapes_are_told_apart() {
    let shape = |name: &str| read(&fixture(name)).unwrap().shape;
    assert_eq!(shape("webui_253.txt"), Shape::Webui);
    assert_eq!(shape("v07_animation.txt"), Shape::V07);
    assert_eq!(shape("studio.txt"), Shape::Studio);
    assert_eq!(shape("early_webui.txt"), Shape::EarlyWebui);
    assert_eq!(shape("wrapped.json"), Shape::Forge);
}

#[test]
fn old_names_and_values_become_those_of_today() {
    let file = read(&fixture("early_webui.txt")).unwrap();
    assert_eq!(file.schedule("fov_schedule"), "0: (70)");
    assert_eq!(file.schedule("zoom"), "0:(1.01)");
    assert_eq!(file.text("color_coherence"), "HSV");
    assert_eq!(file.text("depth_algorithm"), "Zoe+AdaBins (old)");
    assert_eq!(file.text("sampler"), "Euler a");
    assert_eq!(file.text("add_soundtrack"), "None");
    assert_eq!(file.schedule("cn_1_weight"), "0:(1.0)");
    assert_eq!(file.text("cn_1_resize_mode"), "Inner Fit (Scale to Fit)");
    assert_eq!(file.schedule("hybrid_comp_alpha_schedule"), "0:(1)");
    assert_eq!((file.number("seed"), file.number("max_frames")), (77.0, 90.0));
    assert!(file.flag("enable_perspective_flip") && !file.flag("tiling"));
    assert_eq!(file.prompts[1].frame, "max_f/2");
    let old = read(&fixture("v07_animation.txt")).unwrap();
    assert_eq!((old.number("W"), old.number("H")), (512.0, 704.0));
    assert_eq!(old.text("border"), "replicate");
    assert_eq!(old.prompts.len(), 2);
    assert!(old.prompts[0].text.starts_with("a stone bridge:2"));
}

#[test]
fn junk_is_mended_and_said() {
    let (file, imported) = imported("bom_junk.txt");
    assert!(file.remarks.len() >= 4, "{:?}", file.remarks);
    assert_eq!(file.number("seed"), 12_345_678.0);
    assert_eq!(file.text("deforum_git_commit_id"), "<p>0badc0de</p><p>Mon Jan1 2024 10:00</p>");
    let show = table(&imported.show);
    assert_eq!(show["negative"].as_str().unwrap(), "text noise");
    let slots = show["bank"][0]["slots"].as_array().unwrap();
    assert_eq!(slots[0].as_str().unwrap(), "soft light, film grain");
    assert_eq!(slots[1].as_str().unwrap(), "soft light, film grain a \"quoted\" door \\ wall, 雨の庭 'q'");
    assert_eq!(show["params"]["dream.seed"].as_integer().unwrap(), 345_678);
    assert_eq!(said(&imported, "mystery_key").fate, Fate::Unsupported);
    assert_eq!(said(&imported, "use_init").fate, Fate::Unsupported);
    assert_eq!(said(&imported, "sd_model_hash").fate, Fate::Meaningless);
}

#[test]
fn every_encoding_reads_alike() {
    let text = fixture("../../../mappings/shows/flight.txt");
    let plain = read(&text).unwrap();
    for swap in [false, true] {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        let order = |unit: u16| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() };
        let bytes: Vec<u8> = units.flat_map(order).collect();
        assert_eq!(read_bytes(&bytes).unwrap().values, plain.values);
        assert_eq!(read(&String::from_utf8_lossy(&bytes)).unwrap().values, plain.values);
    }
    assert_eq!(read_bytes(text.replace('\n', "\r\n").as_bytes()).unwrap().values, plain.values);
}

#[test]
fn what_is_no_settings_file_is_refused_in_one_sentence() {
    let refused = |text: &str, word: &str| {
        let says = read(text).unwrap_err();
        assert!(says.contains(word) && !says.contains('\n'), "{says}");
    };
    refused(&fixture("ini.txt"), "INI");
    refused("", "empty");
    refused(" \n\u{feff}", "empty");
    refused("zoom: 1\nangle: 2\n", "YAML");
    refused("---\na: 1\n", "YAML");
    refused("<!DOCTYPE html><html>", "web page");
    refused("{\"a\": 1}", "none of its names");
    refused("{\"zo", "line 1");
    refused("{\n\"zoom\" 3}", "line 2");
    refused("hello there", "brace");
    let png = [0x89, b'P', b'N', b'G', 13, 10, 26, 10, 0, 0];
    assert!(read_bytes(&png).unwrap_err().contains("picture"));
    assert!(read(&"[{".repeat(9000)).is_err());
}

#[test]
fn prompts_come_in_every_form() {
    let texts = |text: &str| -> Vec<(String, String)> {
        read(text).unwrap().prompts.into_iter().map(|prompt| (prompt.frame, prompt.text)).collect()
    };
    let two = [("0".to_string(), "a".to_string()), ("9".to_string(), "b".to_string())];
    assert_eq!(texts(r#"{"prompts": {"9": "b", "0": "a"}}"#), two);
    assert_eq!(texts(r#"{"prompts": "{\"0\": \"a\", \"9\": \"b\"}"}"#), two);
    assert_eq!(texts(r#"{'animation_prompts': {'0': 'a', '9': 'x', '9': 'b'}, 'prompts': ['c']}"#), two);
    assert_eq!(texts(r#"{"prompts": "a"}"#), two[..1]);
    assert_eq!(texts(r#"{"prompts": ["a"]}"#), two[..1]);
    assert_eq!(texts(r#"{"prompts": null}"#), []);
    assert_eq!(texts("{\"prompts\": {\"0\": \"a\", \"9\": \"b\"}, \"zoom\": \"0:"), two);
}

#[test]
fn a_file_that_is_cut_off_loads_as_far_as_it_goes() {
    let file = read("{\n\"zoom\": \"0:(1.1)\",\n\"angle\": \"0:(2").unwrap();
    assert_eq!(file.values.len(), 1);
    assert!(file.remarks.iter().any(|says| says.contains("cut off") && says.contains("line 3")), "{:?}", file.remarks);
}

#[test]
fn no_truncation_and_no_mutation_panics() {
    for name in ALL {
        let bytes = std::fs::read(folder().join(name)).unwrap();
        // The large one has the same shape all along.
        let step = if bytes.len() > 20_000 { 997 } else { 10 };
        let news = [0, b'"', b'{', b']', b'\\', b',', 0xff, b'9'];
        for (n, at) in (0..bytes.len()).step_by(step).enumerate() {
            survive(&bytes[..at], name);
            let mut changed = bytes.clone();
            changed[at] = news[n % news.len()];
            survive(&changed, name);
        }
    }
}

fn survive(bytes: &[u8], name: &str) {
    match read_bytes(bytes) {
        Ok(file) => {
            let imported = import(&file, &options(name));
            assert!(imported.show.parse::<toml::Table>().is_ok(), "{}", imported.show);
            assert!(imported.report.len() > file.values.len());
        }
        Err(says) => assert!(!says.is_empty() && !says.contains('\n')),
    }
}

#[test]
fn frames_become_bars() {
    let (_, imported) = imported("webui_253.txt");
    let show = table(&imported.show);
    // 120 frames at 15 fps are 8 s, 16 beats, four bars.
    assert_eq!(show["schedule"]["frames_per_beat"].as_float().unwrap(), 7.5);
    assert_eq!(show["schedule"]["frames"].as_integer().unwrap(), 120);
    let params = show["params"].as_table().unwrap();
    assert!((params["motion.dolly"].as_float().unwrap() - 1.75 / 200.0 * 30.0 / 35f64.to_radians().tan()).abs() < 1e-5);
    assert!((params["dream.strength"].as_float().unwrap() - 0.35).abs() < 1e-6);
    assert_eq!(params["dream.rate"].as_float().unwrap(), 7.5);
    assert!(!params.contains_key("motion.zoom") && !params.contains_key("dream.guidance"));
    let file = read(&fixture("webui_253.txt")).unwrap();
    let bars = import(&file, &ImportOptions { bars: Some(8), ..options("x.txt") });
    assert_eq!(table(&bars.show)["schedule"]["frames_per_beat"].as_float().unwrap(), 3.75);
    let seconds = table(&import(&file, &ImportOptions { by_fps: true, ..options("x.txt") }).show);
    assert_eq!(seconds["schedule"]["fps"].as_float().unwrap(), 15.0);
    assert!(seconds["schedule"].get("frames_per_beat").is_none());
}

#[test]
fn a_pulse_in_an_expression_lies_on_the_beat() {
    let text = r#"{"W": 512, "H": 256, "animation_mode": "2D", "max_frames": 100, "fps": 30, "zoom": 1.5,
        "translation_x": "0:(256)", "translation_y": 128,
        "strength_schedule": "0:(0.25 * cos((72 / 60 * 3.141 * (t + 0) / 30))**13 + 0.7)"}"#;
    let show = table(&import(&read(text).unwrap(), &options("a.txt")).show);
    assert_eq!(show["schedule"]["frames_per_beat"].as_float().unwrap(), 25.0);
    assert_eq!(show["params"]["tempo.bpm"].as_float().unwrap(), 72.0);
    assert_eq!(show["schedule"]["dream.strength"]["then"].as_str().unwrap(), "1-v");
    // Far too fast for a hand, and so scheduled; limited, and said.
    assert_eq!(show["schedule"]["motion.zoom"].as_float().unwrap(), 16.0);
    assert_eq!(show["schedule"]["motion.x"].as_float().unwrap(), 16.0);
    assert_eq!(show["schedule"]["motion.y"].as_float().unwrap(), -16.0);
    let (_, studio) = imported("studio.txt");
    let show = table(&studio.show);
    assert_eq!(show["params"]["tempo.bpm"].as_float().unwrap(), 128.0);
    assert_eq!(show["schedule"]["frames_per_beat"].as_float().unwrap(), 15.0 * 60.0 / 128.0);
}

#[test]
fn the_camera_has_the_units_of_the_reference() {
    let text = r#"{"W": 1024, "H": 512, "animation_mode": "3D", "max_frames": 60, "fps": 30,
        "translation_x": 2, "translation_y": 2, "rotation_3d_x": 1, "fov_schedule": 90, "zoom": 3}"#;
    let imported = import(&read(text).unwrap(), &options("a.txt"));
    let show = table(&imported.show);
    let param = |name: &str| show["params"][name].as_float().unwrap();
    // 60 frames are one bar: 60 frames a bar.
    assert!((param("motion.x") + 0.6).abs() < 1e-5 && (param("motion.y") + 0.3).abs() < 1e-5, "{show}");
    assert_eq!(param("motion.tilt"), 60.0);
    assert!(said(&imported, "zoom").says.contains("not used in 3D"));
}

#[test]
fn zooms_to_nothing_are_left_out() {
    for zoom in ["0:(0)", "0:(1), 30:(-1)", "0:(cos(t))", "0: 0: (1)"] {
        let text = format!(r#"{{"animation_mode": "2D", "zoom": "{zoom}"}}"#);
        let imported = import(&read(&text).unwrap(), &options("a.txt"));
        assert_eq!(said(&imported, "zoom").fate, Fate::Unsupported, "{zoom}");
        assert!(!imported.show.contains("motion.zoom"));
    }
}

#[test]
fn many_prompts_fill_banks_and_interpolation_mixes() {
    let (_, many) = imported("audio_300.txt");
    let show = table(&many.show);
    assert_eq!(show["bank"].as_array().unwrap().len(), 2);
    let slots = show["schedule"]["prompt.slot"]["keys"].as_str().unwrap();
    assert!(slots.starts_with("0:(1), 50:(2)") && slots.ends_with("400:(1), 450:(2), 500:(3)"), "{slots}");
    assert!(show["schedule"]["prompt.bank"]["hold"].as_bool().unwrap());
    let (_, mixed) = imported("wrapped.json");
    let show = table(&mixed.show);
    assert_eq!(show["params"]["dream.source"].as_str().unwrap(), "walk");
    let weight = |n: u8| show["schedule"][&format!("prompt.weight.{n}")]["keys"].as_str().unwrap().to_string();
    assert_eq!(weight(1), "0:(1), 20:(0)");
    assert_eq!(weight(2), "0:(0), 20:(1), 40:(0)");
    assert_eq!(weight(3), "20:(0), 40:(1)");
    assert_eq!(said(&mixed, "shake_name").fate, Fate::Unsupported);
    assert_eq!(said(&mixed, "webhook").fate, Fate::Unsupported);
    assert_eq!(said(&mixed, "input.id").fate, Fate::Meaningless);
}

#[test]
fn guides_and_masks_are_local_pictures() {
    let text = r#"{"animation_mode": "2D", "use_looper": true, "use_mask": true,
        "mask_file": "https://example.org/m.png",
        "init_images": "{\"0\": \"ini.txt\", \"max_f/2\": \"gone.png\", \"max_f-2\": \"studio.txt\"}"}"#;
    let imported = import(&read(text).unwrap(), &options("a.txt"));
    let show = table(&imported.show);
    let guides = show["guide"].as_array().unwrap();
    assert_eq!(guides.len(), 2);
    assert_eq!((guides[1]["at"].as_str(), guides[1]["image"].as_str()), (Some("max_f-2"), Some("studio.txt")));
    assert_eq!(show["params"]["guide.pull"].as_float().unwrap(), 0.35);
    assert!(said(&imported, "init_images").says.contains("1 of 3"));
    assert!(said(&imported, "mask_file").says.contains("net"));
    assert!(show.get("mask").is_none());
}

#[test]
fn stills_have_slots_and_no_camera() {
    let text = r#"{"n_batch": 1, "bit_depth_output": 8, "scale": 7, "prompts": ["a", "b"], "seed": -1}"#;
    let imported = import(&read(text).unwrap(), &options("a.txt"));
    let show = table(&imported.show);
    assert_eq!(show["bank"][0]["slots"][1].as_str().unwrap(), "b");
    assert!(!imported.show.contains("motion.") && show["schedule"].get("prompt.slot").is_none());
    assert!(imported.show.contains("# \"dream.guidance\" = 7.0  # the file's is 7;"));
}

#[test]
fn what_is_off_is_no_loss_and_what_is_on_is_told() {
    let text = r#"{"animation_mode": "2D", "enable_perspective_flip": false, "tiling": true, "restore_faces": 0,
        "cn_1_enabled": true, "cn_1_model": "x", "cn_2_model": "x", "parseq_manifest": "{}", "hybrid_motion": "None",
        "perlin_octaves": 4, "depth": 3, "r_upscale_new": 1}"#;
    let imported = import(&read(text).unwrap(), &options("a.txt"));
    let fate = |key: &str| said(&imported, key).fate;
    for key in ["tiling", "cn_1_model", "parseq_manifest", "depth"] {
        assert_eq!(fate(key), Fate::Unsupported, "{key}");
    }
    for key in
        ["enable_perspective_flip", "restore_faces", "cn_2_model", "hybrid_motion", "perlin_octaves", "r_upscale_new"]
    {
        assert_eq!(fate(key), Fate::Meaningless, "{key}");
    }
}

#[test]
fn schedules_are_listed_in_the_web_uis_order() {
    let file = read(&fixture("webui_253.txt")).unwrap();
    let schedules = upstream_schedules(&file);
    assert_eq!(schedules.first().unwrap().0, "angle");
    assert!(schedules.contains(&("sampler_schedule", "0: (\"Euler a\")".into(), ScheduleKind::Text)));
    assert!(schedules.iter().any(|(key, text, kind)| {
        *key == "cn_5_guidance_end" && text == "0:(1.0)" && *kind == ScheduleKind::Number
    }));
}
