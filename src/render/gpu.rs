//! The graphics device. Main thread only; wgpu's callbacks only set atomics.
//!
//! A lost device makes every later call a silent no-op, so whoever draws asks [`Gpu::is_lost`] each frame and
//! makes a new `Gpu` with the next generation. Baseline WebGPU is all that is asked of an adapter, so a software
//! Vulkan will do. Mesa's lavapipe takes every core unless `LP_NUM_THREADS` is set before the first `Gpu`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Why there is no graphics device.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    #[error(
        "no Vulkan, Metal or DirectX 12 device was found ({0}): install a graphics driver, or Mesa's software one (mesa-vulkan-drivers)"
    )]
    Adapter(wgpu::RequestAdapterError),
    #[error(
        "the graphics device {name} cannot be opened ({source}): update its driver or choose another with WGPU_POWER_PREF"
    )]
    Device { name: String, source: wgpu::RequestDeviceError },
    #[error("the window cannot be drawn on ({0}): try --headless")]
    Surface(#[from] wgpu::CreateSurfaceError),
}

/// An open device and all that leads to it.
#[derive(Debug)]
pub struct Gpu {
    instance: wgpu::Instance,
    pub adapter: wgpu::Adapter,
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    /// Counts the devices of this show; resources of an older generation cannot be used with this one.
    pub generation: u64,
    lost: Arc<AtomicBool>,
    errors: Arc<AtomicU64>,
}

impl Gpu {
    /// A device that needs no window.
    ///
    /// # Errors
    /// When there is no usable driver.
    pub fn headless(generation: u64) -> Result<Self, GpuError> {
        Self::open(instance(), None, generation)
    }

    /// A device that can draw on `target` (a window), and the surface to do so.
    ///
    /// # Errors
    /// When there is no usable driver, or none that reaches this window.
    pub fn for_surface(
        target: impl Into<wgpu::SurfaceTarget<'static>>,
        generation: u64,
    ) -> Result<(Self, wgpu::Surface<'static>), GpuError> {
        let instance = instance();
        let surface = instance.create_surface(target)?;
        Ok((Self::open(instance, Some(&surface), generation)?, surface))
    }

    /// Whether the processor does the drawing.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.adapter.get_info().device_type == wgpu::DeviceType::Cpu
    }

    /// Another surface for this device, after the first was lost; nothing if the two do not go together.
    ///
    /// # Errors
    /// When `target` cannot be drawn on at all.
    pub fn surface(
        &self,
        target: impl Into<wgpu::SurfaceTarget<'static>>,
    ) -> Result<Option<wgpu::Surface<'static>>, GpuError> {
        let surface = self.instance.create_surface(target)?;
        Ok(self.adapter.is_surface_supported(&surface).then_some(surface))
    }

    fn open(
        instance: wgpu::Instance,
        compatible_surface: Option<&wgpu::Surface<'_>>,
        generation: u64,
    ) -> Result<Self, GpuError> {
        let power_preference = wgpu::PowerPreference::from_env().unwrap_or(wgpu::PowerPreference::HighPerformance);
        let options = wgpu::RequestAdapterOptions { power_preference, compatible_surface, ..Default::default() };
        let adapter = pollster::block_on(instance.request_adapter(&options)).map_err(GpuError::Adapter)?;
        let info = adapter.get_info();
        // Exactly the adapter's own limits: low ones must not prevent opening, high ones allow large walls.
        let wanted = wgpu::DeviceDescriptor { required_limits: adapter.limits(), ..Default::default() };
        let (device, queue) = pollster::block_on(adapter.request_device(&wanted))
            .map_err(|source| GpuError::Device { name: info.name.clone(), source })?;
        let lost = watch_loss(&device);
        let errors = count_errors(&device);
        tracing::info!(adapter = info.name, backend = ?info.backend, generation, "graphics device open");
        Ok(Self { instance, adapter, device, queue, generation, lost, errors })
    }

    /// An 8-bit render target that can be copied from, in place of a display's buffer.
    pub(super) fn target(&self, [width, height]: [u32; 2], format: wgpu::TextureFormat) -> wgpu::Texture {
        self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("target"),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        })
    }

    /// Whether the device is gone. Cheap; to be asked every frame.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Errors wgpu reported outside any scope so far; the first one was logged.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// The longest side of a texture or surface.
    #[must_use]
    pub fn longest_px(&self) -> u32 {
        self.device.limits().max_texture_dimension_2d
    }

    /// Name of the adapter, for people.
    #[must_use]
    pub fn name(&self) -> String {
        self.adapter.get_info().name
    }

    /// Lets finished work call back, without waiting.
    pub fn poll(&self) {
        // The only error of a poll without waiting is a wrong submission index, and none is given.
        let _ = self.device.poll(wgpu::PollType::Poll);
    }

    /// Waits until everything submitted is drawn, or `timeout` is over; false then.
    pub fn wait(&self, timeout: Duration) -> bool {
        self.device.poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(timeout) }).is_ok()
    }

    /// Loses the device on purpose: to test recovery, and to force a new device when this one keeps failing.
    pub fn destroy(&self) {
        self.device.destroy();
        self.poll();
    }
}

fn instance() -> wgpu::Instance {
    let backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    // Validation layers are a developer's choice (WGPU_VALIDATION=1), not a matter of the build profile.
    let flags = wgpu::InstanceFlags::empty();
    wgpu::Instance::new(
        wgpu::InstanceDescriptor { backends, flags, ..wgpu::InstanceDescriptor::new_without_display_handle() }
            .with_env(),
    )
}

fn watch_loss(device: &wgpu::Device) -> Arc<AtomicBool> {
    let lost = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&lost);
    device.set_device_lost_callback(move |reason, message| {
        tracing::debug!(?reason, message, "graphics device lost");
        flag.store(true, Ordering::Release);
    });
    lost
}

/// Without a handler wgpu panics on the first validation error.
fn count_errors(device: &wgpu::Device) -> Arc<AtomicU64> {
    let errors = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&errors);
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
        if count.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(%error, "the graphics device reports an error; further ones are only counted");
        }
    }));
    errors
}
