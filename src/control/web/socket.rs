//! The WebSocket of one connection. Text frames are JSON commands, binary frames one OSC message each, both ways.
//!
//! | command of the client | |
//! |---|---|
//! | `LISTEN`, `IGNORE` | DATA is an address; with `/norm` behind it fader positions are told, too |
//! | `PASSCODE` | DATA is what somebody typed; answered with `GRANTED`, true or false, and before it `WAIT` and seconds after too many wrong ones |

use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

use super::Serving;
use super::guard::Granted;
use super::http::head;
use crate::control::feedback::{Form, Topic};
use crate::control::osc::news;

/// How long the socket waits for a frame before it looks for what is new.
const TICK: Duration = Duration::from_millis(6);
/// A frame longer than this is refused.
const LONGEST: usize = 16 * 1024;
/// A phone that has gone is noticed by its silence: nothing comes, not even the answer to a ping.
const PING_EVERY: Duration = Duration::from_secs(5);
const SILENT: Duration = Duration::from_secs(15);

/// Answers the upgrade and talks until either side is done.
///
/// # Errors
/// When the connection ends.
pub fn converse(stream: &mut TcpStream, from: SocketAddr, key: &str, serving: &Serving) -> std::io::Result<()> {
    let accepted = tungstenite::handshake::derive_accept_key(key.as_bytes());
    let upgrade = format!("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accepted}\r\n");
    stream.write_all(head(101, &upgrade).as_bytes())?;
    stream.set_read_timeout(Some(TICK))?;
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().max_message_size(Some(LONGEST)).max_frame_size(Some(LONGEST));
    let socket = WebSocket::from_raw_socket(stream.try_clone()?, Role::Server, Some(config));
    if !serving.door.join_stream(from) {
        return Ok(());
    }
    let trusted = serving.guard.trusts(from.ip());
    let mut talk = Talk { socket, from, serving, may_touch: trusted, topics: Topic::all().collect() };
    talk.say(&json!({ "COMMAND": "GRANTED", "DATA": trusted }));
    let _ = talk.run();
    Ok(())
}

struct Talk<'a> {
    socket: WebSocket<TcpStream>,
    from: SocketAddr,
    serving: &'a Serving,
    may_touch: bool,
    topics: Vec<Topic>,
}

impl Talk<'_> {
    fn run(&mut self) -> Result<(), Error> {
        let mut pinged = Instant::now();
        let mut heard = Instant::now();
        while !self.serving.stop.is_set() && heard.elapsed() < SILENT {
            let read = self.socket.read();
            if read.is_ok() {
                heard = Instant::now();
            }
            match read {
                Ok(Message::Text(text)) => self.command(&text),
                Ok(Message::Binary(packet)) => self.hear(&packet)?,
                Ok(Message::Close(_)) => return Ok(()),
                Ok(_) => {}
                Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(error),
            }
            if pinged.elapsed() >= PING_EVERY {
                pinged = Instant::now();
                self.socket.write(Message::Ping(Vec::new().into()))?;
            }
            self.tell()?;
            self.socket.flush()?;
        }
        self.socket.close(None)
    }

    /// What is new to this client, one message a frame.
    fn tell(&mut self) -> Result<(), Error> {
        let Self { socket, serving, topics, from, .. } = self;
        let mut frames = Vec::new();
        serving.door.with_stream(*from, |peer, now, playing, text| {
            news(peer, topics, now, playing, text, Form::Query, &mut |frame| frames.push(frame));
        });
        frames.into_iter().try_for_each(|frame| socket.write(Message::Binary(frame.into())))
    }

    fn hear(&mut self, packet: &[u8]) -> Result<(), Error> {
        if !self.may_touch {
            self.serving.door.refuse(self.from);
            self.say(&json!({ "COMMAND": "GRANTED", "DATA": false }));
            return Ok(());
        }
        let mut answers = Vec::new();
        self.serving.door.hear_stream(packet, self.from, &mut answers);
        answers.into_iter().try_for_each(|answer| self.socket.write(Message::Binary(answer.into())))
    }

    /// Unknown commands are left alone: clients know some that we do not.
    fn command(&mut self, text: &str) {
        let Ok(command) = serde_json::from_str::<Value>(text) else { return };
        let data = command.get("DATA").and_then(Value::as_str).unwrap_or_default();
        match command.get("COMMAND").and_then(Value::as_str) {
            Some("LISTEN") => self.listen(data, true),
            Some("IGNORE") => self.listen(data, false),
            Some("PASSCODE") => {
                let granted = self.serving.guard.grants(self.from.ip(), data);
                self.may_touch |= granted == Granted::Yes;
                if let Granted::Wait(left) = granted {
                    self.say(&json!({ "COMMAND": "WAIT", "DATA": left.as_secs() + 1 }));
                }
                self.say(&json!({ "COMMAND": "GRANTED", "DATA": self.may_touch }));
            }
            _ => {}
        }
    }

    fn listen(&self, address: &str, wants: bool) {
        let plain = address.strip_suffix("/norm");
        let Some(topic) = Topic::at(plain.unwrap_or(address)) else { return };
        self.serving.door.with_stream(self.from, |peer, _, _, _| {
            peer.norm |= plain.is_some() && wants;
            peer.feed.listen(topic, wants);
        });
    }

    fn say(&mut self, command: &Value) {
        // A connection that has ended is noticed when it is read.
        let _ = self.socket.write(Message::Text(command.to_string().into()));
    }
}
