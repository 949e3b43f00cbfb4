//! What a show brings for images to grow from: its input image, and overlays that melt into the dream.

use std::sync::Arc;

use image::RgbaImage;
use image::imageops::FilterType;

use super::Picture;
use crate::param::{self, Snapshot};

/// What images may start from besides the last one.
pub struct ShowImages {
    /// Width and height of the pictures that are made.
    pub picture_px: (usize, usize),
    /// For `dream.source = image`.
    pub image: Option<Picture>,
    /// For `overlay.mode = melt`.
    pub overlays: Arc<[Overlay]>,
    /// For `guide.slot`.
    pub guides: Arc<[Picture]>,
    /// What may change of a picture, `[height, width]` of 0..1.
    pub mask: Option<Arc<[f32]>>,
}

impl ShowImages {
    /// The picture that images are pulled to, if they are. Slots past the last mean the last.
    pub fn guiding(&self, snapshot: &Snapshot) -> Option<&Picture> {
        let effective = &snapshot.effective;
        let slot = effective.whole(param::GUIDE_SLOT).clamp(1, self.guides.len().max(1));
        self.guides.get(slot - 1).filter(|_| effective[param::GUIDE_PULL] > 0.0)
    }

    /// What may change of a picture, and how far that counts, 0..1.
    pub fn masking(&self, snapshot: &Snapshot) -> Option<(Arc<[f32]>, f32)> {
        let level = snapshot.effective[param::MASK_LEVEL];
        self.mask.clone().filter(|_| level > 0.0).map(|mask| (mask, level))
    }

    /// What is laid into what an image starts from, and how much of it, 0..1. Slots past the last image mean the last.
    pub fn melting(&self, snapshot: &Snapshot) -> Option<(&Overlay, f32)> {
        let effective = &snapshot.effective;
        let level = effective[param::OVERLAY_LEVEL];
        let melts = effective.choice(param::OVERLAY_MODE) == "melt" && level > 0.0;
        let slot = effective.whole(param::OVERLAY_SLOT).clamp(1, self.overlays.len().max(1));
        self.overlays.get(slot - 1).filter(|_| melts).map(|overlay| (overlay, level))
    }
}

/// An image at the size of pictures: planar sRGB times alpha, and alpha.
pub struct Overlay {
    rgb: Vec<f32>,
    alpha: Vec<f32>,
}

impl Overlay {
    /// All of `image`, straight alpha, as large as fits into pictures of `width_px` x `height_px`, in the middle.
    #[must_use]
    pub fn new(image: &RgbaImage, width_px: usize, height_px: usize) -> Self {
        let fit = (width_px as f64 / f64::from(image.width())).min(height_px as f64 / f64::from(image.height()));
        let [w, h] = [image.width(), image.height()].map(|side| ((f64::from(side) * fit).round() as u32).max(1));
        let mut premultiplied = image::Rgba32FImage::new(image.width(), image.height());
        for (to, from) in premultiplied.pixels_mut().zip(image.pixels()) {
            let [r, g, b, a] = from.0.map(|part| f32::from(part) / 255.0);
            *to = image::Rgba([r * a, g * a, b * a, a]);
        }
        let small = image::imageops::resize(&premultiplied, w, h, FilterType::Triangle);
        let (left, top) = ((width_px - (w as usize).min(width_px)) / 2, (height_px - (h as usize).min(height_px)) / 2);
        let plane = width_px * height_px;
        let mut overlay = Self { rgb: vec![0.0; 3 * plane], alpha: vec![0.0; plane] };
        for (x, y, pixel) in small.enumerate_pixels() {
            let (x, y) = (left + x as usize, top + y as usize);
            if x < width_px && y < height_px {
                let at = y * width_px + x;
                overlay.alpha[at] = pixel.0[3];
                (0..3).for_each(|channel| overlay.rgb[channel * plane + at] = pixel.0[channel]);
            }
        }
        overlay
    }

    /// Lays `level` of it, 0..1, over a picture of its size.
    pub fn melt_into(&self, picture: &mut Picture, level: f32) {
        let plane = self.alpha.len();
        for (channel, values) in picture.rgb.chunks_exact_mut(plane.max(1)).enumerate().take(3) {
            let own = &self.rgb[channel * plane..];
            for ((value, alpha), own) in values.iter_mut().zip(&self.alpha).zip(own) {
                *value += level * (own - *value * alpha);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_stands_whole_in_the_middle_and_hides_nothing_beside_it() {
        // Twice as wide as high: it covers the middle half of a square picture's rows.
        let logo = RgbaImage::from_fn(8, 4, |x, _| image::Rgba([255, 0, 0, if x < 4 { 255 } else { 0 }]));
        let overlay = Overlay::new(&logo, 16, 16);
        let before = Picture::new(16, 16, vec![0.5; 3 * 256]);
        let mut after = before.clone();
        overlay.melt_into(&mut after, 0.5);
        let at = |picture: &Picture, x: usize, y: usize| [0, 1, 2].map(|c| picture.plane(c)[y * 16 + x]);
        assert_eq!(at(&after, 2, 8), [0.75, 0.25, 0.25]);
        assert_eq!(at(&after, 13, 8), [0.5; 3], "colour under no alpha stays hidden");
        assert_eq!(at(&after, 2, 2), [0.5; 3], "above it");
        overlay.melt_into(&mut after, 0.0);
        assert_eq!(at(&after, 2, 8), [0.75, 0.25, 0.25]);
    }
}
