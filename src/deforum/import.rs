//! From a settings file to a show and a report: lets its parts fill in a draft, and says what became of every key.

use serde_json::Value;

use super::draft::{Draft, ImportOptions};
use super::keys::{self, Fate, Kind};
use super::report::ReportLine;
use super::settings::{Setting, SettingsFile};
use super::show::{number, pair, quoted};
use super::{guides, params, prompts};

/// Most letters of a value in the report.
const SHORT: usize = 32;

/// What came of a file.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The show, as the text of a TOML file.
    pub show: String,
    /// A line for every key of the file, and before them some for all of it.
    pub report: Vec<ReportLine>,
}

/// Makes a show of `file`.
#[must_use]
pub fn import(file: &SettingsFile, how: &ImportOptions) -> Imported {
    let mut draft = Draft::new(file, how);
    head(&mut draft);
    params::fill(&mut draft);
    time(&mut draft);
    prompts::fill(&mut draft);
    guides::fill(&mut draft);
    let whole = |says: &String| ReportLine {
        key: "(file)".into(),
        value_short: String::new(),
        fate: Fate::Translated,
        says: says.clone(),
    };
    let made_by = format!("written by {}; {}", file.shape.name(), draft.beats.says);
    let mut report: Vec<ReportLine> = std::iter::once(&made_by).chain(&file.remarks).map(whole).collect();
    report.extend(file.values.iter().map(|setting| line(&draft, setting)));
    Imported { show: draft.sheet.text(), report }
}

fn head(draft: &mut Draft<'_>) {
    let how = draft.how;
    let says = &draft.beats.says;
    draft.sheet.head = vec![
        format!("Made from {} by `halation import deforum`; edit it as you like.", how.name),
        format!("{}{}.", says.get(..1).unwrap_or_default().to_uppercase(), says.get(1..).unwrap_or_default()),
        format!("Rates are given a bar: a bar is {} of its frames.", number(draft.beats.per_bar())),
    ];
    draft.sheet.head.extend(draft.file.remarks.iter().cloned());
    let negative = prompts::negative(draft);
    draft.sheet.top = vec![
        pair("name", &quoted(&how.name), ""),
        pair("model", &quoted(&how.model), "the folder of the network that dreams"),
        pair("negative", &quoted(&negative), "what no image shall show, while dream.guidance is above 1"),
    ];
}

/// Seeds of the web UI.
const SEEDS: f64 = 4_294_967_296.0;

/// How the schedules lie in time, before all of them.
fn time(draft: &mut Draft<'_>) {
    let beats = &draft.beats;
    let mut lines = vec![if draft.how.by_fps {
        pair("fps", &number(beats.fps), "frames of the file a second")
    } else {
        pair("frames_per_beat", &precise(beats.per_beat), "frames of the file that last one beat")
    }];
    if !draft.how.by_fps {
        lines.push(pair("fps", &number(beats.fps), "what `sec` and `fps` in its expressions go by"));
    }
    lines.push(pair("frames", &format!("{:.0}", beats.frames), "they repeat after so many"));
    let seed = draft.file.number("seed");
    if seed >= 0.0 {
        lines.push(pair("seed", &format!("{:.0}", seed.rem_euclid(SEEDS)), "what `s` is in an expression"));
    }
    draft.sheet.schedule.splice(0..0, lines);
}

/// With all digits, so that a pulse stays on the beat for hours.
fn precise(value: f64) -> String {
    let text = value.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}

/// What became of one setting.
fn line(draft: &Draft<'_>, setting: &Setting) -> ReportLine {
    let (fate, says) = fate(draft, setting);
    ReportLine { key: setting.original.clone(), value_short: short(&setting.value), fate, says }
}

fn fate(draft: &Draft<'_>, setting: &Setting) -> (Fate, String) {
    let key = setting.key.as_str();
    let Some(row) = keys::find(key) else {
        return match keys::by_prefix(key) {
            Some((fate, why)) => (fate, why.to_string()),
            None if key.contains('.') => (Fate::Meaningless, "it lies beside the settings, not among them".into()),
            None => (Fate::Unsupported, "no Deforum that is known here has such a key; nothing is done with it".into()),
        };
    };
    if setting.value.is_null() {
        let default = if row.default.is_empty() { "nothing" } else { row.default };
        return (Fate::Meaningless, format!("it has no value in the file, so the usual one counts: {default}"));
    }
    if let Some(other) = twin(draft, setting) {
        return (Fate::Meaningless, format!("the file has {other} too, and that is what counts"));
    }
    if let Some(why) = draft.idle(row.when) {
        return (Fate::Meaningless, why);
    }
    if let Some((_, fate, says)) = draft.said.iter().rev().find(|(said, ..)| *said == row.name) {
        return (*fate, says.clone());
    }
    let switch = row.fate == Fate::Unsupported || key.starts_with("enable_") || key == "use_looper";
    if switch && is_off(draft.file, row.kind, key) {
        return (Fate::Meaningless, "off in the file, so nothing is lost".into());
    }
    if row.fate == Fate::Unsupported && row.kind != Kind::Bool && is_usual(draft.file, key) {
        return (Fate::Meaningless, "left at its usual value by the file".into());
    }
    (row.fate, row.why.to_string())
}

/// Another entry of the file that counts instead of this one.
fn twin<'a>(draft: &'a Draft<'_>, setting: &Setting) -> Option<&'a str> {
    let texts = |name: &str| draft.file.values.iter().find(|other| other.original == name && !other.value.is_null());
    if setting.key == "prompts" {
        let other = texts("animation_prompts")?;
        return (setting.original != other.original).then_some(other.original.as_str());
    }
    let counts = draft.file.setting(&setting.key)?;
    (!std::ptr::eq(counts, setting)).then_some(counts.original.as_str())
}

fn is_off(file: &SettingsFile, kind: Kind, key: &str) -> bool {
    match kind {
        Kind::Bool => !file.flag(key),
        Kind::Choice(_) | Kind::Text | Kind::Object => !file.chosen(key),
        Kind::Int | Kind::Float => file.number(key) == 0.0,
        Kind::Schedule | Kind::TextSchedule => false,
    }
}

/// Whether a value is the one that every file has.
fn is_usual(file: &SettingsFile, key: &str) -> bool {
    let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    keys::find(key).is_some_and(|row| plain(row.default) == plain(&file.text(key)))
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= SHORT { clean } else { clean.chars().take(SHORT - 1).chain(['…']).collect() }
}
