//! `text_encoder/config.json`.

use std::path::Path;

use serde_json::json;

use super::ConfigFile;
use crate::diffusion::error::LoadError;

/// A CLIPTextModel's shape.
#[derive(Clone, Debug)]
pub struct TextConfig {
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    /// Tokens in every encoded prompt.
    pub max_position_embeddings: usize,
    pub layer_norm_eps: f64,
    /// x·σ(1.702 x) instead of exact GELU.
    pub quick_gelu: bool,
}

impl TextConfig {
    /// Other keys of a transformers config do not reach the hidden states, so they are not checked.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let c = ConfigFile::read(path)?;
        c.require("model_type", &[json!("clip_text_model")])?;
        let quick_gelu = match c.word("hidden_act", "quick_gelu")?.as_str() {
            "quick_gelu" => true,
            "gelu" => false,
            _ => return Err(c.wrong("hidden_act", "\"quick_gelu\" or \"gelu\"")),
        };
        let config = Self {
            vocab_size: c.count("vocab_size", Some(49_408))?,
            hidden_size: c.count("hidden_size", Some(512))?,
            intermediate_size: c.count("intermediate_size", Some(2048))?,
            num_hidden_layers: c.count("num_hidden_layers", Some(12))?,
            num_attention_heads: c.count("num_attention_heads", Some(8))?,
            max_position_embeddings: c.count("max_position_embeddings", Some(77))?,
            layer_norm_eps: c.number("layer_norm_eps", 1e-5)?,
            quick_gelu,
        };
        if !config.hidden_size.is_multiple_of(config.num_attention_heads) {
            return Err(c.wrong("num_attention_heads", "a divisor of hidden_size"));
        }
        if config.max_position_embeddings < 2 {
            return Err(c.wrong("max_position_embeddings", "at least 2, for the start and end tokens"));
        }
        Ok(config)
    }
}
