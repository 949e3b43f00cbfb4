//! Cuts an expression into tokens. Called by the reader in [`super::syntax`] alone.

use super::literal::Literal;
use super::{Dialect, Mistake};

/// One token with its column from 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub kind: Kind,
    pub column: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Number(Literal),
    Name(String),
    /// Operators, parentheses, commas, points.
    Symbol(&'static str),
    End,
}

/// The longest first.
const SYMBOLS: [&str; 21] =
    ["**", "//", "<=", ">=", "==", "!=", "<<", ">>", "+", "-", "*", "/", "%", "<", ">", "&", "|", "^", "~", "(", ")"];
const MARKS: [&str; 2] = [",", "."];

/// Cuts `text`; the last token is [`Kind::End`].
///
/// # Errors
/// A letter that begins no token, a number that is none, and in strict dialects lines that Python would not join.
pub(super) fn cut(text: &str, dialect: Dialect) -> Result<Vec<Token>, Mistake> {
    let text = if dialect.is_strict() { text.trim_end_matches(['\n', '\r', ' ', '\t', '\x0c']) } else { text };
    if dialect.is_strict() && text.trim_start_matches(['\n', '\r']).starts_with([' ', '\t']) {
        return Err(Mistake::at(1, "upstream takes no space before an expression; begin with its first letter"));
    }
    let letters: Vec<char> = text.chars().collect();
    let mut cutter = Cutter { letters: &letters, at: 0, open: 0, strict: dialect.is_strict(), tokens: Vec::new() };
    while cutter.skip_blanks()? {
        cutter.token()?;
    }
    let column = letters.len() + 1;
    cutter.tokens.push(Token { kind: Kind::End, column });
    Ok(cutter.tokens)
}

struct Cutter<'a> {
    letters: &'a [char],
    at: usize,
    /// Parentheses open here; inside them lines join.
    open: usize,
    strict: bool,
    tokens: Vec<Token>,
}

