//! Readback of drawn frames without blocking the render loop.
//!
//! Three buffers go round: a frame is copied into a free one, mapped when the device is done, and handed out as
//! plain rows, in memory that comes back here when the last sink has dropped it. Live, a frame that finds no free
//! buffer is dropped; stepped play waits instead and loses none. Main thread.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::gpu::Gpu;
use super::passes::STILL_FORMAT;
use crate::units::Seconds;

/// Copies in flight at once.
const BUFFERS: usize = 3;
/// Longest wait for the copies in flight at the end of a show or in stepped play.
const PATIENCE: Duration = Duration::from_secs(10);

/// Memory of frames kept for the next ones.
const SPARE: usize = 8;

/// A frame as it was on the wall.
#[derive(Debug)]
pub struct ReadbackFrame {
    /// The number and the show time given when it was asked for.
    pub index: u64,
    pub at: Seconds,
    pub width_px: u32,
    pub height_px: u32,
    /// sRGB RGBA8, row by row from the top left: `4 * width_px * height_px` bytes.
    pub rgba: Vec<u8>,
    /// Where the memory goes when nobody needs it any more.
    spare: Sender<Vec<u8>>,
}

impl Drop for ReadbackFrame {
    fn drop(&mut self) {
        // When `SPARE` buffers are kept already, this one is freed.
        let _ = self.spare.try_send(std::mem::take(&mut self.rgba));
    }
}

const COPYING: u8 = 0;
const READY: u8 = 1;
const FAILED: u8 = 2;

struct Copying {
    index: u64,
    at: Seconds,
    buffer: wgpu::Buffer,
    state: Arc<AtomicU8>,
}

/// The buffers of one size on one device. A new device or size needs a new `Readback`; what the old one had in
/// flight is dropped with it.
pub struct Readback {
    /// Where the frame to be read must have been drawn.
    pub texture: wgpu::Texture,
    pub view: wgpu::TextureView,
    row_pitch: u32,
    free: Vec<wgpu::Buffer>,
    copying: VecDeque<Copying>,
    spare: (Sender<Vec<u8>>, Receiver<Vec<u8>>),
}

impl Readback {
    #[must_use]
    pub fn new(gpu: &Gpu, width_px: u32, height_px: u32) -> Self {
        let texture = gpu.target([width_px, height_px], STILL_FORMAT);
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let row_pitch = (4 * width_px).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let (free, copying, spare) = (Vec::with_capacity(BUFFERS), VecDeque::with_capacity(BUFFERS), bounded(SPARE));
        Self { texture, view, row_pitch, free, copying, spare }
    }

    /// Width and height of what is read.
    #[must_use]
    pub fn size_px(&self) -> [u32; 2] {
        [self.texture.width(), self.texture.height()]
    }

    /// A buffer that is not in flight. Buffers are made when first needed: most shows are not captured.
    fn free_buffer(&mut self, gpu: &Gpu) -> Option<wgpu::Buffer> {
        let new = || {
            gpu.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("still"),
                size: u64::from(self.row_pitch) * u64::from(self.texture.height()),
                usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
                mapped_at_creation: false,
            })
        };
        self.free.pop().or_else(|| (self.copying.len() < BUFFERS).then(new))
    }

    /// Starts the readback of [`Self::texture`], shown at `at`; false, and nothing happens, when all buffers are busy.
    pub fn request(&mut self, gpu: &Gpu, index: u64, at: Seconds) -> bool {
        let Some(buffer) = self.free_buffer(gpu) else { return false };
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let layout =
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(self.row_pitch), rows_per_image: None };
        encoder.copy_texture_to_buffer(
            self.texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo { buffer: &buffer, layout },
            self.texture.size(),
        );
        gpu.queue.submit([encoder.finish()]);
        let state = Arc::new(AtomicU8::new(COPYING));
        let done = Arc::clone(&state);
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            done.store(if result.is_ok() { READY } else { FAILED }, Ordering::Release);
        });
        self.copying.push_back(Copying { index, at, buffer, state });
        true
    }

    /// Frames that were asked for and have not been handed out.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.copying.len()
    }

    /// Hands out the copies that are complete, oldest first, without waiting; returns how many failed, as they do when
    /// the device is lost. Call [`Gpu::poll`] before.
    pub fn collect(&mut self, mut take: impl FnMut(ReadbackFrame)) -> u64 {
        let mut lost = 0;
        while let Some(front) = self.copying.front() {
            let state = front.state.load(Ordering::Acquire);
            if state == COPYING {
                break;
            }
            let Some(done) = self.copying.pop_front() else { break };
            let rgba = if state == READY { self.rows(&done.buffer) } else { None };
            match rgba {
                Some(rgba) => take(self.frame(&done, rgba)),
                None => lost += 1,
            }
            if state == READY {
                done.buffer.unmap();
                self.free.push(done.buffer);
            }
            // The buffer of a failed copy is not used again; another is made in its place.
        }
        lost
    }

    /// Waits for everything in flight, at most `PATIENCE`, and hands it out as [`Self::collect`] does; for stepped play
    /// and the end of a show. What is still in flight then is lost and counted.
    pub fn drain(&mut self, gpu: &Gpu, take: impl FnMut(ReadbackFrame)) -> u64 {
        gpu.wait(PATIENCE);
        let failed = self.collect(take);
        failed + self.copying.drain(..).count() as u64
    }

    fn frame(&self, done: &Copying, rgba: Vec<u8>) -> ReadbackFrame {
        let (width_px, height_px) = (self.texture.width(), self.texture.height());
        ReadbackFrame { index: done.index, at: done.at, width_px, height_px, rgba, spare: self.spare.0.clone() }
    }

    /// The rows of a mapped buffer without the padding between them.
    fn rows(&self, buffer: &wgpu::Buffer) -> Option<Vec<u8>> {
        let mapped = buffer.get_mapped_range(..).ok()?;
        let row = 4 * self.texture.width() as usize;
        let mut rgba = self.spare.1.try_recv().unwrap_or_default();
        rgba.clear();
        rgba.reserve_exact(row * self.texture.height() as usize);
        for padded in mapped.chunks_exact(self.row_pitch as usize) {
            rgba.extend_from_slice(padded.get(..row)?);
        }
        Some(rgba)
    }
}
