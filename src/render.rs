//! The renderer: arrived images, morphed and moved at display rate, with trails, look and master.
//!
//! [`Renderer::draw`] is a plain method on the main thread: images are handed in with [`Renderer::push`], the
//! performer's state as a [`Look`], and the result goes to whatever texture the caller shows or reads back. It
//! knows nothing of windows, diffusion or parameters, and never waits for any of them.
//!
//! ```text
//! images ─► ring of 4 ─┐ interpolator
//! caught fades ────────┼─ picture pass (move, fade, trails) ─► canvas ─ chain of effects ─ final pass (look, master, dither) ─► target
//! previous canvas ─────┘              linear light, Rgba16Float                                 sRGB, 8 bit
//! ```

mod card;
mod chain;
mod effects;
mod finish;
mod fit;
mod flash;
mod flow;
mod gpu;
mod intake;
mod interpolate;
mod look;
mod looper;
mod overlay;
mod pass;
mod passes;
mod playhead;
mod readback;
mod renew;
mod telltale;
mod textures;
pub mod uniforms;
mod wgsl;

#[cfg(test)]
mod tests;

/// Tests that open a device take turns: many at once crash some drivers.
#[cfg(test)]
pub(crate) fn gpu_turn() -> std::sync::MutexGuard<'static, ()> {
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

use std::sync::Arc;

pub(crate) use effects::{BendBy, Effects, Mirror, Tunnel};
pub(crate) use fit::{Fit, Region};
pub(crate) use flash::Viewing;
pub(crate) use gpu::{Gpu, GpuError};
pub(crate) use look::Look;
pub(crate) use overlay::{OverlayImage, OverlayLook};
pub(crate) use playhead::MORPH_SPEED_CUT;
pub(crate) use readback::{Readback, ReadbackFrame};
pub(crate) use uniforms::PALETTE_COLORS;

use crate::frame::{Affine, Arrival, Frame, Pose};
use crate::motion::Placement;
use crate::units::Seconds;

use chain::Chain;
use effects::Place;
use finish::Finishing;
use flash::FlashLimiter;
use flow::Flow;
use intake::{Arrivals, usable};
use interpolate::{Between, Ends, Fade, Interpolator, Placed, Stage};
use overlay::Overlays;
use passes::Passes;
use playhead::{LayerSource, Playhead};
use textures::{Sampled, Textures};

/// Longest time step of one frame: after a longer stall the fade continues from where it was instead of jumping.
const LONGEST_FRAME_S: f64 = 0.25;
/// The wash repeats after this many beats.
const WASH_BEATS: f64 = 32.0;

/// How to make a [`Renderer`].
#[derive(Clone, Debug)]
pub struct RenderConfig {
    /// Size of the canvas; the target may have another.
    pub width_px: u32,
    pub height_px: u32,
    /// Format of the targets: 8 bit and *not* sRGB, the final pass encodes itself.
    pub surface_format: wgpu::TextureFormat,
    /// Hold flashes to what the standards let pass. A setting of the venue, not a parameter.
    pub flash_limiter: bool,
    pub viewing: Viewing,
    /// Show the test card instead of the picture.
    pub test_card: bool,
    /// How many times larger than they came images are held, made so along their edges; 1 keeps them as they are.
    pub upscale: u32,
    /// What [`Look::overlay`] chooses from.
    pub overlays: Arc<[OverlayImage]>,
}

impl Default for RenderConfig {
    fn default() -> Self {
        let surface_format = wgpu::TextureFormat::Rgba8Unorm;
        Self {
            width_px: 1280,
            height_px: 720,
            surface_format,
            flash_limiter: true,
            viewing: Viewing::default(),
            test_card: false,
            upscale: 1,
            overlays: Arc::default(),
        }
    }
}

/// The newest image that can be seen on the wall; zeros before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// [`Frame::sequence`].
    pub sequence: u64,
    /// [`Frame::event`].
    pub event: u64,
}

/// Draws the wall. The module shows the passes in order.
pub struct Renderer {
    config: RenderConfig,
    generation: u64,
    passes: Passes,
    textures: Textures,
    playhead: Playhead,
    /// Made when it is first wanted and every effect is ready.
    flow: Option<Flow>,
    arrivals: Arrivals,
    limiter: FlashLimiter,
    chain: Chain,
    finishing: Finishing,
    /// None without images.
    overlays: Option<Overlays>,
    last: Option<LastFrame>,
    /// Whether the current canvas holds what was drawn at `last`.
    drawn: bool,
    dither_frame: u32,
}

/// State of the previous unfrozen frame that the next one needs.
#[derive(Clone, Copy)]
struct LastFrame {
    now: Seconds,
    content: Pose,
    view: Affine,
    beats: f64,
    frozen: bool,
}

