//! The layers all networks are built from. Each runs on our packed CPU kernels or, on other devices,
//! on candle's own operations; callers cannot tell which.
//!
//! Tensors are `[batch, channels, pixels]` or `[batch, channels, height, width]`, f32, contiguous.
//! Tokens count as pixels: a prompt is `[batch, channels, tokens]`, so nothing is ever transposed
//! between a convolution and an attention.

use std::ops::Deref;

use candle_core::{CpuStorage, Result, Storage, Tensor};

use super::error::Loaded;
use super::kernels::attention::{Sizes, attention as own_attention};
use super::kernels::conv::{Finish, Geometry, convolve};
use super::kernels::norm::{Affine, Shape, group_norm, layer_norm};
use super::kernels::pointwise;
use super::kernels::tile::Packed;
use super::weights::Part;

/// Who computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kernels {
    /// Ours on a CPU, candle's elsewhere.
    #[default]
    Best,
    /// Candle's everywhere: for comparison.
    Candle,
}

/// A CPU tensor's numbers, for as long as the lock on its storage is held.
struct View<Lock> {
    storage: Lock,
    start: usize,
    end: usize,
}

fn view(tensor: &Tensor) -> Result<View<impl Deref<Target = Storage>>> {
    let (storage, layout) = tensor.storage_and_layout();
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("our kernels need contiguous tensors, not {layout:?}");
    };
    match &*storage {
        Storage::Cpu(CpuStorage::F32(_)) => Ok(View { storage, start, end }),
        _ => candle_core::bail!("our kernels need f32 on the CPU"),
    }
}

impl<Lock: Deref<Target = Storage>> Deref for View<Lock> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &*self.storage {
            Storage::Cpu(CpuStorage::F32(values)) => &values[self.start..self.end],
            // `view` lets nothing else through.
            _ => &[],
        }
    }
}

/// What rides on a product's store, in this order.
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
    Own { packed: Packed, bias: Option<Vec<f32>> },
    Candle { weight: Tensor, bias: Option<Tensor> },
}

impl Matrix {
    fn load(part: &Part<'_>, shape: &[usize], other: &[usize], with_bias: bool) -> Loaded<Self> {
        let weight = part.tensor_or("weight", shape, other)?;
        let bias = if with_bias { Some(part.tensor("bias", &shape[..1])?) } else { None };
        if part.kernels() == Kernels::Candle || !part.device().is_cpu() {
            return Ok(Self::Candle { weight, bias });
        }
        let packed = Packed::new(&view(&weight)?, shape[0], shape[1..].iter().product());
        Ok(Self::Own { packed, bias: bias.map(|bias| bias.to_vec1()).transpose()? })
    }
}

fn own(packed: &Packed, bias: Option<&[f32]>, x: &Tensor, geometry: &Geometry, after: After<'_>) -> Result<Vec<f32>> {
    let shift = after.shift.map(view).transpose()?;
    let residual = after.residual.map(view).transpose()?;
    let finish = Finish { bias, shift: shift.as_deref(), residual: residual.as_deref(), relu: after.relu };
    Ok(convolve(packed, &view(x)?, geometry, finish))
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
            Matrix::Own { packed, bias } => {
                let geometry = Geometry::linear(batch, channels, pixels);
                let out = own(packed, bias.as_deref(), x, &geometry, after)?;
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
            Matrix::Own { packed, bias } => {
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
                let out = own(packed, bias.as_deref(), x, &geometry, after)?;
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

/// Per-channel scale and offset of a normalisation.
struct Gains {
    weight: Tensor,
    bias: Tensor,
    eps: f64,
    own: bool,
}

impl Gains {
    fn load(part: &Part<'_>, channels: usize, eps: f64) -> Loaded<Self> {
        let own = part.kernels() == Kernels::Best && part.device().is_cpu();
        Ok(Self { weight: part.tensor("weight", &[channels])?, bias: part.tensor("bias", &[channels])?, eps, own })
    }

    fn with_affine<R>(&self, f: impl FnOnce(&Affine<'_>) -> R) -> Result<R> {
        let (weight, bias) = (view(&self.weight)?, view(&self.bias)?);
        Ok(f(&Affine { weight: &weight, bias: &bias, eps: self.eps as f32 }))
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
        scores = scores.broadcast_add(&Tensor::from_vec(hidden, (queries, keys), scores.device())?)?;
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
            let mut out = view(x)?.to_vec();
            match self {
                Self::Silu => pointwise::silu_all(&mut out),
                Self::QuickGelu => pointwise::quick_gelu_all(&mut out),
                Self::Gelu => pointwise::gelu_all(&mut out),
            }
            return Tensor::from_vec(out, x.shape(), x.device());
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
        let half = channels / 2 * pixels;
        let mut out = vec![0.0; batch * half];
        for (x, out) in view(x)?.chunks_exact(2 * half).zip(out.chunks_exact_mut(half)) {
            pointwise::geglu(&x[..half], &x[half..], out);
        }
        return Tensor::from_vec(out, (batch, channels / 2, pixels), x.device());
    }
    let halves = x.chunk(2, 1)?;
    &halves[0] * halves[1].gelu_erf()?
}
