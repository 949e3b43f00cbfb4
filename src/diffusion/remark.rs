//! Remarks on prompts that a model does not read as written: words beyond its token limit, or no word that it knows.
//!
//! Made by `tokens`, where a prompt is read.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that a performer should know of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// The model reads `room` tokens; `words` come after them and have no effect.
    Cut { room: usize, words: String },
    /// None of its words is one of the model's, which are listed in `list`.
    Unknown { list: PathBuf },
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut { room, words } => {
                write!(f, "too long: this model reads {room} tokens, so \"{words}\" is cut off; say it in fewer words")
            }
            Self::Unknown { list } => {
                write!(f, "this model knows no word of it; {} lists the words it knows", list.display())
            }
        }
    }
}

/// The vocabulary of a model trained on few words: `words.txt` beside its tokenizer, one a line. Without that file a
/// model counts as knowing every word.
pub struct Known {
    words: HashSet<String>,
    list: PathBuf,
}

impl Known {
    /// The list in a tokenizer's folder, if there is one.
    pub fn read(folder: &Path) -> Option<Self> {
        let list = folder.join("words.txt");
        let text = std::fs::read_to_string(&list).ok()?;
        let words = text.lines().map(|line| line.trim().to_lowercase()).filter(|word| !word.is_empty()).collect();
        Some(Self { words, list })
    }

    /// A remark when `read`, the part of a prompt that fits, holds something but no known word.
    pub fn remark(&self, read: &str) -> Option<Remark> {
        let lower = read.to_lowercase();
        let mut words = lower.split(|c: char| !c.is_alphanumeric());
        let known = words.any(|word| self.words.contains(word));
        (!known && !read.trim().is_empty()).then(|| Remark::Unknown { list: self.list.clone() })
    }
}

/// The start of the word that `at` lies in.
pub fn start_of_word(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or(text);
    before.trim_end_matches(char::is_alphanumeric).len()
}
