//! Where each input goes: to the conductor, its tempo, or the reader of patches; and into the trace.
//!
//! Called by the desk, for inputs of the control threads and for those of a replay alike.

use std::sync::Arc;

use super::input_line;
use super::patches::{Patch, Patches};
use super::trace::Trace;
use crate::conductor::Conductor;
use crate::control::scheduled::Scheduled;
use crate::control::{ClockMessage, ControlInput};
use crate::param;
use crate::units::Seconds;

/// The conductor, with the routing of its inputs.
pub struct InputRouter {
    pub conductor: Conductor,
    trace: Trace,
    patches: Patches,
    clock_port: ClockPort,
    /// The show that somebody named last, until the desk takes it.
    pub wished_show: Option<Arc<str>>,
    /// Events so far.
    events: u64,
}

impl InputRouter {
    pub fn new(conductor: Conductor, patches: Patches, trace: Trace) -> Self {
        Self { conductor, trace, patches, clock_port: ClockPort::default(), wished_show: None, events: 0 }
    }

    /// Events routed so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Routes one input of the controls or of a replay, and writes it to the trace.
    pub fn route(&mut self, input: &ControlInput) {
        if self.trace.is_on() {
            let (kind, fields) = input_line::write(input);
            self.trace.say(input_line::at(input), kind, fields);
        }
        let conductor = &mut self.conductor;
        match *input {
            ControlInput::Event(ref event) => {
                self.events += 1;
                match &event.change {
                    param::Change::Text(text) if [param::ROUTE_PATCH, param::SCHEDULE_SET].contains(&event.id) => {
                        self.patches.ask(event.id, text);
                    }
                    param::Change::Text(name) if event.id == param::SHOW_LOAD => self.wished_show = Some(name.clone()),
                    _ => conductor.apply(event),
                }
            }
            ControlInput::Beat { at, source, ref sighting } => conductor.tempo_mut().sight(at, source, sighting),
            ControlInput::Deck { at, place } => conductor.hear_deck(at, place),
            ControlInput::Controller { number, value, .. } => conductor.hear_controller(number, value),
            ControlInput::DeckPosition { at, share } => conductor.hear_deck_position(at, share),
            ControlInput::Clock { at, port, message } => self.clock(at, port, message),
        }
    }

    fn clock(&mut self, at: Seconds, port: u8, message: ClockMessage) {
        if !self.clock_port.leads(port, at) {
            return;
        }
        let tempo = self.conductor.tempo_mut();
        match message {
            ClockMessage::Tick => tempo.midi_clock(at),
            ClockMessage::Start => tempo.midi_start(at),
            ClockMessage::Continue => tempo.midi_continue(at),
            ClockMessage::Stop => tempo.midi_stop(at),
            ClockMessage::SongPosition(sixteenths) => tempo.midi_song_position(at, sixteenths),
        }
    }

    /// Applies the routes and schedules that have been parsed since the last call.
    pub fn patch(&mut self) {
        while let Some(patch) = self.patches.next() {
            match patch {
                Patch::Route(place, route) => self.conductor.patch(place, route),
                Patch::Schedule(Scheduled::Parameter(id, schedule)) => self.conductor.schedule_parameter(id, schedule),
                Patch::Schedule(Scheduled::Texts(texts)) => self.conductor.schedule_texts(texts),
            }
        }
    }
}

/// The MIDI port whose clock is followed: the ticks of two clocks together would count as one of twice the tempo.
#[derive(Default)]
struct ClockPort(Option<(u8, Seconds)>);

impl ClockPort {
    /// After so many seconds without a clock message of this port another port's clock may take over.
    const STALE_S: f64 = 3.0;

    /// Whether a clock message of `port` at `at` is followed.
    fn leads(&mut self, port: u8, at: Seconds) -> bool {
        let taken = self.0.is_some_and(|(leader, last)| leader != port && at.since(last) < Self::STALE_S);
        if !taken {
            self.0 = Some((port, at));
        }
        !taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_midi_clock_leads_until_it_is_silent() {
        let mut port = ClockPort::default();
        let at = |s: f64| Seconds(s);
        assert!(port.leads(1, at(0.0)) && !port.leads(2, at(0.01)) && port.leads(1, at(0.02)));
        assert!(!port.leads(2, at(3.0)) && port.leads(2, at(3.1)) && !port.leads(1, at(3.2)));
    }
}
