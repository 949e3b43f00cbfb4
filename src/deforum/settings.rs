//! A settings file once it is read: its values by the names they have today, with the defaults of those it lacks. The
//! importer turns it into a show; a command prints its schedules.

use std::borrow::Cow;

use serde_json::Value;

use super::keys::{self, Kind};

/// Which Deforum wrote a file, judged by its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The web UI extension of 2023 and later.
    Webui,
    /// The same extension in its first months.
    EarlyWebui,
    /// The notebook of 2022 and programs around it, Helix among them.
    V07,
    /// Deforum Studio.
    Studio,
    /// The Forge fork.
    Forge,
    /// Too few keys to tell.
    Partial,
}

impl Shape {
    /// Whether a key that is missing has its default there. The oldest did not have most keys at all.
    pub(super) fn fills_in(self) -> bool {
        !matches!(self, Shape::V07 | Shape::EarlyWebui)
    }

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Shape::Webui => "Deforum's web UI",
            Shape::EarlyWebui => "an early Deforum web UI",
            Shape::V07 => "Deforum 0.7 or Helix",
            Shape::Studio => "Deforum Studio",
            Shape::Forge => "the Forge Deforum",
            Shape::Partial => "an unknown Deforum",
        }
    }
}

/// One value of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The name it has today.
    pub key: String,
    /// The name it has in the file.
    pub original: String,
    /// Schedules are texts here, whatever they are in the file.
    pub value: Value,
}

/// A text to dream, from a frame on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The frame, a number or an expression, as the file has it.
    pub frame: String,
    /// The text, on one line.
    pub text: String,
}

/// A settings file.
#[derive(Clone, Debug)]
pub struct SettingsFile {
    /// Which Deforum wrote it.
    pub shape: Shape,
    /// Every value, in the order of the file.
    pub values: Vec<Setting>,
    /// Texts of the animation by frame.
    pub prompts: Vec<Prompt>,
    /// What had to be mended, in sentences for people.
    pub remarks: Vec<String>,
}

impl SettingsFile {
    /// The setting that counts for `key`: the one with today's name, otherwise the last that had it.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<&Setting> {
        let mut named = self.values.iter().filter(|setting| setting.key == key && !setting.value.is_null());
        let today = self.values.iter().rev().find(|setting| setting.original == key && !setting.value.is_null());
        today.or_else(|| named.next_back())
    }

    /// Whether the file has a value for `key`.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.setting(key).is_some()
    }

    /// A value as text; its default when the file has none, nothing for unknown keys.
    #[must_use]
    pub fn text(&self, key: &str) -> Cow<'_, str> {
        match self.setting(key).map(|setting| &setting.value) {
            Some(Value::String(text)) => Cow::Borrowed(text),
            Some(value) => Cow::Owned(value.to_string()),
            None => Cow::Borrowed(keys::find(key).map_or("", |key| key.default)),
        }
    }

    /// A value as a number, also where the file has it as text or as true and false; its default when it is none.
    #[must_use]
    pub fn number(&self, key: &str) -> f64 {
        let own = self.setting(key).and_then(|setting| as_number(&setting.value));
        own.or_else(|| keys::find(key)?.default.parse().ok()).unwrap_or(0.0)
    }

    /// A value as a switch, also where the file has it as a number or as text.
    #[must_use]
    pub fn flag(&self, key: &str) -> bool {
        let own = self.setting(key).and_then(|setting| as_flag(&setting.value));
        own.unwrap_or_else(|| keys::find(key).is_some_and(|key| key.default == "true"))
    }

    /// A schedule; its default when the file has none.
    #[must_use]
    pub fn schedule(&self, key: &str) -> &str {
        let own = self.setting(key).and_then(|setting| setting.value.as_str()).filter(|text| !text.trim().is_empty());
        own.unwrap_or_else(|| keys::find(key).map_or("", |key| key.default))
    }

    /// Whether a choice is something else than None, Off, false or nothing.
    pub(super) fn chosen(&self, key: &str) -> bool {
        let text = self.text(key);
        !["", "none", "off", "false", "0"].contains(&text.trim().to_ascii_lowercase().as_str())
    }
}

/// A number, from whatever the file has in its place.
pub(super) fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::Bool(on) => Some(f64::from(u8::from(*on))),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

fn as_flag(value: &Value) -> Option<bool> {
    match value {
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" => Some(true),
            "false" | "off" | "no" | "none" | "" => Some(false),
            _ => as_number(value).map(|number| number != 0.0),
        },
        _ => as_number(value).map(|number| number != 0.0),
    }
}

/// Whether a schedule's values are numbers or texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleKind {
    /// Numbers or expressions.
    Number,
    /// Texts.
    Text,
}

/// Every schedule of the file in its own Deforum unit, in the web UI's order.
#[must_use]
pub fn upstream_schedules(file: &SettingsFile) -> Vec<(&'static str, String, ScheduleKind)> {
    let kind = |kind| match kind {
        Kind::Schedule => Some(ScheduleKind::Number),
        Kind::TextSchedule => Some(ScheduleKind::Text),
        _ => None,
    };
    let own = keys::all().filter(|key| file.has(key.name));
    own.filter_map(|key| Some((key.name, file.schedule(key.name).to_string(), kind(key.kind)?))).collect()
}
