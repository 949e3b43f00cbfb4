//! Two cameras. The content camera is the motion controls integrated over beats: its movement is baked into the
//! pictures, whose frames carry its pose. The view camera moves the wall alone and always returns to rest: it stands
//! where `motion.kick` puts it.

use super::bars;
use crate::frame::{Affine, Flip, Lens, Motion, Pose};
use crate::param::{self, Values};

pub struct Cameras {
    pub content: Pose,
    /// How content moves from here.
    pub motion: Motion,
    /// Where the wall is seen, in wall heights about its centre, x right, y down.
    pub view: Affine,
    beats: Option<f64>,
    /// Width of the pictures in heights.
    pub aspect: f64,
}

impl Default for Cameras {
    fn default() -> Self {
        Self {
            content: Pose::default(),
            motion: Motion::default(),
            view: Affine::IDENTITY,
            beats: None,
            aspect: 16.0 / 9.0,
        }
    }
}

impl Cameras {
    /// Travels on to `beats` at the effective motion, which is given per bar.
    pub fn step(&mut self, beats: f64, effective: &Values) {
        self.motion = motion(effective, self.aspect);
        let since = self.beats.replace(beats).map_or(0.0, |last| beats - last);
        self.content = self.content.travelled(self.motion, since.max(0.0)).settled();
        self.view = Affine::rotation([0.0; 2], 0.0, f64::from(effective[param::MOTION_KICK]).exp2());
    }
}

/// The content camera's velocities, per beat.
fn motion(effective: &Values, aspect: f64) -> Motion {
    use param::*;
    let per_beat = |id: Id| f64::from(effective[id]) * bars(1.0);
    let radians = |id: Id| per_beat(id).to_radians();
    let half = |id: Id| f64::from(effective[id]).to_radians() / 2.0;
    let from_middle = |id: Id| f64::from(effective[id]) - 0.5;
    let flip = Flip {
        theta: radians(MOTION_FLIP_THETA),
        phi: radians(MOTION_FLIP_PHI),
        gamma: radians(MOTION_FLIP_GAMMA),
        focal: aspect.hypot(1.0) / (2.0 * half(MOTION_FLIP_FOV).sin()),
    };
    Motion {
        zoom_octaves: per_beat(MOTION_ZOOM),
        turns: per_beat(MOTION_ROTATE) + per_beat(MOTION_ROLL) / 360.0,
        x: per_beat(MOTION_X),
        y: per_beat(MOTION_Y),
        dolly: per_beat(MOTION_DOLLY),
        pan: radians(MOTION_PAN),
        tilt: radians(MOTION_TILT),
        lens: Lens {
            centre: [from_middle(MOTION_CENTRE_X) * aspect, from_middle(MOTION_CENTRE_Y)],
            focal: 0.5 / half(MOTION_FOV).tan(),
        },
        flip,
    }
}
