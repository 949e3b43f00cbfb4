//! From files on disk to a checked show.

use std::path::{Path, PathBuf};

use super::{Show, ShowError, parse};
use crate::diagnostics::{self, Diagnostic};
use crate::param;

/// Reads the first show, with the banks of the others behind its own.
///
/// # Errors
/// As [`load`], for any of them; and when they have more banks together than can be played.
pub fn load_all(paths: &[PathBuf]) -> Result<Show, ShowError> {
    let (first, others) = paths
        .split_first()
        .ok_or_else(|| ShowError::Unreadable { path: "no show".into(), reason: "none was named".into() })?;
    let mut show = load(first)?;
    for other in others {
        show.banks.banks.extend(load(other)?.banks.banks);
    }
    let (count, most) = (show.banks.banks.len(), param::PROMPT_BANK.row().range().1 as usize);
    if count > most {
        let says = format!("the shows have {count} banks together, but at most {most} can be played; name fewer shows");
        return Err(ShowError::Mistakes {
            path: first.display().to_string(),
            mistakes: vec![Diagnostic { line: 0, says }],
        });
    }
    Ok(show)
}

/// Reads and checks the show at `path`.
///
/// # Errors
/// When the file cannot be read, or with every mistake found in it.
pub fn load(path: &Path) -> Result<Show, ShowError> {
    let name = path.display().to_string();
    let text = diagnostics::read(path).map_err(|reason| ShowError::Unreadable { path: name.clone(), reason })?;
    parse(&text, path).map_err(|mistakes| ShowError::Mistakes { path: name, mistakes })
}
