//! Where the window is and where it belongs: the monitor is chosen once, and the window returned to it.
//!
//! Monitors come, go, swap places and change their modes while a show runs, with a window manager or without one. What
//! the window is on is compared with what it belongs on whenever either changes, and twice a second: back within two.

use winit::dpi::PhysicalSize;
use winit::event_loop::ActiveEventLoop;
use winit::monitor::MonitorHandle;
use winit::window::{Fullscreen, Window, WindowAttributes};

use crate::output::{FaultKind, OutputError, WallFault};
use crate::units::Seconds;

use super::WindowConfig;
use super::screens::{Screen, Wanted, list};

/// How often to look. X11 lets the window manager and us race for the place of a window: once is not enough.
const LOOK_S: f64 = 0.5;
/// After so many refusals by the window manager it is left alone, until the monitors change again.
const INSISTENCE: u32 = 5;
/// When the window has stayed right for so long, the count of refusals starts again from 0.
const SETTLED_S: f64 = 10.0;

pub(super) struct Place {
    fullscreen: bool,
    /// Size of the window when it is not fullscreen.
    window_px: (u32, u32),
    wanted: Wanted,
    /// The monitor it belongs on, as it was when the window was last put there.
    on: Option<Screen>,
    away: bool,
    tries: u32,
    /// Since when the window is where it belongs.
    stands_since: Option<Seconds>,
    look_at: Seconds,
}

impl Place {
    /// Chooses the monitor; also how to make the window, and the monitor itself.
    ///
    /// # Errors
    /// When no monitor is what was asked for.
    pub fn choose(
        event_loop: &ActiveEventLoop,
        config: &WindowConfig,
    ) -> Result<(Self, WindowAttributes, Option<MonitorHandle>), OutputError> {
        let monitors: Vec<MonitorHandle> = event_loop.available_monitors().collect();
        let screens: Vec<Screen> = monitors.iter().map(screen).collect();
        let mut wanted = Wanted::new(config.monitor.clone());
        let monitor = match (wanted.among(&screens), &config.monitor) {
            (Some(place), _) => monitors.get(place).cloned(),
            (None, Some(asked)) => {
                return Err(OutputError::NoMonitor { wanted: asked.clone(), available: list(&screens) });
            }
            (None, None) => event_loop.primary_monitor().or_else(|| monitors.into_iter().next()),
        };
        if let Some(monitor) = &monitor {
            wanted.is_on(&screen(monitor));
        }
        let attributes = attributes(config, monitor.as_ref());
        let (fullscreen, window_px) = (config.fullscreen, (config.output.width_px, config.output.height_px));
        let (on, look_at) = (monitor.as_ref().map(screen), Seconds(0.0));
        Ok((
            Self { fullscreen, window_px, wanted, on, away: false, tries: 0, stands_since: None, look_at },
            attributes,
            monitor,
        ))
    }

    /// Something moved: look with the next frame.
    pub fn look_soon(&mut self) {
        self.look_at = Seconds(0.0);
    }

    /// Changes between the full screen and a window.
    pub fn toggle(&mut self, window: &Window) {
        if let Some(monitor) = window.current_monitor().filter(|_| !self.fullscreen) {
            self.wanted.is_taken_to(&screen(&monitor));
        }
        self.fullscreen = !self.fullscreen;
        window.set_cursor_visible(!self.fullscreen);
        window.set_decorations(!self.fullscreen);
        self.tries = 0;
        self.look_soon();
        if !self.fullscreen {
            window.set_fullscreen(None);
            let _ = window.request_inner_size(PhysicalSize::new(self.window_px.0, self.window_px.1));
        }
    }

    /// Compares where the window is with where it belongs, and puts it back; a fault when the monitor went away, came
    /// back or is not what it was.
    pub fn keep(&mut self, event_loop: &ActiveEventLoop, window: &Window, now: Seconds) -> Option<WallFault> {
        if !self.fullscreen || now < self.look_at {
            return None;
        }
        self.look_at = now.after(LOOK_S);
        let monitors: Vec<MonitorHandle> = event_loop.available_monitors().collect();
        let screens: Vec<Screen> = monitors.iter().map(screen).collect();
        let Some(place) = self.wanted.among(&screens) else { return self.is_away(&screens) };
        let (there, monitor) = (&screens[place], &monitors[place]);
        let fault = self.is_there(there);
        if stands_on(window, there) {
            if now.since(*self.stands_since.get_or_insert(now)) >= SETTLED_S {
                self.tries = 0;
            }
            return fault;
        }
        self.stands_since = None;
        if self.tries >= INSISTENCE {
            return fault;
        }
        self.tries += 1;
        // Leaves fullscreen first: some systems ignore a request for a state that they believe they are in.
        window.set_fullscreen(None);
        window.set_outer_position(monitor.position());
        let _ = window.request_inner_size(monitor.size());
        window.set_fullscreen(Some(Fullscreen::Borderless(Some(monitor.clone()))));
        fault
    }

    fn is_away(&mut self, screens: &[Screen]) -> Option<WallFault> {
        // Nobody asked for one, and there is none that could be meant.
        if std::mem::replace(&mut self.away, true) || self.on.is_none() {
            return None;
        }
        let name = self.wanted.name();
        tracing::warn!("monitor \"{name}\" is gone (there are {}); the wall waits for it", list(screens));
        Some(WallFault { kind: FaultKind::ScreenLost, recovered: false })
    }

    fn is_there(&mut self, screen: &Screen) -> Option<WallFault> {
        let (was_away, same) = (std::mem::take(&mut self.away), self.on.as_ref() == Some(screen));
        if same && !was_away {
            return None;
        }
        self.wanted.is_on(screen);
        let known = self.on.replace(screen.clone()).is_some();
        self.tries = 0;
        let Screen { name, size: (width, height), .. } = screen;
        if known {
            let what = if was_away { "is back" } else { "has moved or changed" };
            tracing::warn!("monitor \"{name}\" {what}: the wall fills it, {width} x {height}");
        }
        known.then_some(WallFault { kind: FaultKind::ScreenLost, recovered: true })
    }
}

fn screen(monitor: &MonitorHandle) -> Screen {
    let (position, size) = (monitor.position(), monitor.size());
    let name = monitor.name().unwrap_or_else(|| "unnamed".into());
    Screen { name, position: (position.x, position.y), size: (size.width, size.height) }
}

/// Whether the window fills `screen`. Where windows do not know their place (Wayland), the system keeps them.
fn stands_on(window: &Window, screen: &Screen) -> bool {
    let size = window.inner_size();
    match window.outer_position() {
        Ok(at) => (at.x, at.y) == screen.position && (size.width, size.height) == screen.size,
        Err(_) => {
            let on = window.current_monitor().and_then(|monitor| monitor.name());
            window.fullscreen().is_some() && on.is_none_or(|name| name == screen.name)
        }
    }
}

fn attributes(config: &WindowConfig, monitor: Option<&MonitorHandle>) -> WindowAttributes {
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
