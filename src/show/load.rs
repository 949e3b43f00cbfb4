//! From files on disk to a checked show.

use std::path::{Path, PathBuf};

use super::{Show, ShowError, parse};
use crate::deforum::{self, Fate, ImportOptions, Imported, ReportLine};
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
    if is_settings(path) {
        let (text, report) = imported(path).map_err(|reason| ShowError::Unreadable { path: name.clone(), reason })?;
        say_report(path, &report);
        return parse(&text, path).map_err(|mistakes| ShowError::Mistakes { path: name, mistakes });
    }
    let text = diagnostics::read(path).map_err(|reason| ShowError::Unreadable { path: name.clone(), reason })?;
    parse(&text, path).map_err(|mistakes| ShowError::Mistakes { path: name, mistakes })
}

/// Whether the file at `path` is one of Deforum's settings rather than a show: they are called `.txt` or `.json`.
#[must_use]
pub(crate) fn is_settings(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ["txt", "json"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// The show that Deforum's settings at `path` make, and what became of every key.
fn imported(path: &Path) -> Result<(String, Vec<ReportLine>), String> {
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    let file = deforum::read_bytes(&bytes)?;
    let name = path.file_stem().map_or_else(|| "settings".into(), |stem| stem.to_string_lossy().into_owned());
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let how = ImportOptions { name, bars: None, by_fps: false, model: "models/spark".into(), folder };
    let Imported { show, report } = deforum::import(&file, &how);
    Ok((show, report))
}

/// What of the settings plays, in a line; each time it is another.
fn say_report(path: &Path, report: &[ReportLine]) {
    let count = |fate: Fate| report.iter().filter(|line| line.fate == fate).count();
    let path = path.display();
    report.iter().filter(|line| line.key == "(file)").for_each(|line| tracing::info!("{path}: {}", line.says));
    tracing::info!(
        "{path}: {} settings as they are, {} translated, {} without meaning here, {} not supported; `halation import \
         deforum {path} --out FILE.toml` lists each and makes a show to edit",
        count(Fate::Honoured),
        count(Fate::Translated),
        count(Fate::Meaningless),
        count(Fate::Unsupported)
    );
}
