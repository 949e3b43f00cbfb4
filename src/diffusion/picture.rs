//! Pictures as bytes and as tensors.

use candle_core::{Device, Result, Tensor};

/// RGBA bytes (alpha ignored) to `[1, 3, height, width]` in −1..1, as `Pipeline::encode_image` wants.
///
/// # Errors
/// `pixels` must have `4 · width · height` bytes.
pub fn from_rgba8(pixels: &[u8], width: usize, height: usize, device: &Device) -> Result<Tensor> {
    if pixels.len() != 4 * width * height {
        candle_core::bail!("{} bytes are not an RGBA picture of {width}×{height}", pixels.len());
    }
    let (pixels, _) = pixels.as_chunks::<4>();
    let planes = (0..3).flat_map(|channel| pixels.iter().map(move |pixel| f32::from(pixel[channel]) / 127.5 - 1.0));
    Tensor::from_vec(planes.collect::<Vec<f32>>(), (1, 3, height, width), device)
}

/// `[1, 3, height, width]` in 0..1, as `Pipeline::decode` gives, to opaque RGBA bytes.
pub fn to_rgba8(picture: &Tensor) -> Result<Vec<u8>> {
    let (_, _, height, width) = picture.dims4()?;
    let values: Vec<f32> = picture.narrow(0, 0, 1)?.flatten_all()?.to_vec1()?;
    let size = height * width;
    let byte = |value: f32| (value * 255.0).round_ties_even() as u8;
    let pixel = |i: usize| [byte(values[i]), byte(values[size + i]), byte(values[2 * size + i]), 255];
    Ok((0..size).flat_map(pixel).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_survive_the_round_trip() {
        let pixels: Vec<u8> = (0..4 * 6u8).map(|i| if i % 4 == 3 { 255 } else { i * 9 }).collect();
        let tensor = from_rgba8(&pixels, 3, 2, &Device::Cpu).unwrap();
        let unit = ((tensor + 1.0).unwrap() * 0.5).unwrap();
        assert_eq!(to_rgba8(&unit).unwrap(), pixels);
        assert!(from_rgba8(&pixels, 4, 2, &Device::Cpu).is_err());
    }
}
