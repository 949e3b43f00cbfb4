//! `halation learn`: the next control that is moved plays this parameter, from now on.

use std::collections::HashMap;

use anyhow::{Context, bail, ensure};

use super::answer;
use super::midi::{Heard, MidiEars};
use crate::control::learning::{how, teach};
use crate::control::mapping::learn::Learnt;
use crate::control::midi::{Moved, Mover};
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

/// Waits for the control, or for one control after the other, and writes what it learns.
///
/// # Errors
/// When there is no such parameter, nothing was moved, or the mapping cannot be written.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let wanted = match &args.parameter {
        Some(text) => vec![wanted(text)?],
        None => param::MAIN_KNOBS.map(|id| (id, None)).into(),
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
        let path = teach((&heard.port, &heard.mapping), &Learnt { signal, how: &how, target: id })?;
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
