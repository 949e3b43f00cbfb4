//! How the instrument is to be played: the command line, resolved.

use std::path::PathBuf;

use crate::audio::Channels;
use crate::tempo::prolink::Presence;

/// Everything `halation play` can be told.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The first one plays; the banks of the others are added behind its own.
    pub shows: Vec<PathBuf>,
    pub model: Option<PathBuf>,
    pub mapping: Option<PathBuf>,
    pub audio: String,
    pub audio_channels: Channels,
    pub osc: String,
    /// What the show says about Pro DJ Link, overruled.
    pub prolink: Option<Presence>,
    /// The DJ's stick, for the phrases of its tracks.
    pub rekordbox: Option<PathBuf>,
    /// Where Carabiner answers for Ableton Link, or `off`.
    pub link: String,
    pub headless: bool,
    pub windowed: bool,
    pub size_px: Option<(u32, u32)>,
    pub fps: Option<f64>,
    pub monitor: Option<String>,
    pub test_card: bool,
    pub capture: Option<PathBuf>,
    /// A film of the show.
    pub record: Option<PathBuf>,
    pub capture_every: u32,
    pub contact_sheet: Option<PathBuf>,
    pub report: Option<PathBuf>,
    pub trace: Option<PathBuf>,
    pub replay: Option<PathBuf>,
    pub duration_s: Option<f64>,
    /// Seconds at the start that the report leaves out.
    pub warm_up_s: f64,
    pub stepped: bool,
    pub debug_faults: Vec<DebugFault>,
}

/// Trouble made on purpose, for rehearsing it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DebugFault {
    /// The generator panics at this show time in seconds.
    Generator(f64),
    /// The generator never comes back from this show time in seconds on, and does not leave at the end either.
    Hang(f64),
    /// The conductor panics at each tick, for two seconds from this show time in seconds on.
    Conductor(f64),
    /// Some images from this show time in seconds on come out as NaN.
    NotFinite(f64),
    /// The graphics device is destroyed at this show time in seconds.
    Device(f64),
}

impl std::str::FromStr for DebugFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('@').and_then(|(kind, at)| Some((kind, at.parse::<f64>().ok()?)));
        match parsed {
            Some(("generator", at)) => Ok(Self::Generator(at)),
            Some(("hang", at)) => Ok(Self::Hang(at)),
            Some(("conductor", at)) => Ok(Self::Conductor(at)),
            Some(("nan", at)) => Ok(Self::NotFinite(at)),
            Some(("device", at)) => Ok(Self::Device(at)),
            _ => Err("write generator, hang, conductor, nan or device and @SECONDS".into()),
        }
    }
}
