//! The layer that smooths steps of the controls: one pole per parameter, with the time constant of its row.

use crate::param::{Id, Values};

/// A parameter this share of its range from its goal has arrived, so that a control at rest is exactly where it was
/// left.
const ARRIVED: f32 = 1e-4;

/// The smoothed value of each parameter.
#[derive(Default)]
pub struct Smoothing(Values);

impl Smoothing {
    /// Is at `values` at once.
    pub fn jump(&mut self, values: &Values) {
        self.0 = *values;
    }

    /// Is at `value` at once (panic).
    pub fn jump_one(&mut self, id: Id, value: f32) {
        self.0[id] = value;
    }

    /// Moves on by `elapsed_s` seconds: state(t) = goal + (state − goal)·e^(−t/τ), τ being `Row::smoothing_s`.
    pub fn step(&mut self, goals: &Values, elapsed_s: f64) -> Values {
        for id in Id::all() {
            let (tau_s, goal) = (id.row().smoothing_s, goals[id]);
            self.0[id] = if tau_s > 0.0 {
                let rest = (self.0[id] - goal) * (-elapsed_s as f32 / tau_s).exp();
                let (min, max) = id.row().range();
                if rest.abs() < ARRIVED * (max - min) { goal } else { goal + rest }
            } else {
                goal
            };
        }
        self.0
    }
}
