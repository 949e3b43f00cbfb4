//! `overlay = "logos"`: the images that a show may lay over the wall, one file or a folder of them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::RgbaImage;
use rayon::prelude::*;

use super::resolve;
use crate::diagnostics::Table;
use crate::param;
use crate::source;

/// Endings of what is taken from a folder; a file that is named itself may have any.
const ENDINGS: [&str; 3] = ["png", "jpg", "jpeg"];

/// An image to lay over the wall, and where it was read.
#[derive(Clone)]
pub struct OverlayFile {
    pub path: PathBuf,
    /// Straight alpha.
    pub image: Arc<RgbaImage>,
}

/// Its pixels are no matter for a log.
impl fmt::Debug for OverlayFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} x {})", self.path.display(), self.image.width(), self.image.height())
    }
}

/// The images, of a folder in the order of their names. Each file must be one.
pub fn overlays(root: &Table<'_, '_>, path: &Path) -> Vec<OverlayFile> {
    let Some((written, at)) = root.text("overlay") else { return Vec::new() };
    let place = resolve(path, written);
    let files = if place.is_dir() { images_in(&place) } else { vec![place.clone()] };
    let most = param::OVERLAY_SLOT.row().range().1 as usize;
    let says = match files.len() {
        _ if !place.exists() => Some(format!("overlay: there is no file or folder {written}")),
        0 => Some(format!("overlay: no PNG or JPEG lies in the folder {written}")),
        found if found > most => {
            Some(format!("overlay: {written} holds {found} images, but a show has {most} at most"))
        }
        _ => None,
    };
    let read = |path: PathBuf| {
        let image = Arc::new(source::read_with_alpha(&path).map_err(|error| format!("overlay: {error}"))?);
        Ok(OverlayFile { path, image })
    };
    let images = says.map_or_else(|| files.into_par_iter().map(read).collect(), Err);
    images.unwrap_or_else(|says: String| {
        root.mistake(&at, says);
        Vec::new()
    })
}

fn images_in(folder: &Path) -> Vec<PathBuf> {
    let is_image = |path: &PathBuf| {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        // What other systems leave beside their files is hidden and no image, whatever it is called.
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        ENDINGS.contains(&ending.as_str()) && !hidden
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_image).collect();
    found.sort();
    found
}
