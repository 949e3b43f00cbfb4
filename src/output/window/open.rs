//! An open window with its surface: one frame at a time, and what to do when the surface misbehaves. Main thread.

use std::sync::Arc;

use wgpu::CurrentSurfaceTexture as Acquired;
use winit::dpi::PhysicalSize;
use winit::event_loop::ActiveEventLoop;
use winit::monitor::MonitorHandle;
use winit::window::{Fullscreen, Window};

use crate::output::pacer::{Pacer, Slot};
use crate::output::wall::Wall;
use crate::output::{Clock, Fault, FaultKind, OutputConfig, OutputError, Presented, Stage};
use crate::render::Gpu;
use crate::units::Seconds;

use super::WindowConfig;

/// Frames a second when the monitor does not say.
const FPS: f64 = 60.0;
/// A surface that is merely suboptimal is reconfigured at most this often: it makes the device idle.
const RECONFIGURE_S: f64 = 0.25;
/// So many validation failures in a row, and everything is built anew.
const FAILURES_TOLERATED: u32 = 3;
/// Waiting this share of a frame for the display means the display keeps the time.
const DISPLAY_LEADS: f64 = 0.2;
/// From this share of the refresh rate on, frames are meant to come as often as the display refreshes.
const SAME_RATE: f64 = 0.95;
/// When to look whether the window really became fullscreen where it should.
const VERIFY_AFTER_S: f64 = 0.5;

pub(super) struct Open {
    // Dropped in this order: surface, device, window.
    surface: Option<wgpu::Surface<'static>>,
    surface_config: wgpu::SurfaceConfiguration,
    wall: Wall,
    window: Arc<Window>,
    pacer: Pacer,
    /// Frames come as fast as the display shows them, so it may keep the time.
    at_display_rate: bool,
    resized: Option<PhysicalSize<u32>>,
    reconfigured_at: Seconds,
    failures: u32,
    /// The monitor to fill, until that has been verified.
    wanted: Option<(MonitorHandle, Seconds)>,
    presented: u64,
    last: Option<Seconds>,
    dropped: u32,
}

impl Open {
    pub fn new(event_loop: &ActiveEventLoop, config: &WindowConfig, clock: Clock<'_>) -> Result<Self, OutputError> {
        let monitor = choose_monitor(event_loop, config.monitor.as_deref())?;
        let attributes = attributes(config, monitor.as_ref());
        let window = event_loop.create_window(attributes).map_err(|error| OutputError::NoWindow(error.to_string()))?;
        window.set_cursor_visible(!config.fullscreen);
        let window = Arc::new(window);
        let (gpu, surface) = Gpu::for_surface(Arc::clone(&window), 0)?;
        let surface_config = surface_config(&surface, &gpu, window.inner_size());
        surface.configure(&gpu.device, &surface_config);
        let (width_px, height_px) = (surface_config.width, surface_config.height);
        let output = OutputConfig { width_px, height_px, ..config.output.clone() };
        let wall = Wall::new(gpu, &output, surface_config.format, false)?;
        let refresh_hz =
            monitor.as_ref().and_then(MonitorHandle::refresh_rate_millihertz).map(|mhz| f64::from(mhz) / 1000.0);
        tracing::info!(width_px, height_px, refresh_hz, "window open");
        // Opening took its time; the schedule starts now.
        let now = clock();
        let fps = output.fps_or(refresh_hz.unwrap_or(FPS));
        Ok(Self {
            wall,
            surface: Some(surface),
            surface_config,
            window,
            pacer: Pacer::new(fps, now),
            at_display_rate: refresh_hz.is_some_and(|refresh_hz| fps > SAME_RATE * refresh_hz),
            resized: None,
            reconfigured_at: now,
            failures: 0,
            wanted: monitor.filter(|_| config.fullscreen).map(|monitor| (monitor, now.after(VERIFY_AFTER_S))),
            presented: 0,
            last: None,
            dropped: 0,
        })
    }

    /// When the next frame is due.
    pub fn due(&self) -> Seconds {
        self.pacer.due()
    }

    pub fn resized(&mut self, size: PhysicalSize<u32>) {
        self.resized = Some(size);
    }

    pub fn close(self) {
        self.wall.close();
    }

