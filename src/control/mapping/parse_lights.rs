//! From TOML to [`Lights`]: `lights`, `at_start`, `at_end` and `lights_per_second` of a mapping.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::Kind;
use super::lights::{Code, Group, Lights, Role};
use crate::diagnostics::{Table, number};

/// Messages a second where the file does not say: what the slowest known device takes.
const PER_S: f32 = 400.0;
/// The longest message, as a driver takes it.
const LONGEST: usize = crate::control::controllers::LONGEST_SENT;

/// Reads what a mapping says of lights; what does not fit is marked and left out.
pub fn lights(root: &Table<'_, '_>) -> Lights {
    let per_s = root.number("lights_per_second").map_or(PER_S, |(per_s, at)| {
        if !(1.0..=10_000.0).contains(&per_s) {
            root.mistake(&at, format!("lights_per_second goes from 1 to 10000, {per_s} is outside"));
        }
        per_s as f32
    });
    let groups = root.tables("lights", "a row of lights").iter().filter_map(group).collect();
    let (at_start, at_end) = (messages(root, "at_start"), messages(root, "at_end"));
    Lights { at_start, at_end, per_s, groups, places: Vec::new() }
}

/// Messages as bytes in hexadecimal, as devices' documents print them.
fn messages(root: &Table<'_, '_>, key: &'static str) -> Vec<Vec<u8>> {
    let Some((list, _)) = root.array(key) else { return Vec::new() };
    let read = list.iter().filter_map(|item| match item.get_ref() {
        DeValue::String(text) => bytes(root, text, &item.span()).filter(|bytes| is_message(root, bytes, &item.span())),
        other => root.wrong("a message", "bytes in hexadecimal such as \"F0 7E 7F F7\"", other, item.span()),
    });
    read.collect()
}

fn is_message(root: &Table<'_, '_>, bytes: &[u8], at: &Range<usize>) -> bool {
    let (first, rest) = bytes.split_first().unzip();
    let starts = first.is_some_and(|status| *status >= 0x80);
    let sysex = first == Some(&0xF0);
    let length = match first {
        Some(0xC0..=0xDF) => 2,
        Some(0x80..=0xEF) => 3,
        _ => bytes.len(),
    };
    let data = rest
        .unwrap_or_default()
        .iter()
        .enumerate()
        .all(|(k, byte)| *byte < 0x80 || (sysex && *byte == 0xF7 && k + 2 == bytes.len()));
    let whole =
        starts && data && bytes.len() == length && (!sysex || bytes.last() == Some(&0xF7)) && bytes.len() <= LONGEST;
    if !whole {
        let rule = "a message begins with a byte from 80, and system exclusive goes from F0 to F7";
        root.mistake(at, format!("that is no MIDI message of at most {LONGEST} bytes: {rule}"));
    }
    whole
}

fn bytes(table: &Table<'_, '_>, text: &str, at: &Range<usize>) -> Option<Vec<u8>> {
    let read: Result<Vec<u8>, _> = text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16)).collect();
    if read.is_err() {
        table.mistake(at, format!("`{text}` is not bytes in hexadecimal such as F0 7E 7F F7"));
    }
    read.ok()
}

fn group(table: &Table<'_, '_>) -> Option<Group> {
    let rows = [("note", Kind::Note), ("cc", Kind::Controller)];
    let mut rows = rows.into_iter().filter_map(|(key, kind)| Some((kind, key, table.get(key)?)));
    let (Some((kind, key, row)), None) = (rows.next(), rows.next()) else {
        table.mistake(&table.at, "exactly one of note and cc must say which controls have these lights");
        return None;
    };
    let (first, last) = span_of(table, key, row)?;
    let at = [("at_note", 0x90), ("at_cc", 0xB0)];
    let mut at = at.into_iter().filter_map(|(key, status)| Some((status, seven_bits(table, key)?)));
    let own = if kind == Kind::Note { 0x90 } else { 0xB0 };
    let (status, start) = at.next().unwrap_or((own, first));
    let (channel, of_channel) = (channel(table, "channel"), channel(table, "of_channel"));
    let step = seven_bits(table, "step").unwrap_or(1);
    let frame = frame(table);
    let code = code(table, frame.is_some());
    let long =
        |(head, tail): &(Vec<u8>, Vec<u8>)| head.len() + 6 * usize::from(last - first + 1) + tail.len() > LONGEST;
    if frame.as_ref().is_some_and(long) {
        table.mistake(&table.at, format!("all these lights make a message of more than {LONGEST} bytes"));
    }
    table.finish();
    let controls = u16::from(first)..=u16::from(last);
    Some(Group { kind, controls, of_channel, status, channel, first: start, step, code, frame })
}

