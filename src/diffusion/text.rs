//! The CLIP text encoder: token ids to the states a UNet attends to.
//!
//! Called by whoever needs a prompt encoded, off the critical path; results are cached by the caller.
//! Only the last hidden state after the final layer norm is made, which is what Stable Diffusion 1
//! and 2 condition on.

use candle_core::{Result, Tensor};

use super::compute::Kernels;
use super::config::text::TextConfig;
use super::error::Loaded;
use super::layers::{Activation, After, LayerNorm, Linear, attention};
use super::weights::Part;

/// A CLIPTextModel.
pub struct ClipText {
    token_embedding: Tensor,
    position_embedding: Tensor,
    layers: Vec<Layer>,
    final_layer_norm: LayerNorm,
}

struct Layer {
    layer_norm1: LayerNorm,
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    out_proj: Linear,
    layer_norm2: LayerNorm,
    fc1: Linear,
    fc2: Linear,
    heads: usize,
    activation: Activation,
    kernels: Kernels,
}

impl ClipText {
    pub fn load(root: &Part<'_>, config: &TextConfig) -> Loaded<Self> {
        let width = config.hidden_size;
        let embeddings = root.at("embeddings");
        let token_embedding = embeddings.at("token_embedding").tensor("weight", &[config.vocab_size, width])?;
        let position_embedding =
            embeddings.at("position_embedding").tensor("weight", &[config.max_position_embeddings, width])?;
        let layers = root.at("encoder").at("layers");
        let layers =
            (0..config.num_hidden_layers).map(|i| Layer::load(&layers.at(i), config)).collect::<Loaded<_>>()?;
        let final_layer_norm = LayerNorm::load(&root.at("final_layer_norm"), width, config.layer_norm_eps)?;
        Ok(Self { token_embedding, position_embedding, layers, final_layer_norm })
    }

    /// `ids` of one prompt, at most as many as the model has positions, to `[1, tokens, hidden_size]`.
    pub fn forward(&self, ids: &[u32]) -> Result<Tensor> {
        let positions = self.position_embedding.narrow(0, 0, ids.len())?;
        let ids = Tensor::new(ids, self.token_embedding.device())?;
        let x = (self.token_embedding.index_select(&ids, 0)? + positions)?;
        let mut x = x.t()?.contiguous()?.unsqueeze(0)?;
        for layer in &self.layers {
            x = layer.forward(&x)?;
        }
        self.final_layer_norm.forward(&x)?.transpose(1, 2)?.contiguous()
    }
}

impl Layer {
    fn load(part: &Part<'_>, config: &TextConfig) -> Loaded<Self> {
        let (width, inner, eps) = (config.hidden_size, config.intermediate_size, config.layer_norm_eps);
        let (attn, mlp) = (part.at("self_attn"), part.at("mlp"));
        Ok(Self {
            layer_norm1: LayerNorm::load(&part.at("layer_norm1"), width, eps)?,
            q_proj: Linear::load(&attn.at("q_proj"), width, width)?,
            k_proj: Linear::load(&attn.at("k_proj"), width, width)?,
            v_proj: Linear::load(&attn.at("v_proj"), width, width)?,
            out_proj: Linear::load(&attn.at("out_proj"), width, width)?,
            layer_norm2: LayerNorm::load(&part.at("layer_norm2"), width, eps)?,
            fc1: Linear::load(&mlp.at("fc1"), width, inner)?,
            fc2: Linear::load(&mlp.at("fc2"), inner, width)?,
            heads: config.num_attention_heads,
            activation: if config.quick_gelu { Activation::QuickGelu } else { Activation::Gelu },
            kernels: part.kernels(),
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.layer_norm1.forward(x)?;
        let project = |linear: &Linear| linear.forward(&y, After::default());
        let (q, k, v) = (project(&self.q_proj)?, project(&self.k_proj)?, project(&self.v_proj)?);
        let y = attention(&q, &k, &v, self.heads, true, self.kernels)?;
        let x = self.out_proj.forward(&y, After { residual: Some(x), ..After::default() })?;
        let y = self.fc1.forward(&self.layer_norm2.forward(&x)?, After::default())?;
        let y = self.activation.apply(&y, self.kernels)?;
        self.fc2.forward(&y, After { residual: Some(&x), ..After::default() })
    }
}
