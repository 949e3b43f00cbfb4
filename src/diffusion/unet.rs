//! UNet2DConditionModel: from a noisy latent, a time and a prompt to the prediction, noise or velocity.
//!
//! Called by `denoise`, once a step. Every batch element has its own time. `cancel` is polled between blocks, so that
//! a cancelled image costs at most one block more.

mod pooled;
mod resnet;
mod transformer;

pub use resnet::{Resnet, ResnetShape};

use candle_core::{Result, Tensor};

use super::compute::Kernels;
use super::conditioning::TextConditioning;
use super::config::unet::{BlockConfig, UnetConfig};
use super::error::Loaded;
use super::layers::{Activation, After, Conv2d, GroupNorm, Linear, Passing, concatenate};
use super::weights::Part;
use pooled::PooledPrompt;
use transformer::Transformer;

/// A UNet2DConditionModel.
pub struct Unet {
    conv_in: Conv2d,
    time: TimeEmbedding,
    pooled: Option<PooledPrompt>,
    down: Vec<DownBlock>,
    mid: Option<MidBlock>,
    up: Vec<UpBlock>,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
}

/// A prompt prepared for the network. It does not depend on the latent, so a whole denoising run shares it.
pub struct UnetConditioning {
    /// Keys and values of every cross-attention.
    pairs: Vec<(Tensor, Tensor)>,
    /// Added to the time embedding, `[batch, time channels, 1]`.
    pooled: Option<Tensor>,
}

/// Inputs that all blocks of one call share.
struct Pass<'a> {
    /// SiLU of the time embedding, `[batch, channels]`.
    time: Tensor,
    conditioning: &'a UnetConditioning,
}

struct DownBlock {
    resnets: Vec<Resnet>,
    attentions: Vec<Transformer>,
    downsampler: Option<Conv2d>,
}

struct MidBlock {
    before: Resnet,
    attention: Transformer,
    after: Resnet,
}

struct UpBlock {
    resnets: Vec<Resnet>,
    attentions: Vec<Transformer>,
    upsampler: Option<Conv2d>,
    kernels: Kernels,
}

impl Unet {
    pub fn load(root: &Part<'_>, config: &UnetConfig) -> Loaded<Self> {
        let first = config.blocks[0].channels;
        let time = TimeEmbedding::load(root, config)?;
        let pooled = config.pooled_prompt_heads.map(|heads| {
            PooledPrompt::load(&root.at("add_embedding"), config.cross_attention_dim, time_channels(config), heads)
        });
        // Cross-attentions take their keys and values from `UnetConditioning` by number, in the order of loading.
        let mut slots = 0;
        let down = load_down(root, config, &mut slots)?;
        let mid = config.mid_block.then(|| MidBlock::load(&root.at("mid_block"), config, &mut slots)).transpose()?;
        let up = load_up(root, config, &mut slots)?;
        Ok(Self {
            conv_in: Conv2d::load(&root.at("conv_in"), config.in_channels, first)?,
            time,
            pooled: pooled.transpose()?,
            down,
            mid,
            up,
            conv_norm_out: GroupNorm::load(&root.at("conv_norm_out"), config.norm_num_groups, first, config.norm_eps)?,
            conv_out: Conv2d::load(&root.at("conv_out"), first, config.out_channels)?,
        })
    }

    /// Prepares a prompt, whose tokens are `[batch, tokens, cross_attention_dim]`. The UNets of Stable Diffusion 1 and 2
    /// look at nothing else of it.
    pub fn condition(&self, prompt: &TextConditioning) -> Result<UnetConditioning> {
        let states = prompt.tokens.transpose(1, 2)?.contiguous()?;
        let mut pairs = Vec::new();
        let transformers = self.down.iter().flat_map(|block| &block.attentions);
        let transformers = transformers.chain(self.mid.as_ref().map(|mid| &mid.attention));
        for transformer in transformers.chain(self.up.iter().flat_map(|block| &block.attentions)) {
            transformer.condition(&states, &mut pairs)?;
        }
        let pooled = self.pooled.as_ref().map(|pooled| pooled.forward(&states)).transpose()?;
        Ok(UnetConditioning { pairs, pooled })
    }

