//! `halation devices`: what could be played with here.

use crate::audio::{self, Channels, Choice};
use crate::control::{MidiConfig, midi};

/// Prints the MIDI controllers found, and the audio input that `--audio auto` would take.
///
/// # Errors
/// When the audio input found cannot be opened.
#[expect(clippy::print_stdout, reason = "the command's answer")]
pub fn run() -> anyhow::Result<()> {
    println!("MIDI controllers:");
    let ports = midi::list(&MidiConfig::default());
    for port in &ports {
        println!("  {} ({}), mapping {}", port.name, port.driver, port.mapping);
    }
    if ports.is_empty() {
        println!("  none yet; they are found whenever they are plugged in");
    }
    let input = audio::open(&Choice::Auto, Channels::default())?;
    println!("Audio input:\n  {}", input.as_ref().map_or("none; a synthetic track would play", |i| i.description()));
    Ok(())
}
