//! The overlay: an image with alpha on the finished wall, above every effect and with the target's own pixels, or as a mask
//! through which the wall is seen.
//!
//! Images come with the configuration and are copied to the device when they are first shown. Main thread, once per target of
//! a frame, and once per frame for the flash limiter.

use image::imageops::{FilterType, resize};
use image::{Rgba32FImage, RgbaImage};
use wgpu::{BindGroup, CommandEncoder, RenderPipeline, TextureFormat, TextureView};

use super::fit::{Fit, Region};
use super::gpu::Gpu;
use super::pass;
use super::passes::{self, CANVAS_FORMAT, Fragment, Passes, Pieces, STILL_FORMAT, Uniform};
use super::textures::Sampled;
use super::uniforms;
use super::wgsl::wgsl;
use crate::motion::{linear_from_srgb8, srgb8_from_linear};

/// The longest side that is kept: a wall of 4K has no more pixels.
const LONGEST_PX: u32 = 4096;

/// An image to lay over the wall, as the device wants it.
#[derive(Debug)]
pub struct OverlayImage {
    /// Width and height in pixels and pixels row by row, the whole first, each half as large as the one before down to one
    /// pixel: linear light times alpha, sRGB-encoded, and alpha.
    levels: Vec<([u32; 2], Vec<u8>)>,
    /// It has no alpha: as a mask its light counts.
    opaque: bool,
    /// The part of it that is not transparent: left, top, right, bottom, 0..1.
    seen: [f32; 4],
}

impl OverlayImage {
    /// Takes sRGB with straight alpha. Colour under no alpha is never seen.
    #[must_use]
    pub fn new(image: &RgbaImage) -> Self {
        let premultiplied = |&image::Rgba([r, g, b, a]): &image::Rgba<u8>| {
            let alpha = f32::from(a) / 255.0;
            let [r, g, b] = [r, g, b].map(|part| linear_from_srgb8(part) * alpha);
            image::Rgba([r, g, b, alpha])
        };
        let mut level = Rgba32FImage::new(image.width(), image.height());
        level.pixels_mut().zip(image.pixels()).for_each(|(to, from)| *to = premultiplied(from));
        let shrink = f64::from(LONGEST_PX) / f64::from(level.width().max(level.height()).max(1));
        if shrink < 1.0 {
            let [w, h] = [level.width(), level.height()].map(|side| ((f64::from(side) * shrink) as u32).max(1));
            level = resize(&level, w, h, FilterType::Triangle);
        }
        let (opaque, seen) = (level.pixels().all(|pixel| pixel.0[3] >= 1.0), seen(&level));
        let mut levels = vec![encoded(&level)];
        while level.width().max(level.height()) > 1 {
            level = halved(&level);
            levels.push(encoded(&level));
        }
        Self { levels, opaque, seen }
    }
}

/// Each pixel the mean of four; what is left of an odd side is left out.
fn halved(level: &Rgba32FImage) -> Rgba32FImage {
    let [width, height] = [level.width(), level.height()];
    let mean = |x: u32, y: u32| {
        let at = |dx: u32, dy: u32| level.get_pixel((2 * x + dx).min(width - 1), (2 * y + dy).min(height - 1)).0;
        let four = [at(0, 0), at(1, 0), at(0, 1), at(1, 1)];
        image::Rgba(std::array::from_fn(|c| four.iter().map(|pixel| pixel[c]).sum::<f32>() / 4.0))
    };
    Rgba32FImage::from_fn((width / 2).max(1), (height / 2).max(1), mean)
}

fn encoded(level: &Rgba32FImage) -> ([u32; 2], Vec<u8>) {
    let bytes = level.pixels().flat_map(|&image::Rgba([r, g, b, a])| {
        let [r, g, b] = [r, g, b].map(srgb8_from_linear);
        [r, g, b, (a * 255.0).round() as u8]
    });
    ([level.width(), level.height()], bytes.collect())
}

