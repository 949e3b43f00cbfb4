//! OSC both ways, over UDP and TCP: every parameter at its address, from and to tablets, sequencers and other programs.
//!
//! There is a thread for each socket, IPv4 and IPv6; they share one receiver. What arrives is untrusted: size, nesting
//! and patterns are bounded by our own code ([`framing`], [`pattern`]) and rosc only ever decodes one flat message
//! ([`message`]). Parameter events go to the conductor through a bounded [`mailbox`] in which the newest value of a
//! parameter counts; `?` is answered to the sender from the newest snapshot, and who subscribes is told what changes
//! ([`out`]).

mod addresses;
mod answers;
mod bare;
mod beats;
mod budget;
mod door;
mod framing;
mod learnt;
mod listen;
mod mailbox;
mod meaning;
mod message;
mod once;
mod out;
mod pattern;
mod receiver;
mod refusals;
mod socket;
mod stream;
mod subscribe;
mod tcp;
mod teaching;

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use thiserror::Error;

use super::Access;
use super::feedback::{Playing, PlayingNow};
use super::learning::LearnWish;
use crate::rt::{self, Stop};
use crate::units::Seconds;
pub(crate) use door::Door;
pub use listen::Listen;
pub(crate) use listen::lan_address;
pub use mailbox::Mailbox;
use out::Telling;
pub(crate) use out::news;
pub use receiver::{DatagramArrival, OscReceiver};
pub(crate) use socket::bind_tcp;

/// Gives the show time of this moment; virtual in stepped play.
pub type NowFn = Arc<dyn Fn() -> Seconds + Send + Sync>;

/// Gives the text of the current slot, which `?` at `/prompt/text` answers.
pub type CurrentText = Arc<dyn Fn() -> Arc<str> + Send + Sync>;

/// How to listen.
#[derive(Clone)]
pub struct OscConfig {
    /// `None`: no socket; what comes over the web goes the same way.
    pub listen: Option<Listen>,
    pub access: Arc<Access>,
    /// What `/learn` asks for; the controllers look at it, too.
    pub learn: LearnWish,
    /// Where learnt addresses are kept.
    pub learnt: Option<PathBuf>,
    pub clock: NowFn,
    pub text: CurrentText,
}

/// Why OSC cannot be listened for: fatal at start, one sentence.
#[derive(Debug, Error)]
pub enum OscError {
    #[error("`{0}` is no address to listen on; try --osc 127.0.0.1:9000, --osc 9001 or --osc lan")]
    Address(String),
    #[error("OSC address {0} is in use by another program, perhaps another Halation; close it or choose another port, for example --osc {next}", next = SocketAddr::new(.0.ip(), .0.port().wrapping_add(1).max(1024)))]
    Busy(SocketAddr),
    #[error("{0} is no address of this machine; try --osc lan, or --osc 127.0.0.1:9000")]
    Elsewhere(SocketAddr),
    #[error("OSC cannot listen on {address} ({error}); try --osc 127.0.0.1:9000 or --osc lan")]
    Bind { address: SocketAddr, error: std::io::Error },
    #[error("OSC has no thread to listen with ({0})")]
    Thread(std::io::Error),
}

/// What arrived so far.
#[derive(Debug, Default)]
struct OscCounters {
    received: AtomicU64,
    events: AtomicU64,
    dropped: AtomicU64,
    malformed: AtomicU64,
    unknown: AtomicU64,
    refused: AtomicU64,
    early: AtomicU64,
    overloads: AtomicU64,
}

impl OscCounters {
    fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn totals(&self) -> OscCounts {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        OscCounts {
            received: count(&self.received),
            events: count(&self.events),
            dropped: count(&self.dropped),
            malformed: count(&self.malformed),
            unknown: count(&self.unknown),
            refused: count(&self.refused),
            early: count(&self.early),
            overloads: count(&self.overloads),
        }
    }
}

/// Totals since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OscCounts {
    /// Datagrams.
    pub received: u64,
    /// Parameter events given to the conductor.
    pub events: u64,
    /// Oversized datagrams, what was too much in its second or between two ticks.
    pub dropped: u64,
    /// What was no OSC, nested too deep, or had arguments its address cannot use, numbers that are none among them.
    pub malformed: u64,
    /// Messages to addresses that do not exist.
    pub unknown: u64,
    /// Texts from other machines while those are not allowed.
    pub refused: u64,
    /// Bundles dated into the future: played at once in this version.
    pub early: u64,
    /// Seconds in which more arrived than can be obeyed.
    pub overloads: u64,
}

/// The state as the conductor leaves it: for those who ask, and for those who are told.
pub struct Newest {
    pub asked: rt::Reader<Playing>,
    pub told: rt::Reader<Playing>,
}

impl Newest {
    /// A state that stays as it is: for those who only listen.
    #[must_use]
    pub fn still() -> Self {
        let [(_, asked), (_, told)] = [(); 2].map(|()| rt::cell(Playing::default()));
        Self { asked, told }
    }
}

