//! The estimate on a graphics card: `shaders/flow.wgsl`, all of its steps in one submission.

use wgpu::{BindGroup, BindingResource, BufferUsages, ComputePassDescriptor, ComputePipeline};

use super::estimate::STEPS;
use crate::render::gpu::Gpu;
use crate::render::passes::{self, Passes};
use crate::render::textures::Sampled;
use crate::render::wgsl::wgsl;

/// The largest grid, columns and rows, and the pixels of all of its levels: the arrays of the shader.
pub(super) const GRID: [u32; 2] = [96, 54];
const ALL_PIXELS: u64 = 6900;
/// Bytes of the shader's state: the number of the step, and its arrays in order.
const STATE_BYTES: u64 = {
    let (grid, pair, four) = ((GRID[0] * GRID[1]) as u64, 8, 16);
    // Fours are aligned to sixteen bytes.
    let levels = (pair + 2 * pair * ALL_PIXELS).next_multiple_of(four);
    levels + 2 * four * grid + pair * grid + four * ALL_PIXELS + 6 * four * grid
};

pub(super) struct DeviceEstimate {
    pipeline: ComputePipeline,
    group: BindGroup,
    state: wgpu::Buffer,
    /// Lightness of both images.
    pub pair: Sampled,
}

impl DeviceEstimate {
    /// Writes what it finds into `result`.
    pub fn new(gpu: &Gpu, passes: &Passes, result: &Sampled) -> Self {
        let pair = Sampled::canvas(gpu, passes, result.size());
        let state = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("flow"),
            size: STATE_BYTES,
            usage: BufferUsages::STORAGE | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let (layout, group) = passes::computed(
            gpu,
            &[
                (passes::texture(), BindingResource::TextureView(&pair.view)),
                (passes::buffer(wgpu::BufferBindingType::Storage { read_only: false }), state.as_entire_binding()),
                (Sampled::written(), BindingResource::TextureView(&result.view)),
            ],
        );
        let pipeline = passes::compute(gpu, wgsl!("flow.wgsl"), &layout);
        Self { pipeline, group, state, pair }
    }

    /// Estimates the flow of [`Self::pair`], which was drawn in `encoder`.
    pub fn run(&self, gpu: &Gpu, encoder: &mut wgpu::CommandEncoder) {
        gpu.queue.write_buffer(&self.state, 0, bytemuck::bytes_of(&0u32));
        // A dispatch a step.
        for _ in 0..STEPS {
            let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &self.group, &[]);
            pass.dispatch_workgroups(1, 1, 1);
        }
    }
}
