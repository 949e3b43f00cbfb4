//! Reads the JSON files of a diffusers folder, strictly: a key that would change the result and
//! cannot be honoured is an error, never a silent difference.
//!
//! Used only while loading.

pub mod autoencoder;
mod python;
pub mod text;
pub mod unet;

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::error::LoadError;
use super::folder;

/// Resolutions that a network may have; known ones have four.
const MOST_RESOLUTIONS: usize = 8;

/// Keys that real models have and that change what their network computes, and why they cannot be played.
const NOT_PLAYED: &[(&str, &str)] = &[
    ("time_cond_proj_dim", "this UNet was distilled to be told the guidance as an input (a latent consistency model)"),
    ("class_embed_type", "this UNet takes a class beside the prompt"),
    ("num_class_embeds", "this UNet takes a class beside the prompt"),
    ("addition_time_embed_dim", "this UNet takes sizes and croppings beside the prompt, as Stable Diffusion XL does"),
    ("projection_class_embeddings_input_dim", "this UNet takes further embeddings beside the prompt"),
    ("encoder_hid_dim", "this UNet projects what it is told before it attends to it"),
    ("encoder_hid_dim_type", "this UNet projects what it is told before it attends to it"),
];

/// One JSON object and which of its keys were asked for.
pub struct ConfigFile {
    path: PathBuf,
    map: Map<String, Value>,
    seen: RefCell<HashSet<String>>,
}

