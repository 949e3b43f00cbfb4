//! Between two images: what the picture pass samples while the wall goes from one to the other.
//!
//! An interpolator gets both layers with their maps, and the blend between them. It may draw into textures of its own
//! before the picture pass; the pass then fades between the two that it returns. Main thread, once per drawn frame.

use wgpu::{BindGroup, CommandEncoder};

use super::Gpu;
use super::passes::Passes;
use super::playhead::Layer;
use super::textures::Textures;
use crate::motion::{Border, SamplingMap};

/// A layer, and the map from the wall to its texture where the cameras are now.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    pub layer: &'a Layer,
    pub map: SamplingMap,
}

/// The two ends of a fade; the same one twice outside of it.
#[derive(Clone, Copy)]
pub(super) struct Ends<'a> {
    pub from: Placed<'a>,
    pub to: Placed<'a>,
    /// 0 is at `from`, 1 at `to`.
    pub blend: f32,
}

/// What is drawn: two textures, each with its map from the wall, and the weight of the second. An interpolator that
/// draws a texture of its own gives it twice.
pub(super) struct Between<'a> {
    pub groups: [&'a BindGroup; 2],
    pub maps: [SamplingMap; 2],
    pub blend: f32,
}

/// What there is to draw with, and how long the frame before took.
#[derive(Clone, Copy)]
pub(super) struct Stage<'a> {
    pub gpu: &'a Gpu,
    pub passes: &'a Passes,
    pub textures: &'a Textures,
    /// Of the canvas, in pixels.
    pub size: [u32; 2],
    pub elapsed_s: f64,
    /// What is beyond the edges of a picture.
    pub border: Border,
    /// Whether the pictures tell of depth.
    pub deep: bool,
}

/// Makes the pictures between two images.
pub(super) trait Interpolator {
    /// Whatever has to be drawn beforehand goes into `encoder`.
    fn between<'a>(&'a mut self, stage: &Stage<'a>, ends: Ends<'a>, encoder: &mut CommandEncoder) -> Between<'a>;
}

/// Both images where their content is by now, faded in linear light: the picture pass does all of it.
pub(super) struct Fade;

impl Fade {
    pub fn of<'a>(stage: &Stage<'a>, Ends { from, to, blend }: Ends<'a>) -> Between<'a> {
        let groups = [from, to].map(|end| stage.textures.group(end.layer.source));
        Between { groups, maps: [from.map, to.map], blend }
    }
}

impl Interpolator for Fade {
    fn between<'a>(&'a mut self, stage: &Stage<'a>, ends: Ends<'a>, _: &mut CommandEncoder) -> Between<'a> {
        Self::of(stage, ends)
    }
}
