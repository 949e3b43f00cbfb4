//! `halation gallery`: one picture for every slot of a show, banks as rows, on one page. Runs on the main thread.

use std::path::PathBuf;

use anyhow::{Context, bail};
use candle_core::Tensor;
use image::imageops::{FilterType, resize};
use indicatif::ProgressIterator;

use super::picture_file::{PictureFile, rgb};
use crate::app::files::Outputs;
use crate::app::sheet;
use crate::diffusion::{Denoise, LoadOptions, Pipeline, Sampler, best_device, noise};
use crate::dream::{Picture, SLOTS};
use crate::param;
use crate::show;

/// Makes the page.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Show file.
    #[arg(default_value = "mappings/shows/first-light.toml")]
    pub show: PathBuf,
    /// The slots' peak texts instead of the calm ones.
    #[arg(long)]
    pub peak: bool,
    /// Side of a tile in pixels.
    #[arg(long, allow_negative_numbers = true, value_name = "PX", default_value_t = 160)]
    pub tile: u32,
    /// Seed of every slot's noise.
    #[arg(long, allow_negative_numbers = true, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// The page to write (PNG or JPEG).
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Makes every slot's picture as the show would at strength 1 and writes the page.
///
/// # Errors
/// One sentence for a show, a model or a file that cannot be used.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if !(16..=512).contains(&args.tile) {
        bail!("--tile {} is out of range; use 16 to 512 pixels", args.tile);
    }
    let out = PictureFile::named(&args.out)?;
    let show = show::load(&args.show)?;
    let mut outputs = Outputs::new([("show", args.show.clone())], [("the model", show.model.clone())]);
    outputs.add("page", &args.out)?;
    let load = LoadOptions { device: best_device(), stand_in: Some(Sampler::Ddim), ..LoadOptions::default() };
    let pipeline = Pipeline::load(&show.model, &load)?;
    let mut values = param::Values::default();
    for (id, value) in &show.settings.values {
        values[*id] = *value;
    }
    let side = pipeline.native_size_px() / pipeline.latent_scale();
    let shape = (1, pipeline.latent_channels(), side, side);
    let noise = Tensor::from_vec(noise::normal(args.seed, shape.1 * side * side), shape, pipeline.device())?;
    let negative = pipeline.encode_prompt(&show.banks.negative)?;
    let slots: Vec<_> = show.banks.banks.iter().flat_map(|bank| &bank.slots).collect();
    let mut tiles = Vec::with_capacity(slots.len());
    for slot in slots.into_iter().progress() {
        let prompt = pipeline.encode_prompt(if args.peak { &slot.peak } else { &slot.calm })?;
        let job = Denoise {
            init: None,
            noise: &noise,
            step_noises: &[],
            strength: 1.0,
            steps: values.whole(param::DREAM_STEPS),
            sampler: None,
            guidance: f64::from(values[param::DREAM_GUIDANCE]),
            prompt: &prompt,
            negative: Some(&negative),
        };
        let latents = pipeline.denoise(&job, &|| false)?.context("the run was cancelled")?;
        let picture = rgb(&Picture::from_tensor(&pipeline.decode(&latents)?)?);
        tiles.push(resize(&picture, args.tile, args.tile, FilterType::Triangle));
    }
    out.write(&sheet::lay(&tiles, SLOTS))
}
