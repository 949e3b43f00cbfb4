//! The last passes: from the canvas to a target, at its own size or scaled, turned and placed on it.
//!
//! A canvas that fits its target is encoded pixel by pixel onto it. Any other is encoded at its own size first and then
//! scaled: encoding costs far more than looking up, and a canvas is made small because the machine is slow.

use std::sync::Arc;

use super::chain::Drawn;
use super::fit::Fit;
use super::flash::Seen;
use super::gpu::Gpu;
use super::look::Look;
use super::overlay::{Layer, OverlayImage, OverlayLook, Overlays};
use super::textures::Sampled;
use super::{RenderConfig, Renderer, card, pass, passes, uniforms};
use crate::units::Seconds;

/// What the final pass does to the wall in this frame.
#[derive(Clone, Copy)]
pub(super) struct Finishing {
    pub uniform: uniforms::Finish,
    pub drawn: Drawn,
    pub overlay: OverlayLook,
    /// [`Look::master`], which the overlay follows, too.
    pub master: f32,
}

impl Default for Finishing {
    fn default() -> Self {
        Self {
            uniform: uniforms::Finish::neutral(),
            drawn: Drawn::default(),
            overlay: OverlayLook::default(),
            master: 1.0,
        }
    }
}

impl Renderer {
    /// Encodes the canvas for an 8-bit `target`, where on it `fit` says; the rest becomes black. May be called again
    /// for another target of the same frame.
    pub fn finish(&mut self, gpu: &Gpu, target: &wgpu::TextureView, fit: &Fit) {
        if self.config.test_card {
            self.make_card(gpu, fit.picture_px());
        }
        let canvas = &self.textures.canvases[self.textures.current];
        let Finishing { uniform: mut finishing, drawn, .. } = self.finishing;
        let (mut picture, mut glow, levels) = self.chain.finished(drawn, canvas);
        finishing.glow /= levels as f32;
        let mut rich = drawn.rich;
        if let Some(card) = self.textures.card.as_ref().filter(|_| self.config.test_card) {
            (picture, glow, rich) = (card, card, 0);
            finishing = uniforms::Finish { frame: finishing.frame, ..uniforms::Finish::neutral() };
        }
        let (size, format) = (picture.size(), target.texture().format());
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let layer = seen_layer(&self.config, &self.finishing);
        let (uniform, draws) = (&self.passes.finish_uniform, &self.limiter.draws);
        let groups = [&uniform.group, &picture.group, &glow.group, &self.limiter.limits.group];
        // No pipeline exists for a format that was not announced to `new`: a bug of the caller; nothing is drawn then.
        if layer.is_none() && fit.quarter_turns == 0 && size == fit.picture_px() {
            let Some(pipelines) = self.passes.finish_for(format, rich) else { return };
            uniform.write(gpu, &uniforms::Finish { origin: [fit.region.x, fit.region.y], ..finishing });
            pass::draw_either(&mut encoder, target, (pipelines, draws), &groups, Some(fit.region));
        } else {
            let pipelines = self
                .passes
                .finish_for(passes::STILL_FORMAT, rich)
                .zip(self.passes.scale_for(format, !fit.quarter_turns.is_multiple_of(4)));
            let Some((finish, scale)) = pipelines else { return };
            if self.textures.finished.as_ref().is_none_or(|finished| finished.size() != size) {
                self.textures.finished = Some(Sampled::finished(gpu, &self.passes, size));
            }
            let Some(finished) = &self.textures.finished else { return };
            uniform.write(gpu, &finishing);
            pass::draw_either(&mut encoder, &finished.view, (finish, draws), &groups, None);
            self.passes.scale_uniform.write(gpu, &uniforms::Scale::to(fit));
            let groups = [&self.passes.scale_uniform.group, &finished.group];
            pass::draw(&mut encoder, target, scale, &groups, Some(fit.region));
            if let Some((layer, overlays)) = layer.zip(self.overlays.as_mut()) {
                let below = [&finished.group, &self.limiter.limits.group];
                overlays.draw(gpu, &self.passes, &mut encoder, &layer, (below, target, fit));
            }
        }
        gpu.queue.submit([encoder.finish()]);
    }

    fn make_card(&mut self, gpu: &Gpu, size: [u32; 2]) {
        if self.textures.card.as_ref().is_none_or(|card| card.size() != size) {
            self.textures.card = Some(Sampled::image(gpu, &self.passes, size, &card::card(size[0], size[1])));
        }
    }

    /// Other overlays from the next frame on.
    pub fn set_overlays(&mut self, gpu: &Gpu, overlays: Arc<[OverlayImage]>) {
        let some = !overlays.is_empty();
        self.config.overlays = overlays;
        match &mut self.overlays {
            Some(known) => known.forget(),
            none if some => *none = Some(Overlays::new(gpu, &self.passes, self.config.surface_format)),
            _ => {}
        }
    }

    /// Copies the chosen overlay to the device when it is chosen, and not when it is first seen.
    pub(super) fn prepare_overlay(&mut self, gpu: &Gpu) {
        if let Some((layer, overlays)) = layer(&self.config, &self.finishing).zip(self.overlays.as_mut()) {
            overlays.prepare(gpu, &self.passes, &layer);
        }
    }

    /// Measures the wall as it is about to be shown, and lets the limiter decide what of it is held.
    pub(super) fn limit(&mut self, gpu: &Gpu, now: Seconds) {
        let canvas = &self.textures.canvases[self.textures.current];
        let Finishing { uniform: mut finishing, drawn, .. } = self.finishing;
        let (picture, glow, levels) = self.chain.finished(drawn, canvas);
        finishing.glow /= levels as f32;
        self.passes.finish_uniform.write(gpu, &finishing);
        let window = self.config.viewing.window(self.wall_aspect());
        let groups = [&self.passes.finish_uniform.group, &picture.group, &glow.group];
        let overlay = seen_layer(&self.config, &self.finishing).zip(self.overlays.as_mut());
        self.limiter.draw(gpu, &self.passes, Seen { now, window, rich: drawn.rich, overlay }, groups);
    }

    /// Works out the colours of this frame, master and strobe in one factor.
    pub(super) fn finishing_of(&self, look: &Look) -> uniforms::Finish {
        let gain = look.master() * look.effects.strobe_gain;
        let (sin, cos) = look.hue_degrees.to_radians().sin_cos();
        uniforms::Finish {
            hue: [cos, sin],
            saturation: look.saturation.max(0.0),
            contrast: look.contrast.max(0.0),
            gain: if gain.is_finite() { gain } else { 1.0 },
            adjust: u32::from(!look.is_neutral()),
            frame: self.dither_frame,
            ..look.effects.finish(self.config.height_px)
        }
    }
}

/// The overlay of this frame, if there is one to be seen.
fn seen_layer<'a>(config: &'a RenderConfig, finishing: &Finishing) -> Option<Layer<'a>> {
    layer(config, finishing).filter(|layer| layer.look.level > 0.0 && !config.test_card)
}

/// The overlay that is chosen, if there is one.
fn layer<'a>(config: &'a RenderConfig, finishing: &Finishing) -> Option<Layer<'a>> {
    let Finishing { overlay: look, master: gain, .. } = *finishing;
    let image = config.overlays.get(look.index).or(config.overlays.last())?;
    let aspect = f64::from(config.width_px.max(1)) / f64::from(config.height_px.max(1));
    Some(Layer { image, look, gain, aspect, limited: config.flash_limiter })
}
