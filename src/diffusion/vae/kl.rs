//! AutoencoderKL, the autoencoder of Stable Diffusion 1 and 2. Encoding gives the mean.

use candle_core::{Result, Tensor};

use crate::diffusion::compute::Kernels;
use crate::diffusion::config::autoencoder::KlConfig;
use crate::diffusion::error::Loaded;
use crate::diffusion::layers::{After, Conv2d, GroupNorm, Linear, Passing, attention};
use crate::diffusion::unet::{Resnet, ResnetShape};
use crate::diffusion::weights::Part;

/// diffusers' constant for every norm of this autoencoder.
const EPS: f64 = 1e-6;

/// An AutoencoderKL.
pub struct Kl {
    encoder: Coder,
    decoder: Coder,
    quant_conv: Option<Linear>,
    post_quant_conv: Option<Linear>,
    latent_channels: usize,
}

/// Encoder and decoder differ only in where the mid block stands and how the size changes.
struct Coder {
    conv_in: Conv2d,
    stages: Vec<Stage>,
    mid: Mid,
    mid_first: bool,
    conv_norm_out: GroupNorm,
    conv_out: Conv2d,
}

struct Stage {
    resnets: Vec<Resnet>,
    resize: Option<Resize>,
}

enum Resize {
    Halve(Conv2d),
    Double(Conv2d),
}

struct Mid {
    before: Resnet,
    attention: Option<SelfAttention>,
    after: Resnet,
}

struct SelfAttention {
    group_norm: GroupNorm,
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Linear,
    kernels: Kernels,
}

impl Kl {
    pub fn load(root: &Part<'_>, config: &KlConfig) -> Loaded<Self> {
        let z = config.latent_channels;
        let linear = |name: &str, width: usize, wanted: bool| {
            if wanted { Linear::load(&root.at(name), width, width).map(Some) } else { Ok(None) }
        };
        Ok(Self {
            encoder: load_encoder(&root.at("encoder"), config)?,
            decoder: load_decoder(&root.at("decoder"), config)?,
            quant_conv: linear("quant_conv", 2 * z, config.use_quant_conv)?,
            post_quant_conv: linear("post_quant_conv", z, config.use_post_quant_conv)?,
            latent_channels: z,
        })
    }

    pub fn encode(&self, picture: &Tensor) -> Result<Tensor> {
        let moments = self.encoder.forward(picture)?;
        let moments = match &self.quant_conv {
            Some(conv) => conv.forward_image(&moments, After::default())?,
            None => moments,
        };
        moments.narrow(1, 0, self.latent_channels)?.contiguous()
    }

    pub fn decode(&self, latents: &Tensor) -> Result<Tensor> {
        match &self.post_quant_conv {
            Some(conv) => self.decoder.forward(&conv.forward_image(latents, After::default())?),
            None => self.decoder.forward(latents),
        }
    }
}

fn resnet(part: &Part<'_>, config: &KlConfig, inputs: usize, outputs: usize) -> Loaded<Resnet> {
    Resnet::load(
        part,
        ResnetShape { inputs, outputs, time: None, modulates: false, groups: config.norm_num_groups, eps: EPS },
    )
}

fn load_encoder(part: &Part<'_>, config: &KlConfig) -> Loaded<Coder> {
    let widths = &config.block_out_channels;
    let mut inputs = widths[0];
    let mut stages = Vec::new();
    for (i, &width) in widths.iter().enumerate() {
        let at = part.at("down_blocks").at(i);
        let mut resnets = Vec::new();
        for layer in 0..config.layers_per_block {
            resnets.push(resnet(&at.at("resnets").at(layer), config, inputs, width)?);
            inputs = width;
        }
        // Zeros only below and to the right, as the original.
        let halve = || Conv2d::load_as(&at.at("downsamplers.0.conv"), width, width, 2, (0, 1), true);
        let last = i + 1 == widths.len();
        stages.push(Stage { resnets, resize: if last { None } else { Some(Resize::Halve(halve()?)) } });
    }
    Ok(Coder {
        conv_in: Conv2d::load(&part.at("conv_in"), 3, widths[0])?,
        stages,
        mid: Mid::load(&part.at("mid_block"), config, inputs)?,
        mid_first: false,
        conv_norm_out: GroupNorm::load(&part.at("conv_norm_out"), config.norm_num_groups, inputs, EPS)?,
        conv_out: Conv2d::load(&part.at("conv_out"), inputs, 2 * config.latent_channels)?,
    })
}

