//! From TOML to a [`Mapping`]: every mistake is found and named, not only the first.

use std::collections::HashMap;
use std::ops::Range;

use toml::{Spanned, Value};

use super::mistake::{MappingError, Mistakes, meant};
use super::read::{Control, File};
use super::{Action, Binding, Encoding, FINE, Kind, Mapping, Signal, Target};
use crate::control::midi::normalised;
use crate::control::takeover::TARGETS;
use crate::param::{self, Row};

const MODES: [&str; 6] = ["knob", "relative", "set", "trigger", "toggle", "hold"];
const ENCODINGS: [&str; 3] = ["signed-bit", "twos-complement", "bin-offset"];
const TAKEOVERS: [&str; 2] = ["pickup", "jump"];

/// Shift buttons a mapping may have.
const SHIFTS: usize = 32;

impl Mapping {
    /// Reads a mapping; `file` is its name in messages.
    ///
    /// # Errors
    /// With every mistake in the file.
    pub fn parse(file: &str, text: &str) -> Result<Self, MappingError> {
        let mut parser = Parser { mistakes: Mistakes::new(file, text), channel: None, numbers: 0 };
        let mapping = match toml::from_str::<File>(text) {
            Ok(raw) => Some(parser.mapping(raw)),
            Err(error) => {
                parser.mistakes.add_toml(&error);
                None
            }
        };
        match mapping {
            Some(mapping) if parser.mistakes.found.is_empty() => Ok(mapping),
            _ => Err(MappingError::Wrong(parser.mistakes.found)),
        }
    }
}

struct Parser<'a> {
    mistakes: Mistakes<'a>,
    /// Channel of controls that name none.
    channel: Option<u8>,
    /// Targets so far.
    numbers: u16,
}

