//! Bilinear warps on the CPU: the twin of the sampling in `shaders/canvas.wgsl`.

use super::{Affine, linear_from_srgb8, srgb8_from_linear};

/// What lies outside the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// The picture mirrored at its edges, again and again (WebGPU's `mirror-repeat`). The wall uses this.
    Mirror,
    /// The picture itself again, as tiles (Deforum's "wrap").
    Wrap,
}

/// The buffer handed in does not hold the picture it is said to hold.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a {width}x{height} picture of {channels} channels needs {expected} values, source has {source_len} and target {target_len}"
)]
pub struct SizeMismatch {
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    pub expected: usize,
    pub source_len: usize,
    pub target_len: usize,
}

/// Moves a planar picture `[channels, height, width]` of any values by `content` (see [`super::content_map`]).
///
/// # Errors
/// When a buffer has another length than `channels * height * width`, or the picture is empty.
pub fn warp_planar(
    source: &[f32],
    [channels, height, width]: [usize; 3],
    content: Affine,
    border: Border,
    target: &mut [f32],
) -> Result<(), SizeMismatch> {
    check([channels, height, width], source.len(), target.len())?;
    let plane = height * width;
    for_each_tap([height, width], content, border, |at, taps| {
        for channel in 0..channels {
            let base = channel * plane;
            target[base + at] = taps.iter().map(|&(from, weight)| source[base + from] * weight).sum();
        }
    });
    Ok(())
}

/// Moves an sRGB picture of interleaved 8-bit RGBA, interpolating in linear light as the GPU does.
///
/// # Errors
/// When a buffer has another length than `4 * height * width`, or the picture is empty.
pub fn warp_rgba(
    source: &[u8],
    [height, width]: [usize; 2],
    content: Affine,
    border: Border,
    target: &mut [u8],
) -> Result<(), SizeMismatch> {
    check([4, height, width], source.len(), target.len())?;
    for_each_tap([height, width], content, border, |at, taps| {
        for channel in 0..3 {
            let mixed = taps.iter().map(|&(from, weight)| linear_from_srgb8(source[from * 4 + channel]) * weight).sum();
            target[at * 4 + channel] = srgb8_from_linear(mixed);
        }
        target[at * 4 + 3] = 255;
    });
    Ok(())
}

fn check([channels, height, width]: [usize; 3], source_len: usize, target_len: usize) -> Result<(), SizeMismatch> {
    let expected = channels * height * width;
    if expected == 0 || source_len != expected || target_len != expected {
        return Err(SizeMismatch { width, height, channels, expected, source_len, target_len });
    }
    Ok(())
}

/// Calls `put(pixel, four taps)` for every pixel of the target; tap weights sum to one.
fn for_each_tap(
    [height, width]: [usize; 2],
    content: Affine,
    border: Border,
    mut put: impl FnMut(usize, [(usize, f32); 4]),
) {
    let backwards = content.inverse().unwrap_or(Affine::IDENTITY);
    for row in 0..height {
        for column in 0..width {
            // Pixel centres lie at halves; texel `floor(x)` of the shifted coordinate is the left neighbour.
            let [x, y] = backwards.apply([column as f64 + 0.5, row as f64 + 0.5]).map(|v| v - 0.5);
            let (left, top) = (x.floor(), y.floor());
            let (fx, fy) = ((x - left) as f32, (y - top) as f32);
            let [x0, x1] = [0, 1].map(|step| border.texel(left as i64 + step, width));
            let [y0, y1] = [0, 1].map(|step| border.texel(top as i64 + step, height) * width);
            let taps = [
                (y0 + x0, (1.0 - fx) * (1.0 - fy)),
                (y0 + x1, fx * (1.0 - fy)),
                (y1 + x0, (1.0 - fx) * fy),
                (y1 + x1, fx * fy),
            ];
            put(row * width + column, taps);
        }
    }
}

impl Border {
    /// The texel of a row of `count` that stands at `index`, wherever that is. `count` is not zero.
    fn texel(self, index: i64, count: usize) -> usize {
        match self {
            Self::Wrap => index.rem_euclid(count as i64) as usize,
            Self::Mirror => {
                let folded = index.rem_euclid(2 * count as i64) as usize;
                folded.min(2 * count - 1 - folded)
            }
        }
    }
}
