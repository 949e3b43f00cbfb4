//! OSC out: the thread that keeps the newest state for everybody, and tells subscribers what is new to them.

use std::net::{SocketAddr, UdpSocket};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rosc::{OscMessage, OscPacket, OscType};
#[cfg(unix)]
use socket2::SockRef;

use super::{CurrentText, NowFn};
use crate::control::feedback::{Form, Peer, Peers, Playing, PlayingNow, Topic};
use crate::rt::{Reader, Stop};
use crate::units::Seconds;

/// How often it looks: a part of the 20 ms within which a moved knob is to be told.
const TICK: Duration = Duration::from_millis(4);

/// What the thread works with.
pub struct Telling {
    /// The sockets that answer: what is told comes from the port that is listened on. IPv4, IPv6.
    pub sockets: Vec<UdpSocket>,
    pub peers: Arc<Mutex<Peers>>,
    pub newest: Reader<Playing>,
    pub playing: PlayingNow,
    pub text: CurrentText,
    pub clock: NowFn,
    /// What is to be sent; kept for its room.
    pub letters: Vec<(SocketAddr, Vec<u8>)>,
}

impl Telling {
    /// Tells until told to stop.
    pub fn run(mut self, stop: &Stop) {
        let topics: Vec<Topic> = Topic::all().collect();
        while !stop.is_set() {
            let playing = *self.newest.read();
            self.playing.store(Arc::new(playing));
            // A panic loses what was to be told at the moment.
            let _ = catch_unwind(AssertUnwindSafe(|| self.tell(&topics, &playing)));
            std::thread::sleep(TICK);
        }
    }

    fn tell(&mut self, topics: &[Topic], playing: &Playing) {
        let (now, mut text) = ((self.clock)(), None);
        let (letters, texts) = (&mut self.letters, &self.text);
        letters.clear();
        {
            let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
            for peer in peers.over_udp(now) {
                let to = peer.to;
                let text = &*text.get_or_insert_with(|| texts());
                news(peer, topics, now, playing, text, Form::Plain, &mut |bytes| letters.push((to, bytes)));
            }
        }
        // Not under the lock: whoever hears must not wait for the network.
        for (to, bytes) in &self.letters {
            if let Some(socket) = self.sockets.iter().find(|socket| fits(socket, *to)) {
                send_at_once(socket, bytes, *to);
            }
        }
    }
}

fn fits(socket: &UdpSocket, to: SocketAddr) -> bool {
    socket.local_addr().is_ok_and(|local| local.is_ipv4() == to.is_ipv4())
}

/// Sends a datagram, or loses it: a peer that has left, or a network that is full, holds up nobody.
pub fn send_at_once(socket: &UdpSocket, bytes: &[u8], to: SocketAddr) {
    #[cfg(unix)]
    let _ = SockRef::from(socket).send_to_with_flags(bytes, &to.into(), libc::MSG_DONTWAIT);
    #[cfg(not(unix))]
    let _ = socket.send_to(bytes, to);
}

/// Gives `send` one encoded message for everything that is new to `peer`.
pub fn news(
    peer: &mut Peer,
    topics: &[Topic],
    now: Seconds,
    playing: &Playing,
    text: &str,
    form: Form,
    send: &mut impl FnMut(Vec<u8>),
) {
    let norm = peer.norm;
    peer.feed.tell(topics, now, playing, &mut |topic| {
        let value = encoded(topic.address(), topic.arguments(playing, text, form));
        let position = norm.then(|| topic.normalized(playing)).flatten();
        let position = position.and_then(|(address, value)| encoded(address, vec![OscType::Float(value)]));
        value.into_iter().chain(position).for_each(&mut *send);
    });
}

/// One message's bytes.
#[must_use]
pub fn encoded(addr: String, args: Vec<OscType>) -> Option<Vec<u8>> {
    rosc::encoder::encode(&OscPacket::Message(OscMessage { addr, args })).ok()
}
