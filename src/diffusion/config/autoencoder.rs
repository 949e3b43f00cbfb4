//! `vae/config.json`.

use std::path::Path;

use serde_json::json;

use super::ConfigFile;
use crate::diffusion::error::LoadError;

/// Either kind of autoencoder.
#[derive(Clone, Debug)]
pub enum VaeConfig {
    Tiny(TinyConfig),
    Kl(KlConfig),
}

/// An AutoencoderTiny's shape.
#[derive(Clone, Debug)]
pub struct TinyConfig {
    pub latent_channels: usize,
    pub encoder_channels: usize,
    pub decoder_channels: usize,
    /// Residual blocks at each resolution of the encoder, from fine to coarse.
    pub num_encoder_blocks: Vec<usize>,
    /// The same for the decoder, from coarse to fine.
    pub num_decoder_blocks: Vec<usize>,
    pub scaling_factor: f64,
}

/// An AutoencoderKL's shape.
#[derive(Clone, Debug)]
pub struct KlConfig {
    pub latent_channels: usize,
    pub block_out_channels: Vec<usize>,
    pub layers_per_block: usize,
    pub norm_num_groups: usize,
    pub scaling_factor: f64,
    pub use_quant_conv: bool,
    pub use_post_quant_conv: bool,
    pub mid_block_add_attention: bool,
}

impl VaeConfig {
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let c = ConfigFile::read(path)?;
        c.require("in_channels", &[json!(3)])?;
        c.require("out_channels", &[json!(3)])?;
        c.require("shift_factor", &[json!(0)])?;
        c.ignore(&["force_upcast", "sample_size"]);
        let config = match c.word("_class_name", "AutoencoderKL")?.as_str() {
            "AutoencoderTiny" => Self::Tiny(tiny(&c)?),
            "AutoencoderKL" => Self::Kl(kl(&c)?),
            _ => return Err(c.wrong("_class_name", "\"AutoencoderTiny\" or \"AutoencoderKL\"")),
        };
        if config.scaling_factor() <= 0.0 {
            return Err(c.wrong("scaling_factor", "a number above 0"));
        }
        c.refuse_unknown()?;
        Ok(config)
    }

    pub fn latent_channels(&self) -> usize {
        match self {
            Self::Tiny(config) => config.latent_channels,
            Self::Kl(config) => config.latent_channels,
        }
    }

    /// Latents are multiplied by this before the UNet sees them.
    pub fn scaling_factor(&self) -> f64 {
        match self {
            Self::Tiny(config) => config.scaling_factor,
            Self::Kl(config) => config.scaling_factor,
        }
    }

    /// Pixels along one side of a latent.
    pub fn latent_scale(&self) -> usize {
        match self {
            Self::Tiny(config) => 1 << (config.num_decoder_blocks.len() - 1),
            Self::Kl(config) => 1 << (config.block_out_channels.len() - 1),
        }
    }
}

fn tiny(c: &ConfigFile) -> Result<TinyConfig, LoadError> {
    c.require("act_fn", &[json!("relu")])?;
    c.require("upsample_fn", &[json!("nearest")])?;
    c.require("upsampling_scaling_factor", &[json!(2)])?;
    // Only for packing latents into bytes.
    c.ignore(&["latent_magnitude", "latent_shift", "block_out_channels"]);
    let one_width = |key: &str| {
        let widths = if c.get(key).is_some() { c.counts_by_resolution(key)? } else { vec![64; 4] };
        match widths.iter().all(|&width| width == widths[0]) {
            true => Ok(widths[0]),
            false => Err(c.wrong(key, "the same width at every resolution")),
        }
    };
    let blocks = |key: &str, usual: [usize; 4]| {
        if c.get(key).is_some() { c.counts_by_resolution(key) } else { Ok(usual.to_vec()) }
    };
    let config = TinyConfig {
        latent_channels: c.count("latent_channels", Some(4))?,
        encoder_channels: one_width("encoder_block_out_channels")?,
        decoder_channels: one_width("decoder_block_out_channels")?,
        num_encoder_blocks: blocks("num_encoder_blocks", [1, 3, 3, 3])?,
        num_decoder_blocks: blocks("num_decoder_blocks", [3, 3, 3, 1])?,
        scaling_factor: c.number("scaling_factor", 1.0)?,
    };
    if config.num_encoder_blocks.len() != config.num_decoder_blocks.len() {
        return Err(c.wrong("num_decoder_blocks", "as many entries as num_encoder_blocks"));
    }
    Ok(config)
}

fn kl(c: &ConfigFile) -> Result<KlConfig, LoadError> {
    c.require("act_fn", &[json!("silu"), json!("swish")])?;
    for (key, block) in [("down_block_types", "DownEncoderBlock2D"), ("up_block_types", "UpDecoderBlock2D")] {
        if c.words(key)?.iter().any(|name| name != block) {
            return Err(c.wrong(key, format!("only {block}")));
        }
    }
    let config = KlConfig {
        latent_channels: c.count("latent_channels", Some(4))?,
        block_out_channels: c.counts_by_resolution("block_out_channels")?,
        layers_per_block: c.count("layers_per_block", Some(1))?,
        norm_num_groups: c.count("norm_num_groups", Some(32))?,
        scaling_factor: c.number("scaling_factor", 0.18215)?,
        use_quant_conv: c.flag("use_quant_conv", true)?,
        use_post_quant_conv: c.flag("use_post_quant_conv", true)?,
        mid_block_add_attention: c.flag("mid_block_add_attention", true)?,
    };
    if config.block_out_channels.iter().any(|channels| !channels.is_multiple_of(config.norm_num_groups)) {
        return Err(c.wrong("norm_num_groups", "a divisor of every entry of block_out_channels"));
    }
    Ok(config)
}
