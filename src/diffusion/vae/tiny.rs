//! AutoencoderTiny (TAESD's design): convolutions and ReLU only.

use candle_core::{Result, Tensor};

use crate::diffusion::config::autoencoder::TinyConfig;
use crate::diffusion::error::Loaded;
use crate::diffusion::layers::{After, Conv2d, Passing};
use crate::diffusion::weights::Part;

/// An AutoencoderTiny.
pub struct Tiny {
    encoder: Vec<Layer>,
    decoder: Vec<Layer>,
}

/// One entry of diffusers' `layers`, ReLU and upsampling joined to a convolution beside them.
enum Layer {
    Conv(Conv2d),
    ConvRelu(Conv2d),
    EnlargeConv(Conv2d),
    Block([Conv2d; 3]),
}

impl Tiny {
    pub fn load(root: &Part<'_>, config: &TinyConfig) -> Loaded<Self> {
        Ok(Self {
            encoder: load_encoder(&root.at("encoder.layers"), config)?,
            decoder: load_decoder(&root.at("decoder.layers"), config)?,
        })
    }

    pub fn encode(&self, picture: &Tensor) -> Result<Tensor> {
        run(&self.encoder, ((picture + 1.0)? * 0.5)?)
    }

    pub fn decode(&self, latents: &Tensor) -> Result<Tensor> {
        let bounded = ((latents / 3.0)?.tanh()? * 3.0)?;
        (run(&self.decoder, bounded)? * 2.0)? - 1.0
    }
}

/// Consumes `x`, whose memory goes to the buffer pool.
fn run(layers: &[Layer], x: Tensor) -> Result<Tensor> {
    let mut x = Passing::new(x);
    for layer in layers {
        x = Passing::new(layer.forward(&x)?);
    }
    Ok(x.keep())
}

fn block(part: &Part<'_>, width: usize) -> Loaded<Layer> {
    let conv = |i: usize| Conv2d::load(&part.at("conv").at(i), width, width);
    Ok(Layer::Block([conv(0)?, conv(2)?, conv(4)?]))
}

fn load_encoder(part: &Part<'_>, config: &TinyConfig) -> Loaded<Vec<Layer>> {
    let width = config.encoder_channels;
    let mut layers = Vec::new();
    for (i, &blocks) in config.num_encoder_blocks.iter().enumerate() {
        let at = part.at(layers.len());
        layers.push(Layer::Conv(match i {
            0 => Conv2d::load(&at, 3, width)?,
            _ => Conv2d::load_as(&at, width, width, 2, (1, 1), false)?,
        }));
        for _ in 0..blocks {
            layers.push(block(&part.at(layers.len()), width)?);
        }
    }
    layers.push(Layer::Conv(Conv2d::load(&part.at(layers.len()), width, config.latent_channels)?));
    Ok(layers)
}

fn load_decoder(part: &Part<'_>, config: &TinyConfig) -> Loaded<Vec<Layer>> {
    let width = config.decoder_channels;
    let mut layers = vec![Layer::ConvRelu(Conv2d::load(&part.at(0), config.latent_channels, width)?)];
    // diffusers counts the first ReLU and every upsampling as layers of their own.
    let mut index = 2;
    let stages = config.num_decoder_blocks.len();
    for (i, &blocks) in config.num_decoder_blocks.iter().enumerate() {
        for _ in 0..blocks {
            layers.push(block(&part.at(index), width)?);
            index += 1;
        }
        if i + 1 < stages {
            layers.push(Layer::EnlargeConv(Conv2d::load_as(&part.at(index + 1), width, width, 1, (1, 1), false)?));
            index += 2;
        } else {
            layers.push(Layer::Conv(Conv2d::load(&part.at(index), width, 3)?));
        }
    }
    Ok(layers)
}

impl Layer {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let relu = After { relu: true, ..After::default() };
        match self {
            Self::Conv(conv) => conv.forward(x, After::default()),
            Self::ConvRelu(conv) => conv.forward(x, relu),
            Self::EnlargeConv(conv) => {
                let (_, _, height, width) = x.dims4()?;
                conv.forward_enlarged(x, (2 * height, 2 * width), After::default())
            }
            Self::Block([first, second, third]) => {
                let mut y = Passing::new(first.forward(x, relu)?);
                y = Passing::new(second.forward(&y, relu)?);
                third.forward(&y, After { residual: Some(x), ..relu })
            }
        }
    }
}
