//! The layers all networks are built from. Each runs on our packed CPU kernels or, on other devices,
//! on candle's own operations; callers cannot tell which.
//!
//! Tensors are `[batch, channels, pixels]` or `[batch, channels, height, width]`, f32, contiguous.
//! Tokens count as pixels: a prompt is `[batch, channels, tokens]`, so nothing is ever transposed
//! between a convolution and an attention.

mod norm;
mod storage;
mod tokens;

use candle_core::{Result, Tensor};

use super::error::Loaded;
use super::kernels::conv::{Finish, Geometry, Winograd, convolve};
use super::kernels::tile::Packed;
use super::weights::Part;
pub use norm::{GroupNorm, LayerNorm};
pub use storage::Passing;
use storage::view;
pub use tokens::{Activation, attention, concatenate, geglu};

/// Applied to a layer's result when it is stored, in this order.
#[derive(Clone, Copy, Default)]
pub struct After<'a> {
    /// `[batch, channels]`, added to every pixel.
    pub shift: Option<&'a Tensor>,
    /// Shaped like the result, added to it.
    pub residual: Option<&'a Tensor>,
    pub relu: bool,
}

/// Weights of a convolution or linear layer.
enum Matrix {
    Own { packed: Packed, winograd: Option<Box<Winograd>>, bias: Option<Vec<f32>> },
    Candle { weight: Tensor, bias: Option<Tensor> },
}

impl Matrix {
    fn load(part: &Part<'_>, shape: &[usize], other: &[usize], with_bias: bool) -> Loaded<Self> {
        let bias = if with_bias { Some(part.tensor("bias", &shape[..1])?) } else { None };
        if !part.compute().is_own() {
            return Ok(Self::Candle { weight: part.tensor_or("weight", shape, other)?, bias });
        }
        let (rows, k) = (shape[0], shape[1..].iter().product());
        let (packed, winograd) = part.numbers("weight", shape, other, |numbers| {
            let winograd = if shape[2..] == [3, 3] { Winograd::read(rows, shape[1], numbers) } else { None };
            (Packed::read(rows, k, numbers), winograd.map(Box::new))
        })?;
        Ok(Self::Own { packed, winograd, bias: bias.map(|bias| bias.to_vec1()).transpose()? })
    }
}

fn own(
    (packed, winograd): (&Packed, Option<&Winograd>),
    bias: Option<&[f32]>,
    x: &Tensor,
    geometry: &Geometry,
    after: After<'_>,
) -> Result<Vec<f32>> {
    let shift = after.shift.map(view).transpose()?;
    let residual = after.residual.map(view).transpose()?;
    let finish = Finish { bias, shift: shift.as_deref(), residual: residual.as_deref(), relu: after.relu };
    let x = view(x)?;
    Ok(match winograd.filter(|winograd| winograd.fits(geometry)) {
        Some(winograd) => winograd.convolve(&x, geometry, finish),
        None => convolve(packed, &x, geometry, finish),
    })
}

/// The same on candle's operations, for `x` with any number of dimensions after the channels.
fn candle_after(mut x: Tensor, bias: Option<&Tensor>, after: After<'_>) -> Result<Tensor> {
    let spread = |x: &Tensor, rank: usize| -> Result<Tensor> {
        let mut dims = x.dims().to_vec();
        dims.resize(rank, 1);
        x.reshape(dims)
    };
    if let Some(bias) = bias {
        x = x.broadcast_add(&spread(&bias.unsqueeze(0)?, x.rank())?)?;
    }
    if let Some(shift) = after.shift {
        x = x.broadcast_add(&spread(shift, x.rank())?)?;
    }
    if let Some(residual) = after.residual {
        x = (x + residual)?;
    }
    // Not `relu`, which may make 0 of NaN.
    if after.relu { x.lt(0.0)?.where_cond(&x.zeros_like()?, &x) } else { Ok(x) }
}

/// y = W·x + b for every pixel (or token).
pub struct Linear(Matrix);

impl Linear {
    pub fn load(part: &Part<'_>, inputs: usize, outputs: usize) -> Loaded<Self> {
        Matrix::load(part, &[outputs, inputs], &[outputs, inputs, 1, 1], true).map(Self)
    }

