//! Everything that is open once a show was opened: what [`super::open`] makes and the runners move.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::desk::Desk;
use super::latency::ImageLatency;
use super::pace::WallPace;
use super::show_clock::ShowClock;
use super::sound::Sound;
use super::trace::{Trace, TraceFile};
use crate::dream::{Dreamer, Sequence, Stills, TextBoard};
use crate::output::{OutputConfig, Sinks};
use crate::param::Snapshot;
use crate::rt::{Broadcast, Stop};
use crate::telemetry::Faults;

/// Handles that several parts hold; clones refer to the same data.
#[derive(Clone)]
pub struct Shared {
    pub texts: TextBoard,
    pub stills: Stills,
    pub sequence: Sequence,
    pub faults: Faults,
    pub latency: ImageLatency,
    pub pace: WallPace,
    /// Images of the stream made so far; stills are not among them.
    pub made: Arc<AtomicU64>,
    pub trace: Trace,
}

impl Shared {
    #[must_use]
    pub fn new(texts: TextBoard, trace: Trace) -> Self {
        Self {
            texts,
            stills: Stills::default(),
            sequence: Sequence::default(),
            faults: Faults::default(),
            latency: ImageLatency::default(),
            pace: WallPace::default(),
            made: Arc::default(),
            trace,
        }
    }
}

/// Everything open and ready to be moved.
pub struct Parts {
    /// Tells every thread to leave.
    pub stop: Stop,
    pub wall: ShowClock,
    pub desk: Desk,
    pub sound: Sound,
    pub dreamer: Dreamer,
    pub shared: Shared,
    pub output: OutputConfig,
    pub sinks: Sinks,
    pub monitor: Option<String>,
    /// Where the conductor leaves its state for everybody who answers and shows it: OSC, controllers' lights.
    pub snapshots: Broadcast<Snapshot>,
    /// The file that looks are kept in.
    pub looks: Option<PathBuf>,
    /// Writes the remaining lines of the trace when it is dropped.
    pub trace_file: Option<TraceFile>,
}
