//! `halation devices`: what could be played with here.

use std::sync::Arc;

use super::answer;
use crate::audio::{self, Channels, Choice};
use crate::control::mapping::Library;
use crate::control::{MidiConfig, midi};

/// Prints the MIDI controllers found, and the audio input that `--audio auto` would take.
///
/// # Errors
/// When the audio input found cannot be opened.
pub fn run() -> anyhow::Result<()> {
    answer::say("MIDI controllers:")?;
    let ports = midi::list(&MidiConfig { library: Arc::new(Library::with([])), ..MidiConfig::default() });
    for port in &ports {
        answer::say(format!("  {} ({}), mapping {}", port.name, port.driver, port.mapping))?;
    }
    if ports.is_empty() {
        answer::say("  none yet; they are found whenever they are plugged in")?;
    }
    let input = audio::open(&Choice::Auto, Channels::default())?;
    let input = input.as_ref().map_or("none; a synthetic track would play", |i| i.description());
    answer::say(format!("Audio input:\n  {input}"))
}
