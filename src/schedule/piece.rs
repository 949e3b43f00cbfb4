//! Pieces of a schedule's text that know where they stand, so that mistakes can say it. Used while schedules are read.

use super::Mistake;

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece<'a> {
    pub text: &'a str,
    /// Of its first character, from 1.
    pub column: usize,
}

const QUOTES: [char; 2] = ['"', '\''];

/// The most quotes and parentheses that are taken off; more are for the expression's reader to refuse.
const MOST_WRAPPINGS: usize = 64;

impl<'a> Piece<'a> {
    pub fn new(text: &'a str) -> Self {
        Piece { text, column: 1 }
    }

    /// From byte `from` to byte `to` of this piece.
    pub fn part(&self, from: usize, to: usize) -> Piece<'a> {
        let before = self.text.get(..from).unwrap_or_default();
        Piece { text: self.text.get(from..to).unwrap_or_default(), column: self.column + before.chars().count() }
    }

    pub fn trimmed(&self) -> Piece<'a> {
        let end = self.text.trim_end().len();
        let start = self.text.len() - self.text.trim_start().len();
        self.part(start.min(end), end)
    }

    /// A mistake about this piece.
    pub fn mistake(&self, says: impl Into<String>) -> Mistake {
        Mistake::at(self.column, says)
    }

    /// Without white space, quotes and parentheses that go round all of it.
    pub fn bare(&self) -> Piece<'a> {
        let mut piece = self.trimmed();
        for _ in 0..MOST_WRAPPINGS {
            let wrapped = QUOTES.iter().any(|quote| {
                let inner = piece.text.strip_prefix(*quote).and_then(|rest| rest.strip_suffix(*quote));
                inner.is_some_and(|inner| !inner.contains(*quote))
            });
            if !wrapped && !piece.is_in_parentheses() {
                return piece;
            }
            piece = piece.part(1, piece.text.len() - 1).trimmed();
        }
        piece
    }

    /// Whether the first parenthesis closes at the very end.
    fn is_in_parentheses(&self) -> bool {
        let mut depth = 0usize;
        for (at, letter) in self.text.char_indices() {
            match letter {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return at > 0 && letter == ')' && at + 1 == self.text.len();
            }
        }
        false
    }

    /// Cut at every `mark`.
    pub fn split(&self, mark: char) -> Vec<Piece<'a>> {
        let marks: Vec<usize> = self.text.match_indices(mark).map(|(at, _)| at).collect();
        self.cut(&marks)
    }

    /// Cut at every `mark` outside quotes, parentheses and brackets.
    ///
    /// # Errors
    /// A parenthesis without its other half.
    pub fn split_outside(&self, mark: char) -> Result<Vec<Piece<'a>>, Mistake> {
        let mut open: Vec<usize> = Vec::new();
        let mut marks = Vec::new();
        let mut quoted_to = 0;
        let mut before = ' ';
        for (at, letter) in self.text.char_indices() {
            let in_quotes = at < quoted_to;
            match letter {
                _ if in_quotes => {}
                // An apostrophe within a word is none of these.
                '"' | '\'' if before.is_whitespace() || "(:,[".contains(before) => {
                    let rest = self.text.get(at + 1..).unwrap_or_default();
                    quoted_to = rest.find(letter).map_or(0, |end| at + end + 2);
                }
                '(' | '[' | '{' => open.push(at),
                ')' | ']' | '}' if open.pop().is_none() => {
                    return Err(self.part(at, at).mistake(format!("this {letter} has no other half before it")));
                }
                _ if letter == mark && open.is_empty() => marks.push(at),
                _ => {}
            }
            before = letter;
        }
        match open.last() {
            Some(at) => Err(self.part(*at, *at).mistake("this parenthesis is not closed; add one where it should end")),
            None => Ok(self.cut(&marks)),
        }
    }

    /// Whether parentheses lack their other halves, or hold a comma and a colon, which only keys have.
    pub fn has_stray_parentheses(&self) -> bool {
        let Ok(pieces) = self.split_outside(',') else { return true };
        let outside = |piece: &Piece<'_>| piece.split_outside(':').map_or(0, |parts| parts.len());
        pieces.iter().any(|piece| piece.text.contains(',') && outside(piece) < piece.split(':').len())
    }

    /// The pieces between single-byte marks.
    fn cut(&self, marks: &[usize]) -> Vec<Piece<'a>> {
        let starts = std::iter::once(0).chain(marks.iter().map(|at| at + 1));
        let ends = marks.iter().copied().chain(std::iter::once(self.text.len()));
        let mut column = self.column;
        let pieces = starts.zip(ends).map(|(from, to)| {
            let text = self.text.get(from..to).unwrap_or_default();
            let piece = Piece { text, column };
            column += text.chars().count() + 1;
            piece
        });
        pieces.collect()
    }
}
