//! The layers of a parameter's value, in the order in which they are laid over each other:
//!
//! base value ([`BaseValues`]) → bank's suggestion ([`Suggestions`]) → [`Smoothing`] → [`ScheduleLayer`] → [`Modulation`].
//!
//! Base values and suggestions are smoothed, scheduled values are exact, and modulation moves either. No layer above
//! the first writes base values. Owned by the conductor.

use super::base::BaseValues;
use super::looks::Looks;
use super::modulate::Modulation;
use super::schedule::ScheduleLayer;
use super::smoothing::Smoothing;
use super::suggestions::Suggestions;
use crate::param::Id;

#[derive(Default)]
pub struct Layers {
    pub base: BaseValues,
    /// Move base values, at a hand's wish.
    pub looks: Looks,
    pub suggestions: Suggestions,
    pub smoothing: Smoothing,
    pub schedule: ScheduleLayer,
    pub modulation: Modulation,
}

impl Layers {
    /// The unmodulated value of `id` between two steps.
    pub fn played(&self, id: Id) -> f32 {
        self.schedule.playing(id, &self.base).unwrap_or_else(|| self.suggestions.over(&self.base, id))
    }
}
