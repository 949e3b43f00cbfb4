//! An open window with its surface: one frame at a time, and what to do when the surface misbehaves. Main thread.

use std::sync::Arc;

use wgpu::CurrentSurfaceTexture as Acquired;
use winit::dpi::PhysicalSize;
use winit::event_loop::ActiveEventLoop;
use winit::monitor::MonitorHandle;
use winit::window::Window;

use crate::output::pacer::{DisplaySlot, Pacer};
use crate::output::wall::{Moment, Wall, WallConfig};
use crate::output::{FPS, FaultKind, FrameSource, NowFn, OutputError, Sinks, WallFault};
use crate::render::Gpu;
use crate::units::Seconds;

use super::place::Place;
use super::{WindowConfig, monitor_events};

/// A surface that is merely suboptimal is reconfigured at most this often: it makes the device idle.
const RECONFIGURE_S: f64 = 0.25;
/// After so many validation failures in a row the device is destroyed, and everything is built anew.
const FAILURES_TOLERATED: u32 = 3;
/// When acquiring a buffer blocks for more than this share of a frame, the display sets the pace.
const DISPLAY_LEADS: f64 = 0.2;
/// From this share of the refresh rate on, frames are meant to come as often as the display refreshes.
const SAME_RATE: f64 = 0.95;

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
    place: Place,
    presented: u64,
    last: Option<Seconds>,
    dropped: u32,
}

