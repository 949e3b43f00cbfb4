//! A loaded model: the one object the generator holds.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};

use super::compute::{Compute, Kernels, NumberType};
use super::conditioning::TextConditioning;
use super::config::ConfigFile;
use super::config::autoencoder::VaeConfig;
use super::config::text::TextConfig;
use super::config::unet::UnetConfig;
use super::error::{LoadError, RunError};
use super::folder;
use super::names;
use super::remark::Remark;
use super::sampler::{Sampler, SamplerConfig, Spacing, StrengthMode};
use super::text::ClipText;
use super::tokens::Tokens;
use super::unet::Unet;
use super::vae::Vae;
use super::weights::{Meter, Progress, Weights, find};

/// How to load a model.
pub struct LoadOptions<'a> {
    pub device: Device,
    /// Use this sampler instead of the folder's, which may then be of any class.
    pub sampler: Option<Sampler>,
    /// Use this one where the folder's solves the same equation but is not known here.
    pub stand_in: Option<Sampler>,
    pub strength_mode: StrengthMode,
    pub kernels: Kernels,
    /// What the networks compute in, where the device can and our own kernels do not compute.
    pub number_type: NumberType,
    /// Called with the fraction loaded, 0 to 1, and the part being read.
    pub progress: Option<Progress<'a>>,
}

impl Default for LoadOptions<'_> {
    fn default() -> Self {
        Self {
            device: Device::Cpu,
            sampler: None,
            stand_in: None,
            strength_mode: StrengthMode::default(),
            kernels: Kernels::default(),
            number_type: NumberType::default(),
            progress: None,
        }
    }
}

/// The device for the networks: the first GPU of the `cuda` or `metal` feature; without them, or when it cannot be
/// opened, the CPU.
#[must_use]
pub fn best_device() -> Device {
    let gpu = match (cfg!(feature = "cuda"), cfg!(feature = "metal")) {
        (true, _) => Device::new_cuda(0),
        (_, true) => Device::new_metal(0),
        _ => return Device::Cpu,
    };
    gpu.unwrap_or_else(|error| {
        tracing::warn!("the GPU cannot be used, pictures are made on the CPU: {error}");
        Device::Cpu
    })
}

/// A Stable Diffusion model ready to run. Immutable after loading.
pub struct Pipeline {
    tokens: Tokens,
    text: ClipText,
    pub(super) unet: Unet,
    vae: Vae,
    pub(super) sampler: SamplerConfig,
    pub(super) strength_mode: StrengthMode,
    pub(super) prompt_width: usize,
    pub(super) compute: Compute,
    latent_channels: usize,
    latent_scale: usize,
    scaling_factor: f64,
    native_size_px: usize,
}

/// Every JSON file of the folder.
struct Configs {
    text: TextConfig,
    unet: UnetConfig,
    vae: VaeConfig,
    sampler: SamplerConfig,
}

