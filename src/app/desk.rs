//! The conductor with its inputs: hands, sound, and edits of the show file.
//!
//! Ticked by the conductor thread at 500 Hz, or by the stepped runner once a frame.

use serde_json::json;

use super::input_line;
use super::latency::ImageLatency;
use super::patches::Patches;
use super::replay::Replay;
use super::trace::Trace;
use crate::audio::Features;
use crate::conductor::Conductor;
use crate::control::{ClockMessage, ControlCounts, Controls, Input, Midi};
use crate::dream::TextBoard;
use crate::param::{self, Snapshot};
use crate::rt::Receiver;
use crate::show::{self, Show};
use crate::telemetry::{Faults, Kind, values};
use crate::tempo::Clock;
use crate::units::Seconds;

/// How often edits and the control threads' faults are looked at.
const LOOK_S: f64 = 0.5;
/// How often a trace tells parameters and features.
const TELL_S: f64 = 0.1;

pub struct Desk {
    pub conductor: Conductor,
    pub controls: Option<Controls>,
    texts: TextBoard,
    edits: Option<Receiver<show::Change>>,
    looked: Seconds,
    told: Seconds,
    faults: Faults,
    latency: ImageLatency,
    trace: Trace,
    replay: Replay,
    events: u64,
    clock_port: ClockPort,
    /// Most MIDI ports connected at a time.
    most_ports: u64,
    /// Seconds of too much OSC, when last looked.
    overloads: u64,
    patches: Patches,
}

/// The MIDI port whose clock is followed: two clocks at once would be one of twice the tempo.
#[derive(Default)]
struct ClockPort(Option<(u8, Seconds)>);

impl ClockPort {
    /// Silent for longer than this, a clock gives way to another port's.
    const STALE_S: f64 = 3.0;

    /// Whether what came from `port` counts.
    fn leads(&mut self, port: u8, at: Seconds) -> bool {
        let taken = self.0.is_some_and(|(leader, last)| leader != port && at.since(last) < Self::STALE_S);
        if !taken {
            self.0 = Some((port, at));
        }
        !taken
    }
}

/// What a desk is made of.
pub struct Inputs {
    pub conductor: Conductor,
    pub controls: Option<Controls>,
    pub texts: TextBoard,
    /// Edits of the show files.
    pub edits: Option<Receiver<show::Change>>,
    pub replay: Replay,
    pub faults: Faults,
    pub latency: ImageLatency,
    pub trace: Trace,
    pub patches: Patches,
}

impl Desk {
    pub fn new(inputs: Inputs) -> Self {
        let Inputs { conductor, controls, texts, edits, replay, faults, latency, trace, patches } = inputs;
        Self {
            conductor,
            controls,
            texts,
            edits,
            looked: Seconds(0.0),
            told: Seconds(0.0),
            faults,
            latency,
            trace,
            replay,
            events: 0,
            clock_port: ClockPort::default(),
            most_ports: 0,
            overloads: 0,
            patches,
        }
    }

    /// Applies everything that happened since the last tick and moves on to `now`.
    pub fn tick(&mut self, now: Seconds, features: &Features) -> &Snapshot {
        while let Some(input) = self.replay.due(now) {
            let Self { conductor, trace, events, clock_port, patches, .. } = self;
            obey(conductor, trace, events, clock_port, patches, &input);
        }
        self.hear_hands(now);
        while let Some((place, route)) = self.patches.next() {
            self.conductor.patch(place, route);
        }
        if now.since(self.looked) >= LOOK_S {
            self.looked = now;
            self.look_at_show();
            self.note_control_faults();
        }
        if let Some(decks) = self.controls.as_ref().and_then(Controls::decks) {
            decks.pin(self.conductor.snapshot().unmodulated.whole(param::TEMPO_DECK) as u8);
        }
        self.conductor.set_image_latency(self.latency.seconds());
        self.tell(now, features);
        self.conductor.step(now, features)
    }

