//! Denoising of one image. Called by the generator thread; cancellable between blocks of the network.

use candle_core::{DType, Tensor};

use super::conditioning::TextConditioning;
use super::error::RunError;
use super::pipeline::{Pipeline, finite};
use super::sampler::{Sampler, SamplerPlan, SamplerStep};

/// What to denoise, and how.
pub struct Denoise<'a> {
    /// Clean latents to start from, `[batch, channels, height, width]`; without, from noise alone.
    pub init: Option<&'a Tensor>,
    /// Where of `init` the image grows from noise alone whatever the strength, `[1, 1, height, width]` of 0 and 1.
    pub fresh: Option<&'a Tensor>,
    /// Standard normal, `[batch, channels, height, width]`.
    pub noise: &'a Tensor,
    /// What the noise beside `init` is multiplied with; 1 is as the sampler means it.
    pub noise_scale: f64,
    /// For samplers that draw more: one per step but the last, each shaped like `noise`.
    pub step_noises: &'a [Tensor],
    /// 0 keeps `init`, 1 forgets it; without `init` it has no meaning.
    pub strength: f64,
    pub steps: usize,
    /// The folder's own unless given.
    pub sampler: Option<Sampler>,
    /// Up to 1 is off; above, each step calls the network with the prompt and its negative at once.
    pub guidance: f64,
    /// From `encode_prompt` (or a mix of several), one for all or one each.
    pub prompt: &'a TextConditioning,
    /// Used with guidance; the empty prompt unless given.
    pub negative: Option<&'a TextConditioning>,
}

/// One step of the network on a latent; `None` when cancelled.
type StepCall<'a> = dyn Fn(&Tensor, &SamplerStep) -> Result<Option<Tensor>, RunError> + 'a;

impl Pipeline {
    /// Runs the sampler to a clean latent, `[batch, channels, height, width]`. `cancel` is polled before every block of
    /// the network; `None` when it returned true.
    ///
    /// # Errors
    /// Shapes that do not fit, steps or strength out of range, missing step noises, device failures, latents that
    /// are not finite.
    pub fn denoise(&self, job: &Denoise<'_>, cancel: &dyn Fn() -> bool) -> Result<Option<Tensor>, RunError> {
        let plan = self.plan(job)?;
        let batch = self.check(job, &plan)?;
        let guided = job.guidance > 1.0;
        let prompt = job.prompt.rows(batch)?;
        let conditioning = if guided {
            let negative = match job.negative {
                Some(negative) => negative.clone(),
                None => self.encode_prompt("")?,
            };
            negative.rows(batch)?.concatenate(&prompt)?
        } else {
            prompt
        };
        let mut z = start(job, &plan)?;
        if plan.steps.is_empty() {
            return Ok(Some(z));
        }
        let conditioning = self.unet.condition(&conditioning.map(|part| self.compute.convert(part))?)?;
        let called = |z: &Tensor, step: &SamplerStep| -> Result<Option<Tensor>, RunError> {
            let x = if guided { Tensor::cat(&[z, z], 0)? } else { z.clone() };
            let times = vec![step.time; x.dim(0)?];
            let Some(answer) = self.unet.forward(&self.compute.convert(&x)?, &times, &conditioning, cancel)? else {
                return Ok(None);
            };
            let answer = answer.to_dtype(DType::F32)?;
            let answer = if guided { guide(&answer, batch, job.guidance)? } else { answer };
            weigh(z, &answer, step.weights(self.sampler.prediction)).map(Some)
        };
        if let (Some(fresh), Some(init)) = (job.fresh, job.init) {
            let Some(grown) = self.grown(job, (init, fresh), &called)? else { return Ok(None) };
            z = blend(&z, &grown, fresh)?;
        }
        for (i, step) in plan.steps.iter().enumerate() {
            let Some(next) = called(&z, step)? else { return Ok(None) };
            z = next;
            if step.fresh > 0.0 {
                z = (z + (&job.step_noises[i] * step.fresh)?)?;
            }
        }
        finite("the latents", z).map(Some)
    }

    /// Latents that grew from noise alone to the time at which the run from `init` begins. Around what is fresh they see
    /// `init` under as much noise as there is at each time, so that what grows suits it. `None` when cancelled.
    fn grown(
        &self,
        job: &Denoise<'_>,
        (init, fresh): (&Tensor, &Tensor),
        called: &StepCall<'_>,
    ) -> Result<Option<Tensor>, RunError> {
        let sampler = job.sampler.unwrap_or(self.sampler.sampler);
        let steps = self.sampler.steps_down_to(sampler, job.strength, job.steps)?;
        let mut z = job.noise.clone();
        for step in &steps {
            let around = weigh(init, job.noise, (step.alpha, step.sigma))?;
            let Some(next) = called(&blend(&around, &z, fresh)?, step)? else { return Ok(None) };
            z = next;
        }
        Ok(Some(z))
    }

