//! Flow, the fast interpolator: between two images every part moves along its optical flow, and fades where that is not
//! trusted.
//!
//! The flow is estimated once per pair of images on a coarse grid, from where the cameras have both images already: on a
//! graphics card by [`device`], beside a software driver by [`estimate`], a few steps a frame. `shaders/morph.wgsl` then
//! draws each frame into a texture of its own. Main thread.

mod device;
mod estimate;

use wgpu::{CommandEncoder, RenderPipeline, TextureFormat};

use super::interpolate::{Between, Ends, Fade, Interpolator, Stage};
use super::pass;
use super::passes::{self, Bordered, CANVAS_FORMAT, Fragment, Passes, STILL_FORMAT};
use super::playhead::LayerSource;
use super::readback::Readback;
use super::textures::{Sampled, Textures};
use super::wgsl::wgsl;
use super::{Gpu, uniforms};
use crate::motion::{Border, SamplingMap};
use crate::units::Seconds;

use device::DeviceEstimate;
pub(super) use estimate::Grid;
#[cfg(test)]
pub(super) use estimate::whole;
use estimate::{Estimate, STEPS};

/// Columns and rows that the processor estimates on.
const SMALL_GRID: [u32; 2] = [64, 36];
/// The processor takes this long for a flow, in seconds of the show: all at once would make a frame late.
const SPREAD_S: f64 = 0.15;
/// The part of a fade over which a flow that was found begins to count.
const RAMP: f32 = 0.15;

/// The images of a fade: where they lie, and their sequence numbers.
type Pair = [(LayerSource, u64); 2];

/// The interpolator and what it keeps on the device.
pub(super) struct Flow {
    uniform: Bordered<uniforms::Morph>,
    pair_pass: RenderPipeline,
    /// Without and with depth.
    picture_passes: [RenderPipeline; 2],
    search: Search,
    /// Both flows as parts of the second image, each times its confidence.
    result: Sampled,
    /// The wall between the images.
    drawn: Sampled,
    of: Option<Pair>,
    /// How far the fade was when the flow was found; nothing until then.
    found_at: Option<f32>,
    /// Passes that were used for the first time.
    warm: usize,
}

/// Where flows are estimated.
enum Search {
    Device(DeviceEstimate),
    Processor { pair: Readback, estimate: Option<Estimate> },
}

impl Search {
    fn lightness(&self) -> &wgpu::TextureView {
        match self {
            Self::Device(estimate) => &estimate.pair.view,
            Self::Processor { pair, .. } => &pair.view,
        }
    }

    fn lightness_format(&self) -> TextureFormat {
        if matches!(self, Self::Device(_)) { CANVAS_FORMAT } else { STILL_FORMAT }
    }
}

impl Flow {
    pub fn new(gpu: &Gpu, passes: &Passes) -> Self {
        Self::on(gpu, passes, !gpu.is_software())
    }

    /// Flows estimated by the device, or by the processor.
    pub fn on(gpu: &Gpu, passes: &Passes, device: bool) -> Self {
        let passes::Pieces { sampled, texture, .. } = &passes.pieces;
        let grid = if device { device::GRID } else { SMALL_GRID };
        let result = Sampled::storage(gpu, passes, grid);
        let search = if device {
            Search::Device(DeviceEstimate::new(gpu, passes, &result))
        } else {
            Search::Processor { pair: Readback::new(gpu, grid[0], grid[1]), estimate: None }
        };
        let pass = |entry, format, deep| {
            let source = wgsl!("color.wgsl", "lens.wgsl", "morph.wgsl");
            let fragment = Fragment { source, entry: Some(entry), constants: &[("deep", deep)] };
            passes.pieces.pipeline(gpu, fragment, format, &[sampled, texture, texture, texture])
        };
        Self {
            uniform: passes::bordered(gpu, "morph", &passes.pieces),
            pair_pass: pass("pair", search.lightness_format(), 0.0),
            picture_passes: [0.0, 1.0].map(|deep| pass("picture", CANVAS_FORMAT, deep)),
            search,
            result,
            drawn: Sampled::canvas(gpu, passes, [3, 3]),
            of: None,
            found_at: None,
            warm: 0,
        }
    }

