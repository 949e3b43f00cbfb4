//! `--trace FILE`: events, parameters, features and frames as JSON lines, each with its time `t` in seconds.
//!
//! Lines are made by the thread that knows them and written by a thread of their own; when the disk is slow
//! lines are dropped and counted.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use crate::rt::{self, Receiver, Sender, Stop};
use crate::units::Seconds;

/// Lines that may wait for the disk.
const WAITING: usize = 4096;

/// How long the disk may take at the end.
const DEADLINE: Duration = Duration::from_secs(10);

/// The sending end. Without a file it does nothing.
#[derive(Clone, Default)]
pub struct Trace(Option<Sender<String>>);

impl Trace {
    /// Whether lines are written; otherwise callers need not build them.
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

/// The writing end. Dropping it waits until all queued lines are written, or until [`DEADLINE`] has passed.
pub struct TraceFile {
    stop: Stop,
    writer: Option<JoinHandle<()>>,
}

impl Drop for TraceFile {
    fn drop(&mut self) {
        self.stop.set();
        self.writer.take().map(|writer| Stop::join(writer, DEADLINE));
    }
}

/// Starts the writer of `path`. The file is made with the first line, so that a start that fails overwrites nothing.
///
/// # Errors
/// When there is no thread for it.
pub fn open(path: PathBuf) -> std::io::Result<(Trace, TraceFile)> {
    let (sender, lines) = rt::queue::<String>(WAITING);
    let stop = Stop::default();
    let told = stop.clone();
    let writer = rt::spawn("trace", move || {
        // A write error, such as a full disk, ends the trace with a warning and not the show.
        if let Err(e) = write(&path, &lines, &told) {
            tracing::warn!("{}: the trace ends here ({e})", path.display());
        }
        if lines.dropped() > 0 {
            tracing::warn!("{}: {} lines were dropped, the disk is too slow", path.display(), lines.dropped());
        }
    })?;
    Ok((Trace(Some(sender)), TraceFile { stop, writer: Some(writer) }))
}

fn write(path: &Path, lines: &Receiver<String>, stop: &Stop) -> std::io::Result<()> {
    let mut file = None;
    loop {
        match lines.next_within(Duration::from_millis(50)) {
            Some(line) => {
                let file = match &mut file {
                    Some(file) => file,
                    none => none.insert(BufWriter::new(File::create(path)?)),
                };
                writeln!(file, "{line}")?;
            }
            None if stop.is_set() => return file.map_or(Ok(()), |mut file| file.flush()),
            None => {}
        }
    }
}
