//! The head, DPT's (Ranftl et al., 2021), in Depth Anything's sizes: tokens of four depths to one map, coarse to fine.
//!
//! Runs on the generator's thread, after the encoder; the map goes to the caller of the network.

use candle_core::{Result, Tensor};

use super::PATCH;
use super::conv::Conv3;
use super::encoder::CHANNELS;
use super::layers::{Linear, Loaded, Spread};
use super::pointwise::Then;
use super::resize::Enlarge;
use super::weights::Weights;

/// Channels of the four levels, fine to coarse, and of what they are fused to.
const WIDTHS: [usize; 4] = [48, 96, 192, 384];
const FUSED: usize = 64;
/// Channels before the last layer.
const LAST: usize = 32;

/// The head with its weights.
pub struct Head {
    /// Fine to coarse, as the encoder's features come.
    levels: Vec<Level>,
    /// Likewise.
    fusions: Vec<Fusion>,
    before: Conv3,
    after: Conv3,
    last: Linear,
}

impl Head {
    pub fn load(weights: &mut Weights) -> Loaded<Self> {
        let names = weights.names();
        let levels = WIDTHS.iter().enumerate().map(|(index, &width)| Level::load(weights, index, width));
        let levels = levels.collect::<Loaded<_>>()?;
        let fusions = (0..WIDTHS.len()).map(|index| Fusion::load(weights, index)).collect::<Loaded<_>>()?;
        let before = names.pick("depth_head.scratch.output_conv1", "head.conv1");
        let before = Conv3::load(weights, before, [FUSED, FUSED / 2], Then::Nothing)?;
        let after = names.pick("depth_head.scratch.output_conv2.0", "head.conv2");
        let after = Conv3::load(weights, after, [FUSED / 2, LAST], Then::Relu)?;
        let last = names.pick("depth_head.scratch.output_conv2.2", "head.conv3");
        let last = Linear::pointwise(weights, last, [LAST, 1], Then::Relu)?;
        Ok(Self { levels, fusions, before, after, last })
    }

    /// Features `[CHANNELS, rows, columns]` of the encoder to `[1, 14 · rows, 14 · columns]`, at least 0.
    pub fn forward(&self, features: &[Tensor]) -> Result<Tensor> {
        let maps = self.levels.iter().zip(features).map(|(level, x)| level.forward(x)).collect::<Result<Vec<_>>>()?;
        let Some((_, rows, columns)) = features.first().map(Tensor::dims3).transpose()? else {
            candle_core::bail!("the depth network's head was given no features")
        };
        let mut fused: Option<Tensor> = None;
        let mut finer = maps.iter().rev().skip(1);
        for (map, fusion) in maps.iter().zip(&self.fusions).rev() {
            let size = match finer.next() {
                Some(map) => size(map)?,
                None => size(map)?.map(|side| 2 * side),
            };
            fused = Some(fusion.forward(map, fused.as_ref(), size)?);
        }
        let Some(fused) = fused else { candle_core::bail!("the depth network's head has no levels") };
        let x = self.before.forward(&fused)?.apply_op1_no_bwd(&Enlarge([rows * PATCH, columns * PATCH]))?;
        self.last.forward_image(&self.after.forward(&x)?)
    }
}

fn size(x: &Tensor) -> Result<[usize; 2]> {
    x.dims3().map(|(_, height, width)| [height, width])
}

/// One depth's tokens as a map: of fewer channels, in this level's size, then in the common number of channels.
struct Level {
    projection: Linear,
    scale: Scale,
    common: Conv3,
}

/// How a level comes to its size.
enum Scale {
    Up(Spread),
    Same,
    Down(Conv3),
}

impl Level {
    fn load(weights: &mut Weights, index: usize, width: usize) -> Loaded<Self> {
        let names = weights.names();
        let pick = |original: String, transformers: String| names.pick(original, transformers);
        let stage = format!("neck.reassemble_stage.layers.{index}");
        let projection = pick(format!("depth_head.projects.{index}"), format!("{stage}.projection"));
        let resize = pick(format!("depth_head.resize_layers.{index}"), format!("{stage}.resize"));
        let common = pick(format!("depth_head.scratch.layer{}_rn", index + 1), format!("neck.convs.{index}"));
        Ok(Self {
            projection: Linear::pointwise(weights, &projection, [CHANNELS, width], Then::Nothing)?,
            scale: match index {
                0 => Scale::Up(Spread::load(weights, &resize, width, 4)?),
                1 => Scale::Up(Spread::load(weights, &resize, width, 2)?),
                2 => Scale::Same,
                _ => Scale::Down(Conv3::load(weights, &resize, [width, width], Then::Nothing)?.halving()),
            },
            common: Conv3::load_without_bias(weights, &common, [width, FUSED])?,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.projection.forward_image(x)?;
        self.common.forward(&match &self.scale {
            Scale::Up(spread) => spread.forward(&x)?,
            Scale::Same => x,
            Scale::Down(conv) => conv.forward(&x)?,
        })
    }
}

/// Joins a level to what the coarser ones gave, and enlarges.
struct Fusion {
    /// None for the coarsest, which nothing came before: files hold such weights for it too, which nothing uses.
    of_level: Option<Residual>,
    of_both: Residual,
    projection: Linear,
}

impl Fusion {
    fn load(weights: &mut Weights, index: usize) -> Loaded<Self> {
        let names = weights.names();
        let coarsest = WIDTHS.len() - 1;
        let at = names.pick(
            format!("depth_head.scratch.refinenet{}", index + 1),
            format!("neck.fusion_stage.layers.{}", coarsest.saturating_sub(index)),
        );
        let [first, second] = names.pick(["resConfUnit1", "resConfUnit2"], ["residual_layer1", "residual_layer2"]);
        let of_level = if index == coarsest { None } else { Some(Residual::load(weights, &format!("{at}.{first}"))?) };
        let projection = format!("{at}.{}", names.pick("out_conv", "projection"));
        Ok(Self {
            of_level,
            of_both: Residual::load(weights, &format!("{at}.{second}"))?,
            projection: Linear::pointwise(weights, &projection, [FUSED, FUSED], Then::Nothing)?,
        })
    }

    /// `[FUSED, height, width]` twice, to `[FUSED, size…]`.
    fn forward(&self, map: &Tensor, coarser: Option<&Tensor>, size: [usize; 2]) -> Result<Tensor> {
        let x = match (coarser, &self.of_level) {
            (Some(coarser), Some(of_level)) => (coarser + of_level.forward(map)?)?,
            _ => map.clone(),
        };
        // DPT projects after enlarging. Enlarging mixes pixels with weights that sum to 1 and the projection mixes
        // channels, so either order gives the same; this one has a quarter of the pixels to project.
        self.projection.forward_image(&self.of_both.forward(&x)?)?.apply_op1_no_bwd(&Enlarge(size))
    }
}

/// Two convolutions of the rectified input, added to it.
struct Residual(Conv3, Conv3);

impl Residual {
    fn load(weights: &mut Weights, at: &str) -> Loaded<Self> {
        let conv = weights.names().pick("conv", "convolution");
        let first = Conv3::load(weights, &format!("{at}.{conv}1"), [FUSED, FUSED], Then::Relu)?;
        let second = Conv3::load(weights, &format!("{at}.{conv}2"), [FUSED, FUSED], Then::Nothing)?;
        Ok(Self(first, second))
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x + self.1.forward(&self.0.forward(&x.relu()?)?)?
    }
}
