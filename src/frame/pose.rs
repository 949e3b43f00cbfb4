//! The content camera's accumulated movement since the show began, as a map of space that composes.

use serde::{Deserialize, Serialize};

use super::{Motion, Space};

/// A pose further than this from its epoch's origin, in octaves of zoom or picture heights, starts a new epoch, so
/// that its numbers stay small however long the camera travels.
const EPOCH_OCTAVES: f64 = 16.0;
const EPOCH_HEIGHTS: f64 = 65_536.0;

/// The integral of the motion: only differences between poses mean anything. An image made at pose `a` and shown at
/// pose `b` is moved by `b.since(a)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Counts how often the origin was moved.
    epoch: u32,
    /// From the epoch's origin to here.
    content: Space,
    /// From the origin of the epoch before to this one's.
    link: Space,
}

impl Default for Pose {
    fn default() -> Self {
        Self { epoch: 0, content: Space::IDENTITY, link: Space::IDENTITY }
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
    pub fn moved(self, by: Space) -> Self {
        let content = self.content.then(by);
        if content.is_finite() { Self { content, ..self } } else { self }
    }

    /// The pose from which content moved `by` to get here: `pose.since(pose.less(by))` is `by`.
    #[must_use]
    pub fn less(self, by: Space) -> Self {
        by.inverse().map_or(self, |back| Self { content: self.content.then(back), ..self })
    }

    /// The same pose, in a new epoch if this one's origin is too far away. Only the one owner that integrates the pose
    /// may call it: two owners would move the origin to different places.
    #[must_use]
    pub fn settled(self) -> Self {
        let seen = self.content.at_centre();
        let [dx, dy] = seen.shift();
        // Also true when what was the middle has gone behind the camera.
        let near = seen.scale().log2().abs() <= EPOCH_OCTAVES && dx.hypot(dy) <= EPOCH_HEIGHTS;
        let near = near && self.content.0.iter().flatten().all(|value| value.abs() <= EPOCH_HEIGHTS);
        let next = Self { epoch: self.epoch.wrapping_add(1), content: Space::IDENTITY, link: self.content };
        if near { self } else { next }
    }

    /// Where content moved from `earlier` to this pose: picture heights about the centre, x right, y down. Poses two
    /// epochs or more apart are too far apart to be visible; the movement is then counted from the nearer origin only.
    #[must_use]
    pub fn since(self, earlier: Self) -> Space {
        let (here, there) = match self.epoch.wrapping_sub(earlier.epoch) as i32 {
            0 => (self.content, earlier.content),
            1 => (self.link.then(self.content), earlier.content),
            -1 => (self.content, earlier.link.then(earlier.content)),
            n if n > 0 => (self.link.then(self.content), Space::IDENTITY),
            _ => (Space::IDENTITY, earlier.link.then(earlier.content)),
        };
        there.inverse().unwrap_or(Space::IDENTITY).then(here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Affine, Flip};

    fn wandering() -> Motion {
        Motion { zoom_octaves: 0.3, turns: 0.07, x: 0.2, y: -0.1, ..Motion::default() }
    }

    /// All at once.
    fn flying() -> Motion {
        let flip = Flip { theta: 0.1, phi: 0.05, gamma: -0.04, focal: 2.3 };
        Motion { dolly: 0.2, pan: 0.1, tilt: -0.05, flip, ..wandering() }
    }

    fn close(a: impl Into<Space>, b: impl Into<Space>, tolerance: f64) -> bool {
        // As the plane at depth 1 sees it.
        let seen = |space: Space| space.0.map(|[a, b, c, t]| [a, b, c + t]);
        let (a, b) = (seen(a.into()), seen(b.into()));
        a.iter().flatten().zip(b.iter().flatten()).all(|(a, b)| (a - b).abs() <= tolerance)
    }

    #[test]
    fn a_motion_does_not_depend_on_how_often_it_is_asked() {
        for motion in [wandering(), flying()] {
            let many = (0..1000).fold(Pose::default(), |pose, _| pose.travelled(motion, 0.004));
            let once = Pose::default().travelled(motion, 4.0);
            assert!(close(many.since(Pose::default()), once.since(Pose::default()), 1e-9));
        }
        // Panning while turning is a circle and not the straight line that added numbers give.
        let circle = Motion { turns: 0.25, x: 1.0, ..Motion::default() };
        let round = Pose::default().travelled(circle, 4.0).since(Pose::default());
        assert!(close(round, Space::IDENTITY, 1e-9), "{round:?}");
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
        let motion = Motion { zoom_octaves: 0.5, ..wandering() };
        let mut pose = Pose::default();
        for step in 0..46_080 {
            let before = pose;
            pose = pose.travelled(motion, 1.0).settled();
            assert!(close(pose.since(before), motion.flow(1.0), 1e-6), "beat {step}");
            assert!(close(before.since(pose).then(pose.since(before)), Space::IDENTITY, 1e-6));
        }
        let long_ago = pose.since(Pose::default());
        assert!(long_ago.is_finite() && long_ago.at_centre().scale() > 256.0);
    }

    #[test]
    fn a_flight_never_passes_what_is_nearest_and_comes_back() {
        let there = Pose::default().travelled(Motion { dolly: 0.5, ..Motion::default() }, 16.0).settled();
        let moved = there.since(Pose::default());
        let [near, far] = [1.0, 2.0].map(|z| moved.apply([0.1, 0.0], z)[0] / 0.1);
        assert!((near - 8f64.exp()).abs() < 1e-6 * near, "what is near grows by e in two beats: {near}");
        assert!(far > 1.0 && far <= 2.0, "what is twice as far at most by two: {far}");
        let back = there.travelled(Motion { dolly: -0.5, ..Motion::default() }, 16.0);
        assert!(close(back.since(Pose::default()), Space::IDENTITY, 1e-6));
    }

    #[test]
    fn what_is_no_number_does_not_move_the_camera() {
        let pose = Pose::default().travelled(wandering(), 1.0);
        for wild in [Motion { turns: f64::NAN, ..wandering() }, Motion { zoom_octaves: 1e9, ..wandering() }] {
            assert_eq!(pose.travelled(wild, 1.0), pose);
        }
    }
}
