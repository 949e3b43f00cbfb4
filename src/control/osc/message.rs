//! One OSC message from its bytes. rosc decodes; what it trusts too much is checked first.

use rosc::{OscPacket, OscType};

/// Longest address worth matching.
const ADDRESS: usize = 256;
/// Arguments in one message; the parameters here need two.
const ARGUMENTS: usize = 64;
/// Arrays in one message: rosc builds them nested, and dropping a deep nest recurses.
const ARRAYS: usize = 4;

/// A message: its address pattern and arguments.
#[derive(Debug, PartialEq)]
pub struct Message {
    pub address: String,
    pub arguments: Vec<OscType>,
}

/// The number that `argument` is, of whatever width; it may be none that is finite.
pub fn number(argument: &OscType) -> Option<f64> {
    match argument {
        OscType::Int(n) => Some(f64::from(*n)),
        OscType::Long(n) => Some(*n as f64),
        OscType::Float(n) => Some(f64::from(*n)),
        OscType::Double(n) => Some(*n),
        _ => None,
    }
}

/// Decodes `bytes`, which hold one message and nothing else; `None` when they do not.
#[must_use]
pub fn decode(bytes: &[u8]) -> Option<Message> {
    let (address, rest) = string(bytes)?;
    if !address.starts_with(b"/") || address.len() > ADDRESS {
        return None;
    }
    if rest.is_empty() {
        // Old senders leave the type tags out when there are no arguments.
        let address = String::from_utf8(address.to_vec()).ok()?;
        return Some(Message { address, arguments: Vec::new() });
    }
    let (tags, _) = string(rest)?;
    let arrays = tags.iter().filter(|tag| **tag == b'[').count();
    if !tags.starts_with(b",") || tags.len() > 1 + ARGUMENTS + 2 * ARRAYS || arrays > ARRAYS {
        return None;
    }
    match rosc::decoder::decode_udp(bytes) {
        Ok((_, OscPacket::Message(message))) => Some(Message { address: message.addr, arguments: message.args }),
        _ => None,
    }
}

/// The message that `bytes` would be if its address had the slash that it lacks.
#[must_use]
pub fn decode_without_slash(bytes: &[u8]) -> Option<Message> {
    let (address, rest) = string(bytes)?;
    if !address.first()?.is_ascii_alphabetic() || !address.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    let mut whole = [b"/", address, &[0]].concat();
    whole.resize(whole.len().next_multiple_of(4), 0);
    whole.extend_from_slice(rest);
    decode(&whole)
}

/// A zero-terminated string and what follows its padding.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    let padded = (end / 4 + 1) * 4;
    Some((&bytes[..end], bytes.get(padded..)?))
}
