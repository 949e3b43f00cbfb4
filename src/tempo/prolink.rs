//! Pro DJ Link: what players and mixers tell each other over the club's network, listened to.
//!
//! ```text
//! ports 50000–50002 ─ Listener (a thread a port) ─ parse ─ Network: devices, leader, each deck's beat ─► sightings
//! capture file ─ capture::read ─ replay ─► loopback, for rehearsal
//! ```
//!
//! Only `announce` can send to the network, and only those who ask for it start it: who never speaks cannot disturb a
//! show.

mod announce;
pub mod capture;
mod deck;
pub mod export;
mod listen;
mod network;
pub mod packet;
mod replay;
#[cfg(test)]
mod tests;
mod watch;

pub use announce::announce;
pub use deck::{DeckClock, effective_bpm};
pub use listen::{ListenError, Listener, News, NowFn, Ports, Tell};
pub use network::{Device, Heard, Network, Refused};
pub use replay::replay;
pub use watch::Line;

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
