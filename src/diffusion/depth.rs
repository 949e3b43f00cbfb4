//! How near everything in a picture is: Depth Anything V2 Small, for a camera that moves through what was dreamt.
//!
//! Called on the generator's thread, once per picture that is to be warped; the result goes back to the caller, which
//! turns it into distances. Everything computes on the CPU in 32 bits, on candle's matrix products and a few passes of
//! our own, whichever device the dream itself uses.
//!
//! Sources: Yang et al., "Depth Anything V2" (2024), the network and its training; Oquab et al., "DINOv2" (2023), the
//! encoder; Ranftl et al., "Vision Transformers for Dense Prediction" (DPT, 2021), the head. Where these leave details
//! open (position codes off their native size, where corners lie when enlarging), this does what transformers does.

mod conv;
mod encoder;
mod error;
mod head;
mod layers;
mod pointwise;
mod resize;
mod weights;

#[cfg(test)]
use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor};

use encoder::Encoder;
pub use error::DepthError;
use head::Head;
use resize::Taps;
use weights::Weights;

/// Pixels along the short side that keep a call quick and still tell rooms from walls.
pub const USUAL_SIDE: usize = 154;

/// Pixels along a patch's side.
const PATCH: usize = 14;

/// Pixels along the short side, at most: what the encoder was trained at. Attention grows with its fourth power.
const MOST: usize = 518;

/// Patches along the long side, at most, for pictures that are mere strips.
const MOST_PATCHES: usize = 74;

/// ImageNet's mean and deviation per channel, which the encoder was trained with.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

/// The network with its weights.
pub struct DepthNetwork {
    encoder: Encoder,
    head: Head,
}

impl DepthNetwork {
    /// Reads `folder/model.safetensors`, with transformers' names for its tensors or with those of the original
    /// checkpoint, in 32 or 16 bits. Takes about 100 MB, twice that while it loads.
    ///
    /// # Errors
    /// A file that is missing, damaged or of another network: one sentence that says which, and what to try.
    pub fn load(folder: &Path) -> Result<Self, DepthError> {
        let path = folder.join("model.safetensors");
        if !path.is_file() {
            return Err(DepthError::NoFile { path });
        }
        match candle_core::safetensors::load(&path, &Device::Cpu) {
            Ok(tensors) => Self::build(Weights::new(tensors, path.display().to_string())?),
            Err(error) => Err(DepthError::Damaged { path, why: error::sentence(&error) }),
        }
    }

    /// The same from tensors by name, as `model.safetensors` would hold them. Further tensors are ignored.
    ///
    /// # Errors
    /// A tensor that is missing or has another shape.
    #[cfg(test)]
    pub fn from_tensors(tensors: HashMap<String, Tensor>) -> Result<Self, DepthError> {
        Self::build(Weights::new(tensors, "the given tensors".to_owned())?)
    }

    fn build(mut weights: Weights) -> Result<Self, DepthError> {
        Ok(Self { encoder: Encoder::load(&mut weights)?, head: Head::load(&mut weights)? })
    }

    /// Relative nearness of every pixel: 0 is farthest, more is nearer, in no unit. It is inverse depth up to a
    /// scale and an offset that nobody knows, so only compare within one picture.
    ///
    /// `rgb` is sRGB from 0 to 1, planar `[3, height, width]`. It is computed on a copy whose short side has about
    /// `side` pixels (14 to 518; see [`USUAL_SIDE`]), both sides being multiples of 14. The result has that copy's
    /// size, `[rows, columns]`, which is returned too.
    ///
    /// # Errors
    /// A picture whose numbers do not fit its size or are no numbers; weights with which the network overflows.
    pub fn nearness(
        &self,
        rgb: &[f32],
        [height, width]: [usize; 2],
        side: usize,
    ) -> Result<(Vec<f32>, [usize; 2]), DepthError> {
        if rgb.is_empty() || Some(rgb.len()) != height.checked_mul(width).and_then(|pixels| pixels.checked_mul(3)) {
            return Err(DepthError::Size { numbers: rgb.len(), height, width });
        }
        if !rgb.iter().all(|value| value.is_finite()) {
            return Err(DepthError::NotFinite);
        }
        let patches = patches([height, width], side);
        let [rows, columns] = patches.map(|patches| patches * PATCH);
        let mut image =
            resize::resize(rgb, [height, width], &Taps::shrinking(height, rows), &Taps::shrinking(width, columns));
        for ((plane, mean), deviation) in image.chunks_exact_mut(rows * columns).zip(MEAN).zip(DEVIATION) {
            plane.iter_mut().for_each(|value| *value = (*value - mean) / deviation);
        }
        let image = Tensor::from_vec(image, (3, rows, columns), &Device::Cpu)?;
        let features = self.encoder.forward(&image, patches)?;
        let near: Vec<f32> = self.head.forward(&features)?.flatten_all()?.to_vec1()?;
        if near.iter().all(|near| near.is_finite()) { Ok((near, [rows, columns])) } else { Err(DepthError::Overflow) }
    }
}

/// Rows and columns of patches for a picture of this height and width.
fn patches([height, width]: [usize; 2], side: usize) -> [usize; 2] {
    let scale = side.min(MOST) as f64 / height.min(width).max(1) as f64;
    [height, width].map(|length| ((length as f64 * scale / PATCH as f64).round() as usize).clamp(1, MOST_PATCHES))
}

#[cfg(test)]
mod tests;
