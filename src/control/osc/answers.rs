//! What is sent back to whoever asked.

use std::net::SocketAddr;

use rosc::OscType;

use super::out::encoded;

/// Answers to one datagram: a wildcard query of every parameter fits.
pub const MOST: usize = 128;

/// A datagram to whoever asked.
pub struct Answer {
    pub to: SocketAddr,
    pub bytes: Vec<u8>,
}

/// Puts one answer into `answers`, while there is room.
pub fn answer(answers: &mut Vec<Answer>, to: SocketAddr, addr: String, args: Vec<OscType>) {
    if answers.len() < MOST {
        answers.extend(encoded(addr, args).map(|bytes| Answer { to, bytes }));
    }
}
