//! Where the wall is drawn to: a window, or an offscreen texture (headless), live or stepped; and the sinks that
//! get copies of its frames: PNG files, a film.
//!
//! Everything here runs on the main thread, except the workers of the sinks. The shells only differ in who
//! keeps time and where the last pass goes: each frame asks the [`FrameSource`] what to show *now*, draws it with one
//! [`Renderer`](crate::render::Renderer), and tells the stage what became of it.
//!
//! | shell | time | target | can be late |
//! |---|---|---|---|
//! | [`window`] | clock, display | surface of a winit window | yes |
//! | [`headless::run`] | clock | texture | yes |
//! | [`headless::run_stepped`] | 1 / fps a frame, no sleeping | texture | no |
//!
//! A failure while running does not end the loop: a lost device or a panic while drawing is counted and reported
//! as a [`WallFault`], and the renderer is rebuilt from the images it still has.

mod adapt;
mod awake;
pub(crate) mod film;
mod film_sound;
mod frames;
pub(crate) mod headless;
mod pacer;
mod phone;
mod png;
mod sink;
mod wall;
pub(crate) mod window;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) use adapt::ON_TIME;
pub(crate) use film::FilmConfig;
pub(crate) use frames::FrameStats;
pub(crate) use png::CaptureConfig;
pub(crate) use sink::Sinks;

use phone::PhoneSink;
use sink::Sink;

use crate::control::web::Monitor;
use crate::frame::Frame;
use crate::render::{GpuError, Look, OverlayImage, Region, Shown, Viewing};
use crate::units::Seconds;

/// Reads show time. The only clock of this room; the application decides what it is.
pub type NowFn<'a> = &'a dyn Fn() -> Seconds;

/// Decides what is shown: implemented by the application, called by the outputs on the main thread only.
pub trait FrameSource {
    /// Right before a frame is drawn: what should be on the wall at `now`.
    fn advance(&mut self, now: Seconds) -> FrameIntent;

    /// Right after a frame was shown.
    fn presented(&mut self, presented: &Presented);

    /// Called when the stage quits: slots without a frame since the last [`Presented`], which no later
    /// [`Presented::dropped`] can count.
    fn missed(&mut self, slots: u32);

    /// A key of the row of digits was pressed, or let go.
    fn digit(&mut self, _digit: u8, _pressed: bool) {}

    /// Reports a failure, for the application's report. The output goes on.
    fn fault(&mut self, fault: WallFault);
}

/// One frame's worth of intent.
#[derive(Debug, Default)]
pub struct FrameIntent {
    pub look: Look,
    /// Images that arrived since the last frame, oldest first; usually none. An empty `Vec` allocates nothing.
    pub frames: Vec<Arc<Frame>>,
    /// The overlays of another show, from now on.
    pub overlays: Option<Arc<[OverlayImage]>>,
    /// Leave after this; the frame is not drawn any more.
    pub quit: bool,
    /// A failure to provoke, for tests.
    pub drill: Option<Drill>,
}

/// A failure provoked on purpose, to test recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drill {
    DestroyDevice,
    PanicInDraw,
}

/// What became of one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Presented {
    /// Counts presented frames from 0; captured PNGs carry it in their name.
    pub index: u64,
    /// The show time the frame was drawn for, as given to [`FrameSource::advance`].
    pub now: Seconds,
    /// When it was there: drawn and waited for (headless), or handed to the display (window).
    pub at: Seconds,
    /// Time since the frame before; none for the first.
    pub interval_s: Option<f64>,
    /// It was not there before its slot was over.
    pub late: bool,
    /// Slots that passed since the frame before without a frame of their own.
    pub dropped: u32,
    /// The newest image visible in it.
    pub shown: Shown,
    /// Share of the wall that the flash limiter holds, in percent.
    pub held_percent: u8,
    /// Width and height of the canvas it was drawn on, and of the one it would have been on a machine fast enough.
    pub drawn_px: [u32; 2],
    pub whole_px: [u32; 2],
}

/// Something that broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WallFault {
    pub kind: FaultKind,
    /// Whether the wall is back already. A fault reported unrecovered is reported again when it is.
    pub recovered: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FaultKind {
    /// The graphics device went away.
    DeviceLost,
    /// The window's surface went away or failed again and again.
    SurfaceLost,
    /// The monitor the wall belongs on went away, moved or changed its mode.
    ScreenLost,
    /// Drawing panicked.
    DrawPanic,
    /// The application panicked when asked what to show: the wall goes on with what it shows.
    SourcePanic,
    /// wgpu reported an error outside any scope.
    GpuError,
    /// A frame to be captured found no free buffer or a full queue.
    CaptureDropped,
    /// A captured frame could not be written.
    CaptureFailed,
    /// The device did not finish a frame in time.
    Stalled,
}

