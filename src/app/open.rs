//! Opens everything a show needs. Shows, mappings, outputs and devices come before the model, so that a mistake in the
//! command line is reported before the slow load; a rekordbox stick is read after it.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use super::changeover::{Changeover, OpenedShow};
use super::desk::{Desk, Inputs};
use super::files;
use super::options::Options;
use super::outlets::ChangeoverOutlets;
use super::parts::Parts;
use super::patches::Patches;
use super::replay::Replay;
use super::shared::Shared;
use super::show_clock::ShowClock;
use super::sound::Sound;
use super::{dreamer, trace, wall_config, web};
use crate::audio::{self, Tap};
use crate::conductor::Conductor;
use crate::control::mapping::{Library, Mapping};
use crate::control::web::{Monitor, WebConfig};
use crate::control::{
    Access, ControlConfig, Controls, DecksConfig, LearnWish, LinkConfig, MidiConfig, Newest, OscConfig, Playing,
};
use crate::dream::{Dreamer, TextBoard};
use crate::output::{self, FilmConfig, OutputConfig, Sinks};
use crate::param;
use crate::rt;
use crate::show::{self, Show, ShowFiles};
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
    let show = load_shows(options)?;
    let library = library(options, &show)?;
    options.replay.as_deref().map_or(Ok(()), files::check_replay)?;
    let replay = hands(options)?;
    files::check(options, &show)?;
    let (trace, trace_file) = options.trace.clone().map(trace::open).transpose()?.unzip();
    let shared = Shared::new(TextBoard::new(show.banks.clone()), trace.unwrap_or_default());
    let output = OutputConfig { overlays: wall_config::overlays(&show), ..wall_config::output(options, &show) };
    // Before the model is loaded: what cannot be written should be known at once.
    let web = web::config(options, &show, &shared)?;
    let (sinks, tap) = open_sinks(options, &output, web.as_ref().map(|web| web.monitor.clone()))?;
    let sound = Sound::open(options, shared.faults.clone())?.tapped(tap);
    let (playing, subscribe) = rt::broadcast(Playing::default());
    let newest = Newest { asked: subscribe.reader(), told: subscribe.reader() };
    let access = access(options, &show);
    let controls = open_controls(options, &show, library, newest, (&access, web), &shared, wall)?;
    let dreamer = dreamer::open(options, &show, &shared, None)?;
    let conductor = open_conductor(options, &show, &shared, dreamer.picture_px());
    let files = ShowFiles::new(options.shows.clone());
    let edits = if options.stepped { None } else { Some(show::watch(files.clone(), stop.clone())?) };
    let (changeover, outlets) = open_changeover(options, show.clone(), &dreamer, (&shared, &files, &stop))?.unzip();
    let patches = if options.stepped { Patches::at_once() } else { Patches::spawn(stop.clone())? };
    let desk = Desk::new(Inputs {
        conductor,
        controls,
        texts: shared.texts.clone(),
        edits,
        replay,
        faults: shared.faults.clone(),
        latency: shared.latency.clone(),
        sequence: shared.sequence.clone(),
        pace: shared.pace.clone(),
        trace: shared.trace.clone(),
        patches,
        changeover,
    });
    let monitor = options.monitor.clone().or(show.output.monitor.clone());
    Ok(Parts { stop, wall, desk, sound, dreamer, shared, output, sinks, monitor, playing, files, outlets, trace_file })
}

fn open_conductor(options: &Options, show: &Show, shared: &Shared, picture_px: (usize, usize)) -> Conductor {
    let mut conductor = Conductor::new(&show.settings, shared.texts.clone(), Tempo::new(opening_tempo(show)));
    conductor.set_picture_aspect(picture_px.0 as f64 / picture_px.1 as f64);
    if let Some(stick) = options.rekordbox.as_ref().or(show.tempo.rekordbox.as_ref()) {
        conductor.know(Arc::new(collection(stick, presence(options, show))));
    }
    if let Some(first) = options.shows.first() {
        fill_looks(&mut conductor, &show::looks::file_of(first));
    }
    conductor
}

/// The way to other shows; none in virtual time.
fn open_changeover(
    options: &Options,
    show: Show,
    dreamer: &Dreamer,
    (shared, files, stop): (&Shared, &ShowFiles, &rt::Stop),
) -> anyhow::Result<Option<(Changeover, ChangeoverOutlets)>> {
    if options.stepped {
        anyhow::ensure!(options.next.is_empty(), "--next plays live; --stepped plays one show");
        return Ok(None);
    }
    let playing = OpenedShow { show: Box::new(show), picture_px: dreamer.picture_px() };
    Changeover::spawn(options, playing, shared, files.clone(), stop.clone()).map(Some)
}

