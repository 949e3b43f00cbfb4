//! The encoder, DINOv2's ViT-S/14 (Oquab et al., 2023): patches of a picture to tokens that know of each other.
//!
//! Runs on the generator's thread; what it returns goes to the head.

use candle_core::{Device, Result, Tensor};

use super::PATCH;
use super::layers::{LayerNorm, Linear, Loaded};
use super::pointwise::{SoftmaxOfKeys, Then};
use super::resize::{Taps, resize};
use super::weights::{Names, Weights};

/// Numbers per token.
pub const CHANNELS: usize = 384;
const HEADS: usize = 6;
const DEPTH: usize = CHANNELS / HEADS;
const BLOCKS: usize = 12;
/// The grid of patches that position codes are stored for: 518 pixels.
const GRID: usize = 37;
/// Every third block's tokens go to the head.
const EVERY: usize = 3;

/// The encoder with its weights.
pub struct Encoder {
    /// From a patch's pixels, `[channels, 3 · 14 · 14]`.
    patches: Linear,
    /// The token that stands for the whole picture, with its position code: `[channels, 1]`.
    class: Tensor,
    /// `[channels, GRID, GRID]`
    codes: Vec<f32>,
    blocks: Vec<Block>,
    norm: LayerNorm,
}

impl Encoder {
    pub fn load(weights: &mut Weights) -> Loaded<Self> {
        let names = weights.names();
        let projection = names.pick("pretrained.patch_embed.proj", "backbone.embeddings.patch_embeddings.projection");
        let (weight, bias) = weights.affine(projection, &[CHANNELS, 3, PATCH, PATCH])?;
        let class = names.pick("pretrained.cls_token", "backbone.embeddings.cls_token");
        let class = weights.take(class, &[1, 1, CHANNELS])?.reshape((CHANNELS, 1))?;
        let codes = names.pick("pretrained.pos_embed", "backbone.embeddings.position_embeddings");
        let codes = weights.take(codes, &[1, 1 + GRID * GRID, CHANNELS])?.squeeze(0)?.t()?;
        Ok(Self {
            patches: Linear::new(weight, bias, Then::Nothing),
            class: (class + codes.narrow(1, 0, 1)?)?,
            codes: codes.narrow(1, 1, GRID * GRID)?.flatten_all()?.to_vec1()?,
            blocks: (0..BLOCKS).map(|index| Block::load(weights, index)).collect::<Loaded<_>>()?,
            norm: LayerNorm::load(weights, names.pick("pretrained.norm", "backbone.layernorm"), CHANNELS)?,
        })
    }

    /// A normalised picture `[3, 14 · rows, 14 · columns]` to the normalised tokens after every third block, each
    /// `[CHANNELS, rows, columns]`, first to last.
    pub fn forward(&self, image: &Tensor, [rows, columns]: [usize; 2]) -> Result<Vec<Tensor>> {
        let mut x = self.embed(image, [rows, columns])?;
        let mut features = Vec::new();
        for (index, block) in self.blocks.iter().enumerate() {
            x = block.forward(&x)?;
            if (index + 1) % EVERY == 0 {
                let tokens = self.norm.forward(&x)?.narrow(1, 1, rows * columns)?.contiguous()?;
                features.push(tokens.reshape((CHANNELS, rows, columns))?);
            }
        }
        Ok(features)
    }

    /// The first tokens, `[CHANNELS, 1 + rows · columns]`, that of the whole picture first.
    fn embed(&self, image: &Tensor, [rows, columns]: [usize; 2]) -> Result<Tensor> {
        let pixels = image.reshape((3, rows, PATCH, columns, PATCH))?.permute((0, 2, 4, 1, 3))?.contiguous()?;
        let tokens = self.patches.forward(&pixels.reshape((3 * PATCH * PATCH, rows * columns))?)?;
        let codes = resize(&self.codes, [GRID, GRID], &Taps::cubic(GRID, rows), &Taps::cubic(GRID, columns));
        let codes = Tensor::from_vec(codes, (CHANNELS, rows * columns), &Device::Cpu)?;
        Tensor::cat(&[&self.class, &(tokens + codes)?], 1)?.contiguous()
    }
}

