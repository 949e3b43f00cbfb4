//! The UDP sockets and their threads: thin shells around the one [`Receiver`].

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use socket2::{Domain, Socket, Type};

use super::receiver::{Arrival, Receiver};
use super::{NowFn, OscError};
use crate::rt::Stop;

/// How often the thread does what nobody asked for: leave, catch up, and whatever is to be told unasked.
const TICK: Duration = Duration::from_millis(20);

/// More than any UDP datagram: one that is too large is seen whole and dropped, never cut and believed.
const BUFFER: usize = 64 * 1024;

/// What the system may keep for us while the machine is busy; it gives what it can.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// Seconds from the NTP epoch (1900) to the Unix epoch (1970).
const NTP_TO_UNIX_S: u64 = 2_208_988_800;

pub fn bind(address: SocketAddr) -> Result<UdpSocket, OscError> {
    open(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => OscError::Busy(address),
        _ => OscError::Bind { address, error },
    })
}

fn open(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
    if address.is_ipv6() {
        // IPv4 has a socket of its own.
        socket.set_only_v6(true)?;
    }
    // Best effort: less means that a flood loses more of itself.
    let _ = socket.set_recv_buffer_size(KEPT_BYTES);
    socket.bind(&address.into())?;
    let socket = UdpSocket::from(socket);
    socket.set_read_timeout(Some(TICK))?;
    Ok(socket)
}

/// Receives until told to stop.
pub fn run(socket: &UdpSocket, receiver: &Mutex<Receiver>, clock: &NowFn, stop: &Stop) {
    let mut buffer = vec![0; BUFFER];
    let mut answers = Vec::new();
    let mut said = false;
    let mut ticked = Instant::now();
    while !stop.is_set() {
        // Also in a flood, when no receiving ever runs out of time.
        if ticked.elapsed() >= TICK {
            ticked = Instant::now();
            let mut receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
            receiver.tick(clock(), &mut answers);
            answers.clear();
        }
        match socket.recv_from(&mut buffer) {
            Ok((size, from)) => {
                let arrival = Arrival { from, at: clock(), ntp: ntp_now() };
                // A datagram that makes us panic is one datagram less; the next is heard.
                let heard = catch_unwind(AssertUnwindSafe(|| {
                    let mut receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
                    receiver.datagram(&buffer[..size], arrival, &mut answers);
                }));
                if heard.is_err() {
                    answers.clear();
                }
                for answer in answers.drain(..) {
                    // The asker may be gone; there is nobody to tell.
                    let _ = socket.send_to(&answer, from);
                }
            }
            Err(error) if is_normal(error.kind()) => {}
            Err(error) => {
                if !std::mem::replace(&mut said, true) {
                    tracing::warn!("OSC: receiving fails ({error}); trying on");
                }
                // A socket that keeps failing must not eat a core.
                std::thread::sleep(TICK);
            }
        }
    }
}

/// Nothing arrived, a signal came, or (Windows) somebody we answered has gone away.
fn is_normal(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted | ErrorKind::ConnectionReset)
}

fn ntp_now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let fraction = (u64::from(since.subsec_nanos()) << 32) / 1_000_000_000;
    (since.as_secs() + NTP_TO_UNIX_S) << 32 | fraction
}
