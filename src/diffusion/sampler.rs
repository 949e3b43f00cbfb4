//! Samplers: which times the network is asked at, and how a noisy latent moves from one to the next.
//!
//! Everything is in variance-preserving form, z = α·x₀ + σ·ε with α² + σ² = 1, tables in f64. In that
//! form Euler's step and DDIM's are one: predict x₀ and ε, put them together again with the next α and
//! σ. They differ in their times, in how α is found between two of them, and in where they end.

mod config;

pub use config::{Prediction, SamplerConfig, Spacing};

use super::error::RunError;

/// The sampler, diffusers' names in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampler {
    /// DDIMScheduler, η = 0.
    Ddim,
    /// EulerDiscreteScheduler.
    Euler,
    /// EulerAncestralDiscreteScheduler: draws further noise at every step but the last.
    EulerAncestral,
}

/// What strength means for an initial image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StrengthMode {
    /// Start at time strength · (T − 1) and always take all steps from there: no dead zone.
    #[default]
    Continuous,
    /// Skip the first ⌈steps · (1 − strength)⌉ of the steps, as diffusers' img2img.
    Diffusers,
}

/// One call of the network and what follows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SamplerStep {
    /// Asked of the network; may be a fraction.
    pub time: f64,
    pub alpha: f64,
    pub sigma: f64,
    pub next_alpha: f64,
    /// Share of the predicted noise kept.
    pub next_sigma: f64,
    /// Share of fresh noise.
    pub fresh: f64,
}

/// A whole run.
#[derive(Clone, Debug, PartialEq)]
pub struct SamplerPlan {
    pub steps: Vec<SamplerStep>,
    /// Weights of the initial image and of the noise in the first latent.
    pub start: (f64, f64),
}

/// ᾱ after rescaling to zero terminal SNR, where Euler needs a finite noise level (diffusers' value).
const NEARLY_ZERO: f64 = 1.0 / 16_777_216.0;

impl SamplerConfig {
    /// A run from noise alone, by the folder's own spacing.
    ///
    /// # Errors
    /// `steps` must be 1 to the number of training steps.
    pub fn plan_from_noise(&self, sampler: Sampler, steps: usize) -> Result<SamplerPlan, RunError> {
        let steps = self.spaced(sampler, steps)?;
        let start = (0.0, start_of_noise(sampler, self.spacing, &steps));
        Ok(SamplerPlan { steps, start })
    }

    /// A run from an initial image. `strength` 0 gives no steps, 1 forgets the image.
    ///
    /// # Errors
    /// `steps` as above; `strength` must be 0 to 1.
    pub fn plan_from_image(
        &self,
        sampler: Sampler,
        steps: usize,
        strength: f64,
        mode: StrengthMode,
    ) -> Result<SamplerPlan, RunError> {
        if !(0.0..=1.0).contains(&strength) {
            return Err(RunError::Value { what: "strength", found: strength, expected: "0 to 1".to_owned() });
        }
        let steps = match mode {
            StrengthMode::Continuous if strength > 0.0 => self.trailing_from(sampler, steps, strength)?,
            StrengthMode::Continuous => Vec::new(),
            StrengthMode::Diffusers => {
                // Truncated as diffusers does, for the same number of steps.
                let kept = ((steps as f64 * strength) as usize).min(steps);
                self.spaced(sampler, steps)?.split_off(steps - kept)
            }
        };
        let start = match (mode, steps.first()) {
            (_, None) => (1.0, 0.0),
            (StrengthMode::Continuous, _) if strength >= 1.0 => {
                (0.0, start_of_noise(sampler, Spacing::Trailing, &steps))
            }
            (_, Some(first)) => (first.alpha, first.sigma),
        };
        Ok(SamplerPlan { steps, start })
    }