impl Pipeline {
    /// Loads a diffusers folder.
    ///
    /// # Errors
    /// One sentence for whatever is missing, damaged, or cannot be honoured.
    pub fn load(folder: &Path, options: &LoadOptions<'_>) -> Result<Self, LoadError> {
        let folder = &folder::find(folder)?;
        let configs = Configs::read(folder, options)?;
        let files = |name: &str, stem: &str| find(&folder.join(name), stem);
        let text_files = files("text_encoder", "model")?;
        let unet_files = files("unet", "diffusion_pytorch_model")?;
        let vae_files = files("vae", "diffusion_pytorch_model")?;
        let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |meta| meta.len());
        let total = [&text_files, &unet_files, &vae_files].into_iter().flatten().map(size).sum();
        let meter = Meter { total, done: Cell::new(0), report: options.progress };
        let compute = Compute::new(options.device.clone(), options.kernels, options.number_type);
        let open = |component, files: &[PathBuf]| Weights::open(component, files, names::diffusers, &compute, &meter);
        let tokens =
            Tokens::load(&folder.join("tokenizer"), configs.text.max_position_embeddings, configs.text.vocab_size)?;
        let text = ClipText::load(&open("text encoder", &text_files)?.root(), &configs.text)?;
        let unet = Unet::load(&open("UNet", &unet_files)?.root(), &configs.unet)?;
        let vae = Vae::load(&open("autoencoder", &vae_files)?.root(), &configs.vae)?;
        if let Some(report) = options.progress {
            report(1.0, "ready");
        }
        let latent_scale = configs.vae.latent_scale();
        Ok(Self {
            tokens,
            text,
            unet,
            vae,
            sampler: configs.sampler,
            strength_mode: options.strength_mode,
            prompt_width: configs.unet.cross_attention_dim,
            compute,
            latent_channels: configs.vae.latent_channels(),
            latent_scale,
            scaling_factor: configs.vae.scaling_factor(),
            native_size_px: configs.unet.sample_size.unwrap_or(64) * latent_scale,
        })
    }

    /// Encodes a prompt. Longer prompts than the model takes lose their tail.
    ///
    /// # Errors
    /// Device failures; an encoder whose answer is not finite.
    pub fn encode_prompt(&self, prompt: &str) -> Result<TextConditioning, RunError> {
        let tokens = self.text.forward(&self.tokens.encode(prompt)?)?.to_dtype(DType::F32)?;
        Ok(TextConditioning::of_tokens(finite("the encoded prompt", tokens)?))
    }

    /// Encodes a prompt some of whose words count more or less: their states are multiplied, and all of them brought back to
    /// the mean they had (AUTOMATIC1111's rule).
    ///
    /// # Errors
    /// As [`Self::encode_prompt`].
    pub fn encode_emphasized(
        &self,
        prompt: &str,
        emphasis: &[(std::ops::Range<usize>, f32)],
    ) -> Result<TextConditioning, RunError> {
        let plain = self.encode_prompt(prompt)?;
        if emphasis.is_empty() {
            return Ok(plain);
        }
        let factors = self.tokens.factors(prompt, emphasis);
        let count = factors.len();
        let factors = Tensor::from_vec(factors, (1, count, 1), plain.tokens.device())?;
        let tokens = plain.tokens.broadcast_mul(&factors)?;
        let mean = |tokens: &Tensor| -> Result<f64, RunError> { Ok(f64::from(tokens.mean_all()?.to_scalar::<f32>()?)) };
        let (before, after) = (mean(&plain.tokens)?, mean(&tokens)?);
        let tokens = if after.abs() > 1e-6 { (tokens * (before / after).clamp(0.2, 5.0))? } else { tokens };
        Ok(TextConditioning { tokens: finite("the encoded prompt", tokens)?, ..plain })
    }

    /// What of `prompt` this model does not read, and whether it knows any of its words.
    #[must_use]
    pub fn remarks(&self, prompt: &str) -> Vec<Remark> {
        self.tokens.remarks(prompt)
    }

    /// Encodes `[batch, 3, height, width]` in −1..1 to latents; sides must be multiples of
    /// `latent_scale`.
    ///
    /// # Errors
    /// A shape that does not fit, device failures, latents that are not finite.
    pub fn encode_image(&self, picture: &Tensor) -> Result<Tensor, RunError> {
        let (found, scale) = (picture.dims(), self.latent_scale);
        if !(found.len() == 4 && found[1] == 3 && found[2..].iter().all(|side| *side > 0 && side.is_multiple_of(scale)))
        {
            let expected = format!("[batch, 3, height, width] with sides that are multiples of {scale}");
            return Err(RunError::Shape { what: "the picture", found: found.to_vec(), expected });
        }
        let latents = self.vae.encode(&self.compute.convert(picture)?)?.to_dtype(DType::F32)?;
        finite("the encoded picture", (latents * self.scaling_factor)?)
    }

    /// Decodes latents to `[batch, 3, height, width]`, clamped to 0..1.
    ///
    /// # Errors
    /// A shape that does not fit, device failures, latents or a picture that are not finite. Both are checked, because
    /// the clamp at the end and the tiny autoencoder's at its beginning would make such values finite.
    pub fn decode(&self, latents: &Tensor) -> Result<Tensor, RunError> {
        let found = latents.dims();
        if !(found.len() == 4 && found[1] == self.latent_channels) {
            let expected = format!("[batch, {}, height, width]", self.latent_channels);
            return Err(RunError::Shape { what: "the latent", found: found.to_vec(), expected });
        }
        let latents = finite("the latents", (latents / self.scaling_factor)?)?;
        let picture = finite("the picture", self.vae.decode(&self.compute.convert(&latents)?)?.to_dtype(DType::F32)?)?;
        Ok(((picture * 0.5)? + 0.5)?.clamp(0.0, 1.0)?)
    }

    pub fn device(&self) -> &Device {
        self.compute.device()
    }

    pub fn latent_channels(&self) -> usize {
        self.latent_channels
    }

    /// Pixels along a side of one latent.
    pub fn latent_scale(&self) -> usize {
        self.latent_scale
    }

    /// Side of the pictures the model was trained on.
    pub fn native_size_px(&self) -> usize {
        self.native_size_px
    }

    /// The sampler used unless a job names another.
    pub fn sampler(&self) -> Sampler {
        self.sampler.sampler
    }

    /// A sensible number of steps: few for models made for few (they come with trailing spacing).
    pub fn default_steps(&self) -> usize {
        if self.sampler.spacing == Spacing::Trailing { 4 } else { 20 }
    }

    /// A sensible guidance, by the same rule.
    pub fn default_guidance(&self) -> f64 {
        if self.sampler.spacing == Spacing::Trailing { 1.0 } else { 7.5 }
    }
}

