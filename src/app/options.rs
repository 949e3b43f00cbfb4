//! How the instrument is to be played: the command line, resolved.

use std::path::PathBuf;

use super::drills::DebugFault;
use crate::audio::Channels;
use crate::control::Network;
use crate::control::web::Passcode;
use crate::tempo::prolink::Presence;

/// Everything `halation play` can be told.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The first one plays; the banks of the others are added behind its own.
    pub shows: Vec<PathBuf>,
    /// Shows to change over to, one after the other.
    pub next: Vec<PathBuf>,
    pub model: Option<PathBuf>,
    pub mapping: Option<PathBuf>,
    pub audio: String,
    pub audio_channels: Channels,
    /// The file or synthetic track is heard, too.
    pub aloud: bool,
    pub osc: String,
    /// Where phones and OSCQuery clients are served; `None`: the usual place, if it can be had.
    pub web: Option<String>,
    /// What lets a phone touch, instead of the one that is kept.
    pub passcode: Option<Passcode>,
    /// Machines and networks that may send us anything; empty: all that reach us.
    pub allow: Vec<Network>,
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
    /// Show a white flash on every other beat instead of pictures.
    pub flash_beats: bool,
    /// The venue lets every flash through.
    pub no_flash_limiter: bool,
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
    /// Press the pads in turn, this often: a rehearsal without hands.
    pub press_every_s: Option<f64>,
    pub debug_faults: Vec<DebugFault>,
}
