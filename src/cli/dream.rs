//! `halation dream`: one picture from a prompt, a seed and perhaps an initial picture. Runs on the
//! main thread, writes the file, ends.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use candle_core::{DType, Device, Tensor};

use super::picture_file::{PictureFile, rgb};
use crate::app::files::Outputs;
use crate::diffusion::{Denoise, LoadOptions, Pipeline, Sampler, StrengthMode, best_device, noise};
use crate::disk;
use crate::dream::Picture;
use crate::source;

/// Makes one picture.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Model: a folder in diffusers' layout.
    #[arg(long, value_name = "DIR")]
    pub model: PathBuf,
    /// What the picture should show.
    #[arg(long, value_name = "TEXT")]
    pub prompt: String,
    /// What it should not show; works with guidance above 1.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub negative: String,
    /// Calls of the network [default: 4 for models made for few steps, else 20].
    #[arg(long, allow_negative_numbers = true, value_name = "N")]
    pub steps: Option<usize>,
    /// Sampler [default: the folder's own].
    #[arg(long, value_enum)]
    pub sampler: Option<SamplerName>,
    /// How strongly to follow the prompt; 1 is off [default: 1 for models made for few steps, else 7.5].
    #[arg(long, allow_negative_numbers = true, value_name = "G")]
    pub guidance: Option<f64>,
    /// Seed of the noise.
    #[arg(long, allow_negative_numbers = true, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// Picture size in pixels, multiples of 8 [default: what the model was trained on].
    #[arg(long, allow_hyphen_values = true, value_name = "WxH")]
    pub size: Option<String>,
    /// Start from this picture.
    #[arg(long, value_name = "IMG")]
    pub init: Option<PathBuf>,
    /// With --init: 0 keeps the picture, 1 forgets it.
    #[arg(long, allow_negative_numbers = true, value_name = "X", default_value_t = 0.6, requires = "init")]
    pub strength: f64,
    /// What strength means: a continuous start, or diffusers' number of skipped steps.
    #[arg(long, value_enum, default_value_t = StrengthName::Continuous)]
    pub strength_mode: StrengthName,
    /// Noise to use instead of the seed's: safetensors with `latents`, standard normal,
    /// [1, channels, height / 8, width / 8], and `step.0`, `step.1`… for samplers that draw more.
    #[arg(long, value_name = "FILE")]
    pub noise: Option<PathBuf>,
    /// Also write the finished latents (safetensors, `latents`).
    #[arg(long, value_name = "FILE")]
    pub save_latents: Option<PathBuf>,
    /// The picture to write (PNG).
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
pub enum SamplerName {
    Ddim,
    Euler,
    EulerAncestral,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
pub enum StrengthName {
    Continuous,
    Diffusers,
}

/// Makes the picture and writes it.
///
/// # Errors
/// One sentence for anything that cannot be done as asked.
pub fn run(args: Args) -> anyhow::Result<()> {
    let size = args.size.as_deref().map(parse_size).transpose()?;
    check_numbers(&args)?;
    let out = PictureFile::named(&args.out)?;
    check_files(&args)?;
    let pipeline = Pipeline::load(&args.model, &load_options(&args))?;
    let native = pipeline.native_size_px();
    let (width, height) = size.unwrap_or((native, native));
    check_size(width, height, pipeline.latent_scale())?;
    let init = args.init.as_deref().map(|path| read_picture(path, width, height, &pipeline)).transpose()?;
    let init = init.map(|picture| pipeline.encode_image(&picture)).transpose()?;
    let (channels, scale) = (pipeline.latent_channels(), pipeline.latent_scale());
    let shape = [1, channels, height / scale, width / scale];
    let steps = args.steps.unwrap_or_else(|| pipeline.default_steps());
    let (noise, step_noises) = match &args.noise {
        Some(path) => read_noise(path, &shape, pipeline.device())?,
        None => seeded_noise(args.seed, &shape, steps, pipeline.device())?,
    };
    for (what, text) in [("--prompt", &args.prompt), ("--negative", &args.negative)] {
        for remark in pipeline.remarks(text) {
            tracing::warn!("{what} \"{text}\": {remark}");
        }
    }
    let prompt = pipeline.encode_prompt(&args.prompt)?;
    let negative = pipeline.encode_prompt(&args.negative)?;
    let job = Denoise {
        fresh: None,
        noise_scale: 1.0,
        init: init.as_ref(),
        noise: &noise,
        step_noises: &step_noises,
        strength: args.strength,
        steps,
        sampler: None,
        guidance: args.guidance.unwrap_or_else(|| pipeline.default_guidance()),
        prompt: &prompt,
        negative: Some(&negative),
    };
    let Some(latents) = pipeline.denoise(&job, &|| false)? else { bail!("the run was cancelled") };
    args.save_latents.iter().try_for_each(|path| save_latents(path, &latents))?;
    out.write(&rgb(&Picture::from_tensor(&pipeline.decode(&latents)?)?))
}

fn check_numbers(args: &Args) -> anyhow::Result<()> {
    if !(0.0..=1.0).contains(&args.strength) {
        bail!("--strength {} is out of range; use 0 to 1", args.strength);
    }
    if let Some(guidance) = args.guidance.filter(|g| !(1.0..=20.0).contains(g)) {
        bail!("--guidance {guidance} is out of range; use 1 (off) to 20");
    }
    if let Some(steps) = args.steps.filter(|n| !(1..=1000).contains(n)) {
        bail!("--steps {steps} is out of range; use 1 to 1000");
    }
    Ok(())
}

fn save_latents(path: &Path, latents: &Tensor) -> anyhow::Result<()> {
    let saved = HashMap::from([("latents", latents.to_device(&Device::Cpu)?.to_dtype(DType::F32)?)]);
    disk::write_at(path, |place| candle_core::safetensors::save(&saved, place)).map_err(|error| {
        anyhow::anyhow!("{} cannot be written: {error}; choose another --save-latents", path.display())
    })
}

/// What is written must not take the place of what is read, nor of the other.
fn check_files(args: &Args) -> anyhow::Result<()> {
    let read = [("input picture", &args.init), ("noise", &args.noise)];
    let read = read.into_iter().filter_map(|(what, path)| Some((what, path.clone()?)));
    let mut outputs = Outputs::new(read, [("the model", args.model.clone())]);
    outputs.add("picture", &args.out)?;
    args.save_latents.iter().try_for_each(|path| outputs.add("latents", path))
}

fn load_options(args: &Args) -> LoadOptions<'static> {
    LoadOptions {
        sampler: args.sampler.map(|name| match name {
            SamplerName::Ddim => Sampler::Ddim,
            SamplerName::Euler => Sampler::Euler,
            SamplerName::EulerAncestral => Sampler::EulerAncestral,
        }),
        strength_mode: match args.strength_mode {
            StrengthName::Continuous => StrengthMode::Continuous,
            StrengthName::Diffusers => StrengthMode::Diffusers,
        },
        device: best_device(),
        ..LoadOptions::default()
    }
}

