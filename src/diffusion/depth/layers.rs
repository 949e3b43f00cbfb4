//! The layers that encoder and head are made of, on the generator's thread.
//!
//! Tensors are `[channels, pixels]` or `[channels, height, width]`, f32, contiguous, one picture at a time. Tokens
//! count as pixels, so that nothing is transposed between encoder and head.

use candle_core::{Result, Tensor};

use super::error::DepthError;
use super::pointwise::{Finish, Normalise, Then};
use super::weights::Weights;

/// W·x + b for every pixel, then perhaps an activation.
pub struct Linear {
    weight: Tensor,
    finish: Finish,
}

impl Linear {
    /// `weight` is `[outputs, inputs]`.
    pub fn new(weight: Tensor, bias: Vec<f32>, then: Then) -> Self {
        Self { weight, finish: Finish { bias, then } }
    }

    /// A 1 x 1 convolution by its name.
    pub fn pointwise(weights: &mut Weights, name: &str, [inputs, outputs]: [usize; 2], then: Then) -> Loaded<Self> {
        let (weight, bias) = weights.affine(name, &[outputs, inputs, 1, 1])?;
        Ok(Self::new(weight, bias, then))
    }

    /// `[inputs, pixels]` to `[outputs, pixels]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let y = self.weight.matmul(x)?;
        y.inplace_op1(&self.finish)?;
        Ok(y)
    }

    /// `[inputs, height, width]` to `[outputs, height, width]`.
    pub fn forward_image(&self, x: &Tensor) -> Result<Tensor> {
        let (_, height, width) = x.dims3()?;
        self.forward(&x.flatten_from(1)?)?.reshape(((), height, width))
    }
}

/// A transposed convolution whose stride is its kernel's side: every pixel becomes a square of its own, so it is one
/// matrix product and a change of order.
pub struct Spread {
    /// To `[outputs · side · side, pixels]`.
    linear: Linear,
    side: usize,
}

impl Spread {
    pub fn load(weights: &mut Weights, name: &str, channels: usize, side: usize) -> Loaded<Self> {
        let weight = weights.take(&format!("{name}.weight"), &[channels, channels, side, side])?;
        let bias = weights.list(&format!("{name}.bias"), channels)?;
        let bias = bias.into_iter().flat_map(|bias| std::iter::repeat_n(bias, side * side)).collect();
        let weight = weight.flatten_from(1)?.t()?.contiguous()?;
        Ok(Self { linear: Linear::new(weight, bias, Then::Nothing), side })
    }

    /// `[channels, height, width]` to `[channels, side · height, side · width]`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let ((channels, height, width), side) = (x.dims3()?, self.side);
        let y = self.linear.forward(&x.flatten_from(1)?)?.reshape((channels, side, side, height, width))?;
        y.permute((0, 3, 1, 4, 2))?.contiguous()?.reshape((channels, height * side, width * side))
    }
}

/// Layer norm of each token over its channels.
pub struct LayerNorm(Normalise);

impl LayerNorm {
    pub fn load(weights: &mut Weights, name: &str, channels: usize) -> Loaded<Self> {
        let gain = weights.list(&format!("{name}.weight"), channels)?;
        let offset = weights.list(&format!("{name}.bias"), channels)?;
        Ok(Self(Normalise { gain, offset, eps: 1e-6 }))
    }

    /// `[channels, tokens]`, the same shape out.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.apply_op1_no_bwd(&self.0)
    }
}

/// What loading any part gives.
pub type Loaded<T> = std::result::Result<T, DepthError>;
