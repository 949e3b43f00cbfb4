//! The amounts of feedback for one image, read from a snapshot. Amounts are meant for a rate of images: where fewer are
//! made, each gets more, so that a second of it looks alike on every machine.

use super::sharpen::{factor_per_interval, per_interval};
use crate::frame::Space;
use crate::param::{self, Values};

/// Never more of the picture is drawn anew than this, unless all of it is asked for: something of it stays.
const MOST_STRENGTH: f32 = 0.65;
/// A pause counts as no more than so many images.
const MOST_IMAGES: f32 = 4.0;

/// How colours are held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Match {
    /// Mean and spread in OKLab.
    #[default]
    Oklab,
    /// The whole histogram of each channel, as upstream.
    Histogram,
}

/// The amounts for one image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeedbackSettings {
    /// Share of a drift in colour that is given back, 0..1.
    pub color: f32,
    pub matching: Match,
    /// Colours are held to the picture when it was frozen, whatever is prompted.
    pub frozen: bool,
    /// A factor.
    pub contrast: f32,
    pub sharpen: f32,
    pub radius_px: f32,
    pub threshold: f32,
    pub noise: f32,
    /// Noise comes in clouds.
    pub clouds: bool,
    /// How far the camera has carried the clouds.
    pub travelled: Space,
    pub guide_pull: f32,
    pub guide_color: f32,
    /// How many images of the rate that the amounts are meant for this one stands for.
    images: f32,
}

impl Default for FeedbackSettings {
    fn default() -> Self {
        Self::of(&Values::default(), 0.0)
    }
}

impl FeedbackSettings {
    /// For an image `since_s` after the one before.
    #[must_use]
    pub fn of(effective: &Values, since_s: f64) -> Self {
        use param::*;
        let rate = effective[FEEDBACK_PER];
        let images = if rate > 0.0 && since_s > 0.0 { (since_s as f32 * rate).clamp(0.05, MOST_IMAGES) } else { 1.0 };
        let share = |amount: f32| if images == 1.0 { amount } else { per_interval(amount, images, 1.0) };
        let amount = |id: Id| share(effective[id]);
        // Above 1 an amount cannot be a share of what is left.
        let sharpen = effective[FEEDBACK_SHARPEN];
        Self {
            color: amount(FEEDBACK_COLOR),
            matching: if effective.choice(FEEDBACK_MATCH) == "histogram" { Match::Histogram } else { Match::Oklab },
            frozen: effective.choice(FEEDBACK_REFERENCE) == "frozen",
            contrast: factor_per_interval(effective[FEEDBACK_CONTRAST], images, 1.0),
            sharpen: if sharpen < 1.0 { share(sharpen) } else { sharpen },
            radius_px: effective[FEEDBACK_SHARPEN_RADIUS],
            threshold: effective[FEEDBACK_SHARPEN_THRESHOLD],
            noise: amount(FEEDBACK_NOISE),
            clouds: effective.choice(FEEDBACK_NOISE_KIND) == "perlin",
            travelled: Space::IDENTITY,
            guide_pull: amount(GUIDE_PULL),
            guide_color: amount(GUIDE_COLOR),
            images,
        }
    }

    /// The same with clouds that the camera has carried as far as `travelled`.
    #[must_use]
    pub fn travelled(self, travelled: Space) -> Self {
        Self { travelled, ..self }
    }

    /// How much of the picture this image draws anew, when `strength` is meant.
    #[must_use]
    pub fn strength(&self, strength: f32) -> f32 {
        if strength >= 1.0 || self.images == 1.0 {
            return strength;
        }
        per_interval(strength, self.images, 1.0).min(MOST_STRENGTH.max(strength))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_images_get_as_much_as_many_together() {
        let mut values = Values::default();
        (values[param::FEEDBACK_NOISE], values[param::FEEDBACK_CONTRAST]) = (0.1, 1.1);
        let plain = FeedbackSettings::of(&values, 0.7);
        assert_eq!((plain.noise, plain.contrast, plain.strength(0.3)), (0.1, 1.1, 0.3), "no rate was told");
        values[param::FEEDBACK_PER] = 8.0;
        let slow = FeedbackSettings::of(&values, 0.25);
        assert!((slow.noise - 0.19).abs() < 1e-6 && (slow.contrast - 1.21).abs() < 1e-5, "one for two: {slow:?}");
        assert!((slow.strength(0.3) - 0.51).abs() < 1e-6 && slow.strength(1.0) == 1.0);
        let fast = FeedbackSettings::of(&values, 0.0625);
        assert!(fast.noise < 0.1 && fast.strength(0.3) < 0.3);
        assert!(FeedbackSettings::of(&values, 60.0).strength(0.5) <= 0.65, "a pause forgets nothing");
    }
}
