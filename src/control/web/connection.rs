//! One connection: its request, and where that leads.

use std::net::{SocketAddr, TcpStream};

use super::http::{Refused, Request, answer};
use super::{Serving, guard, oscquery, phone, socket};

/// Namespace of what a connection does.
pub struct Connection;

impl Connection {
    /// Serves whoever is at the other end of `stream`, to the end.
    pub fn serve(mut stream: TcpStream, from: SocketAddr, serving: &Serving) {
        if stream.set_nonblocking(false).is_err() {
            return;
        }
        // Whoever hangs up in the middle is not missed.
        let _ = match Request::read(&mut stream) {
            Ok(request) if !guard::is_for_us(&request) => refuse(&mut stream, 403),
            Ok(request) => route(&mut stream, from, &request, serving),
            Err(Refused(0)) => Ok(()),
            Err(Refused(status)) => refuse(&mut stream, status),
        };
    }
}

fn refuse(stream: &mut TcpStream, status: u16) -> std::io::Result<()> {
    let says = match status {
        403 => "This is Halation; it is not to be called by that name.",
        405 => "Only GET is answered here.",
        _ => "That was no request.",
    };
    answer(stream, status, "text/plain; charset=utf-8", says.as_bytes())
}

fn route(stream: &mut TcpStream, from: SocketAddr, request: &Request, serving: &Serving) -> std::io::Result<()> {
    if let Some(key) = request.websocket_key() {
        return if guard::is_from_here(request) {
            socket::converse(stream, from, key, serving)
        } else {
            refuse(stream, 403)
        };
    }
    if request.path == "/health" {
        return answer(stream, 200, "text/plain", b"Halation plays.\n");
    }
    if let Some(below) = request.path.strip_prefix("/phone").filter(|below| below.is_empty() || below.starts_with('/'))
    {
        return phone::serve(stream, below, serving);
    }
    let browses = request.header("accept").is_some_and(|accept| accept.contains("text/html"));
    if request.path == "/" && request.query.is_none() && browses {
        return phone::serve(stream, "", serving);
    }
    let (status, body) = oscquery::answer(request, from.ip(), serving);
    answer(stream, status, "application/json", body.as_bytes())
}
