//! TextTimeEmbedding: the whole prompt in one vector, added to the time embedding, so that it reaches every resnet.
//!
//! Called once for each prompt, by `Unet::condition`.

use candle_core::{Result, Tensor};

use crate::diffusion::compute::Kernels;
use crate::diffusion::error::Loaded;
use crate::diffusion::layers::{After, LayerNorm, Linear, attention};
use crate::diffusion::weights::Part;

/// One query, the mean of the tokens, attends to itself and to every token.
pub struct PooledPrompt {
    norm1: LayerNorm,
    /// `[channels, 1]`, added to the mean.
    positional_embedding: Tensor,
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    heads: usize,
    proj: Linear,
    norm2: LayerNorm,
    kernels: Kernels,
}

impl PooledPrompt {
    pub fn load(part: &Part<'_>, channels: usize, time_channels: usize, heads: usize) -> Loaded<Self> {
        let pool = part.at("pool");
        let linear = |name: &str| Linear::load(&pool.at(name), channels, channels);
        Ok(Self {
            norm1: LayerNorm::load(&part.at("norm1"), channels, 1e-5)?,
            positional_embedding: pool.tensor("positional_embedding", &[1, channels])?.t()?.contiguous()?,
            q_proj: linear("q_proj")?,
            k_proj: linear("k_proj")?,
            v_proj: linear("v_proj")?,
            heads,
            proj: Linear::load(&part.at("proj"), channels, time_channels)?,
            norm2: LayerNorm::load(&part.at("norm2"), time_channels, 1e-5)?,
            kernels: part.kernels(),
        })
    }

    /// Prompt states `[batch, cross_attention_dim, tokens]` to `[batch, time channels, 1]`.
    pub fn forward(&self, states: &Tensor) -> Result<Tensor> {
        let tokens = self.norm1.forward(states)?;
        let query = tokens.mean_keepdim(2)?.broadcast_add(&self.positional_embedding)?;
        let all = Tensor::cat(&[&query, &tokens], 2)?;
        let project = |linear: &Linear, x: &Tensor| linear.forward(x, After::default());
        let (k, v) = (project(&self.k_proj, &all)?, project(&self.v_proj, &all)?);
        let pooled = attention(&project(&self.q_proj, &query)?, &k, &v, self.heads, false, self.kernels)?;
        self.norm2.forward(&project(&self.proj, &pooled)?)
    }
}
