//! The picture that a command writes: its name is checked before the work, and what could not be written is said.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use anyhow::Context;
use image::{ImageFormat, RgbImage};

use crate::dream::Picture;

/// Where `--out` points.
pub struct PictureFile {
    path: PathBuf,
    format: ImageFormat,
}

impl PictureFile {
    /// # Errors
    /// When the name ends in neither .png nor .jpg.
    pub fn named(path: &Path) -> anyhow::Result<Self> {
        let known = |format: &ImageFormat| matches!(format, ImageFormat::Png | ImageFormat::Jpeg);
        let format = ImageFormat::from_path(path).ok().filter(known);
        let format = format.with_context(|| {
            format!("--out {} is neither .png nor .jpg; give it one of these names", path.display())
        })?;
        Ok(Self { path: path.to_owned(), format })
    }

    /// # Errors
    /// When the file cannot be written, or not all of it.
    pub fn write(&self, picture: &RgbImage) -> anyhow::Result<()> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, self.format)?;
        std::fs::write(&self.path, bytes.into_inner()).map_err(|error| {
            anyhow::anyhow!("--out {} cannot be written: {error}; choose another", self.path.display())
        })
    }
}

/// A picture without its alpha.
pub fn rgb(picture: &Picture) -> RgbImage {
    let rgba = picture.to_rgba();
    let (width, height) = (picture.width_px as u32, picture.height_px as u32);
    RgbImage::from_fn(width, height, |x, y| {
        let at = 4 * (y * width + x) as usize;
        image::Rgb([rgba[at], rgba[at + 1], rgba[at + 2]])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_name_or_a_disk_that_will_not_do_is_said() {
        let gif = PictureFile::named(Path::new("a.gif")).err().map(|e| e.to_string());
        assert!(gif.is_some_and(|says| says.contains("a.gif is neither .png nor .jpg")));
        let folder = tempfile::tempdir().unwrap();
        let full = folder.path().join("full.png");
        std::os::unix::fs::symlink("/dev/full", &full).unwrap();
        let says = PictureFile::named(&full).unwrap().write(&RgbImage::new(8, 8)).unwrap_err().to_string();
        assert!(says.contains("full.png cannot be written"), "{says}");
    }
}
