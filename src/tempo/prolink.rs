//! Pro DJ Link: listens to what players and mixers send each other over the club's network.
//!
//! ```text
//! ports 50000–50002 ─ DeckListener (a thread a port) ─ parse ─ Network: devices, leader, each deck's beat ─► sightings
//! capture file ─ capture::read ─ replay ─► loopback, for rehearsal
//! ```
//!
//! Only `announce` sends to the DJs' network, and it is started only on request: passive listening cannot disturb the
//! players.

mod announce;
pub mod capture;
mod deck;
pub mod export;
mod listen;
mod needle;
mod network;
pub(crate) mod packet;
mod replay;
#[cfg(test)]
mod tests;
mod track_tempo;
mod watch;

pub(crate) use announce::announce;
pub use listen::{DeckListener, Ports};
pub(crate) use listen::{News, NowFn, Tell};
pub use network::Network;
pub use replay::replay;
pub(crate) use watch::PacketLine;

/// What to do with the DJ's network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// Nothing.
    Off,
    /// Listen and never send.
    #[default]
    Passive,
    /// Also say that we are there.
    Announce,
}

impl Presence {
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Off, "off"), (Self::Passive, "passive"), (Self::Announce, "announce")];
}

impl std::str::FromStr for Presence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|(_, name)| *name == text);
        found.map(|(presence, _)| presence).ok_or_else(|| "try passive, announce or off".into())
    }
}