    /// One frame; false when the stage wants to leave.
    pub fn frame(&mut self, stage: &mut dyn Stage, clock: Clock<'_>) -> bool {
        let now = clock();
        let slot = self.pacer.begin(now);
        self.dropped += slot.dropped;
        let mut staged = stage.advance(now);
        if staged.quit {
            return false;
        }
        self.verify_fullscreen(now);
        if let Some(size) = self.resized.take() {
            self.fit(size, now);
        }
        // Everything up to the last pass comes before asking for a buffer: the display's buffer is held shortest,
        // and the playhead and the trails go on even when there is none.
        if self.compose(now, &mut staged, stage) {
            self.show(now, slot, stage, clock);
        } else {
            self.dropped += 1;
        }
        true
    }

    fn compose(&mut self, now: Seconds, staged: &mut crate::output::StageFrame, stage: &mut dyn Stage) -> bool {
        let Self { surface, surface_config, wall, window, .. } = self;
        let generation = wall.gpu.generation;
        let composed = wall.compose(now, staged, stage, &mut |generation| {
            // A window takes one surface at a time: the old one goes first.
            *surface = None;
            let (gpu, fresh) = Gpu::for_surface(Arc::clone(window), generation)?;
            *surface = Some(fresh);
            Ok(gpu)
        });
        if let Some(surface) = surface.as_ref().filter(|_| wall.gpu.generation != generation) {
            surface.configure(&wall.gpu.device, surface_config);
        }
        composed
    }

    /// The last pass onto the display, if it has a buffer for us.
    fn show(&mut self, now: Seconds, slot: Slot, stage: &mut dyn Stage, clock: Clock<'_>) {
        let asked = clock();
        let Some((texture, suboptimal)) = self.acquire(now, stage) else { return };
        let waited_s = clock().since(asked);
        let view = texture.texture.create_view(&wgpu::TextureViewDescriptor::default());
        if !self.wall.finish(&view, stage) {
            self.dropped += 1;
            return;
        }
        self.window.pre_present_notify();
        self.wall.gpu.queue.present(texture);

        let at = clock();
        let late = self.pacer.is_late(slot, at);
        if self.at_display_rate && waited_s > DISPLAY_LEADS * self.pacer.period_s() {
            // Start the next frame half a period from now and let the display hold it to its own beat.
            self.pacer.follow(at.after(0.5 * self.pacer.period_s()));
        }
        let interval_s = self.last.map(|last| at.since(last));
        let (index, dropped, shown) = (self.presented, self.dropped, self.wall.shown());
        stage.presented(&Presented { index, now, at, interval_s, late, dropped, shown });
        if !self.wall.wants_capture(index) || self.wall.finish_offscreen(stage) {
            self.wall.capture(index, stage);
        }
        (self.presented, self.last, self.dropped) = (index + 1, Some(at), 0);
        if suboptimal && now.since(self.reconfigured_at) >= RECONFIGURE_S {
            self.fit(self.window.inner_size(), now);
        }
    }

    /// Asks for the display's next buffer. Nothing means: no picture this time, carry on.
    fn acquire(&mut self, now: Seconds, stage: &mut dyn Stage) -> Option<(wgpu::SurfaceTexture, bool)> {
        for _attempt in 0..2 {
            let acquired = self.surface.as_ref()?.get_current_texture();
            if !matches!(acquired, Acquired::Validation) {
                self.failures = 0;
            }
            match acquired {
                Acquired::Success(texture) => return Some((texture, false)),
                Acquired::Suboptimal(texture) => return Some((texture, true)),
                // Nobody can see it; the wall goes on in the dark.
                Acquired::Timeout | Acquired::Occluded => return None,
                Acquired::Outdated => self.fit(self.window.inner_size(), now),
                Acquired::Lost => self.replace_surface(stage),
                Acquired::Validation => {
                    self.failures += 1;
                    if self.failures >= FAILURES_TOLERATED {
                        self.failures = 0;
                        stage.fault(Fault { kind: FaultKind::SurfaceLost, recovered: false });
                        self.wall.gpu.destroy();
                    }
                    return None;
                }
            }
        }
        None
    }

    /// Makes surface and wall as large as the window. A window without any size keeps the old one.
    fn fit(&mut self, size: PhysicalSize<u32>, now: Seconds) {
        if size.width == 0 || size.height == 0 {
            return;
        }
        (self.surface_config.width, self.surface_config.height) = (size.width, size.height);
        if let Some(surface) = &self.surface {
            surface.configure(&self.wall.gpu.device, &self.surface_config);
        }
        self.wall.resize(size.width, size.height);
        self.reconfigured_at = now;
    }