fn load_decoder(part: &Part<'_>, config: &KlConfig) -> Loaded<Coder> {
    let widths: Vec<usize> = config.block_out_channels.iter().rev().copied().collect();
    let widest = widths[0];
    let mut inputs = widest;
    let mut stages = Vec::new();
    for (i, &width) in widths.iter().enumerate() {
        let at = part.at("up_blocks").at(i);
        let mut resnets = Vec::new();
        for layer in 0..config.layers_per_block + 1 {
            resnets.push(resnet(&at.at("resnets").at(layer), config, inputs, width)?);
            inputs = width;
        }
        let double = || Conv2d::load(&at.at("upsamplers.0.conv"), width, width);
        let last = i + 1 == widths.len();
        stages.push(Stage { resnets, resize: if last { None } else { Some(Resize::Double(double()?)) } });
    }
    Ok(Coder {
        conv_in: Conv2d::load(&part.at("conv_in"), config.latent_channels, widest)?,
        stages,
        mid: Mid::load(&part.at("mid_block"), config, widest)?,
        mid_first: true,
        conv_norm_out: GroupNorm::load(&part.at("conv_norm_out"), config.norm_num_groups, inputs, EPS)?,
        conv_out: Conv2d::load(&part.at("conv_out"), inputs, 3)?,
    })
}

impl Coder {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = Passing::new(self.conv_in.forward(x, After::default())?);
        if self.mid_first {
            x = Passing::new(self.mid.forward(&x)?);
        }
        for stage in &self.stages {
            for resnet in &stage.resnets {
                x = Passing::new(resnet.forward(&x, None)?);
            }
            x = match &stage.resize {
                Some(Resize::Halve(conv)) => Passing::new(conv.forward(&x, After::default())?),
                Some(Resize::Double(conv)) => {
                    let (_, _, height, width) = x.dims4()?;
                    Passing::new(conv.forward_enlarged(&x, (2 * height, 2 * width), After::default())?)
                }
                None => x,
            };
        }
        if !self.mid_first {
            x = Passing::new(self.mid.forward(&x)?);
        }
        x = Passing::new(self.conv_norm_out.forward_silu(&x)?);
        self.conv_out.forward(&x, After::default())
    }
}

impl Mid {
    fn load(part: &Part<'_>, config: &KlConfig, width: usize) -> Loaded<Self> {
        let attention = || SelfAttention::load(&part.at("attentions.0"), config, width);
        Ok(Self {
            before: resnet(&part.at("resnets.0"), config, width, width)?,
            attention: if config.mid_block_add_attention { Some(attention()?) } else { None },
            after: resnet(&part.at("resnets.1"), config, width, width)?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = Passing::new(self.before.forward(x, None)?);
        if let Some(attention) = &self.attention {
            x = Passing::new(attention.forward(&x)?);
        }
        self.after.forward(&x, None)
    }
}

impl SelfAttention {
    fn load(part: &Part<'_>, config: &KlConfig, width: usize) -> Loaded<Self> {
        let linear = |name: &str| Linear::load(&part.at(name), width, width);
        Ok(Self {
            group_norm: GroupNorm::load(&part.at("group_norm"), config.norm_num_groups, width, EPS)?,
            to_q: linear("to_q")?,
            to_k: linear("to_k")?,
            to_v: linear("to_v")?,
            to_out: linear("to_out.0")?,
            kernels: part.kernels(),
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let skip = x.flatten_from(2)?;
        let mut y = Passing::new(self.group_norm.forward(&skip)?);
        let project = |linear: &Linear| linear.forward(&y, After::default()).map(Passing::new);
        let (q, k, v) = (project(&self.to_q)?, project(&self.to_k)?, project(&self.to_v)?);
        y = Passing::new(attention(&q, &k, &v, 1, false, self.kernels)?);
        self.to_out.forward(&y, After { residual: Some(&skip), ..After::default() })?.reshape(x.shape())
    }
}
