//! Modulation: what the sound adds to a parameter, on top of the hand, never written back.

use crate::audio::{Features, Source};
use crate::param::{Id, Values};

/// How a source is shaped before it is added.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Source level at which the route begins to open; below it adds nothing.
    pub from: f32,
    /// Source level at which it is fully open.
    pub to: f32,
    /// Time constants in seconds for rising and falling.
    pub attack_s: f32,
    pub release_s: f32,
}

impl Default for Shape {
    fn default() -> Self {
        Self { from: 0.0, to: 1.0, attack_s: 0.0, release_s: 0.0 }
    }
}

/// One cable from a sound source to a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Route {
    pub source: Source,
    pub target: Id,
    /// Added to the target when fully open, in the target's unit.
    pub amount: f32,
    pub shape: Shape,
    level: f32,
}

impl Route {
    #[must_use]
    pub fn new(source: Source, target: Id, amount: f32, shape: Shape) -> Self {
        Self { source, target, amount, shape, level: 0.0 }
    }

    /// Whether sound may move `id`: it must have a range, and be obeyed as modulated. The weights belong to the mix,
    /// the tempo to the clock, and what scales or times a hand's gesture stays with the hand.
    #[must_use]
    pub fn can_move(id: Id) -> bool {
        use crate::param::{AUDIO_GAIN, AUDIO_REACT, Kind, MASTER_FADE, PROMPT_GLIDE, PROMPT_WEIGHTS, TEMPO_BPM};
        matches!(id.row().kind, Kind::Float { .. })
            && ![AUDIO_GAIN, AUDIO_REACT, MASTER_FADE, PROMPT_GLIDE, TEMPO_BPM].contains(&id)
            && !PROMPT_WEIGHTS.contains(&id)
    }

    pub(super) fn step(&mut self, features: &Features, elapsed_s: f64) {
        let Shape { from, to, attack_s, release_s } = self.shape;
        let goal = ((features.source(self.source) - from) / (to - from).max(1e-6)).clamp(0.0, 1.0);
        let tau = if goal > self.level { attack_s } else { release_s };
        let keep = if tau > 0.0 { (-elapsed_s as f32 / tau).exp() } else { 0.0 };
        self.level = goal + (self.level - goal) * keep;
    }
}

/// Adds every route to its target, scaled by `react`; at 0 the values stay exactly as they were.
pub(super) fn add_all(routes: &[Route], react: f32, values: &mut Values) {
    if react == 0.0 {
        return;
    }
    for route in routes {
        let (min, max) = route.target.row().range();
        values[route.target] = (values[route.target] + react * route.amount * route.level).clamp(min, max);
    }
}
