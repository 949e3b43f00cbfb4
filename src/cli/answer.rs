//! A command's answer on standard output. A reader that has left (`| head -1`) ends the command with success; any other
//! write error, such as a full disk, is a failure.

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use anyhow::Context;

/// Writes `text` and a line's end.
///
/// # Errors
/// When it cannot be written; [`is_gone`] tells whether the reader just left.
pub fn say(text: impl Display) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(ReaderGone.into()),
        written => written.context("the answer cannot be written to standard output"),
    }
}

/// Whoever read standard output has left.
#[derive(Debug, thiserror::Error)]
#[error("the reader of standard output has left")]
struct ReaderGone;

/// Whether `error` only means that the reader of standard output has left.
pub fn is_gone(error: &anyhow::Error) -> bool {
    error.is::<ReaderGone>()
}

/// As [`say`], from where nothing can be returned: ends the process when it cannot be written.
pub fn say_or_leave(text: impl Display) {
    if let Err(error) = say(text) {
        std::process::exit(super::ended_by(&error));
    }
}
