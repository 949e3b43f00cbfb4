//! Networks and samplers on candle: from a prompt, a latent and a noise to a picture.
//!
//! Called by the generator (and by `halation dream`), on their threads; it owns none. It knows
//! nothing of beats, knobs or windows: text, pictures and noise go in, latents and pictures come out.
//! Tensor and config names are diffusers', so a weight file reads like the code.
//!
//! A [`Pipeline`] is a diffusers folder, loaded: tokenizer and CLIP text encoder, UNet, tiny or KL
//! autoencoder, and the noise schedule. On a CPU it computes in f32 with kernels of its own
//! ([`kernels`]); with the `cuda` or `metal` feature it runs candle's operations on that device ([`best_device`]).

mod config;
mod denoise;
mod error;
pub mod folder;
pub mod kernels;
mod layers;
pub mod noise;
mod pipeline;
mod prompt;
mod sampler;
mod text;
mod tokens;
mod unet;
mod vae;
mod weights;

#[cfg(test)]
mod tests;

pub use denoise::Denoise;
pub use error::{LoadError, RunError};
pub use layers::Kernels;
pub use pipeline::{LoadOptions, Pipeline, best_device};
pub use prompt::{PromptReader, Remark};
pub use sampler::{Plan, Prediction, Sampler, Spacing, Step, StrengthMode};
pub use weights::Progress;
