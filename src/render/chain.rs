//! The chain of look effects between the canvas and the final pass: canvas in, canvas out, one after the other.
//!
//! An effect whose amount is 0 is not drawn at all. Tunnel and glow keep textures of their own, on software drivers with a
//! quarter of the pixels. Main thread, once per drawn frame.

use wgpu::{BindGroupLayout, CommandEncoder, RenderPipeline};

use super::effects::{Effects, Place};
use super::gpu::Gpu;
use super::looper::{LoopContext, Looper};
use super::pass;
use super::passes::{self, CANVAS_FORMAT, Fragment, IMAGE_FORMAT, Passes, Pieces, Uniform};
use super::textures::Sampled;
use super::uniforms;
use super::wgsl::wgsl;

/// Levels of the glow; each has half the size of the one before.
const GLOW_LEVELS: usize = 6;
/// The smallest side of a level.
const GLOW_SMALLEST_PX: u32 = 4;

/// One pass of the chain.
struct Link {
    amount: fn(&Effects) -> f32,
    pipeline: RenderPipeline,
    /// It sees what the wall showed before, and is what the wall shows next.
    feeds_back: bool,
}

/// Everything the effects need on the device.
pub(super) struct Chain {
    uniform: Uniform<uniforms::Effects>,
    links: [Link; 5],
    copy: RenderPipeline,
    keep: RenderPipeline,
    looper: Looper,
    glow_first: RenderPipeline,
    glow_down: RenderPipeline,
    glow_up: RenderPipeline,
    textures: ChainTextures,
    /// Tunnel and glow are drawn with a quarter of the pixels.
    coarse: bool,
    /// Pipelines that were used once, in the order of [`Chain::pipelines`].
    warm: usize,
}

/// Made when first needed, and anew for another size of the wall.
#[derive(Default)]
struct ChainTextures {
    /// Of the wall.
    size: [u32; 2],
    /// Drawn in turn.
    work: [Option<Sampled>; 2],
    /// What the tunnel feeds back; empty while it is off.
    fed_back: Option<Sampled>,
    /// Levels of the glow on the way down, and on the way up, where the smallest is left out.
    glow_down: Vec<Sampled>,
    glow_up: Vec<Sampled>,
}

/// What the final pass reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawn {
    /// Which of the work textures; none when no effect was drawn.
    work: Option<usize>,
    glows: bool,
    /// [`Effects::richness`].
    pub rich: usize,
}

impl Chain {
    pub fn new(gpu: &Gpu, passes: &Passes) -> Self {
        let Pieces { sampled, texture, .. } = &passes.pieces;
        let (one, two): (&[&BindGroupLayout], &[&BindGroupLayout]) =
            (&[sampled, texture], &[sampled, texture, texture]);
        let build = |source, groups| passes.pieces.pipeline(gpu, Fragment::from(source), CANVAS_FORMAT, groups);
        let link = |amount, source| Link { amount, pipeline: build(source, one), feeds_back: false };
        let tunnel = build(wgsl!("color.wgsl", "effects.wgsl", "tunnel.wgsl"), two);
        let (down, copy) =
            (wgsl!("color.wgsl", "effects.wgsl", "glow_down.wgsl"), wgsl!("color.wgsl", "effects.wgsl", "copy.wgsl"));
        let first = Fragment { source: down, entry: None, constants: &[("first", 1.0)] };
        Self {
            uniform: passes::uniform(gpu, "effects", sampled, Some(&passes.pieces.sampler)),
            links: [
                link(|e| e.mirror.amount, wgsl!("color.wgsl", "effects.wgsl", "mirror.wgsl")),
                link(|e| e.bend, wgsl!("color.wgsl", "effects.wgsl", "bend.wgsl")),
                Link { amount: |e| e.tunnel.amount, pipeline: tunnel, feeds_back: true },
                link(|e| e.rgb, wgsl!("color.wgsl", "effects.wgsl", "rgb.wgsl")),
                link(|e| e.contour, wgsl!("color.wgsl", "effects.wgsl", "contour.wgsl")),
            ],
            copy: build(copy, one),
            keep: passes.pieces.pipeline(gpu, copy, IMAGE_FORMAT, one),
            looper: Looper::default(),
            glow_first: passes.pieces.pipeline(gpu, first, CANVAS_FORMAT, one),
            glow_down: build(down, one),
            glow_up: build(wgsl!("color.wgsl", "effects.wgsl", "glow_up.wgsl"), two),
            textures: ChainTextures::default(),
            coarse: gpu.is_software(),
            warm: 0,
        }
    }

