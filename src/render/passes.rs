//! Pipelines, layouts and uniforms: everything on the device that does not depend on sizes.

use bytemuck::Pod;
use wgpu::{BindGroup, BindGroupLayout, Buffer, RenderPipeline, ShaderModule, TextureFormat};

use super::gpu::Gpu;
use super::pass;
use super::uniforms::{Canvas, Finish, Scale, Wash};
use super::wgsl::wgsl;
use crate::motion::Border;

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

/// What pipelines are built from, and how their inputs are laid out.
pub(super) struct Pieces {
    vertex: ShaderModule,
    pub sampler: wgpu::Sampler,
    /// A uniform; a uniform and the sampler.
    uniform: BindGroupLayout,
    pub sampled: BindGroupLayout,
    /// One sampled texture, the same for every pass: a pair of images is two bind groups, so nothing has to be
    /// built when images change places.
    pub texture: BindGroupLayout,
}

/// A fragment shader and the values of its `override`s.
#[derive(Clone, Copy)]
pub(super) struct Fragment<'a> {
    pub source: &'static str,
    /// Its entry point, where it has several.
    pub entry: Option<&'a str>,
    pub constants: &'a [(&'a str, f64)],
}

/// The only entry point of a shader without `override`s.
impl From<&'static str> for Fragment<'_> {
    fn from(source: &'static str) -> Self {
        Self { source, entry: None, constants: &[] }
    }
}

impl Pieces {
    fn new(gpu: &Gpu) -> Self {
        let source = wgpu::ShaderSource::Wgsl(wgsl!("fullscreen.wgsl").into());
        let descriptor = wgpu::ShaderModuleDescriptor { label: Some("fullscreen"), source };
        Self {
            vertex: gpu.device.create_shader_module(descriptor),
            // Beyond its edges a picture goes on as in a mirror.
            sampler: filter(gpu, "mirrored", wgpu::AddressMode::MirrorRepeat),
            uniform: layout(gpu, "uniform", &[uniform_entry(0)]),
            sampled: layout(gpu, "uniform and sampler", &[uniform_entry(0), sampler_entry(1)]),
            texture: layout(gpu, "texture", &[texture_entry(0)]),
        }
    }

    /// A pipeline that draws on textures of `format` and reads bind groups of these layouts.
    pub fn pipeline<'a>(
        &self,
        gpu: &Gpu,
        fragment: impl Into<Fragment<'a>>,
        format: TextureFormat,
        groups: &[&BindGroupLayout],
    ) -> RenderPipeline {
        let Fragment { source, entry, constants } = fragment.into();
        let source = wgpu::ShaderSource::Wgsl(source.into());
        let fragment = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
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
                module: &self.vertex,
                entry_point: None,
                compilation_options: Default::default(),
                buffers: &[],
            },
            primitive: Default::default(),
            depth_stencil: None,
            multisample: Default::default(),
            fragment: Some(wgpu::FragmentState {
                module: &fragment,
                entry_point: entry,
                compilation_options: wgpu::PipelineCompilationOptions { constants, ..Default::default() },
                targets: &[Some(format.into())],
            }),
            multiview_mask: None,
            cache: None,
        })
    }
}

pub(super) struct Passes {
    pub pieces: Pieces,
    /// Without and with depth, each without and with the sound in it: see `deep` and `sounding` in the shader.
    pub pictures: [[RenderPipeline; 2]; 2],
    pub picture_uniform: Bordered<Canvas>,
    /// An arrived image into a larger texture of the ring.
    pub upscale: RenderPipeline,
    pub wash: RenderPipeline,
    pub wash_uniform: Uniform<Wash>,
    pub finish_uniform: Uniform<Finish>,
    pub scale_uniform: Uniform<Scale>,
    /// The colours of tiles as the final pass would show them, for each `rich` in the shader.
    measure: [RenderPipeline; 3],
    finish: Vec<Finishes>,
}

/// The final pass for targets of one format.
struct Finishes {
    format: TextureFormat,
    /// For each `rich` in the shader, each without and with `held`.
    finish: [[RenderPipeline; 2]; 3],
    /// What is finished on a texture of its own, scaled to the target: as it is, and turned.
    scale: [RenderPipeline; 2],
}

