//! The layer between smoothing and modulation: values that the show schedules. They are exact and not smoothed. A
//! parameter that the performer touches leaves the schedule until `param.release`.
//!
//! No show file can write one yet: the layer is there, and empty.

use crate::param::{Id, Values};

use super::base::BaseValues;

/// Scheduled plain values.
#[derive(Default)]
pub struct Schedule(Vec<(Id, f32)>);

impl Schedule {
    pub fn replace(&mut self, values: &[(Id, f32)]) {
        self.0.clear();
        self.0.extend(values.iter().map(|(id, value)| (*id, id.row().clamp(*value))));
    }

    /// Writes what is scheduled, and not under a hand, over `values`.
    pub fn write(&self, base: &BaseValues, values: &mut Values) {
        for (id, value) in self.0.iter().filter(|(id, _)| !base.is_touched(*id)) {
            values[*id] = *value;
        }
    }
}
