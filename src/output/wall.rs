//! What the window and headless share: device, renderer, capture, and recovery from failures. Main thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use wgpu::{TextureFormat, TextureView};

use crate::render::{Fit, Gpu, GpuError, Look, Readback, RenderConfig, Renderer};
use crate::units::Seconds;

use super::adapt::{Adapt, Resized};
use super::sink::Sinks;
use super::{Drill, FPS, FaultKind, FrameIntent, FrameSource, OutputConfig, Presented, WallFault};

/// How long to wait before asking for a device again after there was none.
const RETRY_S: f64 = 1.0;
/// After so many panics in a row the device is destroyed too, and a new one is opened.
const PANICS_TOLERATED: u32 = 3;

/// What a wall is made for.
pub(super) struct WallConfig<'a> {
    pub output: &'a OutputConfig,
    pub surface_format: TextureFormat,
    /// Size of the target: a window's surface, or what is captured.
    pub target_px: [u32; 2],
    /// Where captures are taken from: the target itself, or the wall alone at the size that is asked for.
    pub captures_target: bool,
    /// Virtual time: no frame is lost or late, and the canvas size is not adapted.
    pub stepped: bool,
}

pub(super) struct Wall {
    pub gpu: Gpu,
    renderer: Renderer,
    /// Where on the target the wall is.
    fit: Fit,
    captures_target: bool,
    asked: OutputConfig,
    /// None in virtual time.
    adapt: Option<Adapt>,
    drawn_px: [u32; 2],
    look: Look,
    readback: Readback,
    sinks: Sinks,
    /// Errors of this device already reported.
    errors_known: u64,
    panics_in_a_row: u32,
    retry_at: Option<Seconds>,
}

/// When a frame was shown; the fields are those of [`Presented`].
pub(super) struct Moment {
    pub index: u64,
    pub now: Seconds,
    pub at: Seconds,
    pub interval_s: Option<f64>,
    pub late: bool,
    pub dropped: u32,
}

/// How many times larger images are held: enough for a wall of 4K, and what a processor makes offline.
const UPSCALE: u32 = 4;
const UPSCALE_SOFTWARE: u32 = 2;

impl Wall {
    /// How often it is to be drawn on a display of `display_hz`, a second.
    pub fn fps(&self, display_hz: f64) -> f64 {
        self.asked.fps_on(self.gpu.is_software(), display_hz)
    }

    pub fn new(gpu: Gpu, config: &WallConfig<'_>, sinks: Sinks) -> Self {
        let WallConfig { output, surface_format, target_px: [width, height], captures_target, stepped } = *config;
        let fit = Fit::within(output.region, output.quarter_turns, width, height);
        let whole_px = fit.canvas_px([output.width_px, output.height_px], gpu.longest_px());
        let render = RenderConfig {
            width_px: whole_px[0],
            height_px: whole_px[1],
            surface_format,
            flash_limiter: output.flash_limiter,
            viewing: output.viewing,
            test_card: output.test_card,
            overlays: output.overlays.clone(),
            upscale: match (gpu.is_software(), stepped) {
                (false, _) => UPSCALE,
                (true, true) => UPSCALE_SOFTWARE,
                // Beside a wall at display rate a processor has no time for it.
                (true, false) => 1,
            },
        };
        let adapt = Adapt::new(whole_px, gpu.is_software().then(|| output.fps_on(true, FPS)));
        let capture_px = if captures_target { [width, height] } else { whole_px };
        let mut wall = Self {
            renderer: Renderer::new(&gpu, render),
            fit,
            captures_target,
            asked: output.clone(),
            adapt: (!stepped).then_some(adapt),
            drawn_px: whole_px,
            look: Look::default(),
            readback: Readback::new(&gpu, capture_px[0], capture_px[1]),
            gpu,
            sinks,
            errors_known: 0,
            panics_in_a_row: 0,
            retry_at: None,
        };
        wall.fit_canvas();
        wall
    }

    /// Follows the target to another size.
    pub fn resize(&mut self, width_px: u32, height_px: u32, stage: &mut dyn FrameSource) {
        self.fit = Fit::within(self.asked.region, self.asked.quarter_turns, width_px, height_px);
        self.fit_canvas();
        let size = if self.captures_target { [width_px, height_px] } else { self.whole_px() };
        if size != self.readback.size_px() {
            self.replace_readback(size, stage);
        }
    }

    /// The canvas of a machine that is fast enough.
    fn whole_px(&self) -> [u32; 2] {
        self.fit.canvas_px([self.asked.width_px, self.asked.height_px], self.gpu.longest_px())
    }

