//! Reads TOML files written by hand and collects all mistakes, each with its line.
//!
//! Shows and mappings are read through [`Table`]: a key that the reader did not ask for is reported with the nearest
//! known name. Reading goes on after a mistake, so that one run lists them all.

mod plain;
mod syntax;
mod text;

use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::rt::nearest;
use syntax::{Lines, Mended, mend};

pub use text::read;

/// One mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// 1-based; 0 when the file as a whole is meant.
    pub line: usize,
    pub says: String,
}

/// Most lines that [`brief`] shows, for messages while playing.
const MOST_LISTED: usize = 20;

/// `file:line: what is wrong`, a line each.
#[must_use]
pub fn list(file: &str, mistakes: &[Diagnostic]) -> String {
    mistakes.iter().map(|m| format!("{file}:{}: {}", m.line, m.says)).collect::<Vec<_>>().join("\n")
}

/// The first lines of a list of mistakes, and how many more there are.
#[must_use]
pub fn brief(list: &str) -> String {
    let lines: Vec<&str> = list.lines().collect();
    match lines.len().checked_sub(MOST_LISTED) {
        Some(more @ 1..) => {
            format!("{}\nand {more} more; `halation check` lists them", lines[..MOST_LISTED].join("\n"))
        }
        _ => list.to_owned(),
    }
}

/// Collects mistakes; knows where lines begin, so that byte offsets become lines.
pub struct Diagnostics<'t> {
    lines: &'t Lines,
    list: RefCell<Vec<Diagnostic>>,
    /// Lines that were mended by guessing: further mistakes in them would only follow from the guess, and are dropped.
    mended: HashSet<usize>,
}

impl<'t> Diagnostics<'t> {
    /// The line, from 1, of byte `at`.
    pub fn line(&self, at: usize) -> usize {
        self.lines.of(at) + 1
    }

    pub fn add(&self, at: &Range<usize>, says: impl Into<String>) {
        let line = self.line(at.start);
        if !self.mended.contains(&line) {
            self.list.borrow_mut().push(Diagnostic { line, says: says.into() });
        }
    }

    pub fn is_empty(&self) -> bool {
        self.list.borrow().is_empty()
    }

    pub fn into_list(self) -> Vec<Diagnostic> {
        let mut list = self.list.into_inner();
        list.sort_by_key(|m| m.line);
        list
    }
}

/// The text of a file, with syntax errors mended as far as possible, and the mistakes found so far.
pub struct Document(Mended);

impl Document {
    /// `lists` are the tables that such a file may have several of.
    #[must_use]
    pub fn new(text: &str, lists: &[&str]) -> Self {
        Self(mend(text, lists))
    }

    /// Whether the syntax could be mended, so that the content can be checked.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.0.readable
    }

    /// A collector that holds the syntax mistakes already.
    #[must_use]
    pub fn marks(&self) -> Diagnostics<'_> {
        let list = self.0.mistakes.iter().map(|(line, says)| Diagnostic { line: *line, says: says.clone() }).collect();
        let mended = self.0.mistakes.keys().copied().collect();
        Diagnostics { lines: &self.0.lines, list: RefCell::new(list), mended }
    }

    #[must_use]
    pub fn parse(&self) -> Spanned<DeTable<'_>> {
        DeTable::parse_recoverable(&self.0.text).0
    }
}

/// A table being read: every key must be asked for, what is left over is a mistake.
pub struct Table<'a, 'i> {
    entries: Vec<(&'a str, Range<usize>, &'a Spanned<DeValue<'i>>)>,
    known: RefCell<Vec<&'static str>>,
    marks: &'a Diagnostics<'a>,
    pub at: Range<usize>,
    what: &'static str,
}

impl<'a, 'i> Table<'a, 'i> {
    pub fn new(table: &'a DeTable<'i>, at: Range<usize>, what: &'static str, marks: &'a Diagnostics<'a>) -> Self {
        let entries = table.iter().map(|(k, v)| (k.get_ref().as_ref(), k.span(), v)).collect();
        Self { entries, known: RefCell::default(), marks, at, what }
    }

