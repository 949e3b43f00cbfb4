//! `halation gallery`: one picture for every slot of a show, banks as rows, on one page. Runs on the main thread.

use std::path::PathBuf;

use anyhow::bail;
use image::imageops::{FilterType, resize};
use indicatif::ProgressIterator;

use super::picture_file::{PictureFile, rgb};
use super::text_painter::TextPainter;
use crate::app::files::Outputs;
use crate::app::picture_size::{self, WIDE};
use crate::app::sheet;
use crate::dream::SLOTS;
use crate::show;

/// Makes the page.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Show file.
    #[arg(default_value = "mappings/shows/first-light.toml")]
    pub show: PathBuf,
    /// The slots' peak texts instead of the calm ones.
    #[arg(long)]
    pub peak: bool,
    /// Width of a tile in pixels.
    #[arg(long, allow_negative_numbers = true, value_name = "PX", default_value_t = 160)]
    pub tile: u32,
    /// Seed of every slot's noise.
    #[arg(long, allow_negative_numbers = true, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// The page to write (PNG or JPEG).
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Makes every slot's picture as the show would at strength 1 and writes the page.
///
/// # Errors
/// One sentence for a show, a model or a file that cannot be used.
pub fn run(args: &Args) -> anyhow::Result<()> {
    if !(16..=512).contains(&args.tile) {
        bail!("--tile {} is out of range; use 16 to 512 pixels", args.tile);
    }
    let out = PictureFile::named(&args.out)?;
    let show = show::load(&args.show)?;
    let mut outputs = Outputs::new([("show", args.show.clone())], [("the model", show.model.clone())]);
    outputs.add("page", &args.out)?;
    let painter = TextPainter::new(&show.model, &show, |pipeline| picture_size::stepped(pipeline, WIDE))?;
    let slots: Vec<_> = show.banks.banks.iter().flat_map(|bank| &bank.slots).collect();
    let (width, height) = painter.size_px;
    let tile_height = (args.tile * height as u32 / width as u32).max(1);
    let mut tiles = Vec::with_capacity(slots.len());
    for slot in slots.into_iter().progress() {
        let picture = rgb(&painter.picture(if args.peak { &slot.peak } else { &slot.calm }, args.seed)?);
        tiles.push(resize(&picture, args.tile, tile_height, FilterType::Triangle));
    }
    out.write(&sheet::lay(&tiles, SLOTS))
}
