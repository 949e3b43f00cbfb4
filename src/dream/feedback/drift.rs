//! Drift correction (Deforum: colour coherence): pulls colour and sharpness of the fed-back picture towards those of a
//! fresh one.
//!
//! Every pass through VAE and denoiser shifts the palette and wears detail a little; over hundreds of images
//! that burns out or greys out. The reference is the still of the prompt that sounds, or of a mix a picture made from
//! noise. Owned by the planner; its two corrections are steps of [`super`].

use std::sync::Arc;

use super::{FeedbackSettings, Match, Statistics, match_histogram, transfer};
use crate::dream::Picture;
use crate::dream::prompt_mix::PromptMix;

/// Integral gain: share of each image's brightness error (a logarithm) that is added to a lasting correction. Without
/// it a model that always drifts the same way would settle at an offset from the reference. The correction is one
/// factor for all channels, which leaves hue and saturation alone, and is limited to e^±0.3.
const LEAN: f32 = 0.05;
const MOST_LEAN: f32 = 0.3;
/// Share of a drift that is given back as it usually is: from there on brightness is held altogether.
const USUAL_COLOUR: f32 = 0.25;
/// How far a mix may move before the reference is learnt anew.
const MIX_MOVED: f32 = 0.2;
/// Share of the reference's contrast below which a picture has faded.
const FADED: f32 = 0.5;
/// Share of each image in the colours of a reference that moves: half of it is new after seventy images.
const ALONG: f32 = 0.01;
/// Largest amount of unsharp mask (or of blur, when detail runs away) per image.
const SHARPNESS: f32 = 0.35;

/// The reference for the present mix of prompts, and the brightness correction.
#[derive(Clone, Debug, Default)]
pub struct DriftCorrection {
    reference: Option<Reference>,
    about: Option<PromptMix>,
    /// Logarithm of the factor against a steady drift of brightness.
    lean: f32,
    /// The reference stays whatever is prompted.
    frozen: bool,
    /// The next picture is the reference.
    recapture: bool,
    /// It was asked for, and no still takes its place while the mix stays.
    recaptured: bool,
}

#[derive(Clone, Debug)]
struct Reference {
    colour: [(f32, f32); 3],
    /// In OKLab.
    statistics: Statistics,
    /// For matches by histogram.
    picture: Arc<Picture>,
    detail: f32,
    is_still: bool,
}

impl Reference {
    fn of(picture: &Picture, is_still: bool) -> Self {
        let size = [picture.height_px, picture.width_px];
        let statistics = Statistics::of(&picture.rgb, size);
        let (colour, detail) = (picture.colour(), picture.detail());
        Self { colour, statistics, picture: Arc::new(picture.clone()), detail, is_still }
    }
}

impl DriftCorrection {
    /// Holds the reference whatever is prompted, or no longer.
    pub fn freeze(&mut self, frozen: bool) {
        self.frozen = frozen;
    }

    /// The next picture that is observed is the reference.
    pub fn recapture(&mut self) {
        self.recapture = true;
    }

    /// Forgets the reference when the mix of prompts has moved on or a text was rewritten.
    pub fn follow(&mut self, mix: &PromptMix) {
        if !self.about.as_ref().is_some_and(|before| before.distance(mix) <= MIX_MOVED) {
            if !self.frozen {
                self.release();
            }
            self.about = Some(mix.clone());
        }
    }

    /// Makes the still of the prompt that sounds the reference, whatever is observed from now on.
    pub fn lean_on(&mut self, still: &Picture) {
        if !(self.recaptured || self.frozen && self.reference.is_some()) {
            self.reference = Some(Reference::of(still, true));
        }
    }

    /// Whether the reference for the present mix is a still.
    #[must_use]
    pub fn leans_on_still(&self) -> bool {
        self.reference.as_ref().is_some_and(|reference| reference.is_still)
    }

    /// Whether the contrast of `picture` is gone: it has sunk into one colour.
    #[must_use]
    pub fn has_faded(&self, picture: &Picture) -> bool {
        let contrast = |colour: &[(f32, f32); 3]| colour.iter().map(|(_, deviation)| deviation).sum::<f32>();
        let reference = self.reference.as_ref();
        reference.is_some_and(|reference| contrast(&picture.colour()) < FADED * contrast(&reference.colour))
    }

    /// Forgets the reference.
    pub fn release(&mut self) {
        self.reference = None;
        (self.lean, self.recaptured) = (0.0, false);
    }

    /// Learns from a picture. A `fresh` one (made from noise) replaces a reference that is no still; another one becomes
    /// the reference when there is none, and otherwise updates the brightness correction.
    pub fn observe(&mut self, picture: &Picture, fresh: bool) {
        let recaptured = std::mem::take(&mut self.recapture);
        match &self.reference {
            Some(reference) if !recaptured && (!fresh || reference.is_still || self.frozen) => {
                let off = (brightness(&reference.colour) / brightness(&picture.colour())).ln();
                self.lean = (self.lean + LEAN * off).clamp(-MOST_LEAN, MOST_LEAN);
                self.go_along(picture);
            }
            _ => {
                (self.lean, self.recaptured) = (0.0, recaptured);
                self.reference = Some(Reference::of(picture, false));
            }
        }
    }