impl ConfigFile {
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(LoadError::Missing(path.to_owned()));
            }
            Err(source) => return Err(LoadError::Unreadable { path: path.to_owned(), source }),
        };
        let json = |why: String| LoadError::Json { path: path.to_owned(), why };
        if let Some(what) = folder::what_instead(text.as_bytes()) {
            return Err(LoadError::Instead { path: path.to_owned(), what });
        }
        match serde_json::from_str(&python::as_json(&text)) {
            Ok(Value::Object(map)) => Ok(Self { path: path.to_owned(), map, seen: RefCell::default() }),
            Ok(_) => Err(json("it is not an object".to_owned())),
            Err(error) => Err(json(error.to_string())),
        }
    }

    /// The value, unless absent or null.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.seen.borrow_mut().insert(key.to_owned());
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// Whether `key` is there and null: where Python asks `is None`, that is not the same as a missing key's default.
    pub fn is_null(&self, key: &str) -> bool {
        self.map.get(key).is_some_and(Value::is_null)
    }

    /// The whole object.
    pub fn all(&self) -> &Map<String, Value> {
        &self.map
    }

    /// The error that `key` cannot be honoured as it is.
    pub fn wrong(&self, key: &str, expected: impl Into<String>) -> LoadError {
        let found = self.map.get(key).map_or_else(|| "missing".to_owned(), Value::to_string);
        LoadError::Config { path: self.path.clone(), key: key.to_owned(), found, expected: expected.into() }
    }

    fn typed<T>(
        &self,
        key: &str,
        default: Option<T>,
        what: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, LoadError> {
        match self.get(key) {
            Some(value) => read(value).ok_or_else(|| self.wrong(key, what)),
            None => default.ok_or_else(|| self.wrong(key, what)),
        }
    }

    /// A whole number of at least one; no default makes it required.
    pub fn count(&self, key: &str, default: Option<usize>) -> Result<usize, LoadError> {
        self.typed(key, default, "a whole number above 0", as_count)
    }

    pub fn number(&self, key: &str, default: f64) -> Result<f64, LoadError> {
        self.typed(key, Some(default), "a number", Value::as_f64)
    }

    /// Null is false, as it is in Python.
    pub fn flag(&self, key: &str, default: bool) -> Result<bool, LoadError> {
        let default = default && !self.is_null(key);
        self.typed(key, Some(default), "true or false", Value::as_bool)
    }

    pub fn word(&self, key: &str, default: &str) -> Result<String, LoadError> {
        self.typed(key, Some(default.to_owned()), "a word", |value| value.as_str().map(str::to_owned))
    }

    pub fn words(&self, key: &str) -> Result<Vec<String>, LoadError> {
        let read = |value: &Value| value.as_array()?.iter().map(|word| Some(word.as_str()?.to_owned())).collect();
        self.typed(key, None, "a list of block types", read)
    }

    pub fn counts(&self, key: &str) -> Result<Vec<usize>, LoadError> {
        let read = |value: &Value| value.as_array()?.iter().map(as_count).collect();
        self.typed(key, None, "a list of whole numbers above 0", read).and_then(|list: Vec<usize>| {
            if list.is_empty() { Err(self.wrong(key, "a list with entries")) } else { Ok(list) }
        })
    }

    /// The same for a key with one entry per resolution, at most [`MOST_RESOLUTIONS`]. With n of them, one latent is
    /// 2ⁿ⁻¹ pixels wide.
    pub fn counts_by_resolution(&self, key: &str) -> Result<Vec<usize>, LoadError> {
        let list = self.counts(key)?;
        let fits = list.len() <= MOST_RESOLUTIONS;
        if fits { Ok(list) } else { Err(self.wrong(key, format!("at most {MOST_RESOLUTIONS} resolutions"))) }
    }

    /// One number for all `len` blocks, or a list of `len`.
    pub fn each(&self, key: &str, default: usize, len: usize) -> Result<Vec<usize>, LoadError> {
        let expected = format!("a whole number above 0, or {len} of them");
        match self.get(key) {
            None => Ok(vec![default; len]),
            Some(Value::Array(list)) => {
                let list: Option<Vec<usize>> = list.iter().map(as_count).collect();
                list.filter(|list| list.len() == len).ok_or_else(|| self.wrong(key, expected))
            }
            Some(value) => as_count(value).map(|one| vec![one; len]).ok_or_else(|| self.wrong(key, expected)),
        }
    }

    /// `key` must be absent, null, or one of `accepted`.
    pub fn require(&self, key: &str, accepted: &[Value]) -> Result<(), LoadError> {
        match self.get(key) {
            Some(value) if !accepted.iter().any(|accepted| same(accepted, value)) => {
                let list: Vec<String> = accepted.iter().map(Value::to_string).collect();
                Err(self.wrong(key, if list.is_empty() { "null".to_owned() } else { list.join(" or ") }))
            }
            _ => Ok(()),
        }
    }

    /// These keys do not change what is computed here.
    pub fn ignore(&self, keys: &[&str]) {
        self.seen.borrow_mut().extend(keys.iter().map(|&key| key.to_owned()));
    }

    /// Refuses any key that nobody asked for, unless it is null, false or diffusers' own (`_…`).
    pub fn refuse_unknown(&self) -> Result<(), LoadError> {
        let seen = self.seen.borrow();
        let off = |value: &Value| value.is_null() || *value == Value::Bool(false);
        match self.map.iter().find(|(key, value)| !key.starts_with('_') && !off(value) && !seen.contains(*key)) {
            Some((key, value)) => {
                let known = NOT_PLAYED.iter().find(|(name, _)| name == key);
                let why =
                    known.map_or("it is not known here, and may change what the network computes", |(_, why)| why);
                Err(LoadError::NotPlayed { path: self.path.clone(), key: key.clone(), value: value.to_string(), why })
            }
            None => Ok(()),
        }
    }
}

/// 1 to 2²⁴: more than any size in a real model, and four times the limit does not overflow.
fn as_count(value: &Value) -> Option<usize> {
    value.as_u64().filter(|count| (1..=1 << 24).contains(count)).and_then(|count| usize::try_from(count).ok())
}

/// Equal, with 1 and 1.0 the same number.
fn same(a: &Value, b: &Value) -> bool {
    a == b || matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a == b)
}
