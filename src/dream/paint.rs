//! One run of the denoiser: from noise, or from a picture, to a picture of any size.

use candle_core::Tensor;

use super::manner::Manner;
use super::seeds::SeedPosition;
use super::{DreamError, Picture, compose};
use crate::diffusion::{Denoise, Pipeline, Sampler, TextConditioning, noise};
use crate::units::Seconds;

/// What stays the same over the runs that one image takes.
pub struct Painting<'a> {
    pub pipeline: &'a Pipeline,
    pub prompt: &'a TextConditioning,
    pub negative: Option<&'a TextConditioning>,
    pub seed: SeedPosition,
    pub steps: usize,
    pub guidance: f64,
    pub how: &'a Manner,
    /// Show time.
    pub time: &'a dyn Fn() -> Seconds,
}

/// What came of a run.
pub struct Run {
    pub latents: Tensor,
    /// Denoising steps, and the seconds they took.
    pub steps: usize,
    pub steps_s: f64,
}

/// What a run starts from, and how much of it may change, 0..1.
#[derive(Clone, Copy)]
pub struct Start<'a> {
    pub picture: Option<&'a Picture>,
    pub strength: f32,
    /// Pixels that grow from noise alone; empty: none.
    pub fresh: &'a [bool],
}

impl Painting<'_> {
    /// A run for a picture of `size_px`. `None` when cancelled.
    ///
    /// # Errors
    /// When the network fails.
    pub fn latents(
        &self,
        size_px: (usize, usize),
        start: Start<'_>,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Option<Run>, DreamError> {
        let init = start.picture.filter(|_| start.strength < 1.0);
        let init = init.map(|picture| picture.to_tensor(self.pipeline.device())).transpose()?;
        let init = init.map(|picture| self.pipeline.encode_image(&picture)).transpose()?;
        let noise = self.noise(size_px, 0)?;
        let sampler = self.how.sampler;
        // Only the ancestral sampler draws more.
        let draws = sampler.unwrap_or(self.pipeline.sampler()) == Sampler::EulerAncestral;
        let drawn = if draws { self.steps } else { 0 };
        let step_noises = (1..=drawn as u64).map(|step| self.noise(size_px, step)).collect::<Result<Vec<_>, _>>()?;
        let fresh = init.as_ref().map(|_| self.fresh(size_px, start.fresh)).transpose()?.flatten();
        let job = Denoise {
            init: init.as_ref(),
            fresh: fresh.as_ref(),
            noise: &noise,
            noise_scale: self.how.noise.unwrap_or(1.0),
            step_noises: &step_noises,
            strength: f64::from(start.strength),
            steps: self.steps,
            sampler,
            guidance: self.guidance,
            prompt: self.prompt,
            negative: self.negative,
        };
        let (steps, began) = (self.pipeline.steps_of(&job)?, (self.time)());
        let latents = self.pipeline.denoise(&job, cancel)?;
        let steps_s = (self.time)().since(began);
        Ok(latents.map(|latents| Run { latents, steps, steps_s }))
    }

    /// Where the run for a picture of `size_px` starts: there, or at a composition of it. `None` when cancelled.
    ///
    /// # Errors
    /// When the network fails.
    pub fn composed(
        &self,
        size_px: (usize, usize),
        start: Start<'_>,
        cancel: &dyn Fn() -> bool,
    ) -> Result<Option<Composed>, DreamError> {
        let native = self.pipeline.native_size_px();
        if start.strength < compose::FROM || !compose::is_needed(size_px, native) {
            return Ok(Some(Composed(None)));
        }
        let narrow = start.picture.map(|picture| compose::narrowed(picture, native));
        let start = Start { picture: narrow.as_ref(), strength: start.strength, fresh: &[] };
        let Some(run) = self.latents((native, native), start, cancel)? else { return Ok(None) };
        let square = Picture::from_tensor(&self.pipeline.decode(&run.latents)?)?;
        Ok(Some(Composed(Some(compose::widened(&square, size_px)))))
    }

    /// Where latents of a picture of `size_px` grow from noise alone: 1 where some of their pixels do; nothing if none does.
    fn fresh(&self, (width_px, height_px): (usize, usize), fresh: &[bool]) -> candle_core::Result<Option<Tensor>> {
        let scale = self.pipeline.latent_scale();
        let (columns, rows) = (width_px / scale, height_px / scale);
        if fresh.len() != width_px * height_px {
            return Ok(None);
        }
        let mut counts = vec![0f32; columns * rows];
        for (at, _) in fresh.iter().enumerate().filter(|(_, fresh)| **fresh) {
            let (row, column) = (at / width_px / scale, at % width_px / scale);
            counts[row * columns + column] += 1.0;
        }
        // Half a pixel along one side of a latent: a camera that goes slowly exposes no more for an image.
        let least = (scale * scale) as f32 / (2.0 * scale as f32);
        let mask: Vec<f32> = counts.iter().map(|count| f32::from(u8::from(*count >= least))).collect();
        if !mask.contains(&1.0) {
            return Ok(None);
        }
        Tensor::from_vec(mask, (1, 1, rows, columns), self.pipeline.device()).map(Some)
    }

    /// The noise that a run begins with, `step` 0, or that it draws after that step.
    fn noise(&self, (width_px, height_px): (usize, usize), step: u64) -> candle_core::Result<Tensor> {
        let (scale, SeedPosition { low, high, part }) = (self.pipeline.latent_scale(), self.seed);
        let (low, high) = (low ^ step << 56, high ^ step << 56);
        let shape = (1, self.pipeline.latent_channels(), height_px / scale, width_px / scale);
        let values = noise::between(low, high, part, shape.1 * shape.2 * shape.3);
        Tensor::from_vec(values, shape, self.pipeline.device())
    }
}

/// A composition, where one was needed.
pub struct Composed(Option<Picture>);

impl Composed {
    /// Where the run at full size starts, instead of at `start`.
    #[must_use]
    pub fn start<'a>(&'a self, start: Start<'a>) -> Start<'a> {
        match &self.0 {
            Some(picture) => Start { picture: Some(picture), strength: compose::STRENGTH, fresh: &[] },
            None => start,
        }
    }
}