/// Runs a whole frame. A panic that was not caught further in is reported as [`FaultKind::SourcePanic`] and gives
/// `None`.
fn survived<T>(stage: &mut dyn FrameSource, frame: impl FnOnce(&mut dyn FrameSource) -> T) -> Option<T> {
    // Unwind safety: what a frame leaves behind is replaced by the next one, or found wrong by it and built anew.
    let done = catch_unwind(AssertUnwindSafe(|| frame(stage)));
    if done.is_err() {
        // The application may be what panicked; it is not asked twice.
        let _ =
            catch_unwind(AssertUnwindSafe(|| stage.fault(WallFault { kind: FaultKind::SourcePanic, recovered: true })));
    }
    done.ok()
}

/// Frames a second without a display that says better.
const FPS: f64 = 60.0;
/// Frames a second that a processor draws at most unless asked for more: more of them would come late, and smaller.
const SOFTWARE_FPS: f64 = 30.0;
/// Monitors are off their round rates by less than this part.
const ODD_RATE: f64 = 0.1;

/// Settings that the window and both headless loops share.
#[derive(Clone, Debug)]
pub struct OutputConfig {
    /// Size that is drawn, and of the window when it is not fullscreen. A fullscreen window keeps the monitor's aspect
    /// ratio and is drawn with at most as many pixels as this has, scaled up.
    pub width_px: u32,
    pub height_px: u32,
    /// Frames a second; without it a window follows its monitor and headless runs at 60. Live, where a processor draws,
    /// that rate is divided by a whole number to [`SOFTWARE_FPS`] or less.
    pub fps: Option<f64>,
    /// Off by the venue's command line alone.
    pub flash_limiter: bool,
    pub viewing: Viewing,
    /// The rectangle of the target that is the wall, for LED processors; none is all of it.
    pub region: Option<Region>,
    /// Clockwise quarter turns of the picture.
    pub quarter_turns: u32,
    pub test_card: bool,
    pub capture: Option<CaptureConfig>,
    /// What may be laid over the wall.
    pub overlays: Arc<[OverlayImage]>,
}

impl OutputConfig {
    /// Width over height of the picture that the wall shows. The shape of a monitor is not known before its window is.
    #[must_use]
    pub fn aspect(&self) -> f64 {
        let (width, height) =
            self.region.map_or((self.width_px, self.height_px), |region| (region.width, region.height));
        let aspect = f64::from(width.max(1)) / f64::from(height.max(1));
        if self.quarter_turns % 2 == 1 { 1.0 / aspect } else { aspect }
    }
}

impl Default for OutputConfig {
    fn default() -> Self {
        Self {
            width_px: 1280,
            height_px: 720,
            fps: None,
            flash_limiter: true,
            viewing: Viewing::default(),
            region: None,
            quarter_turns: 0,
            test_card: false,
            capture: None,
            overlays: Arc::default(),
        }
    }
}

impl OutputConfig {
    fn fps_or(&self, fallback: f64) -> f64 {
        self.fps.filter(|fps| fps.is_finite() && *fps > 0.0).unwrap_or(fallback)
    }

    /// Frames a second on a display of `display_hz`, drawn by a processor (`software`) or by a card.
    fn fps_on(&self, software: bool, display_hz: f64) -> f64 {
        let parts = if software { (display_hz / SOFTWARE_FPS - ODD_RATE).ceil().max(1.0) } else { 1.0 };
        self.fps_or(display_hz / parts)
    }
}

/// Opens the sinks that were asked for; `stepped` ones wait and lose nothing. `monitor` shows the wall on phones.
///
/// # Errors
/// When a folder or file cannot be written, or a program is missing.
pub fn open_sinks(
    output: &OutputConfig,
    film: Option<FilmConfig>,
    monitor: Option<Monitor>,
    stepped: bool,
) -> Result<Sinks, OutputError> {
    let mut sinks = Sinks::new();
    if let Some(monitor) = monitor {
        let phone = PhoneSink::start(monitor);
        let quiet = |error: &std::io::Error| tracing::warn!("phones get no picture of the wall ({error})");
        sinks.extend(phone.inspect_err(quiet).ok().map(|sink| Box::new(sink) as Box<dyn Sink>));
    }
    if let Some(capture) = &output.capture {
        sinks.push(Box::new(png::PngSink::start(capture, stepped)?));
    }
    if let Some(film) = film {
        sinks.push(Box::new(film::FilmSink::start(film, stepped)?));
    }
    Ok(sinks)
}

/// Why an output cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    #[error(transparent)]
    Gpu(#[from] GpuError),
    /// The caller may go headless instead.
    #[error("there is no display to open a window on ({0}): start it from a desktop session, or use --headless")]
    NoDisplay(String),
    #[error("no monitor matches \"{wanted}\"; the monitors are {available}")]
    NoMonitor { wanted: String, available: String },
    #[error("the window cannot be opened ({0}): try --windowed or --headless")]
    NoWindow(String),
    #[error("{}: no film can be made: {why}", path.display())]
    Film { path: PathBuf, why: String },
    #[error("captured frames cannot be written ({source}): give --capture a folder that can be created: {}", dir.display())]
    Capture { dir: PathBuf, source: std::io::Error },
}
