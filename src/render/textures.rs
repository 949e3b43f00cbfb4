//! The textures: a ring of four for arrived images, two canvases in turn, and two held ones for fades that a new image
//! interrupted. Made at start and when a size changes, never per frame.

use wgpu::{BindGroup, TextureFormat, TextureUsages, TextureView};

use crate::frame::Frame;

use super::gpu::Gpu;
use super::pass;
use super::passes::{CANVAS_FORMAT, IMAGE_FORMAT, Passes, STILL_FORMAT};
use super::playhead::LayerSource;

/// From, to, the one arriving, and one spare.
pub(super) const RING: usize = 4;

/// A texture with the one bind group every pass can read it through.
pub(super) struct Sampled {
    texture: wgpu::Texture,
    pub view: TextureView,
    pub group: BindGroup,
}

impl Sampled {
    fn new(gpu: &Gpu, passes: &Passes, label: &str, size: [u32; 2], format: TextureFormat) -> Self {
        let copied_to = if format == CANVAS_FORMAT { TextureUsages::empty() } else { TextureUsages::COPY_DST };
        Self::with(gpu, passes, label, size, format, TextureUsages::RENDER_ATTACHMENT | copied_to)
    }

    /// A texture that is read and, besides, used as `usage` says.
    fn with(
        gpu: &Gpu,
        passes: &Passes,
        label: &str,
        size: [u32; 2],
        format: TextureFormat,
        usage: TextureUsages,
    ) -> Self {
        Self::with_levels(gpu, passes, label, (size, 1), format, TextureUsages::TEXTURE_BINDING | usage)
    }

    fn with_levels(
        gpu: &Gpu,
        passes: &Passes,
        label: &str,
        ([width, height], levels): ([u32; 2], u32),
        format: TextureFormat,
        usage: TextureUsages,
    ) -> Self {
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some(label),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: levels,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage,
            view_formats: if format == IMAGE_FORMAT { &[STILL_FORMAT] } else { &[] },
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(label),
            layout: &passes.pieces.texture,
            entries: &[wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::TextureView(&view) }],
        });
        Self { texture, view, group }
    }

    /// A texture with the given pixels, sRGB RGBA8 row by row.
    pub fn image(gpu: &Gpu, passes: &Passes, size: [u32; 2], rgba: &[u8]) -> Self {
        let image = Self::new(gpu, passes, "image", size, IMAGE_FORMAT);
        image.write(gpu, size[0], rgba);
        image
    }

    fn write(&self, gpu: &Gpu, width_px: u32, rgba: &[u8]) {
        let bytes_per_row = Some(4 * width_px);
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row, rows_per_image: None };
        gpu.queue.write_texture(self.texture.as_image_copy(), rgba, layout, self.texture.size());
    }

    /// An image in several levels of detail, each half as large as the one before: size, and pixels as in [`Self::image`].
    pub fn detailed(gpu: &Gpu, passes: &Passes, levels: &[([u32; 2], Vec<u8>)]) -> Self {
        let size = levels.first().map_or([1, 1], |(size, _)| *size);
        let usage = TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST;
        let count = levels.len().max(1) as u32;
        let image = Self::with_levels(gpu, passes, "detailed", (size, count), IMAGE_FORMAT, usage);
        for (mip_level, ([width, height], pixels)) in (0..).zip(levels) {
            let to = wgpu::TexelCopyTextureInfo { mip_level, ..image.texture.as_image_copy() };
            let layout =
                wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(4 * width), rows_per_image: None };
            let extent = wgpu::Extent3d { width: *width, height: *height, depth_or_array_layers: 1 };
            gpu.queue.write_texture(to, pixels, layout, extent);
        }
        image
    }

    pub fn size(&self) -> [u32; 2] {
        [self.texture.width(), self.texture.height()]
    }

    /// A finished picture on its way to a target of another size.
    pub fn finished(gpu: &Gpu, passes: &Passes, size: [u32; 2]) -> Self {
        Self::new(gpu, passes, "finished", size, STILL_FORMAT)
    }

    /// A finished or recorded picture of linear light that fits in eight bits.
    pub fn kept(gpu: &Gpu, passes: &Passes, size: [u32; 2]) -> Self {
        Self::new(gpu, passes, "kept", size, IMAGE_FORMAT)
    }

    /// What a compute shader writes, or the processor.
    pub fn storage(gpu: &Gpu, passes: &Passes, size: [u32; 2]) -> Self {
        let usage = TextureUsages::STORAGE_BINDING | TextureUsages::COPY_DST | TextureUsages::COPY_SRC;
        Self::with(gpu, passes, "storage", size, CANVAS_FORMAT, usage)
    }

    /// How a compute shader binds what [`Self::storage`] makes.
    pub fn written() -> wgpu::BindingType {
        let access = wgpu::StorageTextureAccess::WriteOnly;
        let view_dimension = wgpu::TextureViewDimension::D2;
        wgpu::BindingType::StorageTexture { access, format: CANVAS_FORMAT, view_dimension }
    }

    /// All of it, to be copied from.
    pub fn copied(&self) -> wgpu::TexelCopyTextureInfo<'_> {
        self.texture.as_image_copy()
    }

    pub fn extent(&self) -> wgpu::Extent3d {
        self.texture.size()
    }

    /// Writes numbers, four a pixel and row by row, as the canvas has them.
    pub fn write_halves(&self, gpu: &Gpu, values: impl Iterator<Item = f32>) {
        let halves: Vec<u16> = values.map(|value| half::f16::from_f32(value).to_bits()).collect();
        let bytes_per_row = Some(8 * self.texture.width());
        let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row, rows_per_image: None };
        let bytes = bytemuck::cast_slice(&halves);
        gpu.queue.write_texture(self.texture.as_image_copy(), bytes, layout, self.texture.size());
    }

    /// Something in the size of the wall that can be drawn on.
    pub fn canvas(gpu: &Gpu, passes: &Passes, size: [u32; 2]) -> Self {
        Self::new(gpu, passes, "canvas", size, CANVAS_FORMAT)
    }
}

