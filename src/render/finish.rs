//! The last passes: from the canvas to a target, at its own size or scaled, turned and placed on it.
//!
//! A canvas that fits its target is encoded pixel by pixel onto it. Any other is encoded at its own size first and then
//! scaled: encoding costs far more than looking up, and a canvas is made small because the machine is slow.

use super::fit::Fit;
use super::gpu::Gpu;
use super::look::Look;
use super::textures::Sampled;
use super::{Renderer, card, passes, uniforms};
use crate::units::Seconds;

impl Renderer {
    /// Encodes the canvas for an 8-bit `target`, where on it `fit` says; the rest becomes black. May be called again
    /// for another target of the same frame.
    pub fn finish(&mut self, gpu: &Gpu, target: &wgpu::TextureView, fit: &Fit) {
        let (finishing, picture) = if self.config.test_card {
            self.make_card(gpu, fit.picture_px());
            (
                uniforms::Finish { frame: self.finishing.frame, ..uniforms::Finish::neutral() },
                self.textures.card.as_ref(),
            )
        } else {
            (self.finishing, None)
        };
        let picture = picture.unwrap_or(&self.textures.canvases[self.textures.current]);
        let (size, format) = (picture.size(), target.texture().format());
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let (uniform, groups) = (&self.passes.finish_uniform, [&self.passes.finish_uniform.group, &picture.group]);
        // No pipeline exists for a format that was not announced to `new`: a bug of the caller; nothing is drawn then.
        if fit.quarter_turns == 0 && size == fit.picture_px() {
            let Some(pipeline) = self.passes.finish_for(format) else { return };
            uniform.write(gpu, &uniforms::Finish { origin: [fit.region.x, fit.region.y], ..finishing });
            passes::draw(&mut encoder, target, pipeline, &groups, Some(fit.region));
        } else {
            let pipelines = self.passes.finish_for(passes::STILL_FORMAT).zip(self.passes.scale_for(format));
            let Some((finish, scale)) = pipelines else { return };
            if self.textures.finished.as_ref().is_none_or(|finished| finished.size() != size) {
                self.textures.finished = Some(Sampled::finished(gpu, &self.passes, size));
            }
            let Some(finished) = &self.textures.finished else { return };
            uniform.write(gpu, &finishing);
            passes::draw(&mut encoder, &finished.view, finish, &groups, None);
            self.passes.scale_uniform.write(gpu, &uniforms::Scale::to(fit));
            let groups = [&self.passes.scale_uniform.group, &finished.group];
            passes::draw(&mut encoder, target, scale, &groups, Some(fit.region));
        }
        gpu.queue.submit([encoder.finish()]);
    }

    fn make_card(&mut self, gpu: &Gpu, size: [u32; 2]) {
        if self.textures.card.as_ref().is_none_or(|card| card.size() != size) {
            self.textures.card = Some(Sampled::image(gpu, &self.passes, size, &card::card(size[0], size[1])));
        }
    }

    /// Works out the master for this frame: brightness, limiter and blackout in one factor.
    pub(super) fn finishing_of(&mut self, now: Seconds, look: &Look) -> uniforms::Finish {
        let limit = self.limiter.step(now, look.luminance_of(self.canvas_luminance));
        let limit = if self.config.flash_limiter { limit } else { 1.0 };
        let gain = look.brightness.max(0.0) * limit * (1.0 - look.blackout.clamp(0.0, 1.0));
        let (sin, cos) = look.hue_degrees.to_radians().sin_cos();
        uniforms::Finish {
            hue: [cos, sin],
            saturation: look.saturation.max(0.0),
            contrast: look.contrast.max(0.0),
            gain: if gain.is_finite() { gain } else { 1.0 },
            adjust: u32::from(!look.is_neutral()),
            frame: self.dither_frame,
            ..uniforms::Finish::neutral()
        }
    }
}
