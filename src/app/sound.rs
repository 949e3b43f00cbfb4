//! The audio side of a run: the chosen input and its analysis, the newest features, and losses of the device.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Options;
use crate::audio::{self, Choice, Features, Input, LevelMemory, ListenSettings, Listener, Tap};
use crate::param::{self, Snapshot};
use crate::telemetry::{Faults, Kind};
use crate::units::Seconds;

/// What the report says of the sound.
#[derive(Clone, Debug, Default)]
pub struct SoundFigures {
    pub source: String,
    pub callbacks: u64,
    pub xruns: u64,
    pub features: Features,
}

/// What hands set about listening, in `snapshot`.
#[must_use]
pub fn listen_settings(snapshot: &Snapshot) -> ListenSettings {
    let value = |id| snapshot.unmodulated[id];
    ListenSettings { gain_db: value(param::AUDIO_GAIN), near_bpm: value(param::TEMPO_NEAR) }
}

/// Where the levels learned on one input are kept between runs: a JSON file.
#[derive(Clone, Debug)]
pub struct Notebook {
    path: PathBuf,
    input: String,
}

impl Notebook {
    /// A notebook for `input` in the user's state folder; none where there is no such folder.
    fn of(input: &Input) -> Option<Self> {
        let folder = |name: &str, under: &str| Some(Path::new(&std::env::var_os(name)?).join(under));
        let state = folder("XDG_STATE_HOME", "").or_else(|| folder("HOME", ".local/state"))?;
        Some(Self { path: state.join("halation/ears.json"), input: input.description().to_owned() })
    }

    /// Writes `memory` to the file. A failure is only logged.
    pub fn keep(&self, memory: &LevelMemory) {
        if let Err(e) = memory.save(&self.path, &self.input) {
            tracing::debug!("{}: what the ears learned cannot be kept: {e}", self.path.display());
        }
    }
}

pub struct Sound {
    pub listener: Listener,
    faults: Faults,
    features: Features,
    notebook: Option<Notebook>,
}

impl Sound {
    /// The same, heard by `tap`, too.
    #[must_use]
    pub fn tapped(mut self, tap: Option<Tap>) -> Self {
        self.listener.set_tap(tap);
        self
    }

    /// Opens the input that the options name and says which it is.
    ///
    /// With `auto`, a synthetic track plays when no input is found at the start, and always in stepped play. A device
    /// that is lost later is not replaced.
    ///
    /// # Errors
    /// When a named input cannot be had.
    pub fn open(options: &Options, faults: Faults) -> anyhow::Result<Self> {
        let (choice, stepped): (Choice, _) = (options.audio.parse()?, options.stepped);
        // A stepped run must be repeatable, so `auto` opens no device there.
        let found =
            if stepped && choice == Choice::Auto { None } else { audio::open(&choice, options.audio_channels)? };
        let mut input = match (found, &choice) {
            (None, Choice::Auto) => Some(Input::synth("house126")?),
            (found, _) => found,
        };
        match &input {
            Some(input) => tracing::info!("audio: {}", input.description()),
            None => tracing::info!("audio: none"),
        }
        if options.aloud {
            play_aloud(input.as_mut(), stepped)?;
        }
        // Learned levels are kept for devices only: a file or synthetic track must be analysed alike in every run.
        let notebook = input.as_ref().filter(|input| input.is_device()).and_then(Notebook::of);
        let mut listener = Listener::new(input);
        if let Some(memory) = notebook.as_ref().and_then(|book| LevelMemory::load(&book.path, &book.input)) {
            listener.remember(&memory);
        }
        Ok(Self { listener, faults, features: Features::default(), notebook })
    }

    /// Where to keep the learned levels; `None` when they are not kept.
    #[must_use]
    pub fn notebook(&self) -> Option<Notebook> {
        self.notebook.clone()
    }

    /// The levels learned so far.
    #[must_use]
    pub fn memory(&self) -> LevelMemory {
        self.listener.memory()
    }

    /// Hears everything up to `now`.
    pub fn step(&mut self, now: Seconds, settings: ListenSettings) -> Features {
        self.features = self.listener.step(now, settings);
        let counters = self.listener.counters();
        self.faults.set(Kind::AudioLost, counters.lost, counters.returned >= counters.lost);
        self.features
    }

    /// What the report says.
    #[must_use]
    pub fn heard(&self) -> SoundFigures {
        let source = self.listener.input().map_or_else(|| "none".into(), |i| i.description().into());
        SoundFigures { source, ..self.figures() }
    }

    /// Its numbers alone: allocates nothing.
    #[must_use]
    pub fn figures(&self) -> SoundFigures {
        let counters = self.listener.counters();
        let (source, features) = (String::new(), self.features);
        SoundFigures { source, callbacks: counters.callbacks, xruns: counters.xruns, features }
    }
}

/// Speakers that cannot be had are said, and the show goes on.
///
/// # Errors
/// When there is nothing to be heard.
fn play_aloud(input: Option<&mut Input>, stepped: bool) -> anyhow::Result<()> {
    anyhow::ensure!(!stepped, "--aloud and --stepped do not go together: virtual time makes no sound");
    let track = input.filter(|input| !input.is_device());
    let track =
        track.context("--aloud plays a file or a synthetic track; add --audio file:PATH or --audio synth:night")?;
    match track.play_aloud() {
        Ok(speakers) => tracing::info!("heard on {speakers}"),
        Err(reason) => tracing::warn!("the show plays without being heard: {reason}"),
    }
    Ok(())
}
