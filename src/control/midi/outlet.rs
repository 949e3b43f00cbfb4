//! The way out of one port: left there by the driver that connected it, used by whoever sends.

use arc_swap::ArcSwapOption;

use crate::control::controllers::LONGEST_SENT;

/// A driver's way to one device. Takes whole messages, never waits; false when it could not.
pub type Send = Box<dyn Fn(&[u8]) -> bool + std::marker::Send + Sync>;

/// A place for a driver's way out; empty where nobody listens.
#[derive(Default)]
pub struct Outlet(ArcSwapOption<Send>);

impl Outlet {
    pub fn open(&self, send: Send) {
        self.0.store(Some(send.into()));
    }

    pub fn close(&self) {
        self.0.store(None);
    }

    pub fn send(&self, message: &[u8]) -> bool {
        !message.is_empty() && message.len() <= LONGEST_SENT && self.0.load().as_ref().is_some_and(|send| send(message))
    }
}

/// One message on its way through a queue that must not allocate.
#[derive(Clone, Copy)]
pub struct Outgoing {
    bytes: [u8; LONGEST_SENT],
    len: usize,
}

impl Outgoing {
    /// Of at most [`LONGEST_SENT`] bytes; what is longer is cut, but [`Outlet::send`] lets nothing longer through.
    pub fn new(message: &[u8]) -> Self {
        let (mut bytes, len) = ([0; LONGEST_SENT], message.len().min(LONGEST_SENT));
        bytes[..len].copy_from_slice(&message[..len]);
        Self { bytes, len }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
