//! The sRGB transfer function (IEC 61966-2-1), as the GPU applies it to `Rgba8UnormSrgb` textures.

use std::sync::LazyLock;

static LINEAR: LazyLock<[f32; 256]> =
    LazyLock::new(|| std::array::from_fn(|code| linear_from_srgb(code as f32 / 255.0)));

/// Linear light of an sRGB value, both nominally 0..1; below 0 it goes on as a straight line.
#[must_use]
pub fn linear_from_srgb(encoded: f32) -> f32 {
    if encoded <= 0.04045 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) }
}

/// The sRGB value of linear light, the inverse of [`linear_from_srgb`].
#[must_use]
pub fn srgb_from_linear(linear: f32) -> f32 {
    if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 }
}

/// Linear light 0..1 of an 8-bit code.
#[must_use]
pub fn linear_from_srgb8(code: u8) -> f32 {
    LINEAR[usize::from(code)]
}

/// The nearest 8-bit code of linear light; values outside 0..1 are clamped, NaN is black.
#[must_use]
pub fn srgb8_from_linear(linear: f32) -> u8 {
    (srgb_from_linear(linear).clamp(0.0, 1.0) * 255.0).round() as u8
}
