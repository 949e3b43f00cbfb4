//! What several parts hold: boards, counters and figures that cross threads.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::bill::Bill;
use super::latency::ImageLatency;
use super::pace::WallPace;
use super::trace::Trace;
use crate::dream::{Sequence, Stills, TextBoard};
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
    pub bill: Bill,
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
            bill: Bill::default(),
        }
    }
}
