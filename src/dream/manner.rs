//! How an image is made, beside what it is of: read from a snapshot by the planner, obeyed by the maker.

use std::sync::Arc;

use super::depth::DepthSource;
use crate::diffusion::Sampler;
use crate::param::{self, ScheduleFrame, Snapshot};

/// How an image is made, beside what it is of.
#[derive(Clone, Default)]
pub struct Manner {
    /// What the noise beside a picture is multiplied with.
    pub noise: Option<f64>,
    /// Another sampler than the model's.
    pub sampler: Option<Sampler>,
    pub depth: DepthSource,
    /// What may change of the start, `[height, width]` of 0..1, and how far it counts.
    pub mask: Option<(Arc<[f32]>, f32)>,
    /// The moment that texts reckon with.
    pub frame: ScheduleFrame,
}

impl Manner {
    /// As `snapshot` has it.
    #[must_use]
    pub fn of(snapshot: &Snapshot) -> Self {
        let effective = &snapshot.effective;
        let sampler = match effective.choice(param::DREAM_SAMPLER) {
            "ddim" => Some(Sampler::Ddim),
            "euler" => Some(Sampler::Euler),
            "ancestral" => Some(Sampler::EulerAncestral),
            _ => None,
        };
        Self {
            noise: Some(f64::from(effective[param::DREAM_NOISE])).filter(|noise| *noise != 1.0),
            sampler,
            depth: DepthSource::of(effective.choice(param::MOTION_DEPTH)),
            mask: None,
            frame: snapshot.frame,
        }
    }
}