/// The rectangle around everything with alpha; empty when there is nothing.
fn seen(image: &Rgba32FImage) -> [f32; 4] {
    let mut found = [1.0f32, 1.0, 0.0, 0.0];
    let [w, h] = [image.width(), image.height()].map(|side| side as f32);
    for (x, y, _) in image.enumerate_pixels().filter(|(.., pixel)| pixel.0[3] > 0.0) {
        let (x, y) = (x as f32, y as f32);
        found = [found[0].min(x / w), found[1].min(y / h), found[2].max((x + 1.0) / w), found[3].max((y + 1.0) / h)];
    }
    found
}

/// How an overlay is laid on the wall in one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OverlayLook {
    /// Which of the images, from 0; the last for what is past it.
    pub index: usize,
    /// How much of it is there: 0 none, 1 all.
    pub level: f32,
    /// The wall is seen where the overlay is, instead of under it.
    pub mask: bool,
}

/// Overlays on the device.
pub(super) struct Overlays {
    uniform: Uniform<uniforms::Overlay>,
    /// For each format of a target.
    walls: Vec<(TextureFormat, RenderPipeline)>,
    measured: RenderPipeline,
    /// Those that were shown, by their index.
    shown: Vec<Option<Sampled>>,
}

/// What is laid over the wall in this frame.
#[derive(Clone, Copy)]
pub(super) struct Layer<'a> {
    pub image: &'a OverlayImage,
    pub look: OverlayLook,
    /// The master: brightness and blackout.
    pub gain: f32,
    /// The wall's width over its height.
    pub aspect: f64,
    /// Whether the flash limiter has a say.
    pub limited: bool,
}

impl Overlays {
    /// Builds pipelines for targets of `surface_format`, and runs each once: drivers compile then.
    pub fn new(gpu: &Gpu, passes: &Passes, surface_format: TextureFormat) -> Self {
        let Pieces { sampled, texture, .. } = &passes.pieces;
        let groups = [sampled, texture, texture, texture];
        let build = |entry, format| {
            let source = wgsl!("color.wgsl", "overlay.wgsl");
            passes.pieces.pipeline(gpu, Fragment { source, entry: Some(entry), constants: &[] }, format, &groups)
        };
        let other = (surface_format != STILL_FORMAT).then_some(STILL_FORMAT);
        let formats = std::iter::once(surface_format).chain(other);
        let overlays = Self {
            uniform: passes::uniform(gpu, "overlay", sampled, Some(&passes::trilinear(gpu))),
            walls: formats.map(|format| (format, build("laid_over", format))).collect(),
            measured: build("measured", CANVAS_FORMAT),
            shown: Vec::new(),
        };
        let nothing = Sampled::canvas(gpu, passes, [3, 3]);
        let groups = [&overlays.uniform.group, &nothing.group, &nothing.group, &nothing.group];
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let measured = (CANVAS_FORMAT, &overlays.measured);
        for (format, pipeline) in overlays.walls.iter().map(|(format, wall)| (*format, wall)).chain([measured]) {
            let target = gpu.target([3, 3], format).create_view(&wgpu::TextureViewDescriptor::default());
            pass::draw(&mut encoder, &target, pipeline, &groups, None);
        }
        gpu.queue.submit([encoder.finish()]);
        overlays
    }

    /// Other images: those that were shown are none of them.
    pub fn forget(&mut self) {
        self.shown.clear();
    }

    /// Copies a layer's image to the device, before it is shown.
    pub fn prepare(&mut self, gpu: &Gpu, passes: &Passes, layer: &Layer<'_>) {
        texture_of(&mut self.shown, gpu, passes, layer);
    }

    /// Lays an image over the wall on `target`, which shows `finished` where `fit` says.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        passes: &Passes,
        encoder: &mut CommandEncoder,
        layer: &Layer<'_>,
        ([finished, limits], target, fit): ([&BindGroup; 2], &TextureView, &Fit),
    ) {
        let image = texture_of(&mut self.shown, gpu, passes, layer);
        let Some((_, wall)) = self.walls.iter().find(|(format, _)| *format == target.texture().format()) else {
            return;
        };
        let uniform =
            uniforms::Overlay { turns: fit.quarter_turns % 4, ..layer.uniform(image.size(), fit.picture_px()) };
        self.uniform.write(gpu, &uniform);
        let groups = [&self.uniform.group, finished, &image.group, limits];
        pass::draw_over(encoder, target, wall, &groups, (fit.region, layer.touched(image.size(), fit)));
    }

    /// Lays an image over the cells that the flash limiter measures: `below` without it, onto `target`.
    pub fn measure(
        &mut self,
        gpu: &Gpu,
        passes: &Passes,
        encoder: &mut CommandEncoder,
        layer: &Layer<'_>,
        (below, target): (&Sampled, &TextureView),
    ) {
        let image = texture_of(&mut self.shown, gpu, passes, layer);
        // A cell is looked at in two places each way.
        self.uniform.write(gpu, &layer.uniform(image.size(), below.size().map(|side| 2 * side)));
        let groups = [&self.uniform.group, &below.group, &image.group, &below.group];
        pass::draw(encoder, target, &self.measured, &groups, None);
    }
}

