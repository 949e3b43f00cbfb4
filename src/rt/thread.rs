//! Starting and stopping threads: named, told to stop by a flag, joined with a deadline.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Tells threads to leave. Clones share the flag.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks every thread that holds a clone to end.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Sleeps for `duration`, or until everybody should leave.
    pub fn pause(&self, duration: Duration) {
        let until = Instant::now() + duration;
        while !self.is_set() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(Duration::from_millis(20)));
        }
    }

    /// Waits until `thread` has ended, at most `deadline`, and gives its result; `None` when it panicked or still runs
    /// at the deadline. A thread that still runs is detached.
    pub fn join<T>(thread: JoinHandle<T>, deadline: Duration) -> Option<T> {
        if Self::ends(&thread, deadline) { thread.join().ok() } else { None }
    }

    /// Waits for all of `threads`, each at most `deadline`, also when one of them is late. False when one was.
    #[must_use]
    pub fn join_all(threads: Vec<JoinHandle<()>>, deadline: Duration) -> bool {
        let mut all = true;
        for thread in threads {
            all &= Self::join(thread, deadline).is_some();
        }
        all
    }

    /// Waits until `thread` has ended, at most `deadline`; whether it has.
    pub fn ends<T>(thread: &JoinHandle<T>, deadline: Duration) -> bool {
        let until = Instant::now() + deadline;
        while !thread.is_finished() {
            if Instant::now() > until {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }
}

/// Starts a thread called `name`.
///
/// # Errors
/// When the operating system has no thread to give.
pub fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> std::io::Result<JoinHandle<T>> {
    std::thread::Builder::new().name(name.into()).spawn(work)
}

/// Lowers the calling thread's priority to nice 10 (Linux only): for the generator and the film encoder, so that
/// render, audio and control threads get the processor first.
pub fn lower_priority() {
    #[cfg(target_os = "linux")]
    // SAFETY: plain system call on the calling thread; Linux keeps a nice value per thread.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, libc::syscall(libc::SYS_gettid) as libc::id_t, 10);
    }
}