impl Renderer {
    #[must_use]
    pub fn new(gpu: &Gpu, config: RenderConfig) -> Self {
        let passes = Passes::new(gpu, config.surface_format);
        let size = [config.width_px.max(1), config.height_px.max(1)];
        let textures = Textures::new(gpu, &passes, size);
        let kinds = [LayerSource::Ring(0), LayerSource::Held(0)].map(|source| textures.group(source));
        passes.warm_up(gpu, &textures.canvases[0].view, kinds);
        let (chain, limiter) = (Chain::new(gpu, &passes), FlashLimiter::new(gpu, &passes));
        let overlays = || Overlays::new(gpu, &passes, config.surface_format);
        Self {
            generation: gpu.generation,
            textures,
            playhead: Playhead::default(),
            flow: None,
            arrivals: Arrivals::default(),
            limiter,
            chain,
            finishing: Finishing::default(),
            overlays: (!config.overlays.is_empty()).then(overlays),
            last: None,
            drawn: false,
            dither_frame: 0,
            passes,
            config,
        }
    }

    /// Hands in an image for the next [`Self::draw`]. A streamed image replaces a waiting streamed one, a cut or glide
    /// replaces all that wait; replaced images are counted in [`Self::skipped`]. Images of a wrong size are refused.
    pub fn push(&mut self, frame: Arc<Frame>) {
        if !usable(&frame) {
            self.arrivals.unusable += 1;
            if self.arrivals.unusable == 1 {
                tracing::warn!(
                    sequence = frame.sequence,
                    width = frame.width_px,
                    height = frame.height_px,
                    bytes = frame.pixels.len(),
                    "an image does not have the size it claims; such images are skipped"
                );
            }
            return;
        }
        let waiting = self.arrivals.pending.len();
        match frame.arrival {
            Arrival::Cut | Arrival::Glide { .. } => self.arrivals.pending.clear(),
            Arrival::Stream => self.arrivals.pending.retain(|waiting| waiting.arrival != Arrival::Stream),
        }
        self.arrivals.skipped += (waiting - self.arrivals.pending.len()) as u64;
        self.arrivals.pending.push(frame);
    }

    /// The newest image that was visible in the last drawn frame, blackout and master aside.
    #[must_use]
    pub fn shown(&self) -> Shown {
        self.playhead.shown()
    }

    /// Share of the wall that the flash limiter holds, in percent.
    #[must_use]
    pub fn held_percent(&self) -> u8 {
        self.limiter.telltale.held_percent()
    }

