//! What is wrong with a text, where, and what to try. Made by whoever reads schedules; shown to people as it is.

use std::fmt;

/// One mistake in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it begins, in characters from 1.
    pub column: usize,
    /// One sentence without a full stop.
    pub says: String,
}

impl Mistake {
    pub(crate) fn at(column: usize, says: impl Into<String>) -> Self {
        Mistake { column, says: says.into() }
    }

    /// The same mistake in a text that begins `before` characters further right.
    pub(crate) fn moved(mut self, before: usize) -> Self {
        self.column += before;
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.says)
    }
}

impl std::error::Error for Mistake {}

/// `; did you mean …?` for the name nearest to `wrong`, or nothing where none is near.
pub(super) fn did_you_mean<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> String {
    let lower = wrong.to_lowercase();
    let nearest = names.map(|name| (distance(&lower, name), name)).min();
    match nearest {
        Some((away, name)) if away <= 1 + wrong.chars().count() / 4 && away < name.len() => {
            format!("; did you mean {name}?")
        }
        _ => String::new(),
    }
}

/// Levenshtein's distance: letters to add, drop or change.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().take(64).enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for ((other, diagonal), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(letter != *other)).min(left + 1).min(above + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