/// The sockets of one port.
#[derive(Default)]
struct Sockets {
    local: Option<SocketAddr>,
    twin: Option<SocketAddr>,
    udp: Vec<UdpSocket>,
    tcp: Vec<TcpListener>,
}

impl Sockets {
    fn bind(listen: Option<Listen>) -> Result<Self, OscError> {
        let Some(listen) = listen else { return Ok(Self::default()) };
        let socket = socket::bind(listen.address)?;
        let local = socket.local_addr().unwrap_or(listen.address);
        // A machine without IPv6, or another program there, is no reason not to play.
        let twin = listen.twin(local.port()).and_then(|address| {
            let twin = socket::bind(address);
            twin.inspect_err(|error| tracing::debug!("OSC: not heard over IPv6: {error}")).ok().map(|t| (t, address))
        });
        let twin_address = twin.as_ref().map(|(_, address)| *address);
        let tcp = [Some(local), twin_address].into_iter().flatten().filter_map(listen_tcp).collect();
        let udp = std::iter::once(socket).chain(twin.map(|(socket, _)| socket)).collect();
        Ok(Self { local: Some(local), twin: twin_address, udp, tcp })
    }
}

/// The same port over TCP; where another program has it there is UDP alone.
fn listen_tcp(address: SocketAddr) -> Option<TcpListener> {
    let listener = socket::bind_tcp(address).and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
    listener.inspect_err(|error| tracing::info!("OSC: no TCP on {address} ({error})")).ok()
}

/// The open OSC port.
pub struct Osc {
    local: Option<SocketAddr>,
    /// The same port in IPv6, when it could be had.
    twin: Option<SocketAddr>,
    lan: bool,
    counters: Arc<OscCounters>,
    door: Door,
    threads: Vec<JoinHandle<()>>,
}

impl Osc {
    /// Binds the address and starts listening.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub fn open(config: OscConfig, events: Mailbox, mut newest: Newest, stop: Stop) -> Result<Self, OscError> {
        let listen = config.listen;
        let sockets = Sockets::bind(listen)?;
        let (counters, clock, text) = (Arc::new(OscCounters::default()), config.clock.clone(), config.text.clone());
        let (access, playing) = (config.access.clone(), PlayingNow::default());
        playing.store(Arc::new(*newest.told.read()));
        let receiver = OscReceiver::new(config, events, newest.asked, counters.clone());
        let peers = receiver.peers.clone();
        receiver.peers().listen_on(sockets.local.map_or(0, |local| local.port()));
        let door = Door {
            receiver: Arc::new(Mutex::new(receiver)),
            peers: peers.clone(),
            playing: playing.clone(),
            text: text.clone(),
            clock: clock.clone(),
            access,
        };
        let mut threads = Vec::new();
        let answering = sockets.udp.iter().filter_map(|socket| socket.try_clone().ok()).collect();
        let telling = Telling {
            sockets: answering,
            peers,
            newest: newest.told,
            playing,
            text,
            clock: clock.clone(),
            letters: Vec::new(),
        };
        let leave = stop.clone();
        threads.push(rt::spawn("osc out", move || telling.run(&leave)).map_err(OscError::Thread)?);
        let (local, twin) = (sockets.local, sockets.twin);
        for socket in sockets.udp {
            let (receiver, clock, stop) = (door.receiver.clone(), clock.clone(), stop.clone());
            let run = move || socket::run(&socket, &receiver, &clock, &stop);
            threads.push(rt::spawn("osc", run).map_err(OscError::Thread)?);
        }
        for listener in sockets.tcp {
            let (door, stop) = (door.clone(), stop.clone());
            threads.push(rt::spawn("osc tcp", move || tcp::run(&listener, &door, &stop)).map_err(OscError::Thread)?);
        }
        Ok(Self { local, twin, lan: listen.is_some_and(|listen| listen.lan), counters, door, threads })
    }

    /// Where it listens, if it does; the port is the real one even if 0 was asked for.
    #[must_use]
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.local
    }

    /// The rules of who may play and what may be written.
    pub(crate) fn access(&self) -> &Access {
        &self.door.access
    }

    /// The way in for other carriers.
    pub(crate) fn door(&self) -> &Door {
        &self.door
    }

    /// Every address it listens on, for people.
    #[must_use]
    pub fn addresses(&self) -> String {
        let all: Vec<String> = self.local.iter().chain(&self.twin).map(ToString::to_string).collect();
        all.join(" and ")
    }

    /// What to type into a tablet, when listening on the network and an address of this machine is known.
    #[must_use]
    pub fn tablet_address(&self) -> Option<SocketAddr> {
        let local = self.local?;
        let ip = if local.ip().is_unspecified() { lan_address()? } else { local.ip() };
        (self.lan || !ip.is_loopback()).then(|| SocketAddr::new(ip, local.port()))
    }

    #[must_use]
    pub fn counts(&self) -> OscCounts {
        self.counters.totals()
    }

    /// Waits for the thread to leave after its [`Stop`] was set; false when it did not in time.
    pub fn join(self, deadline: Duration) -> bool {
        Stop::join_all(self.threads, deadline)
    }
}

#[cfg(test)]
mod tests;
