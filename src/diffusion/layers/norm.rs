//! Group norm and layer norm.

use candle_core::{Result, Tensor};

use super::view;
use crate::diffusion::error::Loaded;
use crate::diffusion::kernels::norm::{ScaleShift, Shape, group_norm, layer_norm};
use crate::diffusion::weights::Part;

/// Per-channel scale and offset of a normalisation.
struct Gains {
    weight: Tensor,
    bias: Tensor,
    eps: f64,
    own: bool,
}

impl Gains {
    fn load(part: &Part<'_>, channels: usize, eps: f64) -> Loaded<Self> {
        let (weight, bias) = (part.tensor("weight", &[channels])?, part.tensor("bias", &[channels])?);
        Ok(Self { weight, bias, eps, own: part.compute().is_own() })
    }

    fn with_affine<R>(&self, f: impl FnOnce(&ScaleShift<'_>) -> R) -> Result<R> {
        let (weight, bias) = (view(&self.weight)?, view(&self.bias)?);
        Ok(f(&ScaleShift { weight: &weight, bias: &bias, eps: self.eps as f32 }))
    }
}

fn shape_of(x: &Tensor) -> Result<Shape> {
    let (batch, channels) = (x.dim(0)?, x.dim(1)?);
    Ok(Shape { batch, channels, pixels: x.elem_count() / (batch * channels).max(1) })
}

/// Group norm over groups of channels and all pixels.
pub struct GroupNorm {
    gains: Gains,
    groups: usize,
}

impl GroupNorm {
    pub fn load(part: &Part<'_>, groups: usize, channels: usize, eps: f64) -> Loaded<Self> {
        Ok(Self { gains: Gains::load(part, channels, eps)?, groups })
    }

    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.run(x, false)
    }

    /// With SiLU after it, in the same pass.
    pub fn forward_silu(&self, x: &Tensor) -> Result<Tensor> {
        self.run(x, true)
    }

    /// Times 1 + `scale`, plus `shift`, both `[batch, channels]`, then SiLU.
    pub fn forward_modulated_silu(&self, x: &Tensor, scale: &Tensor, shift: &Tensor) -> Result<Tensor> {
        let scale = (scale + 1.0)?;
        let weight = scale.broadcast_mul(&self.gains.weight)?;
        let bias = scale.broadcast_mul(&self.gains.bias)?.add(shift)?;
        if self.gains.own {
            let gains = Gains { weight: weight.flatten_all()?, bias: bias.flatten_all()?, ..self.gains };
            return Self { gains, groups: self.groups }.run(x, true);
        }
        let y = self.normalised(x)?;
        let spread = |gain: &Tensor| gain.unsqueeze(2)?.unsqueeze(3);
        y.broadcast_mul(&spread(&weight)?)?.broadcast_add(&spread(&bias)?)?.silu()
    }

    /// candle's, with neither scale nor offset.
    fn normalised(&self, x: &Tensor) -> Result<Tensor> {
        let channels = x.dim(1)?;
        let (one, zero) = (self.gains.weight.ones_like()?, self.gains.weight.zeros_like()?);
        let norm = candle_nn::GroupNorm::new(one, zero, channels, self.groups, self.gains.eps)?;
        candle_nn::Module::forward(&norm, x)
    }

    fn run(&self, x: &Tensor, with_silu: bool) -> Result<Tensor> {
        if self.gains.own {
            let (shape, values) = (shape_of(x)?, view(x)?);
            let out = self.gains.with_affine(|affine| group_norm(&values, shape, self.groups, affine, with_silu))?;
            return Tensor::from_vec(out, x.shape(), x.device());
        }
        let channels = x.dim(1)?;
        let norm = candle_nn::GroupNorm::new(
            self.gains.weight.clone(),
            self.gains.bias.clone(),
            channels,
            self.groups,
            self.gains.eps,
        )?;
        let y = candle_nn::Module::forward(&norm, x)?;
        if with_silu { y.silu() } else { Ok(y) }
    }
}

/// Layer norm of each pixel (or token) over its channels.
pub struct LayerNorm(Gains);

impl LayerNorm {
    pub fn load(part: &Part<'_>, channels: usize, eps: f64) -> Loaded<Self> {
        Gains::load(part, channels, eps).map(Self)
    }

    /// `[batch, channels, pixels]`, same shape out.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        if self.0.own {
            let (shape, values) = (shape_of(x)?, view(x)?);
            let out = self.0.with_affine(|affine| layer_norm(&values, shape, affine))?;
            return Tensor::from_vec(out, x.shape(), x.device());
        }
        let tokens = x.transpose(1, 2)?.contiguous()?;
        let y = candle_nn::ops::layer_norm(&tokens, &self.0.weight, &self.0.bias, self.0.eps as f32)?;
        y.transpose(1, 2)?.contiguous()
    }
}
