//! From TOML to a [`Mapping`]: every mistake is found and named, not only the first.

use std::collections::HashMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::read::{self, At, Control, File};
use super::{Action, Binding, Encoding, Kind, Mapping, MappingError, Shift, Signal, Takeover, Target, library};
use crate::control::controllers::{FINE, PITCH_BEND, PRESSURE};
use crate::control::port_name::normalised;
use crate::diagnostics::{self, Diagnostics, Document, Table, meant};
use crate::param::{self, Row};

const MODES: [&str; 9] = ["knob", "relative", "set", "trigger", "toggle", "hold", "momentary", "velocity", "look"];
/// `jump` is what `immediate` was called.
const TAKEOVERS: [&str; 4] = ["pickup", "immediate", "scaled", "jump"];

/// Shift buttons a mapping may have.
const SHIFTS: usize = 32;

impl Mapping {
    /// Reads a mapping; `file` is its name in messages.
    ///
    /// # Errors
    /// With every mistake in the file.
    pub fn parse(file: &str, text: &str) -> Result<Self, MappingError> {
        let document = Document::new(text, &["control", "shift"]);
        let (marks, tree) = (document.marks(), document.parse());
        if !document.is_readable() {
            return Err(MappingError::Wrong { file: file.into(), mistakes: marks.into_list() });
        }
        let root = Table::new(tree.get_ref(), tree.span(), "a mapping", &marks);
        let mapping = Parser { marks: &marks, channel: None }.mapping(file, read::file(&root));
        if marks.is_empty() {
            return Ok(mapping);
        }
        Err(MappingError::Wrong { file: file.into(), mistakes: marks.into_list() })
    }
}

struct Parser<'a> {
    marks: &'a Diagnostics<'a>,
    /// Channel of controls that name none.
    channel: Option<u8>,
}

