//! The sRGB transfer function (IEC 61966-2-1), as the GPU applies it to `Rgba8UnormSrgb` textures.

use std::sync::LazyLock;

static LINEAR: LazyLock<[f32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|code| {
        let encoded = code as f32 / 255.0;
        if encoded <= 0.04045 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) }
    })
});

/// Linear light 0..1 of an 8-bit code.
#[must_use]
pub fn linear_from_srgb8(code: u8) -> f32 {
    LINEAR[usize::from(code)]
}

/// The nearest 8-bit code of linear light; values outside 0..1 are clamped, NaN is black.
#[must_use]
pub fn srgb8_from_linear(linear: f32) -> u8 {
    let encoded = if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    (encoded.clamp(0.0, 1.0) * 255.0).round() as u8
}
