//! A generated picture on the CPU, and what can be measured on it.

use std::sync::Arc;

use candle_core::{Device, Result, Tensor};

/// Planar RGB, sRGB-encoded, nominally 0..1: `[3, height, width]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub width_px: usize,
    pub height_px: usize,
    pub rgb: Vec<f32>,
    /// How near each pixel is, where that is known: 255 lies at depth 1, 0 at depth 2.
    pub nearness: Option<Arc<[u8]>>,
}

impl Picture {
    /// Takes planar data; anything missing is black.
    #[must_use]
    pub fn new(width_px: usize, height_px: usize, mut rgb: Vec<f32>) -> Self {
        rgb.resize(3 * width_px * height_px, 0.0);
        Self { width_px, height_px, rgb, nearness: None }
    }

    /// From interleaved RGBA bytes.
    #[must_use]
    pub fn from_rgba(width_px: usize, height_px: usize, bytes: &[u8]) -> Self {
        let plane = width_px * height_px;
        let mut rgb = vec![0.0; 3 * plane];
        for (i, pixel) in bytes.chunks_exact(4).take(plane).enumerate() {
            for c in 0..3 {
                rgb[c * plane + i] = f32::from(pixel[c]) / 255.0;
            }
        }
        Self { width_px, height_px, rgb, nearness: None }
    }

    /// Interleaved RGBA bytes; alpha is the nearness, and opaque where it is not known.
    #[must_use]
    pub fn to_rgba(&self) -> Arc<[u8]> {
        let plane = self.width_px * self.height_px;
        let mut bytes = vec![255; 4 * plane];
        for (i, pixel) in bytes.chunks_exact_mut(4).enumerate() {
            for (c, byte) in pixel.iter_mut().take(3).enumerate() {
                *byte = (self.rgb[c * plane + i] * 255.0).round_ties_even() as u8;
            }
        }
        let nearness = self.nearness.iter().flat_map(|near| near.iter());
        for (pixel, near) in bytes.chunks_exact_mut(4).zip(nearness) {
            pixel[3] = *near;
        }
        bytes.into()
    }

    /// Interleaved RGB bytes, as picture files want them.
    #[must_use]
    pub fn to_rgb(&self) -> Vec<u8> {
        self.to_rgba().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
    }

    /// As `Pipeline::encode_image` wants it: `[1, 3, height, width]` in −1..1.
    ///
    /// # Errors
    /// When the device has no room.
    pub fn to_tensor(&self, device: &Device) -> Result<Tensor> {
        let values = self.rgb.iter().map(|v| v * 2.0 - 1.0).collect::<Vec<_>>();
        Tensor::from_vec(values, (1, 3, self.height_px, self.width_px), device)
    }

    /// From what `Pipeline::decode` gives: `[1, 3, height, width]` in 0..1.
    ///
    /// # Errors
    /// When `tensor` has another shape.
    pub fn from_tensor(tensor: &Tensor) -> Result<Self> {
        let (_, _, height, width) = tensor.dims4()?;
        Ok(Self::new(width, height, tensor.flatten_all()?.to_vec1()?))
    }

    /// One colour plane: 0 red, 1 green, 2 blue.
    #[must_use]
    pub fn plane(&self, channel: usize) -> &[f32] {
        let plane = self.width_px * self.height_px;
        &self.rgb[channel * plane..(channel + 1) * plane]
    }

    /// Mean and standard deviation of each channel.
    #[must_use]
    pub fn colour(&self) -> [(f32, f32); 3] {
        std::array::from_fn(|c| {
            let values = self.plane(c);
            let n = values.len().max(1) as f32;
            let mean = values.iter().sum::<f32>() / n;
            let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / n;
            (mean, variance.sqrt())
        })
    }

    /// Mean squared Laplacian (4-neighbour) of the luma: how much fine detail there is.
    #[must_use]
    pub fn detail(&self) -> f32 {
        let (w, h) = (self.width_px, self.height_px);
        if w < 3 || h < 3 {
            return 0.0;
        }
        let luma = self.luma();
        let mut sum = 0.0;
        for y in 1..h - 1 {
            for x in 1..w - 1 {
                let at = y * w + x;
                let l = luma[at - 1] + luma[at + 1] + luma[at - w] + luma[at + w] - 4.0 * luma[at];
                sum += l * l;
            }
        }
        sum / ((w - 2) * (h - 2)) as f32
    }

