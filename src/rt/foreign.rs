//! Calls third-party decoders on untrusted files: a panic in one becomes an error about the file.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `read` on the calling thread. A panic in it does not reach the panic hook.
///
/// # Errors
/// The first line of the panic's message; empty when it had none.
pub fn foreign<T>(read: impl FnOnce() -> T) -> Result<T, String> {
    silence();
    let outer = INSIDE.replace(true);
    let read = panic::catch_unwind(AssertUnwindSafe(read));
    INSIDE.set(outer);
    read.map_err(|panic| message(panic.as_ref()).to_owned())
}

/// Installs, once, a panic hook that skips panics inside [`foreign`] and calls the previous hook for all others.
fn silence() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !INSIDE.get() {
                usual(info);
            }
        }));
    });
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let formatted = panic.downcast_ref::<String>().map(String::as_str);
    let said = formatted.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
    said.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message_and_the_next_call_works() {
        let lengths: [usize; 2] = [3, 4];
        assert_eq!(foreign(|| lengths.iter().sum::<usize>()), Ok(7));
        assert_eq!(
            foreign(|| -> u8 { panic!("entry {} is no good\nat all", lengths[1]) }),
            Err("entry 4 is no good".into())
        );
        assert_eq!(foreign(|| -> u8 { panic!("plain") }), Err("plain".into()));
        assert_eq!(foreign(|| 1), Ok(1));
    }
}
