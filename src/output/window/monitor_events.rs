//! Lets winit hear that monitors came or went on X11.
//!
//! winit 0.30 asks the server for these events over XCB and waits for them in Xlib, which throws events away whose
//! extension it has not been told of; its list of monitors then stays as it was at the start. Asking libXrandr once
//! whether the extension is there tells Xlib of it. Nothing to do on other systems.

use winit::window::Window;

/// To be called once, on the main thread. Without libXrandr monitors are only found at the start.
#[cfg(target_os = "linux")]
pub(super) fn enable(window: &Window) {
    use winit::raw_window_handle::{HasDisplayHandle, RawDisplayHandle};

    let Ok(handle) = window.display_handle() else { return };
    let RawDisplayHandle::Xlib(xlib) = handle.as_raw() else { return };
    let Some(display) = xlib.display else { return };
    match x11_dl::xrandr::Xrandr::open() {
        Ok(xrandr) => {
            let (mut events, mut errors) = (0, 0);
            // SAFETY: the display is winit's, open as long as the window is, and used by this thread alone.
            unsafe { (xrandr.XRRQueryExtension)(display.as_ptr().cast(), &mut events, &mut errors) };
            // From now on Xlib calls into the library, so it must stay loaded.
            std::mem::forget(Box::new(xrandr));
        }
        Err(error) => tracing::warn!("monitors that come and go are not noticed (package libxrandr2: {error})"),
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn enable(_window: &Window) {}
