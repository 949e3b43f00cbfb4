//! A pool of result buffers that are no longer needed, reused by length. Shared by all threads of the process.
//!
//! A network makes tensors of the same few sizes over and over. Memory fresh from the system is cleared page by page
//! before it is written: in a decode that took one fourteenth of the time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::pages;

/// Shorter ones are left to the allocator, which keeps those itself.
const SHORTEST: usize = 16 * 1024;

/// Longer ones (than 64 MiB) are few, and keeping them would take too much memory.
const LONGEST: usize = 16 * 1024 * 1024;

/// Floats kept at most (256 MiB); beyond that the longest unused go first.
const MOST: usize = 64 * 1024 * 1024;

static KEPT: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// Takes the lock also after a panic of another thread: no operation leaves the pool inconsistent.
fn kept() -> MutexGuard<'static, Vec<Vec<f32>>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `len` floats of any value, to be written over.
pub fn take(len: usize) -> Vec<f32> {
    if len >= SHORTEST {
        let mut kept = kept();
        if let Some(at) = kept.iter().rposition(|buffer| buffer.len() == len) {
            return kept.remove(at);
        }
    }
    let fresh = vec![0.0; len];
    pages::enlarge(&fresh);
    fresh
}

/// Keeps `buffer` for the next `take` of its length.
pub fn give(buffer: Vec<f32>) {
    if !(SHORTEST..=LONGEST).contains(&buffer.len()) {
        return;
    }
    let mut kept = kept();
    kept.push(buffer);
    let mut sum: usize = kept.iter().map(Vec::len).sum();
    while sum > MOST {
        sum -= kept.remove(0).len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_is_taken_by_its_length() {
        // A length no network has: tests of those run beside this one.
        let len = SHORTEST + 12_347;
        let mut buffer = take(len);
        assert!(buffer.len() == len && buffer.iter().all(|&x| x == 0.0));
        buffer[5] = 7.0;
        let address = buffer.as_ptr();
        give(buffer);
        assert_eq!(take(len + 1).len(), len + 1);
        let (again, other) = (take(len), take(len));
        assert!(again.as_ptr() == address && again[5] == 7.0);
        assert!(other.as_ptr() != address && other[5] == 0.0);
    }
}
