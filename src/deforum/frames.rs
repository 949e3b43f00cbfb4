//! Looks into schedule strings: their frames and values, whether they are one number, where they begin. Used to tell
//! constants from schedules, and for the tempo.

use crate::schedule::{Dialect, Expression, Moment, Variable};

/// Frames looked at when a whole schedule is searched; longer ones are looked at in larger steps.
const LOOKED_AT: f64 = 2000.0;

/// Frames and values of a schedule as they are written, without quotes. Commas inside of parentheses divide nothing.
pub(super) fn split(text: &str) -> Vec<(&str, &str)> {
    let mut parts = Vec::new();
    let (mut depth, mut begin) = (0_i32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth <= 0 => {
                parts.extend(text.get(begin..at));
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(text.get(begin..));
    let bare = |part: &'_ str| part.trim().trim_matches(['"', '\'']).len();
    parts.into_iter().filter(|part| bare(part) > 0).filter_map(entry).collect()
}

fn entry(part: &str) -> Option<(&str, &str)> {
    let (frame, value) = part.split_once(':')?;
    // A second colon ends the value, as it does upstream.
    let value = value.split(':').next().unwrap_or(value);
    let quotes = |c: char| c.is_whitespace() || c == '"' || c == '\'';
    Some((frame.trim_matches(quotes), value.trim_matches(quotes)))
}

/// A value or a key of a schedule, where it hangs on nothing but the frame and the last one: the rest is known only when it plays.
struct Value(Expression);

impl Value {
    fn read(text: &str) -> Option<Self> {
        let bare: String = text.chars().filter(|c| *c != '"' && *c != '\'').collect();
        let value = Expression::compile(&bare, Dialect::Tolerant).ok()?;
        value.uses_only(&[Variable::T, Variable::F, Variable::MaxF]).then_some(Self(value))
    }

    fn at(&self, frame: f64, last: f64) -> Option<f64> {
        let mut moment = Moment::new();
        moment.set(Variable::MaxF, last);
        moment.set_frame(frame);
        moment.derive(&[]);
        Some(self.0.value(&moment)).filter(|value| value.is_finite())
    }

    /// The same, where it does not hang on the frame.
    fn always(&self, last: f64) -> Option<f64> {
        if self.0.uses_only(&[Variable::MaxF]) { self.at(0.0, last) } else { None }
    }
}

fn number(text: &str, last: f64) -> Option<f64> {
    Value::read(text)?.always(last)
}

/// The number a schedule always is; nothing when it depends on the frame.
pub(super) fn constant(text: &str, last: f64) -> Option<f64> {
    let values: Option<Vec<f64>> = split(text).into_iter().map(|(_, value)| number(value, last)).collect();
    let values = values?;
    let first = *values.first()?;
    values.iter().all(|value| *value == first).then_some(first)
}

/// The value at frame 0, where it can be told.
pub(super) fn at_start(text: &str, last: f64) -> Option<f64> {
    let entries = split(text);
    let first = entries.iter().rev().find(|(frame, _)| number(frame, last) == Some(0.0)).or(entries.first());
    Value::read(first?.1)?.at(0.0, last)
}

/// The lowest value that can be found at any frame.
pub(super) fn lowest(text: &str, last: f64) -> Option<f64> {
    let entry = |(frame, value)| Some((number(frame, last)?, Value::read(value)));
    let mut entries: Vec<(f64, Option<Value>)> = split(text).into_iter().filter_map(entry).collect();
    entries.sort_by(|a, b| a.0.total_cmp(&b.0));
    let step = (last / LOOKED_AT).max(1.0);
    let mut lowest: Option<f64> = None;
    for (at, (from, value)) in entries.iter().enumerate().filter(|(_, (from, _))| *from <= last) {
        let until = entries.get(at + 1).map_or(last, |(next, _)| next - 1.0).clamp(*from, last.max(*from));
        let Some(value) = value else { continue };
        let frames = if value.always(last).is_some() { 0.0 } else { ((until - from) / step).floor() };
        let found = (0..=frames as u32).filter_map(|n| value.at(from + f64::from(n) * step, last));
        lowest = found.chain(lowest).reduce(f64::min);
    }
    lowest
}

/// Whether an expression knows the frame.
pub(super) fn uses_time(text: &str) -> bool {
    words(text).any(|(_, word)| word == "t")
}

/// Words of an expression with where they begin.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    text.split(move |c| !inside(c))
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}
