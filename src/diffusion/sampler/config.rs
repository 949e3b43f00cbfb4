//! `scheduler/scheduler_config.json`, and the noise schedule it describes.

use std::path::Path;

use serde_json::json;

use super::Sampler;
use crate::diffusion::config::ConfigFile;
use crate::diffusion::error::LoadError;

/// What the network answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prediction {
    /// The noise.
    Epsilon,
    /// v = α·ε − σ·x₀.
    Velocity,
}

/// Schedulers that solve the equation DDIM solves, by other steps: with enough steps they come to the same picture.
const SOLVERS: &[&str] = &[
    "PNDMScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "UniPCMultistepScheduler",
    "DEISMultistepScheduler",
    "HeunDiscreteScheduler",
    "LMSDiscreteScheduler",
    "KDPM2DiscreteScheduler",
    "DDPMScheduler",
];

/// How times are spread over training's (Table 2 of arXiv 2305.08891).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    Trailing,
    Leading,
    Linspace,
}

/// A folder's noise schedule and sampler settings.
#[derive(Clone, Debug)]
pub struct SamplerConfig {
    /// The folder's sampler, or the one that was asked for instead.
    pub sampler: Sampler,
    pub prediction: Prediction,
    pub spacing: Spacing,
    /// ᾱ of each training step.
    pub(super) alpha_bar: Vec<f64>,
    pub(super) steps_offset: usize,
    pub(super) set_alpha_to_one: bool,
    pub(super) ends_at_lowest_sigma: bool,
}

impl SamplerConfig {
    /// `chosen` replaces the folder's scheduler class, whatever that is; `stand_in` does where that is another solver of the
    /// same equation. The schedule stays.
    pub fn read(path: &Path, chosen: Option<Sampler>, stand_in: Option<Sampler>) -> Result<Self, LoadError> {
        let c = ConfigFile::read(path)?;
        let class = c.word("_class_name", "")?;
        let own = match class.as_str() {
            "DDIMScheduler" => Some(Sampler::Ddim),
            "EulerDiscreteScheduler" => Some(Sampler::Euler),
            "EulerAncestralDiscreteScheduler" => Some(Sampler::EulerAncestral),
            _ => None,
        };
        let stand_in = stand_in.filter(|_| SOLVERS.contains(&class.as_str()));
        let Some(sampler) = chosen.or(own).or(stand_in) else {
            return Err(LoadError::Scheduler { path: path.to_owned(), class });
        };
        if chosen.or(own).is_none() {
            tracing::info!("{}: {class} is not known here; {sampler:?} plays the same noise schedule", path.display());
        }
        let zero_snr = c.flag("rescale_betas_zero_snr", false)?;
        let config = Self {
            sampler,
            prediction: prediction(&c)?,
            spacing: spacing(&c, sampler)?,
            alpha_bar: alpha_bar(&c, zero_snr)?,
            steps_offset: if c.get("steps_offset").is_some_and(|v| *v == json!(0)) { 0 } else { offset(&c)? },
            set_alpha_to_one: c.flag("set_alpha_to_one", true)?,
            ends_at_lowest_sigma: c.word("final_sigmas_type", "zero")? == "sigma_min",
        };
        config.check(&c, own)?;
        Ok(config)
    }

    /// The settings that diffusers' Stable Diffusion pipelines force on every scheduler, with a
    /// warning, before they run it.
    pub fn under_pipeline_rules(self) -> Self {
        Self { steps_offset: 1, ..self }
    }

