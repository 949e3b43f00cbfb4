//! Other people's code that reads strangers' files: when it panics, the file is at fault and not the show.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `read`, a decoder that is not ours. A panic in it is not reported as one; its message comes back.
///
/// # Errors
/// What the panic said.
pub fn foreign<T>(read: impl FnOnce() -> T) -> Result<T, String> {
    silence();
    let outer = INSIDE.replace(true);
    let read = panic::catch_unwind(AssertUnwindSafe(read));
    INSIDE.set(outer);
    read.map_err(|panic| message(panic.as_ref()).to_owned())
}

/// The usual report of a panic, except for those that are caught here.
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