    /// The steps from noise alone down to where a run from an image at `strength` begins, spaced like that run's `steps`.
    ///
    /// # Errors
    /// `steps` must be 1 to the number of training steps.
    pub fn steps_down_to(&self, sampler: Sampler, strength: f64, steps: usize) -> Result<Vec<SamplerStep>, RunError> {
        self.check_steps(steps)?;
        let last = (self.train_steps() - 1) as f64;
        let end = strength.clamp(0.0, 1.0) * last;
        let count = ((steps as f64) * (1.0 - end / last)).round().max(1.0);
        if end >= last {
            return Ok(Vec::new());
        }
        let time = |k: f64| last + (end - last) * k / count;
        let step = |k: usize| {
            let (now, next) = (time(k as f64), time(k as f64 + 1.0));
            let ((alpha, sigma), (next_alpha, next_sigma)) = (self.point(sampler, now), self.point(sampler, next));
            SamplerStep { time: now, alpha, sigma, next_alpha, next_sigma, fresh: 0.0 }
        };
        Ok((0..count as usize).map(step).collect())
    }

    fn check_steps(&self, steps: usize) -> Result<(), RunError> {
        if (1..=self.train_steps()).contains(&steps) {
            return Ok(());
        }
        Err(RunError::Value { what: "steps", found: steps as f64, expected: format!("1 to {}", self.train_steps()) })
    }

    /// diffusers' `set_timesteps` for the folder's spacing.
    fn spaced(&self, sampler: Sampler, steps: usize) -> Result<Vec<SamplerStep>, RunError> {
        self.check_steps(steps)?;
        let last = (self.train_steps() - 1) as f64;
        let whole = self.train_steps() / steps;
        let times: Vec<f64> = (0..steps)
            .map(|i| match self.spacing {
                Spacing::Trailing => {
                    (self.train_steps() as f64 * (1.0 - i as f64 / steps as f64)).round_ties_even() - 1.0
                }
                Spacing::Leading => ((steps - 1 - i) * whole + self.steps_offset) as f64,
                Spacing::Linspace => {
                    let time = if steps == 1 { 0.0 } else { last * (1.0 - i as f64 / (steps - 1) as f64) };
                    if sampler == Sampler::Ddim { time.round_ties_even() } else { time }
                }
            })
            .map(|time| time.min(last))
            .collect();
        Ok(match sampler {
            Sampler::Ddim => self.ddim(&times, whole as f64),
            Sampler::Euler | Sampler::EulerAncestral => self.euler(sampler, &times),
        })
    }

    /// DDIM steps down by a fixed number of training steps, wherever the next time lies.
    fn ddim(&self, times: &[f64], stride: f64) -> Vec<SamplerStep> {
        let step = |&time: &f64| {
            let (alpha, sigma) = polar(self.alpha_bar[time as usize]);
            let next = time - stride;
            let (next_alpha, next_sigma) =
                polar(if next >= 0.0 { self.alpha_bar[next as usize] } else { self.final_alpha_bar() });
            SamplerStep { time, alpha, sigma, next_alpha, next_sigma, fresh: 0.0 }
        };
        times.iter().map(step).collect()
    }

    /// Euler interpolates the noise level σ/α between training steps and goes to the next time's.
    fn euler(&self, sampler: Sampler, times: &[f64]) -> Vec<SamplerStep> {
        let levels: Vec<f64> = times.iter().map(|&time| self.level(time)).chain([self.final_level(sampler)]).collect();
        times
            .iter()
            .zip(levels.windows(2))
            .map(|(&time, pair)| between_levels(sampler, time, pair[0], pair[1]))
            .collect()
    }

    /// `steps` times, evenly from strength · (T − 1) down, as trailing spacing does from T − 1.
    fn trailing_from(&self, sampler: Sampler, steps: usize, strength: f64) -> Result<Vec<SamplerStep>, RunError> {
        self.check_steps(steps)?;
        let span = strength * (self.train_steps() - 1) as f64 + 1.0;
        let times: Vec<f64> = (0..steps).map(|i| (span * (1.0 - i as f64 / steps as f64) - 1.0).max(0.0)).collect();
        let points: Vec<(f64, f64)> = times.iter().map(|&time| self.point(sampler, time)).chain([(1.0, 0.0)]).collect();
        let step = |(&time, pair): (&f64, &[(f64, f64)])| {
            let ((alpha, sigma), (next_alpha, next_sigma)) = (pair[0], pair[1]);
            match sampler {
                Sampler::EulerAncestral => between_levels(sampler, time, sigma / alpha, next_sigma / next_alpha),
                _ => SamplerStep { time, alpha, sigma, next_alpha, next_sigma, fresh: 0.0 },
            }
        };
        Ok(times.iter().zip(points.windows(2)).map(step).collect())
    }

