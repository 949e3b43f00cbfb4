//! Audio input and analysis: one input, chosen at run time, turned into [`Features`].
//!
//! ```text
//! device callback ─ ring ─┐
//! file in memory ─────────┼─ Input::pull ─ Listener::step ─ Features, newest wins ─► conductor
//! synthetic track ────────┘                (Analysis: gate, automatic gain, bands, hits)
//! ```
//!
//! [`open`] runs once at the start, on the thread that starts everything. The [`Listener`] belongs to the
//! analysis thread, or to the stepped runner: with a file or the synthetic track it hears exactly the samples up
//! to the show time it is given, so live and virtual time sound the same. A device adds two threads of its own:
//! the driver's, which only copies samples into the ring, and a supervisor that opens it, notices its loss and
//! opens it again.

mod aloud;
mod analysis;
mod bands;
mod beat;
mod cable;
mod capture;
mod capture_clock;
mod channels;
mod choice;
pub mod club;
mod device;
mod features;
mod file;
mod follow;
mod framer;
mod front;
mod gain;
mod gate;
mod input;
mod kick;
mod listener;
mod loudness;
mod memory;
mod notice;
mod onset;
mod pull;
mod ring;
mod section;
mod spectrum;
mod synth;
mod tap;
mod target;
mod tempo_feed;
#[cfg(test)]
mod tests;
mod timbre;
mod track;
mod waveform;

pub use analysis::{Analysis, AnalysisConfig};
pub use channels::Channels;
pub use choice::Choice;
pub use features::{FeatureSource, Features};
pub use input::{Input, open};
pub use listener::{ListenSettings, Listener};
pub(crate) use memory::LevelMemory;
pub use notice::{Notice, Watcher};
pub(crate) use section::{Passage, Section};
pub(crate) use tap::{TAP_CHANNELS, TAP_RATE_HZ, Tap, TapPlace, TapReader, tap};
pub use tempo_feed::TempoFeed;
pub(crate) use timbre::SPECTRUM_BANDS;
pub(crate) use waveform::{SoundShape, WAVEFORM_POINTS};

/// Nothing is quieter than this.
const FLOOR_DB: f32 = -100.0;

/// Why an audio input cannot be had; each reads as one sentence.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    #[error("the audio file `{path}` cannot be played: {reason}")]
    File { path: String, reason: String },
    #[error("there is no synthetic track `{name}`; try --audio synth:house126, or synth: with {}", club::names().join(", "))]
    Synth { name: String },
    #[error("the audio input `{text}` lacks a name; try --audio auto or --audio file:PATH")]
    Unnamed { text: String },
    #[error("`{text}` names no channels; count from 1, as in --audio-channels 3,4 or --audio-channels 3")]
    Channels { text: String },
    #[error("no audio input matches `{wanted}`; {known}")]
    NoSuchInput { wanted: String, known: String },
    #[error("the audio input {name} cannot be opened: {reason}; try --audio auto or --audio none")]
    Open { name: String, reason: String },
    #[error("this build has no JACK support; build it with --features jack or try --audio auto")]
    NoJack,
}