    /// The hues of a reference that is no still go slowly along with what is drawn: a camera shows other parts of a picture by
    /// and by, and is not held to the first.
    fn go_along(&mut self, picture: &Picture) {
        if let Some(reference) = self.reference.as_mut().filter(|reference| !reference.is_still && !self.frozen) {
            let now = Statistics::of(&picture.rgb, [picture.height_px, picture.width_px]);
            let Statistics { mean: [light, ..], deviation: [contrast, ..] } = reference.statistics;
            reference.statistics = reference.statistics.towards(&now, ALONG);
            // Only its hues: light and contrast would sink with it.
            (reference.statistics.mean[0], reference.statistics.deviation[0]) = (light, contrast);
        }
    }

    /// Sharpens `picture`, or blurs it, towards the reference's detail.
    pub fn correct_sharpness(&self, picture: &mut Picture) {
        let Some(reference) = &self.reference else { return };
        let detail = picture.detail();
        let amount = ((reference.detail / detail.max(1e-9)).sqrt() - 1.0).clamp(-1.0, 1.0) * SHARPNESS;
        if amount.abs() > 0.01 {
            let soft = picture.blurred();
            for (value, soft) in picture.rgb.iter_mut().zip(&soft.rgb) {
                *value += amount * (*value - soft);
            }
        }
    }

    /// Moves the colours of `picture` towards the reference's, as far as `how` says; values end up in 0..1.
    pub fn correct_colour(&self, picture: &mut Picture, how: &FeedbackSettings) {
        let Some(reference) = self.reference.as_ref().filter(|_| how.color > 0.0) else { return };
        let size = [picture.height_px, picture.width_px];
        match how.matching {
            Match::Oklab => {
                let own = Statistics::of(&picture.rgb, size);
                transfer(&mut picture.rgb, size, &own, &reference.statistics, how.color);
            }
            Match::Histogram => {
                let before = picture.rgb.clone();
                match_histogram(&mut picture.rgb, size, &reference.picture.rgb);
                for (value, before) in picture.rgb.iter_mut().zip(before) {
                    *value = before + how.color * (*value - before);
                }
            }
        }
        // As far as colours are held at all.
        let gain = (self.lean * (how.color / USUAL_COLOUR).min(1.0)).exp();
        picture.rgb.iter_mut().for_each(|value| *value = (*value * gain).clamp(0.0, 1.0));
    }
}

/// Mean of the three channels, at least 0.01 so that its logarithm is finite.
fn brightness(colour: &[(f32, f32); 3]) -> f32 {
    (colour.iter().map(|(mean, _)| mean).sum::<f32>() / 3.0).max(0.01)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dream::prompts::Share;
    use crate::dream::{Bank, Banks, Slot};

    /// A mix of the slots "0" and "1".
    fn mix(weights: [f32; 2]) -> PromptMix {
        let slots = std::array::from_fn(|k| Slot::plain(k.to_string()));
        let bank =
            Bank { name: "one".into(), slots, sections: vec![], phrases: vec![], values: vec![], palette: vec![] };
        let banks = Banks { banks: vec![bank], negative: "".into(), revision: 0 };
        let shares = [0, 1].map(|slot| Share { bank: 0, slot, weight: weights[slot] });
        PromptMix::new(&banks, &shares, 0.0)
    }

    fn correct(drift: &DriftCorrection, picture: &mut Picture) {
        drift.correct_sharpness(picture);
        drift.correct_colour(picture, &FeedbackSettings::default());
    }

    fn grey(level: f32) -> Picture {
        Picture::new(8, 8, vec![level; 3 * 64])
    }

    #[test]
    fn a_steady_drift_is_made_up_for() {
        let mut drift = DriftCorrection::default();
        drift.follow(&mix([1.0, 0.0]));
        drift.observe(&grey(0.2), true);
        let mut level = 0.2;
        for _ in 0..200 {
            let mut picture = grey(level);
            correct(&drift, &mut picture);
            // A model that brightens everything by a tenth.
            level = picture.rgb[0] * 1.1;
            drift.observe(&grey(level), false);
        }
        assert!((level - 0.2).abs() < 0.004, "{level}");
    }

    #[test]
    fn a_moved_mix_is_not_pulled_back_to_the_old_one() {
        let mut drift = DriftCorrection::default();
        drift.follow(&mix([1.0, 0.0]));
        drift.observe(&grey(0.9), true);
        let mut near = grey(0.2);
        drift.follow(&mix([0.95, 0.05]));
        correct(&drift, &mut near);
        assert!(near.rgb[0] > 0.3, "leans towards its own reference");
        let mut far = grey(0.2);
        drift.follow(&mix([0.0, 1.0]));
        correct(&drift, &mut far);
        assert_eq!(far.rgb[0], 0.2, "another mix has nothing to lean on yet");
    }
}
