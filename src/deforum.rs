//! Deforum's settings files: read whatever Deforum wrote them, and turned into shows.
//!
//! A text goes in; out come typed settings ([`SettingsFile`]), an editable show file in TOML, and a report with one
//! line for every key of the file, so that nothing is lost without a word ([`Imported`]). Knows nothing of the rest of
//! the instrument but the names, units and ranges of its parameters. What a schedule string means frame by frame is the
//! business of whoever plays the show; here it is only looked into as far as constants and the tempo need.

mod beats;
mod cadence;
mod draft;
mod frames;
mod guides;
mod import;
pub mod keys;
mod old;
mod params;
mod prompts;
mod read;
mod refuse;
mod report;
mod settings;
mod show;
mod tolerant;

#[cfg(test)]
mod tests;

pub use cadence::cadence;
pub use draft::ImportOptions;
pub use import::{Imported, import};
pub use keys::Fate;
#[cfg(test)]
pub use read::read;
pub use read::read_bytes;
pub use report::{ReportLine, report_text};
pub use settings::{ScheduleKind, SettingsFile, Shape, upstream_schedules};
