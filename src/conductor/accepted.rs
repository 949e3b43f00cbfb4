//! Which events were accepted: counters that the snapshot carries, so that a frame can say what it obeys.

use crate::param::{COUNT, Id};
use crate::units::Seconds;

/// Counts of accepted events, and when the newest ones happened.
pub struct Accepted {
    /// How often each trigger has fired, wrapping.
    pub triggers: [u32; COUNT],
    /// Events so far, and the show time of the last.
    pub event: u64,
    pub event_at: Seconds,
    /// The newest event that changes the image. Its time may lie ahead: when a quantised launch is to be seen.
    pub image_event: u64,
    pub image_event_at: Seconds,
}

impl Default for Accepted {
    fn default() -> Self {
        let at = Seconds::default();
        Self { triggers: [0; COUNT], event: 0, event_at: at, image_event: 0, image_event_at: at }
    }
}

impl Accepted {
    /// The trigger `id` fires.
    pub fn fire(&mut self, id: Id) {
        self.triggers[id.index()] = self.triggers[id.index()].wrapping_add(1);
    }

    /// One more event was accepted.
    pub fn count(&mut self, at: Seconds) {
        self.event += 1;
        self.event_at = at;
    }

    /// The newest event changes the image.
    pub fn changes_image(&mut self, at: Seconds) {
        self.image_event = self.event;
        self.image_event_at = at;
    }
}
