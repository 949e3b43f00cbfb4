//! The layers of a parameter's value, in the order in which they are laid over each other:
//!
//! hand ([`BaseValues`]) → bank's suggestion ([`Suggestions`]) → [`Smoothing`] → [`Schedule`] → [`Modulation`].
//!
//! What a hand does is smoothed, what a schedule says is exact, and modulation moves either. Nothing above the hand ever
//! writes the base. Owned by the conductor.

use super::base::BaseValues;
use super::modulate::Modulation;
use super::schedule::Schedule;
use super::smoothing::Smoothing;
use super::suggestions::Suggestions;
use crate::param::Id;

#[derive(Default)]
pub struct Layers {
    pub base: BaseValues,
    pub suggestions: Suggestions,
    pub smoothing: Smoothing,
    pub schedule: Schedule,
    pub modulation: Modulation,
}

impl Layers {
    /// The unmodulated value of `id` between two steps, schedules aside.
    pub fn played(&self, id: Id) -> f32 {
        self.suggestions.over(&self.base, id)
    }
}
