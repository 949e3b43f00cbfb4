//! The camera's pose: motion controls integrated over beats.

use super::bars;
use crate::frame::Pose;
use crate::param::{self, Values};

#[derive(Default)]
pub struct Camera {
    pub pose: Pose,
    /// Movement per beat.
    pub rate: Pose,
    beats: Option<f64>,
}

impl Camera {
    /// Travels on to `beats` at the effective motion, which is given per bar.
    pub fn step(&mut self, beats: f64, effective: &Values) {
        let per_beat = |id| f64::from(effective[id]) * bars(1.0);
        self.rate = Pose {
            zoom_octaves: per_beat(param::MOTION_ZOOM),
            turns: per_beat(param::MOTION_ROTATE),
            x: per_beat(param::MOTION_X),
            y: per_beat(param::MOTION_Y),
        };
        let since = self.beats.map_or(0.0, |last| beats - last);
        self.beats = Some(beats);
        self.pose = self.pose.travelled(self.rate, since.max(0.0));
    }
}