/// The show that opens; those of `--next` are looked at, too, so that their mistakes are known at once.
fn load_shows(options: &Options) -> anyhow::Result<Show> {
    let show = show::load_all(&options.shows)?;
    options.next.iter().try_for_each(|next| show::load_all(std::slice::from_ref(next)).map(drop))?;
    Ok(show)
}

/// Hands that are not there: a replayed trace, or a rehearsal's presses.
fn hands(options: &Options) -> anyhow::Result<Replay> {
    Ok(match (options.replay.as_deref(), options.press_every_s) {
        (Some(file), _) => Replay::load(file)?,
        (None, Some(every_s)) => Replay::presses(every_s, options.duration_s.unwrap_or_default()),
        (None, None) => Replay::default(),
    })
}

/// Brings the looks back that were kept at `path`.
fn fill_looks(conductor: &mut Conductor, path: &Path) {
    match show::looks::read(path) {
        Ok(shelf) => conductor.fill_looks(&shelf),
        Err(says) => tracing::warn!("{says}; playing without the looks that were kept"),
    }
}

/// The sinks, and the tap that gives a film its sound.
fn open_sinks(
    options: &Options,
    output: &OutputConfig,
    monitor: Option<Monitor>,
) -> anyhow::Result<(Sinks, Option<Tap>)> {
    let Some(path) = options.record.clone() else {
        return Ok((output::open_sinks(output, None, monitor, options.stepped)?, None));
    };
    let (tap, reader) = audio::tap(options.stepped);
    let sound = (options.audio != "none").then_some(reader);
    let film = FilmConfig { path, fps: output.fps.unwrap_or(FILM_FPS), sound };
    Ok((output::open_sinks(output, Some(film), monitor, options.stepped)?, Some(tap)))
}

/// SIGINT, SIGTERM and their like end the show cleanly; the second one ends it at once.
fn leave_on_signal(stop: &rt::Stop) {
    let stop = stop.clone();
    let leave = move || {
        if stop.is_set() {
            rt::give_terminal_back();
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
    newest: Newest,
    (access, web): (&Arc<Access>, Option<WebConfig>),
    shared: &Shared,
    wall: ShowClock,
) -> anyhow::Result<Option<Controls>> {
    // In stepped play the only control inputs are those of the replay.
    if options.stepped {
        return Ok(None);
    }
    let midi = MidiConfig { library: Arc::new(library), ..MidiConfig::default() };
    let osc = osc_config(options, access.clone(), shared, wall)?;
    let controls = Controls::open(
        ControlConfig {
            midi: Some(midi),
            osc: Some(osc),
            web,
            link: link_config(options, wall)?,
            decks: decks_config(options, show, wall),
        },
        newest,
    )?;
    if let Some(osc) = controls.osc() {
        match (osc.tablet_address(), osc.local_address()) {
            (Some(address), _) => tracing::info!("OSC: type {address} into the tablet"),
            (None, Some(_)) => tracing::info!("OSC: listening on {}", osc.addresses()),
            (None, None) => {}
        }
    }
    if let Some(web) = controls.web() {
        tracing::info!("{}", web.invitation());
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

/// Who may play over the network: the command line says who, the show what may be written.
fn access(options: &Options, show: &Show) -> Arc<Access> {
    let access = Access::new(options.allow.clone());
    access.set_texts(show.remote_text, show.blocked_words.clone());
    Arc::new(access)
}

fn osc_config(options: &Options, access: Arc<Access>, shared: &Shared, wall: ShowClock) -> anyhow::Result<OscConfig> {
    let texts = shared.texts.clone();
    Ok(OscConfig {
        listen: if options.osc == "off" { None } else { Some(options.osc.parse()?) },
        access,
        learn: LearnWish::default(),
        learnt: Library::user_folder().and_then(|folder| Some(folder.parent()?.join("osc.toml"))),
        clock: Arc::new(move || wall.now()),
        text: Arc::new(move || texts.sounding()),
    })
}

fn opening_tempo(show: &Show) -> Bpm {
    let said = show.settings.values.iter().find(|(id, _)| *id == param::TEMPO_BPM).map(|(_, v)| *v);
    Bpm(f64::from(said.unwrap_or(param::TEMPO_BPM.row().default_value())))
}
