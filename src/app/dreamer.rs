//! Opens the generator of a show: model, picture size, stills on disk. At the start, and for a show that takes over.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use etcetera::BaseStrategy;
use image::DynamicImage;

use super::options::Options;
use super::picture_size;
use super::shared::Shared;
use crate::diffusion::{LoadOptions, Pipeline, Sampler, best_device, folder};
use crate::dream::{Banks, DreamConfig, Dreamer, Overlay, Picture, Still, StillFiles, StillSettings};
use crate::param;
use crate::rt::{self, terminal};
use crate::show::Show;
use crate::source;

/// Loads the model and makes the generator of `show`. Pictures are as large as `like`, where that suits the model and the
/// show does not say otherwise.
///
/// # Errors
/// One sentence: what of it cannot be had, and what to try.
pub fn open(options: &Options, show: &Show, shared: &Shared, like: Option<(usize, usize)>) -> anyhow::Result<Dreamer> {
    let folder = options.model.as_ref().unwrap_or(&show.model);
    let progress = |fraction: f32, part: &str| {
        // Progress is shown on a terminal only, not in a redirected log.
        if terminal::is_terminal() {
            terminal::status(format!("loading the model {:3.0} % {part}", 100.0 * fraction));
        }
    };
    let load = LoadOptions {
        device: best_device(),
        stand_in: Some(Sampler::Ddim),
        progress: Some(&progress),
        ..LoadOptions::default()
    };
    let pipeline = Pipeline::load(folder, &load)?;
    let scale = pipeline.latent_scale();
    let suits = |(width, height): &(usize, usize)| width.is_multiple_of(scale) && height.is_multiple_of(scale);
    let like_px = like.filter(|like| show.picture_px.is_none() && suits(like));
    let (width_px, height_px) = like_px.map_or_else(|| picture_size(options, show, &pipeline), Ok)?;
    let read = |path: &Path| input_image(path, width_px, height_px);
    let [image, mask] = [&show.image, &show.mask].map(|path| path.as_deref().map(read).transpose());
    let guides = show.guides.iter().map(|guide| read(&guide.image)).collect::<anyhow::Result<Vec<_>>>()?;
    let still_files = still_files(options, folder, (width_px, height_px), &show.banks)?;
    // A show that takes over brings its own.
    if let Some(files) = still_files.as_ref().filter(|_| like.is_none()) {
        lay_out_stills(options, show, shared, files)?;
    }
    let config = DreamConfig {
        width_px,
        height_px,
        texts: shared.texts.clone(),
        stills: shared.stills.clone(),
        still_files,
        sequence: shared.sequence.clone(),
        image: image?,
        overlays: show.overlays.iter().map(|overlay| Overlay::new(&overlay.image, width_px, height_px)).collect(),
        models: folder.parent().map(Path::to_owned),
        guides: guides.into(),
        mask: mask?.map(|mask| mask.luma().into()),
        drift_correction: true,
        cost: options.stepped.then_some(super::stepped::COST),
    };
    Ok(Dreamer::new(pipeline, config))
}

/// What the show says, or what suits the wall and the machine.
fn picture_size(options: &Options, show: &Show, pipeline: &Pipeline) -> anyhow::Result<(usize, usize)> {
    if let Some((width, height)) = show.picture_px.map(|(w, h)| (w as usize, h as usize)) {
        check_picture_size(width, height, pipeline.latent_scale())?;
        return Ok((width, height));
    }
    let aspect = super::wall_config::output(options, show).aspect();
    if options.stepped {
        return Ok(picture_size::stepped(pipeline, aspect));
    }
    let ((width, height), per_s) = picture_size::affordable(pipeline, aspect, &show.settings.starting_values())?;
    tracing::info!("pictures of {width} x {height}: {per_s:.1} a second, fewer beside a wall that the processor draws");
    Ok((width, height))
}

/// Lays the stills on disk on the board: those of the bank that plays now, the others on a thread that ends with them. In
/// virtual time all of them now.
fn lay_out_stills(options: &Options, show: &Show, shared: &Shared, files: &StillFiles) -> anyhow::Result<()> {
    let values = show.settings.starting_values();
    let (banks, how) = (shared.texts.read(), StillSettings::of(&values));
    let playing = values.whole(param::PROMPT_BANK).clamp(1, banks.banks.len().max(1)) - 1;
    let mut texts: Vec<Vec<Arc<str>>> = banks.banks.iter().map(|bank| bank.texts().cloned().collect()).collect();
    if playing < texts.len() {
        shared.stills.put(&banks, files.find_all(&texts.remove(playing), &how));
    }
    let (stills, board, files) = (shared.stills.clone(), shared.texts.clone(), files.clone());
    let rest = move || texts.iter().for_each(|texts| stills.put(&board.read(), files.find_all(texts, &how)));
    if options.stepped {
        rest();
    } else {
        rt::spawn("stills", move || {
            rt::lower_priority();
            rest();
        })?;
    }
    Ok(())
}

/// The stills of the model, and of earlier shows; none where the model cannot be told from others. In virtual time
/// nothing of this machine may change the pictures.
fn still_files(
    options: &Options,
    model: &Path,
    size_px: (usize, usize),
    banks: &Banks,
) -> anyhow::Result<Option<StillFiles>> {
    let model = folder::find(model)?;
    let user = (!options.stepped).then(|| etcetera::choose_base_strategy().ok()).flatten();
    let cache = user.map(|user| user.cache_dir().join("halation/stills"));
    let weights = folder::fingerprint(&model).inspect_err(|e| tracing::warn!("{e}; playing without stills on disk"));
    let open = |weights: String| StillFiles::open(&model, &weights, cache.as_deref(), size_px, banks.negative.clone());
    Ok(weights.ok().map(open))
}

/// The show was checked against its own model; `--model` may be another.
fn check_picture_size(width: usize, height: usize, scale: usize) -> anyhow::Result<()> {
    let fits = |side: usize| side.is_multiple_of(scale);
    let near = |side: usize| side.next_multiple_of(scale);
    anyhow::ensure!(
        fits(width) && fits(height),
        "picture {width} x {height} does not suit this model, whose pictures have sides that are multiples of {scale}; \
         write [{}, {}] in the show",
        near(width),
        near(height)
    );
    Ok(())
}

/// The picture at `path`, filling `width` x `height` pixels.
fn input_image(path: &Path, width: usize, height: usize) -> anyhow::Result<Picture> {
    let image = DynamicImage::from(source::read(path).context("the input image cannot be used")?);
    let filled = image.resize_to_fill(width as u32, height as u32, image::imageops::FilterType::CatmullRom);
    Ok(Picture::from_rgba(width, height, filled.to_rgba8().as_raw()))
}

/// The stills of `show` that lie on disk, of `picture_px`.
///
/// # Errors
/// When its model is not there.
pub fn stills_on_disk(
    options: &Options,
    show: &Show,
    picture_px: (usize, usize),
) -> anyhow::Result<Vec<(Arc<str>, Still)>> {
    let folder = options.model.as_ref().unwrap_or(&show.model);
    let Some(files) = still_files(options, folder, picture_px, &show.banks)? else { return Ok(Vec::new()) };
    let how = StillSettings::of(&show.settings.starting_values());
    let texts: Vec<Vec<Arc<str>>> = show.banks.banks.iter().map(|bank| bank.texts().cloned().collect()).collect();
    Ok(texts.iter().flat_map(|texts| files.find_all(texts, &how)).collect())
}
