//! Picture files: told apart by content and not by name, upright as the camera says, without alpha.

use std::io::{BufRead, BufReader, Seek};
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbImage, RgbaImage};

use crate::rt;

/// Larger than any camera's picture; and the most memory a decoder may allocate, 8 bytes (16-bit RGBA) a pixel.
const MOST_PIXELS: u64 = 200_000_000;
const MOST_BYTES: u64 = 8 * MOST_PIXELS;
/// Bytes of pixels that a byte of a file can stand for at most: 1032 in a PNG, fewer in a JPEG.
const MOST_PACKED: u64 = 1040;

/// Why a picture file cannot be used; each is one sentence.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    #[error("{path} cannot be read: {source}; check the path and its permissions")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path} is {what}; give a PNG or JPEG")]
    Other { path: PathBuf, what: &'static str },
    #[error("{path} is damaged or unusual ({why}); save it again as a PNG or JPEG")]
    Damaged { path: PathBuf, why: String },
    #[error("{path} is said to have {width} x {height} pixels; save it smaller")]
    TooLarge { path: PathBuf, width: u32, height: u32 },
}

/// The picture in the file at `path`, sRGB-encoded with 8 bits. The format is detected from the content, not the name;
/// an orientation in the metadata is applied; alpha is composited over black; 16 bits are rounded; CMYK is taken as
/// Adobe writes it.
///
/// # Errors
/// When there is no PNG or JPEG that can be read to its end.
pub fn read(path: &Path) -> Result<RgbImage, PictureError> {
    Ok(over_black(open(path)?))
}

/// [`read`] with straight alpha; opaque where the file has none.
///
/// # Errors
/// As [`read`].
pub fn read_with_alpha(path: &Path) -> Result<RgbaImage, PictureError> {
    Ok(open(path)?.into_rgba8())
}

/// The upright picture, whatever its kind.
fn open(path: &Path) -> Result<DynamicImage, PictureError> {
    let unreadable = |source| PictureError::Unreadable { path: path.to_owned(), source };
    let other = |what| PictureError::Other { path: path.to_owned(), what };
    let damaged = |error: image::ImageError| PictureError::Damaged { path: path.to_owned(), why: error.to_string() };
    let facts = std::fs::metadata(path).map_err(unreadable)?;
    if !facts.is_file() {
        // Reading a pipe could block for ever.
        return Err(other(if facts.is_dir() { "a folder" } else { "a pipe or a device and no file" }));
    }
    let file = BufReader::new(std::fs::File::open(path).map_err(unreadable)?);
    // The format is guessed from the content alone; the name is not passed on.
    let reader = ImageReader::new(file).with_guessed_format().map_err(unreadable)?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg)) {
        return Err(other(what(reader.format(), facts.len())));
    }
    let decoded = rt::foreign(|| decode(reader, facts.len()));
    let decoded = decoded.map_err(|why| PictureError::Damaged { path: path.to_owned(), why })?;
    decoded.map_err(|error| match error {
        Failure::TooLarge { width, height } => PictureError::TooLarge { path: path.to_owned(), width, height },
        Failure::Image(error) => damaged(error),
    })
}

/// Why the decoder gave no picture.
enum Failure {
    TooLarge { width: u32, height: u32 },
    Image(image::ImageError),
}

impl From<image::ImageError> for Failure {
    fn from(error: image::ImageError) -> Self {
        Self::Image(error)
    }
}

/// The picture in a file of `bytes`.
fn decode(mut reader: ImageReader<impl BufRead + Seek>, bytes: u64) -> Result<DynamicImage, Failure> {
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Failure::TooLarge { width, height });
    }
    // The decoder allocates what the header claims, so a claim that the file cannot hold is refused first.
    if decoder.total_bytes() / MOST_PACKED > bytes {
        let cut =
            std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "it is shorter than a picture of its size can be");
        return Err(Failure::Image(cut.into()));
    }
    // An orientation that cannot be read is ignored.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// What a file is that is neither PNG nor JPEG.
fn what(format: Option<ImageFormat>, bytes: u64) -> &'static str {
    match format {
        _ if bytes == 0 => "empty",
        Some(ImageFormat::WebP) => "a WebP, which is not read",
        Some(ImageFormat::Gif) => "a GIF, which is not read",
        Some(ImageFormat::Tiff) => "a TIFF, which is not read",
        Some(ImageFormat::Bmp) => "a BMP, which is not read",
        Some(ImageFormat::Avif) => "an AVIF, which is not read",
        Some(_) => "a picture of a kind that is not read",
        None => "no picture that is known here (or a HEIC, as phones write it)",
    }
}

/// Composites sRGB-encoded colours over black by their alpha, as a browser does on a black page.
fn over_black(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let deep = picture.into_rgba16();
    RgbImage::from_fn(deep.width(), deep.height(), |x, y| {
        let [r, g, b, a] = deep.get_pixel(x, y).0.map(u64::from);
        // 65535² per 255.
        image::Rgb([r, g, b].map(|value| ((value * a * 255 + 65_535 * 65_535 / 2) / (65_535 * 65_535)) as u8))
    })
}

