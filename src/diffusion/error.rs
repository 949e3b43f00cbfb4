//! What can go wrong while a model is loaded, and while it runs: one sentence each.

use std::path::PathBuf;

/// A model folder that cannot be played. Every message says what, where, and what to try.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("there is no model folder at {0}; pass --model with a diffusers folder, for example models/spark")]
    NoFolder(PathBuf),
    #[error("{path} {what}")]
    NotAFolder { path: PathBuf, what: String },
    #[error("{path} is not a diffusers folder: it has no model_index.json; {hint}")]
    NotDiffusers { path: PathBuf, hint: String },
    #[error("{path} is {what}")]
    Instead { path: PathBuf, what: &'static str },
    #[error("the model lacks {0}; download the folder again, completely")]
    Missing(PathBuf),
    #[error("{path} cannot be read: {source}; check the file and its permissions")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path} is not valid JSON for this component: {why}; download it again")]
    Json { path: PathBuf, why: String },
    #[error("{path}: {key} is {found}, which cannot be honoured; expected {expected}")]
    Config { path: PathBuf, key: String, found: String, expected: String },
    #[error("{path}: {key} is {value}, which cannot be played: {why}; use another model")]
    NotPlayed { path: PathBuf, key: String, value: String, why: &'static str },
    #[error(
        "{path} asks for the scheduler {class}, which is not one of DDIMScheduler, EulerDiscreteScheduler and EulerAncestralDiscreteScheduler; `halation dream` can be told another with --sampler ddim or --sampler euler"
    )]
    Scheduler { path: PathBuf, class: String },
    #[error("{0} holds only pickled weights (.bin), which are not read; use the model's safetensors version")]
    OnlyPickled(PathBuf),
    #[error("{path} is truncated or damaged ({why}); download it again")]
    Damaged { path: PathBuf, why: String },
    #[error("the weights in {path} lack the tensor {name}; they do not belong to this config.json")]
    NoTensor { path: PathBuf, name: String },
    #[error(
        "tensor {name} in {path} has shape {found:?} where its config.json says {expected:?}; the two do not belong together"
    )]
    Shape { path: PathBuf, name: String, expected: Vec<usize>, found: Vec<usize> },
    #[error("the tokenizer in {path} cannot be used: {why}; download it again")]
    Tokenizer { path: PathBuf, why: String },
    #[error("the model's parts do not fit together: {0}; use a folder whose parts come from one model")]
    Mismatch(String),
    #[error("the device failed while loading: {why}", why = sentence(.0))]
    Device(#[from] candle_core::Error),
}

/// A call that could not be carried out. The pipeline stays usable.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("{what} has shape {found:?}; expected {expected}")]
    Shape { what: &'static str, found: Vec<usize>, expected: String },
    #[error("{what} is {found}; expected {expected}")]
    Value { what: &'static str, found: f64, expected: String },
    #[error("the tokenizer refused the prompt: {0}")]
    Prompt(String),
    #[error(
        "{what} holds values that are no numbers (NaN or infinity), so there is no picture; if it stays so, the model's \
         weights are broken or overflow: try another copy of it, or one in another precision"
    )]
    NotFinite { what: &'static str },
    #[error("the sampler draws {wanted} further noises; only {given} were given")]
    StepNoise { wanted: usize, given: usize },
    #[error("the network failed: {why}", why = sentence(.0))]
    Device(#[from] candle_core::Error),
}

/// What a candle error says, without its path and backtrace.
pub(super) fn sentence(error: &candle_core::Error) -> String {
    match error {
        candle_core::Error::WithPath { inner, .. } | candle_core::Error::WithBacktrace { inner, .. } => sentence(inner),
        other => other.to_string().lines().next().unwrap_or("unreadable").to_owned(),
    }
}

/// What loading any part gives.
pub type Loaded<T> = Result<T, LoadError>;
