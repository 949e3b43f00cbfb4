//! Who is told: a bounded table of peers, each with its feed and, over UDP, a lease.
//!
//! Shared between the receiver, which hears of subscriptions and of what peers move, and the threads that send.

use std::net::{IpAddr, SocketAddr};

use super::Feed;
use crate::param::Id;
use crate::units::Seconds;

/// Peers over UDP at a time, and those of one machine beside this one: an address is easily invented. Connections are bounded where
/// they are accepted.
const MOST: usize = 256;
const MOST_OF_MACHINE: usize = 8;

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

/// What became of a wish to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subscribed {
    Yes,
    /// There are too many, or too many of this machine.
    Full,
    /// We would hear ourselves.
    Ourselves,
}

/// All of them.
#[derive(Default)]
pub struct Peers {
    peers: Vec<Peer>,
    own_port: u16,
}

impl Peers {
    /// The port that we listen on ourselves: nothing is told there.
    pub fn listen_on(&mut self, port: u16) {
        self.own_port = port;
    }

    /// `from` wants to be told at `to` for `lease_s`: `everything`, or what it will ask for, and with `norm` fader positions,
    /// too. Whoever is told already hears everything once more, and what its hand holds still not at all.
    pub fn subscribe(
        &mut self,
        (from, to): (SocketAddr, SocketAddr),
        carrier: Carrier,
        (everything, norm): (bool, bool),
        (now, lease_s): (Seconds, f64),
    ) -> Subscribed {
        let until = now.after(lease_s);
        if let Some(peer) = self.peers.iter_mut().find(|peer| (peer.to, peer.carrier) == (to, carrier)) {
            (peer.from, peer.lease_s, peer.until, peer.norm) = (from, lease_s, until, norm);
            peer.feed.ask_again(everything);
            return Subscribed::Yes;
        }
        if carrier == Carrier::Udp {
            if to.port() == self.own_port && is_this_machine(to.ip()) {
                return Subscribed::Ourselves;
            }
            let udp = || self.peers.iter().filter(|peer| peer.carrier == Carrier::Udp);
            let of_machine = udp().filter(|peer| peer.to.ip() == to.ip()).count();
            if udp().count() >= MOST || (of_machine >= MOST_OF_MACHINE && !to.ip().is_loopback()) {
                return Subscribed::Full;
            }
        }
        self.peers.push(Peer { from, to, carrier, lease_s, until, norm, feed: Feed::new(everything) });
        Subscribed::Yes
    }

    /// `from`, or whoever is told at `to`, wants to be told no more.
    pub fn unsubscribe(&mut self, from: SocketAddr, to: SocketAddr) {
        self.peers.retain(|peer| peer.to != to && (peer.from != from || peer.carrier == Carrier::Stream));
    }

    /// The connection from `from` is closed.
    pub fn hang_up(&mut self, from: SocketAddr) {
        self.peers.retain(|peer| peer.carrier != Carrier::Stream || peer.from != from);
    }

    /// Something came from `from`: its lease begins anew.
    pub fn renew(&mut self, from: SocketAddr, now: Seconds) {
        for peer in self.peers.iter_mut().filter(|peer| peer.is(from)) {
            peer.until = now.after(peer.lease_s);
        }
    }

    /// Where `sender` is told what changes, when it is.
    #[must_use]
    pub fn told_at(&self, sender: SocketAddr) -> Option<SocketAddr> {
        self.peers.iter().find(|peer| peer.is(sender)).map(|peer| peer.to)
    }

    /// `from` moved `id` itself.
    pub fn touch(&mut self, from: SocketAddr, id: Id, now: Seconds) {
        self.peers.iter_mut().filter(|peer| peer.is(from)).for_each(|peer| peer.feed.touch(id, now));
    }

    /// The connection from `from`.
    pub fn stream(&mut self, from: SocketAddr) -> Option<&mut Peer> {
        self.peers.iter_mut().find(|peer| peer.carrier == Carrier::Stream && peer.from == from)
    }

    /// Everybody who is told over UDP; those whose lease is over are gone.
    pub fn over_udp(&mut self, now: Seconds) -> impl Iterator<Item = &mut Peer> {
        self.peers.retain(|peer| peer.carrier == Carrier::Stream || peer.until > now);
        self.peers.iter_mut().filter(|peer| peer.carrier == Carrier::Udp)
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.peers.len()
    }
}

/// Whether `ip` is an address of ours.
fn is_this_machine(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    ip.is_loopback() || if_addrs::get_if_addrs().is_ok_and(|all| all.iter().any(|one| one.ip() == ip))
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
        let at = |host: u8, port: u16| SocketAddr::from(([10, 0, 0, host], port));
        let subscribe = |peers: &mut Peers, at: SocketAddr, now: f64| {
            peers.subscribe((at, at), Carrier::Udp, (true, false), (Seconds(now), 10.0))
        };
        for (host, port) in (1..=100).flat_map(|host| (1..=20).map(move |port| (host, port))) {
            let became = subscribe(&mut peers, at(host, port), 0.0);
            assert!(became == Subscribed::Yes || usize::from(port) > MOST_OF_MACHINE || host > 32, "{host} {port}");
        }
        assert_eq!(peers.len(), MOST);
        assert_eq!(subscribe(&mut peers, at(7, 7), 1.0), Subscribed::Yes, "it is there already");
        peers.renew(at(9, 3), Seconds(8.0));
        assert_eq!(peers.over_udp(Seconds(12.0)).count(), 1, "only the one that was heard of");
        peers.unsubscribe(at(9, 3), at(9, 4000));
        assert_eq!(peers.len(), 0);
        peers.listen_on(9000);
        let here = SocketAddr::from(([127, 0, 0, 1], 9000));
        assert_eq!(subscribe(&mut peers, here, 0.0), Subscribed::Ourselves);
        assert_eq!(subscribe(&mut peers, SocketAddr::new(here.ip(), 9001), 0.0), Subscribed::Yes);
    }
}
