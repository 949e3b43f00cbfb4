//! Keeps feedback from rotting: colour and sharpness of the fed-back picture lean towards fresh ones.
//!
//! Every pass through VAE and denoiser shifts the palette and wears detail a little; over hundreds of images
//! that burns out or greys out. The reference is a picture made from noise for the same mix of prompts.

use super::Picture;

/// Share of the colour difference taken back per image.
const COLOUR: f32 = 0.25;
/// Largest amount of unsharp mask (or of blur, when detail runs away) per image.
const SHARPNESS: f32 = 0.35;

/// What a healthy picture of the present mix looks like.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    reference: Option<Reference>,
}

#[derive(Clone, Copy, Debug)]
struct Reference {
    colour: [(f32, f32); 3],
    detail: f32,
}

impl Guard {
    /// Forgets the reference: the mix of prompts has changed.
    pub fn release(&mut self) {
        self.reference = None;
    }

    /// Learns from a picture; `fresh` (made from noise) counts fully, others only while nothing better is known.
    pub fn observe(&mut self, picture: &Picture, fresh: bool) {
        if fresh || self.reference.is_none() {
            self.reference = Some(Reference { colour: picture.colour(), detail: picture.detail() });
        }
    }

    /// Leans `picture` towards the reference.
    pub fn correct(&self, picture: &mut Picture) {
        let Some(reference) = self.reference else { return };
        let detail = picture.detail();
        let amount = ((reference.detail / detail.max(1e-9)).sqrt() - 1.0).clamp(-1.0, 1.0) * SHARPNESS;
        if amount.abs() > 0.01 {
            let soft = picture.blurred();
            for (value, soft) in picture.rgb.iter_mut().zip(&soft.rgb) {
                *value += amount * (*value - soft);
            }
        }
        let plane = picture.width_px * picture.height_px;
        for (c, ((mean, deviation), goal)) in picture.colour().into_iter().zip(reference.colour).enumerate() {
            let scale = 1.0 + COLOUR * ((goal.1 / deviation.max(1e-3)).clamp(0.5, 2.0) - 1.0);
            let shift = mean + COLOUR * (goal.0 - mean);
            for value in &mut picture.rgb[c * plane..(c + 1) * plane] {
                *value = ((*value - mean) * scale + shift).clamp(0.0, 1.0);
            }
        }
    }
}
