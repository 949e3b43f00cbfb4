//! How the content camera moves: what the performer sets, as velocities that add up, and the map that a time of them makes.

use std::f64::consts::{LN_2, TAU};

use serde::{Deserialize, Serialize};

use super::Space;

/// Terms of the exponential series, enough for a sixteenth of the largest step.
const TERMS: usize = 12;

/// How the camera moves, per beat. All directions are those of content: what the eye sees move.
///
/// Its velocities add up to one flow of space, in which every part is the limit of many short Deforum frames: shift, then
/// turn and zoom about a centre; a flight with its turns; and the flip, a plane that turns before a camera of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Motion {
    /// Octaves zoomed in: +1 shows everything twice as large.
    pub zoom_octaves: f64,
    /// Turns rotated anticlockwise.
    pub turns: f64,
    /// Shift of the picture to the right, in picture heights where it is nearest; what is far shifts less.
    pub x: f64,
    /// Shift of the picture upwards, in picture heights.
    pub y: f64,
    /// Flight into the picture, in distances to what is nearest in it.
    pub dolly: f64,
    /// Turns of the camera, in radians: content goes left.
    pub pan: f64,
    /// Content goes down.
    pub tilt: f64,
    pub lens: Lens,
    pub flip: Flip,
}

/// Where the camera's movements have their middle, and how wide it sees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lens {
    /// What zoom and rotation turn about, from the picture's middle in heights, x right, y down.
    pub centre: [f64; 2],
    /// Distance at which a picture height is seen as one: 1/(2·tan(fov/2)).
    pub focal: f64,
}

impl Default for Lens {
    fn default() -> Self {
        Self { centre: [0.0; 2], focal: 0.5 }
    }
}

/// The picture as a plane that turns about its middle, in radians per beat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Flip {
    /// In its plane, clockwise.
    pub theta: f64,
    /// About the horizontal: the upper edge goes away.
    pub phi: f64,
    /// About the vertical: the right edge goes away.
    pub gamma: f64,
    /// The distance it is seen from, in heights; 0 is no flip at all.
    pub focal: f64,
}

impl Motion {
    /// The velocity of every point of space, in rows of a·X + b·Y + c·Z + t.
    ///
    /// A flight is meant as one towards what is nearest, which therefore stays at depth 1: space grows by as much as it comes
    /// nearer, which no eye can tell, and what is at depth 1 grows without end and is never passed.
    fn velocity(&self) -> [[f64; 4]; 3] {
        let (g, w, d) = (LN_2 * self.zoom_octaves, TAU * self.turns, self.dolly);
        let Lens { centre: [cx, cy], focal } = self.lens;
        let focal = focal.max(0.05);
        let mut v = [
            [g + d, w, -g * cx - w * cy - self.pan * focal, self.x],
            [-w, g + d, w * cx - g * cy + self.tilt * focal, -self.y],
            [self.pan / focal, -self.tilt / focal, d, -d],
        ];
        let Flip { theta, phi, gamma, focal } = self.flip;
        if focal > 0.0 {
            v[0][1] -= theta;
            v[1][0] += theta;
            // About (0, 0, 1).
            (v[0][2], v[0][3]) = (v[0][2] - gamma * focal, v[0][3] + gamma * focal);
            (v[1][2], v[1][3]) = (v[1][2] + phi * focal, v[1][3] - phi * focal);
            v[2][0] += gamma / focal;
            v[2][1] -= phi / focal;
        }
        v
    }

    /// Where content moves in `beats` of this motion: the flow's exponential, so that it does not depend on how often it is
    /// asked. By its series, halved until a step is small and doubled again (Moler and Van Loan, "Nineteen dubious ways",
    /// 2003, method 3).
    #[must_use]
    pub fn flow(&self, beats: f64) -> Space {
        let velocity = self.velocity().map(|row| row.map(|value| value * beats));
        let norm = velocity.iter().flatten().fold(0.0f64, |most, value| most.max(value.abs()));
        if !norm.is_finite() {
            return Space(velocity);
        }
        let halvings = (norm * 16.0).log2().ceil().clamp(0.0, 40.0) as i32;
        let small = Space(velocity.map(|row| row.map(|value| value * 0.5f64.powi(halvings))));
        let mut flow = (0..halvings).fold(series(small), |flow, _| flow.then(flow));
        // Plane movements stay exactly in their plane.
        if velocity[2] == [0.0; 4] {
            flow.0[2] = Space::IDENTITY.0[2];
        }
        flow
    }
}

/// The exponential of a small velocity.
fn series(velocity: Space) -> Space {
    let mut sum = Space::IDENTITY;
    let mut term = Space::IDENTITY;
    for n in 1..=TERMS {
        // The first term has no row for 1 to come from: a velocity moves, and moves its own shift no further.
        let mut next = term.then(velocity);
        if n > 1 {
            for (row, velocity) in next.0.iter_mut().zip(velocity.0) {
                row[3] -= velocity[3];
            }
        }
        term = Space(next.0.map(|row| row.map(|value| value / n as f64)));
        for (row, term) in sum.0.iter_mut().zip(term.0) {
            row.iter_mut().zip(term).for_each(|(sum, term)| *sum += term);
        }
    }
    sum
}
