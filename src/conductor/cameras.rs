//! Two cameras. The content camera is the motion controls integrated over beats: its movement is baked into the
//! pictures, whose frames carry its pose. The view camera moves the wall alone and always returns to rest: it stands
//! where `motion.kick` puts it.

use super::bars;
use crate::frame::{Affine, Motion, Pose};
use crate::param::{self, Values};

pub struct Cameras {
    pub content: Pose,
    /// How content moves from here.
    pub motion: Motion,
    /// Where the wall is seen, in wall heights about its centre, x right, y down.
    pub view: Affine,
    beats: Option<f64>,
}

impl Default for Cameras {
    fn default() -> Self {
        Self { content: Pose::default(), motion: Motion::default(), view: Affine::IDENTITY, beats: None }
    }
}

impl Cameras {
    /// Travels on to `beats` at the effective motion, which is given per bar.
    pub fn step(&mut self, beats: f64, effective: &Values) {
        let per_beat = |id| f64::from(effective[id]) * bars(1.0);
        self.motion = Motion {
            zoom_octaves: per_beat(param::MOTION_ZOOM),
            turns: per_beat(param::MOTION_ROTATE),
            x: per_beat(param::MOTION_X),
            y: per_beat(param::MOTION_Y),
        };
        let since = self.beats.replace(beats).map_or(0.0, |last| beats - last);
        self.content = self.content.travelled(self.motion, since.max(0.0)).settled();
        self.view = Affine::rotation([0.0; 2], 0.0, f64::from(effective[param::MOTION_KICK]).exp2());
    }
}
