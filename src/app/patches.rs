//! Routes and schedules that arrive as text over OSC: read on a thread of their own, so that the conductor never parses.

use std::sync::Arc;
use std::time::Duration;

use crate::conductor::Route;
use crate::control::scheduled::{self, Scheduled};
use crate::param::{self, Id};
use crate::rt::{self, Receiver, Sender, Stop};
use crate::show;

/// Capacity of each of the two queues: texts, and what was read of them.
const WAITING: usize = 256;
/// How often the thread looks whether it shall leave.
const LOOK_UP: Duration = Duration::from_millis(50);

/// What a text asks for.
pub enum Patch {
    /// A place among the routes, from 0, and what is plugged in there.
    Route(usize, Option<Route>),
    /// What a parameter or the texts follow from now on.
    Schedule(Scheduled),
}

/// A text, and the parameter that it was sent to: `route.patch` or `schedule.set`.
type Text = (Id, Arc<str>);

/// The conductor's end.
pub struct Patches {
    texts: Sender<Text>,
    unread: Receiver<Text>,
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
        let (texts, unread) = rt::queue::<Text>(WAITING);
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

    /// Lets a text that was sent to `id` be read; one that cannot be read changes nothing.
    pub fn ask(&self, id: Id, text: &Arc<str>) {
        self.texts.send((id, text.clone()));
    }

    /// The next one that was read.
    pub fn next(&self) -> Option<Patch> {
        if let Some(out) = &self.out {
            while let Some(text) = self.unread.next() {
                read_one(&text, out);
            }
        }
        self.read.next()
    }
}

fn read_one((id, text): &Text, out: &Sender<Patch>) {
    let read = || {
        if *id == param::SCHEDULE_SET {
            return scheduled::read(text).map(Patch::Schedule);
        }
        show::patch(text).map(|(place, route)| Patch::Route(place, route))
    };
    // A panic of the parser loses only this text.
    match std::panic::catch_unwind(read) {
        Ok(Ok(patch)) => drop(out.send(patch)),
        Ok(Err(says)) => tracing::warn!("{says}"),
        Err(_) => {}
    }
}
