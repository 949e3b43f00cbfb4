//! The playhead: the two layers that the wall fades between, and how far the fade is.
//!
//! The playhead runs one image behind: a new image becomes the target, and the fade starts from whatever the
//! wall shows at that moment, so there is no jump and no queue. Bookkeeping without GPU: the renderer asks for
//! [`Playhead::standing`], prepares the textures, and sets the new layers.

use std::sync::Arc;

use crate::frame::{Affine, Frame, Pose};
use crate::motion::Placement;
use crate::units::Seconds;

use super::Shown;

/// `morph_speed` from here on means: no morph, every image is a cut.
pub const MORPH_SPEED_CUT: f32 = 8.0;
/// Weight from which an image counts as displayed.
const VISIBLE_WEIGHT: f32 = 1.0 / 32.0;
/// Share of a new measurement in the mean image interval.
const INTERVAL_ALPHA: f64 = 0.2;
/// Image interval assumed until two images have arrived.
const FIRST_INTERVAL_S: f64 = 0.5;

/// The texture a layer is sampled from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LayerSource {
    /// A slot of the ring of arrived images.
    Ring(usize),
    /// What the wall showed when an image arrived in the middle of a fade.
    Held(usize),
}

/// A texture that can be on the wall, and the camera poses for which it needs no movement.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub source: LayerSource,
    pub pose: Pose,
    /// The view it was drawn with: none for an image.
    pub view: Affine,
    pub placement: Placement,
    /// The image, or the one with the larger weight in a held fade: to recreate the layer in new textures.
    pub image: Option<KeptImage>,
    pub shown: Shown,
    /// Whether its alpha tells how near each point is.
    pub deep: bool,
}

/// An image, and the content pose for which it needs no movement.
#[derive(Clone, Debug)]
pub(super) struct KeptImage {
    pub frame: Arc<Frame>,
    pub pose: Pose,
}

/// What a new image would fade from.
#[derive(Debug)]
pub(super) enum Standing {
    Nothing,
    One(Box<Layer>),
    Between,
}

#[derive(Debug, Default)]
pub(super) struct Playhead {
    from: Option<Layer>,
    to: Option<Layer>,
    blend: f32,
    interval: Interval,
    /// Length of the fade while a pad glides; otherwise it follows the image interval.
    glide_s: Option<f64>,
}

impl Playhead {
    /// Lets `dt_s` pass at the performer's `morph_speed`.
    pub fn advance(&mut self, dt_s: f64, morph_speed: f32) {
        if self.blend < 1.0 {
            let step = (dt_s / self.fade_s(morph_speed)) as f32;
            self.blend = if step.is_nan() { 1.0 } else { (self.blend + step).clamp(0.0, 1.0) };
        }
        if self.blend >= 1.0 {
            (self.from, self.glide_s) = (None, None);
        }
    }

    /// How long a whole fade takes.
    fn fade_s(&self, morph_speed: f32) -> f64 {
        if let Some(glide_s) = self.glide_s {
            return glide_s;
        }
        if morph_speed >= MORPH_SPEED_CUT { 0.0 } else { self.interval.mean_s() / f64::from(morph_speed.max(0.01)) }
    }

    pub fn standing(&self) -> Standing {
        match (&self.from, &self.to) {
            (_, None) => Standing::Nothing,
            (Some(from), Some(_)) if self.blend <= 0.0 => Standing::One(Box::new(from.clone())),
            (Some(_), Some(_)) if self.blend < 1.0 => Standing::Between,
            (_, Some(to)) => Standing::One(Box::new(to.clone())),
        }
    }

    /// Shows `layer` alone from now on.
    pub fn cut(&mut self, layer: Layer) {
        (self.from, self.to, self.blend, self.glide_s) = (None, Some(layer), 1.0, None);
        self.interval.interrupt();
    }

    /// Starts a fade that lasts `seconds`. It begins at the weight from which `to` counts as displayed.
    pub fn glide(&mut self, from: Layer, to: Layer, seconds: f64) {
        (self.from, self.to, self.blend, self.glide_s) = (Some(from), Some(to), VISIBLE_WEIGHT, Some(seconds));
        self.interval.interrupt();
    }

    /// Replaces the target in the middle of a glide, which still ends when it was going to: `left_s` from now.
    pub fn glide_on(&mut self, from: Layer, to: Layer, now: Seconds, left_s: f64) {
        self.interval.arrived(now);
        (self.from, self.to, self.blend, self.glide_s) = (Some(from), Some(to), 0.0, Some(left_s));
    }

    /// Seconds until a pad's glide lands; none outside of one.
    pub fn glide_left_s(&self) -> Option<f64> {
        self.glide_s.map(|glide_s| glide_s * f64::from(1.0 - self.blend))
    }

    /// Starts fading from what stands on the wall to `to`, `age_s` after the fade should have begun.
    pub fn retarget(&mut self, from: Layer, to: Layer, now: Seconds, age_s: f64, morph_speed: f32) {
        self.interval.arrived(now);
        (self.from, self.to, self.blend, self.glide_s) = (Some(from), Some(to), 0.0, None);
        self.advance(age_s, morph_speed);
    }

    /// Both layers (the same one twice outside a fade) and the weight of the second.
    pub fn layers(&self) -> Option<(&Layer, &Layer, f32)> {
        let to = self.to.as_ref()?;
        Some((self.from.as_ref().unwrap_or(to), to, if self.from.is_some() { self.blend } else { 1.0 }))
    }

