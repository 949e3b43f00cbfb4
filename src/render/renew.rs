//! The renderer at another size, and on another device.

use super::intake::placement_of;
use super::playhead::{Layer, LayerSource};
use super::textures::Sampled;
use super::{Gpu, Renderer};

impl Renderer {
    /// Draws at another size from the next frame on. What is on the wall stays, trails too.
    pub fn resize(&mut self, gpu: &Gpu, width_px: u32, height_px: u32) {
        let size = [width_px.max(1), height_px.max(1)];
        if size == [self.config.width_px, self.config.height_px] {
            return;
        }
        [self.config.width_px, self.config.height_px] = size;
        // On another device `rebuild` makes everything anew. The canvases are resized when they are next drawn on.
        let here = self.generation == gpu.generation;
        for (index, held) in self.textures.held.iter_mut().enumerate() {
            // A held texture that the current fade starts from keeps its old size and content.
            if here && !self.playhead.uses(LayerSource::Held(index)) {
                *held = Sampled::canvas(gpu, &self.passes, size);
            }
        }
        let wall_aspect = self.wall_aspect();
        self.playhead.place(|frame| placement_of(frame, wall_aspect));
    }

    /// Recreates everything on `gpu`, after a lost device or a panic, with the images that were on the wall. The trail
    /// is lost.
    pub fn rebuild(&mut self, gpu: &Gpu) {
        let (from, to, blend) = self.playhead.take();
        let fresh = Self::new(gpu, self.config.clone());
        (self.passes, self.textures, self.flow) = (fresh.passes, fresh.textures, None);
        (self.chain, self.limiter, self.overlays) = (fresh.chain, fresh.limiter, fresh.overlays);
        (self.generation, self.drawn) = (gpu.generation, false);
        // The content of a held texture is lost: the image with the larger weight in it stands in.
        let to = to.and_then(|layer| self.again(gpu, layer));
        self.playhead.restore(None, to.clone(), blend);
        let same_size = |layer: &Layer| layer.image.as_ref().is_some_and(|image| self.textures.ring.fits(&image.frame));
        let from = from.filter(same_size).and_then(|layer| self.again(gpu, layer));
        self.playhead.restore(from, to, blend);
    }

    /// A layer of a lost device on this one, if its image is known.
    fn again(&mut self, gpu: &Gpu, layer: Layer) -> Option<Layer> {
        let image = layer.image?;
        let fresh = self.upload(gpu, image.frame);
        Some(Layer { pose: image.pose, ..fresh })
    }
}
