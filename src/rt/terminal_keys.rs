//! Single keys of the terminal that the process was started from.
//!
//! A terminal hands over whole lines and shows what is typed, so it is asked not to while the process has it: in the
//! background, or when a shell took it back, nothing is read and nothing is changed. It is given back as it was found.

use super::Stop;

/// Calls `pressed` for each key until `stop`, on a thread of its own. `None` where there is no terminal to read from.
#[cfg(unix)]
pub fn terminal_keys(stop: Stop, pressed: impl FnMut(u8) + Send + 'static) -> Option<std::thread::JoinHandle<()>> {
    use std::io::IsTerminal as _;
    let terminal = unix::Terminal::of_this_process().filter(|_| std::io::stdin().is_terminal())?;
    super::spawn("keys", move || terminal.read(&stop, pressed)).ok()
}

/// Gives the terminal back before the process is ended in haste.
pub fn give_terminal_back() {
    #[cfg(unix)]
    unix::give_back();
}

#[cfg(not(unix))]
pub fn terminal_keys(_stop: Stop, _pressed: impl FnMut(u8) + Send + 'static) -> Option<std::thread::JoinHandle<()>> {
    None
}

#[cfg(unix)]
mod unix {
    use std::mem::MaybeUninit;
    use std::sync::OnceLock;

    use super::Stop;

    /// How long a look at the terminal waits for a key.
    const LOOK_MS: libc::c_int = 50;
    const STDIN: libc::c_int = libc::STDIN_FILENO;

    /// The terminal as it was found, for whoever ends the process in haste.
    static FOUND: OnceLock<Terminal> = OnceLock::new();

    /// The terminal, and how it was found.
    #[derive(Clone, Copy)]
    pub struct Terminal(libc::termios);

    /// Gives the terminal back, if it was asked for keys.
    pub fn give_back() {
        if let Some(terminal) = FOUND.get().filter(|_| is_ours()) {
            terminal.set(0);
        }
    }

    impl Terminal {
        pub fn of_this_process() -> Option<Self> {
            let mut found = MaybeUninit::uninit();
            // SAFETY: `found` is room for the answer, read only if the call succeeded.
            unsafe { (libc::tcgetattr(STDIN, found.as_mut_ptr()) == 0).then(|| Self(found.assume_init())) }
        }

        pub fn read(self, stop: &Stop, mut pressed: impl FnMut(u8)) {
            let mut asked = false;
            let _ = FOUND.set(self);
            while !stop.is_set() {
                if !is_ours() {
                    // The shell has it, and sets it as it likes.
                    asked = false;
                    stop.pause(std::time::Duration::from_millis(200));
                    continue;
                }
                if !asked {
                    self.set(libc::ICANON | libc::ECHO);
                    asked = true;
                }
                let mut wait = libc::pollfd { fd: STDIN, events: libc::POLLIN, revents: 0 };
                // SAFETY: one descriptor, which lives as long as the call.
                let ready = unsafe { libc::poll(&raw mut wait, 1, LOOK_MS) } > 0;
                if ready && wait.revents & libc::POLLIN == 0 {
                    // It is gone.
                    return;
                }
                let mut key = [0u8];
                // SAFETY: room for the one byte that is asked for; `poll` said that it does not wait.
                if ready && is_ours() && unsafe { libc::read(STDIN, key.as_mut_ptr().cast(), 1) } == 1 {
                    pressed(key[0]);
                }
            }
            give_back();
        }

        /// As it was found, without `flags`.
        fn set(&self, flags: libc::tcflag_t) {
            let mut new = self.0;
            new.c_lflag &= !flags;
            // SAFETY: a plain system call on a structure of our own; a failure leaves the terminal as it is.
            unsafe { libc::tcsetattr(STDIN, libc::TCSANOW, &raw const new) };
        }
    }

    /// Whether this process has the terminal: reading it from the background would stop the show.
    fn is_ours() -> bool {
        // SAFETY: plain system calls.
        unsafe { libc::tcgetpgrp(STDIN) == libc::getpgrp() }
    }
}
