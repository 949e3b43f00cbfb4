//! Schedules of texts: prompts, samplers, masks. Read by whoever loads files; asked once per tick, no allocation.

use std::sync::Arc;

use super::key::{is_number, keys, place, sanitized, webui_place};
use super::piece::Piece;
use super::plan::within_run;
use super::timeline::{Place, Timeline};
use super::{Dialect, Facts, Mistake, Moment};

/// A text that changes over time.
#[derive(Clone, Debug, PartialEq)]
pub struct TextSchedule {
    timeline: Timeline,
    texts: Vec<Arc<str>>,
}

impl TextSchedule {
    /// Reads `0: ("Euler a"), 20: ("DDIM")`.
    ///
    /// # Errors
    /// Where it is no schedule in this dialect.
    pub fn parse(text: &str, dialect: Dialect, facts: &Facts) -> Result<TextSchedule, Mistake> {
        let mut keys = match dialect {
            Dialect::Tolerant => tolerant(text, facts)?,
            _ => keys(text, dialect, facts)?.into_iter().map(|(at, value)| (at, stripped(value, dialect))).collect(),
        };
        within_run(&mut keys, dialect, facts)?;
        // Upstream takes a number for no text, and goes on with the text before it.
        if dialect == Dialect::Webui {
            keys.retain(|(_, text)| !is_number(text));
        }
        Self::of(keys)
    }

    /// Of keys that stand by themselves, as prompts do: each text as it is.
    ///
    /// # Errors
    /// A key that is none, or no key at all. Columns count within the key.
    pub fn new(keys: Vec<(String, String)>, dialect: Dialect, facts: &Facts) -> Result<TextSchedule, Mistake> {
        let mut placed = Vec::with_capacity(keys.len());
        for (key, text) in keys {
            let piece = Piece::new(&key);
            let at = if dialect.is_strict() { webui_place(piece, facts)? } else { place(piece, facts)? };
            placed.push((at, text));
        }
        within_run(&mut placed, Dialect::Tolerant, facts)?;
        Self::of(placed)
    }

    fn of(keys: Vec<(Place, String)>) -> Result<TextSchedule, Mistake> {
        if keys.is_empty() {
            return Err(Mistake::at(1, "there is no text here; write 0: (\"a text\")"));
        }
        let (timeline, texts) = Timeline::order(keys);
        Ok(TextSchedule { timeline, texts: texts.into_iter().map(Arc::from).collect() })
    }

    /// The number of the text that counts at `moment`, from 0: that of the last key, before the first key the first.
    pub fn index_at(&self, moment: &Moment) -> usize {
        self.timeline.between(moment).last.unwrap_or_else(|| self.timeline.first(moment))
    }

    /// The text of this number; empty where there is none.
    pub fn text(&self, index: usize) -> &str {
        self.texts.get(index).map_or("", |text| text.as_ref())
    }

    /// The same to be kept, without a copy.
    pub fn shared(&self, index: usize) -> Option<Arc<str>> {
        self.texts.get(index).cloned()
    }

    /// How many texts there are; at least one.
    pub fn count(&self) -> usize {
        self.texts.len()
    }

    /// The number of the text that comes next, and how far the way to it is, 0 to 1.
    pub fn next_at(&self, moment: &Moment) -> Option<(usize, f64)> {
        let between = self.timeline.between(moment);
        between.next.map(|next| (next, if between.last.is_some() { between.way } else { 0.0 }))
    }
}

/// Texts may hold colons and, in quotes or parentheses, commas.
fn tolerant(text: &str, facts: &Facts) -> Result<Vec<(Place, String)>, Mistake> {
    let mut keys = Vec::new();
    for piece in Piece::new(text).split_outside(',')? {
        let piece = piece.trimmed();
        if piece.text.is_empty() {
            continue;
        }
        let Some(colon) =
            piece.split_outside(':')?.first().map(|key| key.text.len()).filter(|at| *at < piece.text.len())
        else {
            return Err(piece.mistake("there is no key before this; write its frame and a colon: 0: (\"a text\")"));
        };
        let value = piece.part(colon + 1, piece.text.len());
        keys.push((place(piece.part(0, colon), facts)?, value.bare().text.to_string()));
    }
    Ok(keys)
}

/// A value without what upstream takes out: all quotes and, for the webui, all parentheses.
pub(super) fn stripped(value: Piece<'_>, dialect: Dialect) -> String {
    match dialect {
        Dialect::Webui => sanitized(value.text),
        _ => value.text.replace(['"', '\''], ""),
    }
}
