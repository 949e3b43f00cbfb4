//! Layers without weights: attention, activations, and what joins two tensors.

use candle_core::{Result, Tensor};

use super::view;
use crate::diffusion::compute::Kernels;
use crate::diffusion::kernels::attention::{Sizes, attention as own_attention};
use crate::diffusion::kernels::pointwise;

/// softmax(qᵀk/√depth)·v for each head. `q` is `[batch, channels, queries]`, `k` and `v` are
/// `[batch, channels, keys]`; `causal` hides later keys. Returns `[batch, channels, queries]`.
pub fn attention(q: &Tensor, k: &Tensor, v: &Tensor, heads: usize, causal: bool, kernels: Kernels) -> Result<Tensor> {
    let ((batch, channels, queries), (_, _, keys)) = (q.dims3()?, k.dims3()?);
    let depth = channels / heads;
    if kernels == Kernels::Best && q.device().is_cpu() {
        let sizes = Sizes { batch, heads, depth, queries, keys, causal };
        let out = own_attention(&view(q)?, &view(k)?, &view(v)?, sizes);
        return Tensor::from_vec(out, (batch, channels, queries), q.device());
    }
    let split = |x: &Tensor, tokens: usize| x.reshape((batch, heads, depth, tokens));
    let q = (split(q, queries)?.transpose(2, 3)?.contiguous()? * (1.0 / (depth as f64).sqrt()))?;
    let mut scores = q.matmul(&split(k, keys)?)?;
    if causal {
        let hidden: Vec<f32> =
            (0..queries * keys).map(|i| if i % keys > i / keys { f32::NEG_INFINITY } else { 0.0 }).collect();
        let hidden = Tensor::from_vec(hidden, (queries, keys), scores.device())?.to_dtype(scores.dtype())?;
        scores = scores.broadcast_add(&hidden)?;
    }
    let shares = candle_nn::ops::softmax_last_dim(&scores)?;
    let out = split(v, keys)?.matmul(&shares.transpose(2, 3)?.contiguous()?)?;
    out.reshape((batch, channels, queries))
}

/// A pointwise function.
#[derive(Clone, Copy, Debug)]
pub enum Activation {
    Silu,
    QuickGelu,
    /// Exact, by erf.
    Gelu,
}

impl Activation {
    pub fn apply(self, x: &Tensor, kernels: Kernels) -> Result<Tensor> {
        if kernels == Kernels::Best && x.device().is_cpu() {
            let all = match self {
                Self::Silu => pointwise::silu_all,
                Self::QuickGelu => pointwise::quick_gelu_all,
                Self::Gelu => pointwise::gelu_all,
            };
            return Tensor::from_vec(pointwise::mapped(&view(x)?, all), x.shape(), x.device());
        }
        match self {
            Self::Silu => x.silu(),
            Self::QuickGelu => x * candle_nn::ops::sigmoid(&(x * 1.702)?)?,
            Self::Gelu => x.gelu_erf(),
        }
    }
}

/// First half of the channels times exact GELU of the second: `[batch, 2n, pixels]` to
/// `[batch, n, pixels]`.
pub fn geglu(x: &Tensor, kernels: Kernels) -> Result<Tensor> {
    let (batch, channels, pixels) = x.dims3()?;
    if kernels == Kernels::Best && x.device().is_cpu() {
        let out = pointwise::gated(&view(x)?, channels / 2 * pixels);
        return Tensor::from_vec(out, (batch, channels / 2, pixels), x.device());
    }
    let halves = x.chunk(2, 1)?;
    &halves[0] * halves[1].gelu_erf()?
}

/// Two tensors one after the other, along the channels.
pub fn concatenate(first: &Tensor, second: &Tensor, kernels: Kernels) -> Result<Tensor> {
    if kernels == Kernels::Candle || !first.device().is_cpu() {
        return Tensor::cat(&[first, second], 1);
    }
    let (mut dims, batch) = (first.dims().to_vec(), first.dim(0)?);
    if second.dims()[2..] != dims[2..] || second.dim(0)? != batch {
        candle_core::bail!("{dims:?} and {:?} differ in more than their channels", second.dims());
    }
    dims[1] += second.dim(1)?;
    let out = pointwise::interleaved(&view(first)?, &view(second)?, batch);
    Tensor::from_vec(out, dims, first.device())
}
