//! The generator: one loop makes every image, from prompts, noise, feedback and the camera.
//!
//! A planner decides what to make, a maker with the model makes it; [`Dreamer`] is both.
//! [`Dreamer::step`] runs on the generator thread, or is called by the stepped runner. Frames go to the renderer, newest
//! wins; stills lie on a shared board, from where a pressed pad shows them at once.

mod backoff;
mod banks;
mod compose;
mod config;
mod depth;
mod dreamer;
mod error;
mod feedback;
mod framing;
mod maker;
mod manner;
mod memory;
mod overlay;
mod pace;
mod paint;
mod picture;
mod planner;
mod prompt_mix;
mod prompt_text;
mod prompts;
mod renewal;
mod seed_behavior;
mod seeds;
mod sequence;
pub(crate) mod still_files;
mod stills;
mod turns;

pub(crate) use banks::{Bank, SLOTS, Slot};
pub use banks::{Banks, TextBoard};
pub use config::DreamConfig;
pub use dreamer::Dreamer;
pub(crate) use error::DreamError;
pub(crate) use manner::Manner;
pub use overlay::Overlay;
pub(crate) use pace::Cost;
pub(crate) use paint::{Painting, Start};
pub use picture::Picture;
pub(crate) use prompt_text::{PromptText, complete, composable};
pub(crate) use seeds::SeedPosition;
pub use sequence::Sequence;
pub use still_files::StillFiles;
pub(crate) use still_files::StillSettings;
pub(crate) use stills::Still;
pub use stills::Stills;

#[cfg(test)]
mod tests;
