//! How much of the wall the flash limiter holds, read back a few times a second for those who play: what looks like a dull
//! picture may be a careful venue. Main thread; the wall never waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::gpu::Gpu;
use super::textures::Sampled;
use crate::units::Seconds;

/// Tiles of the limiter, columns and rows.
pub(super) const TILES: [u32; 2] = [32, 18];
/// How often it looks.
const EVERY_S: f64 = 0.1;
/// A tile that keeps less of its light, or of its colours, than this is held.
const HELD: f32 = 0.9;
/// Gain, saturation and two unused numbers a tile, as half floats. A row is as long as copies must be.
const ROW_BYTES: u32 = 8 * TILES[0];
const BYTES: u64 = (ROW_BYTES * TILES[1]) as u64;

const IDLE: u8 = 0;
const COPYING: u8 = 1;
const READY: u8 = 2;

/// The readback, on one device.
pub(super) struct Telltale {
    buffer: wgpu::Buffer,
    state: Arc<AtomicU8>,
    asked: Option<Seconds>,
    held_percent: u8,
}

impl Telltale {
    pub fn new(gpu: &Gpu) -> Self {
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("telltale"),
            size: BYTES,
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        Self { buffer, state: Arc::default(), asked: None, held_percent: 0 }
    }

    /// Share of the wall's tiles that were held when it looked last, in percent.
    pub fn held_percent(&self) -> u8 {
        self.held_percent
    }

    /// Takes in what has arrived, and asks for more when it is time. A copy that fails, as it does when the device is lost, is
    /// the last one on it.
    pub fn look(&mut self, gpu: &Gpu, limits: &Sampled, now: Seconds) {
        if self.state.load(Ordering::Acquire) == READY {
            self.held_percent = self.read().unwrap_or(self.held_percent);
            self.buffer.unmap();
            self.state.store(IDLE, Ordering::Release);
        }
        let due = self.asked.is_none_or(|asked| now.since(asked) >= EVERY_S);
        if due && self.state.load(Ordering::Acquire) == IDLE {
            self.asked = Some(now);
            self.ask(gpu, limits);
        }
    }

    fn ask(&self, gpu: &Gpu, limits: &Sampled) {
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(ROW_BYTES), rows_per_image: None };
        let into = wgpu::TexelCopyBufferInfo { buffer: &self.buffer, layout };
        encoder.copy_texture_to_buffer(limits.copied(), into, limits.extent());
        gpu.queue.submit([encoder.finish()]);
        self.state.store(COPYING, Ordering::Release);
        let done = Arc::clone(&self.state);
        self.buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            if result.is_ok() {
                done.store(READY, Ordering::Release);
            }
        });
    }

    fn read(&self) -> Option<u8> {
        let mapped = self.buffer.get_mapped_range(..).ok()?;
        let left = |low: u8, high: u8| half::f16::from_le_bytes([low, high]).to_f32();
        let is_held = |tile: &[u8]| match *tile {
            [a, b, c, d, ..] => left(a, b).min(left(c, d)) < HELD,
            _ => false,
        };
        let held = mapped.chunks_exact(8).filter(|tile| is_held(tile)).count();
        Some((100 * held / (TILES[0] * TILES[1]) as usize) as u8)
    }
}
