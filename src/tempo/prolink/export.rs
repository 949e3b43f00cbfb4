//! Reads the rekordbox export on a DJ's USB stick before the show: its tracks, and their phrases.
//!
//! ```text
//! PIONEER/rekordbox/export.pdb      number, title, tempo and analysis file of every track
//! PIONEER/USBANLZ/…/ANLZ0000.EXT    its phrases
//! ```
//!
//! Both layouts as published by Deep Symmetry's analysis of Pro DJ Link. Nothing is ever written.

mod analysis;
mod database;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::tempo::{Collection, Track};

/// Larger files are refused.
const MOST_BYTES: u64 = 256 << 20;

/// Why an export cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(
        "{0}: no rekordbox export is here; name the stick, or a copy of its PIONEER folder (new sticks with an encrypted library only have none)"
    )]
    None(PathBuf),
    #[error("{path}: cannot be read ({error})")]
    Read { path: PathBuf, error: std::io::Error },
    #[error("{path}: {broken}; export the stick again in rekordbox")]
    Database { path: PathBuf, broken: Broken },
}

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("it is cut short at byte {0}")]
    Short(usize),
    #[error("it is of another kind than its name says")]
    Kind,
}

/// An export, and what of it could not be used.
#[derive(Debug, Default)]
pub struct Export {
    pub collection: Collection,
    /// Tracks without phrases: not analysed, or their analysis cannot be read.
    pub without_phrases: usize,
}

/// Reads the export on the stick, or in the folder, at `path`.
///
/// # Errors
/// When there is none, or its database cannot be read. A track's broken analysis only costs its phrases.
pub fn read(path: &Path) -> Result<Export, ExportError> {
    let pioneer = [path.join("PIONEER"), path.join(".PIONEER"), path.to_path_buf()];
    let found = pioneer.into_iter().find(|folder| folder.join("rekordbox/export.pdb").is_file());
    let pioneer = found.ok_or_else(|| ExportError::None(path.to_path_buf()))?;
    let file = pioneer.join("rekordbox/export.pdb");
    let bytes = load(&file).map_err(|error| ExportError::Read { path: file.clone(), error })?;
    let rows = database::tracks(&bytes).map_err(|broken| ExportError::Database { path: file, broken })?;
    let mut export = Export::default();
    for row in rows {
        let form = phrases(&pioneer, &row.analysis).unwrap_or_default();
        export.without_phrases += usize::from(form.phrases.is_empty());
        let track = Track { title: row.title, bpm: row.bpm, phrases: form.phrases, end_beat: form.end_beat };
        export.collection.0.insert(row.id, track);
    }
    Ok(export)
}

/// The phrases in the analysis that the database calls `/PIONEER/USBANLZ/…/ANLZ0000.DAT`.
fn phrases(pioneer: &Path, written: &str) -> Option<analysis::Form> {
    let inside = written.trim_start_matches('/').split_once('/')?.1;
    // The path comes from an untrusted stick: one that leads out of the folder is refused.
    if Path::new(inside).components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
        return None;
    }
    analysis::form(&load(&pioneer.join(inside).with_extension("EXT")).ok()?)
}

fn load(path: &Path) -> std::io::Result<Vec<u8>> {
    if std::fs::metadata(path)?.len() > MOST_BYTES {
        return Err(std::io::Error::other("it is too large"));
    }
    std::fs::read(path)
}