impl Parser<'_> {
    fn mapping(&mut self, file: &str, raw: File<'_, '_>) -> Mapping {
        self.channel = self.channel_of(raw.channel.as_ref());
        let mut shifts = Vec::new();
        for shift in &raw.shift {
            let numbers = [(Kind::Controller, false, 127, &shift.cc), (Kind::Note, false, 127, &shift.note)];
            let signal = self.signal(&shift.at, &numbers, shift.channel.as_ref());
            shifts.extend(signal.map(|signal| Shift { signal, latches: shift.latches }));
        }
        if let Some(extra) = raw.shift.get(SHIFTS) {
            self.marks.add(&extra.at, format!("more than {SHIFTS} shift buttons"));
        }
        let mut bindings: Vec<Binding> = Vec::new();
        for control in &raw.control {
            if let Some(binding) = self.binding(control) {
                self.check_unique(&control.at, &binding, &bindings);
                bindings.push(binding);
            }
        }
        let under = raw.extends.and_then(|name| self.extended(&name));
        let has_shift = !shifts.is_empty() || under.as_ref().is_some_and(|under| !under.shifts.is_empty());
        if let Some(orphan) = raw.control.iter().find(|control| control.shift && !has_shift) {
            self.marks.add(&orphan.at, "shift = true, but the file names no [[shift]] button");
        }
        let parts = |parts: &[&str]| parts.iter().map(|part| normalised(part)).collect();
        let own = Mapping {
            name: raw.name.into(),
            file: file.into(),
            own: bindings.len(),
            ports: parts(&raw.ports),
            skipped: parts(&raw.skip),
            bindings,
            shifts,
            places: HashMap::new(),
            lights: raw.lights,
        };
        match under {
            Some(under) => own.over(&under),
            None => own.settled(),
        }
    }

    /// The shipped mapping of that name.
    fn extended(&self, (name, at): &At<&str>) -> Option<Mapping> {
        let found = library::SHIPPED.iter().find(|(shipped, _)| shipped == name);
        if found.is_none() {
            let known = library::SHIPPED.map(|(name, _)| name);
            let near = meant(name, known.into_iter());
            self.marks.add(at, format!("extends {name}, which is none of {}{near}", known.join(", ")));
        }
        found.and_then(|(name, text)| Mapping::parse(name, text).ok())
    }

    fn binding(&mut self, raw: &Control<'_, '_>) -> Option<Binding> {
        let numbers = [
            (Kind::Controller, false, 127, &raw.cc),
            (Kind::Controller, true, 127 - u16::from(FINE), &raw.cc14),
            (Kind::Note, false, 127, &raw.note),
            (Kind::Nrpn, false, 16_383, &raw.nrpn),
            (Kind::Program, false, 127, &raw.program),
            (Kind::Controller, true, PITCH_BEND.into(), &raw.pitch_bend),
            (Kind::Controller, false, PRESSURE.into(), &raw.pressure),
        ];
        let signal = self.signal(&raw.at, &numbers, raw.channel.as_ref());
        let rows = raw.target.and_then(|target| self.rows(target));
        let (signal, rows) = (signal?, rows?);
        let action = self.action(raw, signal, &rows)?;
        let targets = rows.into_iter().map(|id| Target { id, ends: self.ends(raw, id.row()) }).collect();
        let line = self.marks.line(raw.at.start);
        Some(Binding { signal, shift: raw.shift, layered: raw.shift, action, targets, line })
    }

    /// The one message among `numbers` (kind, 14 bits, highest number, number).
    fn signal(
        &mut self,
        span: &Range<usize>,
        numbers: &[(Kind, bool, u16, &Option<At<i64>>)],
        channel: Option<&At<i64>>,
    ) -> Option<Signal> {
        let channel = if channel.is_some() { self.channel_of(channel) } else { self.channel };
        let mut given =
            numbers.iter().filter_map(|(kind, fine, most, number)| Some((*kind, *fine, *most, number.as_ref()?)));
        let (Some((kind, fine, most, (number, at))), None) = (given.next(), given.next()) else {
            let plain = numbers.len() > 2;
            let names = if plain { "cc, cc14, note, nrpn, program, pitch_bend and pressure" } else { "cc and note" };
            self.marks.add(span, format!("exactly one of {names} must say which message it is"));
            return None;
        };
        match u16::try_from(*number) {
            Ok(value) if value <= most => Some(Signal { kind, number: value, channel, fine }),
            _ => {
                self.marks.add(at, format!("{number} is not between 0 and {most}"));
                None
            }
        }
    }

    fn channel_of(&mut self, channel: Option<&At<i64>>) -> Option<u8> {
        let (channel, at) = channel?;
        match *channel {
            n @ 1..=16 => Some(n as u8 - 1),
            n => {
                self.marks.add(at, format!("channel {n} is not between 1 and 16"));
                None
            }
        }
    }

    /// The parameter, or list of parameters, that `target` names.
    fn rows(&mut self, target: &Spanned<DeValue<'_>>) -> Option<Vec<param::Id>> {
        let (names, expected): (Vec<&str>, usize) = match target.get_ref() {
            DeValue::String(name) => (vec![name], 1),
            DeValue::Array(list) => (list.iter().filter_map(|name| name.get_ref().as_str()).collect(), list.len()),
            _ => (Vec::new(), 1),
        };
        if names.is_empty() || names.len() != expected {
            self.marks.add(&target.span(), "target must be a parameter's name or a list of names");
            return None;
        }
        let mut ids = Vec::new();
        for name in &names {
            match param::named(name) {
                Ok(id) => ids.push(id),
                Err(says) => self.marks.add(&target.span(), says),
            }
        }
        (ids.len() == names.len()).then_some(ids)
    }

    fn action(&mut self, raw: &Control<'_, '_>, signal: Signal, rows: &[param::Id]) -> Option<Action> {
        let mode = match &raw.mode {
            Some(mode) => self.one_of("mode", mode, &MODES)?,
            None if matches!(signal.kind, Kind::Controller | Kind::Nrpn) => "knob",
            None => {
                self.marks.add(&raw.at, format!("a button needs a mode: one of {}", MODES[2..].join(", ")));
                return None;
            }
        };
        self.check_fields(raw, mode);
        for id in rows {
            let row = id.row();
            if let Some(reason) = unfit(mode, signal, row) {
                self.marks.add(&raw.target.map_or(raw.at.clone(), Spanned::span), reason);
                return None;
            }
        }
        Some(match mode {
            "relative" => Action::Relative(self.encoding(raw)?),
            "set" => Action::Set(self.value(raw, raw.value, rows, None)?),
            "trigger" => Action::Trigger(self.value(raw, raw.value, rows, Some(1.0))?),
            "toggle" => Action::Toggle,
            "velocity" => Action::Velocity,
            "look" => Action::Look(self.value(raw, raw.value, rows, None)?),
            "hold" | "momentary" => {
                let (row, latches) = (rows.first()?.row(), mode == "momentary");
                let pressed = (latches || row.is_switch()).then_some(row.range().1);
                Action::Hold {
                    pressed: self.value(raw, raw.value, rows, pressed)?,
                    released: self.value(raw, raw.released, rows, Some(row.default_value()))?,
                    latches,
                }
            }
            _ => {
                let takeover = raw.takeover.as_ref().map(|name| self.one_of("takeover", name, &TAKEOVERS));
                let takeover = match takeover.unwrap_or(Some("pickup"))? {
                    "pickup" => Takeover::Pickup,
                    "scaled" => Takeover::Scaled,
                    _ => Takeover::Immediate,
                };
                Action::Knob { takeover }
            }
        })
    }

    fn encoding(&mut self, raw: &Control<'_, '_>) -> Option<Encoding> {
        let Some(name) = &raw.encoding else { return Some(Encoding::TwosComplement) };
        let found = self.one_of("encoding", name, &Encoding::ALL.map(Encoding::name))?;
        Encoding::ALL.into_iter().find(|encoding| encoding.name() == found)
    }

    fn one_of(&mut self, what: &str, (name, at): &At<&str>, known: &[&'static str]) -> Option<&'static str> {
        let found = known.iter().find(|candidate| *candidate == name).copied();
        if found.is_none() {
            let near = meant(name, known.iter().copied());
            let known = known.join(", ");
            self.marks.add(at, format!("{what} {name} is not one of {known}{near}"));
        }
        found
    }

    /// A value of the targets, by number or name.
    fn value(
        &mut self,
        raw: &Control<'_, '_>,
        given: Option<&Spanned<DeValue<'_>>>,
        rows: &[param::Id],
        default: Option<f32>,
    ) -> Option<f32> {
        let Some(given) = given else {
            if default.is_none() {
                self.marks.add(&raw.at, "this mode needs a value");
            }
            return default;
        };
        let mut value = None;
        for id in rows {
            match number(id.row(), given.get_ref()) {
                Ok(number) => value = Some(number),
                Err(reason) => {
                    self.marks.add(&given.span(), reason);
                    return None;
                }
            }
        }
        value
    }

    /// Travel of `row` at both ends of a knob.
    fn ends(&mut self, raw: &Control<'_, '_>, row: &Row) -> (f32, f32) {
        let mut ends = (0.0, 1.0);
        if let Some((range, at)) = &raw.range {
            let [low, high] = range.map(|end| end as f32);
            let (min, max) = row.range();
            if [low, high].iter().any(|end| !(min..=max).contains(end)) {
                self.marks.add(at, format!("{} goes from {min} to {max} {}", row.id, row.unit).trim_end());
            }
            ends = (row.normalized(low), row.normalized(high));
        }
        if let Some((travel, at)) = &raw.travel {
            let [low, high] = travel.map(|end| end as f32);
            if [low, high].iter().any(|end| !(0.0..=1.0).contains(end)) {
                self.marks.add(at, "travel goes from 0 to 1");
            }
            if raw.range.is_some() {
                self.marks.add(at, "range and travel say the same thing: keep one");
            }
            ends = (low, high);
        }
        if raw.inverted.as_ref().is_some_and(|(inverted, _)| *inverted) { (ends.1, ends.0) } else { ends }
    }

    /// Refuses fields that the mode would ignore.
    fn check_fields(&mut self, raw: &Control<'_, '_>, mode: &str) {
        fn at<T>(field: &Option<At<T>>) -> Option<Range<usize>> {
            field.as_ref().map(|(_, at)| at.clone())
        }
        let fields = [
            ("value", raw.value.map(Spanned::span), ["set", "trigger", "hold", "momentary", "look"].contains(&mode)),
            ("released", raw.released.map(Spanned::span), ["hold", "momentary"].contains(&mode)),
            ("range", at(&raw.range), ["knob", "velocity"].contains(&mode)),
            ("travel", at(&raw.travel), ["knob", "velocity"].contains(&mode)),
            ("inverted", at(&raw.inverted), ["knob", "velocity"].contains(&mode)),
            ("takeover", at(&raw.takeover), mode == "knob"),
            ("encoding", at(&raw.encoding), mode == "relative"),
        ];
        for (field, at, used) in fields {
            if let (Some(at), false) = (at, used) {
                self.marks.add(&at, format!("{field} means nothing to mode {mode}"));
            }
        }
    }

    fn check_unique(&mut self, at: &Range<usize>, binding: &Binding, others: &[Binding]) {
        let twin = others.iter().find(|other| other.shift == binding.shift && other.signal.overlaps(binding.signal));
        if let Some(twin) = twin {
            self.marks.add(at, format!("this message is taken by line {} already", twin.line));
        }
    }
}

/// Why a control of this mode cannot play `row`, if so.
fn unfit(mode: &str, signal: Signal, row: &Row) -> Option<String> {
    let id = row.id;
    let trigger = matches!(row.kind, param::Kind::Trigger);
    match mode {
        _ if matches!(row.kind, param::Kind::Text) => Some(format!("{id} is text and cannot be played from MIDI")),
        "knob" if matches!(signal.kind, Kind::Note | Kind::Program) => Some("a note cannot be a knob".into()),
        "relative" if !matches!(signal.kind, Kind::Controller | Kind::Nrpn) => Some(format!("a note cannot be {mode}")),
        "velocity" if signal.kind != Kind::Note => Some("only a note has a velocity".into()),
        "velocity" if trigger => Some(format!("{id} is a trigger: use mode = \"trigger\"")),
        "velocity" => None,
        "hold" | "momentary" if signal.kind == Kind::Program => {
            Some("a program change is never let go: use mode = \"toggle\" or \"set\"".into())
        }
        "relative" if signal.fine => Some("an encoder sends steps, not 14 bits".into()),
        "knob" => None.or_else(|| trigger.then(|| format!("{id} is a trigger: use mode = \"trigger\""))),
        _ if signal.fine || signal.kind == Kind::Nrpn => Some("fourteen bits can only be a knob".into()),
        mode if mode != "knob" && signal.kind == Kind::Controller && signal.number >= PITCH_BEND.into() => {
            Some("pitch bend and aftertouch can only be knobs".into())
        }
        "look" if id != param::SCENE_RECALL.row().id => Some("a look is target = \"scene.recall\"".into()),
        "look" => None,
        "trigger" if !trigger => Some(format!("{id} has a value: use mode = \"set\", \"toggle\" or \"hold\"")),
        "relative" | "set" | "hold" | "momentary" if trigger => {
            Some(format!("{id} is a trigger: use mode = \"trigger\""))
        }
        // An amount goes from nothing to all of it.
        "toggle" if !row.is_switch() && (!matches!(row.kind, param::Kind::Float { .. }) || row.range().0 != 0.0) => {
            Some(format!("{id} is neither a switch nor an amount, and cannot be toggled"))
        }
        _ => None,
    }
}

/// `value` as a value of `row`.
fn number(row: &Row, value: &DeValue<'_>) -> Result<f32, String> {
    let number = match (value, row.kind) {
        (DeValue::Boolean(on), _) if row.is_switch() => f32::from(u8::from(*on)),
        (DeValue::String(name), param::Kind::Choice { names, .. }) => {
            let place = names.iter().position(|candidate| candidate.eq_ignore_ascii_case(name));
            place.ok_or_else(|| format!("{} is one of {}, not {name}", row.id, names.join(", ")))? as f32
        }
        (other, _) => match diagnostics::number(other) {
            Some(number) => number as f32,
            None => return Err(format!("{} cannot be {}", row.id, other.type_str())),
        },
    };
    let (min, max) = row.range();
    if matches!(row.kind, param::Kind::Trigger) {
        let fires = number.is_finite() && number != 0.0;
        return if fires { Ok(number) } else { Err(format!("{} never fires with {number}", row.id)) };
    }
    if !matches!(row.kind, param::Kind::Float { .. }) && number.fract() != 0.0 {
        return Err(format!("{} takes whole numbers, not {number}", row.id));
    }
    let fits = (min..=max).contains(&number);
    if fits { Ok(number) } else { Err(format!("{} goes from {min} to {max}, {number} is outside", row.id)) }
}
