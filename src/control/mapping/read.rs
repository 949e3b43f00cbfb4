//! A mapping file as it is written, before anything in it is understood.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::lights::Lights;
use super::parse_lights;
use crate::control::controllers::{PITCH_BEND, PRESSURE};
use crate::diagnostics::{Table, number};

type Value<'a, 'i> = &'a Spanned<DeValue<'i>>;

/// A number or word, and where it stands.
pub type At<T> = (T, Range<usize>);

pub struct File<'a, 'i> {
    pub name: &'a str,
    pub ports: Vec<&'a str>,
    pub skip: Vec<&'a str>,
    /// The shipped mapping that this one is laid over.
    pub extends: Option<At<&'a str>>,
    pub channel: Option<At<i64>>,
    pub shift: Vec<Shift>,
    pub control: Vec<Control<'a, 'i>>,
    pub lights: Lights,
}

/// A button that changes what the others mean while it is held.
pub struct Shift {
    pub at: Range<usize>,
    pub cc: Option<At<i64>>,
    pub note: Option<At<i64>>,
    pub channel: Option<At<i64>>,
    pub latches: bool,
}

pub struct Control<'a, 'i> {
    pub at: Range<usize>,
    pub cc: Option<At<i64>>,
    pub cc14: Option<At<i64>>,
    pub note: Option<At<i64>>,
    pub nrpn: Option<At<i64>>,
    pub program: Option<At<i64>>,
    pub pitch_bend: Option<At<i64>>,
    pub pressure: Option<At<i64>>,
    pub channel: Option<At<i64>>,
    pub shift: bool,
    pub target: Option<Value<'a, 'i>>,
    pub mode: Option<At<&'a str>>,
    pub value: Option<Value<'a, 'i>>,
    pub released: Option<Value<'a, 'i>>,
    pub range: Option<At<[f64; 2]>>,
    pub travel: Option<At<[f64; 2]>>,
    pub inverted: Option<At<bool>>,
    pub takeover: Option<At<&'a str>>,
    pub encoding: Option<At<&'a str>>,
}

/// Reads the whole file; what does not fit is marked and left out.
pub fn file<'a, 'i>(root: &Table<'a, 'i>) -> File<'a, 'i> {
    let name = root.text("name").map_or_else(
        || {
            root.mistake(&(0..0), "a mapping needs a name");
            ""
        },
        |(name, _)| name,
    );
    let file = File {
        name,
        ports: ports(root, "ports"),
        skip: ports(root, "skip"),
        extends: root.text("extends"),
        channel: root.integer("channel"),
        shift: root.tables("shift", "a shift button").into_iter().map(shift).collect(),
        control: root.tables("control", "a control").into_iter().map(control).collect(),
        lights: parse_lights::lights(root),
    };
    root.finish();
    file
}

/// Parts of port names.
fn ports<'a>(root: &Table<'a, '_>, key: &'static str) -> Vec<&'a str> {
    let list = root.array(key).map_or(&[][..], |(list, _)| list);
    let parts = list.iter().filter_map(|port| match port.get_ref() {
        DeValue::String(port) => Some(port.as_ref()),
        other => root.wrong("a port", "part of a port's name in quotes", other, port.span()),
    });
    parts.collect()
}

fn shift(table: Table<'_, '_>) -> Shift {
    let shift = Shift {
        at: table.at.clone(),
        cc: table.integer("cc"),
        note: table.integer("note"),
        channel: table.integer("channel"),
        latches: table.flag("latches").unwrap_or(false),
    };
    table.finish();
    shift
}

fn control<'a, 'i>(table: Table<'a, 'i>) -> Control<'a, 'i> {
    let control = Control {
        at: table.at.clone(),
        cc: table.integer("cc"),
        cc14: table.integer("cc14"),
        note: table.integer("note"),
        nrpn: table.integer("nrpn"),
        program: table.integer("program"),
        pitch_bend: whole(&table, "pitch_bend", PITCH_BEND),
        pressure: whole(&table, "pressure", PRESSURE),
        channel: table.integer("channel"),
        shift: table.flag("shift").unwrap_or(false),
        target: table.get("target"),
        mode: table.text("mode"),
        value: table.get("value"),
        released: table.get("released"),
        range: pair(&table, "range"),
        travel: pair(&table, "travel"),
        inverted: table.get("inverted").and_then(|value| Some((table.flag("inverted")?, value.span()))),
        takeover: table.text("takeover"),
        encoding: table.text("encoding"),
    };
    // A misspelt target has been named already.
    if table.finish() && control.target.is_none() {
        table.mistake(&control.at, "a control needs a target");
    }
    control
}

/// A message that has no number of its own, as the number it is kept under.
fn whole(table: &Table<'_, '_>, key: &'static str, number: u8) -> Option<At<i64>> {
    let at = table.get(key)?.span();
    table.flag(key).filter(|on| *on).map(|_| (number.into(), at))
}

/// Both ends of something, lowest first or not.
fn pair(table: &Table<'_, '_>, key: &'static str) -> Option<At<[f64; 2]>> {
    let (list, at) = table.array(key)?;
    match list.iter().map(|end| number(end.get_ref())).collect::<Option<Vec<f64>>>().as_deref() {
        Some(&[low, high]) => Some(([low, high], at)),
        _ => {
            table.mistake(&at, format!("{key} should be two numbers, [low, high]"));
            None
        }
    }
}
