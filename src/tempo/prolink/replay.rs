//! Sends a capture to this machine in real time, to rehearse without decks.

use std::net::{SocketAddr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use super::capture::Datagram;
use super::listen::Ports;
use super::packet::{ANNOUNCE_PORT, BEAT_PORT, STATUS_PORT};
use crate::rt::Stop;

/// Sends the Pro DJ Link datagrams of `capture` to `ports`, at their times divided by `speed`; returns how many.
///
/// # Errors
/// When there is no socket to send from.
pub fn replay(capture: &[Datagram], ports: Ports, speed: f64, stop: &Stop) -> std::io::Result<u64> {
    let socket = UdpSocket::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let (began, mut sent) = (Instant::now(), 0);
    for datagram in capture {
        let port = match datagram.to.port() {
            ANNOUNCE_PORT => ports.announce,
            BEAT_PORT => ports.beat,
            STATUS_PORT => ports.status,
            _ => continue,
        };
        let due = began + Duration::from_secs_f64((datagram.t_s / speed).clamp(0.0, 1e6));
        stop.pause(due.saturating_duration_since(Instant::now()));
        if stop.is_set() {
            break;
        }
        // A send that fails, as when nobody listens, is only not counted.
        sent += u64::from(socket.send_to(&datagram.payload, SocketAddrV4::new(ports.ip, port)).is_ok());
    }
    Ok(sent)
}
