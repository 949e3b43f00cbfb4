//! `unet/config.json`.

use std::path::Path;

use serde_json::json;

use super::ConfigFile;
use crate::diffusion::error::LoadError;

/// A UNet2DConditionModel's shape.
#[derive(Clone, Debug)]
pub struct UnetConfig {
    /// Side of the latents it was trained on.
    pub sample_size: Option<usize>,
    pub in_channels: usize,
    pub out_channels: usize,
    /// One entry per resolution, from fine to coarse.
    pub blocks: Vec<BlockConfig>,
    /// Whether each block on the way up, from coarse to fine, has attention.
    pub up_attention: Vec<bool>,
    /// Whether there are blocks between the way down and the way up; `mid_block_type` null leaves them out.
    pub mid_block: bool,
    pub cross_attention_dim: usize,
    pub norm_num_groups: usize,
    pub norm_eps: f64,
    pub flip_sin_to_cos: bool,
    pub freq_shift: f64,
    /// Heads of the attention that pools the prompt for the time embedding (`addition_embed_type` "text").
    pub pooled_prompt_heads: Option<usize>,
    /// The time scales and shifts (`resnet_time_scale_shift` "scale_shift") instead of being added.
    pub time_modulates: bool,
}

/// One resolution.
#[derive(Clone, Debug)]
pub struct BlockConfig {
    pub channels: usize,
    pub layers: usize,
    /// Attention on the way down.
    pub attention: bool,
    /// diffusers calls it `attention_head_dim`; it is the number of heads.
    pub heads: usize,
    pub transformer_layers: usize,
}

impl UnetConfig {
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let c = ConfigFile::read(path)?;
        let channels = c.counts_by_resolution("block_out_channels")?;
        let len = channels.len();
        let heads_key =
            if c.get("num_attention_heads").is_some() { "num_attention_heads" } else { "attention_head_dim" };
        let heads = c.each(heads_key, 8, len)?;
        let layers = c.each("layers_per_block", 2, len)?;
        let transformer_layers = c.each("transformer_layers_per_block", 1, len)?;
        let attention = block_types(&c, "down_block_types", len, "DownBlock2D", "CrossAttnDownBlock2D")?;
        let up_attention = block_types(&c, "up_block_types", len, "UpBlock2D", "CrossAttnUpBlock2D")?;
        let blocks = (0..len)
            .map(|i| BlockConfig {
                channels: channels[i],
                layers: layers[i],
                attention: attention[i],
                heads: heads[i],
                transformer_layers: transformer_layers[i],
            })
            .collect();
        let config = Self {
            sample_size: sample_size(&c)?,
            in_channels: c.count("in_channels", Some(4))?,
            out_channels: c.count("out_channels", Some(4))?,
            blocks,
            up_attention,
            mid_block: !c.is_null("mid_block_type"),
            cross_attention_dim: c.count("cross_attention_dim", None)?,
            norm_num_groups: c.count("norm_num_groups", Some(32))?,
            norm_eps: c.number("norm_eps", 1e-5)?,
            flip_sin_to_cos: c.flag("flip_sin_to_cos", true)?,
            freq_shift: c.number("freq_shift", 0.0)?,
            pooled_prompt_heads: match c.get("addition_embed_type") {
                None => None,
                Some(_) => Some(c.count("addition_embed_type_num_heads", Some(64))?),
            },
            time_modulates: c.word("resnet_time_scale_shift", "default")? == "scale_shift",
        };
        config.check(&c)?;
        Ok(config)
    }

    fn check(&self, c: &ConfigFile) -> Result<(), LoadError> {
        for block in &self.blocks {
            if !block.channels.is_multiple_of(self.norm_num_groups) {
                return Err(c.wrong("norm_num_groups", "a divisor of every entry of block_out_channels"));
            }
            if !block.channels.is_multiple_of(block.heads) {
                return Err(c.wrong("attention_head_dim", "numbers of heads that divide block_out_channels"));
            }
        }
        if self.pooled_prompt_heads.is_some_and(|heads| !self.cross_attention_dim.is_multiple_of(heads)) {
            return Err(c.wrong("addition_embed_type_num_heads", "a divisor of cross_attention_dim"));
        }
        if !self.blocks[0].channels.is_multiple_of(2) {
            return Err(c.wrong("block_out_channels", "an even first entry"));
        }
        c.require("mid_block_type", &[json!("UNetMidBlock2DCrossAttn")])?;
        c.require("act_fn", &[json!("silu"), json!("swish")])?;
        c.require("resnet_time_scale_shift", &[json!("default"), json!("scale_shift")])?;
        c.require("addition_embed_type", &[json!("text")])?;
        c.require("time_embedding_type", &[json!("positional")])?;
        c.require("attention_type", &[json!("default")])?;
        for key in ["downsample_padding", "mid_block_scale_factor", "resnet_out_scale_factor"] {
            c.require(key, &[json!(1)])?;
        }
        for key in ["conv_in_kernel", "conv_out_kernel"] {
            c.require(key, &[json!(3)])?;
        }
        for key in ["center_input_sample", "only_cross_attention", "dual_cross_attention", "resnet_skip_time_act"] {
            c.require(key, &[json!(false)])?;
        }
        // A 1×1 convolution or a linear layer: the same numbers.
        c.ignore(&["dropout", "upcast_attention", "use_linear_projection"]);
        // The first matters only with an `addition_embed_type`, the second only without `num_attention_heads`.
        c.ignore(&["addition_embed_type_num_heads", "attention_head_dim"]);
        c.refuse_unknown()
    }
}

fn sample_size(c: &ConfigFile) -> Result<Option<usize>, LoadError> {
    let side = match c.get("sample_size") {
        None => None,
        Some(value) if value.is_array() => c.counts("sample_size")?.first().copied(),
        Some(_) => Some(c.count("sample_size", None)?),
    };
    if side.is_some_and(|side| side > 512) { Err(c.wrong("sample_size", "at most 512")) } else { Ok(side) }
}

fn block_types(c: &ConfigFile, key: &str, len: usize, plain: &str, cross: &str) -> Result<Vec<bool>, LoadError> {
    let expected = || c.wrong(key, format!("{len} of {plain} and {cross}"));
    let types = c.words(key)?;
    if types.len() != len {
        return Err(expected());
    }
    types
        .iter()
        .map(|name| {
            if name == cross {
                Ok(true)
            } else if name == plain {
                Ok(false)
            } else {
                Err(expected())
            }
        })
        .collect()
}
