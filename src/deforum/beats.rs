//! From frames to beats: how long a file's frames last on the beat, from the tempo its expressions were written for.
//! The importer converts rates by it.

use serde_json::Value;

use super::frames;
use super::keys::{self, Kind};
use super::settings::SettingsFile;

/// Beats of a bar.
const BAR: f64 = 4.0;
/// Tempo where nothing says another.
const USUAL_BPM: f64 = 120.0;
/// Bars that frames can be fitted to at most.
const MOST_BARS: u32 = 4096;

/// How a file's frames lie on the beat.
#[derive(Clone, Debug)]
pub(super) struct Beats {
    /// Tempo the file was made for.
    pub(super) bpm: f64,
    /// Frames a second of the file.
    pub(super) fps: f64,
    /// Its frames.
    pub(super) frames: f64,
    /// Frames that last one beat; at the nominal tempo, when frames go by seconds.
    pub(super) per_beat: f64,
    /// Why it is so, for the head of the show.
    pub(super) says: String,
}

impl Beats {
    /// Frames of a bar.
    pub(super) fn per_bar(&self) -> f64 {
        BAR * self.per_beat
    }

    /// The last frame, which expressions call `max_f`.
    pub(super) fn last(&self) -> f64 {
        self.frames - 1.0
    }
}

/// Lays the frames of `file` on the beat: `by_fps`, fitted to so many `bars`, or as the file suggests.
pub(super) fn of(file: &SettingsFile, bars: Option<u32>, by_fps: bool) -> Beats {
    let sane = |value: f64, low: f64, high: f64| if value.is_finite() { value.clamp(low, high) } else { low };
    let frames = sane(file.number("max_frames"), 1.0, 1e7).round();
    let fps = sane(file.number("fps"), 1.0, 240.0);
    let own = if file.has("bpm") { sane(file.number("bpm"), 40.0, 240.0) } else { USUAL_BPM };
    let pulse = pulse(file, own);
    let bpm = pulse.as_ref().map_or(own, |pulse| pulse.bpm);
    let from = if pulse.is_some() { "found in its expressions" } else { "nothing in it says another" };
    let (per_beat, says) = match (pulse, bars) {
        _ if by_fps => (fps * 60.0 / bpm, format!("frames go by seconds; rates a bar are meant at {bpm} bpm ({from})")),
        (_, Some(bars)) => {
            let bars = f64::from(bars.clamp(1, MOST_BARS));
            (frames / (BAR * bars), format!("{frames} frames are fitted to {bars} bars, as asked for"))
        }
        (Some(pulse), None) => {
            let per_beat = pulse.fps.unwrap_or(fps) * 60.0 / bpm;
            (per_beat, format!("its expressions pulse at {bpm} bpm, so a pulse lies on the beat at any tempo"))
        }
        (None, None) => {
            let bars = (frames / fps * bpm / 60.0 / BAR).round().max(1.0);
            let s = if bars == 1.0 { "" } else { "s" };
            (frames / (BAR * bars), format!("{frames} frames at {fps} fps are {bars} bar{s} at {bpm} bpm ({from})"))
        }
    };
    Beats { bpm, fps, frames, per_beat, says }
}

/// What a file's expressions were written for.
#[derive(Clone, Debug, PartialEq)]
struct Pulse {
    bpm: f64,
    /// The frame rate in the expression itself, `t/30`, where it has one.
    fps: Option<f64>,
}

/// The pulse that most expressions have: `72/60*…*t/30`, or `bpm/60`.
fn pulse(file: &SettingsFile, own: f64) -> Option<Pulse> {
    let mut found: Vec<(Pulse, usize)> = Vec::new();
    for setting in &file.values {
        let (Value::String(text), Some(Kind::Schedule)) =
            (&setting.value, keys::find(&setting.key).map(|key| key.kind))
        else {
            continue;
        };
        let timed = frames::split(text).into_iter().map(|(_, value)| value).filter(|value| frames::uses_time(value));
        for pulse in timed.filter_map(|value| pulse_of(value, own)) {
            match found.iter_mut().find(|(known, _)| *known == pulse) {
                Some((_, times)) => *times += 1,
                None => found.push((pulse, 1)),
            }
        }
    }
    // The first of those that are there most often.
    found.into_iter().rev().max_by_key(|(_, times)| *times).map(|(pulse, _)| pulse)
}

fn pulse_of(text: &str, own: f64) -> Option<Pulse> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let per_minute = |(at, word): (usize, &str)| {
        let bpm = if word == "bpm" { own } else { word.parse().ok()? };
        let rest = text.get(at + word.len()..)?.strip_prefix("/60")?;
        let ends = !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        ((40.0..=240.0).contains(&bpm) && ends).then(|| Pulse { bpm, fps: frame_rate(rest) })
    };
    frames::words(&text).find_map(per_minute)
}

/// The number that `t` is divided by in what follows `bpm/60`: `*3.14*(t+0)/30`, or `/30` at once.
fn frame_rate(rest: &str) -> Option<f64> {
    let behind = match rest.strip_prefix('/') {
        Some(behind) => behind,
        None => {
            let (at, word) = frames::words(rest).find(|(_, word)| *word == "t")?;
            let behind = rest.get(at + word.len()..)?;
            behind.trim_start_matches(|c: char| "+-.)".contains(c) || c.is_ascii_digit()).strip_prefix('/')?
        }
    };
    let (_, word) = frames::words(behind).next()?;
    word.parse().ok().filter(|fps| (5.0..=240.0).contains(fps))
}
