//! The layer over the base values: what self-play's banks suggest. It counts for parameters that the performer has not
//! touched, and never writes base values.

use crate::param::{COUNT, Id, Values};

use super::base::BaseValues;

/// Suggested plain values, none for most parameters. Written by self-play, read in every step.
pub struct Suggestions([Option<f32>; COUNT]);

impl Default for Suggestions {
    fn default() -> Self {
        Self([None; COUNT])
    }
}

impl Suggestions {
    /// Suggests these values, clamped to their ranges, and no others.
    pub fn replace(&mut self, values: &[(Id, f32)]) {
        self.0 = [None; COUNT];
        for (id, value) in values {
            self.0[id.index()] = Some(id.row().clamp(*value));
        }
    }

    /// The hand's value of `id`, or what is suggested where no hand has touched it.
    pub fn over(&self, base: &BaseValues, id: Id) -> f32 {
        self.0[id.index()].filter(|_| !base.is_touched(id)).unwrap_or(base.values[id])
    }

    /// Every parameter's [`Self::over`].
    pub fn over_all(&self, base: &BaseValues) -> Values {
        let mut values = base.values;
        Id::all().for_each(|id| values[id] = self.over(base, id));
        values
    }
}
