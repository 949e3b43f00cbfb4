//! JSON as people's files have it: raw line breaks inside texts, commas too many or too few, NaN, Python's words and
//! quotes, and files that end too early. The result keeps the order of keys and goes to the reader of settings.

use serde_json::{Map, Number, Value};

/// Deeper than any settings file, and far from the end of the stack.
const DEEPEST: usize = 48;

/// A value with its keys in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    /// Anything without parts.
    Plain(Value),
    /// In brackets.
    List(Vec<Json>),
    /// In braces; a key can come twice.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The same as serde's value; of a key that comes twice the last counts.
    pub(super) fn value(self) -> Value {
        match self {
            Json::Plain(value) => value,
            Json::List(items) => items.into_iter().map(Json::value).collect(),
            Json::Object(entries) => entries.into_iter().map(|(k, v)| (k, v.value())).collect::<Map<_, _>>().into(),
        }
    }
}

/// What could be read.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) json: Json,
    /// What had to be mended, in words.
    pub(super) mended: Vec<&'static str>,
    /// The line at which the text ends too early.
    pub(super) cut_off: Option<usize>,
}

/// Why reading stopped.
enum Stop {
    /// The text ended.
    End,
    /// Something else than this was found.
    Expected(&'static str),
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
    depth: usize,
    mended: Vec<&'static str>,
}

/// Reads the value at the beginning of `text`.
///
/// # Errors
/// With one sentence, when it is not JSON even with much goodwill.
pub(super) fn parse(text: &str) -> Result<Parsed, String> {
    let mut reader = Reader { rest: text.chars().peekable(), line: 1, depth: 0, mended: Vec::new() };
    let (json, stop) = reader.value();
    let cut_off = match stop {
        Some(Stop::Expected(what)) => {
            return Err(format!("line {}: {what} was expected here; please mend that line and try again", reader.line));
        }
        Some(Stop::End) => Some(reader.line),
        None => {
            reader.blank();
            if reader.rest.peek().is_some() {
                reader.mend("text behind the closing brace was left out");
            }
            None
        }
    };
    Ok(Parsed { json: json.unwrap_or(Json::Plain(Value::Null)), mended: reader.mended, cut_off })
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn blank(&mut self) {
        while self.rest.peek().is_some_and(|c| c.is_whitespace() || *c == '\u{feff}' || *c == '\0') {
            self.next();
        }
    }

    fn mend(&mut self, what: &'static str) {
        if !self.mended.contains(&what) {
            self.mended.push(what);
        }
    }

    /// A value, as far as it is there; a stop says why no more of it is. What is cut off in its middle is left out.
    fn value(&mut self) -> (Option<Json>, Option<Stop>) {
        self.blank();
        if self.depth >= DEEPEST {
            return (None, Some(Stop::Expected("something less deeply nested")));
        }
        self.depth += 1;
        let found = match self.rest.peek().copied() {
            None => (None, Some(Stop::End)),
            Some('{') => self.object(),
            Some('[') => self.list(),
            Some('"' | '\'') => match self.text() {
                Ok(text) => (Some(Json::Plain(text.into())), None),
                Err(stop) => (None, Some(stop)),
            },
            Some(_) => self.word(),
        };
        self.depth -= 1;
        found
    }

    fn object(&mut self) -> (Option<Json>, Option<Stop>) {
        self.next();
        let mut entries = Vec::new();
        let stop = loop {
            match self.separator('}', !entries.is_empty()) {
                Ok(true) => break None,
                Ok(false) => {}
                Err(stop) => break Some(stop),
            }
            match self.entry() {
                (Some(entry), None) => entries.push(entry),
                (entry, stop) => {
                    entries.extend(entry);
                    break stop;
                }
            }
        };
        (Some(Json::Object(entries)), stop)
    }

    fn entry(&mut self) -> (Option<(String, Json)>, Option<Stop>) {
        let key = match self.rest.peek() {
            Some('"' | '\'') => self.text(),
            Some(_) => Err(Stop::Expected("the name of a setting in quotes")),
            None => Err(Stop::End),
        };
        let key = match key {
            Ok(key) => key,
            Err(stop) => return (None, Some(stop)),
        };
        self.blank();
        match self.rest.peek() {
            Some(':') => self.next(),
            Some(_) => return (None, Some(Stop::Expected("a colon behind the name of a setting"))),
            None => return (None, Some(Stop::End)),
        };
        let (value, stop) = self.value();
        (value.map(|value| (key, value)), stop)
    }

    fn list(&mut self) -> (Option<Json>, Option<Stop>) {
        self.next();
        let mut items = Vec::new();
        let stop = loop {
            match self.separator(']', !items.is_empty()) {
                Ok(true) => break None,
                Ok(false) => {}
                Err(stop) => break Some(stop),
            }
            let (item, stop) = self.value();
            items.extend(item);
            if stop.is_some() {
                break stop;
            }
        };
        (Some(Json::List(items)), stop)
    }

    /// What lies between two entries; true when it is the `closing` one.
    fn separator(&mut self, closing: char, between: bool) -> Result<bool, Stop> {
        let mut commas = 0;
        loop {
            self.blank();
            match self.rest.peek().copied() {
                None => return Err(Stop::End),
                Some(',') => commas += 1,
                Some(c) if c == closing => {
                    if commas > 0 {
                        self.mend("a comma before a closing brace was left out");
                    }
                    self.next();
                    return Ok(true);
                }
                // Only a quote begins an entry so surely that a comma can have been forgotten before it.
                Some('"') if between && commas == 0 => {
                    self.mend("a comma that was missing between two settings was put in");
                    return Ok(false);
                }
                Some(_) if between && commas == 0 => return Err(Stop::Expected("a comma between two settings")),
                Some(_) => return Ok(false),
            }
            self.next();
        }
    }

    fn text(&mut self) -> Result<String, Stop> {
        let quote = self.next();
        if quote == Some('\'') {
            self.mend("single quotes were read as double ones");
        }
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err(Stop::End),
                c if c == quote => return Ok(text),
                Some('\\') => self.escape(&mut text)?,
                Some('\r') => {}
                Some(c) => {
                    if c < ' ' {
                        self.mend("line breaks and control characters inside texts were kept");
                    }
                    text.push(c);
                }
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), Stop> {
        match self.next().ok_or(Stop::End)? {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => {}
            'b' | 'f' => text.push(' '),
            'u' => text.push(self.unicode()?),
            c @ ('"' | '\'' | '\\' | '/') => text.push(c),
            c => {
                self.mend("a backslash that stands alone was kept as it is");
                text.extend(['\\', c]);
            }
        }
        Ok(())
    }

    fn unicode(&mut self) -> Result<char, Stop> {
        let high = self.hex()?;
        if !(0xd800..0xdc00).contains(&high) {
            return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        // The other half of a pair, where there is one.
        let mut ahead = self.rest.clone();
        if ahead.next() != Some('\\') || ahead.next() != Some('u') {
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        self.next();
        self.next();
        let low = self.hex()?;
        let joined = 0x1_0000 + ((high - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff);
        Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Result<u32, Stop> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.rest.peek().ok_or(Stop::End)?.to_digit(16);
            code = 16 * code + digit.ok_or(Stop::Expected("four digits behind \\u"))?;
            self.next();
        }
        Ok(code)
    }

    /// A number, or one of JSON's and Python's words.
    fn word(&mut self) -> (Option<Json>, Option<Stop>) {
        let mut word = String::new();
        while let Some(c) = self.rest.peek().filter(|c| c.is_ascii_alphanumeric() || "+-._".contains(**c)) {
            word.push(*c);
            self.next();
        }
        // What ends with the text may be half of something longer.
        if self.rest.peek().is_none() && !word.is_empty() {
            return (None, Some(Stop::End));
        }
        let value = match word.as_str() {
            "true" | "True" => Value::Bool(true),
            "false" | "False" => Value::Bool(false),
            "null" | "None" | "undefined" => Value::Null,
            "NaN" | "nan" | "Infinity" | "-Infinity" | "inf" | "-inf" => {
                self.mend("NaN and infinity were read as no value");
                Value::Null
            }
            _ => match number(&word) {
                Some(number) => Value::Number(number),
                None => return (None, Some(Stop::Expected("a value"))),
            },
        };
        (Some(Json::Plain(value)), None)
    }
}

fn number(word: &str) -> Option<Number> {
    let whole = word.parse::<i64>().map(Number::from).or_else(|_| word.parse::<u64>().map(Number::from));
    whole.ok().or_else(|| Number::from_f64(word.parse().ok()?))
}
