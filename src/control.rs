//! Control inputs: MIDI controllers and OSC, from wire bytes to [`param::Event`](crate::param::Event)s; and beats of
//! Ableton Link and of Pro DJ Link decks.
//!
//! Knows protocols, addresses and mappings, not what a parameter does. The OSC sockets and
//! the MIDI watcher have threads of their own; driver callbacks only fill tables and bounded queues.
//! The conductor calls [`Controls::drain`] once a tick and gets everything that happened since.

mod controllers;
mod decks;
mod keys;
mod link;
pub mod mapping;
pub mod midi;
pub mod osc;
mod port_name;

use std::net::SocketAddr;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::param::{Event, Snapshot};
use crate::rt::{self, Stop};
use crate::tempo::{Beat, ClockSource, DeckPlace, Sighting};
use crate::units::Seconds;
pub(crate) use decks::Decks;
pub use decks::DecksConfig;
pub(crate) use keys::Keys;
pub use link::PORT as LINK_PORT;
pub use midi::{ClockMessage, Midi, MidiConfig};
pub use osc::OscConfig;
pub(crate) use osc::{Osc, OscError};

/// Beats and news of other programs and decks that may wait for the conductor.
const NEWS: usize = 256;

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
    /// How far through its track the leading deck is, 0 to 1: only a CDJ-3000 tells.
    DeckPosition { at: Seconds, share: f32 },
}

/// Which inputs to open; `None` leaves one out.
#[derive(Default)]
pub struct ControlConfig {
    pub midi: Option<MidiConfig>,
    pub osc: Option<OscConfig>,
    /// Where Carabiner would answer.
    pub link: Option<LinkConfig>,
    pub decks: Option<DecksConfig>,
}

/// How to reach Ableton Link.
pub struct LinkConfig {
    pub carabiner: SocketAddr,
    pub clock: link::NowFn,
}

/// Everything the conductor listens to, in one place.
pub struct Controls {
    midi: Option<Midi>,
    osc: Option<Osc>,
    link: Option<JoinHandle<()>>,
    decks: Option<Decks>,
    news: rt::Receiver<ControlInput>,
    keys: Keys,
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
    /// Opens what `config` names. `base` and the config's text source answer OSC queries.
    ///
    /// A machine without MIDI is fine: controllers are looked for as long as the instrument runs.
    ///
    /// # Errors
    /// When the OSC address cannot be listened on.
    pub fn open(config: ControlConfig, base: rt::Reader<Snapshot>) -> Result<Self, OscError> {
        let stop = Stop::default();
        let (events, news) = rt::queue(NEWS);
        let keys = Keys(events.clone());
        let osc_events = osc::Mailbox::default();
        let link = config.link.map(|link| link::spawn(link.carabiner, link.clock, events.clone(), stop.clone()));
        let link = link.transpose().map_err(OscError::Thread)?;
        let decks = config.decks.and_then(|decks| Decks::open(&decks, events, &stop));
        let osc = config.osc.map(|osc| Osc::open(osc, osc_events.clone(), base, stop.clone())).transpose()?;
        let midi = config.midi.map(|midi| Midi::open(midi, stop.clone()));
        Ok(Self { midi, osc, link, decks, news, keys, osc_events, stop })
    }

    /// Hands out everything that happened since the last call, oldest first within each source.
    ///
    /// `now` is the show time of this tick; MIDI messages are dated back by their age.
    pub fn drain(&mut self, now: Seconds, out: &mut impl FnMut(ControlInput)) {
        if let Some(midi) = &mut self.midi {
            midi.drain(now, out);
        }
        for _ in 0..NEWS {
            let Some(input) = self.news.next() else { break };
            out(input);
        }
        self.osc_events.take(out);
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
        let link = self.link.is_none_or(|link| Stop::join(link, deadline).is_some());
        let decks = self.decks.is_none_or(|decks| decks.join(deadline));
        midi && osc && link && decks
    }
}