    /// Every pipeline that draws on canvases, and whether it reads two of them.
    fn pipelines(&self) -> impl Iterator<Item = (&RenderPipeline, bool)> {
        let glow = [(&self.glow_first, false), (&self.glow_down, false), (&self.glow_up, true), (&self.copy, false)];
        self.links.iter().map(|link| (&link.pipeline, link.feeds_back)).chain(glow)
    }

    /// Uses one more pipeline for the first time, as long as there are some: drivers compile then, which must neither hold
    /// up the first picture nor happen under a hand. Called once a frame; whether all have been used.
    pub fn warm_up(&mut self, gpu: &Gpu, passes: &Passes) -> bool {
        let uniform = &self.uniform.group;
        let own = self
            .pipelines()
            .map(|(pipeline, reads_two)| (pipeline, CANVAS_FORMAT, uniform, 2 + usize::from(reads_two)));
        let late = passes.late().map(|(pipeline, format, uniform)| (pipeline, format, uniform, 4));
        let Some((pipeline, format, uniform, groups)) = own.chain(late).nth(self.warm) else { return true };
        let from = Sampled::canvas(gpu, passes, [3, 3]);
        let onto = gpu.target([3, 3], format).create_view(&wgpu::TextureViewDescriptor::default());
        let groups = &[uniform, &from.group, &from.group, &from.group][..groups];
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        pass::draw(&mut encoder, &onto, pipeline, groups, None);
        gpu.queue.submit([encoder.finish()]);
        self.warm += 1;
        false
    }

    /// Draws every effect with an amount over `canvas`, into textures of the chain.
    pub fn draw(
        &mut self,
        gpu: &Gpu,
        passes: &Passes,
        canvas: &Sampled,
        effects: &Effects,
        place: &Place<'_>,
    ) -> Drawn {
        let mut drawn = Drawn { work: None, glows: effects.halation > 0.0, rich: effects.richness() };
        let fed_back = effects.tunnel.amount > 0.0;
        self.textures.fit(place.size);
        if !fed_back {
            self.textures.fed_back = None;
        }
        let loops = effects.loop_beats > 0.0 || self.looper.is_on();
        if !loops && !drawn.glows && self.links.iter().all(|link| (link.amount)(effects) <= 0.0) {
            return drawn;
        }
        let mut uniform = effects.uniform(place);
        if fed_back && self.textures.fed_back.is_none() {
            // Nothing is kept from when it was last on.
            uniform.tunnel_keep = 0.0;
            let size = if self.coarse { halved(place.size) } else { place.size };
            self.textures.fed_back = Some(Sampled::canvas(gpu, passes, size));
        }
        self.uniform.write(gpu, &uniform);
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        if loops && self.looped(gpu, passes, canvas, &mut encoder, (place, effects.loop_beats)) {
            drawn.work = Some(0);
        }
        for link in self.links.iter().filter(|link| (link.amount)(effects) > 0.0) {
            let next = drawn.work.map_or(0, |before| 1 - before);
            self.textures.work[next].get_or_insert_with(|| Sampled::canvas(gpu, passes, place.size));
            self.link(&mut encoder, link, self.textures.of(drawn).unwrap_or(canvas), next);
            drawn.work = Some(next);
        }
        if drawn.glows {
            self.glow(gpu, passes, &mut encoder, drawn, canvas, place.size);
        }
        gpu.queue.submit([encoder.finish()]);
        drawn
    }

