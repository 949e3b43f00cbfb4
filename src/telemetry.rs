//! What the instrument can say about itself: faults, latencies, the report at exit.
//!
//! Counters are written by whoever counts, read once a second by the status line and once by the report.

mod faults;
mod histogram;
mod report;

pub use faults::{Attempts, Fault, Faults, Kind};
pub use histogram::Histogram;
pub use report::{Audio, Control, Frames, Images, Interval, Latency, Report, Tempo, values};
