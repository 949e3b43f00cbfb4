//! Wiring: opens everything, starts the threads in order, stops them in reverse, writes the report.
//!
//! Runs on the main thread. [`play`] chooses between the live runner (threads, wall clock) and the stepped
//! runner (one thread, virtual time); both move the same parts.

mod assembler;
mod bill;
mod changeover;
mod conducting;
mod desk;
mod dreamer;
mod drills;
pub(crate) mod files;
mod generator;
mod hearing;
mod input_line;
mod input_router;
mod keep;
mod landing;
mod latency;
mod live;
mod look;
mod open;
mod options;
mod outlets;
mod pace;
mod parts;
mod patches;
pub(crate) mod picture_size;
mod replay;
mod report;
mod shared;
pub(crate) mod sheet;
mod show_clock;
mod show_state;
mod sound;
mod status;
mod stepped;
mod trace;
mod wall_config;
mod wall_figures;
mod web;

pub(crate) use drills::DebugFault;
pub(crate) use options::Options;
pub use replay::Replay;

use std::path::Path;
use std::time::SystemTime;

use crate::disk::{self, Durable};
use crate::telemetry::Report;

/// Seconds between two publications of a thread's figures. The report uses the last ones when the thread does not end
/// in time.
const TELL_S: f64 = 1.0;

/// Plays until the duration is over, the window is closed, or the process is asked to stop.
///
/// # Errors
/// When something the show cannot do without is missing: one sentence that says what to try.
pub fn play(options: &Options) -> anyhow::Result<Report> {
    let began = SystemTime::now();
    let parts = open::open(options)?;
    let report = if options.stepped { stepped::run(options, parts)? } else { live::run(options, parts)? };
    // When the report cannot be written the contact sheet is still made, and the error returned afterwards.
    let reported = options.report.as_ref().map_or(Ok(()), |path| write_report(&report, path));
    if let (Some(captures), Some(page)) = (&options.capture, &options.contact_sheet) {
        let made = sheet::make(captures, began, page);
        reported?;
        made?;
    } else {
        reported?;
    }
    Ok(report)
}

fn write_report(report: &Report, path: &Path) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(report)?;
    disk::write(path, Durable::Now, |file| writeln!(file, "{text}"))
        .map_err(|e| anyhow::anyhow!("{}: the report cannot be written ({e}); check the folder", path.display()))
}
