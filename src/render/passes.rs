//! Pipelines, layouts and uniforms: everything on the device that does not depend on sizes.

use bytemuck::Pod;
use wgpu::{BindGroup, BindGroupLayout, Buffer, RenderPipeline, ShaderModule, TextureFormat};

use super::fit::Region;
use super::gpu::Gpu;
use super::uniforms::{Canvas, Finish, Scale, Wash};

/// Linear light with room above white.
pub(super) const CANVAS_FORMAT: TextureFormat = TextureFormat::Rgba16Float;
/// Format of captured frames, and of a finished picture that is still to be scaled.
pub(super) const STILL_FORMAT: TextureFormat = TextureFormat::Rgba8Unorm;

/// Format of images in the ring: sRGB that is read as linear light.
pub(super) const IMAGE_FORMAT: TextureFormat = TextureFormat::Rgba8UnormSrgb;

/// Longest wait for the first use of all pipelines; a software driver compiles them in less.
const WARM_UP: std::time::Duration = std::time::Duration::from_secs(10);

/// A uniform buffer and the bind group that shows it to a shader.
pub(super) struct Uniform<T> {
    buffer: Buffer,
    pub group: BindGroup,
    kind: std::marker::PhantomData<T>,
}

impl<T: Pod> Uniform<T> {
    pub fn write(&self, gpu: &Gpu, value: &T) {
        gpu.queue.write_buffer(&self.buffer, 0, bytemuck::bytes_of(value));
    }
}

pub(super) struct Passes {
    /// One sampled texture, the same for every pass: a pair of images is two bind groups, so nothing has to be
    /// built when images change places.
    pub texture_layout: BindGroupLayout,
    pub picture: RenderPipeline,
    /// The same with the sound in it, see `sounding` in the shader.
    pub picture_sounding: RenderPipeline,
    pub picture_uniform: Uniform<Canvas>,
    /// An arrived image into a larger texture of the ring.
    pub upscale: RenderPipeline,
    pub wash: RenderPipeline,
    pub wash_uniform: Uniform<Wash>,
    pub finish_uniform: Uniform<Finish>,
    pub scale_uniform: Uniform<Scale>,
    finish: Vec<Finishes>,
}

/// The final pass for targets of one format.
struct Finishes {
    format: TextureFormat,
    finish: RenderPipeline,
    /// What is finished on a texture of its own, scaled to the target.
    scale: RenderPipeline,
}

impl Passes {
    /// Builds everything for targets of `surface_format` (and for stills).
    pub fn new(gpu: &Gpu, surface_format: TextureFormat) -> Self {
        let shader = |label, source: &'static str| {
            let source = wgpu::ShaderSource::Wgsl(source.into());
            gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some(label), source })
        };
        let vertex = shader("fullscreen", include_str!("../../shaders/fullscreen.wgsl"));
        let canvas = shader("canvas", include_str!("../../shaders/canvas.wgsl"));
        let wash = shader("wash", include_str!("../../shaders/wash.wgsl"));
        let finish = shader("finish", include_str!("../../shaders/finish.wgsl"));
        let scale = shader("scale", include_str!("../../shaders/scale.wgsl"));
        let upscale = shader("upscale", include_str!("../../shaders/upscale.wgsl"));

        let texture_layout = layout(gpu, "texture", &[texture_entry(0)]);
        let sampled_layout = layout(gpu, "uniform and sampler", &[uniform_entry(0), sampler_entry(1)]);
        let uniform_layout = layout(gpu, "uniform", &[uniform_entry(0)]);
        let sampler = mirrored_sampler(gpu);

        let build = |fragment: &ShaderModule, format, groups: &[&BindGroupLayout]| {
            pipeline(gpu, &vertex, fragment, format, groups, &[])
        };
        let images = [&sampled_layout, &texture_layout, &texture_layout, &texture_layout];
        let mut formats = vec![surface_format];
        if surface_format != STILL_FORMAT {
            formats.push(STILL_FORMAT);
        }
        Self {
            picture: build(&canvas, CANVAS_FORMAT, &images),
            picture_sounding: pipeline(gpu, &vertex, &canvas, CANVAS_FORMAT, &images, &[("sounding", 1.0)]),
            picture_uniform: uniform(gpu, "picture", &sampled_layout, Some(&sampler)),
            upscale: build(&upscale, STILL_FORMAT, &[&texture_layout]),
            wash: build(&wash, CANVAS_FORMAT, &[&uniform_layout]),
            wash_uniform: uniform(gpu, "wash", &uniform_layout, None),
            finish_uniform: uniform(gpu, "finish", &uniform_layout, None),
            scale_uniform: uniform(gpu, "scale", &sampled_layout, Some(&sampler)),
            finish: formats
                .into_iter()
                .map(|format| Finishes {
                    format,
                    finish: build(&finish, format, &[&uniform_layout, &texture_layout]),
                    scale: build(&scale, format, &[&sampled_layout, &texture_layout]),
                })
                .collect(),
            texture_layout,
        }
    }

    /// Runs every pass once with every kind of texture and waits: drivers compile on first use, which takes a
    /// tenth of a second and must not happen when the first image arrives.
    pub fn warm_up(&self, gpu: &Gpu, canvas: &wgpu::TextureView, kinds: [&BindGroup; 2]) {
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        draw(&mut encoder, canvas, &self.wash, &[&self.wash_uniform.group], None);
        let [image, caught] = kinds;
        for from in kinds {
            for picture in [&self.picture, &self.picture_sounding] {
                draw(&mut encoder, canvas, picture, &[&self.picture_uniform.group, from, image, caught], None);
            }
        }
        let larger = gpu.target([1, 1], STILL_FORMAT).create_view(&wgpu::TextureViewDescriptor::default());
        draw(&mut encoder, &larger, &self.upscale, &[image], None);
        for Finishes { format, finish, scale } in &self.finish {
            let target = gpu.target([1, 1], *format);
            let view = target.create_view(&wgpu::TextureViewDescriptor::default());
            draw(&mut encoder, &view, finish, &[&self.finish_uniform.group, caught], None);
            draw(&mut encoder, &view, scale, &[&self.scale_uniform.group, image], None);
        }
        gpu.queue.submit([encoder.finish()]);
        gpu.wait(WARM_UP);
    }

    /// The final pass for a target of `format`; nothing if none was built for it.
    pub fn finish_for(&self, format: TextureFormat) -> Option<&RenderPipeline> {
        self.finish.iter().find(|built| built.format == format).map(|built| &built.finish)
    }

    /// The pass that scales to a target of `format`; nothing if none was built for it.
    pub fn scale_for(&self, format: TextureFormat) -> Option<&RenderPipeline> {
        self.finish.iter().find(|built| built.format == format).map(|built| &built.scale)
    }
}

