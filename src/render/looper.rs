//! The loop of the look: the next beats of the wall are recorded while they play, and then play again and again until it
//! ends, in time with the music. Effects stay live on top. Main thread, once per drawn frame.

use wgpu::{CommandEncoder, RenderPipeline};

use super::gpu::Gpu;
use super::pass;
use super::passes::Passes;
use super::textures::Sampled;

/// Pictures in a loop: one in 30 ms in four beats at 126 bpm.
const SLOTS: usize = 64;
/// Most pixels of one, so that a whole loop takes 60 MB.
const MOST_PX: u32 = 640 * 360;

/// What a frame does with the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Off,
    Record(usize),
    Play(usize),
}

#[derive(Default)]
pub(super) struct Looper {
    /// First beat and length in beats, while it is on.
    running: Option<(f64, f64)>,
    slots: Vec<Option<Sampled>>,
}

impl Looper {
    pub fn is_on(&self) -> bool {
        self.running.is_some()
    }

    /// Where a frame at `beats` is in a loop of `length_beats`; 0 ends it.
    fn turn(&mut self, beats: f64, length_beats: f64) -> Turn {
        if length_beats <= 0.0 {
            *self = Self::default();
            return Turn::Off;
        }
        let (began, length) = *self.running.get_or_insert((beats, length_beats));
        let since = (beats - began).max(0.0);
        let slot = (((since / length).fract() * SLOTS as f64) as usize).min(SLOTS - 1);
        if since < length { Turn::Record(slot) } else { Turn::Play(slot) }
    }

    /// Records `canvas` or gives what was recorded, to be shown in its place.
    pub fn step(&mut self, at: &LoopContext<'_>, canvas: &Sampled, encoder: &mut CommandEncoder) -> Option<&Sampled> {
        match self.turn(at.beats, at.length_beats) {
            Turn::Off => None,
            Turn::Record(slot) => {
                self.slots.resize_with(SLOTS, || None);
                if self.slots[slot].is_none() {
                    let kept = Sampled::kept(at.gpu, at.passes, small(canvas.size()));
                    pass::draw(encoder, &kept.view, at.keep, &[at.uniform, &canvas.group], None);
                    self.slots[slot] = Some(kept);
                }
                None
            }
            // A slow wall leaves slots out: the one before stands in.
            Turn::Play(slot) => self.slots[..=slot].iter().rev().flatten().next(),
        }
    }
}

/// When and with what a loop is drawn.
pub(super) struct LoopContext<'a> {
    pub gpu: &'a Gpu,
    pub passes: &'a Passes,
    /// Copies a canvas onto a picture of the loop.
    pub keep: &'a RenderPipeline,
    pub uniform: &'a wgpu::BindGroup,
    pub beats: f64,
    /// 0 is off.
    pub length_beats: f64,
}

/// `size`, or the same shape in fewer pixels.
fn small(size: [u32; 2]) -> [u32; 2] {
    let shrink = (f64::from(MOST_PX) / (f64::from(size[0]) * f64::from(size[1]))).sqrt().min(1.0);
    size.map(|side| ((f64::from(side) * shrink).round() as u32).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_records_its_length_and_then_repeats_it() {
        let mut looper = Looper::default();
        assert_eq!(looper.turn(7.0, 0.0), Turn::Off);
        assert_eq!(looper.turn(8.0, 2.0), Turn::Record(0));
        assert_eq!(looper.turn(9.0, 2.0), Turn::Record(32));
        assert_eq!(looper.turn(10.0, 2.0), Turn::Play(0));
        assert_eq!(looper.turn(13.0, 2.0), Turn::Play(32));
        // Another length counts from the next press on.
        assert_eq!(looper.turn(14.5, 1.0), Turn::Play(16));
        assert_eq!(looper.turn(15.0, 0.0), Turn::Off);
        assert_eq!(looper.turn(15.5, 1.0), Turn::Record(0));
    }

    #[test]
    fn a_loop_of_a_large_wall_is_small() {
        assert_eq!(small([1280, 720]), [640, 360]);
        assert_eq!(small([320, 180]), [320, 180]);
    }
}