    /// Rec. 709 luma of every pixel, from the encoded values.
    #[must_use]
    pub fn luma(&self) -> Vec<f32> {
        let (r, g, b) = (self.plane(0), self.plane(1), self.plane(2));
        r.iter().zip(g).zip(b).map(|((r, g), b)| 0.2126 * r + 0.7152 * g + 0.0722 * b).collect()
    }

    /// The same in another size, stretched; itself where it has that size.
    #[must_use]
    pub fn sized(self, (width_px, height_px): (usize, usize)) -> Self {
        if (self.width_px, self.height_px) == (width_px, height_px) {
            return self;
        }
        self.resampled(width_px, height_px, |at| at, |at| at)
    }

    /// A picture of `width_px` x `height_px` whose columns and rows are taken from where `across` and `down` say, both
    /// from -1 to 1 in the new picture to -1 to 1 in this one; bilinear, edges repeated.
    #[must_use]
    pub fn resampled(
        &self,
        width_px: usize,
        height_px: usize,
        across: impl Fn(f64) -> f64,
        down: impl Fn(f64) -> f64,
    ) -> Self {
        let columns = taps(width_px, self.width_px, across);
        let rows = taps(height_px, self.height_px, down);
        let mut rgb = Vec::with_capacity(3 * width_px * height_px);
        for channel in 0..3 {
            let plane = self.plane(channel);
            for &(top, bottom, below) in &rows {
                let (top, bottom) = (&plane[top * self.width_px..], &plane[bottom * self.width_px..]);
                rgb.extend(columns.iter().map(|&(left, right, beside)| {
                    let mix = |row: &[f32]| row[left] + (row[right] - row[left]) * beside;
                    let (upper, lower) = (mix(top), mix(bottom));
                    upper + (lower - upper) * below
                }));
            }
        }
        Self { width_px, height_px, rgb, nearness: None }
    }

    /// Each plane blurred by the kernel (1 2 1)/4 both ways, edges repeated.
    #[must_use]
    pub fn blurred(&self) -> Self {
        let (w, h) = (self.width_px, self.height_px);
        let mut out = self.clone();
        let mut row = vec![0.0; w * h];
        for c in 0..3 {
            let source = self.plane(c);
            for y in 0..h {
                for x in 0..w {
                    let (left, right) = (x.saturating_sub(1), (x + 1).min(w - 1));
                    row[y * w + x] =
                        0.25 * source[y * w + left] + 0.5 * source[y * w + x] + 0.25 * source[y * w + right];
                }
            }
            let target = &mut out.rgb[c * w * h..(c + 1) * w * h];
            for y in 0..h {
                let (up, down) = (y.saturating_sub(1), (y + 1).min(h - 1));
                for x in 0..w {
                    target[y * w + x] = 0.25 * row[up * w + x] + 0.5 * row[y * w + x] + 0.25 * row[down * w + x];
                }
            }
        }
        out
    }
}

/// For each of `count` pixels in a row the two neighbours among `of` pixels, and the weight of the second.
fn taps(count: usize, of: usize, map: impl Fn(f64) -> f64) -> Vec<(usize, usize, f32)> {
    let last = of.saturating_sub(1) as f64;
    let tap = |k: usize| {
        let from = map((2 * k + 1) as f64 / count as f64 - 1.0);
        let at = (0.5 * (from + 1.0) * of as f64 - 0.5).clamp(0.0, last);
        (at.floor() as usize, at.ceil() as usize, at.fract() as f32)
    };
    (0..count).map(tap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_the_round_trip() {
        let pixels: Vec<u8> = (0..4 * 6u8).map(|i| if i % 4 == 3 { 255 } else { i * 9 }).collect();
        let picture = Picture::from_rgba(3, 2, &pixels);
        assert_eq!(&picture.to_rgba()[..], pixels);
        let unit = ((picture.to_tensor(&Device::Cpu).unwrap() + 1.0).unwrap() * 0.5).unwrap();
        assert_eq!(&Picture::from_tensor(&unit).unwrap().to_rgba()[..], pixels);
    }
}
