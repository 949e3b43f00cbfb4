//! The wall as a window: fullscreen without decorations on a chosen monitor, or an ordinary window.
//!
//! winit wants the main thread and one event loop per process; nothing here is touched when the wall is headless.
//! Frames are paced by our own grid, because a display may or may not block; when it does, the grid follows it.

mod monitor_events;
mod open;
mod place;
mod screens;

use std::time::{Duration, Instant};

use winit::application::ApplicationHandler;
use winit::error::EventLoopError;
use winit::event::{ElementState, WindowEvent};
use winit::event_loop::{ActiveEventLoop, ControlFlow, EventLoop};
use winit::keyboard::{Key, KeyCode, NamedKey, PhysicalKey};
use winit::window::WindowId;

use super::awake::Awake;
use super::{FrameSource, NowFn, OutputConfig, OutputError, Sinks};

use open::Open;

/// What the window shows, and where it goes.
#[derive(Clone, Debug, Default)]
pub struct WindowConfig {
    pub output: OutputConfig,
    /// The whole monitor, instead of an ordinary window of the output's size.
    pub fullscreen: bool,
    /// A monitor's number, counted from 1, or a part of its name; none takes the primary one.
    pub monitor: Option<String>,
}

/// Esc leaves when it is pressed twice within this time, so that one accidental press does not end the show.
const TWICE: Duration = Duration::from_secs(1);

/// Shows the stage until it quits, Esc is pressed twice or the window is closed; F11 changes between full screen and
/// window. Main thread only; once per process.
///
/// # Errors
/// When there is no display ([`OutputError::NoDisplay`]: the caller may go headless), no such monitor, no graphics
/// device for it. Never once it runs. Without a display `sinks` is not emptied.
pub fn run(
    stage: &mut dyn FrameSource,
    clock: NowFn<'_>,
    config: &WindowConfig,
    sinks: &mut Sinks,
) -> Result<(), OutputError> {
    let event_loop = EventLoop::new().map_err(|error| no_display(&error))?;
    let awake = Awake::hold();
    let mut shell = Shell { stage, clock, config, sinks, open: None, failed: None, escaped: None, _awake: awake };
    let ended = event_loop.run_app(&mut shell);
    if let Some(open) = shell.open.take() {
        open.close(shell.stage);
    }
    match shell.failed {
        Some(error) => Err(error),
        None => ended.map_err(|error| OutputError::NoWindow(error.to_string())),
    }
}

/// Replaces winit's message, which names source files, by what is missing.
fn no_display(error: &EventLoopError) -> OutputError {
    tracing::debug!(%error, "no event loop");
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let known = !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY");
    let why = if known { "it does not answer" } else { "neither WAYLAND_DISPLAY nor DISPLAY is set" };
    OutputError::NoDisplay(why.into())
}

struct Shell<'a> {
    stage: &'a mut dyn FrameSource,
    clock: NowFn<'a>,
    config: &'a WindowConfig,
    /// Handed on when the window opens.
    sinks: &'a mut Sinks,
    open: Option<Open>,
    failed: Option<OutputError>,
    /// When Esc was pressed last.
    escaped: Option<Instant>,
    _awake: Awake,
}

impl ApplicationHandler for Shell<'_> {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.open.is_some() {
            return;
        }
        match Open::new(event_loop, self.config, self.sinks, self.clock) {
            Ok(open) => self.open = Some(open),
            Err(error) => {
                self.failed = Some(error);
                event_loop.exit();
            }
        }
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        match event {
            WindowEvent::CloseRequested | WindowEvent::Destroyed => event_loop.exit(),
            WindowEvent::KeyboardInput { event, .. } if !event.repeat => {
                let pressed = event.state == ElementState::Pressed;
                match digit(event.physical_key) {
                    Some(digit) => self.stage.digit(digit, pressed),
                    None => self.key(event_loop, &event.logical_key, pressed),
                }
            }
            WindowEvent::Resized(size) => {
                if let Some(open) = &mut self.open {
                    open.resized(size);
                }
            }
            // Looked at with the next frame: is the wall still on its screen?
            WindowEvent::Moved(_) | WindowEvent::ScaleFactorChanged { .. } => {
                if let Some(open) = &mut self.open {
                    open.moved();
                }
            }
            _ => {}
        }
    }

    /// All events are handled: draw if a frame is due, and sleep until the next one is.
    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        let Some(open) = &mut self.open else { return };
        if event_loop.exiting() {
            return;
        }
        if (self.clock)() >= open.due() {
            let (stage, clock) = (&mut *self.stage, self.clock);
            // A panic on the way to the display costs this frame and no more.
            let goes_on = super::survived(stage, |stage| open.frame(event_loop, stage, clock));
            if !goes_on.unwrap_or(true) {
                event_loop.exit();
                return;
            }
        }
        let wait_s = open.due().since((self.clock)()).max(0.0);
        event_loop.set_control_flow(ControlFlow::WaitUntil(Instant::now() + Duration::from_secs_f64(wait_s)));
    }
}

/// The digit on a key, by its place on the keyboard: whatever layout it has, and with or without shift.
fn digit(key: PhysicalKey) -> Option<u8> {
    use KeyCode::{Digit1, Digit2, Digit3, Digit4, Digit5, Digit6, Digit7, Digit8};
    let PhysicalKey::Code(code) = key else { return None };
    let place =
        [Digit1, Digit2, Digit3, Digit4, Digit5, Digit6, Digit7, Digit8].iter().position(|digit| *digit == code);
    place.map(|place| place as u8 + 1)
}

impl Shell<'_> {
    fn key(&mut self, event_loop: &ActiveEventLoop, key: &Key, pressed: bool) {
        let now = Instant::now();
        match key {
            Key::Named(NamedKey::Escape) if pressed => {
                if self.escaped.is_some_and(|last| now.duration_since(last) < TWICE) {
                    event_loop.exit();
                } else {
                    tracing::info!("Esc: press it once more within a second to end the show");
                }
                self.escaped = Some(now);
            }
            Key::Named(NamedKey::F11) if pressed => {
                if let Some(open) = &mut self.open {
                    open.toggle_fullscreen();
                }
            }
            _ => {}
        }
    }
}