    /// `x` is `[batch, in_channels, height, width]`, `times` has one time (0 to 999, fractions
    /// allowed) for each batch element. Returns `[batch, out_channels, height, width]`, or `None` as
    /// soon as `cancel` says so.
    pub fn forward(
        &self,
        x: &Tensor,
        times: &[f64],
        conditioning: &UnetConditioning,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Option<Tensor>> {
        let time = self.time.forward(times, conditioning.pooled.as_ref(), x)?;
        let pass = Pass { time, conditioning };
        let mut x = self.conv_in.forward(x, After::default())?;
        let mut skips = vec![x.clone()];
        for block in &self.down {
            if cancel() {
                return Ok(None);
            }
            x = block.forward(x, &pass, &mut skips)?;
        }
        if cancel() {
            return Ok(None);
        }
        if let Some(mid) = &self.mid {
            x = mid.forward(&x, &pass)?;
        }
        for block in &self.up {
            if cancel() {
                return Ok(None);
            }
            x = block.forward(x, &pass, &mut skips)?;
        }
        if cancel() {
            return Ok(None);
        }
        let y = Passing::new(self.conv_norm_out.forward_silu(&Passing::new(x))?);
        self.conv_out.forward(&y, After::default()).map(Some)
    }
}

/// Channels of the time embedding.
fn time_channels(config: &UnetConfig) -> usize {
    4 * config.blocks[0].channels
}

fn resnet(part: &Part<'_>, config: &UnetConfig, inputs: usize, outputs: usize) -> Loaded<Resnet> {
    let shape = ResnetShape {
        inputs,
        outputs,
        time: Some(time_channels(config)),
        modulates: config.time_modulates,
        groups: config.norm_num_groups,
        eps: config.norm_eps,
    };
    Resnet::load(part, shape)
}

fn load_down(root: &Part<'_>, config: &UnetConfig, slots: &mut usize) -> Loaded<Vec<DownBlock>> {
    let mut inputs = config.blocks[0].channels;
    let mut blocks = Vec::new();
    for (i, block) in config.blocks.iter().enumerate() {
        let part = root.at("down_blocks").at(i);
        let (mut resnets, mut attentions) = (Vec::new(), Vec::new());
        for layer in 0..block.layers {
            resnets.push(resnet(&part.at("resnets").at(layer), config, inputs, block.channels)?);
            inputs = block.channels;
            if block.attention {
                attentions.push(Transformer::load(&part.at("attentions").at(layer), config, block, slots)?);
            }
        }
        let last = i + 1 == config.blocks.len();
        let conv = || Conv2d::load_as(&part.at("downsamplers.0.conv"), inputs, inputs, 2, (1, 1), true);
        blocks.push(DownBlock { resnets, attentions, downsampler: if last { None } else { Some(conv()?) } });
    }
    Ok(blocks)
}

/// Channels of every skip connection, in the order the way down makes them.
fn skip_channels(config: &UnetConfig) -> Vec<usize> {
    let mut skips = vec![config.blocks[0].channels];
    for (i, block) in config.blocks.iter().enumerate() {
        let downsampled = usize::from(i + 1 < config.blocks.len());
        skips.extend(std::iter::repeat_n(block.channels, block.layers + downsampled));
    }
    skips
}

fn load_up(root: &Part<'_>, config: &UnetConfig, slots: &mut usize) -> Loaded<Vec<UpBlock>> {
    let mut skips = skip_channels(config);
    let mut inputs = config.blocks.last().map_or(0, |block| block.channels);
    let mut blocks = Vec::new();
    for (i, (block, &attention)) in config.blocks.iter().rev().zip(&config.up_attention).enumerate() {
        let part = root.at("up_blocks").at(i);
        let (mut resnets, mut attentions) = (Vec::new(), Vec::new());
        for layer in 0..block.layers + 1 {
            let skip = skips.pop().unwrap_or(0);
            resnets.push(resnet(&part.at("resnets").at(layer), config, inputs + skip, block.channels)?);
            inputs = block.channels;
            if attention {
                attentions.push(Transformer::load(&part.at("attentions").at(layer), config, block, slots)?);
            }
        }
        let last = i + 1 == config.blocks.len();
        let conv = || Conv2d::load(&part.at("upsamplers.0.conv"), inputs, inputs);
        let upsampler = if last { None } else { Some(conv()?) };
        blocks.push(UpBlock { resnets, attentions, upsampler, kernels: root.kernels() });
    }
    Ok(blocks)
}

impl DownBlock {
    fn forward(&self, mut x: Tensor, pass: &Pass<'_>, skips: &mut Vec<Tensor>) -> Result<Tensor> {
        for (i, resnet) in self.resnets.iter().enumerate() {
            x = resnet.forward(&x, Some(&pass.time))?;
            if let Some(attention) = self.attentions.get(i) {
                x = attention.forward(&Passing::new(x), pass.conditioning)?;
            }
            skips.push(x.clone());
        }
        if let Some(downsampler) = &self.downsampler {
            x = downsampler.forward(&x, After::default())?;
            skips.push(x.clone());
        }
        Ok(x)
    }
}

impl MidBlock {
    fn load(part: &Part<'_>, config: &UnetConfig, slots: &mut usize) -> Loaded<Self> {
        let block: &BlockConfig = &config.blocks[config.blocks.len() - 1];
        Ok(Self {
            before: resnet(&part.at("resnets.0"), config, block.channels, block.channels)?,
            attention: Transformer::load(&part.at("attentions.0"), config, block, slots)?,
            after: resnet(&part.at("resnets.1"), config, block.channels, block.channels)?,
        })
    }

