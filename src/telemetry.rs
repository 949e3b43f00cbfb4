//! Telemetry: faults, latencies, the report at exit.
//!
//! Counters are written by whoever counts, read once a second by the status line and once by the report.

mod faults;
mod histogram;
mod report;

pub(crate) use faults::{Attempts, Fault, Faults, Kind};
pub(crate) use histogram::Histogram;
pub(crate) use report::{Audio, Frames, Images, Interval, Report, values};
pub use report::{Control, Tempo};
