//! Wrong inputs, one by one: one sentence on standard error, exit code 2, no panic.

use std::fs;
use std::net::UdpSocket;
use std::path::Path;

use halation::audio::club::wav;

use crate::support::{root, run, run_well, scratch};

/// Runs with `args` and expects one sentence that holds every one of `words`.
fn refuses(args: &[&str], words: &[&str]) {
    let out = run(args);
    let said = String::from_utf8_lossy(&out.stderr).to_string();
    assert_eq!(out.status.code(), Some(2), "{args:?} said: {said}");
    assert!(!said.contains("panicked"), "{said}");
    let last: Vec<&str> = said.lines().filter(|l| l.starts_with("halation:") || l.starts_with("error:")).collect();
    assert_eq!(last.len(), 1, "one sentence expected: {said}");
    for word in words {
        assert!(last[0].contains(word), "{args:?}: {:?} does not say {word:?}", last[0]);
    }
}

fn copy_model(to: &Path) {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let target = to.join(path.file_name().unwrap());
            if path.is_dir() { copy(&path, &target) } else { assert!(fs::copy(&path, &target).is_ok()) }
        }
    }
    copy(&root().join("models/spark"), to);
}

fn dream<'a>(model: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["dream", "--model", model, "--prompt", "gold rings", "--out", "unused.png"], more].concat()
}

#[test]
fn no_model_folder() {
    refuses(&dream("no/such/folder", &[]), &["no/such/folder"]);
    refuses(
        &["play", "--headless", "--osc", "off", "--audio", "none", "--model", "no/such/folder", "--duration", "1"],
        &["no/such/folder"],
    );
}

#[test]
fn no_stick() {
    refuses(&["prolink", "tracks", "no/such/stick"], &["no/such/stick", "PIONEER"]);
}

#[test]
fn truncated_weights() {
    let folder = scratch("truncated").join("m");
    copy_model(&folder);
    let weights = folder.join("unet/diffusion_pytorch_model.safetensors");
    let bytes = fs::read(&weights).unwrap();
    fs::write(&weights, &bytes[..bytes.len() / 2]).unwrap();
    refuses(&dream(folder.to_str().unwrap(), &[]), &["diffusion_pytorch_model.safetensors"]);
}

#[test]
fn wrong_tensor_shape() {
    let folder = scratch("shape").join("m");
    copy_model(&folder);
    let config = folder.join("text_encoder/config.json");
    let text = fs::read_to_string(&config).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["intermediate_size"] = 256.into();
    fs::write(&config, json.to_string()).unwrap();
    refuses(&dream(folder.to_str().unwrap(), &[]), &["fc1", "512", "256"]);
}

#[test]
fn scheduler_it_cannot_honour() {
    let folder = scratch("scheduler").join("m");
    copy_model(&folder);
    let config = folder.join("scheduler/scheduler_config.json");
    let mut json: serde_json::Value = serde_json::from_str(&fs::read_to_string(&config).unwrap()).unwrap();
    json["_class_name"] = "KarrasVeScheduler".into();
    fs::write(&config, json.to_string()).unwrap();
    refuses(&dream(folder.to_str().unwrap(), &[]), &["KarrasVeScheduler"]);
}

#[test]
fn unknown_parameter_in_a_mapping() {
    let file = scratch("mapping").join("mine.toml");
    let good = fs::read_to_string(root().join("mappings/controllers/generic.toml")).unwrap();
    fs::write(&file, good.replacen("dream.strength", "dream.strenght", 1)).unwrap();
    let name = file.to_str().unwrap();
    refuses(
        &["play", "--headless", "--osc", "off", "--audio", "none", "--mapping", name, "--duration", "1"],
        &["mine.toml:", "dream.strenght", "dream.strength"],
    );
}

#[test]
fn busy_osc_port() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    refuses(&["play", "--headless", "--audio", "none", "--osc", &address, "--duration", "1"], &[&address]);
}

#[test]
fn size_no_multiple_of_eight() {
    refuses(&dream("models/spark", &["--size", "130x128"]), &["130", "8"]);
}

#[test]
fn unreadable_audio() {
    let file = scratch("audio").join("noise.wav");
    fs::write(&file, b"RIFF this is no wave file").unwrap();
    let choice = format!("file:{}", file.display());
    let play = ["play", "--headless", "--osc", "off", "--duration", "1", "--audio"];
    refuses(&[&play[..], &[choice.as_str()]].concat(), &["noise.wav"]);
    refuses(&[&play[..], &["file:no/such.wav"]].concat(), &["no/such.wav"]);
    refuses(&[&play[..], &["synth:polka"]].concat(), &["polka", "house126"]);
}

/// What is wrong with a file that is played all the same is said, once.
#[test]
fn flawed_audio_is_heard_and_said() {
    let folder = scratch("flawed");
    let heard = |bytes: &[u8], more: &[&str]| {
        let file = folder.join("take.wav");
        fs::write(&file, bytes).unwrap();
        let out = run_well(&[&["listen", file.to_str().unwrap()], more].concat());
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(said.matches("take.wav` ").count(), 1, "{said}");
        said
    };
    let second = vec![0.25f32; 44_100];
    let whole = wav(&second.repeat(3), 44_100);
    let cut = heard(&whole[..44 + 88_200], &[]);
    assert!(cut.contains("is cut short: 1.0 s instead of 3.0 s; export or record it again"), "{cut}");
    let beyond = heard(&whole, &["--audio-channels", "3,4"]);
    assert!(beyond.contains("has 1 channel; its last is heard; --audio-channels says which"), "{beyond}");
    // 32-bit float: the format's number is 3.
    let mut float = wav(&[], 44_100);
    (float[20], float[34]) = (3, 32);
    float[28..32].copy_from_slice(&176_400u32.to_le_bytes());
    float[32] = 4;
    float[40..44].copy_from_slice(&176_400u32.to_le_bytes());
    float.extend(second.iter().enumerate().flat_map(|(k, x)| if k < 100 { f32::NAN } else { *x }.to_le_bytes()));
    let odd = heard(&float, &[]);
    assert!(odd.contains("has 100 samples that are no finite numbers"), "{odd}");
}

