//! What the window and headless share: device, renderer, capture, and getting back on one's feet. Main thread.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wgpu::{TextureFormat, TextureView};

use crate::render::{Capture, Gpu, GpuError, RenderConfig, Renderer, Shown};
use crate::units::Seconds;

use super::capture::Recorder;
use super::{Fault, FaultKind, OutputConfig, OutputError, Sabotage, Stage, StageFrame};

/// How long to wait before asking for a device again after there was none.
const RETRY_S: f64 = 1.0;
/// So many panics in a row, and the device is suspected too.
const PANICS_TOLERATED: u32 = 3;

pub(super) struct Wall {
    pub gpu: Gpu,
    renderer: Renderer,
    capture: Capture,
    recorder: Option<Recorder>,
    /// Errors of this device already reported.
    errors_known: u64,
    panics_in_a_row: u32,
    retry_at: Option<Seconds>,
}

impl Wall {
    pub fn new(
        gpu: Gpu,
        config: &OutputConfig,
        surface_format: TextureFormat,
        lossless: bool,
    ) -> Result<Self, OutputError> {
        let (width_px, height_px) = (config.width_px, config.height_px);
        let render = RenderConfig { width_px, height_px, surface_format, flash_limiter: config.flash_limiter };
        let recorder = config.capture.as_ref().map(|capture| Recorder::start(capture, lossless)).transpose()?;
        Ok(Self {
            renderer: Renderer::new(&gpu, render),
            capture: Capture::new(&gpu, width_px, height_px),
            gpu,
            recorder,
            errors_known: 0,
            panics_in_a_row: 0,
            retry_at: None,
        })
    }

    pub fn resize(&mut self, width_px: u32, height_px: u32) {
        self.renderer.resize(&self.gpu, width_px, height_px);
        self.capture = Capture::new(&self.gpu, width_px, height_px);
    }

    pub fn shown(&self) -> Shown {
        self.renderer.shown()
    }

    /// Takes in the frame's images and draws everything but the last pass. False when there is no wall now.
    ///
    /// `renew` opens a device of the given generation; it is called when the present one is gone.
    pub fn compose(
        &mut self,
        now: Seconds,
        staged: &mut StageFrame,
        stage: &mut dyn Stage,
        renew: &mut dyn FnMut(u64) -> Result<Gpu, GpuError>,
    ) -> bool {
        for frame in staged.frames.drain(..) {
            self.renderer.push(frame);
        }
        if staged.sabotage == Some(Sabotage::DestroyDevice) {
            self.gpu.destroy();
        }
        self.gpu.poll();
        // A second attempt for a device or a renderer that was made anew.
        for attempt in 0..2 {
            if self.gpu.is_lost() && !self.renew(now, stage, renew) {
                return false;
            }
            let drill = attempt == 0 && staged.sabotage == Some(Sabotage::PanicInDraw);
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
    pub fn finish(&mut self, target: &TextureView, stage: &mut dyn Stage) -> bool {
        self.guarded(stage, |wall| wall.renderer.finish(&wall.gpu, target))
    }

    /// The last pass onto the texture that captures are read from.
    pub fn finish_offscreen(&mut self, stage: &mut dyn Stage) -> bool {
        self.guarded(stage, |wall| wall.renderer.finish(&wall.gpu, &wall.capture.view))
    }

    /// Whether frame `index` is to be captured.
    pub fn wants_capture(&self, index: u64) -> bool {
        self.recorder.as_ref().is_some_and(|recorder| recorder.wants(index))
    }

    /// Reads back what [`Self::finish_offscreen`] drew if it is wanted, and passes on what has arrived.
    pub fn capture(&mut self, index: u64, stage: &mut dyn Stage) {
        let Some(recorder) = &self.recorder else { return };
        let mut lost = 0;
        if recorder.wants(index) {
            lost += u64::from(!self.capture.request(&self.gpu, index));
        }
        let offer = |still| lost += u64::from(!recorder.offer(still));
        if recorder.is_lossless() {
            self.capture.drain(&self.gpu, offer)
        } else {
            self.capture.collect(offer)
        }
        for _ in 0..lost {
            stage.fault(Fault { kind: FaultKind::CaptureDropped, recovered: true });
        }
        for _ in 0..recorder.take_failures() {
            stage.fault(Fault { kind: FaultKind::CaptureFailed, recovered: false });
        }
    }

    /// Writes what is still on its way; the end of the show.
    pub fn close(mut self) {
        if let Some(recorder) = self.recorder.take() {
            self.capture.drain(&self.gpu, |still| {
                recorder.offer(still);
            });
        }
    }

    /// Moves to a device opened elsewhere.
    pub fn adopt(&mut self, gpu: Gpu) {
        self.gpu = gpu;
        self.errors_known = 0;
        self.renderer.rebuild(&self.gpu);
        self.capture = Capture::new(&self.gpu, self.capture.texture.width(), self.capture.texture.height());
    }

    fn renew(
        &mut self,
        now: Seconds,
        stage: &mut dyn Stage,
        renew: &mut dyn FnMut(u64) -> Result<Gpu, GpuError>,
    ) -> bool {
        if self.retry_at.is_some_and(|at| now < at) {
            return false;
        }
        match renew(self.gpu.generation + 1) {
            Ok(gpu) => {
                tracing::warn!("the graphics device was lost; the wall is back on {}", gpu.name());
                self.adopt(gpu);
                self.retry_at = None;
                stage.fault(Fault { kind: FaultKind::DeviceLost, recovered: true });
                true
            }
            Err(error) => {
                if self.retry_at.is_none() {
                    tracing::warn!(%error, "the graphics device was lost; trying again every second");
                    stage.fault(Fault { kind: FaultKind::DeviceLost, recovered: false });
                }
                self.retry_at = Some(now.after(RETRY_S));
                false
            }
        }
    }

    /// Runs `draw`; a panic in it costs the renderer's textures, not the show.
    fn guarded(&mut self, stage: &mut dyn Stage, draw: impl FnOnce(&mut Self)) -> bool {
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
        stage.fault(Fault { kind: FaultKind::DrawPanic, recovered: rebuilt });
        false
    }

    fn report_errors(&mut self, stage: &mut dyn Stage) {
        let errors = self.gpu.errors();
        if errors > self.errors_known {
            self.errors_known = errors;
            stage.fault(Fault { kind: FaultKind::GpuError, recovered: true });
        }
    }
}
