//! The one receiver, as threads of sockets and connections share it: what comes in by any way means the same.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::answers::Answer;
use super::receiver::{DatagramArrival, OscReceiver};
use super::socket::ntp_now;
use super::{CurrentText, NowFn};
use crate::control::Access;
use crate::control::feedback::{Carrier, Peer, Peers, Playing, PlayingNow, Subscribed};
use crate::control::places::Place;
use crate::rt;
use crate::units::Seconds;

/// A way in; clones lead to the same receiver.
#[derive(Clone)]
pub struct Door {
    pub(super) receiver: Arc<Mutex<OscReceiver>>,
    pub(super) peers: Arc<Mutex<Peers>>,
    pub(crate) playing: PlayingNow,
    pub(crate) text: CurrentText,
    pub(crate) clock: NowFn,
    pub(crate) access: Arc<Access>,
}

impl Door {
    /// Whether `from` may come in; a refusal is counted, and said once a machine.
    pub fn lets_in(&self, from: SocketAddr) -> bool {
        self.receiver().lets_in(from)
    }

    /// Hears one packet of a connection and appends what is to be answered.
    pub fn hear_stream(&self, packet: &[u8], from: SocketAddr, answers: &mut Vec<Vec<u8>>) {
        let arrival = DatagramArrival { from, at: (self.clock)(), ntp: ntp_now(), carrier: Carrier::Stream };
        let mut said: Vec<Answer> = Vec::new();
        self.receiver().datagram(packet, arrival, &mut said);
        answers.extend(said.into_iter().map(|answer| answer.bytes));
    }

    /// A connection of `from` is open: it will be told what it asks for.
    pub fn join_stream(&self, from: SocketAddr) -> bool {
        let forever = (self.now(), f64::INFINITY);
        self.peers().subscribe((from, from), Carrier::Stream, (false, false), forever) == Subscribed::Yes
    }

    /// Somebody without the passcode tried to touch: counted, and said once a machine.
    pub fn refuse(&self, from: SocketAddr) {
        self.receiver().refuse(from);
    }

    /// Has the connection of `from` talk in a thread called `thread`, and hangs up after it. Without a thread it is closed
    /// at once.
    pub fn attend(&self, thread: &str, from: SocketAddr, place: Place, talk: impl FnOnce() + Send + 'static) {
        let peers = self.peers.clone();
        let talk = move || {
            // A panic ends this connection and no other.
            let _ = catch_unwind(AssertUnwindSafe(talk));
            peers.lock().unwrap_or_else(PoisonError::into_inner).hang_up(from);
            drop(place);
        };
        let _ = rt::spawn(thread, talk);
    }

    /// Works on the peer at the other end of the connection of `from`, if it is told anything.
    pub fn with_stream(&self, from: SocketAddr, work: impl FnOnce(&mut Peer, Seconds, &Playing, &str)) {
        let (now, playing) = (self.now(), self.playing.load_full());
        if let Some(peer) = self.peers().stream(from) {
            work(peer, now, &playing, &(self.text)());
        }
    }

    pub fn now(&self) -> Seconds {
        (self.clock)()
    }

    fn receiver(&self) -> MutexGuard<'_, OscReceiver> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn peers(&self) -> MutexGuard<'_, Peers> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
