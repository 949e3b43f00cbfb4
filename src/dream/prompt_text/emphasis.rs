//! A1111's emphasis: brackets to factors of tokens.

use std::ops::Range;

use super::segments::{is_count, number};

/// What a pair of round brackets multiplies by, and a pair of square ones divides by.
const STEP: f32 = 1.1;
/// Beyond it no text says anything more.
const MOST: f32 = 10.0;

/// A text while it is read: what is kept of it and the factor of each byte.
#[derive(Default)]
struct Reader {
    text: String,
    factors: Vec<f32>,
    round: Vec<Open>,
    square: Vec<Open>,
}

/// A bracket that is open.
#[derive(Default)]
struct Open {
    /// The byte of the kept text that follows it.
    from: usize,
    /// That of the last colon in it.
    colon: Option<usize>,
}

/// `text` without its notation and the factors of its bytes. `(x)` and `[x]` may be nested, `(x:1.2)` gives the factor
/// itself; one that is never closed holds to the end, and one that was never opened is text. A backslash makes the next
/// bracket, colon or backslash text.
pub fn read(text: &str) -> (String, Vec<(Range<usize>, f32)>) {
    let mut reader = Reader::default();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let escaped = letters.next_if(|next| r"()[]:\".contains(*next));
                reader.push(escaped.unwrap_or('\\'));
            }
            '(' => reader.round.push(Open { from: reader.text.len(), colon: None }),
            '[' => reader.square.push(Open { from: reader.text.len(), colon: None }),
            ')' => match reader.round.pop() {
                Some(open) => reader.close_round(&open),
                None => reader.push(')'),
            },
            ']' => match reader.square.pop() {
                Some(open) => reader.multiply(open.from, 1.0 / STEP),
                None => reader.push(']'),
            },
            ':' => {
                let at = reader.text.len();
                reader.round.last_mut().into_iter().for_each(|open| open.colon = Some(at));
                reader.push(':');
            }
            _ => reader.push(letter),
        }
    }
    reader.finish()
}

impl Reader {
    fn push(&mut self, letter: char) {
        self.text.push(letter);
        self.factors.resize(self.text.len(), 1.0);
    }

    fn multiply(&mut self, from: usize, factor: f32) {
        for value in self.factors.iter_mut().skip(from) {
            *value = (*value * factor).clamp(-MOST, MOST);
        }
    }

    /// Takes the factor behind the last colon out of the text, where there is one.
    fn close_round(&mut self, open: &Open) {
        let given = open.colon.and_then(|colon| {
            let before = self.text.get(open.from..colon)?;
            let behind = self.text.get(colon + 1..)?.trim();
            let (factor, rest) = number(behind)?;
            let weighs = rest.is_empty() && factor.abs() <= f64::from(MOST) && !is_ratio(before, behind);
            weighs.then_some((colon, factor as f32))
        });
        if let Some((colon, _)) = given {
            self.text.truncate(colon);
            self.factors.truncate(colon);
            // A square bracket that was opened in what is gone.
            self.square.iter_mut().for_each(|open| open.from = open.from.min(colon));
        }
        self.multiply(open.from, given.map_or(STEP, |(_, factor)| factor));
    }

    fn finish(mut self) -> (String, Vec<(Range<usize>, f32)>) {
        for open in std::mem::take(&mut self.round) {
            self.multiply(open.from, STEP);
        }
        for open in std::mem::take(&mut self.square) {
            self.multiply(open.from, 1.0 / STEP);
        }
        let start = self.text.len() - self.text.trim_start().len();
        let text = self.text.trim();
        let mut runs: Vec<(Range<usize>, f32)> = Vec::new();
        for (at, factor) in self.factors.iter().skip(start).take(text.len()).enumerate() {
            match runs.last_mut() {
                Some((run, of)) if of == factor => run.end = at + 1,
                _ => runs.push((at..at + 1, *factor)),
            }
        }
        runs.retain(|(_, factor)| *factor != 1.0);
        (text.to_owned(), runs)
    }
}

/// Whether a colon in brackets belongs to a ratio or a time: only where a whole number follows one, as `(1990:1.2)` is
/// meant.
fn is_ratio(before: &str, behind: &str) -> bool {
    is_count(before, behind) && behind.chars().all(|c| c.is_ascii_digit())
}