impl Cutter<'_> {
    fn peek(&self, ahead: usize) -> char {
        self.letters.get(self.at + ahead).copied().unwrap_or('\0')
    }

    /// Whether a token follows.
    fn skip_blanks(&mut self) -> Result<bool, Mistake> {
        while self.at < self.letters.len() {
            match self.peek(0) {
                '\n' | '\r' if self.strict && self.open == 0 && !self.tokens.is_empty() => {
                    return Err(self.mistake("the expression goes on in another line; put it in parentheses"));
                }
                '\\' if self.peek(1) == '\n' => self.at += 2,
                '#' => self.at += self.letters.iter().skip(self.at).take_while(|c| **c != '\n').count(),
                letter if letter.is_whitespace() => self.at += 1,
                _ => return Ok(true),
            }
        }
        Ok(false)
    }

    fn mistake(&self, says: impl Into<String>) -> Mistake {
        Mistake::at(self.at + 1, says)
    }

    fn token(&mut self) -> Result<(), Mistake> {
        let column = self.at + 1;
        let first = self.peek(0);
        let kind = if first.is_ascii_digit() || (first == '.' && self.peek(1).is_ascii_digit()) {
            Kind::Number(self.number()?)
        } else if first.is_alphabetic() || first == '_' {
            Kind::Name(self.take_while(|c| c.is_alphanumeric() || c == '_'))
        } else {
            Kind::Symbol(self.symbol()?)
        };
        self.tokens.push(Token { kind, column });
        Ok(())
    }

    fn symbol(&mut self) -> Result<&'static str, Mistake> {
        let here = |symbol: &&&str| symbol.chars().enumerate().all(|(i, c)| self.peek(i) == c);
        let Some(symbol) = SYMBOLS.iter().chain(&MARKS).find(here).copied() else {
            return Err(self.strange_letter());
        };
        self.at += symbol.len();
        match symbol {
            "(" => self.open += 1,
            ")" => self.open = self.open.saturating_sub(1),
            _ => {}
        }
        Ok(symbol)
    }

    fn strange_letter(&self) -> Mistake {
        let letter = self.peek(0);
        self.mistake(match letter {
            '=' => "one = compares nothing; write == to compare".into(),
            '!' => "! stands for nothing alone; write != or, for not, == 0".into(),
            '−' | '–' | '—' => format!("{letter} is no minus sign; write -"),
            '·' | '×' => format!("{letter} does not multiply; write *"),
            '"' | '\'' => "texts have no place in an expression; drop the quotes".into(),
            '[' | ']' | '{' | '}' => format!("{letter} has no meaning here; write parentheses"),
            ':' | ';' => format!("{letter} has no meaning in an expression; keys are parted by commas"),
            _ => format!("{letter:?} has no meaning in an expression; take it out"),
        })
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let taken: String = self.letters.iter().skip(self.at).take_while(|c| wanted(**c)).collect();
        self.at += taken.chars().count();
        taken
    }

    fn number(&mut self) -> Result<Literal, Mistake> {
        let start = self.at;
        if let Some(literal) = self.based()? {
            return Ok(literal);
        }
        let mut digits = self.take_while(|c| c.is_ascii_digit() || c == '_');
        let whole_part = digits.clone();
        let mut real = false;
        if self.peek(0) == '.' {
            real = true;
            self.at += 1;
            digits = digits + "." + &self.take_while(|c| c.is_ascii_digit() || c == '_');
        }
        let sign = usize::from(matches!(self.peek(1), '+' | '-'));
        if matches!(self.peek(0), 'e' | 'E') && self.peek(1 + sign).is_ascii_digit() {
            real = true;
            self.at += 1 + sign;
            let minus = if sign == 1 && self.letters.get(self.at - 1) == Some(&'-') { "-" } else { "" };
            digits = digits + "e" + minus + &self.take_while(|c| c.is_ascii_digit());
        }
        let wrong = |says: String| Mistake::at(start + 1, says);
        if self.peek(0).is_alphanumeric() || self.peek(0) == '_' || digits.contains("__") || digits.ends_with('_') {
            let name: String = self.take_while(|c| c.is_alphanumeric() || c == '_');
            return Err(wrong(format!("{digits}{name} is neither a number nor a name; a * may be missing")));
        }
        let digits = digits.replace('_', "");
        let zeros =
            whole_part.len() > 1 && whole_part.starts_with('0') && !whole_part.trim_matches(['0', '_']).is_empty();
        if !real && self.strict && zeros {
            return Err(wrong(format!("upstream takes no whole number with zeros before it; write {}", &digits)));
        }
        let parsed = if real { digits.parse().ok().map(Literal::Real) } else { whole(&digits, 10) };
        parsed.ok_or_else(|| wrong(format!("{digits} is no number")))
    }

    /// `0x10`, `0b11`, `0o17`.
    fn based(&mut self) -> Result<Option<Literal>, Mistake> {
        let base = match (self.peek(0), self.peek(1).to_ascii_lowercase()) {
            ('0', 'x') => 16,
            ('0', 'o') => 8,
            ('0', 'b') => 2,
            _ => return Ok(None),
        };
        let column = self.at + 1;
        self.at += 2;
        let digits = self.take_while(|c| c.is_alphanumeric() || c == '_').replace('_', "");
        match whole(&digits, base) {
            Some(literal) => Ok(Some(literal)),
            None => Err(Mistake::at(column, format!("{digits:?} is no number to the base {base}"))),
        }
    }
}

/// Whole numbers beyond 127 bits go on as real ones.
fn whole(digits: &str, base: u32) -> Option<Literal> {
    match i128::from_str_radix(digits, base) {
        Ok(whole) => Some(Literal::Whole(whole)),
        Err(_) if base == 10 => digits.parse().ok().map(Literal::Real),
        Err(_) => None,
    }
}
