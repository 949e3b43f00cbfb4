//! What `--audio` means.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{AudioError, club, synth};

/// The input asked for. A name is part of a device's name or id, upper or lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The best there is: a running JACK server, then PulseAudio sources, then sound cards.
    Auto,
    None,
    /// A sound file, decoded to memory and looped.
    File(PathBuf),
    /// A synthetic club track.
    Synth(String),
    /// JACK; with a name, the output ports to listen to instead of the sound card's.
    Jack(Option<String>),
    Pulse(Option<String>),
    Alsa(Option<String>),
    /// Any device on any of them.
    Named(String),
}

impl FromStr for Choice {
    type Err = AudioError;

    /// `auto`, `none`, `file:PATH`, `synth:NAME`, `jack[:NAME]`, `pulse[:NAME]`, `alsa[:NAME]`, a file that is there, or
    /// part of a name.
    fn from_str(text: &str) -> Result<Self, AudioError> {
        let (kind, name) = match text.split_once(':') {
            Some((kind, name)) => (kind, Some(name)),
            None => (text, None),
        };
        let unnamed = || AudioError::Unnamed { text: text.to_owned() };
        if name == Some("") {
            return Err(unnamed());
        }
        let owned = name.map(str::to_owned);
        Ok(match (kind, name) {
            ("auto", None) => Self::Auto,
            ("none", None) => Self::None,
            ("file", path) => Self::File(path.ok_or_else(unnamed)?.into()),
            ("synth", name) => Self::Synth(known(name.ok_or_else(unnamed)?)?),
            ("jack", _) => Self::Jack(owned),
            ("pulse" | "pulseaudio", _) => Self::Pulse(owned),
            ("alsa", _) => Self::Alsa(owned),
            ("", _) => return Err(unnamed()),
            _ if Path::new(text).is_file() => Self::File(text.into()),
            // Device names contain colons, too.
            _ => Self::Named(text.to_owned()),
        })
    }
}

/// Checks the name of a synthetic track.
fn known(name: &str) -> Result<String, AudioError> {
    let ours = name == synth::NAME || club::names().contains(&name);
    if ours { Ok(name.to_owned()) } else { Err(AudioError::Synth { name: name.to_owned() }) }
}