    /// The image that is most of what stands on the wall.
    pub fn image(&self) -> Option<KeptImage> {
        let (from, to, blend) = self.layers()?;
        if blend < 0.5 { from } else { to }.image.clone()
    }

    pub fn uses(&self, source: LayerSource) -> bool {
        [&self.from, &self.to].into_iter().flatten().any(|layer| layer.source == source)
    }

    /// Shifts all poses as if the camera had not moved from `last` to `here`: after a freeze the picture does not jump.
    pub fn forgive(&mut self, last: Pose, here: Pose) {
        for layer in [&mut self.from, &mut self.to].into_iter().flatten() {
            layer.pose = here.less(last.since(layer.pose));
            if let Some(image) = &mut layer.image {
                image.pose = here.less(last.since(image.pose));
            }
        }
    }

    /// Lays the images anew on a wall of another shape.
    pub fn place(&mut self, placement_of: impl Fn(&Frame) -> Placement) {
        for layer in [&mut self.from, &mut self.to].into_iter().flatten() {
            // A caught fade lies as it was caught.
            if let (LayerSource::Ring(_), Some(image)) = (layer.source, &layer.image) {
                layer.placement = placement_of(&image.frame);
            }
        }
    }

    /// The newest image that can be seen.
    pub fn shown(&self) -> Shown {
        match self.layers() {
            None => Shown::default(),
            Some((_, to, blend)) if blend >= VISIBLE_WEIGHT => to.shown,
            Some((from, ..)) => from.shown,
        }
    }

    /// Takes both layers, `from` first, and the blend, before their textures are replaced.
    pub fn take(&mut self) -> (Option<Layer>, Option<Layer>, f32) {
        (self.from.take(), self.to.take(), self.blend)
    }

    /// Puts back what [`Self::take`] took, in new textures.
    pub fn restore(&mut self, from: Option<Layer>, to: Option<Layer>, blend: f32) {
        self.blend = if from.is_some() { blend } else { 1.0 };
        (self.from, self.to) = (from, to);
    }
}

/// The measured time between streamed images: an exponential mean; each gap is clamped to 0.5–2 times the mean.
#[derive(Debug, Default)]
struct Interval {
    mean_s: Option<f64>,
    last: Option<Seconds>,
}

impl Interval {
    fn mean_s(&self) -> f64 {
        self.mean_s.unwrap_or(FIRST_INTERVAL_S)
    }

    fn arrived(&mut self, now: Seconds) {
        if let Some(last) = self.last.filter(|&last| now > last) {
            let measured = now.since(last);
            self.mean_s = Some(match self.mean_s {
                None => measured,
                Some(mean) => mean + INTERVAL_ALPHA * (measured.clamp(0.5 * mean, 2.0 * mean) - mean),
            });
        }
        self.last = Some(now);
    }

    /// Called on a cut or glide: the gap to the next image is not measured.
    fn interrupt(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(sequence: u64) -> Layer {
        let placement = Placement::cover(1.0, 1.0);
        let shown = Shown { sequence, event: 0 };
        Layer {
            source: LayerSource::Ring(0),
            pose: Pose::default(),
            view: Affine::IDENTITY,
            placement,
            image: None,
            shown,
            deep: false,
        }
    }

    #[test]
    fn a_fade_lasts_one_interval_and_speed_divides_it() {
        for (speed, blend_after) in [(1.0, 0.5), (2.0, 1.0), (0.5, 0.25), (8.0, 1.0)] {
            let mut head = Playhead::default();
            head.retarget(layer(0), layer(1), Seconds(1.0), 0.0, speed);
            let blend = |head: &Playhead| head.layers().map(|(.., blend)| blend).unwrap();
            assert_eq!(blend(&head), if speed >= 8.0 { 1.0 } else { 0.0 });
            head.advance(0.25, speed);
            assert!((blend(&head) - blend_after).abs() < 1e-6, "speed {speed}");
        }
    }

    #[test]
    fn interval_follows_slowly_and_shrugs_off_a_gap() {
        let mut interval = Interval::default();
        for n in 0..50 {
            interval.arrived(Seconds(f64::from(n) * 0.2));
        }
        assert!((interval.mean_s() - 0.2).abs() < 1e-9);
        interval.arrived(Seconds(100.0));
        assert!((interval.mean_s() - 0.24).abs() < 1e-9, "a gap counts as twice the mean, by a fifth");
        interval.interrupt();
        interval.arrived(Seconds(200.0));
        assert!((interval.mean_s() - 0.24).abs() < 1e-9);
    }

    #[test]
    fn shown_is_the_newest_visible() {
        let mut head = Playhead::default();
        assert_eq!(head.shown(), Shown::default());
        head.cut(layer(1));
        assert_eq!(head.shown().sequence, 1);
        head.retarget(layer(1), layer(2), Seconds(0.0), 0.0, 1.0);
        assert_eq!(head.shown().sequence, 1);
        head.advance(0.05, 1.0);
        assert_eq!(head.shown().sequence, 2);
        assert!(matches!(head.standing(), Standing::Between));
        head.advance(9.0, 1.0);
        assert!(matches!(head.standing(), Standing::One(layer) if layer.shown.sequence == 2));
    }
}