/// A number 0..127, or `[first, last]`.
fn span_of(table: &Table<'_, '_>, key: &str, value: &Spanned<DeValue<'_>>) -> Option<(u8, u8)> {
    let read: Vec<Option<u32>> = match value.get_ref() {
        DeValue::Array(ends) => ends.iter().map(|end| velocity(end.get_ref())).collect(),
        other => vec![velocity(other)],
    };
    match read[..] {
        [Some(only)] => Some((only as u8, only as u8)),
        [Some(first), Some(last)] if first <= last => Some((first as u8, last as u8)),
        _ => {
            table.mistake(&value.span(), format!("{key} should be a number 0 to 127, or [first, last]"));
            None
        }
    }
}

fn seven_bits(table: &Table<'_, '_>, key: &'static str) -> Option<u8> {
    let (number, at) = table.integer(key)?;
    let read = u8::try_from(number).ok().filter(|number| *number < 128);
    if read.is_none() {
        table.mistake(&at, format!("{key} is not between 0 and 127"));
    }
    read
}

fn channel(table: &Table<'_, '_>, key: &'static str) -> Option<u8> {
    let (channel, at) = table.integer(key)?;
    let read = (1..=16).contains(&channel).then_some(channel as u8 - 1);
    if read.is_none() {
        table.mistake(&at, format!("{key} {channel} is not between 1 and 16"));
    }
    read
}

fn frame(table: &Table<'_, '_>) -> Option<(Vec<u8>, Vec<u8>)> {
    let (list, at) = table.array("message")?;
    let ends = list.iter().filter_map(|end| bytes(table, end.get_ref().as_str()?, &end.span()));
    let ends: Vec<Vec<u8>> = ends.collect();
    let Some([head, tail]) = <[Vec<u8>; 2]>::try_from(ends)
        .ok()
        .filter(|[head, tail]| head.first() == Some(&0xF0) && tail.last() == Some(&0xF7))
    else {
        table.mistake(
            &at,
            "message is what stands before the lights' colours and after them, from F0 to F7 in hexadecimal",
        );
        return None;
    };
    Some((head, tail))
}

fn code(table: &Table<'_, '_>, colours: bool) -> Code {
    let off = table.get("off").map_or(0, |value| one(table, value.get_ref(), value.span(), colours));
    let ring = table.array("ring").map(|(ends, at)| {
        let ends: Vec<u32> = ends.iter().filter_map(|end| velocity(end.get_ref())).collect();
        match ends[..] {
            [low, high] => (low as u8, high as u8),
            _ => {
                table.mistake(&at, "ring should be two values 0 to 127, of the knob's two ends");
                (0, 127)
            }
        }
    });
    if let Some(ends) = ring {
        return Code::Ring { off, ends };
    }
    let on = by_role(table, "on", if colours { 0xFF_FFFF } else { 127 }, colours);
    Code::Button { off, dim: by_role(table, "dim", off, colours), on }
}

/// One value for every role, or a table of them.
fn by_role(table: &Table<'_, '_>, key: &'static str, default: u32, colours: bool) -> [u32; 4] {
    let Some(value) = table.get(key) else { return [default; 4] };
    if !matches!(value.get_ref(), DeValue::Table(_)) {
        return [one(table, value.get_ref(), value.span(), colours); 4];
    }
    let Some(roles) = table.child(value, "the lights' values") else { return [default; 4] };
    let read = Role::ALL
        .map(|(name, _)| roles.get(name).map_or(default, |value| one(&roles, value.get_ref(), value.span(), colours)));
    roles.finish();
    read
}

fn velocity(value: &DeValue<'_>) -> Option<u32> {
    number(value).filter(|number| (0.0..=127.0).contains(number)).map(|number| number as u32)
}

/// A velocity, or a colour such as "#20ff80".
fn one(table: &Table<'_, '_>, value: &DeValue<'_>, at: Range<usize>, colours: bool) -> u32 {
    let colour = |text: &str| u32::from_str_radix(text.strip_prefix('#')?, 16).ok().filter(|_| text.len() == 7);
    let read = match (value, colours) {
        (DeValue::String(text), true) => colour(text),
        (other, false) => velocity(other),
        _ => None,
    };
    read.unwrap_or_else(|| {
        let wanted = if colours { "a colour such as \"#20ff80\"" } else { "a value 0 to 127" };
        table.mistake(&at, format!("a light takes {wanted}"));
        0
    })
}
