//! OSC in over UDP: every parameter at its address, from tablets, sequencers and other programs.
//!
//! There is a thread for each socket, IPv4 and IPv6; they share one receiver. What arrives is untrusted: size, nesting
//! and patterns are bounded by our own code ([`framing`], [`pattern`]) and rosc only ever decodes one flat message
//! ([`message`]). Parameter events go to the conductor through a bounded [`mailbox`] in which the newest value of a
//! parameter counts; `?` is answered to the sender from the newest snapshot.

mod addresses;
mod beats;
mod budget;
mod framing;
mod listen;
mod mailbox;
mod meaning;
mod message;
mod once;
mod pattern;
mod receiver;
mod socket;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use thiserror::Error;

use crate::param::Snapshot;
use crate::rt::{self, Stop};
use crate::units::Seconds;
pub use listen::Listen;
pub(crate) use listen::lan_address;
pub use mailbox::Mailbox;
pub use receiver::{DatagramArrival, OscReceiver};

/// Gives the show time of this moment; virtual in stepped play.
pub type NowFn = Arc<dyn Fn() -> Seconds + Send + Sync>;

/// Gives the text of the current slot, which `?` at `/prompt/text` answers.
pub type CurrentText = Arc<dyn Fn() -> Arc<str> + Send + Sync>;

/// How to listen.
#[derive(Clone)]
pub struct OscConfig {
    pub listen: Listen,
    /// Accept prompt texts from other machines. Off by default: the network must not write on the wall.
    pub remote_text: bool,
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
    /// Oversized datagrams, numbers that are none, what was too much in its second or between two ticks.
    pub dropped: u64,
    /// What was no OSC, nested too deep, or had arguments its parameter cannot use.
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

/// The open OSC port.
pub struct Osc {
    local: SocketAddr,
    /// The same port in IPv6, when it could be had.
    twin: Option<SocketAddr>,
    lan: bool,
    counters: Arc<OscCounters>,
    remote_text: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Osc {
    /// Binds the address and starts listening.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub fn open(config: OscConfig, events: Mailbox, base: rt::Reader<Snapshot>, stop: Stop) -> Result<Self, OscError> {
        let socket = socket::bind(config.listen.address)?;
        let local = socket.local_addr().unwrap_or(config.listen.address);
        let listen = config.listen;
        // A machine without IPv6, or another program there, is no reason not to play.
        let twin = listen.twin(local.port()).and_then(|address| {
            let twin = socket::bind(address);
            twin.inspect_err(|error| tracing::debug!("OSC: not heard over IPv6: {error}")).ok().map(|t| (t, address))
        });
        let counters = Arc::new(OscCounters::default());
        let clock = config.clock.clone();
        let receiver = OscReceiver::new(config, events, base, counters.clone());
        let remote_text = receiver.remote_text.clone();
        let receiver = Arc::new(Mutex::new(receiver));
        let mut threads = Vec::new();
        let twin_address = twin.as_ref().map(|(_, address)| *address);
        for socket in std::iter::once(socket).chain(twin.map(|(socket, _)| socket)) {
            let (receiver, clock, stop) = (receiver.clone(), clock.clone(), stop.clone());
            let run = move || socket::run(&socket, &receiver, &clock, &stop);
            threads.push(rt::spawn("osc", run).map_err(OscError::Thread)?);
        }
        Ok(Self { local, twin: twin_address, lan: listen.lan, counters, remote_text, threads })
    }

    /// Where it listens; the port is the real one even if 0 was asked for.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.local
    }

    /// Every address it listens on, for people.
    #[must_use]
    pub fn addresses(&self) -> String {
        let twin = self.twin.map(|twin| format!(" and {twin}")).unwrap_or_default();
        format!("{}{twin}", self.local)
    }

    /// What to type into a tablet, when listening on the network and an address of this machine is known.
    #[must_use]
    pub fn tablet_address(&self) -> Option<SocketAddr> {
        let ip = if self.local.ip().is_unspecified() { lan_address()? } else { self.local.ip() };
        (self.lan || !ip.is_loopback()).then(|| SocketAddr::new(ip, self.local.port()))
    }

    /// From now on other machines may, or may not, write prompt texts: a show was edited.
    pub fn set_remote_text(&self, allowed: bool) {
        self.remote_text.store(allowed, Ordering::Relaxed);
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
