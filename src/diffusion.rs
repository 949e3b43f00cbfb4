//! Networks and samplers on candle: from a prompt, a latent and a noise to a picture.
//!
//! Called by the generator (and by `halation dream`), on their threads; it owns none. It knows
//! nothing of beats, knobs or windows: text, pictures and noise go in, latents and pictures come out.
//! Tensor and config names are diffusers', so a weight file reads like the code.
//!
//! A [`Pipeline`] is a diffusers folder, loaded: tokenizer and CLIP text encoder, UNet, tiny or KL
//! autoencoder, and the noise schedule. Weights are opened through a name map (`names`) in the network's
//! [number type](NumberType). On a CPU it computes in f32 with kernels of its own
//! ([`kernels`]); with the `cuda` or `metal` feature it runs candle's operations on that device ([`best_device`]).

mod compute;
mod conditioning;
mod config;
mod denoise;
pub(crate) mod depth;
mod error;
pub mod folder;
pub(crate) mod kernels;
mod layers;
mod names;
pub mod noise;
mod pipeline;
mod prompt_reader;
mod remark;
mod sampler;
mod text;
mod tokens;
mod unet;
mod vae;
mod weights;

#[cfg(test)]
mod tests;

pub use compute::{Kernels, NumberType};
pub use conditioning::TextConditioning;
pub use denoise::Denoise;
pub use error::LoadError;
pub(crate) use error::RunError;
pub(crate) use pipeline::best_device;
pub use pipeline::{LoadOptions, Pipeline};
pub use prompt_reader::PromptReader;
pub(crate) use sampler::{Sampler, StrengthMode};
