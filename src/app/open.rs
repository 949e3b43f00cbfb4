//! Opens everything a show needs. Shows, mappings, outputs and devices come before the model, so that a mistake in the
//! command line is reported before the slow load; a rekordbox stick is read after it.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use etcetera::BaseStrategy;
use image::DynamicImage;
use rayon::prelude::*;

use super::desk::{Desk, Inputs};
use super::files;
use super::options::Options;
use super::parts::{Parts, Shared};
use super::patches::Patches;
use super::picture_size;
use super::replay::Replay;
use super::show_clock::ShowClock;
use super::sound::Sound;
use super::trace;
use crate::audio::{self, Tap};
use crate::conductor::Conductor;
use crate::control::mapping::{Library, Mapping};
use crate::control::{ControlConfig, Controls, DecksConfig, LinkConfig, MidiConfig, OscConfig};
use crate::diffusion::{LoadOptions, Pipeline, Sampler, best_device, folder};
use crate::dream::{Banks, DreamConfig, Dreamer, Overlay, Picture, StillFiles, StillSettings, TextBoard};
use crate::output::{self, CaptureConfig, FilmConfig, OutputConfig, Sinks};
use crate::param::{self, Snapshot};
use crate::render::OverlayImage;
use crate::rt::{self, terminal};
use crate::show::{self, Show};
use crate::source;
use crate::tempo::prolink::export::{self, Export};
use crate::tempo::prolink::{Ports, Presence};
use crate::tempo::{Collection, Tempo};
use crate::units::Bpm;

/// Pictures a second of a film, unless `--fps` says otherwise.
const FILM_FPS: f64 = 30.0;

/// Opens everything.
///
/// # Errors
/// One sentence: what is missing, where, and what to try.
pub fn open(options: &Options) -> anyhow::Result<Parts> {
    let wall = ShowClock::start();
    let stop = rt::Stop::default();
    if !options.stepped {
        leave_on_signal(&stop);
    }
    let show = show::load_all(&options.shows)?;
    let library = library(options, &show)?;
    options.replay.as_deref().map_or(Ok(()), files::check_replay)?;
    let replay = options.replay.as_deref().map(Replay::load).transpose()?.unwrap_or_default();
    files::check(options, &show)?;
    let (trace, trace_file) = options.trace.clone().map(trace::open).transpose()?.unzip();
    let shared = Shared::new(TextBoard::new(show.banks.clone()), trace.unwrap_or_default());
    let output = OutputConfig { overlays: overlays(&show), ..output(options, &show) };
    // Before the model is loaded: what cannot be written should be known at once.
    let (sinks, tap) = open_sinks(options, &output)?;
    let mut sound = Sound::open(options, shared.faults.clone())?;
    sound.listener.set_tap(tap);
    let (snapshots, subscribe) = rt::broadcast(Snapshot::default());
    let controls = open_controls(options, &show, library, subscribe.reader(), &shared, wall)?;
    let dreamer = open_dreamer(options, &show, &shared)?;
    let mut conductor = Conductor::new(&show.settings, shared.texts.clone(), Tempo::new(opening_tempo(&show)));
    if let Some(stick) = options.rekordbox.as_ref().or(show.tempo.rekordbox.as_ref()) {
        conductor.know(Arc::new(collection(stick, presence(options, &show))));
    }
    let looks = options.shows.first().map(|show| show::looks::file_of(show));
    looks.as_deref().into_iter().for_each(|path| fill_looks(&mut conductor, path));
    let edits = if options.stepped { None } else { Some(show::watch(options.shows.clone(), stop.clone())?) };
    let patches = if options.stepped { Patches::at_once() } else { Patches::spawn(stop.clone())? };
    let desk = Desk::new(Inputs {
        conductor,
        controls,
        texts: shared.texts.clone(),
        edits,
        replay,
        faults: shared.faults.clone(),
        latency: shared.latency.clone(),
        trace: shared.trace.clone(),
        patches,
    });
    let monitor = options.monitor.clone().or(show.output.monitor.clone());
    Ok(Parts { stop, wall, desk, sound, dreamer, shared, output, sinks, monitor, snapshots, looks, trace_file })
}

/// Brings the looks back that were kept at `path`.
fn fill_looks(conductor: &mut Conductor, path: &Path) {
    match show::looks::read(path) {
        Ok(shelf) => conductor.fill_looks(&shelf),
        Err(says) => tracing::warn!("{says}; playing without the looks that were kept"),
    }
}

/// The sinks, and the tap that gives a film its sound.
fn open_sinks(options: &Options, output: &OutputConfig) -> anyhow::Result<(Sinks, Option<Tap>)> {
    let Some(path) = options.record.clone() else {
        return Ok((output::open_sinks(output, None, options.stepped)?, None));
    };
    let (tap, reader) = audio::tap(options.stepped);
    let sound = (options.audio != "none").then_some(reader);
    let film = FilmConfig { path, fps: output.fps.unwrap_or(FILM_FPS), sound };
    Ok((output::open_sinks(output, Some(film), options.stepped)?, Some(tap)))
}

/// SIGINT, SIGTERM and their like end the show cleanly; the second one ends it at once.
fn leave_on_signal(stop: &rt::Stop) {
    let stop = stop.clone();
    let leave = move || {
        if stop.is_set() {
            std::process::exit(1);
        }
        stop.set();
    };
    if let Err(e) = rt::on_signal(leave) {
        tracing::debug!("signals end the show the hard way: {e}");
    }
}

fn library(options: &Options, show: &Show) -> anyhow::Result<Library> {
    let named = options.mapping.as_deref().or(show.mapping.as_deref()).map(Mapping::load).transpose()?;
    Ok(Library::with(named))
}