/// `values`, if every one of them is a number. Zero times NaN or infinity is NaN, on every device.
pub(super) fn finite(what: &'static str, values: Tensor) -> Result<Tensor, RunError> {
    let zero = (&values * 0.0)?.sum_all()?.to_dtype(DType::F32)?.to_scalar::<f32>()?;
    if zero == 0.0 { Ok(values) } else { Err(RunError::NotFinite { what }) }
}

impl Configs {
    fn read(folder: &Path, options: &LoadOptions<'_>) -> Result<Self, LoadError> {
        let index = ConfigFile::read(&folder.join("model_index.json"))?;
        let class = index.word("_class_name", "")?;
        let second = index.get("text_encoder_2").is_some();
        if !class.starts_with("StableDiffusion")
            || class.starts_with("StableDiffusionXL")
            || class.starts_with("StableDiffusion3")
            || second
        {
            return Err(index
                .wrong("_class_name", "StableDiffusionPipeline (Stable Diffusion 1 or 2, or a model of that design)"));
        }
        let configs = Self {
            text: TextConfig::read(&folder.join("text_encoder/config.json"))?,
            unet: UnetConfig::read(&folder.join("unet/config.json"))?,
            vae: VaeConfig::read(&folder.join("vae/config.json"))?,
            sampler: SamplerConfig::read(
                &folder.join("scheduler/scheduler_config.json"),
                options.sampler,
                options.stand_in,
            )?
            .under_pipeline_rules(),
        };
        configs.check()?;
        Ok(configs)
    }

    fn check(&self) -> Result<(), LoadError> {
        let (unet, latent) = (&self.unet, self.vae.latent_channels());
        if unet.in_channels != latent || unet.out_channels != latent {
            let why = format!(
                "the UNet takes {} and gives {} channels, the autoencoder's latents have {latent}",
                unet.in_channels, unet.out_channels
            );
            return Err(LoadError::Mismatch(why));
        }
        if unet.cross_attention_dim != self.text.hidden_size {
            let why = format!(
                "the UNet attends to states of width {}, the text encoder's have {}",
                unet.cross_attention_dim, self.text.hidden_size
            );
            return Err(LoadError::Mismatch(why));
        }
        Ok(())
    }
}
