//! The effective parameter values that the renderer needs, as plain data made new for every frame.

use super::effects::Effects;
use super::overlay::OverlayLook;
use super::playhead::Layer;
use crate::audio::SoundShape;
use crate::frame::{Affine, Pose, Space};
use crate::motion::Border;

/// The live state the renderer needs to draw one frame. The default is neutral: images pass untouched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Where the content camera is now; each image is moved by what this gained since its own pose.
    pub content: Pose,
    /// How the view camera moves the wall, in wall heights about its centre, x right, y down.
    pub view: Affine,
    /// What is beyond the edges of a picture that the camera moved.
    pub border: Border,
    /// The beat now, for what decays or drifts in musical time.
    pub beats: f64,
    /// 1: a morph lasts one measured image interval; 2: half of it; from
    /// `MORPH_SPEED_CUT` on: no morph.
    pub morph_speed: f32,
    /// Images become each other along their optical flow, instead of in a fade.
    pub flow: bool,
    /// Trails: beats after which half of a light is left; 0 is off.
    pub trails_half_life_beats: f32,
    /// How far the waveform pulls the rows of the picture sideways, in wall widths at full signal; 0 neutral.
    pub tremble: f32,
    /// How much the spectrum lights the picture's columns, bass in the middle; 0 neutral.
    pub swell: f32,
    pub sound: SoundShape,
    pub effects: Effects,
    pub overlay: OverlayLook,
    /// Hue rotation in degrees, 0 neutral.
    pub hue_degrees: f32,
    /// Colourfulness, 1 neutral, 0 grey.
    pub saturation: f32,
    /// Lightness contrast about middle grey, 1 neutral.
    pub contrast: f32,
    /// Master brightness: a factor of linear light, 1 neutral.
    pub brightness: f32,
    /// 0 shows the wall, 1 is exact black.
    pub blackout: f32,
    /// Freeze: playhead, motion and trails stop; colours and master still follow their values.
    pub freeze: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            content: Pose::default(),
            view: Affine::IDENTITY,
            border: Border::default(),
            beats: 0.0,
            morph_speed: 1.0,
            flow: false,
            trails_half_life_beats: 0.0,
            tremble: 0.0,
            swell: 0.0,
            sound: SoundShape::default(),
            effects: Effects::default(),
            overlay: OverlayLook::default(),
            hue_degrees: 0.0,
            saturation: 1.0,
            contrast: 1.0,
            brightness: 1.0,
            blackout: 0.0,
            freeze: false,
        }
    }
}

impl Look {
    /// How what was drawn with the cameras at `content` and `view` has moved on the wall by now, in wall heights:
    /// view now ∘ content since ∘ view then⁻¹.
    #[must_use]
    pub fn moved_since(&self, content: Pose, view: Affine, picture_height: f64) -> Space {
        let back = view.inverse().unwrap_or(Affine::IDENTITY);
        Space::from(back).then(self.content.since(content).in_units(picture_height)).then(self.view.into())
    }

    /// How a layer has moved on the wall since it was right, in wall heights.
    #[must_use]
    pub(super) fn moved(&self, layer: &Layer) -> Space {
        self.moved_since(layer.pose, layer.view, layer.placement.picture_height)
    }

    /// The master in one factor of linear light: brightness and blackout.
    #[must_use]
    pub fn master(&self) -> f32 {
        let gain = self.brightness.max(0.0) * (1.0 - self.blackout.clamp(0.0, 1.0));
        if gain.is_finite() { gain } else { 1.0 }
    }

    /// Whether the colour adjustment is the identity, and so can be skipped.
    #[must_use]
    pub fn is_neutral(&self) -> bool {
        self.hue_degrees % 360.0 == 0.0 && self.saturation == 1.0 && self.contrast == 1.0
    }

    /// The part of a trail that is left after `beats_passed`, independent of the frame rate.
    #[must_use]
    pub fn trail_keep(&self, beats_passed: f64) -> f32 {
        if self.trails_half_life_beats <= 0.0 {
            return 0.0;
        }
        let half_lives = beats_passed.max(0.0) / f64::from(self.trails_half_life_beats);
        let keep = (-half_lives).exp2() as f32;
        if keep.is_finite() { keep } else { 0.0 }
    }
}
