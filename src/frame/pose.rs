//! The content camera's accumulated movement since the show began, as an affine map that composes.

use std::f64::consts::{LN_2, TAU};

use serde::{Deserialize, Serialize};

use super::Affine;

/// A pose further than this from its epoch's origin, in octaves of zoom or picture heights, starts a new epoch, so
/// that its numbers stay small however long the camera travels.
const EPOCH_OCTAVES: f64 = 16.0;
const EPOCH_HEIGHTS: f64 = 65_536.0;
/// Below this |g·t|, the flow's displacement is reckoned by its series: the closed form divides by g.
const SMALL: f64 = 1e-4;

/// How the camera moves, per beat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Motion {
    /// Octaves zoomed in: +1 shows everything twice as large.
    pub zoom_octaves: f64,
    /// Turns rotated anticlockwise.
    pub turns: f64,
    /// Shift of the picture to the right, in picture heights.
    pub x: f64,
    /// Shift of the picture upwards, in picture heights.
    pub y: f64,
}

impl Motion {
    /// Where content moves in `beats` of this motion: picture heights about the centre, x right, y *down*.
    ///
    /// The flow of dz/dt = g·z + v with g = ln 2·zoom − 2πi·turns and v = x − i·y, which is
    /// z(t) = e^(gt)·z + v·(e^(gt) − 1)/g: Deforum's shift, turn and zoom of a frame in the limit of many short frames,
    /// so that it does not depend on how often it is asked.
    #[must_use]
    pub fn flow(&self, beats: f64) -> Affine {
        let growth = Complex(LN_2 * self.zoom_octaves, -TAU * self.turns).times(beats);
        let shift = Complex(self.x, -self.y).times(beats);
        let factor = growth.exp();
        let mean = if growth.norm() < SMALL {
            let square = growth.product(growth);
            Complex(1.0 + growth.0 / 2.0 + square.0 / 6.0, growth.1 / 2.0 + square.1 / 6.0)
        } else {
            Complex(factor.0 - 1.0, factor.1).over(growth)
        };
        let Complex(dx, dy) = shift.product(mean);
        let Complex(a, b) = factor;
        Affine([[a, -b, dx], [b, a, dy]])
    }
}

/// The integral of the motion: only differences between poses mean anything. An image made at pose `a` and shown at
/// pose `b` is moved by `b.since(a)`. Its fields are private, so that a 3-D camera can replace them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Counts how often the origin was moved.
    epoch: u32,
    /// From the epoch's origin to here.
    content: Affine,
    /// From the origin of the epoch before to this one's.
    link: Affine,
}

impl Default for Pose {
    fn default() -> Self {
        Self { epoch: 0, content: Affine::IDENTITY, link: Affine::IDENTITY }
    }
}

impl Pose {
    /// This pose after `beats` of `motion`; unchanged when the result is not finite. A pose made from one camera's pose
    /// this way can be compared with all other poses of that camera.
    #[must_use]
    pub fn travelled(self, motion: Motion, beats: f64) -> Self {
        self.moved(motion.flow(beats))
    }

    /// This pose after content moved by `by`.
    #[must_use]
    pub fn moved(self, by: Affine) -> Self {
        let content = self.content.then(by);
        if content.is_finite() { Self { content, ..self } } else { self }
    }

    /// The pose from which content moved `by` to get here: `pose.since(pose.less(by))` is `by`.
    #[must_use]
    pub fn less(self, by: Affine) -> Self {
        by.inverse().map_or(self, |back| Self { content: self.content.then(back), ..self })
    }

    /// The same pose, in a new epoch if this one's origin is too far away. Only the one owner that integrates the pose
    /// may call it: two owners would move the origin to different places.
    #[must_use]
    pub fn settled(self) -> Self {
        let [dx, dy] = self.content.shift();
        let far = self.content.scale().log2().abs() > EPOCH_OCTAVES || dx.hypot(dy) > EPOCH_HEIGHTS;
        let next = Self { epoch: self.epoch.wrapping_add(1), content: Affine::IDENTITY, link: self.content };
        if far { next } else { self }
    }