    /// Writes parameters and features to the trace, when there is one.
    fn tell(&mut self, now: Seconds, features: &Features) {
        if !self.trace.is_on() || now.since(self.told) < TELL_S {
            return;
        }
        self.told = now;
        let Features { low, mid, high, kick, energy, level_dbfs, pulse, passage, .. } = *features;
        let heard = json!({ "low": low, "mid": mid, "high": high, "kick": kick, "energy": energy, "level_dbfs": level_dbfs,
                "bpm": pulse.bpm(), "beat_confidence": pulse.confidence, "section": passage.section.name(), "build": passage.build,
                "drops": passage.drops });
        self.trace.say(now, "features", heard);
        self.trace.say(now, "parameters", json!({ "effective": values(&self.conductor.snapshot().effective) }));
    }

    fn hear_hands(&mut self, now: Seconds) {
        let Self { conductor, controls, trace, events, clock_port, patches, .. } = self;
        if let Some(controls) = controls {
            controls.drain(now, &mut |input| obey(conductor, trace, events, clock_port, patches, &input));
        }
    }

    fn look_at_show(&mut self) {
        match self.edits.as_ref().and_then(Receiver::next) {
            None => {}
            Some(show::Change::Better(show)) => self.adopt(&show),
            Some(show::Change::Broken) => drop(self.faults.happened(Kind::ShowFile)),
        }
    }

    /// Counts what the control threads had to throw away or lost.
    fn note_control_faults(&mut self) {
        let Some(controls) = &self.controls else { return };
        let counts = controls.counts();
        let midi = controls.midi().map(Midi::counts).unwrap_or_default();
        let lost = midi.drivers_lost + midi.ports_lost;
        self.faults.set(Kind::BadControl, counts.malformed, true);
        let over = counts.overloads > self.overloads;
        self.faults.set(Kind::Overload, counts.overloads, !over);
        self.overloads = counts.overloads;
        // Found counts the first time too: all are back when as many are there as ever were.
        let present = midi.ports_found.saturating_sub(midi.ports_lost);
        self.most_ports = self.most_ports.max(present);
        let back = midi.drivers_found >= midi.drivers_lost && present >= self.most_ports;
        self.faults.set(Kind::MidiLost, lost, back);
    }

    fn adopt(&mut self, show: &Show) {
        self.texts.reload(show.banks.clone());
        self.conductor.adopt(&show.settings);
        if let Some(osc) = self.controls.as_ref().and_then(Controls::osc) {
            osc.set_remote_text(show.remote_text);
        }
        self.faults.recovered(Kind::ShowFile);
    }

    /// Numbers for the report.
    pub fn figures(&self) -> DeskFigures {
        DeskFigures {
            snapshot: *self.conductor.snapshot(),
            clock: self.conductor.clock(),
            events: self.events,
            counts: self.controls.as_ref().map(Controls::counts).unwrap_or_default(),
        }
    }
}

/// What the report says of the hands.
#[derive(Clone, Copy, Debug)]
pub struct DeskFigures {
    pub snapshot: Snapshot,
    pub clock: Clock,
    pub events: u64,
    pub counts: ControlCounts,
}

/// One input, from hands or from a replay.
fn obey(
    conductor: &mut Conductor,
    trace: &Trace,
    events: &mut u64,
    clock_port: &mut ClockPort,
    patches: &Patches,
    input: &Input,
) {
    if trace.is_on() {
        let (kind, fields) = input_line::write(input);
        trace.say(input_line::at(input), kind, fields);
    }
    match *input {
        Input::Event(ref event) => {
            *events += 1;
            match &event.change {
                param::Change::Text(text) if event.id == param::ROUTE_PATCH => patches.ask(text),
                _ => conductor.apply(event),
            }
        }
        Input::Beat { at, source, ref sighting } => conductor.tempo_mut().sight(at, source, sighting),
        Input::Deck { at, place } => conductor.hear_deck(at, place),
        Input::DeckPosition { at, share } => conductor.hear_deck_position(at, share),
        Input::Clock { at, port, message } => {
            if !clock_port.leads(port, at) {
                return;
            }
            let tempo = conductor.tempo_mut();
            match message {
                ClockMessage::Tick => tempo.midi_clock(at),
                ClockMessage::Start => tempo.midi_start(at),
                ClockMessage::Continue => tempo.midi_continue(at),
                ClockMessage::Stop => tempo.midi_stop(at),
                ClockMessage::SongPosition(sixteenths) => tempo.midi_song_position(at, sixteenths),
            }
        }
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
