//! A model's tokenizer alone, to tell what of a prompt the model does not read.
//!
//! Asked by `check`, which loads nothing else of the model, and by the generator when it meets a text for the first time.

use std::path::Path;

use super::config::text::TextConfig;
use super::error::LoadError;
use super::folder;
use super::remark::Remark;
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
