//! Routes that arrive as text over OSC: read on a thread of their own, so that the conductor never parses.

use std::sync::Arc;
use std::time::Duration;

use crate::conductor::Route;
use crate::rt::{self, Receiver, Sender, Stop};
use crate::show;

/// Capacity of each of the two queues: texts, and parsed routes.
const WAITING: usize = 32;
/// How often the thread looks whether it shall leave.
const LOOK_UP: Duration = Duration::from_millis(50);

/// A place among the routes, from 0, and what is plugged in there.
pub type Patch = (usize, Option<Route>);

/// The conductor's end.
pub struct Patches {
    texts: Sender<Arc<str>>,
    unread: Receiver<Arc<str>>,
    read: Receiver<Patch>,
    /// `Some` without a thread: [`Self::next`] then parses the texts, so that stepped play does not depend on timing.
    out: Option<Sender<Patch>>,
}

impl Patches {
    /// For stepped play: texts are parsed by [`Self::next`], on its caller's thread.
    #[must_use]
    pub fn at_once() -> Self {
        let (texts, unread) = rt::queue(WAITING);
        let (out, read) = rt::queue(WAITING);
        Self { texts, unread, read, out: Some(out) }
    }

    /// Starts the thread that reads.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub fn spawn(stop: Stop) -> std::io::Result<Self> {
        let (texts, unread) = rt::queue::<Arc<str>>(WAITING);
        let (out, read) = rt::queue(WAITING);
        let waiting = unread.clone();
        rt::spawn("patches", move || {
            while !stop.is_set() {
                if let Some(text) = waiting.next_within(LOOK_UP) {
                    read_one(&text, &out);
                }
            }
        })?;
        Ok(Self { texts, unread, read, out: None })
    }

    /// Lets `text` be read; a route that cannot be read changes nothing.
    pub fn ask(&self, text: &Arc<str>) {
        self.texts.send(text.clone());
    }

    /// The next route that was read.
    pub fn next(&self) -> Option<Patch> {
        if let Some(out) = &self.out {
            while let Some(text) = self.unread.next() {
                read_one(&text, out);
            }
        }
        self.read.next()
    }
}

fn read_one(text: &str, out: &Sender<Patch>) {
    // A panic of the parser loses only this text.
    match std::panic::catch_unwind(|| show::patch(text)) {
        Ok(Ok(patch)) => drop(out.send(patch)),
        Ok(Err(says)) => tracing::warn!("{says}"),
        Err(_) => {}
    }
}
