//! Control inputs: MIDI controllers and OSC, from wire bytes to [`param::Event`](crate::param::Event)s; and beats of
//! Ableton Link and of Pro DJ Link decks.
//!
//! Knows protocols, addresses and mappings, not what a parameter does. The OSC sockets and
//! the MIDI watcher have threads of their own; driver callbacks only fill tables and bounded queues.
//! The conductor calls [`Controls::drain`] once a tick and gets everything that happened since.

mod access;
mod controllers;
mod decks;
pub(crate) mod feedback;
mod keys;
pub(crate) mod learning;
mod link;
pub mod mapping;
pub mod midi;
pub mod osc;
mod places;
mod port_name;
pub(crate) mod scheduled;
pub(crate) mod touchosc;
pub mod web;

use std::net::SocketAddr;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::param::{Event, Snapshot};
use crate::rt::{self, Stop};
use crate::tempo::{Beat, ClockSource, DeckPlace, Sighting};
use crate::units::Seconds;
pub use access::{Access, BlockList, Network};
pub(crate) use decks::Decks;
pub use decks::DecksConfig;
pub use feedback::{Carrier, Playing};
pub(crate) use keys::Keys;
pub use learning::LearnWish;
use learning::Learning;
pub use link::PORT as LINK_PORT;
pub use midi::{ClockMessage, Midi, MidiConfig};
pub use osc::{Newest, OscConfig};
pub(crate) use osc::{Osc, OscError};
use web::{Web, WebConfig};

/// Beats and news of other programs and decks that may wait for the conductor.
const NEWS: usize = 256;

/// Messages of controllers that may wait to be learnt from.
const OVERHEARD: usize = 256;

/// How long a driver takes to send what darkens the controllers.
pub(crate) const LIGHTS_LEAVE: Duration = Duration::from_millis(120);

/// One input for the conductor.
#[derive(Clone, Debug, PartialEq)]
pub enum ControlInput {
    /// A parameter shall change.
    Event(Event),
    /// MIDI clock of the controller or sequencer on port index `port`, from 0.
    Clock { at: Seconds, port: u8, message: ClockMessage },
    /// Another program saw a beat.
    Beat { at: Seconds, source: ClockSource, sighting: Sighting },
    /// The leading deck told where it is; `None` while it stands.
    Deck { at: Seconds, place: Option<DeckPlace> },
    /// A MIDI controller that a schedule asks for moved: its number, and where it stands, 0 to 1.
    Controller { at: Seconds, number: u8, value: f32 },
    /// How far through its track the leading deck is, 0 to 1: only a CDJ-3000 tells.
    DeckPosition { at: Seconds, share: f32 },
}

/// Which inputs to open; `None` leaves one out.
#[derive(Default)]
pub struct ControlConfig {
    pub midi: Option<MidiConfig>,
    pub osc: Option<OscConfig>,
    /// Needs OSC to be open, if only without a socket.
    pub web: Option<WebConfig>,
    /// Where Carabiner would answer.
    pub link: Option<LinkConfig>,
    pub decks: Option<DecksConfig>,
}

/// How to reach Ableton Link.
pub struct LinkConfig {
    pub carabiner: SocketAddr,
    pub clock: link::NowFn,
}

/// Why controls cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error(transparent)]
    Osc(#[from] OscError),
    #[error(transparent)]
    Web(#[from] web::WebError),
}

/// Everything the conductor listens to, in one place.
pub struct Controls {
    midi: Option<Midi>,
    osc: Option<Osc>,
    web: Option<Web>,
    link: Option<JoinHandle<()>>,
    decks: Option<Decks>,
    news: rt::Receiver<ControlInput>,
    keys: Keys,
    learning: Option<Learning>,
    osc_events: osc::Mailbox,
    stop: Stop,
}

/// Totals since the start, for the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ControlCounts {
    /// Parameter events handed out or waiting: OSC's when queued, MIDI's when drained.
    pub events: u64,
    /// Messages and events lost: full queues, floods, oversized datagrams, numbers that are none.
    pub dropped: u64,
    /// Seconds in which more OSC arrived than can be obeyed.
    pub overloads: u64,
    /// Bytes that were no OSC message and no MIDI message.
    pub malformed: u64,
}