    /// Makes the canvas as large as it is to be now.
    fn fit_canvas(&mut self) {
        let share = self.adapt.as_ref().map_or(1.0, Adapt::share);
        self.drawn_px = self.whole_px().map(|side| ((f64::from(side) * share).round() as u32).max(1));
        self.renderer.resize(&self.gpu, self.drawn_px[0], self.drawn_px[1]);
    }

    /// Frames in flight in the old one are lost, and counted.
    fn replace_readback(&mut self, [width, height]: [u32; 2], stage: &mut dyn FrameSource) {
        dropped(self.readback.in_flight() as u64, stage);
        self.readback = Readback::new(&self.gpu, width, height);
    }

    /// Takes in that a frame was shown; what is drawn may be smaller or larger from the next one on.
    pub fn presented(&mut self, at: Seconds, late: bool, dropped: u32) {
        let before = self.drawn_px;
        if let Some(why) = self.adapt.as_mut().and_then(|adapt| adapt.presented(at, late, dropped)) {
            self.fit_canvas();
            let ([from_w, from_h], [w, h]) = (before, self.drawn_px);
            let why = match why {
                Resized::Shrunk => "this machine is too slow for",
                Resized::Grown => "there is time for more than",
                Resized::TakenBack => "something else takes the time, it is no faster with",
            };
            tracing::info!("{why} {from_w} x {from_h} at this rate: the wall is drawn at {w} x {h} now");
        }
    }

    /// Sizes of the canvas that is drawn, and of the one a fast machine would draw.
    pub fn canvas_px(&self) -> ([u32; 2], [u32; 2]) {
        (self.drawn_px, self.whole_px())
    }

    /// Asks the application what to show at `now`. If that panics, the wall goes on as it is.
    pub fn advance(&mut self, stage: &mut dyn FrameSource, now: Seconds) -> FrameIntent {
        match catch_unwind(AssertUnwindSafe(|| stage.advance(now))) {
            Ok(staged) => {
                self.look = staged.look;
                staged
            }
            Err(_) => {
                stage.fault(WallFault { kind: FaultKind::SourcePanic, recovered: true });
                FrameIntent { look: self.look, ..FrameIntent::default() }
            }
        }
    }

    /// What there is to tell of a frame that was just shown.
    pub fn drawn(&self, moment: Moment) -> Presented {
        let Moment { index, now, at, interval_s, late, dropped } = moment;
        let (drawn_px, whole_px) = self.canvas_px();
        let (shown, held_percent) = (self.renderer.shown(), self.renderer.held_percent());
        Presented { index, now, at, interval_s, late, dropped, shown, held_percent, drawn_px, whole_px }
    }

    /// Takes in the frame's images and draws everything but the last pass. False when nothing was drawn: there is no
    /// device, or both attempts failed.
    ///
    /// `renew` opens a device of the given generation; it is called when the present one is gone.
    pub fn compose(
        &mut self,
        now: Seconds,
        staged: &mut FrameIntent,
        stage: &mut dyn FrameSource,
        renew: &mut dyn FnMut(u64) -> Result<Gpu, GpuError>,
    ) -> bool {
        if let Some(overlays) = staged.overlays.take() {
            self.renderer.set_overlays(&self.gpu, overlays);
        }
        for frame in staged.frames.drain(..) {
            self.renderer.push(frame);
        }
        if staged.drill == Some(Drill::DestroyDevice) {
            self.gpu.destroy();
        }
        self.guarded(stage, |wall| wall.gpu.poll());
        // A second attempt for a device or a renderer that was made anew.
        for attempt in 0..2 {
            if self.gpu.is_lost() && !self.renew(now, stage, renew) {
                return false;
            }
            let drill = attempt == 0 && staged.drill == Some(Drill::PanicInDraw);
            let drawn = self.guarded(stage, |wall| {
                assert!(!drill, "fire drill: a panic while drawing");
                wall.renderer.compose(&wall.gpu, now, &staged.look);
            });
            if drawn && !self.gpu.is_lost() {
                self.report_errors(stage);
                return true;
            }
        }
        false
    }

    /// The last pass onto `target`.
    pub fn finish(&mut self, target: &TextureView, stage: &mut dyn FrameSource) -> bool {
        self.guarded(stage, |wall| wall.renderer.finish(&wall.gpu, target, &wall.fit))
    }

    /// The last pass onto the texture that captures are read from.
    pub fn finish_offscreen(&mut self, stage: &mut dyn FrameSource) -> bool {
        let captured = self.captured();
        self.guarded(stage, |wall| wall.renderer.finish(&wall.gpu, &wall.readback.view, &captured))
    }

    /// What is captured: the target as it is, or the wall alone.
    fn captured(&self) -> Fit {
        let [width, height] = self.readback.size_px();
        match self.captures_target {
            true => Fit::within(self.asked.region, self.asked.quarter_turns, width, height),
            false => Fit::whole(width, height),
        }
    }