    /// Uses one more pass for the first time, from an image or a caught fade, as [`super::chain::Chain::warm_up`] does.
    pub fn warm_up(&mut self, gpu: &Gpu, textures: &Textures) {
        let [plain, deep] = &self.picture_passes;
        let onto = [(self.search.lightness(), &self.pair_pass), (&self.drawn.view, plain), (&self.drawn.view, deep)];
        let Some((view, pass)) = onto.get(self.warm / 2) else { return };
        let [image, caught] = [LayerSource::Ring(0), LayerSource::Held(0)].map(|source| textures.group(source));
        let groups = [self.uniform.group(Border::Mirror), [image, caught][self.warm % 2], image, &self.result.group];
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        pass::draw(&mut encoder, view, pass, &groups, None);
        gpu.queue.submit([encoder.finish()]);
        self.warm += 1;
    }

    /// Begins with the flow of `ends` if they are new, and goes on with it otherwise.
    fn find(&mut self, stage: &Stage<'_>, ends: &Ends<'_>, encoder: &mut CommandEncoder) {
        let pair = [ends.from, ends.to].map(|end| (end.layer.source, end.layer.shown.sequence));
        if self.of.replace(pair) != Some(pair) {
            let [from, to] = [ends.from, ends.to].map(|end| stage.textures.group(end.layer.source));
            let groups = [self.uniform.group(stage.border), from, to, &self.result.group];
            pass::draw(encoder, self.search.lightness(), &self.pair_pass, &groups, None);
            self.found_at = None;
            match &mut self.search {
                Search::Device(estimate) => {
                    estimate.run(stage.gpu, encoder);
                    self.found_at = Some(ends.blend);
                }
                Search::Processor { estimate, .. } => *estimate = None,
            }
        } else if self.found_at.is_none()
            && let Search::Processor { pair, estimate } = &mut self.search
        {
            if estimate.is_none() {
                *estimate = read(stage.gpu, pair).map(Estimate::new);
            }
            let steps = (STEPS as f64 * stage.elapsed_s / SPREAD_S).ceil() as usize;
            let flow = estimate.as_mut().and_then(|estimate| (0..steps).find_map(|_| estimate.step()));
            if let Some(flow) = flow {
                self.result.write_halves(stage.gpu, flow.values.iter().flat_map(|f| [f[0], f[1], f[2], f[3]]));
                (self.found_at, *estimate) = (Some(ends.blend), None);
            }
        }
    }
}

/// Both lightnesses, as they were drawn in the frame before.
fn read(gpu: &Gpu, pair: &mut Readback) -> Option<Grid<2>> {
    let size = pair.size_px().map(|side| side as usize);
    pair.request(gpu, 0, Seconds(0.0));
    let mut read = None;
    // That frame is done by now, or nearly.
    pair.drain(gpu, |frame| {
        let values = frame.rgba.chunks_exact(4).map(|pixel| [pixel[0], pixel[1]].map(|part| f32::from(part) / 255.0));
        read = Some(Grid { size, values: values.collect() });
    });
    read
}

impl Interpolator for Flow {
    fn between<'a>(&'a mut self, stage: &Stage<'a>, ends: Ends<'a>, encoder: &mut CommandEncoder) -> Between<'a> {
        let back = ends.to.map.back().filter(|_| ends.blend > 0.0 && ends.blend < 1.0);
        let Some(back) = back else { return Fade::of(stage, ends) };
        self.find(stage, &ends, encoder);
        let found_at = self.found_at.unwrap_or(1.0);
        // Before the encoder is submitted, so that what `find` draws has these maps, too.
        self.uniform.write(
            stage.gpu,
            &uniforms::Morph {
                from: ends.from.map.rows_f32(),
                to: ends.to.map.rows_f32(),
                back: back.map(|[a, b, c]| [a as f32, b as f32, c as f32, 0.0]),
                blend: ends.blend,
                weight: ((ends.blend - found_at) / RAMP).clamp(0.0, 1.0),
                padding: [0.0; 2],
            },
        );
        if self.found_at.is_none() {
            return Fade::of(stage, ends);
        }
        if self.drawn.size() != stage.size {
            self.drawn = Sampled::canvas(stage.gpu, stage.passes, stage.size);
        }
        let [from, to] = [ends.from, ends.to].map(|end| stage.textures.group(end.layer.source));
        let groups = [self.uniform.group(stage.border), from, to, &self.result.group];
        let pass = &self.picture_passes[usize::from(stage.deep)];
        pass::draw(encoder, &self.drawn.view, pass, &groups, None);
        Between { groups: [&self.drawn.group; 2], maps: [SamplingMap::IDENTITY; 2], blend: 1.0 }
    }
}
