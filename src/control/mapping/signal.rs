//! What arrives from a controller, and what a binding listens for.

use crate::control::controllers::{FINE, PITCH_BEND, PRESSURE};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Note,
    /// Controllers, and what is kept among them: pitch bend and aftertouch.
    Controller,
    Program,
    /// A non-registered parameter number: four controllers that together say one number and one value.
    Nrpn,
}

/// What arrives: a number of some kind on a channel, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    pub kind: Kind,
    pub channel: u8,
    pub number: u16,
}

impl Message {
    pub fn note(channel: u8, number: u8) -> Self {
        Self { kind: Kind::Note, channel, number: number.into() }
    }

    pub fn controller(channel: u8, number: u8) -> Self {
        Self { kind: Kind::Controller, channel, number: number.into() }
    }

    pub fn program(channel: u8, number: u8) -> Self {
        Self { kind: Kind::Program, channel, number: number.into() }
    }

    pub fn nrpn(channel: u8, number: u16) -> Self {
        Self { kind: Kind::Nrpn, channel, number }
    }
}

/// What a binding listens for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    pub kind: Kind,
    pub number: u16,
    /// From 0; `None` hears every channel.
    pub channel: Option<u8>,
    /// A 14-bit controller: the fine half arrives on `number + 32`.
    pub fine: bool,
}

impl Signal {
    pub fn matches(self, message: Message) -> bool {
        self.kind == message.kind
            && (self.number == message.number || (self.fine && self.number + u16::from(FINE) == message.number))
            && self.channel.is_none_or(|channel| channel == message.channel)
    }

    /// The numbers of the messages that it hears.
    pub fn numbers(self) -> impl Iterator<Item = u16> {
        std::iter::once(self.number).chain(self.fine.then_some(self.number + u16::from(FINE)))
    }

    /// Whether one message could mean both.
    pub fn overlaps(self, other: Self) -> bool {
        let channels = match (self.channel, other.channel) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        let shared = self.numbers().any(|number| other.numbers().any(|theirs| theirs == number));
        self.kind == other.kind && channels && shared
    }

    /// A plain controller of seven bits: what may turn out to be an endless encoder.
    pub fn is_coarse(self) -> bool {
        self.kind == Kind::Controller && !self.fine && self.number < u16::from(PITCH_BEND)
    }
}

/// As mapping files write it: `cc = 16, channel = 1`.
impl std::fmt::Display for Signal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (bend, pressure) = (u16::from(PITCH_BEND), u16::from(PRESSURE));
        match (self.kind, self.number) {
            (Kind::Controller, number) if number == bend => f.write_str("pitch_bend = true")?,
            (Kind::Controller, number) if number == pressure => f.write_str("pressure = true")?,
            (Kind::Controller, number) => write!(f, "cc{} = {number}", if self.fine { "14" } else { "" })?,
            (Kind::Note, number) => write!(f, "note = {number}")?,
            (Kind::Program, number) => write!(f, "program = {number}")?,
            (Kind::Nrpn, number) => write!(f, "nrpn = {number}")?,
        }
        self.channel.map_or(Ok(()), |channel| write!(f, ", channel = {}", channel + 1))
    }
}
