//! `--trace FILE`: events, parameters, features and frames as JSON lines, each with its time `t` in seconds.
//!
//! Lines are made by the thread that knows them and written by a thread of their own; when the disk is slow
//! lines are dropped and counted.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use crate::rt::{self, Sender, Stop};
use crate::units::Seconds;

/// Lines that may wait for the disk.
const WAITING: usize = 4096;

/// The end that says things. Without a file it does nothing.
#[derive(Clone, Default)]
pub struct Trace(Option<Sender<String>>);

impl Trace {
    /// Whether anybody listens: callers need not build a line otherwise.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Writes `fields` as one line of kind `kind`.
    pub fn say(&self, t: Seconds, kind: &str, fields: Value) {
        if let Some(sender) = &self.0 {
            let mut line = json!({ "t": (t.0 * 1e6).round() / 1e6, "kind": kind });
            if let (Value::Object(line), Value::Object(fields)) = (&mut line, fields) {
                line.extend(fields);
            }
            sender.send(line.to_string());
        }
    }
}

/// Opens `path` and starts the writer.
///
/// # Errors
/// When the file cannot be created.
pub fn open(path: &Path, stop: Stop) -> std::io::Result<(Trace, JoinHandle<()>)> {
    let mut file = BufWriter::new(File::create(path)?);
    let (sender, lines) = rt::queue::<String>(WAITING);
    let writer = rt::spawn("trace", move || {
        loop {
            match lines.next_within(Duration::from_millis(50)) {
                // A full disk must not stop the show; the trace just ends.
                Some(line) => drop(writeln!(file, "{line}")),
                None if stop.is_set() => break,
                None => {}
            }
        }
        let _ = file.flush();
    })?;
    Ok((Trace(Some(sender)), writer))
}
