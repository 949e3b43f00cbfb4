//! From the last picture to the one the next image starts from: a list of steps, each a picture and its context in, a
//! picture out. The planner runs them in their order, on the generator's thread.
//!
//! The order is Deforum's: moved by the camera, colours held, contrast, sharpness, noise. What upstream does wrong is mended:
//! noise has no mean, contrast is clamped, and the reference of colours moves with the prompts.

mod coherence;
mod drift;
mod histogram;
mod noise;
mod settings;
mod sharpen;

use super::Picture;
use crate::frame::Space;
use crate::motion::{self, Border, Moving};

use coherence::{Statistics, transfer};
pub use drift::DriftCorrection;
use histogram::match_histogram;
pub use settings::FeedbackSettings;
use settings::Match;

use noise::{NoiseKind, Perlin};

/// Seed of the clouds that Perlin noise lies in: the camera carries them along, images grow anew in them.
const CLOUDS: u64 = 0x0C10_0D5E;

/// What a step may know beside the picture.
pub struct FeedbackContext<'a> {
    /// How content moved since the picture, in picture heights about the centre.
    pub moved: Space,
    /// What was beyond its edges.
    pub border: Border,
    pub drift: &'a DriftCorrection,
    pub how: FeedbackSettings,
    /// For the noise of this image.
    pub seed: u64,
    /// What it is pulled to.
    pub guide: Option<&'a Picture>,
}

/// One step: changes the picture in place. It cannot fail; a change that is not possible is left out.
pub type FeedbackStep = fn(&mut Picture, &FeedbackContext<'_>);

/// All steps, in their order.
pub const ALL: &[FeedbackStep] = &[warp, steady_sharpness, colour, contrast, sharpen, add_noise, pull];
/// Without drift correction.
pub const UNCORRECTED: &[FeedbackStep] = &[warp, contrast, sharpen, add_noise, pull];

fn size(picture: &Picture) -> [usize; 2] {
    [picture.height_px, picture.width_px]
}

/// How `picture` is to be moved.
pub fn moving<'a>(picture: &'a Picture, moved: Space, border: Border) -> Moving<'a> {
    Moving { moved, border, nearness: picture.nearness.as_deref() }
}

/// The picture as the camera sees it now.
fn warp(picture: &mut Picture, context: &FeedbackContext<'_>) {
    let (nearness, size) = (picture.nearness.take(), size(picture));
    let moving = Moving { moved: context.moved, border: context.border, nearness: nearness.as_deref() };
    if let Err(error) = motion::warp(&mut picture.rgb, size, &moving) {
        tracing::warn!("feedback picture not moved: {error}");
    }
}

/// What images lose or gain of detail by themselves.
fn steady_sharpness(picture: &mut Picture, context: &FeedbackContext<'_>) {
    context.drift.correct_sharpness(picture);
}

fn colour(picture: &mut Picture, context: &FeedbackContext<'_>) {
    context.drift.correct_colour(picture, &context.how);
}

fn contrast(picture: &mut Picture, context: &FeedbackContext<'_>) {
    sharpen::contrast(&mut picture.rgb, context.how.contrast);
}

fn sharpen(picture: &mut Picture, context: &FeedbackContext<'_>) {
    let FeedbackSettings { sharpen: amount, radius_px, threshold, .. } = context.how;
    let size = size(picture);
    sharpen::unsharp(&mut picture.rgb, size, amount, radius_px, threshold);
}

fn add_noise(picture: &mut Picture, context: &FeedbackContext<'_>) {
    let [height, width] = size(picture);
    let kind = if context.how.clouds {
        NoiseKind::Perlin { perlin: Perlin::default(), field_seed: CLOUDS }
    } else {
        NoiseKind::Gaussian
    };
    let back = context.how.travelled.inverse().unwrap_or(Space::IDENTITY);
    let (w, h) = (width as f64, height as f64);
    // A point of the picture, in heights about the middle, goes back to where it was in the clouds, which are given in pictures.
    let at = |x: f64, y: f64| {
        let [u, v] = back.apply([(x - w / 2.0) / h, (y - h / 2.0) / h], 1.0);
        (u * h / w + 0.5, v + 0.5)
    };
    noise::add_noise(&mut picture.rgb, [height, width], context.how.noise, kind, context.seed, at);
}

/// Towards the guide picture, its colours first (Deforum's looper).
fn pull(picture: &mut Picture, context: &FeedbackContext<'_>) {
    let FeedbackSettings { guide_pull, guide_color, .. } = context.how;
    let Some(guide) = context.guide.filter(|guide| guide.rgb.len() == picture.rgb.len() && guide_pull > 0.0) else {
        return;
    };
    let size = size(picture);
    let [own, goal] = [&picture.rgb, &guide.rgb].map(|rgb| Statistics::of(rgb, size));
    transfer(&mut picture.rgb, size, &own, &goal, guide_color);
    for (value, goal) in picture.rgb.iter_mut().zip(&guide.rgb) {
        *value += guide_pull * (goal - *value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Affine;

    fn after(before: &Picture, moved: Space, steps: &[FeedbackStep], how: FeedbackSettings) -> Picture {
        let (mut picture, drift) = (before.clone(), DriftCorrection::default());
        let context = FeedbackContext { moved, border: Border::Mirror, drift: &drift, how, seed: 7, guide: None };
        steps.iter().for_each(|step| step(&mut picture, &context));
        picture
    }

    #[test]
    fn steps_run_in_their_order_and_without_a_reference_only_the_camera_moves() {
        let rgb: Vec<f32> = (0..3 * 16).map(|i| (i % 16) as f32 / 16.0).collect();
        let before = Picture::new(4, 4, rgb);
        let plain = FeedbackSettings::default();
        assert_eq!(after(&before, Space::IDENTITY, ALL, plain), before);
        let right = Affine::translation(0.25, 0.0).into();
        let moved = after(&before, right, ALL, plain);
        assert_eq!(moved, after(&before, right, UNCORRECTED, plain));
        assert!((moved.rgb[1] - before.rgb[0]).abs() < 1e-6, "a quarter of a height to the right is one pixel");
    }

    #[test]
    fn noise_keeps_the_light_of_a_picture_and_clouds_travel_with_the_camera() {
        let grey = Picture::new(64, 32, vec![0.5; 3 * 64 * 32]);
        let noisy = |clouds, travelled| {
            let mut how = FeedbackSettings::default().travelled(travelled);
            (how.noise, how.clouds) = (0.2, clouds);
            after(&grey, Space::IDENTITY, ALL, how)
        };
        for clouds in [false, true] {
            let picture = noisy(clouds, Space::IDENTITY);
            let mean = picture.rgb.iter().sum::<f32>() / picture.rgb.len() as f32;
            assert!((mean - 0.5).abs() < 1e-4 && picture != grey, "{mean}");
        }
        let moved = Affine::translation(0.5, 0.0).into();
        assert_ne!(noisy(true, moved), noisy(true, Space::IDENTITY));
        assert_eq!(noisy(false, moved), noisy(false, Space::IDENTITY), "grain does not");
    }
}