impl Passes {
    /// Builds everything for targets of `surface_format` (and for stills).
    pub fn new(gpu: &Gpu, surface_format: TextureFormat) -> Self {
        let pieces = Pieces::new(gpu);
        let Pieces { uniform: plain, sampled, texture, .. } = &pieces;
        let images = [sampled, texture, texture, texture];
        let picture = |deep, sounding| {
            let constants: &[_] = &[("deep", deep), ("sounding", sounding)];
            let source = wgsl!("color.wgsl", "lens.wgsl", "canvas.wgsl");
            pieces.pipeline(gpu, Fragment { source, entry: None, constants }, CANVAS_FORMAT, &images)
        };
        let finish = |entry, format, rich: u32, held: bool| {
            let source = wgsl!("color.wgsl", "finish.wgsl");
            let constants: &[_] = &[("rich", f64::from(rich)), ("held", f64::from(u8::from(held)))];
            pieces.pipeline(gpu, Fragment { source, entry: Some(entry), constants }, format, &images)
        };
        let rich = [0, 1, 2];
        let finishes = |format| Finishes {
            format,
            finish: rich.map(|rich| [false, true].map(|held| finish("wall", format, rich, held))),
            scale: [0.0, 1.0].map(|turned| {
                let source = wgsl!("scale.wgsl");
                let fragment = Fragment { source, entry: None, constants: &[("turned", turned)] };
                pieces.pipeline(gpu, fragment, format, &images[..2])
            }),
        };
        let other = (surface_format != STILL_FORMAT).then_some(STILL_FORMAT);
        Self {
            pictures: [0.0, 1.0].map(|deep| [0.0, 1.0].map(|sounding| picture(deep, sounding))),
            picture_uniform: bordered(gpu, "picture", &pieces),
            upscale: pieces.pipeline(gpu, wgsl!("color.wgsl", "upscale.wgsl"), STILL_FORMAT, &[texture]),
            wash: pieces.pipeline(gpu, wgsl!("wash.wgsl"), CANVAS_FORMAT, &[plain]),
            wash_uniform: uniform(gpu, "wash", plain, None),
            finish_uniform: uniform(gpu, "finish", sampled, Some(&pieces.sampler)),
            scale_uniform: uniform(gpu, "scale", sampled, Some(&trilinear(gpu))),
            measure: rich.map(|rich| finish("measured", CANVAS_FORMAT, rich, false)),
            finish: std::iter::once(surface_format).chain(other).map(finishes).collect(),
            pieces,
        }
    }

    /// Runs every pass once with every kind of texture and waits: drivers compile on first use, which takes a
    /// tenth of a second and must not happen when the first image arrives.
    pub fn warm_up(&self, gpu: &Gpu, canvas: &wgpu::TextureView, kinds: [&BindGroup; 2]) {
        let mut encoder = gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        pass::draw(&mut encoder, canvas, &self.wash, &[&self.wash_uniform.group], None);
        let [image, caught] = kinds;
        for from in kinds {
            for picture in &self.pictures[0] {
                let uniform = self.picture_uniform.group(Border::Mirror);
                pass::draw(&mut encoder, canvas, picture, &[uniform, from, image, caught], None);
            }
        }
        let larger = gpu.target([1, 1], STILL_FORMAT).create_view(&wgpu::TextureViewDescriptor::default());
        pass::draw(&mut encoder, &larger, &self.upscale, &[image], None);
        for Finishes { format, finish, scale } in &self.finish {
            let target = gpu.target([1, 1], *format);
            let view = target.create_view(&wgpu::TextureViewDescriptor::default());
            pass::draw(&mut encoder, &view, &finish[0][0], &[&self.finish_uniform.group, caught, caught, caught], None);
            for scale in scale {
                pass::draw(&mut encoder, &view, scale, &[&self.scale_uniform.group, image], None);
            }
        }
        gpu.queue.submit([encoder.finish()]);
        gpu.wait(WARM_UP);
    }

    /// Pipelines that [`Self::warm_up`] leaves for later: the format that each draws on, and the first of its four groups;
    /// the others are textures.
    pub fn late(&self) -> impl Iterator<Item = (&RenderPipeline, TextureFormat, &BindGroup)> {
        let walls = self.finish.iter().flat_map(|built| {
            // All but the plain one.
            built.finish.as_flattened().iter().skip(1).map(|pipeline| (pipeline, built.format))
        });
        let finish = self.measure.iter().map(|measure| (measure, CANVAS_FORMAT)).chain(walls);
        let deep = self.pictures[1].iter();
        let deep = deep.map(|picture| (picture, CANVAS_FORMAT, self.picture_uniform.group(Border::Mirror)));
        finish.map(|(pipeline, format)| (pipeline, format, &self.finish_uniform.group)).chain(deep)
    }

    /// The final pass for a target of `format`, without and with the flash limiter's limits; nothing if none was built.
    pub fn finish_for(&self, format: TextureFormat, rich: usize) -> Option<&[RenderPipeline; 2]> {
        let built = self.finish.iter().find(|built| built.format == format)?;
        built.finish.get(rich)
    }

    /// The pass that measures tiles for the flash limiter.
    pub fn measure_for(&self, rich: usize) -> &RenderPipeline {
        &self.measure[rich.min(2)]
    }

    /// The pass that scales, and turns, to a target of `format`; nothing if none was built for it.
    pub fn scale_for(&self, format: TextureFormat, turned: bool) -> Option<&RenderPipeline> {
        self.finish.iter().find(|built| built.format == format).map(|built| &built.scale[usize::from(turned)])
    }
}

