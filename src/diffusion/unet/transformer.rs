//! Transformer2DModel: self-attention, attention to the prompt, and a gated feed-forward.

use candle_core::{Result, Tensor};

use super::UnetConditioning;
use crate::diffusion::compute::Kernels;
use crate::diffusion::config::unet::{BlockConfig, UnetConfig};
use crate::diffusion::error::Loaded;
use crate::diffusion::layers::{After, GroupNorm, LayerNorm, Linear, Passing, attention, geglu};
use crate::diffusion::weights::Part;

/// One Transformer2DModel.
pub struct Transformer {
    norm: GroupNorm,
    proj_in: Linear,
    blocks: Vec<Block>,
    proj_out: Linear,
}

struct Block {
    norm1: LayerNorm,
    attn1: Attention,
    norm2: LayerNorm,
    attn2: Attention,
    norm3: LayerNorm,
    ff_in: Linear,
    ff_out: Linear,
    /// This block's place in the conditioning.
    slot: usize,
    kernels: Kernels,
}

struct Attention {
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Linear,
    heads: usize,
    kernels: Kernels,
}

impl Transformer {
    pub fn load(part: &Part<'_>, config: &UnetConfig, block: &BlockConfig, slots: &mut usize) -> Loaded<Self> {
        let channels = block.channels;
        let blocks = (0..block.transformer_layers).map(|i| {
            let slot = *slots;
            *slots += 1;
            Block::load(&part.at("transformer_blocks").at(i), config, block, slot)
        });
        Ok(Self {
            norm: GroupNorm::load(&part.at("norm"), config.norm_num_groups, channels, 1e-6)?,
            // A 1×1 convolution in Stable Diffusion 1, a linear layer later: the same numbers.
            proj_in: Linear::load(&part.at("proj_in"), channels, channels)?,
            blocks: blocks.collect::<Loaded<_>>()?,
            proj_out: Linear::load(&part.at("proj_out"), channels, channels)?,
        })
    }

    /// Appends keys and values for prompt states `[batch, cross_attention_dim, tokens]`.
    pub fn condition(&self, states: &Tensor, pairs: &mut Vec<(Tensor, Tensor)>) -> Result<()> {
        for block in &self.blocks {
            let (k, v) = (&block.attn2.to_k, &block.attn2.to_v);
            pairs.push((k.forward(states, After::default())?, v.forward(states, After::default())?));
        }
        Ok(())
    }

    /// `[batch, channels, height, width]`, same shape out.
    pub fn forward(&self, x: &Tensor, conditioning: &UnetConditioning) -> Result<Tensor> {
        let skip = x.flatten_from(2)?;
        let mut y = Passing::new(self.norm.forward(&skip)?);
        y = Passing::new(self.proj_in.forward(&y, After::default())?);
        for block in &self.blocks {
            y = Passing::new(block.forward(&y, conditioning)?);
        }
        self.proj_out.forward(&y, After { residual: Some(&skip), ..After::default() })?.reshape(x.shape())
    }
}

impl Block {
    fn load(part: &Part<'_>, config: &UnetConfig, block: &BlockConfig, slot: usize) -> Loaded<Self> {
        let channels = block.channels;
        let norm = |name: &str| LayerNorm::load(&part.at(name), channels, 1e-5);
        Ok(Self {
            norm1: norm("norm1")?,
            attn1: Attention::load(&part.at("attn1"), channels, channels, block.heads)?,
            norm2: norm("norm2")?,
            attn2: Attention::load(&part.at("attn2"), channels, config.cross_attention_dim, block.heads)?,
            norm3: norm("norm3")?,
            ff_in: Linear::load(&part.at("ff.net.0.proj"), channels, 8 * channels)?,
            ff_out: Linear::load(&part.at("ff.net.2"), 4 * channels, channels)?,
            slot,
            kernels: part.kernels(),
        })
    }

    fn forward(&self, x: &Tensor, conditioning: &UnetConditioning) -> Result<Tensor> {
        let mut x = Passing::new(self.attend_to_itself(x)?);
        let Some((k, v)) = conditioning.pairs.get(self.slot) else {
            candle_core::bail!("the conditioning was made by another UNet");
        };
        let mut y = Passing::new(self.norm2.forward(&x)?);
        x = Passing::new(self.attn2.forward(&y, k, v, &x)?);
        y = Passing::new(self.norm3.forward(&x)?);
        y = Passing::new(self.ff_in.forward(&y, After::default())?);
        y = Passing::new(geglu(&y, self.kernels)?);
        self.ff_out.forward(&y, After { residual: Some(&x), ..After::default() })
    }

    fn attend_to_itself(&self, x: &Tensor) -> Result<Tensor> {
        let y = Passing::new(self.norm1.forward(x)?);
        let k = Passing::new(self.attn1.to_k.forward(&y, After::default())?);
        let v = Passing::new(self.attn1.to_v.forward(&y, After::default())?);
        self.attn1.forward(&y, &k, &v, x)
    }
}

impl Attention {
    fn load(part: &Part<'_>, channels: usize, context: usize, heads: usize) -> Loaded<Self> {
        Ok(Self {
            to_q: Linear::load_without_bias(&part.at("to_q"), channels, channels)?,
            to_k: Linear::load_without_bias(&part.at("to_k"), context, channels)?,
            to_v: Linear::load_without_bias(&part.at("to_v"), context, channels)?,
            to_out: Linear::load(&part.at("to_out.0"), channels, channels)?,
            heads,
            kernels: part.kernels(),
        })
    }

    fn forward(&self, x: &Tensor, k: &Tensor, v: &Tensor, residual: &Tensor) -> Result<Tensor> {
        let q = Passing::new(self.to_q.forward(x, After::default())?);
        let y = Passing::new(attention(&q, k, v, self.heads, false, self.kernels)?);
        self.to_out.forward(&y, After { residual: Some(residual), ..After::default() })
    }
}
