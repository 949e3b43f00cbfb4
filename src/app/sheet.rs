//! Contact sheets: what a run looked like, on one page, made of the captured frames; and the page itself.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, ensure};
use image::{ImageFormat, ImageResult, RgbImage, imageops};

use crate::disk::{self, Durable};
use crate::source::{self, PictureError};

const COLUMNS: usize = 6;
const ROWS: usize = 4;
const TILE_WIDTH_PX: u32 = 320;
/// Tiles of a tall output are limited to this height and become narrower.
const TILE_MOST_HEIGHT_PX: u32 = 480;
const GAP_PX: u32 = 4;

/// Lays pictures from `captures` that were written after `since`, evenly spread over the run, on one page at `path`.
///
/// # Errors
/// When nothing was captured that can be read, or the page cannot be written. A frame that cannot be read is left out.
pub fn make(captures: &Path, since: SystemTime, path: &Path) -> anyhow::Result<()> {
    let names = pictures(captures, since)?;
    ensure!(!names.is_empty(), "{}: nothing was captured, so there is no contact sheet", captures.display());
    let count = names.len().min(COLUMNS * ROWS);
    let read = (0..count).map(|k| tile(&names[k * names.len() / count]));
    let tiles: Vec<RgbImage> = read
        .filter_map(|tile| tile.inspect_err(|e| tracing::warn!("{e}; the contact sheet goes without it")).ok())
        .collect();
    ensure!(!tiles.is_empty(), "{}: no captured frame can be read, so there is no contact sheet", captures.display());
    let page = lay(&tiles, COLUMNS);
    write(&page, path).with_context(|| format!("{}: the contact sheet cannot be written", path.display()))
}

/// Writes a picture in the format that its name tells.
///
/// # Errors
/// A name of no known format, or a file that does not take all of it: then none is left behind.
pub fn write(picture: &RgbImage, path: &Path) -> ImageResult<()> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::from_path(path)?)?;
    Ok(disk::write(path, Durable::Now, |file| file.write_all(bytes.get_ref()))?)
}

/// Tiles in rows of `columns`, each cell as large as the largest tile, with thin black lines between.
#[must_use]
pub fn lay(tiles: &[RgbImage], columns: usize) -> RgbImage {
    let largest = |side: fn(&RgbImage) -> u32| tiles.iter().map(side).max().unwrap_or(1) + GAP_PX;
    let (width_px, height_px) = (largest(RgbImage::width), largest(RgbImage::height));
    let rows = tiles.len().div_ceil(columns).max(1);
    let mut page = RgbImage::new(columns as u32 * width_px - GAP_PX, rows as u32 * height_px - GAP_PX);
    for (k, tile) in tiles.iter().enumerate() {
        let (x, y) = ((k % columns) as u32 * width_px, (k / columns) as u32 * height_px);
        imageops::replace(&mut page, tile, i64::from(x), i64::from(y));
    }
    page
}

fn pictures(folder: &Path, since: SystemTime) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("{}: cannot be read", folder.display()))?;
    let mut names: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    let new = |path: &Path| path.metadata().and_then(|m| m.modified()).is_ok_and(|at| at >= since);
    // Partly written files, which a crash may leave, have names that begin with a dot.
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    names.retain(|n| n.extension().is_some_and(|e| e == "png") && new(n) && !hidden(n));
    names.sort();
    Ok(names)
}

fn tile(name: &Path) -> Result<RgbImage, PictureError> {
    let full = source::read(name)?;
    let scale = f64::from(TILE_WIDTH_PX) / f64::from(full.width());
    let scale = scale.min(f64::from(TILE_MOST_HEIGHT_PX) / f64::from(full.height()));
    let side = |px: u32| ((f64::from(px) * scale) as u32).max(1);
    Ok(imageops::resize(&full, side(full.width()), side(full.height()), imageops::FilterType::Triangle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_was_cut_short_costs_its_place_and_not_the_page() {
        let folder = tempfile::tempdir().unwrap();
        let frame = |k: u32| folder.path().join(format!("frame-{k:06}.png"));
        for k in 0..3 {
            write(&RgbImage::from_pixel(32, 16, image::Rgb([200, 10, 10])), &frame(k)).unwrap();
        }
        let whole = std::fs::read(frame(1)).unwrap();
        std::fs::write(frame(1), &whole[..whole.len() / 2]).unwrap();
        std::fs::write(folder.path().join(".frame-000003.png.1-0.part.png"), b"half").unwrap();
        let page = folder.path().join("page.jpg");
        make(folder.path(), SystemTime::UNIX_EPOCH, &page).unwrap();
        let page = image::open(&page).unwrap().into_rgb8();
        let red = |x: u32| page.get_pixel(x, 20).0[0] > 150;
        assert!(red(20) && red(TILE_WIDTH_PX + GAP_PX + 20) && !red(2 * (TILE_WIDTH_PX + GAP_PX) + 20), "two tiles");
        for k in 0..3 {
            std::fs::write(frame(k), b"").unwrap();
        }
        let says =
            make(folder.path(), SystemTime::UNIX_EPOCH, &folder.path().join("none.png")).unwrap_err().to_string();
        assert!(says.contains("no captured frame can be read"), "{says}");
        assert!(!folder.path().join("none.png").exists());
    }
}