    /// α and σ at any time, α interpolated.
    fn point(&self, sampler: Sampler, time: f64) -> (f64, f64) {
        let low = (time.floor() as usize).min(self.train_steps() - 1);
        let high = (low + 1).min(self.train_steps() - 1);
        let at = |i: usize| self.bar(sampler, i).sqrt();
        let alpha = at(low) + (at(high) - at(low)) * (time - low as f64);
        (alpha, (1.0 - alpha * alpha).sqrt())
    }

    fn bar(&self, sampler: Sampler, index: usize) -> f64 {
        let bar = self.alpha_bar[index];
        if sampler == Sampler::Ddim { bar } else { bar.max(NEARLY_ZERO) }
    }

    fn level_at(&self, index: usize) -> f64 {
        let bar = self.bar(Sampler::Euler, index);
        ((1.0 - bar) / bar).sqrt()
    }

    fn level(&self, time: f64) -> f64 {
        let low = time.floor() as usize;
        let high = (low + 1).min(self.train_steps() - 1);
        self.level_at(low) + (self.level_at(high) - self.level_at(low)) * (time - low as f64)
    }

    fn final_level(&self, sampler: Sampler) -> f64 {
        if self.ends_at_lowest_sigma && sampler == Sampler::Euler { self.level_at(0) } else { 0.0 }
    }

    fn final_alpha_bar(&self) -> f64 {
        if self.set_alpha_to_one { 1.0 } else { self.alpha_bar[0] }
    }

    fn train_steps(&self) -> usize {
        self.alpha_bar.len()
    }
}

/// √ᾱ and √(1 − ᾱ).
fn polar(bar: f64) -> (f64, f64) {
    (bar.sqrt(), (1.0 - bar).sqrt())
}

/// diffusers' `init_noise_sigma`, in variance-preserving form.
fn start_of_noise(sampler: Sampler, spacing: Spacing, steps: &[SamplerStep]) -> f64 {
    match steps.first() {
        Some(first) if sampler != Sampler::Ddim && spacing != Spacing::Leading => first.sigma,
        _ => 1.0,
    }
}

/// A step from one noise level σ/α to another; the ancestral one swaps part of the noise for fresh.
fn between_levels(sampler: Sampler, time: f64, from: f64, to: f64) -> SamplerStep {
    let (alpha, next_alpha) = (1.0 / (from * from + 1.0).sqrt(), 1.0 / (to * to + 1.0).sqrt());
    let fresh = match sampler {
        Sampler::EulerAncestral => (to * to * (from * from - to * to) / (from * from)).max(0.0).sqrt(),
        _ => 0.0,
    };
    let kept = (to * to - fresh * fresh).max(0.0).sqrt();
    SamplerStep {
        time,
        alpha,
        sigma: from * alpha,
        next_alpha,
        next_sigma: kept * next_alpha,
        fresh: fresh * next_alpha,
    }
}

impl SamplerStep {
    /// Weights of the latent and of the network's answer in the next latent: x₀ and ε predicted from
    /// both, then joined at the next noise level.
    pub fn weights(&self, prediction: Prediction) -> (f64, f64) {
        let Self { sigma, next_alpha, next_sigma, .. } = *self;
        match prediction {
            Prediction::Epsilon => {
                // At zero SNR α is 0: the finite level that Euler uses avoids a division by zero.
                let alpha = self.alpha.max(NEARLY_ZERO.sqrt());
                (next_alpha / alpha, next_sigma - next_alpha * sigma / alpha)
            }
            Prediction::Velocity => {
                (next_alpha * self.alpha + next_sigma * sigma, next_sigma * self.alpha - next_alpha * sigma)
            }
        }
    }
}
