//! From the text of a settings file to its values: out of its wrapping, by the names of today, schedules as texts, the
//! prompts in one list. The result goes to the importer.

use serde_json::Value;

use super::keys::{self, Kind};
use super::settings::{Prompt, Setting, SettingsFile, Shape};
use super::tolerant::{self, Json};
use super::{old, refuse};

/// How deep settings can be wrapped: `{"input": {"settings": {…}}}` and one more.
const WRAPPED: usize = 4;

/// Reads the text of a settings file of any Deforum.
///
/// # Errors
/// With one sentence, when it is something else, or broken so that nothing can be read of it.
pub fn read(text: &str) -> Result<SettingsFile, String> {
    let text = refuse::unwrapped(text);
    if let Some(reason) = refuse::reason(&text) {
        return Err(reason);
    }
    let parsed = tolerant::parse(&text)?;
    let mut remarks: Vec<String> = parsed.mended.iter().map(|what| format!("{what}.")).collect();
    let mut aside = Vec::new();
    let found = unwrap(parsed.json, "", WRAPPED, &mut aside);
    let Some(entries) = found else {
        return Err(match parsed.cut_off {
            Some(line) => {
                format!("this file is cut off: it ends in line {line} before any setting is complete; copy it again")
            }
            None => {
                "this is JSON, but none of its names is a Deforum setting; look whether it is the right file".into()
            }
        });
    };
    if let Some(line) = parsed.cut_off {
        let says = "the file is cut off: it ends in line";
        remarks.push(format!("{says} {line}; what is complete before was read, copy the file again for the rest."));
    }
    let shape = shape(&entries);
    let prompts = prompts(&entries);
    let own = entries.into_iter().chain(aside).map(|(original, json)| setting(original, json));
    let mut values: Vec<Setting> = own.collect();
    old::values(&mut values);
    Ok(SettingsFile { shape, values, prompts, remarks })
}

/// Reads a settings file's bytes, whatever their encoding.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(bytes: &[u8]) -> Result<SettingsFile, String> {
    read(&refuse::text(bytes))
}

type Entries = Vec<(String, Json)>;

fn has_settings(entries: &Entries) -> bool {
    entries.iter().any(|(key, _)| keys::is_known(key))
}

/// The settings in `json`, out of whatever wraps them. What lies beside them goes `aside`, with its path as its name.
fn unwrap(json: Json, path: &str, deep: usize, aside: &mut Entries) -> Option<Entries> {
    let entries = match json {
        Json::Object(entries) => entries,
        Json::List(items) => items.into_iter().map(|item| (String::from("list"), item)).collect(),
        // Settings as text inside of settings.
        Json::Plain(Value::String(text)) if text.trim_start().starts_with('{') => {
            return unwrap(tolerant::parse(&text).ok()?.json, path, deep.checked_sub(1)?, aside);
        }
        Json::Plain(_) => return None,
    };
    if has_settings(&entries) {
        return Some(entries);
    }
    let deep = deep.checked_sub(1)?;
    let mut found = None;
    for (key, json) in entries {
        let name = if path.is_empty() { key } else { format!("{path}.{key}") };
        let inside = if found.is_none() { unwrap(json.clone(), &name, deep, aside) } else { None };
        match inside {
            Some(inside) => found = Some(inside),
            None => aside.push((name, json)),
        }
    }
    found
}

fn shape(entries: &Entries) -> Shape {
    let has = |name: &str| entries.iter().any(|(key, _)| key == name);
    let begins = |prefix: &str| entries.iter().any(|(key, _)| key.starts_with(prefix));
    if begins("wan_") || begins("shake_") || has("keyframe_distribution") {
        Shape::Forge
    } else if has("sampler_name") || has("schedule_events") || (has("width") && begins("cn_1_")) {
        Shape::Studio
    } else if has("bit_depth_output") || has("n_batch") && has("scale") && !has("enable_hr") {
        Shape::V07
    } else if begins("cn_1_") || has("legacy_colormatch") || has("animation_prompts_positive") {
        Shape::Webui
    } else if has("flip_2d_perspective") || has("enable_hr") || begins("controlnet_") || has("skip_video_for_run_all") {
        Shape::EarlyWebui
    } else if has("fps") && has("W") && has("seed_schedule") {
        Shape::Webui
    } else {
        Shape::Partial
    }
}