fn open_controls(
    options: &Options,
    show: &Show,
    library: Library,
    base: rt::Reader<Snapshot>,
    shared: &Shared,
    wall: ShowClock,
) -> anyhow::Result<Option<Controls>> {
    // In stepped play the only control inputs are those of the replay.
    if options.stepped {
        return Ok(None);
    }
    let midi = MidiConfig { library: Arc::new(library), ..MidiConfig::default() };
    let osc = if options.osc == "off" { None } else { Some(osc_config(options, show, shared, wall)?) };
    let controls = Controls::open(
        ControlConfig {
            midi: Some(midi),
            osc,
            link: link_config(options, wall)?,
            decks: decks_config(options, show, wall),
        },
        base,
    )?;
    if let Some(osc) = controls.osc() {
        match osc.tablet_address() {
            Some(address) => tracing::info!("OSC: type {address} into the tablet"),
            None => tracing::info!("OSC: listening on {}", osc.addresses()),
        }
    }
    Ok(Some(controls))
}

fn decks_config(options: &Options, show: &Show, wall: ShowClock) -> Option<DecksConfig> {
    let presence = presence(options, show);
    let announce = presence == Presence::Announce;
    let clock = Arc::new(move || wall.now());
    (presence != Presence::Off).then(|| DecksConfig { ports: Ports::default(), announce, clock })
}

fn presence(options: &Options, show: &Show) -> Presence {
    options.prolink.or(show.tempo.prolink).unwrap_or_default()
}

/// The tracks on the DJ's USB stick. When it cannot be read the collection is empty and no phrases are known.
fn collection(stick: &Path, presence: Presence) -> Collection {
    let read = export::read(stick).inspect_err(|e| tracing::warn!("{e}; playing without its phrases"));
    let Ok(Export { collection, without_phrases }) = read else { return Collection::default() };
    let tracks = collection.0.len();
    tracing::info!("{}: {tracks} tracks, {without_phrases} of them without phrases", stick.display());
    if presence != Presence::Announce {
        tracing::warn!("players tell their track only to those who announce themselves; try --prolink announce");
    }
    collection
}

fn link_config(options: &Options, wall: ShowClock) -> anyhow::Result<Option<LinkConfig>> {
    if options.link == "off" {
        return Ok(None);
    }
    let wrong = || format!("`{}` is no address of a Carabiner; try --link 127.0.0.1:17000 or --link off", options.link);
    let carabiner = options.link.parse().with_context(wrong)?;
    Ok(Some(LinkConfig { carabiner, clock: Arc::new(move || wall.now()) }))
}

fn osc_config(options: &Options, show: &Show, shared: &Shared, wall: ShowClock) -> anyhow::Result<OscConfig> {
    let texts = shared.texts.clone();
    Ok(OscConfig {
        listen: options.osc.parse()?,
        remote_text: show.remote_text,
        clock: Arc::new(move || wall.now()),
        text: Arc::new(move || texts.sounding()),
    })
}

fn open_dreamer(options: &Options, show: &Show, shared: &Shared) -> anyhow::Result<Dreamer> {
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
    let (width_px, height_px) = picture_size(options, show, &pipeline)?;
    let image = show.image.as_deref().map(|p| input_image(p, width_px, height_px)).transpose()?;
    let still_files = still_files(options, folder, (width_px, height_px), &show.banks)?;
    if let Some(files) = &still_files {
        lay_out_stills(options, show, shared, files)?;
    }
    let config = DreamConfig {
        width_px,
        height_px,
        texts: shared.texts.clone(),
        stills: shared.stills.clone(),
        still_files,
        sequence: shared.sequence.clone(),
        image,
        overlays: show.overlays.iter().map(|overlay| Overlay::new(&overlay.image, width_px, height_px)).collect(),
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
    let aspect = output(options, show).aspect();
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

/// What may be laid over the wall, as the wall wants it; says which is which.
fn overlays(show: &Show) -> Arc<[OverlayImage]> {
    let names = show.overlays.iter().zip(1..).map(|(overlay, slot)| format!("{slot} {}", overlay.path.display()));
    if !show.overlays.is_empty() {
        tracing::info!("overlays: {}", names.collect::<Vec<_>>().join(", "));
    }
    show.overlays.par_iter().map(|overlay| OverlayImage::new(&overlay.image)).collect::<Vec<_>>().into()
}

/// The picture at `path`, filling `width` x `height` pixels.
fn input_image(path: &Path, width: usize, height: usize) -> anyhow::Result<Picture> {
    let image = DynamicImage::from(source::read(path).context("the input image cannot be used")?);
    let filled = image.resize_to_fill(width as u32, height as u32, image::imageops::FilterType::CatmullRom);
    Ok(Picture::from_rgba(width, height, filled.to_rgba8().as_raw()))
}

fn opening_tempo(show: &Show) -> Bpm {
    let said = show.settings.values.iter().find(|(id, _)| *id == param::TEMPO_BPM).map(|(_, v)| *v);
    Bpm(f64::from(said.unwrap_or(param::TEMPO_BPM.row().default_value())))
}

fn output(options: &Options, show: &Show) -> OutputConfig {
    let (width_px, height_px) = options.size_px.or(show.output.size_px).unwrap_or((1280, 720));
    let capture = options.capture.clone().map(|dir| CaptureConfig { dir, every: options.capture_every });
    let fps = options.fps.or(show.output.fps);
    let show::Output { viewing, region, quarter_turns, test_card, .. } = show.output;
    let (test_card, flash_limiter) = (test_card || options.test_card, !options.no_flash_limiter);
    let overlays = Arc::default();
    OutputConfig {
        width_px,
        height_px,
        fps,
        flash_limiter,
        viewing,
        region,
        quarter_turns,
        test_card,
        capture,
        overlays,
    }
}
