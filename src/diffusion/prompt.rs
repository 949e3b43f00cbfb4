//! What a model does not make of a prompt: words it has no room for, prompts of which it knows no word.
//!
//! Asked by `check`, which loads nothing else of the model, and by the generator when it meets a text for the first time.

use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};

use super::config::text::TextConfig;
use super::error::LoadError;
use super::folder;
use super::tokens::Tokens;

/// A model's tokenizer alone.
pub struct PromptReader(Tokens);

impl PromptReader {
    /// # Errors
    /// As for the whole model, of its tokenizer and text encoder's configuration.
    pub fn open(model: &Path) -> Result<Self, LoadError> {
        let folder = folder::find(model)?;
        let text = TextConfig::read(&folder.join("text_encoder/config.json"))?;
        Tokens::load(&folder.join("tokenizer"), text.max_position_embeddings, text.vocab_size).map(Self)
    }

    /// What does not fit or is not known; nothing for a prompt that is read as it is.
    #[must_use]
    pub fn remarks(&self, prompt: &str) -> Vec<Remark> {
        self.0.remarks(prompt)
    }
}

/// One thing that a performer should know of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// The model has room for so many tokens; these words come behind them and have no effect.
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

/// Words that mean something to a model of few words: `words.txt` beside its tokenizer, one a line. Models without that
/// file make something of every word.
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
