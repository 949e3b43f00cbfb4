//! `halation learn`: the next control that is moved plays this parameter, from now on.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use super::answer;
use super::midi::{Heard, MidiEars};
use crate::control::mapping::learn::{Learnt, with_learnt};
use crate::control::mapping::{Library, Mapping};
use crate::control::midi::{Moved, Mover};
use crate::disk::{self, Durable};
use crate::param::{self, Id, Kind};

#[derive(clap::Args)]
pub struct Args {
    /// What the control shall play, such as dream.strength, or with the value that a pad sets, such as prompt.slot=3. Left
    /// out: the eight main parameters, one after the other.
    parameter: Option<String>,
    /// Give up after so many seconds.
    #[arg(long, allow_negative_numbers = true, value_name = "SECONDS", value_parser = super::seconds)]
    duration: Option<f64>,
}

/// What every layout has on its first eight knobs.
const MAIN: [Id; 8] = [
    param::DREAM_STRENGTH,
    param::DREAM_STEPS,
    param::MORPH_SPEED,
    param::PROMPT_GLIDE,
    param::MOTION_ZOOM,
    param::MOTION_ROTATE,
    param::LOOK_TRAILS,
    param::AUDIO_REACT,
];

/// Waits for the control, or for one control after the other, and writes what it learns.
///
/// # Errors
/// When there is no such parameter, nothing was moved, or the mapping cannot be written.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let wanted = match &args.parameter {
        Some(text) => vec![wanted(text)?],
        None => MAIN.map(|id| (id, None)).into(),
    };
    let mut ears = MidiEars::open(args.duration)?;
    let mut taken = Vec::new();
    for (id, value) in wanted {
        let row = id.row();
        answer::say(format!(
            "{}: turn its knob slowly to the left, or press its pad. Ctrl-C ends.",
            value.map_or(row.id.to_owned(), |value| format!("{} = {value}", row.id))
        ))?;
        let (heard, moved) = next_control(&mut ears, &taken)?;
        let (signal, how) = how(id, value, moved)?;
        let signal = heard.mapping.on_its_channels(signal);
        let path = teach(&heard, &Learnt { signal, how: &how, target: id })?;
        answer::say(format!("  {signal} of {} plays {}: written to {}", heard.port, row.id, path.display()))?;
        taken.push((heard.port, moved));
    }
    answer::say("It counts at once, also in a show that plays now; `halation midi` shows what every control plays.")
}

/// `dream.strength`, or `prompt.slot=3`.
fn wanted(text: &str) -> anyhow::Result<(Id, Option<f32>)> {
    let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
    let id = param::by_name_or_address(name.trim()).map_err(anyhow::Error::msg)?;
    let row = id.row();
    ensure!(!matches!(row.kind, Kind::Text), "{} is text, which no control can play", row.id);
    let Some(value) = value else { return Ok((id, None)) };
    if matches!(row.kind, Kind::Trigger) {
        let amount: Option<f32> = value.trim().parse().ok().filter(|amount: &f32| *amount != 0.0 && amount.is_finite());
        return Ok((id, Some(amount.with_context(|| format!("{} never fires with {value}", row.id))?)));
    }
    let named = match row.kind {
        Kind::Choice { names, .. } => names.iter().position(|name| name.eq_ignore_ascii_case(value.trim())),
        _ => None,
    };
    let number = named.map(|place| place as f32).or_else(|| value.trim().parse().ok());
    let (low, high) = row.range();
    let number = number.filter(|number| (low..=high).contains(number));
    let number = number.with_context(|| format!("{} goes from {low} to {high}, not {value}", row.id))?;
    Ok((id, Some(number)))
}

/// Waits for a control that was not used before.
fn next_control(ears: &mut MidiEars, taken: &[(String, Moved)]) -> anyhow::Result<(Heard, Moved)> {
    let mut movers: HashMap<usize, Mover> = HashMap::new();
    while let Some(heard) = ears.next()? {
        let mover = movers.entry(heard.message.port_index).or_default();
        if let Some(moved) = mover.hear(heard.message.bytes())
            && !taken.iter().any(|(port, other)| *port == heard.port && other.signal() == moved.signal())
        {
            return Ok((heard, moved));
        }
    }
    bail!("no control was moved; `halation midi` shows what arrives, `halation devices` which controllers are found")
}

/// How the control plays `id`, as a mapping says it.
fn how(id: Id, value: Option<f32>, moved: Moved) -> anyhow::Result<(crate::control::mapping::Signal, String)> {
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

/// Writes it into the user's mapping of that device.
fn teach(heard: &Heard, learnt: &Learnt<'_>) -> anyhow::Result<PathBuf> {
    let folder = Library::user_folder().context("this system has no folder for settings; set HOME")?;
    let known = Library::of_user().into_iter().find(|mapping: &Mapping| mapping.fits(&heard.port));
    let path = known.map_or_else(|| free_path(&folder, &heard.port), |known| known.file.into());
    let before = path.exists().then(|| std::fs::read_to_string(&path)).transpose();
    let before = before.with_context(|| format!("{} cannot be read", path.display()))?;
    let extends = if Library::is_shipped(Path::new(&heard.mapping.file)) { &heard.mapping.file } else { "generic" };
    let text = with_learnt(before.as_deref(), &heard.port, extends, learnt)
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
