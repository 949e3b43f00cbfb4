//! From the figures of all parts to the report.

use super::desk::DeskFigures;
use super::shared::Shared;
use super::sound::SoundFigures;
use super::wall_figures::Figures;
use crate::telemetry::{Audio, Control, Frames, Images, Interval, Report, Tempo, values};

/// The report of a run of `seconds`.
#[must_use]
pub fn make(desk: &DeskFigures, heard: &SoundFigures, figures: &Figures, shared: &Shared, seconds: f64) -> Report {
    let DeskFigures { snapshot, clock, events, counts } = desk;
    let beat = clock.at(snapshot.time);
    let frames = &figures.frames;
    let interval = |q| frames.interval_ms(q);
    Report {
        frames: Frames {
            presented: frames.presented,
            late: frames.late,
            dropped: frames.dropped,
            interval_ms: Interval {
                p50: interval(0.5),
                p95: interval(0.95),
                p99: interval(0.99),
                max: frames.max_ms(),
            },
        },
        images: Images {
            made: figures.images,
            per_second: figures.image_latency.count() as f64 / seconds.max(1e-3),
            latency_ms: (&figures.image_latency).into(),
        },
        control: Control {
            events: *events,
            dropped: counts.dropped,
            to_frame_ms: (&figures.to_frame).into(),
            to_wall_ms: (&figures.to_wall).into(),
        },
        audio: Audio {
            source: heard.source.clone(),
            callbacks: heard.callbacks,
            xruns: heard.xruns,
            energy: heard.features.energy,
        },
        tempo: Tempo { bpm: beat.bpm.0, source: beat.source.name().into() },
        params: values(&snapshot.base),
        effective: values(&snapshot.effective),
        faults: shared.faults.list(),
    }
}