#[cfg(test)]
mod tests {
    use image::{Rgb, Rgba};

    use super::*;

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pictures").join(name)
    }

    fn near(a: Rgb<u8>, b: [u8; 3]) -> bool {
        a.0.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 12)
    }

    #[test]
    fn the_content_counts_and_not_the_name() {
        assert_eq!(read(&fixture("png_named.jpg")).unwrap().dimensions(), (30, 40));
        let folder = tempfile::tempdir().unwrap();
        for name in ["bare", "wrong.gif", "upper.JPEG"] {
            let copy = folder.path().join(name);
            std::fs::copy(fixture("png_named.jpg"), &copy).unwrap();
            assert_eq!(read(&copy).unwrap().dimensions(), (30, 40), "{name}");
        }
    }

    #[test]
    fn a_phones_photo_stands_upright() {
        // 40 x 30 on the sensor, held upright.
        assert_eq!(read(&fixture("phone_orientation6.jpg")).unwrap().dimensions(), (30, 40));
    }

    #[test]
    fn what_is_transparent_is_black_in_8_and_16_bits() {
        let logo = read(&fixture("logo_hidden_green.png")).unwrap();
        assert_eq!(*logo.get_pixel(0, 0), Rgb([0, 0, 0]), "hidden colour stays hidden");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        RgbaImage::from_pixel(2, 2, Rgba([200, 100, 50, 128])).save(&path).unwrap();
        assert_eq!(*read(&path).unwrap().get_pixel(0, 0), Rgb([100, 50, 25]));
        image::ImageBuffer::<Rgba<u16>, _>::from_pixel(2, 2, Rgba([65_535, 32_768, 0, 65_535])).save(&path).unwrap();
        assert_eq!(*read(&path).unwrap().get_pixel(0, 0), Rgb([255, 128, 0]));
        image::ImageBuffer::<image::Luma<u16>, _>::from_pixel(2, 2, image::Luma([32_768])).save(&path).unwrap();
        assert_eq!(*read(&path).unwrap().get_pixel(0, 0), Rgb([128, 128, 128]));
        image::ImageBuffer::<image::LumaA<u8>, _>::from_pixel(2, 2, image::LumaA([200, 0])).save(&path).unwrap();
        assert_eq!(*read(&path).unwrap().get_pixel(0, 0), Rgb([0, 0, 0]));
    }

    #[test]
    fn a_size_that_the_file_cannot_hold_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let says = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read(&path).unwrap_err().to_string()
        };
        // 12 000 x 12 000 in a hundred bytes, with the right sum; then four thousand million pixels.
        let mut png = std::fs::read(fixture("png_named.jpg")).unwrap();
        for (side, sum, word) in [(12_000u32, 0xDE27_1BA6u32, "shorter"), (65_535, 0x3967_4E07, "65535 x 65535 pixels")]
        {
            let depth = [8, 2, 0, 0, 0];
            png[16..29].copy_from_slice(&[&side.to_be_bytes()[..], &side.to_be_bytes(), &depth].concat());
            png[29..33].copy_from_slice(&sum.to_be_bytes());
            let says = says(&png);
            assert!(says.contains(word), "{says}");
        }
        let mut jpeg = std::fs::read(fixture("cmyk.jpg")).unwrap();
        let frame = jpeg.windows(2).position(|two| two[0] == 0xFF && (0xC0..=0xC2).contains(&two[1])).unwrap();
        jpeg[frame + 5..frame + 9].fill(0xFF);
        assert!(says(&jpeg).contains("pixels"), "{}", says(&jpeg));
        // A large even field is real: a hundred to one and more.
        RgbImage::new(3000, 2000).save(&path).unwrap();
        assert_eq!(read(&path).unwrap().dimensions(), (3000, 2000));
    }

    #[test]
    fn print_colours_are_not_inverted() {
        for name in ["cmyk.jpg", "ycck.jpg"] {
            let picture = read(&fixture(name)).unwrap();
            let (w, h) = picture.dimensions();
            assert_eq!((w, h), (32, 16));
            assert!(near(*picture.get_pixel(8, 8), [230, 40, 30]), "{name}: {:?}", picture.get_pixel(8, 8));
            assert!(near(*picture.get_pixel(24, 8), [20, 60, 200]), "{name}: {:?}", picture.get_pixel(24, 8));
        }
    }

    #[test]
    fn what_is_no_picture_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0";
        for (content, word) in [(&b""[..], "empty"), (b"GIF89a....", "GIF"), (webp, "WebP"), (b"hello", "no picture")] {
            std::fs::write(&path, content).unwrap();
            let says = read(&path).unwrap_err().to_string();
            assert!(says.contains(word) && says.contains("a.png") && says.contains("PNG or JPEG"), "{says}");
        }
        let whole = std::fs::read(fixture("png_named.jpg")).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 20]).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("damaged"));
        assert!(read(folder.path()).unwrap_err().to_string().contains("a folder"));
        assert!(read(&folder.path().join("no.png")).unwrap_err().to_string().contains("cannot be read"));
    }
}
