//! The DJ's decks over Pro DJ Link: their beats, on their way to the conductor.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::ControlInput;
use crate::rt::{self, Stop};
use crate::tempo::ClockSource;
use crate::tempo::prolink::packet::Content;
use crate::tempo::prolink::{DeckListener, News, NowFn, Ports, Tell, announce};

/// Position packets come thirty times a second; so many a second are passed on, enough for a position in a track.
const NEEDLE_HZ: f64 = 5.0;

/// How to listen to the decks.
pub struct DecksConfig {
    pub ports: Ports,
    /// Say that we are there, so that players tell what they play and who is master. Otherwise nothing is ever sent.
    pub announce: bool,
    pub clock: NowFn,
}

/// The open network.
pub struct Decks {
    listener: DeckListener,
    announcer: Option<JoinHandle<()>>,
}

impl Decks {
    /// Listens. `None`, with a word in the log, when a port is taken: the show goes on without the decks.
    #[must_use]
    pub fn open(config: &DecksConfig, out: rt::Sender<ControlInput>, stop: &Stop) -> Option<Self> {
        let needle_told = AtomicI64::new(-1);
        let tell: Tell = Arc::new(move |news: &News| {
            if let Some(sighting) = news.heard.beat {
                out.send(ControlInput::Beat { at: news.at, source: ClockSource::ProLink, sighting });
            }
            if !news.heard.leads {
                return;
            }
            match news.heard.packet.content {
                Content::Player(status) => drop(out.send(ControlInput::Deck { at: news.at, place: status.place() })),
                Content::Position(position) => {
                    let turn = (news.at.0 * NEEDLE_HZ) as i64;
                    if needle_told.swap(turn, Ordering::Relaxed) != turn {
                        out.send(ControlInput::DeckPosition { at: news.at, share: position.share() });
                    }
                }
                _ => {}
            }
        });
        let listener = DeckListener::open(config.ports, &config.clock, &tell, stop);
        let listener = listener.inspect_err(|e| tracing::warn!("{e}; playing without the decks")).ok()?;
        let announcer = config.announce.then(|| announce(&listener, config.clock.clone(), stop.clone()));
        let announcer =
            announcer.transpose().inspect_err(|e| tracing::warn!("Pro DJ Link: not announced ({e})")).ok()?;
        Some(Self { listener, announcer })
    }

    /// The ports it listens on.
    #[must_use]
    pub fn ports(&self) -> Ports {
        self.listener.ports()
    }

    /// Follows player `deck` alone; 0 chooses by itself. Waits for nobody.
    pub fn pin(&self, deck: u8) {
        self.listener.pin(deck);
    }

    /// Waits for the threads to leave; false when one did not in time.
    pub fn join(self, deadline: Duration) -> bool {
        let announcer = self.announcer.is_none_or(|thread| Stop::join(thread, deadline).is_some());
        self.listener.join(deadline) && announcer
    }
}
