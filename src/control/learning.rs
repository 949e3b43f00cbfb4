//! Learning: the next control that is moved plays a parameter from now on. Asked for by `halation learn`, or over OSC while a
//! show plays (`/learn dream.strength`); then an address of a tablet may be what is moved.
//!
//! The wish crosses threads; what was moved is looked at in the conductor's tick, and written by a thread of its own.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, bail};
use crossbeam_channel::Receiver;

use super::mapping::learn::{Learnt, with_learnt};
use super::mapping::{Library, Mapping, Signal};
use super::midi::{Midi, Moved, Mover, Overheard};
use crate::disk::{self, Durable};
use crate::param::{Id, Kind};
use crate::rt;
use crate::units::Seconds;

/// How long a wish waits for a hand.
const PATIENCE_S: f64 = 30.0;

/// A parameter that waits for its control; clones share it.
#[derive(Clone, Default)]
pub struct LearnWish(Arc<Mutex<Option<(Id, Seconds)>>>);

impl LearnWish {
    /// The next control shall play `id`.
    pub fn ask(&self, id: Id, now: Seconds) {
        *self.lock() = Some((id, now.after(PATIENCE_S)));
    }

    /// What waits at `now`.
    #[must_use]
    pub fn waiting(&self, now: Seconds) -> Option<Id> {
        let mut wish = self.lock();
        if let Some((id, _)) = wish.take_if(|(_, until)| now >= *until) {
            tracing::info!("nothing was moved: {} is not learnt; /learn it again", id.row().id);
        }
        wish.map(|(id, _)| id)
    }

    /// A control was found.
    pub fn done(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Id, Seconds)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks at what controllers send while a wish waits.
pub struct Learning {
    wish: LearnWish,
    overheard: Receiver<Overheard>,
    movers: HashMap<usize, Mover>,
}

impl Learning {
    pub fn new(wish: LearnWish, overheard: Receiver<Overheard>) -> Self {
        Self { wish, overheard, movers: HashMap::new() }
    }

    /// Takes in what came since the last call.
    pub fn step(&mut self, midi: &Midi, now: Seconds) {
        let Some(id) = self.wish.waiting(now) else {
            self.movers.clear();
            self.overheard.try_iter().for_each(drop);
            return;
        };
        while let Ok(message) = self.overheard.try_recv() {
            let mover = self.movers.entry(message.port_index).or_default();
            let Some(moved) = mover.hear(message.bytes()) else { continue };
            self.wish.done();
            self.movers.clear();
            if let Some((port, mapping)) = midi.played(message.port_index) {
                write_down(id, moved, port, mapping);
            }
            return;
        }
    }
}

/// Writes it on a thread of its own: a disk may be slow.
fn write_down(id: Id, moved: Moved, port: String, mapping: Arc<Mapping>) {
    let teach = move || {
        let taught = how(id, None, moved).and_then(|(signal, how)| {
            let signal = mapping.on_its_channels(signal);
            teach((&port, &mapping), &Learnt { signal, how: &how, target: id }).map(|path| (signal, path))
        });
        match taught {
            Ok((signal, path)) => {
                tracing::info!("{signal} of {port} plays {} from now on: {}", id.row().id, path.display());
            }
            Err(error) => tracing::warn!("not learnt: {error:#}"),
        }
    };
    if let Err(error) = rt::spawn("learn", teach) {
        tracing::warn!("not learnt: there is no thread for it ({error})");
    }
}

/// How the control plays `id`, as a mapping says it.
///
/// # Errors
/// When such a control cannot play it.
pub fn how(id: Id, value: Option<f32>, moved: Moved) -> anyhow::Result<(Signal, String)> {
    let row = id.row();
    Ok(match (moved, value) {
        (Moved::Button(signal), Some(value)) => {
            let mode = if matches!(row.kind, Kind::Trigger) { "trigger" } else { "set" };
            (signal, format!("mode = \"{mode}\", value = {value}"))
        }
        (Moved::Button(signal), None) => {
            let mode = match row.kind {
                Kind::Trigger => "trigger",
                _ if row.is_switch() => "toggle",
                Kind::Float { .. } if row.range().0 == 0.0 => "toggle",
                _ => bail!(
                    "a pad sets one value of {0}: say which, as in `halation learn {0}={1}`",
                    row.id,
                    row.range().1
                ),
            };
            (signal, format!("mode = \"{mode}\""))
        }
        (Moved::Knob(_) | Moved::Encoder(..), Some(_)) => bail!("a knob plays all of {}: leave the value out", row.id),
        (Moved::Knob(_) | Moved::Encoder(..), None) if matches!(row.kind, Kind::Trigger) => {
            bail!("{} happens when a pad is pressed, and that was a knob", row.id)
        }
        (Moved::Knob(signal), None) => (signal, String::new()),
        (Moved::Encoder(signal, encoding), None) => {
            (signal, format!("mode = \"relative\", encoding = \"{}\"", encoding.name()))
        }
    })
}

/// Writes it into the user's mapping of the device at `port`, which plays through `mapping`; returns the file.
///
/// # Errors
/// When it cannot be written.
pub fn teach((port, mapping): (&str, &Mapping), learnt: &Learnt<'_>) -> anyhow::Result<PathBuf> {
    let folder = Library::user_folder().context("this system has no folder for settings; set HOME")?;
    let known = Library::of_user().into_iter().find(|known: &Mapping| known.fits(port));
    let path = known.map_or_else(|| free_path(&folder, port), |known| known.file.into());
    let before = path.exists().then(|| std::fs::read_to_string(&path)).transpose();
    let before = before.with_context(|| format!("{} cannot be read", path.display()))?;
    let extends = if Library::is_shipped(Path::new(&mapping.file)) { &mapping.file } else { "generic" };
    let text = with_learnt(before.as_deref(), port, extends, learnt)
        .map_err(|says| anyhow::anyhow!("{}: {says}", path.display()))?;
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    disk::write(&path, Durable::Now, |file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(path)
}

/// A file of its own for the device at `port`.
fn free_path(folder: &Path, port: &str) -> PathBuf {
    let name = file_name(port);
    let mut paths = (1..).map(|count| match count {
        1 => folder.join(format!("{name}.toml")),
        count => folder.join(format!("{name}-{count}.toml")),
    });
    paths.find(|path| !path.exists()).unwrap_or_default()
}

/// The device's name as a file's.
fn file_name(port: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = port.chars().map(plain).collect();
    let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "controller".into() } else { words.join("-") }
}