/// `320x192` to width and height.
fn parse_size(text: &str) -> anyhow::Result<(usize, usize)> {
    let sides =
        text.split_once(['x', 'X']).and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    sides.with_context(|| format!("--size {text} is not a size; write width x height in pixels, like 320x192"))
}

fn check_size(width: usize, height: usize, scale: usize) -> anyhow::Result<()> {
    let nearest = |side: usize| side.min(4096).next_multiple_of(scale).clamp(scale, 4096);
    if (nearest(width), nearest(height)) != (width, height) {
        bail!(
            "--size {width}x{height} is not made of multiples of {scale} up to 4096; try {}x{}",
            nearest(width),
            nearest(height)
        );
    }
    Ok(())
}

fn read_picture(path: &Path, width: usize, height: usize, pipeline: &Pipeline) -> anyhow::Result<Tensor> {
    let read = source::read(path).map_err(|error| anyhow::anyhow!("--init {error}"))?;
    let mut picture = image::DynamicImage::from(read).into_rgba8();
    if picture.dimensions() != (width as u32, height as u32) {
        picture = image::imageops::resize(&picture, width as u32, height as u32, image::imageops::FilterType::Lanczos3);
    }
    Ok(Picture::from_rgba(width, height, &picture).to_tensor(pipeline.device())?)
}

/// The seed's noise; each step's comes from a seed of its own.
fn seeded_noise(seed: u64, shape: &[usize; 4], steps: usize, device: &Device) -> anyhow::Result<(Tensor, Vec<Tensor>)> {
    let count = shape.iter().product();
    let tensor = |seed: u64| Tensor::from_vec(noise::normal(seed, count), shape.as_slice(), device);
    // An odd constant (2⁶⁴ divided by the golden ratio) keeps neighbouring seeds' steps apart.
    let further = (1..steps as u64).map(|step| tensor(seed.wrapping_add(step.wrapping_mul(0x9E37_79B9_7F4A_7C15))));
    Ok((tensor(seed)?, further.collect::<candle_core::Result<_>>()?))
}

