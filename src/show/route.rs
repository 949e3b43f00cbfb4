//! `[[route]]` of a show: a modulation route from an audio feature, the beat or an LFO to a parameter.

use std::ops::Range;

use crate::audio::FeatureSource;
use crate::conductor::{Combine, Curve, FIRED, FormSignal, Mode, Route, RouteTrigger, Signal, TURN_BEATS, Wave};
use crate::diagnostics::{Document, Table};
use crate::param::{self, Id};
use crate::rt::nearest;

const CURVES: [(Curve, &str); 4] =
    [(Curve::Linear, "linear"), (Curve::Square, "square"), (Curve::Root, "root"), (Curve::S, "s")];
const COMBINES: [(Combine, &str); 4] =
    [(Combine::Add, "add"), (Combine::Multiply, "multiply"), (Combine::Replace, "replace"), (Combine::Max, "max")];
const MODES: [&str; 7] = ["level", "hit", "toggle", "random", "step", "integrate", "hold"];

pub(super) fn routes(root: &Table<'_, '_>) -> Vec<Route> {
    root.tables("route", "a route").into_iter().filter_map(|table| route(&table)).collect()
}

/// Most routes that can be plugged in while playing.
const PATCHABLE: usize = 32;

/// Parses the text of `route.patch`: the route's number from 1 and, unless the route is to be removed, the keys of a
/// `[[route]]` on one line: `3 source = "kick", target = "look.hue", amount = 20`. The number returned counts from 0.
///
/// # Errors
/// One sentence that says what is wrong.
pub fn patch(text: &str) -> Result<(usize, Option<Route>), String> {
    let text = text.trim();
    let (number, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let place = number.parse().ok().filter(|n| (1..=PATCHABLE).contains(n)).map(|n| n - 1).ok_or_else(|| {
        format!("route.patch begins with the number of a route, 1 to {PATCHABLE}, and not with {number}")
    })?;
    if rest.trim().is_empty() {
        return Ok((place, None));
    }
    let text = format!("route = [{{ {rest} }}]");
    let document = Document::new(&text, &[]);
    let (marks, tree) = (document.marks(), document.parse());
    let read = routes(&Table::new(tree.get_ref(), tree.span(), "a patch", &marks)).pop();
    let mistakes = marks.into_list();
    match read {
        Some(route) if mistakes.is_empty() => Ok((place, Some(route))),
        _ => Err(format!("route.patch: {}", mistakes.iter().map(|m| m.says.as_str()).collect::<Vec<_>>().join("; "))),
    }
}

/// The parameter called `name`, or a mistake that names the nearest one.
pub(super) fn target(table: &Table<'_, '_>, name: &str, at: &Range<usize>) -> Option<Id> {
    let unquoted =
        || Id::all().map(|id| id.row().id).find(|id| id.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')));
    let named = param::named(name).map_err(|says| match unquoted() {
        Some(id) => format!("{name} is only half a name; a name with a dot stands in quotes: \"{id}\""),
        None => says,
    });
    named.map_err(|says| table.mistake(at, says)).ok()
}

fn route(table: &Table<'_, '_>) -> Option<Route> {
    let signal = table.text("source").and_then(|(name, at)| signal(table, name, &at));
    let to = table.text("target").and_then(|(name, at)| {
        let id = target(table, name, &at)?;
        if !Route::can_move(id) {
            let help = "try dream.strength, motion.zoom or prompt.heat";
            table.mistake(&at, format!("{name} cannot be moved by sound; {help}"));
            return None;
        }
        Some(id)
    });
    // `dream.cut` is a trigger: an amount would have no effect, so none is read.
    let out = if to.is_some_and(|id| FIRED.contains(&id)) { Some((0.0, 1.0)) } else { out(table) };
    let written = |key: &str| table.entries().iter().any(|(entry, ..)| *entry == key);
    for key in ["source", "target"].into_iter().filter(|key| !written(key)) {
        table.mistake(&table.at, format!("a route needs {key}"));
    }
    // Read to the end, so that every mistake is told at once.
    let mut route = Route::new(signal.unwrap_or(Signal::One), to.unwrap_or(param::MOTION_ZOOM), 0.0);
    route.out = out.unwrap_or_default();
    read_shape(table, &mut route);
    read_mode(table, &mut route);
    route.combine = choice(table, "combine", &COMBINES).unwrap_or_default();
    table.finish();
    (signal.is_some() && to.is_some() && out.is_some()).then_some(route)
}

/// A word of the sound, or `lfo.` and a wave with its own keys.
fn signal(table: &Table<'_, '_>, name: &str, at: &Range<usize>) -> Option<Signal> {
    match name {
        "one" => return Some(Signal::One),
        "track.position" => return Some(Signal::Track),
        _ => {}
    }
    if let Some(wave) = name.strip_prefix("lfo.") {
        let Some((wave, _)) = Wave::ALL.into_iter().find(|(_, known)| *known == wave) else {
            let all = Wave::ALL.map(|(_, known)| known).join(", ");
            table.mistake(at, format!("there is no wave {wave}; waves are {all}"));
            return None;
        };
        let (mut every_beats, mut phase) = (4.0, 0.0);
        read(table, "every", *TURN_BEATS.start(), *TURN_BEATS.end(), &mut every_beats);
        read(table, "phase", 0.0, 1.0, &mut phase);
        return Some(Signal::Lfo { wave, every_beats, phase });
    }
    if let Some((form, _)) = FormSignal::all().find(|(_, known)| known == name) {
        return Some(Signal::Form(form));
    }
    let found = FeatureSource::from_name(name);
    if found.is_none() {
        let waves = Wave::ALL.map(|(_, wave)| format!("lfo.{wave}"));
        let others = ["one", "track.position"].map(str::to_owned);
        let forms = FormSignal::all().map(|(_, name)| name).chain(others);
        let names: Vec<String> =
            FeatureSource::all().map(|source| source.to_string()).chain(forms).chain(waves).collect();
        let wave = names.iter().find(|known| known.strip_prefix("lfo.") == Some(name)).map(String::as_str);
        let says = match wave.or_else(|| nearest(name, names.iter().map(String::as_str))) {
            Some(near) => format!("did you mean {near}?"),
            None => format!(
                "try low, mid, high, kick, energy, onset.snare, drop, beat, bar or lfo.sine; README lists all {}",
                names.len()
            ),
        };
        table.mistake(at, format!("there is no source {name}; {says}"));
        // Marks the keys of an LFO as known: only the wrong source is reported.
        let _ = (table.get("every"), table.get("phase"));
    }
    found.map(Signal::Heard)
}

/// `amount`, or `out` with both ends.
fn out(table: &Table<'_, '_>) -> Option<(f32, f32)> {
    match (table.number("amount"), table.array("out")) {
        (Some((amount, _)), None) => Some((0.0, amount as f32)),
        (None, Some((list, at))) => {
            let ends: Vec<f64> = list.iter().filter_map(|end| crate::diagnostics::number(end.get_ref())).collect();
            if let ([low, high], 2) = (ends.as_slice(), list.len()) {
                return Some((*low as f32, *high as f32));
            }
            table.mistake(&at, "out is what the target gets at none and at full signal, as in out = [0.2, 0.8]");
            None
        }
        (Some(_), Some((_, at))) => {
            table.mistake(&at, "a route has either amount or out, not both");
            None
        }
        (None, None) => {
            let written = table.entries().iter().any(|(key, ..)| *key == "amount" || *key == "out");
            if !written {
                table.mistake(&table.at, "a route needs amount");
            }
            None
        }
    }
}

fn read_shape(table: &Table<'_, '_>, route: &mut Route) {
    let shape = &mut route.shape;
    read(table, "gain", 0.0, 100.0, &mut shape.gain);
    read(table, "from", 0.0, 1.0, &mut shape.from);
    read(table, "to", 0.0, 1.0, &mut shape.to);
    read(table, "gate", 0.0, 1.0, &mut shape.gate);
    read(table, "hysteresis", 0.0, 1.0, &mut shape.hysteresis);
    shape.curve = choice(table, "curve", &CURVES).unwrap_or_default();
    if shape.from >= shape.to {
        let (from, to) = (shape.from, shape.to);
        table.mistake(&table.at, format!("from {from} must be below to {to}, or the route never opens"));
    }
    read(table, "attack_s", 0.0, 600.0, &mut route.attack_s);
    read(table, "release_s", 0.0, 600.0, &mut route.release_s);
}

fn read_mode(table: &Table<'_, '_>, route: &mut Route) {
    route.on = choice(table, "on", &RouteTrigger::ALL).unwrap_or(RouteTrigger::Beat);
    let (mut steps, mut turns_per_s) = (4.0, 0.25);
    read(table, "steps", 2.0, 64.0, &mut steps);
    read(table, "rate_hz", 0.0, 20.0, &mut turns_per_s);
    let Some((word, at)) = table.text("mode") else { return };
    route.mode = match word {
        "level" => Mode::Level,
        "hit" => Mode::Hit,
        "toggle" => Mode::Toggle,
        "random" => Mode::Random,
        "step" => Mode::Step(steps.round() as u32),
        "integrate" => Mode::Integrate(turns_per_s),
        "hold" => Mode::Hold,
        _ => {
            table.mistake(&at, format!("there is no mode {word}; modes are {}", MODES.join(", ")));
            return;
        }
    };
}

/// Reads a number in `min..=max` over `field`, when there is one.
fn read(table: &Table<'_, '_>, key: &'static str, min: f32, max: f32, field: &mut f32) {
    let Some((number, at)) = table.number(key) else { return };
    if (f64::from(min)..=f64::from(max)).contains(&number) {
        *field = number as f32;
    } else {
        table.mistake(&at, format!("{key} is {number}, but goes from {min} to {max}"));
    }
}

/// One of a list of words.
fn choice<T: Copy>(table: &Table<'_, '_>, key: &'static str, all: &[(T, &str)]) -> Option<T> {
    let (word, at) = table.text(key)?;
    let found = all.iter().find(|(_, known)| *known == word);
    if found.is_none() {
        let words: Vec<&str> = all.iter().map(|(_, known)| *known).collect();
        table.mistake(&at, format!("there is no {key} {word}; try {}", words.join(", ")));
    }
    found.map(|(value, _)| *value)
}