    /// Draws what the loop has recorded into the first work texture; false while it records, or is over.
    fn looped(
        &mut self,
        gpu: &Gpu,
        passes: &Passes,
        canvas: &Sampled,
        encoder: &mut CommandEncoder,
        (place, length_beats): (&Place<'_>, f64),
    ) -> bool {
        let uniform = &self.uniform.group;
        let at = LoopContext { gpu, passes, keep: &self.keep, uniform, beats: place.beats, length_beats };
        let Some(again) = self.looper.step(&at, canvas, encoder) else { return false };
        let work = self.textures.work[0].get_or_insert_with(|| Sampled::canvas(gpu, passes, place.size));
        pass::draw(encoder, &work.view, &self.copy, &[uniform, &again.group], None);
        true
    }

    /// Draws one effect over `from`, onto the work texture `onto`.
    fn link(&self, encoder: &mut CommandEncoder, link: &Link, from: &Sampled, onto: usize) {
        let (uniform, Some(now)) = (&self.uniform.group, &self.textures.work[onto]) else { return };
        let (true, Some(before)) = (link.feeds_back, &self.textures.fed_back) else {
            return pass::draw(encoder, &now.view, &link.pipeline, &[uniform, &from.group], None);
        };
        pass::draw(encoder, &now.view, &link.pipeline, &[uniform, &from.group, &before.group], None);
        pass::draw(encoder, &before.view, &self.copy, &[uniform, &now.group], None);
    }

    /// Gathers the light of what is drawn into the first texture of the glow.
    fn glow(
        &mut self,
        gpu: &Gpu,
        passes: &Passes,
        encoder: &mut CommandEncoder,
        drawn: Drawn,
        canvas: &Sampled,
        size: [u32; 2],
    ) {
        if self.textures.glow_down.is_empty() {
            let first = if self.coarse { halved(halved(size)) } else { halved(size) };
            let sizes = std::iter::successors(Some(first), |size| Some(halved(*size)));
            let large = sizes.take_while(|size| size.iter().all(|side| *side >= GLOW_SMALLEST_PX)).take(GLOW_LEVELS);
            self.textures.glow_down = large.map(|size| Sampled::canvas(gpu, passes, size)).collect();
            let ups = self.textures.glow_down.iter().rev().skip(1).rev();
            self.textures.glow_up = ups.map(|down| Sampled::canvas(gpu, passes, down.size())).collect();
        }
        let (downs, ups, uniform) = (&self.textures.glow_down, &self.textures.glow_up, &self.uniform.group);
        let mut from = self.textures.of(drawn).unwrap_or(canvas);
        for (k, down) in downs.iter().enumerate() {
            let pipeline = if k == 0 { &self.glow_first } else { &self.glow_down };
            pass::draw(encoder, &down.view, pipeline, &[uniform, &from.group], None);
            from = down;
        }
        for (down, up) in downs.iter().zip(ups).rev() {
            pass::draw(encoder, &up.view, &self.glow_up, &[uniform, &down.group, &from.group], None);
            from = up;
        }
    }

    /// What the final pass reads in place of `canvas`, the glow, and how many levels are in it. Without glow it is given
    /// something of which it takes nothing.
    pub fn finished<'a>(&'a self, drawn: Drawn, canvas: &'a Sampled) -> (&'a Sampled, &'a Sampled, usize) {
        let picture = self.textures.of(drawn).unwrap_or(canvas);
        let (downs, ups) = (&self.textures.glow_down, &self.textures.glow_up);
        match ups.first().or(downs.first()) {
            Some(glow) if drawn.glows => (picture, glow, downs.len()),
            _ => (picture, picture, 1),
        }
    }
}

impl ChainTextures {
    fn of(&self, drawn: Drawn) -> Option<&Sampled> {
        self.work[drawn.work?].as_ref()
    }

    /// Drops what was made for another size of the wall, except for what the tunnel feeds back.
    fn fit(&mut self, size: [u32; 2]) {
        if self.size != size {
            *self = Self { size, fed_back: self.fed_back.take(), ..Self::default() };
        }
    }
}

fn halved(size: [u32; 2]) -> [u32; 2] {
    size.map(|side| side.div_ceil(2))
}