/// Draws one triangle that covers `target`, or `region` of it, with `pipeline` and the bind groups in order. What is
/// not covered becomes black.
pub(super) fn draw(
    encoder: &mut wgpu::CommandEncoder,
    target: &wgpu::TextureView,
    pipeline: &RenderPipeline,
    groups: &[&BindGroup],
    region: Option<Region>,
) {
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: None,
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view: target,
            depth_slice: None,
            resolve_target: None,
            ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::BLACK), store: wgpu::StoreOp::Store },
        })],
        ..Default::default()
    });
    pass.set_pipeline(pipeline);
    if let Some(Region { x, y, width, height }) = region {
        pass.set_viewport(x as f32, y as f32, width as f32, height as f32, 0.0, 1.0);
        pass.set_scissor_rect(x, y, width, height);
    }
    for (index, &group) in (0..).zip(groups) {
        pass.set_bind_group(index, group, &[]);
    }
    pass.draw(0..3, 0..1);
}

fn layout(gpu: &Gpu, label: &str, entries: &[wgpu::BindGroupLayoutEntry]) -> BindGroupLayout {
    gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries })
}

fn entry(binding: u32, ty: wgpu::BindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry { binding, visibility: wgpu::ShaderStages::FRAGMENT, ty, count: None }
}

fn uniform_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    let ty = wgpu::BufferBindingType::Uniform;
    entry(binding, wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None })
}

fn sampler_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    entry(binding, wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering))
}

fn texture_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    let sample_type = wgpu::TextureSampleType::Float { filterable: true };
    let view_dimension = wgpu::TextureViewDimension::D2;
    entry(binding, wgpu::BindingType::Texture { sample_type, view_dimension, multisampled: false })
}

fn uniform<T: Pod>(gpu: &Gpu, label: &str, layout: &BindGroupLayout, sampler: Option<&wgpu::Sampler>) -> Uniform<T> {
    let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: size_of::<T>() as u64,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let mut entries = vec![wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() }];
    if let Some(sampler) = sampler {
        entries.push(wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::Sampler(sampler) });
    }
    let group =
        gpu.device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some(label), layout, entries: &entries });
    Uniform { buffer, group, kind: std::marker::PhantomData }
}

fn pipeline(
    gpu: &Gpu,
    vertex: &ShaderModule,
    fragment: &ShaderModule,
    format: TextureFormat,
    groups: &[&BindGroupLayout],
    constants: &[(&str, f64)],
) -> RenderPipeline {
    let bind_group_layouts: Vec<_> = groups.iter().copied().map(Some).collect();
    let layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &bind_group_layouts,
        immediate_size: 0,
    });
    gpu.device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: None,
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: vertex,
            entry_point: None,
            compilation_options: Default::default(),
            buffers: &[],
        },
        primitive: Default::default(),
        depth_stencil: None,
        multisample: Default::default(),
        fragment: Some(wgpu::FragmentState {
            module: fragment,
            entry_point: None,
            compilation_options: wgpu::PipelineCompilationOptions { constants, ..Default::default() },
            targets: &[Some(format.into())],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// Beyond its edges a picture goes on as in a mirror.
fn mirrored_sampler(gpu: &Gpu) -> wgpu::Sampler {
    gpu.device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some("mirrored"),
        address_mode_u: wgpu::AddressMode::MirrorRepeat,
        address_mode_v: wgpu::AddressMode::MirrorRepeat,
        mag_filter: wgpu::FilterMode::Linear,
        min_filter: wgpu::FilterMode::Linear,
        ..Default::default()
    })
}
