//! The flash limiter: no more flashes reach the wall than the standards for photosensitive epilepsy let pass, in any part of
//! it, in luminance and in saturated red.
//!
//! The rule is `shaders/flash.wgsl`, which looks at the colours as they are about to be shown and says how much light and
//! saturation each tile keeps in this frame. Its state stays on the device. Main thread, once per drawn frame.

use wgpu::{BindGroup, ComputePipeline};

use super::gpu::Gpu;
use super::overlay::{Layer, Overlays};
use super::pass;
use super::passes::{self, Passes};
pub(super) use super::telltale::TILES;
use super::telltale::Telltale;
use super::textures::Sampled;
use super::uniforms;
use super::wgsl::wgsl;
use crate::units::Seconds;

/// Cells of the wall: what is measured, two to a tile each way.
const CELLS: [u32; 2] = [2 * TILES[0], 2 * TILES[1]];
/// Part of the wall's width within which flashes count together, where nobody says how large it is and how far away.
const WINDOW: f64 = 0.2;
/// The field of view within which flashes count together: 10°, as half of its angle's tangent.
const HALF_FIELD: f64 = 0.087_489;
/// Bytes of the shader's state: for each tile four cells of ten numbers, two limits, and four counts of sixteen.
const STATE_BYTES: u64 = 4 * (4 * 10 + 2 + 4 * 16) * (TILES[0] * TILES[1]) as u64;
/// Times of the shader begin here: 0 means never.
const FIRST_MS: f64 = 10_000.0;

/// How large the wall is and from where it is seen, in metres.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Viewing {
    /// Width of the wall.
    pub wall_width_m: Option<f32>,
    /// Distance of those who stand nearest.
    pub viewer_m: Option<f32>,
}

impl Viewing {
    /// The tiles within which flashes count together, on a wall of this width over its height.
    pub(super) fn window(self, aspect: f64) -> [u32; 2] {
        let seen = self.wall_width_m.zip(self.viewer_m).map(|(wall, viewer)| f64::from(viewer / wall));
        let width = seen.map_or(WINDOW, |distance| 2.0 * HALF_FIELD * distance);
        let tiles = |share: f64, all: u32| ((share * f64::from(all)).round() as u32).clamp(1, all);
        [tiles(width, TILES[0]), tiles(width * aspect, TILES[1])]
    }
}

/// The limiter on the device.
pub(super) struct FlashLimiter {
    /// `Flash`.
    now: wgpu::Buffer,
    pipeline: ComputePipeline,
    group: BindGroup,
    /// Colours of the cells, as they would be shown, and the same without an overlay.
    measured: Sampled,
    bare: Option<Sampled>,
    /// Gain and saturation.
    pub limits: Sampled,
    /// Arguments of the final pass: drawn without limits, and with them.
    pub draws: wgpu::Buffer,
    pub telltale: Telltale,
    last: Option<Seconds>,
}

impl FlashLimiter {
    pub fn new(gpu: &Gpu, passes: &Passes) -> Self {
        let measured = Sampled::canvas(gpu, passes, CELLS);
        let limits = Sampled::storage(gpu, passes, TILES);
        let buffer = |size, more| {
            let usage = wgpu::BufferUsages::STORAGE | more;
            gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("flash"),
                size,
                usage,
                mapped_at_creation: false,
            })
        };
        let state = buffer(STATE_BYTES, wgpu::BufferUsages::empty());
        let draws = buffer(32, wgpu::BufferUsages::INDIRECT | wgpu::BufferUsages::COPY_DST);
        gpu.queue.write_buffer(&draws, 0, bytemuck::bytes_of(&[3u32, 1, 0, 0, 3, 0, 0, 0]));
        let now = buffer(size_of::<uniforms::Flash>() as u64, wgpu::BufferUsages::COPY_DST);
        let storage = |read_only| passes::buffer(wgpu::BufferBindingType::Storage { read_only });
        let (layout, group) = passes::computed(
            gpu,
            &[
                (storage(true), now.as_entire_binding()),
                (passes::texture(), wgpu::BindingResource::TextureView(&measured.view)),
                (storage(false), state.as_entire_binding()),
                (Sampled::written(), wgpu::BindingResource::TextureView(&limits.view)),
                (storage(false), draws.as_entire_binding()),
            ],
        );
        let pipeline = passes::compute(gpu, wgsl!("color.wgsl", "flash.wgsl"), &layout);
        Self { now, pipeline, group, measured, bare: None, limits, draws, telltale: Telltale::new(gpu), last: None }
    }

    /// Measures the wall as `finish` would show it at `now`, and decides what of it is held. `groups` are what the final
    /// pass reads: uniform, picture and glow.
    pub fn draw(&mut self, gpu: &Gpu, passes: &Passes, seen: Seen<'_>, groups: [&BindGroup; 3]) {
        let Seen { now, window, rich, overlay } = seen;
        let elapsed_s = self.last.map_or(0.0, |last| now.since(last).clamp(0.0, 1.0));
        let first = u32::from(self.last.replace(now).is_none());
        let now_ms = (now.0 * 1000.0 + FIRST_MS).max(1.0) as u64 as u32;
        let flash = uniforms::Flash { window, now_ms, elapsed_s: elapsed_s as f32, first, padding: 0 };
        gpu.queue.write_buffer(&self.now, 0, bytemuck::bytes_of(&flash));
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let [uniform, picture, glow] = groups;
        let groups = [uniform, picture, glow, &self.limits.group];
        let mut measure =
            |onto: &Sampled| pass::draw(&mut encoder, &onto.view, passes.measure_for(rich), &groups, None);
        match overlay {
            None => measure(&self.measured),
            Some((layer, overlays)) => {
                let bare = self.bare.get_or_insert_with(|| Sampled::canvas(gpu, passes, CELLS));
                measure(bare);
                overlays.measure(gpu, passes, &mut encoder, &layer, (bare, &self.measured.view));
            }
        }
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.group, &[]);
        pass.dispatch_workgroups(1, 1, 1);
        drop(pass);
        gpu.queue.submit([encoder.finish()]);
        self.telltale.look(gpu, &self.limits, now);
    }
}

/// When and how the wall is looked at.
pub(super) struct Seen<'a> {
    pub now: Seconds,
    /// Tiles within which flashes count together.
    pub window: [u32; 2],
    /// [`super::effects::Effects::richness`].
    pub rich: usize,
    /// What is laid over the wall.
    pub overlay: Option<(Layer<'a>, &'a mut Overlays)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_what_ten_degrees_see() {
        let of = |wall_width_m, viewer_m, aspect| Viewing { wall_width_m, viewer_m }.window(aspect);
        assert_eq!(of(None, None, 16.0 / 9.0), [6, 6]);
        // Four metres from five: 0.87 m of the wall, a fifth.
        assert_eq!(of(Some(4.0), Some(5.0), 16.0 / 9.0), [7, 7]);
        assert_eq!(of(Some(2.0), Some(40.0), 16.0 / 9.0), TILES, "a screen far away counts as a whole");
        assert_eq!(of(Some(40.0), Some(1.0), 16.0 / 9.0), [1, 1]);
    }
}
