//! ResnetBlock2D, shared by the UNet (with a time) and the KL autoencoder (without).

use candle_core::{Result, Tensor};

use crate::diffusion::error::Loaded;
use crate::diffusion::layers::{After, Conv2d, GroupNorm, Linear, Passing};
use crate::diffusion::weights::Part;

/// Norm, SiLU, convolution, twice, around a skip.
pub struct Resnet {
    norm1: GroupNorm,
    conv1: Conv2d,
    time_emb_proj: Option<Linear>,
    norm2: GroupNorm,
    conv2: Conv2d,
    conv_shortcut: Option<Linear>,
    modulates: bool,
}

/// Channels in and out, channels of the time embedding if there is one.
#[derive(Clone, Copy)]
pub struct ResnetShape {
    pub inputs: usize,
    pub outputs: usize,
    pub time: Option<usize>,
    /// The time scales and shifts what the second norm leaves (`scale_shift`), instead of being added before it.
    pub modulates: bool,
    pub groups: usize,
    pub eps: f64,
}

impl Resnet {
    pub fn load(part: &Part<'_>, shape: ResnetShape) -> Loaded<Self> {
        let ResnetShape { inputs, outputs, time, modulates, groups, eps } = shape;
        let told = if modulates { 2 * outputs } else { outputs };
        let shortcut = || Linear::load(&part.at("conv_shortcut"), inputs, outputs);
        Ok(Self {
            norm1: GroupNorm::load(&part.at("norm1"), groups, inputs, eps)?,
            conv1: Conv2d::load(&part.at("conv1"), inputs, outputs)?,
            time_emb_proj: time.map(|time| Linear::load(&part.at("time_emb_proj"), time, told)).transpose()?,
            norm2: GroupNorm::load(&part.at("norm2"), groups, outputs, eps)?,
            conv2: Conv2d::load(&part.at("conv2"), outputs, outputs)?,
            conv_shortcut: if inputs == outputs { None } else { Some(shortcut()?) },
            modulates,
        })
    }

    /// `x` is `[batch, inputs, height, width]`, `time` the SiLU of the embedding, `[batch, time]`.
    pub fn forward(&self, x: &Tensor, time: Option<&Tensor>) -> Result<Tensor> {
        let time = match (&self.time_emb_proj, time) {
            (Some(project), Some(time)) => Some(project.forward(&time.unsqueeze(2)?, After::default())?.squeeze(2)?),
            _ => None,
        };
        let mut y = Passing::new(self.norm1.forward_silu(x)?);
        match &time {
            Some(time) if self.modulates => {
                let scale_and_shift = time.chunk(2, 1)?;
                y = Passing::new(self.conv1.forward(&y, After::default())?);
                y = Passing::new(self.norm2.forward_modulated_silu(&y, &scale_and_shift[0], &scale_and_shift[1])?);
            }
            shift => {
                y = Passing::new(self.conv1.forward(&y, After { shift: shift.as_ref(), ..After::default() })?);
                y = Passing::new(self.norm2.forward_silu(&y)?);
            }
        }
        let shortcut = self.conv_shortcut.as_ref().map(|shortcut| shortcut.forward_image(x, After::default()));
        let shortcut = shortcut.transpose()?.map(Passing::new);
        self.conv2.forward(&y, After { residual: Some(shortcut.as_deref().unwrap_or(x)), ..After::default() })
    }
}