#[test]
fn show_with_mistakes() {
    let file = scratch("show").join("mine.toml");
    let good = fs::read_to_string(root().join("mappings/shows/first-light.toml")).unwrap();
    fs::write(&file, good.replacen("\"dream.steps\"", "\"dream.stpes\"", 1)).unwrap();
    refuses(&["check", file.to_str().unwrap()], &["mine.toml:", "dream.stpes", "dream.steps"]);
    refuses(&["check", "no/such/show.toml"], &["no/such/show.toml"]);
    let mapping = fs::read_to_string(root().join("mappings/controllers/generic.toml")).unwrap();
    fs::write(&file, mapping.replacen("\"dream.strength\"", "\"dream.strenght\"", 1)).unwrap();
    refuses(&["check", file.to_str().unwrap()], &["mine.toml:", "dream.strenght", "dream.strength"]);
    run_well(&["check", "mappings/controllers/akai-midimix.toml"]);
}

/// Arguments of a run that would only last a moment.
fn play<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["play", "--headless", "--osc", "off", "--prolink", "off", "--link", "off", "--duration", "1"], more].concat()
}

#[test]
fn no_file_takes_anothers_place() {
    let folder = scratch("places");
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (show, link, twin) = (at("mine.toml"), at("link.json"), at("twin.json"));
    fs::copy(root().join("mappings/shows/first-light.toml"), &show).unwrap();
    let before = fs::read(&show).unwrap();
    fs::hard_link(&show, &twin).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&show, &link).unwrap();
    let detour = format!("{}/../places/mine.toml", folder.display());
    for report in [&show, &link, &twin, &detour] {
        refuses(&play(&["--audio", "none", &show, "--report", report]), &[report, "both the show and the report"]);
        refuses(&play(&["--audio", "none", &show, "--trace", report]), &["both the show and the trace"]);
    }
    let mapping = "mappings/controllers/generic.toml";
    refuses(
        &play(&["--audio", "none", "--mapping", mapping, "--report", mapping]),
        &["both the mapping and the report"],
    );
    refuses(&play(&["--audio", "none", "--report", "models/spark/model_index.json"]), &["the model", "overwrite"]);
    let sound = "tests/fixtures/sounds/wav_riff_8_short.wav";
    refuses(&play(&["--audio", &format!("file:{sound}"), "--trace", sound]), &["both the sound and the trace"]);
    let (one, captures) = (at("one.json"), at("frames"));
    refuses(&play(&["--audio", "none", "--report", &one, "--trace", &one]), &["both the report and the trace"]);
    let other = folder.join("another-show.toml");
    std::fs::copy(&show, &other).unwrap();
    let other = other.to_str().unwrap();
    refuses(&play(&["--audio", "none", "--report", other]), &[other, "a show or mapping"]);
    refuses(
        &play(&["--audio", "none", "--capture", &captures, "--contact-sheet", &at("page.gif")]),
        &["page.gif is neither .png nor .jpg"],
    );
    refuses(&play(&["--audio", "none", "--report", folder.to_str().unwrap()]), &["a folder"]);
    assert_eq!(fs::read(&show).unwrap(), before);
}

#[test]
#[cfg(unix)]
fn pipes_are_refused_and_not_waited_for() {
    let pipe = scratch("pipes").join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap();
    for option in ["--report", "--trace", "--replay"] {
        refuses(&play(&["--audio", "none", option, pipe]), &[pipe, "a pipe or a device"]);
    }
    refuses(&play(&["--audio", &format!("file:{pipe}")]), &[pipe, "a pipe or a device"]);
    refuses(&dream("models/spark", &["--init", pipe]), &[pipe, "a pipe or a device"]);
    refuses(&["check", pipe], &[pipe, "no text file"]);
    refuses(&play(&["--audio", "none", "--mapping", pipe]), &[pipe, "no text file"]);
    // A terminal, or another program's input, is what it is named for.
    let out = run_well(&play(&[
        "--stepped",
        "--size",
        "64x64",
        "--audio",
        "none",
        "--report",
        "/dev/stdout",
        "--trace",
        "/dev/null",
    ]));
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).expect("the report on standard output");
    assert!(report["frames"]["presented"].as_u64().unwrap() > 0);
}

#[test]
fn words_without_effect_are_said() {
    let file = scratch("words").join("mine.toml");
    let good = fs::read_to_string(root().join("mappings/shows/first-light.toml")).unwrap();
    let long = "gold rings, ".repeat(16) + "neon pink jellyfish";
    let text = good.replacen("\"cyan tunnel\"", &format!("\"{long}\""), 1).replacen(
        "\"rushing cyan tunnel, bright\"",
        "\"a giraffe\"",
        1,
    );
    assert!(text != good);
    fs::write(&file, text).unwrap();
    let out = run_well(&["check", file.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&out.stdout).to_string();
    assert!(said.contains("neon pink jellyfish\" is cut off") && said.contains("slot"), "{said}");
    assert!(said.contains("\"a giraffe\": this model knows no word of it"), "{said}");
    let out = run_well(&["check", "mappings/shows/first-light.toml"]);
    assert_eq!(String::from_utf8_lossy(&out.stdout).lines().count(), 1, "nothing to say of the shipped show");
}