    fn forward(&self, x: &Tensor, pass: &Pass<'_>) -> Result<Tensor> {
        let mut x = Passing::new(self.before.forward(x, Some(&pass.time))?);
        x = Passing::new(self.attention.forward(&x, pass.conditioning)?);
        self.after.forward(&x, Some(&pass.time))
    }
}

impl UpBlock {
    fn forward(&self, mut x: Tensor, pass: &Pass<'_>, skips: &mut Vec<Tensor>) -> Result<Tensor> {
        for (i, resnet) in self.resnets.iter().enumerate() {
            let Some(skip) = skips.pop() else {
                candle_core::bail!("the UNet's way up has more layers than its way down");
            };
            // Nobody else holds these two any more.
            let (before, skip) = (Passing::new(x), Passing::new(skip));
            let joined = Passing::new(concatenate(&before, &skip, self.kernels)?);
            drop((before, skip));
            x = resnet.forward(&joined, Some(&pass.time))?;
            if let Some(attention) = self.attentions.get(i) {
                x = attention.forward(&Passing::new(x), pass.conditioning)?;
            }
        }
        match (&self.upsampler, skips.last()) {
            (Some(upsampler), Some(skip)) => {
                // The next skip's size, not twice this one: odd sizes were rounded up going down.
                let (_, _, height, width) = skip.dims4()?;
                upsampler.forward_enlarged(&Passing::new(x), (height, width), After::default())
            }
            _ => Ok(x),
        }
    }
}

/// Sines and cosines of the time, then two linear layers.
struct TimeEmbedding {
    linear_1: Linear,
    linear_2: Linear,
    channels: usize,
    flip_sin_to_cos: bool,
    freq_shift: f64,
    kernels: Kernels,
}

impl TimeEmbedding {
    fn load(root: &Part<'_>, config: &UnetConfig) -> Loaded<Self> {
        let (channels, wide) = (config.blocks[0].channels, time_channels(config));
        let part = root.at("time_embedding");
        Ok(Self {
            linear_1: Linear::load(&part.at("linear_1"), channels, wide)?,
            linear_2: Linear::load(&part.at("linear_2"), wide, wide)?,
            channels,
            flip_sin_to_cos: config.flip_sin_to_cos,
            freq_shift: config.freq_shift,
            kernels: root.kernels(),
        })
    }

    /// SiLU of the embedding, `[batch, 4 · channels]`, on the device and in the numbers of `like`: every resnet starts
    /// with that SiLU.
    fn forward(&self, times: &[f64], pooled: Option<&Tensor>, like: &Tensor) -> Result<Tensor> {
        let rows: Vec<f32> = times.iter().flat_map(|&time| self.sinusoid(time)).collect();
        let x = Tensor::from_vec(rows, (times.len(), self.channels, 1), like.device())?.to_dtype(like.dtype())?;
        let x = Activation::Silu.apply(&self.linear_1.forward(&x, After::default())?, self.kernels)?;
        let x = self.linear_2.forward(&x, After { residual: pooled, ..After::default() })?;
        Activation::Silu.apply(&x, self.kernels)?.squeeze(2)
    }

    /// sin and cos of time · 10000^(−i/(half − shift)), in f64 and never in the model's own type:
    /// at time 999 a half float is off by a third.
    fn sinusoid(&self, time: f64) -> Vec<f32> {
        let half = self.channels / 2;
        let angles: Vec<f64> =
            (0..half).map(|i| time * (-(10_000f64.ln()) * i as f64 / (half as f64 - self.freq_shift)).exp()).collect();
        let (sin, cos) = (angles.iter().map(|a| a.sin() as f32), angles.iter().map(|a| a.cos() as f32));
        if self.flip_sin_to_cos { cos.chain(sin).collect() } else { sin.chain(cos).collect() }
    }
}
