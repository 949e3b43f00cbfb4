//! From a file on disk to a checked show.

use std::path::Path;

use super::{Show, ShowError, parse};

/// Reads and checks the show at `path`.
///
/// # Errors
/// When the file cannot be read, or with every mistake found in it.
pub fn load(path: &Path) -> Result<Show, ShowError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|e| ShowError::Unreadable { path: name.clone(), reason: e.to_string() })?;
    parse(&text, path).map_err(|mistakes| ShowError::Mistakes { path: name, mistakes })
}