/// One value by its name of today, in the kind its key has.
fn setting(original: String, json: Json) -> Setting {
    let key = keys::canonical(&original).into_owned();
    let kind = keys::find(&key).map(|key| key.kind);
    let value = match kind {
        Some(Kind::Schedule) => schedule(json, ""),
        Some(Kind::TextSchedule) => schedule(json, "\""),
        _ => json.value(),
    };
    Setting { key, original, value }
}

/// A schedule as text: a bare value holds from frame 0 on, an object has frames as keys. Texts are in `quotes`.
fn schedule(json: Json, quotes: &str) -> Value {
    let bare = |value: &Value| match value {
        Value::String(text) => text.trim().to_string(),
        Value::Bool(on) => u8::from(*on).to_string(),
        value => value.to_string(),
    };
    let entry = |frame: &str, value: &Value| format!("{frame}:({quotes}{}{quotes})", bare(value));
    let text = match json {
        Json::Plain(Value::Null) => return Value::Null,
        Json::Plain(Value::String(text)) if text.trim().is_empty() || has_frames(&text) => return text.into(),
        Json::Plain(value) => entry("0", &value),
        Json::List(items) => {
            let entries = items.into_iter().enumerate().map(|(frame, item)| entry(&frame.to_string(), &item.value()));
            entries.collect::<Vec<_>>().join(", ")
        }
        Json::Object(entries) => {
            let entries = entries.into_iter().map(|(frame, item)| entry(&frame, &item.value()));
            entries.collect::<Vec<_>>().join(", ")
        }
    };
    text.into()
}

/// Whether a text is a schedule and not only one value.
fn has_frames(text: &str) -> bool {
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ':' if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

/// The texts of the animation: `animation_prompts` before `prompts`, which may be a list for stills beside it.
fn prompts(entries: &Entries) -> Vec<Prompt> {
    let last = |name: &str| entries.iter().rev().find(|(key, _)| key == name).map(|(_, json)| json);
    let found = ["animation_prompts", "prompts"].iter().filter_map(|name| last(name)).map(listed);
    let mut prompts = found.into_iter().find(|prompts| !prompts.is_empty()).unwrap_or_default();
    // A frame that comes twice counts as it comes last.
    let frames: Vec<String> = prompts.iter().map(|prompt| prompt.frame.clone()).collect();
    let mut at = 0;
    prompts.retain(|prompt| {
        at += 1;
        !frames.iter().skip(at).any(|later| *later == prompt.frame)
    });
    let frame = |prompt: &Prompt| prompt.frame.parse::<f64>().ok();
    if prompts.iter().all(|prompt| frame(prompt).is_some()) {
        prompts.sort_by(|a, b| frame(a).unwrap_or(0.0).total_cmp(&frame(b).unwrap_or(0.0)));
    }
    prompts
}

/// Prompts from an object, a list, or a text that is one or is an object itself.
fn listed(json: &Json) -> Vec<Prompt> {
    let prompt = |frame: &str, text: &Value| {
        let frame = frame.trim().trim_matches(['"', '\'', '(']).trim();
        Prompt { frame: frame.to_string(), text: one_line(text.as_str().unwrap_or_default()) }
    };
    match json {
        Json::Object(entries) => entries.iter().map(|(frame, text)| prompt(frame, &text.clone().value())).collect(),
        Json::List(items) => {
            let texts = items.iter().map(|item| item.clone().value()).filter(|text| text.is_string());
            texts.enumerate().map(|(frame, text)| prompt(&frame.to_string(), &text)).collect()
        }
        Json::Plain(Value::String(text)) => match tolerant::parse(text) {
            Ok(inside) if !matches!(inside.json, Json::Plain(_)) => listed(&inside.json),
            _ if text.trim().is_empty() => Vec::new(),
            _ => vec![Prompt { frame: "0".into(), text: one_line(text) }],
        },
        Json::Plain(_) => Vec::new(),
    }
}

/// Frames and texts of an object that is written inside of a text, as `init_images` is; nothing when it is none.
pub(super) fn frames_and_texts(text: &str) -> Vec<(String, String)> {
    match tolerant::parse(text) {
        Ok(parsed) => listed(&parsed.json).into_iter().map(|prompt| (prompt.frame, prompt.text)).collect(),
        Err(_) => Vec::new(),
    }
}

/// A text without line breaks, control characters and needless blanks.
pub(super) fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
