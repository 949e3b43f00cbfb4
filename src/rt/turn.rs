//! Serialises calls into third-party libraries whose global state is not thread-safe.

use std::sync::{Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

/// Longest wait for a turn: the thread that holds it may hang on a dead server.
const PATIENCE: Duration = Duration::from_millis(500);

/// What to say of a JACK that does not answer.
pub const JACK_HANGS: &str = "JACK does not answer: restart its server; if none runs, remove what a killed one left, /dev/shm/jack_db-*, and start again";

/// Taken while a JACK client is opened, closed or asked for ports: libjack crashes when two clients of one
/// process do so at the same time as their server dies. `None` after half a second of waiting.
#[must_use]
pub fn jack_turn() -> Option<MutexGuard<'static, ()>> {
    static TURN: Mutex<()> = Mutex::new(());
    let until = Instant::now() + PATIENCE;
    loop {
        match TURN.try_lock() {
            Ok(turn) => return Some(turn),
            Err(TryLockError::Poisoned(turn)) => return Some(turn.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() > until => return None,
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}
