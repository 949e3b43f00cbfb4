//! Who is told: a bounded table of peers, each with its feed and, over UDP, a lease.
//!
//! Shared between the receiver, which hears of subscriptions and of what peers move, and the threads that send.

use std::net::SocketAddr;

use super::Feed;
use crate::param::Id;
use crate::units::Seconds;

/// Peers at a time. A club has fewer tablets.
const MOST: usize = 256;

/// What carries the messages of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Datagrams, until the lease is over.
    Udp,
    /// A connection, as long as it is open.
    Stream,
}

/// Somebody who is told.
pub struct Peer {
    /// Where its messages come from.
    pub from: SocketAddr,
    /// Where it wants to be told.
    pub to: SocketAddr,
    pub carrier: Carrier,
    /// How long it is told without asking again, and until when.
    lease_s: f64,
    until: Seconds,
    /// Fader positions are told, too.
    pub norm: bool,
    pub feed: Feed,
}

/// All of them.
#[derive(Default)]
pub struct Peers(Vec<Peer>);

impl Peers {
    /// `from` wants to be told at `to` for `lease_s`: `everything`, or what it will ask for, and with `norm` fader positions,
    /// too. False when there is no room.
    pub fn subscribe(
        &mut self,
        (from, to): (SocketAddr, SocketAddr),
        carrier: Carrier,
        (everything, norm): (bool, bool),
        (now, lease_s): (Seconds, f64),
    ) -> bool {
        self.0.retain(|peer| (peer.to, peer.carrier) != (to, carrier));
        if self.0.len() >= MOST {
            return false;
        }
        let until = now.after(lease_s);
        self.0.push(Peer { from, to, carrier, lease_s, until, norm, feed: Feed::new(everything) });
        true
    }

    /// `from`, or whoever is told at `to`, wants to be told no more.
    pub fn unsubscribe(&mut self, from: SocketAddr, to: SocketAddr) {
        self.0.retain(|peer| peer.to != to && (peer.from != from || peer.carrier == Carrier::Stream));
    }

    /// The connection from `from` is closed.
    pub fn hang_up(&mut self, from: SocketAddr) {
        self.0.retain(|peer| peer.carrier != Carrier::Stream || peer.from != from);
    }

    /// Something came from `from`: its lease begins anew.
    pub fn renew(&mut self, from: SocketAddr, now: Seconds) {
        for peer in self.0.iter_mut().filter(|peer| peer.is(from)) {
            peer.until = now.after(peer.lease_s);
        }
    }

    /// Where `sender` is told what changes, when it is.
    #[must_use]
    pub fn told_at(&self, sender: SocketAddr) -> Option<SocketAddr> {
        self.0.iter().find(|peer| peer.is(sender)).map(|peer| peer.to)
    }

    /// `from` moved `id` itself.
    pub fn touch(&mut self, from: SocketAddr, id: Id, now: Seconds) {
        self.0.iter_mut().filter(|peer| peer.is(from)).for_each(|peer| peer.feed.touch(id, now));
    }

    /// The connection from `from`.
    pub fn stream(&mut self, from: SocketAddr) -> Option<&mut Peer> {
        self.0.iter_mut().find(|peer| peer.carrier == Carrier::Stream && peer.from == from)
    }

    /// Everybody who is told over UDP; those whose lease is over are gone.
    pub fn over_udp(&mut self, now: Seconds) -> impl Iterator<Item = &mut Peer> {
        self.0.retain(|peer| peer.carrier == Carrier::Stream || peer.until > now);
        self.0.iter_mut().filter(|peer| peer.carrier == Carrier::Udp)
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl Peer {
    fn is(&self, sender: SocketAddr) -> bool {
        self.from == sender || self.to == sender
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_end_and_the_table_is_bounded() {
        let mut peers = Peers::default();
        let at = |port: u16| SocketAddr::from(([10, 0, 0, 2], port));
        for port in 1..=1000 {
            peers.subscribe((at(port), at(port)), Carrier::Udp, (true, false), (Seconds(0.0), 10.0));
        }
        assert_eq!(peers.len(), MOST);
        assert!(
            peers.subscribe((at(7), at(7)), Carrier::Udp, (true, true), (Seconds(1.0), 10.0)),
            "it is there already"
        );
        peers.renew(at(9), Seconds(8.0));
        assert_eq!(peers.over_udp(Seconds(12.0)).count(), 1, "only the one that was heard of");
        peers.unsubscribe(at(9), at(4000));
        assert_eq!(peers.len(), 0);
    }
}