    /// Whether a sink wants frame `index`, shown at `at`.
    pub fn wants_capture(&self, index: u64, at: Seconds) -> bool {
        self.sinks.iter().any(|sink| sink.wants(index, at))
    }

    /// Reads back what [`Self::finish_offscreen`] drew if a sink wants it, and passes on what has arrived.
    pub fn capture(&mut self, index: u64, at: Seconds, stage: &mut dyn FrameSource) {
        if self.sinks.is_empty() {
            return;
        }
        self.sinks.iter_mut().for_each(|sink| sink.shown(at));
        let mut lost = u64::from(self.wants_capture(index, at) && !self.readback.request(&self.gpu, index, at));
        lost += self.hand_out(self.adapt.is_none());
        dropped(lost, stage);
        for _ in 0..self.sinks.iter_mut().map(|sink| sink.take_failures()).sum() {
            stage.fault(WallFault { kind: FaultKind::CaptureFailed, recovered: false });
        }
    }

    /// Gives the sinks what has arrived, or waits for all of it; how many frames were lost on the way.
    fn hand_out(&mut self, all: bool) -> u64 {
        let Self { readback, sinks, gpu, .. } = self;
        let mut refused = 0;
        let give = |frame| {
            let frame = Arc::new(frame);
            refused += sinks.iter_mut().map(|sink| u64::from(!sink.accept(&frame))).sum::<u64>();
        };
        let lost = if all { readback.drain(gpu, give) } else { readback.collect(give) };
        lost + refused
    }

    /// Writes what is still on its way; the end of the show.
    pub fn close(mut self, stage: &mut dyn FrameSource) {
        if !self.sinks.is_empty() {
            dropped(self.hand_out(true), stage);
        }
    }

    /// Moves to a device opened elsewhere.
    fn adopt(&mut self, gpu: Gpu, stage: &mut dyn FrameSource) {
        self.gpu = gpu;
        self.errors_known = 0;
        // Its limits may be others.
        self.fit_canvas();
        self.renderer.rebuild(&self.gpu);
        let size = self.readback.size_px().map(|side| side.min(self.gpu.longest_px()));
        self.replace_readback(size, stage);
    }

    fn renew(
        &mut self,
        now: Seconds,
        stage: &mut dyn FrameSource,
        renew: &mut dyn FnMut(u64) -> Result<Gpu, GpuError>,
    ) -> bool {
        if self.retry_at.is_some_and(|at| now < at) {
            return false;
        }
        // A driver that is still broken may panic here: that counts as no device.
        let generation = self.gpu.generation + 1;
        let renewed = catch_unwind(AssertUnwindSafe(|| {
            let gpu = renew(generation).map_err(|error| error.to_string())?;
            tracing::warn!("the graphics device was lost; the wall is back on {}", gpu.name());
            self.adopt(gpu, stage);
            Ok(())
        }));
        match renewed.unwrap_or_else(|_| Err("it panicked".to_owned())) {
            Ok(()) => {
                self.retry_at = None;
                stage.fault(WallFault { kind: FaultKind::DeviceLost, recovered: true });
                true
            }
            Err(error) => {
                if self.retry_at.is_none() {
                    tracing::warn!("the graphics device was lost ({error}); trying again every second");
                    stage.fault(WallFault { kind: FaultKind::DeviceLost, recovered: false });
                }
                self.retry_at = Some(now.after(RETRY_S));
                false
            }
        }
    }

    /// Runs `draw`; after a panic in it the renderer is rebuilt. False when it panicked.
    fn guarded(&mut self, stage: &mut dyn FrameSource, draw: impl FnOnce(&mut Self)) -> bool {
        // Unwind safety: after a panic the renderer is rebuilt from its images before anything else uses it.
        if catch_unwind(AssertUnwindSafe(|| draw(self))).is_ok() {
            self.panics_in_a_row = 0;
            return true;
        }
        self.panics_in_a_row += 1;
        if self.panics_in_a_row >= PANICS_TOLERATED {
            self.gpu.destroy();
        }
        let rebuilt = catch_unwind(AssertUnwindSafe(|| self.renderer.rebuild(&self.gpu))).is_ok();
        stage.fault(WallFault { kind: FaultKind::DrawPanic, recovered: rebuilt });
        false
    }

    fn report_errors(&mut self, stage: &mut dyn FrameSource) {
        let errors = self.gpu.errors();
        if errors > self.errors_known {
            self.errors_known = errors;
            stage.fault(WallFault { kind: FaultKind::GpuError, recovered: true });
        }
    }
}

/// Tells the stage of frames that no sink gets.
fn dropped(frames: u64, stage: &mut dyn FrameSource) {
    for _ in 0..frames {
        stage.fault(WallFault { kind: FaultKind::CaptureDropped, recovered: true });
    }
}
