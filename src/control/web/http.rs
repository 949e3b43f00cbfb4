//! One HTTP/1.1 request from a stream, and one answer to it: GET only, 8 KiB at most, and no patience with dribblers.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The longest request that is read.
const LONGEST: usize = 8 * 1024;
/// How long a request may take to arrive, and an answer to be taken.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Percent-decoded, from the first slash.
    pub path: String,
    /// What stands behind the question mark.
    pub query: Option<String>,
    headers: Vec<(String, String)>,
}

/// Why there is no request: an HTTP status to answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub u16);

impl Request {
    /// Reads one from `stream`.
    ///
    /// # Errors
    /// With the status to answer; 0 when nobody is there to be answered.
    pub fn read(stream: &mut TcpStream) -> Result<Self, Refused> {
        let until = Instant::now() + PATIENCE;
        let timeouts = [stream.set_read_timeout(Some(PATIENCE)), stream.set_write_timeout(Some(PATIENCE))];
        if timeouts.iter().any(Result::is_err) {
            return Err(Refused(0));
        }
        let (mut head, mut byte) = (Vec::new(), [0]);
        // Byte by byte: what follows the request belongs to the WebSocket.
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read(&mut byte) {
                Ok(0) => return Err(Refused(0)),
                Ok(_) => head.push(byte[0]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(Refused(408)),
            }
            if head.len() > LONGEST {
                return Err(Refused(431));
            }
            if Instant::now() > until {
                return Err(Refused(408));
            }
        }
        Self::parse(&head)
    }

    /// Reads one from its bytes.
    ///
    /// # Errors
    /// With the status to answer.
    pub fn parse(head: &[u8]) -> Result<Self, Refused> {
        let text = std::str::from_utf8(head).map_err(|_| Refused(400))?;
        let mut lines = text.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (method, target, version) = (words.next(), words.next(), words.next());
        if !version.is_some_and(|version| version.starts_with("HTTP/1.")) || words.next().is_some() {
            return Err(Refused(400));
        }
        if method != Some("GET") {
            return Err(Refused(405));
        }
        let target = target.unwrap_or_default().split('#').next().unwrap_or_default();
        let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        let path = decoded(path).ok_or(Refused(400))?;
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        };
        let headers = lines.take_while(|line| !line.is_empty()).filter_map(header).collect();
        let path = if path.is_empty() { "/".to_owned() } else { path };
        Ok(Self { path, query: query.map(str::to_owned), headers })
    }

    /// The value of the header `name`, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The key of a WebSocket that is asked for.
    #[must_use]
    pub fn websocket_key(&self) -> Option<&str> {
        let upgrades = self.header("upgrade").is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"));
        self.header("sec-websocket-key").filter(|_| upgrades)
    }
}

/// `%2F` and the like; `None` when that is no UTF-8.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        if first == b'%' {
            let digits = std::str::from_utf8(behind.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = behind.get(2..)?;
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Answers with a whole document.
///
/// # Errors
/// When it cannot be sent.
pub fn answer(stream: &mut TcpStream, status: u16, kind: &str, body: &[u8]) -> std::io::Result<()> {
    let head = head(status, &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len()));
    stream.write_all(&[head.as_bytes(), body].concat())
}

/// Says that there is no room, without waiting.
pub fn say_full(mut stream: TcpStream) {
    let says = b"Too many phones and programs are connected already.";
    let head = head(503, &format!("Content-Type: text/plain\r\nContent-Length: {}\r\n", says.len()));
    if stream.set_nonblocking(true).is_ok() {
        let _ = stream.write(&[head.as_bytes(), says].concat());
    }
}

/// The lines before a body. Nothing of us belongs into another site's frame or a cache.
pub fn head(status: u16, more: &str) -> String {
    let reason = match status {
        101 => "Switching Protocols",
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        503 => "Service Unavailable",
        _ => "Request Header Fields Too Large",
    };
    let close =
        if status == 101 { "" } else { "Connection: close\r\nCache-Control: no-store\r\nX-Frame-Options: DENY\r\n" };
    format!("HTTP/1.1 {status} {reason}\r\n{close}{more}\r\n")
}
