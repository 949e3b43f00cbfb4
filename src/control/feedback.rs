//! Feedback: what plays now, told to everybody who asked: OSC subscribers, OSC over TCP, OSCQuery and phones.
//!
//! The conductor leaves its state newest-wins; one thread reads it every few milliseconds and puts it where the others
//! find it ([`PlayingNow`]). Each peer has a [`Feed`](feed::Feed), which decides what is new to it: the newest value wins,
//! an address is sent at most thirty times a second, and what a peer moves itself is not sent back while it does.
//! Controllers' lights have a way of their own, because they are painted in the conductor's tick.

mod feed;
mod peers;
mod topic;

use std::sync::Arc;

use arc_swap::ArcSwap;

pub(crate) use feed::Feed;
pub use peers::Carrier;
pub(crate) use peers::{Peer, Peers, Subscribed};
pub(crate) use topic::{Form, Signal, Topic, address_of};

use crate::param::Snapshot;
use crate::tempo::{Beat, Clock};

/// What plays now.
#[derive(Clone, Copy, Debug)]
pub struct Playing {
    pub snapshot: Snapshot,
    /// The beat that the wall shows at the snapshot's time.
    pub beat: Beat,
}

impl Playing {
    #[must_use]
    pub fn new(snapshot: Snapshot, clock: &Clock) -> Self {
        let beat = clock.at(snapshot.music_at(snapshot.time));
        Self { snapshot, beat }
    }
}

impl Default for Playing {
    fn default() -> Self {
        Self::new(Snapshot::default(), &Clock::default())
    }
}

/// The newest state, for any number of threads.
pub(crate) type PlayingNow = Arc<ArcSwap<Playing>>;
