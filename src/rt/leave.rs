//! Signals that ask the process to leave: SIGINT, SIGTERM, SIGHUP and their like.

/// Calls `leave` on each of them, on a thread of its own, from now on. A signal that was ignored when the process
/// started (`nohup`, a background job of a script) stays ignored.
///
/// # Errors
/// When signals are handled already, or there is no thread for it.
pub fn on_signal(leave: impl FnMut() + Send + 'static) -> Result<(), ctrlc::Error> {
    let ignored = ignored();
    ctrlc::set_handler(leave)?;
    ignore(&ignored);
    Ok(())
}

#[cfg(unix)]
fn ignored() -> Vec<libc::c_int> {
    let is_ignored = |signal: &libc::c_int| {
        let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
        // SAFETY: only asks for the present action, and `action` is a place for it; zeroed it is a valid one.
        unsafe {
            libc::sigaction(*signal, std::ptr::null(), action.as_mut_ptr()) == 0
                && action.assume_init().sa_sigaction == libc::SIG_IGN
        }
    };
    [libc::SIGHUP, libc::SIGINT, libc::SIGTERM].into_iter().filter(is_ignored).collect()
}

#[cfg(unix)]
fn ignore(signals: &[libc::c_int]) {
    for signal in signals {
        // SAFETY: a plain system call; no handler of ours is called any more.
        unsafe { libc::signal(*signal, libc::SIG_IGN) };
    }
}

#[cfg(not(unix))]
fn ignored() -> Vec<i32> {
    Vec::new()
}

#[cfg(not(unix))]
fn ignore(_signals: &[i32]) {}