/// `latents` and `step.0`, `step.1`… of a safetensors file.
fn read_noise(path: &Path, shape: &[usize; 4], device: &Device) -> anyhow::Result<(Tensor, Vec<Tensor>)> {
    let file = path.display();
    let mut tensors = std::fs::read(path)
        .map_err(|error| anyhow::anyhow!("--noise {file} cannot be read: {error}; check the path"))
        .and_then(|bytes| {
            let read = candle_core::safetensors::load_buffer(&bytes, device);
            read.map_err(|_| anyhow::anyhow!("--noise {file} is not a whole safetensors file; write it again"))
        })?;
    let mut take = |name: &str| -> anyhow::Result<Option<Tensor>> {
        let Some(tensor) = tensors.remove(name) else { return Ok(None) };
        if tensor.dims() != shape {
            bail!("--noise {file}: {name} has shape {:?}; this model and size need {shape:?}", tensor.dims());
        }
        let tensor = tensor.to_dtype(DType::F32)?;
        if !tensor.abs()?.sum_all()?.to_scalar::<f32>()?.is_finite() {
            bail!("--noise {file}: {name} holds values that are no numbers; it should be standard normal");
        }
        Ok(Some(tensor))
    };
    let Some(latents) = take("latents")? else {
        bail!("--noise {file} has no tensor named latents; add it, shaped {shape:?}")
    };
    let mut steps = Vec::new();
    while let Some(tensor) = take(&format!("step.{}", steps.len()))? {
        steps.push(tensor);
    }
    Ok((latents, steps))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn fixtures() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/diffusion")
    }

    /// Runs the small test model with further arguments, writing into `folder`.
    fn dream(folder: &Path, further: &[&str]) -> anyhow::Result<()> {
        let (model, out) = (fixtures().join("tiny"), folder.join("out.png"));
        let start = ["dream", "--model", model.to_str().unwrap(), "--out", out.to_str().unwrap()];
        let prompt = ["--prompt", "A red moon, over 3 café waves!", "--negative", "dark fog"];
        run(Line::try_parse_from(start.iter().chain(&prompt).chain(further))?.args)
    }

    #[test]
    fn a_picture_from_given_noise_is_the_originals() {
        let folder = tempfile::tempdir().unwrap();
        let golden = candle_core::safetensors::load(fixtures().join("tiny.safetensors"), &Device::Cpu).unwrap();
        let (noise, latents) = (folder.path().join("noise.safetensors"), folder.path().join("latents.safetensors"));
        candle_core::safetensors::save(&HashMap::from([("latents", golden["ddim_v_guided.noise"].clone())]), &noise)
            .unwrap();
        let files = ["--noise", noise.to_str().unwrap(), "--save-latents", latents.to_str().unwrap()];
        dream(folder.path(), &[&files[..], &["--steps", "4", "--guidance", "2"]].concat()).unwrap();
        let made = candle_core::safetensors::load(&latents, &Device::Cpu).unwrap().remove("latents").unwrap();
        let worst =
            (made - &golden["ddim_v_guided"]).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
        assert!(worst < 1e-3, "{worst}");
        assert_eq!(image::open(folder.path().join("out.png")).unwrap().into_rgba8().dimensions(), (64, 64));
        let message = dream(folder.path(), &[&files[..], &["--size", "64x72"]].concat()).unwrap_err().to_string();
        assert!(message.contains("[1, 8, 9, 8]"), "{message}");
    }

    #[test]
    fn an_initial_picture_of_any_size_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let init = folder.path().join("init.png");
        image::RgbaImage::from_pixel(50, 40, image::Rgba([200, 30, 90, 255])).save(&init).unwrap();
        let init = init.to_str().unwrap();
        for mode in ["continuous", "diffusers"] {
            dream(folder.path(), &["--init", init, "--strength", "0.4", "--strength-mode", mode, "--size", "72x64"])
                .unwrap();
        }
        dream(folder.path(), &["--sampler", "euler-ancestral", "--steps", "3", "--seed", "9"]).unwrap();
        assert!(dream(folder.path(), &["--init", "nowhere.png"]).unwrap_err().to_string().contains("nowhere.png"));
        assert!(dream(folder.path(), &["--init", init, "--strength", "2"]).unwrap_err().to_string().contains("0 to 1"));
    }

    #[test]
    fn sizes_are_parsed_and_checked() {
        assert_eq!(parse_size("320x192").unwrap(), (320, 192));
        assert!(parse_size("320").unwrap_err().to_string().contains("320x192"));
        assert!(check_size(128, 64, 8).is_ok());
        let message = check_size(130, 64, 8).unwrap_err().to_string();
        assert!(message.contains("130x64") && message.contains("136x64"), "{message}");
        assert!(check_size(0, 64, 8).is_err());
    }
}
