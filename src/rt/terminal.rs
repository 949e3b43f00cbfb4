//! The only writer to standard error: log, status line and final messages, on a thread of its own.
//!
//! A terminal may be paused (Ctrl-S, a selection), slow, or gone (the reader of a pipe ended). Callers put text into
//! a bounded queue and never wait; text that finds the queue full is counted, and the count is written later. Text
//! that cannot be written is dropped. So no control, render or audio thread blocks on standard error. Before [`open`]
//! text is written by the caller itself, and write errors are ignored.

use std::io::{IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

/// Texts that may wait for the terminal.
const WAITING: usize = 256;

enum Text {
    /// A line that stays.
    Line(String),
    /// Replaces the status line before; in a file or pipe it is a line like any other.
    Status(String),
    /// Answered once everything before it has been written.
    Flush(Sender<()>),
}

impl Text {
    fn words(&self) -> &str {
        match self {
            Self::Line(text) | Self::Status(text) => text,
            Self::Flush(_) => "",
        }
    }
}

static OUTLET: OnceLock<Sender<Text>> = OnceLock::new();
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// Starts the thread. When it cannot be started, everything said from then on is dropped and counted.
pub fn open() {
    let (sender, texts) = bounded(WAITING);
    if OUTLET.set(sender).is_ok() {
        // A failure leaves the queue without a receiver, so every later send fails and is counted as dropped.
        let _ = super::spawn("terminal", move || write_all(&texts));
    }
}

/// Whether a person is reading along.
#[must_use]
pub fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Says `line`, without waiting.
pub fn say(line: impl Into<String>) {
    send(Text::Line(line.into()));
}

/// Shows `line` in the place of the status line before, without waiting.
pub fn status(line: impl Into<String>) {
    send(Text::Status(line.into()));
}

/// Waits until everything said is written, at most twice `patience`. Called before the process ends.
pub fn flush(patience: Duration) {
    let Some(outlet) = OUTLET.get() else { return };
    let (done, written) = bounded(1);
    if outlet.send_timeout(Text::Flush(done), patience).is_ok() {
        let _ = written.recv_timeout(patience);
    }
}

fn send(text: Text) {
    let Some(outlet) = OUTLET.get() else {
        return drop(writeln!(std::io::stderr(), "{}", text.words()));
    };
    if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = outlet.try_send(text) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Body of the thread: the only one that writes to standard error after [`open`].
fn write_all(texts: &Receiver<Text>) {
    let (people, mut err) = (is_terminal(), std::io::stderr());
    let mut shown = Shown { people, status: false, told: 0 };
    for text in texts {
        let done = if let Text::Flush(done) = &text { Some(done.clone()) } else { None };
        // Fails when the reader of a pipe is gone or a disk is full: the text is dropped.
        let _ = err.write_all(shown.bytes(text, DROPPED.load(Ordering::Relaxed)).as_bytes());
        if let Some(done) = done {
            let _ = done.send(());
        }
    }
}

/// What stands in the terminal now.
struct Shown {
    people: bool,
    /// The cursor is behind a status line.
    status: bool,
    /// Dropped texts that were told of.
    told: u64,
}

impl Shown {
    fn bytes(&mut self, text: Text, dropped: u64) -> String {
        const CLEAR: &str = "\r\x1b[2K";
        let mut out = String::new();
        if dropped > self.told {
            out += &self.end();
            out += &format!("({} lines are missing here: the terminal did not take them)\n", dropped - self.told);
            self.told = dropped;
        }
        match text {
            Text::Status(line) if self.people => {
                out += CLEAR;
                out += &line;
                self.status = true;
            }
            Text::Status(line) | Text::Line(line) => {
                if std::mem::take(&mut self.status) {
                    out += CLEAR;
                }
                out += &line;
                out.push('\n');
            }
            Text::Flush(_) => out += &self.end(),
        }
        out
    }

    /// Ends a status line.
    fn end(&mut self) -> String {
        if std::mem::take(&mut self.status) { "\n".into() } else { String::new() }
    }
}

/// For the log: one writer a line.
pub struct LogLine(Vec<u8>);

/// Makes a [`LogLine`]; what `tracing_subscriber` asks for.
#[must_use]
pub fn log_line() -> LogLine {
    LogLine(Vec::new())
}

impl Write for LogLine {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Drop for LogLine {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.0);
        if !text.trim_end().is_empty() {
            say(text.trim_end());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Text {
        Text::Line(text.into())
    }

    #[test]
    fn a_status_line_is_replaced_and_lines_stay() {
        let mut shown = Shown { people: true, status: false, told: 0 };
        assert_eq!(shown.bytes(Text::Status("one".into()), 0), "\r\x1b[2Kone");
        assert_eq!(shown.bytes(line("hello"), 0), "\r\x1b[2Khello\n");
        assert_eq!(shown.bytes(line("again"), 0), "again\n");
        shown.bytes(Text::Status("two".into()), 0);
        assert_eq!((shown.end(), shown.end()), ("\n".into(), String::new()));
        let mut file = Shown { people: false, status: false, told: 0 };
        assert_eq!(file.bytes(Text::Status("one".into()), 0), "one\n");
    }

    #[test]
    fn what_was_dropped_is_told_once() {
        let mut shown = Shown { people: true, status: true, told: 0 };
        let told = shown.bytes(line("back"), 7);
        assert!(told.starts_with("\n(7 lines are missing") && told.ends_with("back\n"), "{told}");
        assert_eq!(shown.bytes(line("more"), 7), "more\n");
    }
}