/// The layer's image on the device, copied there when it is first shown.
fn texture_of<'a>(shown: &'a mut Vec<Option<Sampled>>, gpu: &Gpu, passes: &Passes, layer: &Layer<'_>) -> &'a Sampled {
    let index = layer.look.index;
    shown.resize_with(shown.len().max(index + 1), || None);
    shown[index].get_or_insert_with(|| {
        let longest = gpu.longest_px();
        let fits = |(size, _): &&([u32; 2], _)| size.iter().all(|side| *side <= longest);
        Sampled::detailed(gpu, passes, &layer.image.levels[layer.image.levels.partition_point(|level| !fits(&level))..])
    })
}

impl Layer<'_> {
    /// The part of the wall's width and height that an image of this size covers: all of it is seen, in the middle.
    fn covered(&self, [width, height]: [u32; 2]) -> [f64; 2] {
        let wider = f64::from(width) / f64::from(height.max(1)) / self.aspect;
        [wider.min(1.0), (1.0 / wider).min(1.0)]
    }

    /// For an image of this size on a wall that is drawn with `drawn_px` pixels.
    fn uniform(&self, size: [u32; 2], drawn_px: [u32; 2]) -> uniforms::Overlay {
        let covered = self.covered(size);
        let shrink = f64::from(size[0]) / (covered[0] * f64::from(drawn_px[0]));
        let mode = match (self.look.mask, self.image.opaque) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => 2,
        };
        uniforms::Overlay {
            scale: covered.map(|part| (1.0 / part) as f32),
            offset: covered.map(|part| ((part - 1.0) / (2.0 * part)) as f32),
            level: self.look.level,
            gain: self.gain,
            // Half a level finer than what cannot alias: a logo should be sharp.
            detail: (shrink.log2() - 0.5).max(0.0) as f32,
            mode,
            turns: 0,
            limited: u32::from(self.limited),
        }
    }

    /// The pixels of a target that change.
    fn touched(&self, size: [u32; 2], fit: &Fit) -> Region {
        if self.look.mask {
            return fit.region;
        }
        let covered = self.covered(size);
        let on_wall = |at: f32, axis: usize| 0.5 + (f64::from(at) - 0.5) * covered[axis];
        let [left, top, right, bottom] = self.image.seen;
        let corners = [[left, top], [right, bottom]].map(|[x, y]| {
            let (x, y) = (on_wall(x, 0), on_wall(y, 1));
            match fit.quarter_turns % 4 {
                1 => [1.0 - y, x],
                2 => [1.0 - x, 1.0 - y],
                3 => [y, 1.0 - x],
                _ => [x, y],
            }
        });
        let Region { x, y, width, height } = fit.region;
        // What is filtered reaches further than what is seen: by an image's pixel, which on a large wall is many of the target's.
        let pixel = covered[0] * f64::from(fit.picture_px()[0]) / f64::from(size[0].max(1));
        let reach = 1.0 + 1.5 * pixel.max(1.0);
        let span = |axis: usize, start: u32, length: u32| {
            let ends = corners.map(|corner| corner[axis] * f64::from(length));
            let from = (ends[0].min(ends[1]) - reach).clamp(0.0, f64::from(length)) as u32;
            let to = (ends[0].max(ends[1]) + reach + 1.0).clamp(0.0, f64::from(length)) as u32;
            (start + from, to.saturating_sub(from))
        };
        let ((x, width), (y, height)) = (span(0, x, width), span(1, y, height));
        Region { x, y, width, height }
    }
}