    pub fn load_without_bias(part: &Part<'_>, inputs: usize, outputs: usize) -> Loaded<Self> {
        Matrix::load(part, &[outputs, inputs], &[outputs, inputs, 1, 1], false).map(Self)
    }

    /// `[batch, inputs, pixels]` to `[batch, outputs, pixels]`.
    pub fn forward(&self, x: &Tensor, after: After<'_>) -> Result<Tensor> {
        let (batch, channels, pixels) = x.dims3()?;
        match &self.0 {
            Matrix::Own { packed, winograd, bias } => {
                let geometry = Geometry::linear(batch, channels, pixels);
                let out = own((packed, winograd.as_deref()), bias.as_deref(), x, &geometry, after)?;
                Tensor::from_vec(out, (batch, packed.rows(), pixels), x.device())
            }
            Matrix::Candle { weight, bias } => candle_after(weight.broadcast_matmul(x)?, bias.as_ref(), after),
        }
    }

    /// The same for `[batch, inputs, height, width]`.
    pub fn forward_image(&self, x: &Tensor, after: After<'_>) -> Result<Tensor> {
        let (_, _, height, width) = x.dims4()?;
        let residual = after.residual.map(|residual| residual.flatten_from(2)).transpose()?;
        let y = self.forward(&x.flatten_from(2)?, After { residual: residual.as_ref(), ..after })?;
        let (batch, channels, _) = y.dims3()?;
        y.reshape((batch, channels, height, width))
    }
}

/// A 3×3 convolution.
pub struct Conv2d {
    matrix: Matrix,
    stride: usize,
    /// Zeros above and left, below and right.
    padding: (usize, usize),
}

impl Conv2d {
    /// Stride 1, same size.
    pub fn load(part: &Part<'_>, inputs: usize, outputs: usize) -> Loaded<Self> {
        Self::load_as(part, inputs, outputs, 1, (1, 1), true)
    }

    pub fn load_as(
        part: &Part<'_>,
        inputs: usize,
        outputs: usize,
        stride: usize,
        padding: (usize, usize),
        bias: bool,
    ) -> Loaded<Self> {
        let shape = [outputs, inputs, 3, 3];
        Ok(Self { matrix: Matrix::load(part, &shape, &shape, bias)?, stride, padding })
    }

    /// `[batch, inputs, height, width]` to `[batch, outputs, height', width']`.
    pub fn forward(&self, x: &Tensor, after: After<'_>) -> Result<Tensor> {
        self.run(x, None, after)
    }

    /// Enlarges by nearest neighbour to `(height, width)` first.
    pub fn forward_enlarged(&self, x: &Tensor, size: (usize, usize), after: After<'_>) -> Result<Tensor> {
        self.run(x, Some(size), after)
    }

    fn run(&self, x: &Tensor, enlarge: Option<(usize, usize)>, after: After<'_>) -> Result<Tensor> {
        let (batch, channels, height, width) = x.dims4()?;
        let (before, beyond) = self.padding;
        match &self.matrix {
            Matrix::Own { packed, winograd, bias } => {
                let geometry = Geometry {
                    batch,
                    channels,
                    height,
                    width,
                    kernel: 3,
                    stride: self.stride,
                    before,
                    after: beyond,
                    enlarge,
                };
                let (height, width) = geometry.output();
                let out = own((packed, winograd.as_deref()), bias.as_deref(), x, &geometry, after)?;
                Tensor::from_vec(out, (batch, packed.rows(), height, width), x.device())
            }
            Matrix::Candle { weight, bias } => {
                let x = match enlarge {
                    Some((height, width)) => x.upsample_nearest2d(height, width)?,
                    None => x.clone(),
                };
                let y = if before == beyond {
                    x.conv2d(weight, before, self.stride, 1, 1)?
                } else {
                    let x = x.pad_with_zeros(2, before, beyond)?.pad_with_zeros(3, before, beyond)?;
                    x.conv2d(weight, 0, self.stride, 1, 1)?
                };
                candle_after(y, bias.as_ref(), after)
            }
        }
    }
}
