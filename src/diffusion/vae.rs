//! Autoencoders: pictures to latents and back. Called by the generator once an image each way.

mod kl;
mod tiny;

use candle_core::{Result, Tensor};

use super::config::autoencoder::VaeConfig;
use super::error::Loaded;
use super::weights::Part;

/// Either kind.
pub enum Vae {
    Tiny(tiny::Tiny),
    Kl(Box<kl::Kl>),
}

impl Vae {
    pub fn load(root: &Part<'_>, config: &VaeConfig) -> Loaded<Self> {
        match config {
            VaeConfig::Tiny(config) => tiny::Tiny::load(root, config).map(Self::Tiny),
            VaeConfig::Kl(config) => kl::Kl::load(root, config).map(|kl| Self::Kl(Box::new(kl))),
        }
    }

    /// `[batch, 3, height, width]` in −1..1 to `[batch, latent_channels, height / scale, width / scale]`.
    /// Deterministic: a KL autoencoder gives the mean.
    pub fn encode(&self, picture: &Tensor) -> Result<Tensor> {
        match self {
            Self::Tiny(tiny) => tiny.encode(picture),
            Self::Kl(kl) => kl.encode(picture),
        }
    }

    /// The other way; about −1..1, not clamped.
    pub fn decode(&self, latents: &Tensor) -> Result<Tensor> {
        match self {
            Self::Tiny(tiny) => tiny.decode(latents),
            Self::Kl(kl) => kl.decode(latents),
        }
    }
}
