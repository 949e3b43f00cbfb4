//! Pictures of single texts, made as a show makes its stills: from noise, at the show's guidance.

use std::path::Path;

use anyhow::Context;

use crate::diffusion::{LoadOptions, Pipeline, Sampler, TextConditioning, best_device};
use crate::dream::{Manner, Painting, Picture, SeedPosition, Start};
use crate::param;
use crate::show::Show;
use crate::units::Seconds;

/// A model ready to make them.
pub struct TextPainter {
    pipeline: Pipeline,
    negative: TextConditioning,
    pub size_px: (usize, usize),
    pub steps: usize,
    guidance: f64,
}

impl TextPainter {
    /// The model in `folder` with the values of `show`. Pictures have the size that `size_of` gives.
    ///
    /// # Errors
    /// When the model cannot be used.
    pub fn new(folder: &Path, show: &Show, size_of: impl Fn(&Pipeline) -> (usize, usize)) -> anyhow::Result<Self> {
        let load = LoadOptions { device: best_device(), stand_in: Some(Sampler::Ddim), ..LoadOptions::default() };
        let pipeline = Pipeline::load(folder, &load)?;
        let values = show.settings.starting_values();
        Ok(Self {
            negative: pipeline.encode_prompt(&show.banks.negative)?,
            size_px: size_of(&pipeline),
            pipeline,
            steps: values.whole(param::DREAM_STEPS).max(1),
            guidance: f64::from(values[param::DREAM_GUIDANCE]),
        })
    }

    /// The picture of `text` that grows from `seed`.
    ///
    /// # Errors
    /// When the network fails.
    pub fn picture(&self, text: &str, seed: u64) -> anyhow::Result<Picture> {
        let painting = Painting {
            pipeline: &self.pipeline,
            prompt: &self.pipeline.encode_prompt(text)?,
            negative: Some(&self.negative),
            seed: SeedPosition { low: seed, high: seed, part: 0.0 },
            steps: self.steps,
            guidance: self.guidance,
            how: &Manner::default(),
            time: &|| Seconds(0.0),
        };
        let start = Start { picture: None, strength: 1.0, fresh: &[] };
        let cancelled = "the run was cancelled";
        let composed = painting.composed(self.size_px, start, &|| false)?.context(cancelled)?;
        let run = painting.latents(self.size_px, composed.start(start), &|| false)?.context(cancelled)?;
        Ok(Picture::from_tensor(&self.pipeline.decode(&run.latents)?)?)
    }
}
