//! Why a mapping file cannot be used: a line for each mistake, with the name that was probably meant.

use std::path::PathBuf;

use thiserror::Error;

use crate::diagnostics::{Diagnostic, list};

#[derive(Debug, Error)]
pub enum MappingError {
    #[error("the mapping {} cannot be read: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("{}", list(file, mistakes))]
    Wrong { file: String, mistakes: Vec<Diagnostic> },
}
