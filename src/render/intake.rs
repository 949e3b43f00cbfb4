//! What happens when an image arrives: it is checked, uploaded into the ring, and becomes the target of a fade from
//! what the wall shows. Main thread, inside a frame.

use std::sync::Arc;

use crate::frame::{Affine, Arrival, Frame};
use crate::motion::Placement;
use crate::units::Seconds;

use super::playhead::{KeptImage, Layer, LayerSource, Standing};
use super::textures::{RING, Ring};
use super::{Gpu, Look, Renderer, Shown, Trail};

/// The widest image every WebGPU device takes.
const LARGEST_IMAGE_PX: u32 = 8192;

/// Images on their way in.
#[derive(Default)]
pub(super) struct Arrivals {
    /// At most one cut and the newest streamed image after it.
    pub pending: Vec<Arc<Frame>>,
    /// Replaced by newer ones before a frame was drawn; refused because their size is wrong.
    pub skipped: u64,
    pub unusable: u64,
}

impl Renderer {
    /// Makes an arrived image the one shown, or the one faded to.
    pub(super) fn accept(&mut self, gpu: &Gpu, frame: Arc<Frame>, now: Seconds, dt_s: f64, look: &Look) {
        if frame.arrival == Arrival::Cut {
            let layer = self.upload(gpu, frame);
            self.playhead.cut(layer);
            return;
        }
        // What is faded from must be held before the ring gets another size.
        let from = match self.playhead.standing() {
            Standing::One(layer) if self.textures.ring.fits(&frame) => *layer,
            _ => self.hold(gpu, look),
        };
        // The image was complete some time between two frames: its fade starts from that time.
        let age_s = now.since(frame.made_at()).clamp(0.0, dt_s);
        let arrival = frame.arrival;
        let to = self.upload(gpu, frame);
        match (arrival, self.playhead.glide_left_s()) {
            (Arrival::Glide { seconds }, _) => self.playhead.glide(from, to, f64::from(seconds)),
            (_, Some(left_s)) => self.playhead.glide_on(from, to, now, left_s),
            (_, None) => self.playhead.retarget(from, to, now, age_s, look.morph_speed),
        }
    }

    /// Renders what the wall shows now, without trails, into a held texture, to fade from.
    fn hold(&mut self, gpu: &Gpu, look: &Look) -> Layer {
        let index = usize::from(self.playhead.uses(LayerSource::Held(0)));
        let target = self.textures.held[index].view.clone();
        self.picture(gpu, &target, look, Trail::none(look));
        let wall_aspect = self.wall_aspect();
        let picture_height = self.picture_height();
        Layer {
            source: LayerSource::Held(index),
            pose: look.content,
            view: look.view,
            placement: Placement::whole_wall(wall_aspect, picture_height),
            image: self.playhead.image(),
            shown: self.playhead.shown(),
            deep: self.playhead.layers().is_some_and(|(from, to, _)| from.deep || to.deep),
        }
    }

    /// Recreates the ring when `frame` has another size. Its content is lost: a layer still needed must be held before.
    fn make_room(&mut self, gpu: &Gpu, frame: &Frame) {
        if !self.textures.ring.fits(frame) {
            let image = [frame.width_px, frame.height_px];
            // No larger than the wall: what is made smaller again would shimmer.
            let wall = self.textures.canvases[0].size();
            let times = std::iter::zip(wall, image).map(|(wall, image)| wall.div_ceil(image)).max().unwrap_or(1);
            self.textures.ring = Ring::new(gpu, &self.passes, image, times.min(self.config.upscale));
        }
    }

    /// Uploads an image into a ring slot that the playhead does not use.
    pub(super) fn upload(&mut self, gpu: &Gpu, frame: Arc<Frame>) -> Layer {
        self.make_room(gpu, &frame);
        // At most two of the four slots are in use.
        let slot = (0..RING).find(|&slot| !self.playhead.uses(LayerSource::Ring(slot))).unwrap_or(0);
        self.textures.ring.upload(gpu, &self.passes, slot, &frame);
        Layer {
            source: LayerSource::Ring(slot),
            pose: frame.pose,
            view: Affine::IDENTITY,
            placement: placement_of(&frame, self.wall_aspect()),
            shown: Shown { sequence: frame.sequence, event: frame.event },
            deep: frame.deep,
            image: Some(KeptImage { pose: frame.pose, frame }),
        }
    }
}

pub(super) fn placement_of(frame: &Frame, wall_aspect: f64) -> Placement {
    Placement::cover(f64::from(frame.width_px) / f64::from(frame.height_px), wall_aspect)
}

pub(super) fn usable(frame: &Frame) -> bool {
    let side = 1..=LARGEST_IMAGE_PX;
    side.contains(&frame.width_px)
        && side.contains(&frame.height_px)
        && frame.pixels.len() == 4 * frame.width_px as usize * frame.height_px as usize
}
