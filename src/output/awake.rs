//! Keeps screen savers and sleep away while a window shows the wall. Best effort: without it the show still runs.
//!
//! The system's own tool runs as a child process; it releases the lock when this process ends, crashes included. On
//! Windows nothing is done.

use std::process::{Child, Command, Stdio};

/// Holds the machine awake while it lives.
pub(super) struct Awake(Option<Child>);

impl Awake {
    pub fn hold() -> Self {
        let Some(mut command) = inhibitor() else { return Self(None) };
        let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        if let Err(error) = &child {
            tracing::debug!(%error, "sleep cannot be inhibited here");
        }
        Self(child.ok())
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // `cat` ends when its input closes, and `systemd-inhibit` with it; the kill covers a child that does not.
            drop(child.stdin.take());
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[cfg(target_os = "linux")]
fn inhibitor() -> Option<Command> {
    let mut command = Command::new("systemd-inhibit");
    command.args(["--what=idle:sleep", "--who=Halation", "--why=A show is running", "--mode=block", "cat"]);
    Some(command)
}

#[cfg(target_os = "macos")]
fn inhibitor() -> Option<Command> {
    let mut command = Command::new("caffeinate");
    command.args(["-dis", "-w", &std::process::id().to_string()]);
    Some(command)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn inhibitor() -> Option<Command> {
    None
}
