//! The UDP sockets and their threads: thin shells around the one [`OscReceiver`].

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use socket2::{Domain, Socket, Type};

use super::answers::Answer;
use super::out::send_at_once;
use super::receiver::{DatagramArrival, OscReceiver};
use super::{NowFn, OscError};
use crate::control::feedback::Carrier;
use crate::rt::Stop;

/// How often the thread looks whether to leave, and lets the receiver obey what it postponed.
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
        ErrorKind::AddrNotAvailable => OscError::Elsewhere(address),
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

/// A TCP listener; a port that closed connections still hold can be had again at once.
pub fn bind_tcp(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(16)?;
    Ok(socket.into())
}

/// Receives until told to stop.
pub fn run(socket: &UdpSocket, receiver: &Mutex<OscReceiver>, clock: &NowFn, stop: &Stop) {
    let mut buffer = vec![0; BUFFER];
    let mut answers = Vec::new();
    // A panic loses only what was heard at the moment.
    let mut hear = |what: &mut dyn FnMut(&mut OscReceiver, &mut Vec<Answer>)| {
        let heard = catch_unwind(AssertUnwindSafe(|| {
            let mut receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
            what(&mut receiver, &mut answers);
        }));
        if heard.is_err() {
            answers.clear();
        }
        for Answer { to, bytes } in answers.drain(..) {
            // The asker may be gone; there is nobody to tell.
            send_at_once(socket, &bytes, to);
        }
    };
    let ipv6 = socket.local_addr().is_ok_and(|local| local.is_ipv6());
    let mut said = false;
    let mut ticked = Instant::now();
    while !stop.is_set() {
        // By the clock, because in a flood the receive timeout never expires.
        if ticked.elapsed() >= TICK {
            ticked = Instant::now();
            hear(&mut |receiver, answers| receiver.tick(clock(), ipv6, answers));
        }
        match socket.recv_from(&mut buffer) {
            Ok((size, from)) => {
                let arrival = DatagramArrival { from, at: clock(), ntp: ntp_now(), carrier: Carrier::Udp };
                hear(&mut |receiver, answers| receiver.datagram(&buffer[..size], arrival, answers));
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

pub fn ntp_now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let fraction = (u64::from(since.subsec_nanos()) << 32) / 1_000_000_000;
    (since.as_secs() + NTP_TO_UNIX_S) << 32 | fraction
}