    /// The value of `key`, whatever it is.
    pub fn get(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'i>>> {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
        self.entries.iter().find(|(k, ..)| *k == key).map(|(.., v)| *v)
    }

    /// Every entry, for tables whose keys are names of their own.
    pub fn entries(&self) -> &[(&'a str, Range<usize>, &'a Spanned<DeValue<'i>>)] {
        &self.entries
    }

    pub fn text(&self, key: &'static str) -> Option<(&'a str, Range<usize>)> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::String(s) => Some((s.as_ref(), value.span())),
            other => self.wrong(key, "a text in quotes", other, value.span()),
        }
    }

    pub fn number(&self, key: &'static str) -> Option<(f64, Range<usize>)> {
        let value = self.get(key)?;
        match number(value.get_ref()) {
            Some(n) => Some((n, value.span())),
            None => self.wrong(key, "a number", value.get_ref(), value.span()),
        }
    }

    pub fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Boolean(b) => Some(*b),
            other => self.wrong(key, "true or false", other, value.span()),
        }
    }

    pub fn integer(&self, key: &'static str) -> Option<(i64, Range<usize>)> {
        let value = self.get(key)?;
        match number(value.get_ref()).filter(|n| n.fract() == 0.0) {
            Some(n) => Some((n as i64, value.span())),
            None => self.wrong(key, "a whole number", value.get_ref(), value.span()),
        }
    }

    pub fn array(&self, key: &'static str) -> Option<(&'a [Spanned<DeValue<'i>>], Range<usize>)> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Array(list) => Some((list.as_ref(), value.span())),
            other => self.wrong(key, "a list", other, value.span()),
        }
    }

    pub fn table(&self, key: &'static str, what: &'static str) -> Option<Table<'a, 'i>> {
        let value = self.get(key)?;
        self.child(value, what)
    }

    /// Each `[[key]]` table.
    pub fn tables(&self, key: &'static str, what: &'static str) -> Vec<Table<'a, 'i>> {
        let list = self.array(key).map_or(&[][..], |(list, _)| list);
        list.iter().filter_map(|v| self.child(v, what)).collect()
    }

    /// `value` as a table.
    pub fn child(&self, value: &'a Spanned<DeValue<'i>>, what: &'static str) -> Option<Table<'a, 'i>> {
        match value.get_ref() {
            DeValue::Table(t) => Some(Table::new(t, value.span(), what, self.marks)),
            other => self.wrong(what, "a table", other, value.span()),
        }
    }

    pub fn wrong<T>(&self, key: &str, wanted: &str, got: &DeValue<'_>, at: Range<usize>) -> Option<T> {
        let got = match got {
            DeValue::Float(f) => f.as_str(),
            other => other.type_str(),
        };
        self.marks.add(&at, format!("{key} should be {wanted}, not {got}"));
        None
    }

    /// The line, from 1, of what stands at `at`.
    pub fn line(&self, at: &Range<usize>) -> usize {
        self.marks.line(at.start)
    }

    pub fn mistake(&self, at: &Range<usize>, says: impl Into<String>) {
        self.marks.add(at, says);
    }

    /// Reports every key that was not asked for; true when there was none.
    pub fn finish(&self) -> bool {
        let known = self.known.borrow();
        let mut clean = true;
        for (key, at, _) in &self.entries {
            if !known.contains(key) {
                clean = false;
                let hint = match meant(key, known.iter().copied()) {
                    hint if hint.is_empty() => format!("; {} knows {}", self.what, known.join(", ")),
                    hint => hint,
                };
                self.marks.add(at, format!("{} has no {key}{hint}", self.what));
            }
        }
        clean
    }
}

/// `; did you mean …?` or nothing.
pub fn meant<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    nearest(name, candidates).map_or_else(String::new, |near| format!("; did you mean {near}?"))
}

/// `value` as a number, whether written with a point or not.
pub fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(i) => i64::from_str_radix(&i.as_str().replace('_', ""), i.radix()).ok().map(|n| n as f64),
        DeValue::Float(f) => f.as_str().replace('_', "").parse().ok().filter(|n: &f64| (*n as f32).is_finite()),
        _ => None,
    }
}
