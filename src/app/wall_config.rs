//! From the command line and the show to what the wall is made for.

use std::sync::Arc;

use rayon::prelude::*;

use super::options::Options;
use crate::output::{CaptureConfig, OutputConfig};
use crate::render::OverlayImage;
use crate::show::{self, Show};

/// What may be laid over the wall, as the wall wants it; says which is which.
pub fn overlays(show: &Show) -> Arc<[OverlayImage]> {
    let names = show.overlays.iter().zip(1..).map(|(overlay, slot)| format!("{slot} {}", overlay.path.display()));
    if !show.overlays.is_empty() {
        tracing::info!("overlays: {}", names.collect::<Vec<_>>().join(", "));
    }
    show.overlays.par_iter().map(|overlay| OverlayImage::new(&overlay.image)).collect::<Vec<_>>().into()
}

pub fn output(options: &Options, show: &Show) -> OutputConfig {
    let (width_px, height_px) = options.size_px.or(show.output.size_px).unwrap_or((1280, 720));
    let capture = options.capture.clone().map(|dir| CaptureConfig { dir, every: options.capture_every });
    let fps = options.fps.or(show.output.fps);
    let show::Output { viewing, region, quarter_turns, test_card, .. } = show.output;
    let (test_card, flash_limiter) = (test_card || options.test_card, !options.no_flash_limiter);
    let overlays = Arc::default();
    OutputConfig {
        width_px,
        height_px,
        fps,
        flash_limiter,
        viewing,
        region,
        quarter_turns,
        test_card,
        capture,
        overlays,
    }
}
