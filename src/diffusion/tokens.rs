//! Prompt text to CLIP token ids.

use std::path::Path;

use serde_json::{Value, json};
use tokenizers::Tokenizer;

use super::config::ConfigFile;
use super::error::{LoadError, RunError};
use super::folder;
use super::remark::{Known, Remark, start_of_word};
use crate::rt;

/// A folder's tokenizer, and what surrounds a prompt.
pub struct Tokens {
    tokenizer: Tokenizer,
    start: u32,
    end: u32,
    pad: u32,
    /// Tokens in every prompt, start and end included.
    length: usize,
    /// For models of few words, those they know.
    known: Option<Known>,
}

impl Tokens {
    /// `positions` is what the text encoder has room for, `vocab_size` what it knows.
    pub fn load(folder: &Path, positions: usize, vocab_size: usize) -> Result<Self, LoadError> {
        let bad = |why: String| LoadError::Tokenizer { path: folder.to_owned(), why };
        let ready = folder.join("tokenizer.json");
        if let Some(what) = std::fs::read(&ready).ok().and_then(|bytes| folder::what_instead(&bytes)) {
            return Err(LoadError::Instead { path: ready, what });
        }
        let assembled = if ready.is_file() { None } else { Some(assemble(folder)?) };
        let read = || assembled.map_or_else(|| Tokenizer::from_file(&ready), Tokenizer::from_bytes);
        let mut tokenizer = rt::foreign(read).map_err(&bad)?.map_err(|error| bad(error.to_string()))?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|error| bad(error.to_string()))?;
        // The library's word cache is switched off, because it outlives the tokenizer; callers cache encoded prompts.
        let mut model = tokenizer.get_model().clone();
        model.resize_cache(0);
        tokenizer.with_model(model);
        let optional = |name: &str| {
            let path = folder.join(name);
            if path.is_file() { ConfigFile::read(&path).map(Some) } else { Ok(None) }
        };
        let configs: Vec<ConfigFile> =
            [optional("tokenizer_config.json")?, optional("special_tokens_map.json")?].into_iter().flatten().collect();
        let special = |key: &str, usual: &str| {
            let word = configs.iter().find_map(|config| content(config.get(key)?)).unwrap_or_else(|| usual.to_owned());
            tokenizer.token_to_id(&word).ok_or_else(|| bad(format!("it has no token {word} for {key}")))
        };
        let (start, end) = (special("bos_token", "<|startoftext|>")?, special("eos_token", "<|endoftext|>")?);
        let pad = special("pad_token", "<|endoftext|>")?;
        let tokens = tokenizer.get_vocab(true).into_values().max().map_or(0, |largest| largest as usize + 1);
        if tokens > vocab_size {
            let why = format!("the tokenizer has {tokens} tokens, the text encoder knows {vocab_size}");
            return Err(LoadError::Mismatch(why));
        }
        let longest = configs.iter().find_map(|config| config.get("model_max_length")?.as_u64());
        let length = longest.map_or(positions, |longest| (longest as usize).min(positions)).max(2);
        Ok(Self { tokenizer, start, end, pad, length, known: Known::read(folder) })
    }

    /// Start, words, end, padding: always the same length. Long prompts lose their tail.
    pub fn encode(&self, prompt: &str) -> Result<Vec<u32>, RunError> {
        let encoding = self.tokenizer.encode(prompt, false).map_err(|error| RunError::Prompt(error.to_string()))?;
        let words = encoding.get_ids().iter().copied().take(self.length - 2);
        let mut ids: Vec<u32> = std::iter::once(self.start).chain(words).chain([self.end]).collect();
        ids.resize(self.length, self.pad);
        Ok(ids)
    }
}

impl Tokens {
    /// The factor of each token of [`Self::encode`], 1 but for those whose first byte lies in a range of `emphasis`.
    pub fn factors(&self, prompt: &str, emphasis: &[(std::ops::Range<usize>, f32)]) -> Vec<f32> {
        let mut factors = vec![1.0; self.length];
        let Ok(encoding) = self.tokenizer.encode(prompt, false) else { return factors };
        for (factor, (first, _)) in factors.iter_mut().skip(1).take(self.length - 2).zip(encoding.get_offsets()) {
            if let Some((_, by)) = emphasis.iter().find(|(range, _)| range.contains(first)) {
                *factor = *by;
            }
        }
        factors
    }

    /// What of `prompt` is not read, and whether the rest says anything to the model.
    pub fn remarks(&self, prompt: &str) -> Vec<Remark> {
        let Ok(encoding) = self.tokenizer.encode(prompt, false) else { return Vec::new() };
        let room = self.length - 2;
        let end = encoding.get_offsets().get(room).map(|(first, _)| start_of_word(prompt, *first));
        let (read, cut) = end.and_then(|end| prompt.split_at_checked(end)).unwrap_or((prompt, ""));
        let cut = (!cut.is_empty()).then(|| Remark::Cut { room, words: cut.trim().to_owned() });
        cut.into_iter().chain(self.known.as_ref().and_then(|known| known.remark(read))).collect()
    }
}

/// A special token: plain text or an object with `content`.
fn content(value: &Value) -> Option<String> {
    value.as_str().or_else(|| value.get("content")?.as_str()).map(str::to_owned)
}

/// CLIP's tokenizer from `vocab.json` and `merges.txt`, which is all that older folders have.
fn assemble(folder: &Path) -> Result<Vec<u8>, LoadError> {
    let vocab = ConfigFile::read(&folder.join("vocab.json"))?;
    let path = folder.join("merges.txt");
    let merges = std::fs::read_to_string(&path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => LoadError::Missing(path.clone()),
        _ => LoadError::Unreadable { path: path.clone(), source },
    })?;
    let merges: Vec<&str> = merges.lines().filter(|line| !line.is_empty() && !line.starts_with("#version")).collect();
    let added: Vec<Value> = ["<|startoftext|>", "<|endoftext|>"]
        .iter()
        .filter_map(|word| {
            let id = vocab.get(word)?;
            Some(json!({"id": id, "content": word, "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false}))
        })
        .collect();
    let words = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";
    let whole = json!({
        "version": "1.0",
        "added_tokens": added,
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "NFC"},
            {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "},
            {"type": "Lowercase"},
        ]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": words}, "behavior": "Removed", "invert": true},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        ]},
        "model": {
            "type": "BPE", "unk_token": "<|endoftext|>", "continuing_subword_prefix": "", "end_of_word_suffix": "</w>",
            "fuse_unk": false, "vocab": vocab.all(), "merges": merges,
        },
    });
    Ok(whole.to_string().into_bytes())
}
