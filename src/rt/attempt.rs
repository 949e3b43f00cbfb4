//! Calls into libraries that may never come back: made on a thread of their own and waited for with a deadline.

use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use super::spawn;

/// Work under way on its own thread. Dropping it gives the work up: its result is dropped where it arises, and a thread that
/// hangs is left behind.
pub struct Attempt<T>(Receiver<T>);

impl<T: Send + 'static> Attempt<T> {
    /// Starts `work` on a thread called `name`; without a thread it has failed at once.
    pub fn start(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Self {
        let (sender, receiver) = bounded(1);
        let work = move || {
            let _ = sender.send(work());
        };
        if let Err(error) = spawn(name, work) {
            tracing::warn!("no thread for {name}: {error}");
        }
        Self(receiver)
    }

    /// The result, waited for at most `patience`.
    ///
    /// # Errors
    /// `Timeout` while it is under way; `Disconnected` when it came to nothing.
    pub fn wait(&self, patience: Duration) -> Result<T, RecvTimeoutError> {
        self.0.recv_timeout(patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_is_not_waited_for_and_what_panics_has_failed() {
        let (release, held) = bounded::<()>(0);
        let hangs = Attempt::start("hangs", move || held.recv().is_err());
        assert_eq!(hangs.wait(Duration::from_millis(20)), Err(RecvTimeoutError::Timeout));
        drop(release);
        assert_eq!(hangs.wait(Duration::from_secs(20)), Ok(true), "asked again later");
        let panics = Attempt::start("fails", || if true { std::panic::resume_unwind(Box::new(())) } else { 1 });
        assert_eq!(panics.wait(Duration::from_secs(20)), Err(RecvTimeoutError::Disconnected));
    }
}
