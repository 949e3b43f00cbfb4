//! From files on disk to a checked show.

use std::path::{Path, PathBuf};

use super::{Show, ShowError, parse};
use crate::deforum::{self, Fate, ImportOptions, Imported, ReportLine, ScheduleKind, SettingsFile};
use crate::diagnostics::{self, Diagnostic};
use crate::param;
use crate::schedule::{Dialect, Facts, Schedule, TextSchedule};

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
        return settings(path, &name);
    }
    let text = diagnostics::read(path).map_err(|reason| ShowError::Unreadable { path: name.clone(), reason })?;
    parse(&text, path).map_err(|mistakes| ShowError::Mistakes { path: name, mistakes })
}

/// Whether the file at `path` is one of Deforum's settings rather than a show: they are called `.txt` or `.json`.
#[must_use]
pub(crate) fn is_settings(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ["txt", "json"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// The show that Deforum's settings at `path`, called `name`, make. A file that is cut off, as while it is being saved, is no
/// show: the one before plays on.
fn settings(path: &Path, name: &str) -> Result<Show, ShowError> {
    let unreadable = |reason: String| ShowError::Unreadable { path: name.to_owned(), reason };
    let bytes = std::fs::read(path).map_err(|e| unreadable(e.to_string()))?;
    let file = deforum::read_bytes(&bytes).map_err(unreadable)?;
    if let Some(cut) = file.remarks.iter().find(|remark| remark.starts_with("the file is cut off")) {
        return Err(unreadable(format!("{cut} Or make a show of what is there: `halation import deforum {name}`")));
    }
    let Imported { show, report } = deforum::import(&file, &how_to_import(path));
    let mistakes = match parse(&show, path) {
        Ok(show) => {
            say_report(path, &report);
            return Ok(show);
        }
        Err(mistakes) => mistakes,
    };
    if mistakes.is_empty() {
        return Err(unreadable("its texts are too long for a show; shorten the prompts".into()));
    }
    // Told where they stand in the settings; what stands nowhere there is told as it is.
    let named = mistakes_in_settings(&file, &String::from_utf8_lossy(&bytes));
    let told = |mistake: Diagnostic| Diagnostic { line: 0, says: mistake.says };
    let mistakes = if named.is_empty() { mistakes.into_iter().map(told).collect() } else { named };
    Err(ShowError::Mistakes { path: name.to_owned(), mistakes })
}

/// As performers expect it: named after the file, fitted to bars, with the model in the box.
fn how_to_import(path: &Path) -> ImportOptions {
    let name = path.file_stem().map_or_else(|| "settings".into(), |stem| stem.to_string_lossy().into_owned());
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    ImportOptions { name, bars: None, by_fps: false, model: "models/spark".into(), folder }
}

/// Every schedule and every prompt's key of `file` that cannot be read, with the lines of their keys in its text.
fn mistakes_in_settings(file: &SettingsFile, text: &str) -> Vec<Diagnostic> {
    let facts = Facts { frames: file.number("max_frames").max(1.0), seed: file.number("seed") };
    let line_of = |key: &str| text.lines().position(|line| line.contains(&format!("\"{key}\""))).map_or(0, |at| at + 1);
    let schedules = deforum::upstream_schedules(file).into_iter().filter_map(|(key, text, kind)| {
        let read = match kind {
            ScheduleKind::Number => Schedule::parse(&text, Dialect::Tolerant, &facts).map(drop),
            ScheduleKind::Text => TextSchedule::parse(&text, Dialect::Tolerant, &facts).map(drop),
        };
        let original = file.setting(key).map_or(key, |setting| setting.original.as_str());
        read.err().map(|mistake| Diagnostic { line: line_of(original), says: format!("{original}: {mistake}") })
    });
    let prompts = file.prompts.iter().filter_map(|prompt| {
        let keys = vec![(prompt.frame.clone(), String::new())];
        let mistake = TextSchedule::new(keys, Dialect::Tolerant, &facts).err()?;
        let says = format!("prompts: the key {:?} is no frame: {mistake}", prompt.frame);
        Some(Diagnostic { line: line_of(&prompt.frame), says })
    });
    schedules.chain(prompts).collect()
}

/// What of the settings plays, in a line; each time it is another.
fn say_report(path: &Path, report: &[ReportLine]) {
    let count = |fate: Fate| report.iter().filter(|line| line.fate == fate && line.key != "(file)").count();
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
