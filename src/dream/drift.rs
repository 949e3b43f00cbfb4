//! Drift correction (Deforum: colour coherence): pulls colour and sharpness of the fed-back picture towards those of a
//! fresh one.
//!
//! Every pass through VAE and denoiser shifts the palette and wears detail a little; over hundreds of images
//! that burns out or greys out. The reference is the still of the prompt that sounds, or of a mix a picture made from
//! noise. Owned by the planner; its two corrections are steps of [`super::feedback`].

use super::Picture;
use super::prompt_mix::PromptMix;

/// Share of the colour difference taken back per image.
const COLOUR: f32 = 0.25;
/// Integral gain: share of each image's brightness error (a logarithm) that is added to a lasting correction. Without
/// it a model that always drifts the same way would settle at an offset from the reference. The correction is one
/// factor for all channels, which leaves hue and saturation alone, and is limited to e^±0.3.
const LEAN: f32 = 0.05;
const MOST_LEAN: f32 = 0.3;
/// How far a mix may move before the reference is learnt anew.
const MIX_MOVED: f32 = 0.2;
/// Share of the reference's contrast below which a picture has faded.
const FADED: f32 = 0.5;
/// Largest amount of unsharp mask (or of blur, when detail runs away) per image.
const SHARPNESS: f32 = 0.35;

/// The reference for the present mix of prompts, and the brightness correction.
#[derive(Clone, Debug, Default)]
pub struct DriftCorrection {
    reference: Option<Reference>,
    about: Option<PromptMix>,
    /// Logarithm of the factor against a steady drift of brightness.
    lean: f32,
}

#[derive(Clone, Copy, Debug)]
struct Reference {
    colour: [(f32, f32); 3],
    detail: f32,
    is_still: bool,
}

impl DriftCorrection {
    /// Forgets the reference when the mix of prompts has moved on or a text was rewritten.
    pub fn follow(&mut self, mix: &PromptMix) {
        if !self.about.as_ref().is_some_and(|before| before.distance(mix) <= MIX_MOVED) {
            self.release();
            self.about = Some(mix.clone());
        }
    }

    /// Makes the still of the prompt that sounds the reference, whatever is observed from now on.
    pub fn lean_on(&mut self, still: &Picture) {
        self.reference = Some(Reference { colour: still.colour(), detail: still.detail(), is_still: true });
    }

    /// Whether the reference for the present mix is a still.
    #[must_use]
    pub fn leans_on_still(&self) -> bool {
        self.reference.is_some_and(|reference| reference.is_still)
    }

    /// Whether the contrast of `picture` is gone: it has sunk into one colour.
    #[must_use]
    pub fn has_faded(&self, picture: &Picture) -> bool {
        let contrast = |colour: &[(f32, f32); 3]| colour.iter().map(|(_, deviation)| deviation).sum::<f32>();
        self.reference.is_some_and(|reference| contrast(&picture.colour()) < FADED * contrast(&reference.colour))
    }

    /// Forgets the reference.
    pub fn release(&mut self) {
        self.reference = None;
        self.lean = 0.0;
    }

    /// Learns from a picture. A `fresh` one (made from noise) replaces a reference that is no still; another one becomes
    /// the reference when there is none, and otherwise updates the brightness correction.
    pub fn observe(&mut self, picture: &Picture, fresh: bool) {
        let colour = picture.colour();
        match self.reference {
            Some(reference) if !fresh || reference.is_still => {
                let off = (brightness(&reference.colour) / brightness(&colour)).ln();
                self.lean = (self.lean + LEAN * off).clamp(-MOST_LEAN, MOST_LEAN);
            }
            _ => self.reference = Some(Reference { colour, detail: picture.detail(), is_still: false }),
        }
    }

    /// Sharpens `picture`, or blurs it, towards the reference's detail.
    pub fn correct_sharpness(&self, picture: &mut Picture) {
        let Some(reference) = self.reference else { return };
        let detail = picture.detail();
        let amount = ((reference.detail / detail.max(1e-9)).sqrt() - 1.0).clamp(-1.0, 1.0) * SHARPNESS;
        if amount.abs() > 0.01 {
            let soft = picture.blurred();
            for (value, soft) in picture.rgb.iter_mut().zip(&soft.rgb) {
                *value += amount * (*value - soft);
            }
        }
    }

    /// Moves mean and deviation of each channel of `picture` towards the reference's; values end up in 0..1.
    pub fn correct_colour(&self, picture: &mut Picture) {
        let Some(reference) = self.reference else { return };
        let plane = picture.width_px * picture.height_px;
        let gain = self.lean.exp();
        for (c, ((mean, deviation), goal)) in picture.colour().into_iter().zip(reference.colour).enumerate() {
            let scale = gain * (1.0 + COLOUR * ((goal.1 / deviation.max(1e-3)).clamp(0.5, 2.0) - 1.0));
            let shift = gain * (mean + COLOUR * (goal.0 - mean));
            for value in &mut picture.rgb[c * plane..(c + 1) * plane] {
                *value = ((*value - mean) * scale + shift).clamp(0.0, 1.0);
            }
        }
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
        drift.correct_colour(picture);
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
