//! OSC over TCP, on the same port as UDP: for programs that cannot afford to lose a message. One thread accepts, each
//! connection has one of its own.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

use super::door::Door;
use super::out::news;
use super::stream::{Framing, Unpacker, pack};
use crate::control::feedback::{Form, Topic};
use crate::control::places::Places;
use crate::rt::Stop;

/// How long a connection waits for bytes before it looks for what is new, and the listener for a caller.
const TICK: Duration = Duration::from_millis(5);
const ACCEPT_TICK: Duration = Duration::from_millis(50);
/// A peer that takes nothing for so long is hung up on.
const PATIENCE: Duration = Duration::from_millis(500);
/// Connections at a time, and of one machine.
const MOST: usize = 32;
const MOST_OF_MACHINE: usize = 8;
/// A machine that has gone without a word is noticed after about half a minute.
const ALIVE: Duration = Duration::from_secs(10);

/// Accepts until told to stop.
pub fn run(listener: &TcpListener, door: &Door, stop: &Stop) {
    let places = Places::new(MOST, MOST_OF_MACHINE);
    while !stop.is_set() {
        let Ok((stream, from)) = listener.accept() else {
            std::thread::sleep(ACCEPT_TICK);
            continue;
        };
        let Some(place) = places.take(from.ip()).filter(|_| door.lets_in(from)) else { continue };
        let (inside, stop) = (door.clone(), stop.clone());
        door.attend("osc tcp", from, place, move || converse(stream, from, &inside, &stop));
    }
}

/// Hears and tells until either side is done.
fn converse(mut stream: TcpStream, from: SocketAddr, door: &Door, stop: &Stop) {
    let prepared = [
        stream.set_nonblocking(false),
        stream.set_read_timeout(Some(TICK)),
        stream.set_write_timeout(Some(PATIENCE)),
        stream.set_nodelay(true),
        SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(ALIVE).with_interval(ALIVE / 2)),
    ];
    if prepared.iter().any(Result::is_err) {
        return;
    }
    let topics: Vec<Topic> = Topic::all().collect();
    let mut unpacker = Unpacker::default();
    let (mut buffer, mut out) = ([0; 4096], Vec::new());
    while !stop.is_set() {
        let read = match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(read) => read,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => 0,
            Err(_) => return,
        };
        out.clear();
        let mut answers = Vec::new();
        let made_sense = unpacker.take(&buffer[..read], &mut |packet| door.hear_stream(packet, from, &mut answers));
        let framing = unpacker.framing().unwrap_or(Framing::Length);
        answers.iter().for_each(|answer| pack(framing, answer, &mut out));
        door.with_stream(from, |peer, now, playing, text| {
            news(peer, &topics, now, playing, text, Form::Plain, &mut |bytes| pack(framing, &bytes, &mut out));
        });
        if made_sense.is_err() || (!out.is_empty() && stream.write_all(&out).is_err()) {
            return;
        }
    }
}