/// What a compute shader reads and writes, binding by binding.
pub(super) fn computed(
    gpu: &Gpu,
    bindings: &[(wgpu::BindingType, wgpu::BindingResource<'_>)],
) -> (BindGroupLayout, BindGroup) {
    let visibility = wgpu::ShaderStages::COMPUTE;
    let entries = (0..).zip(bindings);
    let laid_out = |(binding, (ty, _)): (u32, &(wgpu::BindingType, _))| wgpu::BindGroupLayoutEntry {
        binding,
        visibility,
        ty: *ty,
        count: None,
    };
    let layouts = entries.clone().map(laid_out);
    let layout = layout(gpu, "computed", &layouts.collect::<Vec<_>>());
    let entries = entries.map(|(binding, (_, resource))| wgpu::BindGroupEntry { binding, resource: resource.clone() });
    let group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("computed"),
        layout: &layout,
        entries: &entries.collect::<Vec<_>>(),
    });
    (layout, group)
}

/// A pipeline that computes with one group of `layout`.
pub(super) fn compute(gpu: &Gpu, source: &'static str, layout: &BindGroupLayout) -> wgpu::ComputePipeline {
    let source = wgpu::ShaderSource::Wgsl(source.into());
    let module = gpu.device.create_shader_module(wgpu::ShaderModuleDescriptor { label: None, source });
    let layout = gpu.device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(layout)],
        immediate_size: 0,
    });
    gpu.device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: None,
        layout: Some(&layout),
        module: &module,
        entry_point: None,
        compilation_options: Default::default(),
        cache: None,
    })
}

fn layout(gpu: &Gpu, label: &str, entries: &[wgpu::BindGroupLayoutEntry]) -> BindGroupLayout {
    gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries })
}

fn entry(binding: u32, ty: wgpu::BindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry { binding, visibility: wgpu::ShaderStages::FRAGMENT, ty, count: None }
}

fn uniform_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    entry(binding, buffer(wgpu::BufferBindingType::Uniform))
}

/// A whole buffer.
pub(super) fn buffer(ty: wgpu::BufferBindingType) -> wgpu::BindingType {
    wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None }
}

fn sampler_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    entry(binding, wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering))
}

fn texture_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    entry(binding, texture())
}

/// A texture that can be filtered.
pub(super) fn texture() -> wgpu::BindingType {
    let sample_type = wgpu::TextureSampleType::Float { filterable: true };
    let view_dimension = wgpu::TextureViewDimension::D2;
    wgpu::BindingType::Texture { sample_type, view_dimension, multisampled: false }
}

pub(super) fn uniform<T: Pod>(
    gpu: &Gpu,
    label: &str,
    layout: &BindGroupLayout,
    sampler: Option<&wgpu::Sampler>,
) -> Uniform<T> {
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

/// A uniform that is read together with a sampler for whatever `motion.border` asks beyond a picture's edges.
pub(super) struct Bordered<T> {
    uniform: Uniform<T>,
    /// For replicate and wrap; the uniform's own mirrors.
    others: [BindGroup; 2],
}

impl<T: Pod> Bordered<T> {
    pub fn write(&self, gpu: &Gpu, value: &T) {
        self.uniform.write(gpu, value);
    }

    pub fn group(&self, border: Border) -> &BindGroup {
        match border {
            Border::Replicate => &self.others[0],
            Border::Wrap => &self.others[1],
            Border::Mirror | Border::Fill => &self.uniform.group,
        }
    }
}

pub(super) fn bordered<T: Pod>(gpu: &Gpu, label: &str, pieces: &Pieces) -> Bordered<T> {
    let uniform: Uniform<T> = uniform(gpu, label, &pieces.sampled, Some(&pieces.sampler));
    let modes = [wgpu::AddressMode::ClampToEdge, wgpu::AddressMode::Repeat];
    let others = modes.map(|beyond| {
        let sampler = filter(gpu, label, beyond);
        let entries = [
            wgpu::BindGroupEntry { binding: 0, resource: uniform.buffer.as_entire_binding() },
            wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::Sampler(&sampler) },
        ];
        let layout = &pieces.sampled;
        gpu.device.create_bind_group(&wgpu::BindGroupDescriptor { label: Some(label), layout, entries: &entries })
    });
    Bordered { uniform, others }
}

/// Between levels of detail, too; edges repeated.
pub(super) fn trilinear(gpu: &Gpu) -> wgpu::Sampler {
    filter(gpu, "trilinear", wgpu::AddressMode::ClampToEdge)
}

fn filter(gpu: &Gpu, label: &str, beyond: wgpu::AddressMode) -> wgpu::Sampler {
    gpu.device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some(label),
        address_mode_u: beyond,
        address_mode_v: beyond,
        mag_filter: wgpu::FilterMode::Linear,
        min_filter: wgpu::FilterMode::Linear,
        mipmap_filter: wgpu::MipmapFilterMode::Linear,
        ..Default::default()
    })
}
