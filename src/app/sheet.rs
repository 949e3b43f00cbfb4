//! Contact sheets: what a run looked like, on one page, made of the captured frames; and the page itself.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, ensure};
use image::{ImageFormat, ImageResult, RgbImage, imageops};

const COLUMNS: usize = 6;
const ROWS: usize = 4;
const TILE_WIDTH_PX: u32 = 320;
/// A tall wall is made narrower instead.
const TILE_MOST_HEIGHT_PX: u32 = 480;
const GAP_PX: u32 = 4;

/// Lays pictures from `captures` that were written after `since`, evenly spread over the run, on one page at `path`.
///
/// # Errors
/// When nothing was captured or the page cannot be written.
pub fn make(captures: &Path, since: SystemTime, path: &Path) -> anyhow::Result<()> {
    let names = pictures(captures, since)?;
    ensure!(!names.is_empty(), "{}: nothing was captured, so there is no contact sheet", captures.display());
    let count = names.len().min(COLUMNS * ROWS);
    let tiles = (0..count).map(|k| tile(&names[k * names.len() / count])).collect::<anyhow::Result<Vec<_>>>()?;
    let page = lay(&tiles, COLUMNS);
    write(&page, path).with_context(|| format!("{}: the contact sheet cannot be written", path.display()))
}

/// Writes a picture in the format that its name tells.
///
/// # Errors
/// A name of no known format, or a file that does not take all of it: image's own `save` would not say so, since its last
/// bytes are flushed when the file is dropped.
pub fn write(picture: &RgbImage, path: &Path) -> ImageResult<()> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::from_path(path)?)?;
    Ok(std::fs::write(path, bytes.into_inner())?)
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
    names.retain(|n| n.extension().is_some_and(|e| e == "png") && new(n));
    names.sort();
    Ok(names)
}

fn tile(name: &Path) -> anyhow::Result<RgbImage> {
    let full = image::open(name).with_context(|| format!("{}: cannot be read", name.display()))?.to_rgb8();
    let scale = f64::from(TILE_WIDTH_PX) / f64::from(full.width());
    let scale = scale.min(f64::from(TILE_MOST_HEIGHT_PX) / f64::from(full.height()));
    let side = |px: u32| ((f64::from(px) * scale) as u32).max(1);
    Ok(imageops::resize(&full, side(full.width()), side(full.height()), imageops::FilterType::Triangle))
}