    /// Images replaced by newer ones before a frame was drawn.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.arrivals.skipped
    }

    /// Images refused because their size is wrong.
    #[must_use]
    pub fn unusable(&self) -> u64 {
        self.arrivals.unusable
    }

    /// Draws the wall at `now` on all of `target`: [`Self::compose`], then [`Self::finish`].
    pub fn draw(&mut self, gpu: &Gpu, target: &wgpu::TextureView, now: Seconds, look: &Look) {
        self.compose(gpu, now, look);
        let size = target.texture().size();
        self.finish(gpu, target, &Fit::whole(size.width, size.height));
    }

    /// Does everything that needs no target: takes in images, moves the playhead, draws the canvas.
    ///
    /// A window calls it before it asks for its next buffer, and also when it gets none.
    pub fn compose(&mut self, gpu: &Gpu, now: Seconds, look: &Look) {
        if self.generation != gpu.generation {
            self.rebuild(gpu);
        }
        let still = look.freeze && self.drawn;
        let beats_passed = if still { 0.0 } else { self.live(gpu, now, look) };
        if let Some(last) = &mut self.last {
            (last.now, last.frozen) = (now, still);
        }
        let canvas = &self.textures.canvases[self.textures.current];
        let beats = self.last.map_or(look.beats, |last| last.beats);
        let place = Place { size: canvas.size(), beats, beats_passed, sound: &look.sound };
        if self.chain.warm_up(gpu, &self.passes) && look.flow {
            self.flow.get_or_insert_with(|| Flow::new(gpu, &self.passes)).warm_up(gpu, &self.textures);
        }
        let drawn = self.chain.draw(gpu, &self.passes, canvas, &look.effects, &place);
        self.finishing =
            Finishing { uniform: self.finishing_of(look), drawn, overlay: look.overlay, master: look.master() };
        self.prepare_overlay(gpu);
        if self.config.flash_limiter && !self.config.test_card {
            self.limit(gpu, now);
        }
    }

    /// The part of a frame that is skipped while the wall is frozen; the beats since the last that was not.
    fn live(&mut self, gpu: &Gpu, now: Seconds, look: &Look) -> f64 {
        let here = LastFrame { now, content: look.content, view: look.view, beats: look.beats, frozen: false };
        let mut last = self.last.unwrap_or(here);
        let mut dt_s = now.since(last.now).clamp(0.0, LONGEST_FRAME_S);
        if last.frozen {
            self.playhead.forgive(last.content, look.content);
            (dt_s, last.content) = (0.0, look.content);
        }
        self.playhead.advance(dt_s, look.morph_speed);
        // Taken before it is used: an image that makes drawing panic is not tried again in the next frame.
        for frame in std::mem::take(&mut self.arrivals.pending) {
            self.accept(gpu, frame, now, dt_s, look);
        }

        let beats_passed = if last.frozen { 0.0 } else { look.beats - last.beats };
        let keep = if self.drawn { look.trail_keep(beats_passed) } else { 0.0 };
        let previous = self.textures.current;
        self.textures.current = 1 - previous;
        let size = [self.config.width_px, self.config.height_px];
        if self.textures.canvases[self.textures.current].size() != size {
            self.textures.canvases[self.textures.current] = Sampled::canvas(gpu, &self.passes, size);
        }
        let target = self.textures.canvases[self.textures.current].view.clone();
        self.picture(
            gpu,
            &target,
            look,
            Trail { keep, elapsed_s: dt_s, from: (last.content, last.view), canvas: previous },
        );

        self.dither_frame = self.dither_frame.wrapping_add(1);
        self.drawn = true;
        self.last = Some(here);
        beats_passed
    }

    /// The picture pass: the fade where the cameras are, over a trail, or the wash when there is no image yet.
    fn picture(&mut self, gpu: &Gpu, target: &wgpu::TextureView, look: &Look, trail: Trail) {
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let (wall_aspect, picture_height) = (self.wall_aspect(), self.picture_height());
        if let Some((from, to, blend)) = self.playhead.layers() {
            let placed = |layer| Placed { layer, map: layer.placement.sampling_map(look.moved(layer), wall_aspect) };
            let ends = Ends { from: placed(from), to: placed(to), blend };
            let size = [self.config.width_px, self.config.height_px];
            let deep = [from, to].into_iter().any(|layer| layer.deep);
            let (passes, textures, border, elapsed_s) = (&self.passes, &self.textures, look.border, trail.elapsed_s);
            let stage = Stage { gpu, passes, textures, size, elapsed_s, border, deep };
            let interpolator: &mut dyn Interpolator = match &mut self.flow {
                Some(flow) if look.flow => flow,
                _ => &mut Fade,
            };
            let Between { groups: [from, to], maps, blend } = interpolator.between(&stage, ends, &mut encoder);
            let whole_wall = Placement::whole_wall(wall_aspect, picture_height);
            let (content, view) = trail.from;
            let trail_moved = look.moved_since(content, view, whole_wall.picture_height);
            let trail_map = whole_wall.sampling_map(trail_moved, wall_aspect);
            self.passes.picture_uniform.write(
                gpu,
                &uniforms::Canvas {
                    from: maps[0].rows_f32(),
                    to: maps[1].rows_f32(),
                    trail: trail_map.rows_f32(),
                    blend,
                    trail_keep: trail.keep,
                    tremble: look.tremble,
                    swell: look.swell,
                    waveform: uniforms::in_fours(look.sound.waveform.map(|x| f32::from(x) / 127.0)),
                    spectrum: uniforms::in_fours(look.sound.spectrum.map(|x| f32::from(x) / 255.0)),
                },
            );
            let before = &self.textures.canvases[trail.canvas].group;
            let groups = [self.passes.picture_uniform.group(border), from, to, before];
            let sounding = look.tremble > 0.0 || look.swell > 0.0;
            let pipeline = &self.passes.pictures[usize::from(deep)][usize::from(sounding)];
            pass::draw(&mut encoder, target, pipeline, &groups, None);
        } else {
            let wash = uniforms::Wash { beats: look.beats.rem_euclid(WASH_BEATS) as f32, aspect: wall_aspect as f32 };
            self.passes.wash_uniform.write(gpu, &wash);
            pass::draw(&mut encoder, target, &self.passes.wash, &[&self.passes.wash_uniform.group], None);
        }
        gpu.queue.submit([encoder.finish()]);
    }

    fn wall_aspect(&self) -> f64 {
        f64::from(self.config.width_px.max(1)) / f64::from(self.config.height_px.max(1))
    }

    /// Height of the newest image on the wall, in wall heights: the unit of its movements.
    fn picture_height(&self) -> f64 {
        self.playhead.layers().map_or(1.0, |(_, to, _)| to.placement.picture_height)
    }
}

/// The previous canvas under the picture.
struct Trail {
    keep: f32,
    /// Since it was drawn.
    elapsed_s: f64,
    /// Content and view cameras when it was drawn.
    from: (Pose, Affine),
    canvas: usize,
}

impl Trail {
    /// No trail at all.
    fn none(look: &Look) -> Self {
        Self { keep: 0.0, elapsed_s: 0.0, from: (look.content, look.view), canvas: 0 }
    }
}