    /// Where content moved from `earlier` to this pose: picture heights about the centre, x right, y down. Poses two
    /// epochs or more apart are too far apart to be visible; the movement is then counted from the nearer origin only.
    #[must_use]
    pub fn since(self, earlier: Self) -> Affine {
        let (here, there) = match self.epoch.wrapping_sub(earlier.epoch) as i32 {
            0 => (self.content, earlier.content),
            1 => (self.link.then(self.content), earlier.content),
            -1 => (self.content, earlier.link.then(earlier.content)),
            n if n > 0 => (self.link.then(self.content), Affine::IDENTITY),
            _ => (Affine::IDENTITY, earlier.link.then(earlier.content)),
        };
        there.inverse().unwrap_or(Affine::IDENTITY).then(here)
    }
}

/// Just enough complex arithmetic for a flow in the plane.
#[derive(Clone, Copy)]
struct Complex(f64, f64);

impl Complex {
    fn times(self, factor: f64) -> Self {
        Self(self.0 * factor, self.1 * factor)
    }

    fn product(self, other: Self) -> Self {
        Self(self.0 * other.0 - self.1 * other.1, self.0 * other.1 + self.1 * other.0)
    }

    fn over(self, other: Self) -> Self {
        self.product(Self(other.0, -other.1)).times(1.0 / (other.0 * other.0 + other.1 * other.1))
    }

    fn norm(self) -> f64 {
        self.0.hypot(self.1)
    }

    fn exp(self) -> Self {
        let (sin, cos) = self.1.sin_cos();
        Self(cos, sin).times(self.0.exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANDERING: Motion = Motion { zoom_octaves: 0.3, turns: 0.07, x: 0.2, y: -0.1 };

    fn close(a: Affine, b: Affine, tolerance: f64) -> bool {
        a.0.iter().flatten().zip(b.0.iter().flatten()).all(|(a, b)| (a - b).abs() <= tolerance)
    }

    #[test]
    fn a_motion_does_not_depend_on_how_often_it_is_asked() {
        let many = (0..1000).fold(Pose::default(), |pose, _| pose.travelled(WANDERING, 0.004));
        let once = Pose::default().travelled(WANDERING, 4.0);
        assert!(close(many.since(Pose::default()), once.since(Pose::default()), 1e-9));
        // Panning while turning is a circle and not the straight line that added numbers give.
        let circle = Motion { turns: 0.25, x: 1.0, ..Motion::default() };
        let round = Pose::default().travelled(circle, 4.0).since(Pose::default());
        assert!(close(round, Affine::IDENTITY, 1e-9), "{round:?}");
    }

    #[test]
    fn directions_and_units() {
        let moved = |motion: Motion| motion.flow(1.0);
        let right_and_up = moved(Motion { x: 0.5, y: 0.25, ..Motion::default() });
        assert!(close(right_and_up, Affine::translation(0.5, -0.25), 1e-12));
        assert!(close(
            moved(Motion { zoom_octaves: 1.0, ..Motion::default() }),
            Affine::rotation([0.0; 2], 0.0, 2.0),
            1e-12
        ));
        assert!(close(
            moved(Motion { turns: 0.25, ..Motion::default() }),
            Affine::rotation([0.0; 2], 0.25, 1.0),
            1e-12
        ));
    }

    #[test]
    fn differences_survive_a_whole_night() {
        // Six hours at 128 bpm, half an octave a beat: 2^23000 cannot be written down, differences can.
        let motion = Motion { zoom_octaves: 0.5, ..WANDERING };
        let mut pose = Pose::default();
        for step in 0..46_080 {
            let before = pose;
            pose = pose.travelled(motion, 1.0).settled();
            assert!(close(pose.since(before), motion.flow(1.0), 1e-6), "beat {step}");
            assert!(close(before.since(pose).then(pose.since(before)), Affine::IDENTITY, 1e-6));
        }
        let long_ago = pose.since(Pose::default());
        assert!(long_ago.is_finite() && long_ago.scale() > 256.0);
    }

    #[test]
    fn what_is_no_number_does_not_move_the_camera() {
        let pose = Pose::default().travelled(WANDERING, 1.0);
        for wild in [Motion { turns: f64::NAN, ..WANDERING }, Motion { zoom_octaves: 1e9, ..WANDERING }] {
            assert_eq!(pose.travelled(wild, 1.0), pose);
        }
    }
}
