//! What the arguments of a message mean for a parameter: types are coerced, because senders are sloppy.

use rosc::OscType;

use crate::param::{self, Change, Id, Kind, Row};

/// What a message asks of one parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    Change(Change),
    /// `?`: tell the sender the value.
    Query,
    /// A button was let go.
    Nothing,
}

/// Why a message asks nothing sensible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not a number or infinite.
    NotFinite,
    /// Missing, or of a type the parameter cannot use.
    NotUnderstood,
}

/// Reads `arguments` for parameter `id`; with `norm` numbers are 0..1 fader positions.
///
/// # Errors
/// When the arguments mean nothing to this parameter.
pub fn meaning(id: Id, norm: bool, arguments: &[OscType]) -> Result<Meaning, Refusal> {
    let row = id.row();
    let (modifier, operand) = split(row, arguments);
    match row.kind {
        Kind::Trigger if [param::PARAM_RELEASE, param::SCHEDULE_CLEAR].contains(&id) => release(arguments),
        Kind::Trigger => trigger(modifier, operand),
        Kind::Text => text(modifier, operand, arguments),
        _ if norm => match modifier {
            "" | "a" => Ok(Meaning::Change(Change::Normalized(value(row, operand)?))),
            "?" => Ok(Meaning::Query),
            _ => Err(Refusal::NotUnderstood),
        },
        _ => change(id, modifier, operand),
    }
}

/// The arguments, those in arrays one by one.
fn flat(arguments: &[OscType]) -> impl Iterator<Item = &OscType> {
    arguments.iter().flat_map(|argument| match argument {
        OscType::Array(array) => array.content.as_slice(),
        single => std::slice::from_ref(single),
    })
}

/// The leading modifier, empty if none, and the argument it works on.
fn split<'a>(row: &Row, arguments: &'a [OscType]) -> (&'a str, Option<&'a OscType>) {
    let mut flat = flat(arguments);
    let first = flat.next();
    match first {
        // The letter alone is a text like any other.
        Some(OscType::String(word)) if word == "a" && matches!(row.kind, Kind::Text) && arguments.len() < 2 => {
            ("", first)
        }
        Some(OscType::String(word)) if ["a", "+", "-", "*", "?"].contains(&word.as_str()) => (word, flat.next()),
        _ => ("", first),
    }
}

fn trigger(modifier: &str, operand: Option<&OscType>) -> Result<Meaning, Refusal> {
    let amount = match operand {
        // N and I are what a bare button sends.
        None | Some(OscType::Nil | OscType::Inf) => 1.0,
        Some(argument) => number(argument)?,
    };
    match modifier {
        "?" => Ok(Meaning::Nothing),
        "" | "a" if amount == 0.0 => Ok(Meaning::Nothing),
        "" | "a" | "+" => Ok(Meaning::Change(Change::Set(amount))),
        "-" => Ok(Meaning::Change(Change::Set(-amount))),
        _ => Err(Refusal::NotUnderstood),
    }
}

/// Several strings are one text: some senders split at blanks.
fn text(modifier: &str, operand: Option<&OscType>, arguments: &[OscType]) -> Result<Meaning, Refusal> {
    match (modifier, operand) {
        ("?", _) => Ok(Meaning::Query),
        ("" | "a", Some(OscType::String(_))) => {
            let words: Option<Vec<&str>> = flat(arguments).skip(usize::from(modifier == "a")).map(string).collect();
            let words = words.ok_or(Refusal::NotUnderstood)?;
            Ok(Meaning::Change(Change::Text(words.join(" ").into())))
        }
        _ => Err(Refusal::NotUnderstood),
    }
}

/// The name of a parameter, or, like any trigger, nothing or a number: then all are meant.
fn release(arguments: &[OscType]) -> Result<Meaning, Refusal> {
    match flat(arguments).next() {
        Some(OscType::String(name)) if name == "?" => Ok(Meaning::Nothing),
        Some(OscType::String(name)) if name.trim().parse::<f32>().is_err() => {
            Ok(Meaning::Change(Change::Text(name.as_str().into())))
        }
        first => trigger("", first),
    }
}

fn string(argument: &OscType) -> Option<&str> {
    if let OscType::String(text) = argument { Some(text) } else { None }
}

fn change(id: Id, modifier: &str, operand: Option<&OscType>) -> Result<Meaning, Refusal> {
    let row = id.row();
    Ok(Meaning::Change(match (modifier, operand) {
        ("?", _) => return Ok(Meaning::Query),
        // What a button of TouchOSC sends when the finger leaves.
        ("" | "a", _) if id == param::PROMPT_SLOT && value(row, operand)? == 0.0 => Change::Release(0.0),
        ("" | "a", _) => Change::Set(value(row, operand)?),
        // Without an amount: one step, like an encoder.
        ("+", None) => Change::Steps(1.0),
        ("-", None) => Change::Steps(-1.0),
        ("+", Some(by)) => Change::Add(number(by)?),
        ("-", Some(by)) => Change::Add(-number(by)?),
        ("*", Some(by)) => Change::Multiply(number(by)?),
        _ => return Err(Refusal::NotUnderstood),
    }))
}

/// A value of `row`: a number, or the name of a choice.
fn value(row: &Row, argument: Option<&OscType>) -> Result<f32, Refusal> {
    let argument = argument.ok_or(Refusal::NotUnderstood)?;
    if let (OscType::String(name), Kind::Choice { names, .. }) = (argument, row.kind)
        && let Some(place) = names.iter().position(|candidate| candidate.eq_ignore_ascii_case(name.trim()))
    {
        return Ok(place as f32);
    }
    number(argument)
}

/// Any argument that can be a number.
fn number(argument: &OscType) -> Result<f32, Refusal> {
    let number = match argument {
        OscType::Int(n) => *n as f32,
        OscType::Long(n) => *n as f32,
        OscType::Float(n) => *n,
        OscType::Double(n) => *n as f32,
        OscType::Bool(on) => f32::from(u8::from(*on)),
        OscType::Nil => 0.0,
        OscType::Inf => 1.0,
        OscType::String(text) => text.trim().parse().map_err(|_| Refusal::NotUnderstood)?,
        _ => return Err(Refusal::NotUnderstood),
    };
    if number.is_finite() { Ok(number) } else { Err(Refusal::NotFinite) }
}