    /// How many steps `job` really runs: none at strength 0, and with diffusers' strength only a part of them.
    ///
    /// # Errors
    /// Steps or strength out of range.
    pub fn steps_of(&self, job: &Denoise<'_>) -> Result<usize, RunError> {
        let sampler = job.sampler.unwrap_or(self.sampler.sampler);
        let before = match (job.fresh, job.init) {
            (Some(_), Some(_)) => self.sampler.steps_down_to(sampler, job.strength, job.steps)?.len(),
            _ => 0,
        };
        Ok(before + self.plan(job)?.steps.len())
    }

    fn plan(&self, job: &Denoise<'_>) -> Result<SamplerPlan, RunError> {
        let sampler = job.sampler.unwrap_or(self.sampler.sampler);
        match job.init {
            None => self.sampler.plan_from_noise(sampler, job.steps),
            Some(_) => self.sampler.plan_from_image(sampler, job.steps, job.strength, self.strength_mode),
        }
    }

    /// Checks shapes and step noises before the network is called; returns the batch size.
    fn check(&self, job: &Denoise<'_>, plan: &SamplerPlan) -> Result<usize, RunError> {
        let found = job.noise.dims();
        let expected = || format!("[batch, {}, height, width]", self.latent_channels());
        let fits = found.len() == 4 && found[1] == self.latent_channels() && found.iter().all(|&size| size > 0);
        if !fits {
            return Err(RunError::Shape { what: "the noise", found: found.to_vec(), expected: expected() });
        }
        let like_noise = |what: &'static str, tensor: &Tensor| {
            if tensor.dims() == found {
                return Ok(());
            }
            Err(RunError::Shape { what, found: tensor.dims().to_vec(), expected: format!("{found:?}, like the noise") })
        };
        job.init.map_or(Ok(()), |init| like_noise("the initial latent", init))?;
        if let Some(fresh) = job.fresh.filter(|fresh| fresh.dims() != [1, 1, found[2], found[3]]) {
            let expected = format!("[1, 1, {}, {}]", found[2], found[3]);
            return Err(RunError::Shape { what: "the mask of what is fresh", found: fresh.dims().to_vec(), expected });
        }
        job.step_noises.iter().try_for_each(|noise| like_noise("a step noise", noise))?;
        let wanted = plan.steps.iter().rposition(|step| step.fresh > 0.0).map_or(0, |last| last + 1);
        if job.step_noises.len() < wanted {
            return Err(RunError::StepNoise { wanted, given: job.step_noises.len() });
        }
        let batch = found[0];
        for prompt in [Some(job.prompt), job.negative].into_iter().flatten() {
            let dims = prompt.tokens.dims();
            if !(dims.len() == 3 && (dims[0] == 1 || dims[0] == batch) && dims[2] == self.prompt_width) {
                let expected = format!("[1 or {batch}, tokens, {}]", self.prompt_width);
                return Err(RunError::Shape { what: "the encoded prompt", found: dims.to_vec(), expected });
            }
        }
        Ok(batch)
    }
}

/// `inside` where `mask` is 1, `outside` where it is 0.
fn blend(outside: &Tensor, inside: &Tensor, mask: &Tensor) -> Result<Tensor, RunError> {
    Ok((outside + (inside - outside)?.broadcast_mul(mask)?)?)
}

/// a·x + b·y.
fn weigh(x: &Tensor, y: &Tensor, (a, b): (f64, f64)) -> Result<Tensor, RunError> {
    Ok(((x * a)? + (y * b)?)?)
}

/// The first latent: initial image and noise by the plan's weights.
fn start(job: &Denoise<'_>, plan: &SamplerPlan) -> Result<Tensor, RunError> {
    let (kept, noisy) = plan.start;
    match job.init {
        // Not 1·init + 0·noise: strength 0 returns `init` bit for bit.
        Some(init) if plan.steps.is_empty() => Ok(init.clone()),
        Some(init) if kept > 0.0 => weigh(init, job.noise, (kept, noisy * job.noise_scale)),
        _ => Ok((job.noise * noisy)?),
    }
}

/// Classifier-free guidance, n + guidance · (p − n): the first half of `answer` is n, for the negative prompt, the
/// second p.
fn guide(answer: &Tensor, batch: usize, guidance: f64) -> Result<Tensor, RunError> {
    let (negative, prompt) = (answer.narrow(0, 0, batch)?, answer.narrow(0, batch, batch)?);
    weigh(&negative, &prompt, (1.0 - guidance, guidance))
}
