//! A show in the making: the file it comes from, its mode and beats, the sheet that is filled, and what was said of
//! which key. The importer's parts all write into it.

use std::path::PathBuf;

use super::beats::{self, Beats};
use super::frames;
use super::keys::{Fate, When};
use super::settings::{SettingsFile, Shape};
use super::show::{Sheet, number, pair, quoted};

/// How a file is imported.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Name of the show: the file's, without its ending.
    pub name: String,
    /// Bars that its frames are fitted to.
    pub bars: Option<u32>,
    /// Frames go by seconds instead of beats.
    pub by_fps: bool,
    /// The show's model, a folder.
    pub model: String,
    /// Where the file lies, for the pictures it names.
    pub folder: PathBuf,
}

/// How a file moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Flat,
    Deep,
    Interpolation,
    VideoInput,
    Stills,
}

impl Mode {
    /// Whether a camera moves the last image.
    pub(super) fn moves(self) -> bool {
        matches!(self, Mode::Flat | Mode::Deep)
    }

    fn name(self) -> &'static str {
        match self {
            Mode::Flat => "2D",
            Mode::Deep => "3D",
            Mode::Interpolation => "Interpolation",
            Mode::VideoInput => "Video Input",
            Mode::Stills => "None (stills)",
        }
    }
}

/// From a file's value to a parameter's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Then {
    /// The same.
    Same,
    /// Times this.
    Times(f64),
    /// 1 - v.
    Rest,
    /// Octaves, times this.
    Octaves(f64),
    /// What is left of a division by this.
    Modulo(f64),
}

impl Then {
    fn of(self, v: f64) -> f64 {
        match self {
            Then::Same => v,
            Then::Times(by) => v * by,
            Then::Rest => 1.0 - v,
            Then::Octaves(by) => v.log2() * by,
            Then::Modulo(by) => v.rem_euclid(by),
        }
    }

    fn text(self) -> Option<String> {
        match self {
            Then::Same => None,
            Then::Times(by) if by < 0.0 => Some(format!("v*({})", number(by))),
            Then::Times(by) => Some(format!("v*{}", number(by))),
            Then::Rest => Some("1-v".to_string()),
            Then::Octaves(by) => Some(format!("log(v)/log(2)*{}", number(by))),
            Then::Modulo(by) => Some(format!("v%{by}")),
        }
    }
}

/// A parameter that a schedule can play.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) name: &'static str,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Whether it has whole numbers, which hold until the next.
    pub(super) whole: bool,
    /// Its comment in the show.
    pub(super) says: &'static str,
}

/// A parameter with any number from `low` to `high`.
pub(super) const fn float(name: &'static str, low: f64, high: f64, says: &'static str) -> Target {
    Target { name, low, high, whole: false, says }
}