/// Attention, then a small network for each token, both normalised before and added to their input.
struct Block {
    before_attention: LayerNorm,
    /// Queries, keys and values in one.
    qkv: Linear,
    projection: Linear,
    before_mlp: LayerNorm,
    widen: Linear,
    narrow: Linear,
}

impl Block {
    fn load(weights: &mut Weights, index: usize) -> Loaded<Self> {
        let names = weights.names();
        let name = |original: &str, transformers: &str| match names {
            Names::Original => format!("pretrained.blocks.{index}.{original}"),
            Names::Transformers => format!("backbone.encoder.layer.{index}.{transformers}"),
        };
        let wide = 4 * CHANNELS;
        let qkv = match names {
            Names::Original => weights.affine(&name("attn.qkv", ""), &[3 * CHANNELS, CHANNELS])?,
            Names::Transformers => joined(weights, &name("", "attention.attention"))?,
        };
        let (weight, bias) = weights.affine(&name("attn.proj", "attention.output.dense"), &[CHANNELS, CHANNELS])?;
        let gains = weights.list(&name("ls1.gamma", "layer_scale1.lambda1"), CHANNELS)?;
        let projection = scaled(&weight, bias, gains)?;
        let (weight, bias) = weights.affine(&name("mlp.fc2", "mlp.fc2"), &[CHANNELS, wide])?;
        let gains = weights.list(&name("ls2.gamma", "layer_scale2.lambda1"), CHANNELS)?;
        let narrow = scaled(&weight, bias, gains)?;
        let (weight, bias) = weights.affine(&name("mlp.fc1", "mlp.fc1"), &[wide, CHANNELS])?;
        Ok(Self {
            before_attention: LayerNorm::load(weights, &name("norm1", "norm1"), CHANNELS)?,
            qkv: with_quiet_queries(&qkv.0, qkv.1)?,
            projection,
            before_mlp: LayerNorm::load(weights, &name("norm2", "norm2"), CHANNELS)?,
            widen: Linear::new(weight, bias, Then::Gelu),
            narrow,
        })
    }

    /// `[CHANNELS, tokens]`, the same shape out.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = (x + self.attend(&self.before_attention.forward(x)?)?)?;
        let wide = self.widen.forward(&self.before_mlp.forward(&x)?)?;
        x + self.narrow.forward(&wide)?
    }

    fn attend(&self, x: &Tensor) -> Result<Tensor> {
        let tokens = x.dim(1)?;
        let qkv = self.qkv.forward(x)?.reshape((3, HEADS, DEPTH, tokens))?;
        let (queries, keys, values) = (qkv.get(0)?, qkv.get(1)?, qkv.get(2)?);
        let shares = keys.t()?.matmul(&queries)?;
        shares.inplace_op1(&SoftmaxOfKeys)?;
        self.projection.forward(&values.matmul(&shares)?.reshape((CHANNELS, tokens))?)
    }
}

/// transformers' three tensors as the original's one.
fn joined(weights: &mut Weights, name: &str) -> Loaded<(Tensor, Vec<f32>)> {
    let (mut parts, mut biases) = (Vec::new(), Vec::new());
    for part in ["query", "key", "value"] {
        let (weight, bias) = weights.affine(&format!("{name}.{part}"), &[CHANNELS, CHANNELS])?;
        parts.push(weight);
        biases.extend(bias);
    }
    Ok((Tensor::cat(&parts, 0)?, biases))
}

/// With every row multiplied by its gain, so that the layer's scale (Touvron et al., CaiT, 2021) costs no pass.
fn scaled(weight: &Tensor, bias: Vec<f32>, gains: Vec<f32>) -> Loaded<Linear> {
    let bias = bias.into_iter().zip(&gains).map(|(bias, gain)| bias * gain).collect();
    let gains = Tensor::from_vec(gains, (weight.dim(0)?, 1), weight.device())?;
    Ok(Linear::new(weight.broadcast_mul(&gains)?, bias, Then::Nothing))
}

/// With attention's 1/√DEPTH in the queries already; it is a power of two, so no digit is lost.
fn with_quiet_queries(weight: &Tensor, bias: Vec<f32>) -> Loaded<Linear> {
    let mut gains = vec![1.0; 3 * CHANNELS];
    gains.iter_mut().take(CHANNELS).for_each(|gain| *gain = (DEPTH as f32).sqrt().recip());
    scaled(weight, bias, gains)
}
