//! Listens to Pro DJ Link: one thread for each of its three ports, all handing what they receive to one [`Network`].
//!
//! Passive: these sockets are only read. Every datagram that was taken in goes to the `tell` callback, on the thread
//! that received it.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::network::{HeardPacket, Network};
use super::packet::{ANNOUNCE_PORT, BEAT_PORT, STATUS_PORT};
use crate::rt::{self, Stop};
use crate::units::Seconds;

/// How often a thread looks whether it shall leave.
const LOOK_UP: Duration = Duration::from_millis(50);
/// Longer than any packet seen: a status of 1152 bytes must not be cut.
const BUFFER: usize = 4096;

/// Where to listen. Tests listen elsewhere than the real ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    pub ip: Ipv4Addr,
    pub announce: u16,
    pub beat: u16,
    pub status: u16,
}

impl Default for Ports {
    fn default() -> Self {
        Self { ip: Ipv4Addr::UNSPECIFIED, announce: ANNOUNCE_PORT, beat: BEAT_PORT, status: STATUS_PORT }
    }
}

/// Why the network cannot be listened to.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error(
        "Pro DJ Link: port {0} is in use by another program, perhaps rekordbox on this machine; close it or try --prolink off"
    )]
    Busy(u16),
    #[error("Pro DJ Link: port {port} cannot be listened on ({error}); try --prolink off")]
    Bind { port: u16, error: std::io::Error },
}

/// What a received datagram was, when, from where and to which port of the protocol.
#[derive(Clone, Copy, Debug)]
pub struct News {
    pub at: Seconds,
    pub from: IpAddr,
    pub heard: HeardPacket,
}

/// Gives the show time of this moment.
pub type NowFn = Arc<dyn Fn() -> Seconds + Send + Sync>;
/// Is told of every datagram that was taken in.
pub type Tell = Arc<dyn Fn(&News) + Send + Sync>;

/// The open ports.
pub struct DeckListener {
    network: Arc<Mutex<Network>>,
    pinned: Arc<AtomicU8>,
    threads: Vec<JoinHandle<()>>,
    ports: Ports,
}

impl DeckListener {
    /// Binds the three ports and listens.
    ///
    /// # Errors
    /// When one of them is taken.
    pub fn open(ports: Ports, clock: &NowFn, tell: &Tell, stop: &Stop) -> Result<Self, ListenError> {
        let wanted = [(ports.announce, ANNOUNCE_PORT), (ports.beat, BEAT_PORT), (ports.status, STATUS_PORT)];
        let mut sockets = Vec::new();
        for (port, meaning) in wanted {
            let socket = bind(SocketAddr::new(ports.ip.into(), port)).map_err(|error| match error.kind() {
                ErrorKind::AddrInUse => ListenError::Busy(port),
                _ => ListenError::Bind { port, error },
            })?;
            sockets.push((socket, meaning));
        }
        let real = |k: usize| sockets[k].0.local_addr().map_or(0, |address| address.port());
        let ports = Ports { announce: real(0), beat: real(1), status: real(2), ..ports };
        let network = Arc::new(Mutex::new(Network::default()));
        let (pinned, mut threads) = (Arc::<AtomicU8>::default(), Vec::new());
        for (socket, port) in sockets {
            let (network, pinned) = (network.clone(), pinned.clone());
            let ear = Ear { socket, port, network, pinned, clock: clock.clone(), tell: tell.clone() };
            let stop = stop.clone();
            let thread = rt::spawn("prolink", move || ear.listen(&stop));
            threads.push(thread.map_err(|error| ListenError::Bind { port, error })?);
        }
        Ok(Self { network, pinned, threads, ports })
    }

    /// The ports it really listens on, where 0 was asked for.
    #[must_use]
    pub fn ports(&self) -> Ports {
        self.ports
    }

    /// Follows `deck` alone from the next datagram on; 0 chooses again. Does not wait for a lock.
    pub fn pin(&self, deck: u8) {
        self.pinned.store(deck, Ordering::Relaxed);
    }

    /// The same network, for whoever speaks on it.
    pub(super) fn shared(&self) -> Arc<Mutex<Network>> {
        self.network.clone()
    }

    /// What is known of the network.
    pub fn network(&self) -> MutexGuard<'_, Network> {
        lock(&self.network)
    }

    /// Waits for the threads to leave; false when one did not in time.
    pub fn join(self, deadline: Duration) -> bool {
        Stop::join_all(self.threads, deadline)
    }
}

struct Ear {
    socket: UdpSocket,
    port: u16,
    network: Arc<Mutex<Network>>,
    /// The only deck to follow; 0 for none.
    pinned: Arc<AtomicU8>,
    clock: NowFn,
    tell: Tell,
}

impl Ear {
    fn listen(&self, stop: &Stop) {
        let mut buffer = vec![0; BUFFER];
        while !stop.is_set() {
            match self.socket.recv_from(&mut buffer) {
                Ok((size, from)) => self.hear(from.ip(), &buffer[..size]),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
                // A socket that keeps failing must not spin.
                Err(_) => std::thread::sleep(LOOK_UP),
            }
        }
    }

    fn hear(&self, from: IpAddr, bytes: &[u8]) {
        let at = (self.clock)();
        // What is no Pro DJ Link is counted by the network, and of no interest here.
        let mut network = lock(&self.network);
        network.pin(Some(self.pinned.load(Ordering::Relaxed)).filter(|deck| *deck > 0));
        let heard = network.hear(at.0, from, self.port, bytes);
        drop(network);
        if let Ok(Some(heard)) = heard {
            (self.tell)(&News { at, from, heard });
        }
    }
}

/// Locks the network, also after a panic of another thread: its state stays usable.
pub(super) fn lock(network: &Mutex<Network>) -> MutexGuard<'_, Network> {
    network.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bound so that other listeners on this machine hear broadcasts, too.
fn bind(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_read_timeout(Some(LOOK_UP))?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}