/// Everything on the device that depends on sizes.
pub(super) struct Textures {
    pub ring: Ring,
    /// Drawn in turn; the other one is the trail.
    pub canvases: [Sampled; 2],
    pub current: usize,
    /// What the wall showed when an image arrived during a fade.
    pub held: [Sampled; 2],
    pub card: Option<Sampled>,
    /// The finished picture where it has another size than the wall.
    pub finished: Option<Sampled>,
}

impl Textures {
    /// For a canvas of `size`; the ring takes the size of the first image.
    pub fn new(gpu: &Gpu, passes: &Passes, size: [u32; 2]) -> Self {
        let canvas = |_| Sampled::canvas(gpu, passes, size);
        // Not 1: drivers compile anew for textures whose sides are no powers of two, as those of most images are not.
        let ring = Ring::new(gpu, passes, [3, 3], 1);
        let (canvases, held) = ([0, 1].map(canvas), [0, 1].map(canvas));
        Self { ring, canvases, current: 0, held, card: None, finished: None }
    }

    /// How a layer's texture is read.
    pub fn group(&self, source: LayerSource) -> &BindGroup {
        match source {
            LayerSource::Ring(slot) => &self.ring.slot(slot).group,
            LayerSource::Held(index) => &self.held[index].group,
        }
    }
}

/// Arrived images, all of one size, held `times` larger.
pub(super) struct Ring {
    slots: [Sampled; RING],
    larger: Option<Larger>,
    size: [u32; 2],
}

/// For images that are held larger than they came. The pass reads and writes encoded values, as they are.
struct Larger {
    arrived: Sampled,
    /// The slots.
    targets: [TextureView; RING],
}

impl Ring {
    /// For images of `size`, held `times` larger where the device takes that.
    pub fn new(gpu: &Gpu, passes: &Passes, size: [u32; 2], times: u32) -> Self {
        let most = gpu.device.limits().max_texture_dimension_2d;
        let times = if size.iter().all(|side| side.saturating_mul(times) <= most) { times.max(1) } else { 1 };
        let slots =
            [(); RING].map(|()| Sampled::new(gpu, passes, "image", size.map(|side| side * times), IMAGE_FORMAT));
        let encoded = wgpu::TextureViewDescriptor { format: Some(STILL_FORMAT), ..Default::default() };
        let larger = (times > 1).then(|| Larger {
            arrived: Sampled::new(gpu, passes, "arrived", size, STILL_FORMAT),
            targets: std::array::from_fn(|k| slots[k].texture.create_view(&encoded)),
        });
        Self { slots, larger, size }
    }

    pub fn fits(&self, frame: &Frame) -> bool {
        self.size == [frame.width_px, frame.height_px]
    }

    /// `slot` must be below [`RING`]; slots come from [`super::playhead::LayerSource::Ring`] only.
    pub fn slot(&self, slot: usize) -> &Sampled {
        &self.slots[slot]
    }

    /// Copies the pixels of a frame that [`Self::fits`] to the device, and makes them larger there.
    pub fn upload(&self, gpu: &Gpu, passes: &Passes, slot: usize, frame: &Frame) {
        let Some(Larger { arrived, targets }) = &self.larger else {
            return self.slots[slot].write(gpu, frame.width_px, &frame.pixels);
        };
        arrived.write(gpu, frame.width_px, &frame.pixels);
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        pass::draw(&mut encoder, &targets[slot], &passes.upscale, &[&arrived.group], None);
        gpu.queue.submit([encoder.finish()]);
    }
}
