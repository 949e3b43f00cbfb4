//! The picture that a command writes: its name is checked before the work, and what could not be written is said.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use image::{ImageFormat, RgbImage};

use crate::app::sheet;
use crate::dream::Picture;

/// Where `--out` points.
pub struct PictureFile(PathBuf);

impl PictureFile {
    /// # Errors
    /// When the name ends in neither .png nor .jpg.
    pub fn named(path: &Path) -> anyhow::Result<Self> {
        let known = matches!(ImageFormat::from_path(path), Ok(ImageFormat::Png | ImageFormat::Jpeg));
        ensure!(known, "--out {} is neither .png nor .jpg; give it one of these names", path.display());
        Ok(Self(path.to_owned()))
    }

    /// # Errors
    /// When the file cannot be written, or not all of it.
    pub fn write(&self, picture: &RgbImage) -> anyhow::Result<()> {
        let written = sheet::write(picture, &self.0);
        written
            .map_err(|error| anyhow::anyhow!("--out {} cannot be written: {error}; choose another", self.0.display()))
    }
}

/// A picture as the image crate has it.
pub fn rgb(picture: &Picture) -> RgbImage {
    RgbImage::from_raw(picture.width_px as u32, picture.height_px as u32, picture.to_rgb()).unwrap_or_default()
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