    fn check(&self, c: &ConfigFile, own: Option<Sampler>) -> Result<(), LoadError> {
        c.require("trained_betas", &[])?;
        if self.sampler == Sampler::Ddim {
            c.require("thresholding", &[json!(false)])?;
        } else {
            c.require("interpolation_type", &[json!("linear")])?;
            c.require("timestep_type", &[json!("discrete")])?;
            c.require("final_sigmas_type", &[json!("zero"), json!("sigma_min")])?;
            for key in ["use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas"] {
                c.require(key, &[json!(false)])?;
            }
            c.require("sigma_min", &[])?;
            c.require("sigma_max", &[])?;
        }
        // diffusers' pipelines for latents never clip, whatever this says.
        c.ignore(&["clip_sample", "clip_sample_range"]);
        // Of other classes, or without effect while `thresholding` is off.
        c.ignore(&[
            "skip_prk_steps",
            "thresholding",
            "dynamic_thresholding_ratio",
            "sample_max_value",
            "interpolation_type",
        ]);
        c.ignore(&[
            "timestep_type",
            "use_karras_sigmas",
            "use_exponential_sigmas",
            "use_beta_sigmas",
            "sigma_min",
            "sigma_max",
        ]);
        // A replaced class takes its own keys with it.
        if own == Some(self.sampler) { c.refuse_unknown() } else { Ok(()) }
    }
}

fn offset(c: &ConfigFile) -> Result<usize, LoadError> {
    if c.get("steps_offset").is_some() { c.count("steps_offset", None) } else { Ok(0) }
}

fn prediction(c: &ConfigFile) -> Result<Prediction, LoadError> {
    match c.word("prediction_type", "epsilon")?.as_str() {
        "epsilon" => Ok(Prediction::Epsilon),
        "v_prediction" => Ok(Prediction::Velocity),
        _ => Err(c.wrong("prediction_type", "\"epsilon\" or \"v_prediction\"")),
    }
}

fn spacing(c: &ConfigFile, sampler: Sampler) -> Result<Spacing, LoadError> {
    let default = if sampler == Sampler::Ddim { "leading" } else { "linspace" };
    match c.word("timestep_spacing", default)?.as_str() {
        "trailing" => Ok(Spacing::Trailing),
        "leading" => Ok(Spacing::Leading),
        "linspace" => Ok(Spacing::Linspace),
        _ => Err(c.wrong("timestep_spacing", "\"trailing\", \"leading\" or \"linspace\"")),
    }
}

/// ᾱ_t = Π(1 − β), from the folder's β.
fn alpha_bar(c: &ConfigFile, zero_snr: bool) -> Result<Vec<f64>, LoadError> {
    let steps = c.count("num_train_timesteps", Some(1000))?;
    if steps > 100_000 {
        return Err(c.wrong("num_train_timesteps", "at most 100000"));
    }
    let (start, end) = (c.number("beta_start", 1e-4)?, c.number("beta_end", 0.02)?);
    if !(start > 0.0 && start < 1.0 && end > 0.0 && end < 1.0) {
        return Err(c.wrong("beta_start", "beta_start and beta_end between 0 and 1"));
    }
    let line = |a: f64, b: f64, i: usize| a + (b - a) * i as f64 / (steps.max(2) - 1) as f64;
    let beta: Box<dyn Fn(usize) -> f64> = match c.word("beta_schedule", "linear")?.as_str() {
        "linear" => Box::new(move |i| line(start, end, i)),
        "scaled_linear" => Box::new(move |i| line(start.sqrt(), end.sqrt(), i).powi(2)),
        _ => return Err(c.wrong("beta_schedule", "\"linear\" or \"scaled_linear\"")),
    };
    let product = |bar: &mut f64, i: usize| {
        *bar *= 1.0 - beta(i);
        Some(*bar)
    };
    let bars: Vec<f64> = (0..steps).scan(1.0, product).collect();
    Ok(if zero_snr { to_zero_snr(&bars) } else { bars })
}

/// Shifts and scales √ᾱ so that it ends at 0 and begins where it was (arXiv 2305.08891, algorithm 1).
fn to_zero_snr(bars: &[f64]) -> Vec<f64> {
    let first = bars.first().map_or(1.0, |bar| bar.sqrt());
    let last = bars.last().map_or(0.0, |bar| bar.sqrt());
    bars.iter().map(|bar| ((bar.sqrt() - last) * first / (first - last)).powi(2)).collect()
}