/// What is made of one file.
pub(super) struct Draft<'a> {
    pub(super) file: &'a SettingsFile,
    pub(super) how: &'a ImportOptions,
    pub(super) mode: Mode,
    pub(super) beats: Beats,
    pub(super) sheet: Sheet,
    /// What was said of a key, instead of what its row says.
    pub(super) said: Vec<(&'a str, Fate, String)>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(file: &'a SettingsFile, how: &'a ImportOptions) -> Self {
        let mode = match file.text("animation_mode").trim().to_ascii_lowercase().as_str() {
            "2d" => Mode::Flat,
            "interpolation" => Mode::Interpolation,
            "video input" => Mode::VideoInput,
            "none" => Mode::Stills,
            // The notebook's files for stills do not speak of animation at all.
            _ if !file.has("animation_mode") && file.shape == Shape::V07 => Mode::Stills,
            _ => Mode::Deep,
        };
        let beats = beats::of(file, how.bars, how.by_fps);
        Draft { file, how, mode, beats, sheet: Sheet::default(), said: Vec::new() }
    }

    /// Says of `key` what became of it.
    pub(super) fn say(&mut self, key: &'a str, fate: Fate, says: impl Into<String>) {
        self.said.push((key, fate, says.into()));
    }

    /// Whether `key` counts here: the file has it, or its Deforum would have filled it in.
    pub(super) fn counts(&self, key: &str) -> bool {
        self.file.has(key) || self.file.shape.fills_in()
    }

    /// A line of [params].
    pub(super) fn param(&mut self, name: &str, value: &str, says: impl Into<String>) {
        self.sheet.params.push(pair(&quoted(name), value, says));
    }

    /// A line of [params] that is only proposed.
    pub(super) fn param_comment(&mut self, name: &str, value: &str, says: impl Into<String>) {
        self.sheet.params.push(pair(&format!("# {}", quoted(name)), value, says));
    }

    /// Lets the schedule of `key` play a parameter: as a constant where it is one number.
    pub(super) fn play(&mut self, key: &'static str, target: Target, then: Then) {
        if !self.counts(key) {
            return;
        }
        let text = self.file.schedule(key);
        let last = self.beats.last();
        if frames::split(text).is_empty() {
            self.say(key, Fate::Unsupported, "no frame with a value can be read in it; write it as 0:(1), 30:(2)");
            return;
        }
        if matches!(then, Then::Octaves(_)) && frames::lowest(text, last).is_some_and(|low| low <= 0.0) {
            self.say(key, Fate::Unsupported, "it goes to 0 or below, which no camera does, so it was left out");
            return;
        }
        match frames::constant(text, last) {
            Some(value) => self.constant(key, target, then.of(value)),
            None => {
                let hold = if target.whole { ", hold = true" } else { "" };
                let then = then.text().map_or(String::new(), |then| format!(", then = {}", quoted(&then)));
                let keys = quoted(text.trim());
                self.scheduled(target.name, &format!("{{ keys = {keys}{then}{hold} }}"), target.says);
            }
        }
    }

    /// A line of [schedule] that plays a parameter.
    pub(super) fn scheduled(&mut self, name: &str, value: &str, says: impl Into<String>) {
        self.sheet.schedule.push(pair(&quoted(name), value, says));
    }

    fn constant(&mut self, key: &'static str, target: Target, value: f64) {
        let inside = value.clamp(target.low, target.high);
        let text = if target.whole { format!("{inside:.0}") } else { number(inside) };
        let mut says = target.says.to_string();
        if inside != value {
            let row = super::keys::find(key).map_or(Fate::Translated, |key| key.fate);
            let limited = format!("{} would be {}, and was limited to {text}", target.name, number(value));
            self.say(key, row, limited.clone());
            says = format!("{says}; {limited}");
        }
        // What no knob reaches, a schedule may.
        let knob = crate::param::by_name_or_address(target.name).map(|id| id.row().range());
        let reached = knob.is_ok_and(|(min, max)| (f64::from(min)..=f64::from(max)).contains(&inside));
        if reached { self.param(target.name, &text, says) } else { self.scheduled(target.name, &text, says) }
    }

    /// Why a key with this condition is not looked at; nothing when it is.
    pub(super) fn idle(&self, when: When) -> Option<String> {
        let file = self.file;
        let mode = |used: bool| (!used).then(|| format!("not used in {} mode", self.mode.name()));
        let off = |on: bool, what: &str| (!on).then(|| format!("not used: {what} is off in the file"));
        match when {
            When::Always => None,
            When::Moving | When::ModeAny => mode(self.mode.moves()),
            When::Mode2d => mode(self.mode == Mode::Flat),
            When::Mode3d => mode(self.mode == Mode::Deep),
            When::VideoInput => mode(self.mode == Mode::VideoInput),
            When::Interpolating => mode(self.mode == Mode::Interpolation),
            When::Flip => mode(self.mode.moves()).or_else(|| off(file.flag(FLIP), FLIP)),
            When::Flag(key) => off(file.flag(key), key),
            When::Chosen(key) => off(file.chosen(key), key),
            When::ControlNet(number) => off(file.flag(&format!("cn_{number}_enabled")), "this ControlNet model"),
            When::Hybrid => off(self.is_hybrid(), "hybrid video"),
            When::Parseq => off(file.chosen("parseq_manifest"), "Parseq"),
            When::SeedSchedule => off(file.text("seed_behavior") == "schedule", "the schedule of seeds"),
            When::ColorImage => off(file.text(COLOR) == "Image", "matching a picture's colours"),
            When::ColorVideo => off(file.text(COLOR) == "Video Input", "matching a film's colours"),
            When::Gradients => off(self.has_gradients(), "gradient guidance"),
        }
    }

    fn is_hybrid(&self) -> bool {
        let keys = ["hybrid_composite", "hybrid_motion", "hybrid_use_init_image"];
        keys.iter().any(|key| self.file.chosen(key))
    }

    fn has_gradients(&self) -> bool {
        let scales = ["mean", "var", "exposure", "colormatch", "clip", "aesthetics", "init_mse"];
        scales.iter().any(|name| self.file.number(&format!("{name}_scale")) != 0.0)
    }
}

/// Switch of the perspective flip.
const FLIP: &str = "enable_perspective_flip";
/// What colours are matched to.
const COLOR: &str = "color_coherence";
