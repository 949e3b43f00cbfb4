//! Copying what the weights of a convolution see, panel by panel.

use std::ops::Range;

use super::Geometry;
use crate::diffusion::kernels::tile::{Row, TILE};

/// Where the kernel's weights fall in a bordered plane.
pub struct Taps {
    /// Floats in a bordered plane, and in one of its rows.
    pub plane: usize,
    pitch: usize,
    stride: usize,
    /// Width of the result.
    width: usize,
    /// Offset of each kernel weight, in the order of the weights.
    offsets: Vec<usize>,
}

impl Taps {
    pub fn new(geometry: &Geometry) -> Self {
        let (height, pitch) = geometry.padded();
        let side = geometry.kernel;
        let offsets = (0..side * side).map(|tap| tap / side * pitch + tap % side).collect();
        let (_, width) = geometry.output();
        Self { plane: height * pitch, pitch, stride: geometry.stride, width, offsets }
    }

    /// Fills `to`, `k.len()` long, with what weight rows `k` see at these output pixels.
    pub fn pack(&self, image: &[f32], pixels: Range<usize>, k: Range<usize>, to: &mut [Row]) {
        let mut at = [0; TILE];
        let (mut y, mut x) = (pixels.start / self.width, pixels.start % self.width);
        for at in at.iter_mut().take(pixels.len()) {
            *at = (y * self.pitch + x) * self.stride;
            x += 1;
            if x == self.width {
                (x, y) = (0, y + 1);
            }
        }
        // Offsets only grow, so a run of n pixels lies straight when its ends are n − 1 apart.
        let runs = |n: usize| at.chunks_exact(n).all(|run| run[n - 1] == run[0] + n - 1);
        match pixels.len() {
            TILE if runs(16) => self.copy_runs::<16>(image, &at, k, to),
            TILE if runs(8) => self.copy_runs::<8>(image, &at, k, to),
            TILE if runs(4) => self.copy_runs::<4>(image, &at, k, to),
            TILE => self.copy_runs::<1>(image, &at, k, to),
            count => {
                for (from, to) in self.sources(k).zip(to) {
                    *to = Row::ZERO;
                    for (to, &at) in to.0.iter_mut().zip(&at[..count]) {
                        *to = image[from + at];
                    }
                }
            }
        }
    }

    /// Start of each weight row's view of the image.
    fn sources(&self, k: Range<usize>) -> impl Iterator<Item = usize> {
        let taps = self.offsets.len();
        let (mut channel, mut tap) = (k.start / taps * self.plane, k.start % taps);
        k.map(move |_| {
            let from = channel + self.offsets[tap];
            tap += 1;
            if tap == taps {
                (channel, tap) = (channel + self.plane, 0);
            }
            from
        })
    }

    fn copy_runs<const RUN: usize>(&self, image: &[f32], at: &[usize; TILE], k: Range<usize>, to: &mut [Row]) {
        for (from, to) in self.sources(k).zip(to) {
            for (to, at) in to.0.chunks_exact_mut(RUN).zip(at.iter().step_by(RUN)) {
                to.copy_from_slice(&image[from + at..][..RUN]);
            }
        }
    }
}