impl Parser<'_> {
    fn mapping(&mut self, raw: File) -> Mapping {
        self.channel = self.channel_of(raw.channel.as_ref());
        let mut shifts = Vec::new();
        for shift in &raw.shift {
            let inner = shift.get_ref();
            let numbers = [(Kind::Controller, false, &inner.cc), (Kind::Note, false, &inner.note)];
            shifts.extend(self.signal(&shift.span(), &numbers, inner.channel.as_ref()));
        }
        if let Some(extra) = raw.shift.get(SHIFTS) {
            self.mistakes.add(extra.span(), format!("more than {SHIFTS} shift buttons"));
        }
        let mut bindings: Vec<Binding> = Vec::new();
        for control in &raw.control {
            if let Some(binding) = self.binding(control) {
                self.check_unique(control.span(), &binding, &bindings);
                bindings.push(binding);
            }
        }
        if let Some(orphan) = raw.control.iter().find(|control| control.get_ref().shift && raw.shift.is_empty()) {
            self.mistakes.add(orphan.span(), "shift = true, but the file names no [[shift]] button");
        }
        if usize::from(self.numbers) > TARGETS {
            self.mistakes.add(0..0, format!("more than {TARGETS} targets in one mapping"));
        }
        mark_layers(&mut bindings);
        let places = places(&bindings);
        let ports = raw.ports.iter().map(|part| normalised(part)).collect();
        Mapping { name: raw.name, ports, bindings, shifts, places }
    }

    fn binding(&mut self, control: &Spanned<Control>) -> Option<Binding> {
        let raw = control.get_ref();
        let numbers =
            [(Kind::Controller, false, &raw.cc), (Kind::Controller, true, &raw.cc14), (Kind::Note, false, &raw.note)];
        let signal = self.signal(&control.span(), &numbers, raw.channel.as_ref());
        let rows = self.rows(&raw.target);
        let (signal, rows) = (signal?, rows?);
        let action = self.action(control, signal, &rows)?;
        let mut targets = Vec::new();
        for id in rows {
            let ends = self.ends(raw, id.row());
            targets.push(Target { id, number: self.numbers, ends });
            self.numbers = self.numbers.saturating_add(1);
        }
        let line = self.mistakes.line(control.span().start);
        Some(Binding { signal, shift: raw.shift, layered: raw.shift, action, targets, line })
    }

    /// The one message among `numbers` (kind, 14 bits, number).
    fn signal(
        &mut self,
        span: &Range<usize>,
        numbers: &[(Kind, bool, &Option<Spanned<i64>>)],
        channel: Option<&Spanned<i64>>,
    ) -> Option<Signal> {
        let channel = if channel.is_some() { self.channel_of(channel) } else { self.channel };
        let mut given = numbers.iter().filter_map(|(kind, fine, number)| Some((*kind, *fine, number.as_ref()?)));
        let (Some((kind, fine, number)), None) = (given.next(), given.next()) else {
            let names = if numbers.len() > 2 { "cc, cc14 or note" } else { "cc or note" };
            self.mistakes.add(span.clone(), format!("exactly one of {names} must say which message it is"));
            return None;
        };
        let most = if fine { 127 - FINE } else { 127 };
        match u8::try_from(*number.get_ref()) {
            Ok(value) if value <= most => Some(Signal { kind, number: value, channel, fine }),
            _ => {
                self.mistakes.add(number.span(), format!("{} is not between 0 and {most}", number.get_ref()));
                None
            }
        }
    }

    fn channel_of(&mut self, channel: Option<&Spanned<i64>>) -> Option<u8> {
        let channel = channel?;
        match *channel.get_ref() {
            n @ 1..=16 => Some(n as u8 - 1),
            n => {
                self.mistakes.add(channel.span(), format!("channel {n} is not between 1 and 16"));
                None
            }
        }
    }

    /// The parameter, or list of parameters, that `target` names.
    fn rows(&mut self, target: &Spanned<Value>) -> Option<Vec<param::Id>> {
        let names: Vec<&str> = match target.get_ref() {
            Value::String(name) => vec![name],
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let expected = target.get_ref().as_array().map_or(1, Vec::len);
        if names.is_empty() || names.len() != expected {
            self.mistakes.add(target.span(), "target must be a parameter's name or a list of names");
            return None;
        }
        let mut ids = Vec::new();
        for name in &names {
            match param::find(name) {
                Some(id) => ids.push(id),
                None => {
                    let near = param::nearest(name).map_or_else(
                        || "; `halation params` lists them all".to_owned(),
                        |near| format!("; did you mean `{near}`?"),
                    );
                    self.mistakes.add(target.span(), format!("there is no parameter `{name}`{near}"));
                }
            }
        }
        (ids.len() == names.len()).then_some(ids)
    }

    fn action(&mut self, control: &Spanned<Control>, signal: Signal, rows: &[param::Id]) -> Option<Action> {
        let raw = control.get_ref();
        let mode = match &raw.mode {
            Some(mode) => self.one_of("mode", mode, &MODES)?,
            None if signal.kind == Kind::Controller => "knob",
            None => {
                self.mistakes.add(control.span(), format!("a note needs a mode: one of {}", MODES[2..].join(", ")));
                return None;
            }
        };
        self.check_fields(raw, mode);
        for id in rows {
            let row = id.row();
            if let Some(reason) = unfit(mode, signal, row) {
                self.mistakes.add(raw.target.span(), reason);
                return None;
            }
        }
        Some(match mode {
            "relative" => Action::Relative(self.encoding(raw)?),
            "set" => Action::Set(self.value(control, raw.value.as_ref(), rows, None)?),
            "trigger" => Action::Trigger(self.value(control, raw.value.as_ref(), rows, Some(1.0))?),
            "toggle" => Action::Toggle,
            "hold" => {
                let row = rows.first()?.row();
                let pressed = row.is_switch().then_some(1.0);
                Action::Hold {
                    pressed: self.value(control, raw.value.as_ref(), rows, pressed)?,
                    released: self.value(control, raw.released.as_ref(), rows, Some(row.default_value()))?,
                }
            }
            _ => {
                let takeover = raw.takeover.as_ref().map(|name| self.one_of("takeover", name, &TAKEOVERS));
                Action::Knob { pickup: takeover.unwrap_or(Some("pickup"))? == "pickup" }
            }
        })
    }

    fn encoding(&mut self, raw: &Control) -> Option<Encoding> {
        Some(match raw.encoding.as_ref().map(|name| self.one_of("encoding", name, &ENCODINGS)) {
            Some(name) => match name? {
                "signed-bit" => Encoding::SignedBit,
                "bin-offset" => Encoding::BinOffset,
                _ => Encoding::TwosComplement,
            },
            None => Encoding::TwosComplement,
        })
    }

    fn one_of(&mut self, what: &str, given: &Spanned<String>, known: &[&'static str]) -> Option<&'static str> {
        let name = given.get_ref();
        let found = known.iter().find(|candidate| *candidate == name).copied();
        if found.is_none() {
            let near = meant(name, known.iter().copied());
            let known = known.join(", ");
            self.mistakes.add(given.span(), format!("{what} `{name}` is not one of {known}{near}"));
        }
        found
    }

    /// A value of the targets, by number or name.
    fn value(
        &mut self,
        control: &Spanned<Control>,
        given: Option<&Spanned<Value>>,
        rows: &[param::Id],
        default: Option<f32>,
    ) -> Option<f32> {
        let Some(given) = given else {
            if default.is_none() {
                self.mistakes.add(control.span(), "this mode needs a value");
            }
            return default;
        };
        let mut value = None;
        for id in rows {
            match number(id.row(), given.get_ref()) {
                Ok(number) => value = Some(number),
                Err(reason) => {
                    self.mistakes.add(given.span(), reason);
                    return None;
                }
            }
        }
        value
    }

    /// Travel of `row` at both ends of a knob.
    fn ends(&mut self, raw: &Control, row: &Row) -> (f32, f32) {
        let mut ends = (0.0, 1.0);
        if let Some(range) = &raw.range {
            let [low, high] = range.get_ref().map(|end| end as f32);
            let (min, max) = row.range();
            if [low, high].iter().any(|end| !(min..=max).contains(end)) {
                self.mistakes.add(range.span(), format!("{} goes from {min} to {max} {}", row.id, row.unit).trim_end());
            }
            ends = (row.travel_of(low), row.travel_of(high));
        }
        if let Some(travel) = &raw.travel {
            let [low, high] = travel.get_ref().map(|end| end as f32);
            if [low, high].iter().any(|end| !(0.0..=1.0).contains(end)) {
                self.mistakes.add(travel.span(), "travel goes from 0 to 1");
            }
            if raw.range.is_some() {
                self.mistakes.add(travel.span(), "range and travel say the same thing: keep one");
            }
            ends = (low, high);
        }
        if raw.inverted.as_ref().is_some_and(|inverted| *inverted.get_ref()) { (ends.1, ends.0) } else { ends }
    }

    /// Refuses fields that the mode would ignore.
    fn check_fields(&mut self, raw: &Control, mode: &str) {
        let spans = [
            ("value", raw.value.as_ref().map(Spanned::span), ["set", "trigger", "hold"].contains(&mode)),
            ("released", raw.released.as_ref().map(Spanned::span), mode == "hold"),
            ("range", raw.range.as_ref().map(Spanned::span), mode == "knob"),
            ("travel", raw.travel.as_ref().map(Spanned::span), mode == "knob"),
            ("inverted", raw.inverted.as_ref().map(Spanned::span), mode == "knob"),
            ("takeover", raw.takeover.as_ref().map(Spanned::span), mode == "knob"),
            ("encoding", raw.encoding.as_ref().map(Spanned::span), mode == "relative"),
        ];
        for (field, span, used) in spans {
            if let (Some(span), false) = (span, used) {
                self.mistakes.add(span, format!("`{field}` means nothing to mode `{mode}`"));
            }
        }
    }

    fn check_unique(&mut self, span: Range<usize>, binding: &Binding, others: &[Binding]) {
        let twin = others.iter().find(|other| other.shift == binding.shift && other.signal.overlaps(binding.signal));
        if let Some(twin) = twin {
            self.mistakes.add(span, format!("this message is taken by line {} already", twin.line));
        }
    }
}

/// Why a control of this mode cannot play `row`, if so.
fn unfit(mode: &str, signal: Signal, row: &Row) -> Option<String> {
    let id = row.id;
    let trigger = matches!(row.kind, param::Kind::Trigger);
    match mode {
        _ if matches!(row.kind, param::Kind::Text) => Some(format!("{id} is text and cannot be played from MIDI")),
        "knob" | "relative" if signal.kind == Kind::Note => Some(format!("a note cannot be a {mode}")),
        "relative" if signal.fine => Some("an encoder sends steps, not 14 bits".into()),
        "knob" => None.or_else(|| trigger.then(|| format!("{id} is a trigger: use mode = \"trigger\""))),
        _ if signal.fine => Some("a 14-bit controller can only be a knob".into()),
        "trigger" if !trigger => Some(format!("{id} has a value: use mode = \"set\", \"toggle\" or \"hold\"")),
        "relative" | "set" | "hold" if trigger => Some(format!("{id} is a trigger: use mode = \"trigger\"")),
        "toggle" if !row.is_switch() => Some(format!("{id} is no switch and cannot be toggled")),
        _ => None,
    }
}

/// `value` as a value of `row`.
fn number(row: &Row, value: &Value) -> Result<f32, String> {
    let number = match (value, row.kind) {
        (Value::Integer(n), _) => *n as f32,
        (Value::Float(n), _) => *n as f32,
        (Value::Boolean(on), _) if row.is_switch() => f32::from(u8::from(*on)),
        (Value::String(name), param::Kind::Choice { names, .. }) => {
            let place = names.iter().position(|candidate| candidate.eq_ignore_ascii_case(name));
            place.ok_or_else(|| format!("{} is one of {}, not `{name}`", row.id, names.join(", ")))? as f32
        }
        _ => return Err(format!("{value} is no value of {}", row.id)),
    };
    let (min, max) = row.range();
    let fits = matches!(row.kind, param::Kind::Trigger) && number.is_finite() || (min..=max).contains(&number);
    if fits { Ok(number) } else { Err(format!("{} goes from {min} to {max}, {number} is outside", row.id)) }
}

/// A first-layer binding that shift redefines is layered too.
fn mark_layers(bindings: &mut [Binding]) {
    let shifted: Vec<Signal> = bindings.iter().filter(|binding| binding.shift).map(|binding| binding.signal).collect();
    for binding in bindings.iter_mut().filter(|binding| !binding.shift) {
        binding.layered = shifted.iter().any(|signal| signal.overlaps(binding.signal));
    }
}

fn places(bindings: &[Binding]) -> HashMap<(Kind, u8), Vec<usize>> {
    let mut places: HashMap<_, Vec<usize>> = HashMap::new();
    for (place, Binding { signal, .. }) in bindings.iter().enumerate() {
        places.entry((signal.kind, signal.number)).or_default().push(place);
        if signal.fine {
            places.entry((signal.kind, signal.number + FINE)).or_default().push(place);
        }
    }
    places
}