impl Controls {
    /// Opens what `config` names. `newest` and the config's text source answer OSC queries.
    ///
    /// A machine without MIDI is fine: controllers are looked for as long as the instrument runs.
    ///
    /// # Errors
    /// When an address cannot be listened on.
    pub fn open(config: ControlConfig, newest: Newest) -> Result<Self, ControlError> {
        let stop = Stop::default();
        let (events, news) = rt::queue(NEWS);
        let keys = Keys(events.clone());
        let osc_events = osc::Mailbox::default();
        let link = config.link.map(|link| link::spawn(link.carabiner, link.clock, events.clone(), stop.clone()));
        let link = link.transpose().map_err(OscError::Thread)?;
        let decks = config.decks.and_then(|decks| Decks::open(&decks, events, &stop));
        let wish = config.osc.as_ref().map(|osc| osc.learn.clone());
        let osc = config.osc.map(|osc| Osc::open(osc, osc_events.clone(), newest, stop.clone())).transpose()?;
        let web = config
            .web
            .zip(osc.as_ref())
            .map(|(web, osc)| Web::open(web, osc.door().clone(), osc.local_address(), stop.clone()));
        let web = web.transpose()?;
        let (monitor, overheard) = crossbeam_channel::bounded(OVERHEARD);
        let learning = wish.zip(config.midi.as_ref().filter(|midi| midi.monitor.is_none()));
        let learning = learning.map(|(wish, _)| Learning::new(wish, overheard));
        let listen = |midi: MidiConfig| MidiConfig { monitor: midi.monitor.or(Some(monitor)), ..midi };
        let midi = config.midi.map(|midi| Midi::open(listen(midi), stop.clone()));
        Ok(Self { midi, osc, web, link, decks, news, keys, learning, osc_events, stop })
    }

    /// Hands out everything that happened since the last call, oldest first within each source.
    ///
    /// `now` is the show time of this tick; MIDI messages are dated back by their age.
    pub fn drain(&mut self, now: Seconds, out: &mut impl FnMut(ControlInput)) {
        if let Some(midi) = &mut self.midi {
            midi.drain(now, out);
            if let Some(learning) = &mut self.learning {
                learning.step(midi, now);
            }
        }
        for _ in 0..NEWS {
            let Some(input) = self.news.next() else { break };
            out(input);
        }
        self.osc_events.take(out);
    }

    /// Which MIDI controllers are told of as such, a bit each, whatever else they play.
    pub fn listen_to(&mut self, controllers: u128) {
        if let Some(midi) = &mut self.midi {
            midi.listen_to(controllers);
        }
    }

    /// The way for keys of the computer's keyboard.
    #[must_use]
    pub fn keys(&self) -> Keys {
        self.keys.clone()
    }

    /// Feedback on the controllers: their lights show what plays.
    pub fn paint(&mut self, now: Seconds, snapshot: &Snapshot, beat: Beat) {
        if let Some(midi) = &mut self.midi {
            midi.paint(now, snapshot, beat);
        }
    }

    #[must_use]
    pub fn midi(&self) -> Option<&Midi> {
        self.midi.as_ref()
    }

    #[must_use]
    pub fn osc(&self) -> Option<&Osc> {
        self.osc.as_ref()
    }

    #[must_use]
    pub fn web(&self) -> Option<&Web> {
        self.web.as_ref()
    }

    #[must_use]
    pub fn decks(&self) -> Option<&Decks> {
        self.decks.as_ref()
    }

    #[must_use]
    pub fn counts(&self) -> ControlCounts {
        let midi = self.midi.as_ref().map(Midi::counts).unwrap_or_default();
        let osc = self.osc.as_ref().map(Osc::counts).unwrap_or_default();
        ControlCounts {
            events: midi.events + osc.events,
            dropped: midi.dropped + osc.dropped,
            overloads: osc.overloads,
            malformed: midi.garbage + osc.malformed,
        }
    }

    /// Stops all threads; false when one did not leave in time.
    pub fn close(mut self, deadline: Duration) -> bool {
        if let Some(midi) = self.midi.as_mut().filter(|midi| !midi.ports().is_empty()) {
            midi.darken();
            std::thread::sleep(LIGHTS_LEAVE);
        }
        self.stop.set();
        let midi = self.midi.as_mut().is_none_or(|midi| midi.join(deadline));
        let osc = self.osc.is_none_or(|osc| osc.join(deadline));
        let web = self.web.is_none_or(|web| web.join(deadline));
        let link = self.link.is_none_or(|link| Stop::join(link, deadline).is_some());
        let decks = self.decks.is_none_or(|decks| decks.join(deadline));
        midi && osc && web && link && decks
    }
}
