//! The report written at exit: exactly these keys, in milliseconds unless named otherwise.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Fault, Histogram};
use crate::param::{Id, Kind, Values};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    pub frames: Frames,
    pub images: Images,
    pub control: Control,
    pub audio: Audio,
    pub tempo: Tempo,
    /// What the hands set.
    pub params: BTreeMap<String, serde_json::Value>,
    /// What the rooms obeyed.
    pub effective: BTreeMap<String, serde_json::Value>,
    pub faults: Vec<Fault>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Frames {
    pub presented: u64,
    pub late: u64,
    pub dropped: u64,
    pub interval_ms: Interval,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Interval {
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Latency {
    pub p50: f64,
    pub p99: f64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Images {
    pub made: u64,
    pub per_second: f64,
    pub latency_ms: Latency,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Control {
    pub events: u64,
    pub dropped: u64,
    /// From an event to the first frame drawn from a snapshot that knows it.
    pub to_frame_ms: Latency,
    /// From an event that changes the image to the first frame showing that image.
    pub to_wall_ms: Latency,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Audio {
    pub source: String,
    pub callbacks: u64,
    pub xruns: u64,
    pub energy: f32,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tempo {
    pub bpm: f64,
    pub source: String,
}

impl From<&Histogram> for Interval {
    fn from(h: &Histogram) -> Self {
        let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|q| h.percentile_ms(q));
        Self { p50, p95, p99, max: h.max_ms() }
    }
}

impl From<&Histogram> for Latency {
    fn from(h: &Histogram) -> Self {
        Self { p50: h.percentile_ms(0.5), p99: h.percentile_ms(0.99) }
    }
}

/// Every parameter's value by id: numbers as numbers, choices by name; triggers and text have none.
#[must_use]
pub fn values(values: &Values) -> BTreeMap<String, serde_json::Value> {
    let mut out = BTreeMap::new();
    for id in Id::all() {
        let row = id.row();
        let value = match row.kind {
            Kind::Float { .. } => rounded(values[id]),
            Kind::Int { .. } => serde_json::json!(values[id].round() as i64),
            Kind::Choice { names, .. } => serde_json::json!(names[values.whole(id).min(names.len() - 1)]),
            Kind::Trigger | Kind::Text => continue,
        };
        out.insert(row.id.to_string(), value);
    }
    out
}

/// A float without the noise of its binary digits.
fn rounded(value: f32) -> serde_json::Value {
    serde_json::json!((f64::from(value) * 1e6).round() / 1e6)
}
