//! The web port: HTTP and WebSocket on one port, for OSCQuery clients and for phones.
//!
//! | path | what |
//! |---|---|
//! | `/` and below | OSCQuery: the parameter table as JSON; for a browser, the phone page |
//! | `/phone` | the phone page: one file, no build step, an OSCQuery client like any other |
//! | `/phone/slots.json`, `/phone/still/BANK/SLOT.jpg` | names of banks and slots, and the slots' pictures |
//! | `/phone/wall.mjpeg` | a small moving picture of the wall, made only while somebody looks |
//! | `/health` | one line |
//! | upgraded | WebSocket: OSCQuery's `LISTEN` and `IGNORE` as JSON, values as OSC messages both ways |
//!
//! A thread accepts; each connection has one of its own, bounded in number, size and patience. What is set goes through the
//! same [`Door`] as OSC. A page of another site can neither read nor play us ([`guard`]), and beyond this machine a passcode
//! is asked before anything may be touched.

mod connection;
mod guard;
mod http;
mod listen;
mod mdns;
mod monitor;
mod oscquery;
mod passcode;
mod phone;
mod socket;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use thiserror::Error;

use self::connection::Connection;
use self::guard::Guard;
use super::osc::{Door, bind_tcp, lan_address};
use super::places::Places;
use crate::rt::{self, Stop};
pub use listen::WebListen;
pub use monitor::Monitor;
pub use passcode::Passcode;
pub use phone::{Pictures, SlotNames, StillPicture};

/// How often the listener looks whether to leave.
const ACCEPT_TICK: Duration = Duration::from_millis(15);
/// Connections at a time, and of one machine: each phone needs two, and four more for a moment while it fetches pictures.
const MOST: usize = 96;
const MOST_OF_MACHINE: usize = 12;

/// How to serve.
#[derive(Clone)]
pub struct WebConfig {
    pub listen: WebListen,
    /// What opens the faders beyond this machine; made up where none is given.
    pub passcode: Option<Passcode>,
    pub pictures: Pictures,
    pub monitor: Monitor,
    /// How others see us: the same after every start.
    pub name: String,
}

/// Why there is no web port: fatal at start where somebody asked for it, one sentence.
#[derive(Debug, Error)]
pub enum WebError {
    #[error("`{0}` is no address to serve on; try --web 127.0.0.1:9080, --web 9081, --web lan or --web off")]
    Address(String),
    #[error("{0} is no address of this machine; try --web lan, or --web 127.0.0.1:9080")]
    Elsewhere(SocketAddr),
    #[error("the web port {address} cannot be had ({error}); close the other program, or try --web {next} or --web off", next = .address.port().wrapping_add(1).max(1024))]
    Bind { address: SocketAddr, error: std::io::Error },
    #[error("the web port has no thread to listen with ({0})")]
    Thread(std::io::Error),
}

/// The open port.
pub struct Web {
    local: SocketAddr,
    passcode: Option<Passcode>,
    mdns: Option<mdns::Announced>,
    threads: Vec<JoinHandle<()>>,
}

/// What every connection needs.
#[derive(Clone)]
struct Serving {
    door: Door,
    guard: Arc<Guard>,
    pictures: Pictures,
    monitor: Monitor,
    name: Arc<str>,
    osc: Option<SocketAddr>,
    web_port: u16,
    stop: Stop,
}

impl Web {
    /// Opens the port. `osc` is where OSC listens, if it does.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub fn open(config: WebConfig, door: Door, osc: Option<SocketAddr>, stop: Stop) -> Result<Self, WebError> {
        let WebListen { address, lan } = config.listen;
        let listener = bind_tcp(address).map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrNotAvailable => WebError::Elsewhere(address),
            _ => WebError::Bind { address, error },
        })?;
        listener.set_nonblocking(true).map_err(|error| WebError::Bind { address, error })?;
        let local = listener.local_addr().unwrap_or(address);
        let open_to_others = !local.ip().is_loopback();
        let passcode = if open_to_others { Some(config.passcode.unwrap_or_else(Passcode::random)) } else { None };
        // What listens to this machine alone is nothing for the network.
        let osc_port = osc.filter(|osc| !osc.ip().is_loopback()).map_or(0, |osc| osc.port());
        let mdns = if lan { mdns::announce(&config.name, local.port(), osc_port) } else { None };
        let serving = Serving {
            door,
            guard: Arc::new(Guard::new(passcode.clone())),
            pictures: config.pictures,
            monitor: config.monitor,
            name: config.name.into(),
            osc,
            web_port: local.port(),
            stop,
        };
        let accept = move || accept(&listener, &serving);
        let threads = vec![rt::spawn("web", accept).map_err(WebError::Thread)?];
        Ok(Self { local, passcode, mdns, threads })
    }

    /// Where it serves; the port is the real one even if 0 was asked for.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.local
    }

    /// What to type into a phone, and the passcode that opens the faders there.
    #[must_use]
    pub fn invitation(&self) -> String {
        let ip = if self.local.ip().is_unspecified() { lan_address() } else { Some(self.local.ip()) };
        let at = ip.map_or(self.local, |ip| SocketAddr::new(ip, self.local.port()));
        match &self.passcode {
            Some(passcode) => format!("phones: http://{at}, passcode {passcode}"),
            None => format!("phones and OSCQuery: http://{at}"),
        }
    }

    /// Waits for the thread to leave after its [`Stop`] was set; false when it did not in time.
    pub fn join(self, deadline: Duration) -> bool {
        drop(self.mdns);
        Stop::join_all(self.threads, deadline)
    }
}

fn accept(listener: &TcpListener, serving: &Serving) {
    let places = Places::new(MOST, MOST_OF_MACHINE);
    while !serving.stop.is_set() {
        let Ok((stream, from)) = listener.accept() else {
            std::thread::sleep(ACCEPT_TICK);
            continue;
        };
        if !serving.door.lets_in(from) {
            continue;
        }
        let Some(place) = places.take(from.ip()) else {
            http::say_full(stream);
            continue;
        };
        let inside = serving.clone();
        serving.door.attend("web peer", from, place, move || Connection::serve(stream, from, &inside));
    }
}

#[cfg(test)]
mod tests;
