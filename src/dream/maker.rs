//! From an image request to a picture: prompt, noise, denoiser, decoder.
//!
//! Called by the dreamer, on its thread; what to make is the planner's matter. What comes out is finite: a picture that
//! holds NaN or infinity is an error of the pipeline and goes no further than here.

use std::path::PathBuf;

use super::depth::DepthMaker;
use super::manner::Manner;
use super::pace::{Cost, Pace};
use super::paint::{Painting, Run, Start};
use super::prompts::{PromptAsk, Prompts, Share};
use super::seeds::SeedPosition;
use super::{Banks, DreamError, Picture};
use crate::diffusion::Pipeline;
use crate::units::Seconds;

/// What an image starts from.
pub struct StartPicture {
    pub init: Option<Picture>,
    /// How much of it may change, 0..1.
    pub strength: f32,
    /// Pixels that grow from noise alone, whatever the strength; empty: none.
    pub fresh: Vec<bool>,
}

impl StartPicture {
    #[must_use]
    pub fn of(init: Option<Picture>, strength: f32) -> Self {
        Self { init, strength, fresh: Vec::new() }
    }
}

/// One image as it is about to be made.
pub struct ImageRequest {
    /// The mix of prompts, and how far towards their peak texts, 0..1.
    pub shares: Vec<Share>,
    pub heat: f32,
    pub seed: SeedPosition,
    pub start: StartPicture,
    pub steps: usize,
    pub guidance: f64,
    pub how: Manner,
}

impl ImageRequest {
    /// Whether each step calls the network twice.
    #[must_use]
    pub fn is_guided(guidance: f64) -> bool {
        guidance > 1.0
    }
}

/// The model, what it has encoded, and how fast it is.
pub struct Maker {
    pub pipeline: Pipeline,
    pub prompts: Prompts,
    pub pace: Pace,
    width_px: usize,
    height_px: usize,
    depth: DepthMaker,
    /// Pictures still to be spoilt on purpose.
    spoilt: u32,
}

/// Takes of `picture` only what `mask` lets through; the rest is `init`.
fn masked(picture: &mut Picture, init: &Picture, mask: &[f32], level: f32) {
    if init.rgb.len() != picture.rgb.len() || picture.rgb.len() != 3 * mask.len() {
        return;
    }
    let shares = mask.iter().map(|lets| level * (1.0 - lets)).cycle();
    for ((value, kept), share) in picture.rgb.iter_mut().zip(&init.rgb).zip(shares) {
        *value += share * (kept - *value);
    }
}

impl Maker {
    /// For pictures of `size_px`; `cost` is the pace where it cannot be measured; `models` the
    /// folder in which the depth model's lies.
    #[must_use]
    pub fn new(pipeline: Pipeline, size_px: (usize, usize), cost: Option<Cost>, models: Option<PathBuf>) -> Self {
        let (width_px, height_px) = size_px;
        let (prompts, pace, depth) = (Prompts::default(), Pace::new(cost), DepthMaker::new(models));
        Self { pipeline, prompts, pace, width_px, height_px, depth, spoilt: 0 }
    }

    /// Width and height of the pictures.
    #[must_use]
    pub fn picture_px(&self) -> (usize, usize) {
        (self.width_px, self.height_px)
    }

    /// Test drill: makes the latents of the next `images` images NaN.
    pub fn spoil(&mut self, images: u32) {
        self.spoilt = images;
    }

    /// Whether some text of `banks` has not been encoded yet.
    #[must_use]
    pub fn has_text_to_encode(&self, banks: &Banks) -> bool {
        self.prompts.unknown(banks).is_some()
    }

    /// Encodes one text that was not yet.
    ///
    /// # Errors
    /// When the text encoder fails.
    pub fn encode_ahead(&mut self, banks: &Banks) -> Result<(), DreamError> {
        Ok(self.prompts.encode_ahead(&self.pipeline, banks)?)
    }

    /// Runs prompt, noise, denoiser and decoder. `None` when cancelled.
    ///
    /// # Errors
    /// When the network fails or what it makes is not finite.
    pub fn make(
        &mut self,
        banks: &Banks,
        request: &ImageRequest,
        time: &dyn Fn() -> Seconds,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Option<Picture>, DreamError> {
        let guided = ImageRequest::is_guided(request.guidance);
        let asked = PromptAsk { banks, shares: &request.shares, heat: request.heat, frame: &request.how.frame };
        let prompt = self.prompts.mix(&self.pipeline, &asked)?;
        let negative = if guided { Some(self.prompts.negative(&self.pipeline, &asked)?) } else { None };
        let painting = Painting {
            pipeline: &self.pipeline,
            prompt: &prompt,
            negative: negative.as_ref(),
            seed: request.seed,
            steps: request.steps,
            guidance: request.guidance,
            how: &request.how,
            time,
        };
        let size_px = (self.width_px, self.height_px);
        let StartPicture { init, strength, fresh } = &request.start;
        let asked = Start { picture: init.as_ref(), strength: *strength, fresh };
        // Measured from here: encoded texts are kept, so that they are no part of an image's cost.
        let began = time();
        let Some(composed) = painting.composed(size_px, asked, cancel)? else { return Ok(None) };
        let run = painting.latents(size_px, composed.start(asked), cancel)?;
        let Some(Run { mut latents, steps, steps_s }) = run else { return Ok(None) };
        if self.spoilt > 0 {
            self.spoilt -= 1;
            latents = (latents * f64::NAN)?;
        }
        let mut picture = Picture::from_tensor(&self.pipeline.decode(&latents)?)?;
        // Cancelled while decoding: what was asked for meanwhile is on the wall, and this picture must not replace it.
        if cancel() {
            return Ok(None);
        }
        self.pace.measure(steps, guided, steps_s, time().since(began) - steps_s);
        if let (Some((mask, level)), Some(init)) = (&request.how.mask, init) {
            masked(&mut picture, init, mask, *level);
        }
        picture.nearness = self.depth.nearness(request.how.depth, &picture);
        Ok(Some(picture))
    }
}
