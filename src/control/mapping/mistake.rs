//! What is wrong in a mapping file: one sentence each, with file, line and the name that was probably meant.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use thiserror::Error;

use crate::rt::nearest;

/// One mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.text)
    }
}

/// Why a mapping file cannot be used.
#[derive(Debug, Error)]
pub enum MappingError {
    #[error("the mapping {} cannot be read ({error}); check the path", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("{}", lines(.0))]
    Wrong(Vec<Mistake>),
}

fn lines(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n")
}

/// Collects mistakes and knows which line a byte is on.
pub struct Mistakes<'a> {
    file: &'a str,
    text: &'a str,
    pub found: Vec<Mistake>,
}

impl<'a> Mistakes<'a> {
    pub fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    pub fn line(&self, byte: usize) -> usize {
        1 + self.text.bytes().take(byte).filter(|b| *b == b'\n').count()
    }

    pub fn add(&mut self, span: Range<usize>, text: impl Into<String>) {
        let line = self.line(span.start);
        self.found.push(Mistake { file: self.file.into(), line, text: text.into() });
    }

    /// Adds what the TOML reader complains about, as one line, with a near match for unknown names.
    pub fn add_toml(&mut self, error: &toml::de::Error) {
        let message = error.message().replace('\n', " ");
        let mut quoted = message.split('`').skip(1).step_by(2);
        let text = match (message.split('`').next(), quoted.next()) {
            (Some("unknown field "), Some(name)) => {
                format!("there is no field `{name}` here{}", meant(name, quoted))
            }
            _ => message,
        };
        self.add(error.span().unwrap_or_default(), text);
    }
}

/// `; did you mean …?` or nothing.
pub fn meant<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    nearest(name, candidates).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