impl Open {
    pub fn new(
        event_loop: &ActiveEventLoop,
        config: &WindowConfig,
        sinks: &mut Sinks,
        clock: NowFn<'_>,
    ) -> Result<Self, OutputError> {
        let (place, attributes, monitor) = Place::choose(event_loop, config)?;
        let window = event_loop.create_window(attributes).map_err(|error| OutputError::NoWindow(error.to_string()))?;
        window.set_cursor_visible(!config.fullscreen);
        monitor_events::enable(&window);
        let window = Arc::new(window);
        let (gpu, surface) = Gpu::for_surface(Arc::clone(&window), 0)?;
        let surface_config = surface_config(&surface, &gpu, window.inner_size());
        surface.configure(&gpu.device, &surface_config);
        let (output, target_px) = (&config.output, [surface_config.width, surface_config.height]);
        let surface_format = surface_config.format;
        let wall = WallConfig { output, surface_format, target_px, captures_target: false, stepped: false };
        let wall = Wall::new(gpu, &wall, std::mem::take(sinks));
        let [width_px, height_px] = target_px;
        let refresh_hz = monitor.as_ref().and_then(refresh_hz);
        tracing::info!(width_px, height_px, refresh_hz, "window open");
        // Opening takes long; the schedule starts after it.
        let now = clock();
        let fps = wall.fps(refresh_hz.unwrap_or(FPS));
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
            place,
            presented: 0,
            last: None,
            dropped: 0,
        })
    }

    /// The monitor may be another, or run at another rate: frames come as often as it shows them.
    fn follow_refresh(&mut self, now: Seconds) {
        let refresh_hz = self.window.current_monitor().as_ref().and_then(refresh_hz);
        let Some(refresh_hz) = refresh_hz else { return };
        let fps = self.wall.fps(refresh_hz);
        self.at_display_rate = fps > SAME_RATE * refresh_hz;
        if (self.pacer.period_s() * fps - 1.0).abs() > 1e-3 {
            self.pacer = Pacer::new(fps, now);
        }
    }

    /// When the next frame is due.
    pub fn due(&self) -> Seconds {
        self.pacer.due()
    }

    pub fn resized(&mut self, size: PhysicalSize<u32>) {
        self.resized = Some(size);
    }

    /// The window is somewhere else, or its monitor is another.
    pub fn moved(&mut self) {
        self.place.look_soon();
    }

    pub fn toggle_fullscreen(&mut self) {
        self.place.toggle(&self.window);
    }

    pub fn close(self, stage: &mut dyn FrameSource) {
        self.wall.close(stage);
    }

    /// One frame; false when the stage wants to leave.
    pub fn frame(&mut self, event_loop: &ActiveEventLoop, stage: &mut dyn FrameSource, clock: NowFn<'_>) -> bool {
        let now = clock();
        let slot = self.pacer.begin(now);
        self.dropped += slot.dropped;
        let mut staged = self.wall.advance(stage, now);
        if staged.quit {
            stage.missed(self.dropped);
            return false;
        }
        if let Some(fault) = self.place.keep(event_loop, &self.window, now) {
            stage.fault(fault);
            self.follow_refresh(now);
        }
        if let Some(size) = self.resized.take() {
            self.place.look_soon();
            self.fit(size, now, stage);
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

    fn compose(&mut self, now: Seconds, staged: &mut crate::output::FrameIntent, stage: &mut dyn FrameSource) -> bool {
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
            // Another device may draw at another rate.
            self.follow_refresh(now);
        }
        composed
    }

    /// The last pass onto the display, if it has a buffer for us.
    fn show(&mut self, now: Seconds, slot: DisplaySlot, stage: &mut dyn FrameSource, clock: NowFn<'_>) {
        let asked = clock();
        let Some((texture, suboptimal)) = self.acquire(now, stage) else {
            self.dropped += 1;
            return;
        };
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
            // Start the next frame half a period from now; its buffer then comes with the display's next refresh.
            self.pacer.follow(at.after(0.5 * self.pacer.period_s()));
        }
        let interval_s = self.last.map(|last| at.since(last));
        let (index, dropped) = (self.presented, self.dropped);
        stage.presented(&self.wall.drawn(Moment { index, now, at, interval_s, late, dropped }));
        self.wall.presented(at, late, dropped);
        if !self.wall.wants_capture(index, at) || self.wall.finish_offscreen(stage) {
            self.wall.capture(index, at, stage);
        }
        (self.presented, self.last, self.dropped) = (index + 1, Some(at), 0);
        if suboptimal && now.since(self.reconfigured_at) >= RECONFIGURE_S {
            self.fit(self.window.inner_size(), now, stage);
        }
    }

    /// Asks for the display's next buffer. Nothing means: no picture this time, carry on.
    fn acquire(&mut self, now: Seconds, stage: &mut dyn FrameSource) -> Option<(wgpu::SurfaceTexture, bool)> {
        for _attempt in 0..2 {
            let acquired = self.surface.as_ref()?.get_current_texture();
            if !matches!(acquired, Acquired::Validation) {
                self.failures = 0;
            }
            match acquired {
                Acquired::Success(texture) => return Some((texture, false)),
                Acquired::Suboptimal(texture) => return Some((texture, true)),
                // The window is not visible: nothing is presented, playhead and trails go on.
                Acquired::Timeout | Acquired::Occluded => return None,
                Acquired::Outdated => self.fit(self.window.inner_size(), now, stage),
                Acquired::Lost => self.replace_surface(stage),
                Acquired::Validation => {
                    self.failures += 1;
                    if self.failures >= FAILURES_TOLERATED {
                        self.failures = 0;
                        stage.fault(WallFault { kind: FaultKind::SurfaceLost, recovered: false });
                        self.wall.gpu.destroy();
                    }
                    return None;
                }
            }
        }
        None
    }

    /// Makes surface and wall as large as the window. A window without any size keeps the old one.
    fn fit(&mut self, size: PhysicalSize<u32>, now: Seconds, stage: &mut dyn FrameSource) {
        if size.width == 0 || size.height == 0 {
            return;
        }
        let longest_px = self.wall.gpu.longest_px();
        let (width, height) = (size.width.min(longest_px), size.height.min(longest_px));
        (self.surface_config.width, self.surface_config.height) = (width, height);
        if let Some(surface) = &self.surface {
            surface.configure(&self.wall.gpu.device, &self.surface_config);
        }
        self.wall.resize(width, height, stage);
        self.reconfigured_at = now;
    }

    /// The surface is gone but the device is not; if a new one does not suit it, everything starts over.
    fn replace_surface(&mut self, stage: &mut dyn FrameSource) {
        self.surface = None;
        let made = self.wall.gpu.surface(Arc::clone(&self.window)).ok().flatten();
        stage.fault(WallFault { kind: FaultKind::SurfaceLost, recovered: made.is_some() });
        match made {
            Some(surface) => {
                surface.configure(&self.wall.gpu.device, &self.surface_config);
                self.surface = Some(surface);
            }
            // The next frame finds the device lost and opens one that suits the window.
            None => self.wall.gpu.destroy(),
        }
    }
}

fn refresh_hz(monitor: &MonitorHandle) -> Option<f64> {
    monitor.refresh_rate_millihertz().map(|mhz| f64::from(mhz) / 1000.0)
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
        width: size.width.clamp(1, gpu.longest_px()),
        height: size.height.clamp(1, gpu.longest_px()),
        present_mode: wgpu::PresentMode::Fifo,
        desired_maximum_frame_latency: 2,
        alpha_mode: wgpu::CompositeAlphaMode::Auto,
        view_formats: vec![],
    }
}