    /// The surface is gone but the device is not; if a new one does not suit it, everything starts over.
    fn replace_surface(&mut self, stage: &mut dyn Stage) {
        self.surface = None;
        let made = self.wall.gpu.surface(Arc::clone(&self.window)).ok().flatten();
        stage.fault(Fault { kind: FaultKind::SurfaceLost, recovered: made.is_some() });
        match made {
            Some(surface) => {
                surface.configure(&self.wall.gpu.device, &self.surface_config);
                self.surface = Some(surface);
            }
            // The next frame finds the device lost and opens one that suits the window.
            None => self.wall.gpu.destroy(),
        }
    }

    /// X11 lets the window manager and us race for the place of a new window: look once, and insist once.
    fn verify_fullscreen(&mut self, now: Seconds) {
        if let Some((monitor, _)) = self.wanted.take_if(|(_, at)| now >= *at) {
            let there = self.window.current_monitor().is_none_or(|current| current == monitor);
            if !there || self.window.fullscreen().is_none() {
                self.window.set_fullscreen(Some(Fullscreen::Borderless(Some(monitor))));
            }
        }
    }
}

fn choose_monitor(event_loop: &ActiveEventLoop, wanted: Option<&str>) -> Result<Option<MonitorHandle>, OutputError> {
    let monitors: Vec<_> = event_loop.available_monitors().collect();
    let Some(wanted) = wanted else {
        return Ok(event_loop.primary_monitor().or_else(|| monitors.into_iter().next()));
    };
    let name = |monitor: &MonitorHandle| monitor.name().unwrap_or_else(|| "unnamed".into());
    let by_number = wanted.parse::<usize>().ok().and_then(|number| monitors.get(number.checked_sub(1)?));
    let wanted_lower = wanted.to_lowercase();
    let by_name = || monitors.iter().find(|monitor| name(monitor).to_lowercase().contains(&wanted_lower));
    by_number.or_else(by_name).cloned().map(Some).ok_or_else(|| {
        let list: Vec<_> = (1..).zip(&monitors).map(|(n, monitor)| format!("{n} \"{}\"", name(monitor))).collect();
        let available = if list.is_empty() { "none".into() } else { list.join(", ") };
        OutputError::NoMonitor { wanted: wanted.into(), available }
    })
}

fn attributes(config: &WindowConfig, monitor: Option<&MonitorHandle>) -> winit::window::WindowAttributes {
    let attributes = Window::default_attributes().with_title("Halation");
    let size = PhysicalSize::new(config.output.width_px, config.output.height_px);
    if !config.fullscreen {
        let attributes = attributes.with_inner_size(size);
        // Someone who names a monitor wants the window there; otherwise the system places it.
        return match monitor.filter(|_| config.monitor.is_some()) {
            Some(monitor) => attributes.with_position(monitor.position()),
            None => attributes,
        };
    }
    let attributes = attributes.with_decorations(false).with_fullscreen(Some(Fullscreen::Borderless(monitor.cloned())));
    match monitor {
        // Without a window manager nobody makes it fullscreen; then this covers the monitor.
        Some(monitor) => attributes.with_position(monitor.position()).with_inner_size(monitor.size()),
        None => attributes.with_inner_size(size),
    }
}

fn surface_config(surface: &wgpu::Surface<'_>, gpu: &Gpu, size: PhysicalSize<u32>) -> wgpu::SurfaceConfiguration {
    let formats = surface.get_capabilities(&gpu.adapter).formats;
    // The final pass encodes and dithers itself, so the target must not encode again. Bgra8Unorm is always there.
    let plain = [wgpu::TextureFormat::Bgra8Unorm, wgpu::TextureFormat::Rgba8Unorm];
    let format = plain.into_iter().find(|format| formats.contains(format)).unwrap_or(plain[0]);
    wgpu::SurfaceConfiguration {
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
        format,
        color_space: wgpu::SurfaceColorSpace::Auto,
        width: size.width.max(1),
        height: size.height.max(1),
        present_mode: wgpu::PresentMode::Fifo,
        desired_maximum_frame_latency: 2,
        alpha_mode: wgpu::CompositeAlphaMode::Auto,
        view_formats: vec![],
    }
}
