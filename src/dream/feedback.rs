//! From the last picture to the one the next image starts from: a list of steps, each a picture and its context in, a
//! picture out. The planner runs them in their order, on the generator's thread.

use super::Picture;
use super::drift::DriftCorrection;
use crate::frame::Affine;
use crate::motion;

/// What a step may know beside the picture.
pub struct FeedbackContext<'a> {
    /// How content moved since the picture, in picture heights about the centre.
    pub moved: Affine,
    pub drift: &'a DriftCorrection,
}

/// One step: changes the picture in place. It cannot fail; a change that is not possible is left out.
pub type FeedbackStep = fn(&mut Picture, &FeedbackContext<'_>);

/// All steps, in their order.
pub const ALL: &[FeedbackStep] = &[warp, sharpness, colour];
/// Without drift correction.
pub const UNCORRECTED: &[FeedbackStep] = &[warp];

/// The picture as the camera sees it now.
fn warp(picture: &mut Picture, context: &FeedbackContext<'_>) {
    let (w, h) = (picture.width_px, picture.height_px);
    let map = motion::content_map(context.moved, w as u32, h as u32);
    if let Err(error) = motion::warp(&mut picture.rgb, [h, w], map) {
        tracing::warn!("feedback picture not moved: {error}");
    }
}

fn sharpness(picture: &mut Picture, context: &FeedbackContext<'_>) {
    context.drift.correct_sharpness(picture);
}

fn colour(picture: &mut Picture, context: &FeedbackContext<'_>) {
    context.drift.correct_colour(picture);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_run_in_their_order_and_without_a_reference_only_the_camera_moves() {
        let rgb: Vec<f32> = (0..3 * 16).map(|i| (i % 16) as f32 / 16.0).collect();
        let before = Picture::new(4, 4, rgb);
        let drift = DriftCorrection::default();
        let after = |moved: Affine, steps: &[FeedbackStep]| {
            let mut picture = before.clone();
            steps.iter().for_each(|step| step(&mut picture, &FeedbackContext { moved, drift: &drift }));
            picture
        };
        assert_eq!(after(Affine::IDENTITY, ALL), before);
        let right = Affine::translation(0.25, 0.0);
        let moved = after(right, ALL);
        assert_eq!(moved, after(right, UNCORRECTED));
        assert!((moved.rgb[1] - before.rgb[0]).abs() < 1e-6, "a quarter of a height to the right is one pixel");
    }
}
