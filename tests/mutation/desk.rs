//! What reads what hands play: OSC, MIDI, decks and replays, with a conductor behind each as in a show.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;

use halation::app::Replay;
use halation::audio::Features;
use halation::conductor::{Conductor, Settings};
use halation::control::mapping::Mapping;
use halation::control::osc::{DatagramArrival, Mailbox, OscConfig, OscReceiver};
use halation::control::{Carrier, ClockMessage, ControlInput, LearnWish, Midi, Playing};
use halation::dream::TextBoard;
use halation::param::{self, Change};
use halation::rt;
use halation::show;
use halation::tempo::prolink::Network;
use halation::tempo::{ClockSource, Tempo};
use halation::units::{Bpm, Seconds};

use super::corpus::root;

/// Time that passes from input to input.
const APART_S: f64 = 0.003;

/// A conductor and its show time.
struct Desk {
    conductor: Conductor,
    now: Seconds,
}

impl Desk {
    fn new() -> Self {
        let show = show::load(&root().join("mappings/shows/first-light.toml")).expect("the shipped show");
        let texts = TextBoard::new(show.banks);
        Self { conductor: Conductor::new(&Settings::default(), texts, Tempo::new(Bpm(126.0))), now: Seconds(1.0) }
    }

    fn obey(&mut self, input: &ControlInput) {
        match input {
            ControlInput::Event(event) => match &event.change {
                Change::Text(text) if event.id == param::ROUTE_PATCH => {
                    if let Ok((place, route)) = show::patch(text) {
                        self.conductor.patch(place, route);
                    }
                }
                _ => self.conductor.apply(event),
            },
            ControlInput::Beat { at, source, sighting } => self.conductor.tempo_mut().sight(*at, *source, sighting),
            ControlInput::Deck { at, place } => self.conductor.hear_deck(*at, *place),
            ControlInput::Controller { number, value, .. } => self.conductor.hear_controller(*number, *value),
            ControlInput::DeckPosition { at, share } => self.conductor.hear_deck_position(*at, *share),
            ControlInput::Clock { at, message, .. } => {
                let tempo = self.conductor.tempo_mut();
                match message {
                    ClockMessage::Tick => tempo.midi_clock(*at),
                    ClockMessage::Start => tempo.midi_start(*at),
                    ClockMessage::Continue => tempo.midi_continue(*at),
                    ClockMessage::Stop => tempo.midi_stop(*at),
                    ClockMessage::SongPosition(sixteenths) => tempo.midi_song_position(*at, *sixteenths),
                }
            }
        }
    }

    fn step(&mut self) {
        self.now = self.now.after(APART_S);
        let snapshot = self.conductor.step(self.now, &Features::default());
        assert!(
            param::Id::all().all(|id| snapshot.effective[id].is_finite()),
            "a parameter became a number that is none"
        );
    }
}

/// A datagram that became an event, or an answer.
pub fn osc() -> impl FnMut(&[u8]) -> bool {
    let mut desk = Desk::new();
    let mut events = Mailbox::default();
    let (_base, reader) = rt::cell(Playing::default());
    let clock = Arc::new(|| Seconds(0.0));
    let text = Arc::new(|| Arc::from("neon fox"));
    let config =
        OscConfig { listen: None, access: Arc::default(), learn: LearnWish::default(), learnt: None, clock, text };
    let mut receiver = OscReceiver::stepped(config, events.clone(), reader);
    let mut answers = Vec::new();
    move |bytes| {
        let ip = if bytes.len() % 2 == 0 { Ipv4Addr::LOCALHOST } else { Ipv4Addr::new(192, 168, 1, 7) };
        let arrival = DatagramArrival { from: (ip, 5000).into(), at: desk.now, ntp: 1 << 40, carrier: Carrier::Udp };
        let before = receiver.counts().events;
        receiver.datagram(bytes, arrival, &mut answers);
        let accepted = receiver.counts().events > before || !answers.is_empty();
        answers.clear();
        events.take(&mut |input| desk.obey(&input));
        desk.step();
        accepted
    }
}

/// A stream that holds an event: messages one by one as drivers tell them apart, then all of it as one.
pub fn midi() -> impl FnMut(&[u8]) -> bool {
    let mut desk = Desk::new();
    let shipped = ["akai-midimix", "akai-apc40-mk2", "korg-nanokontrol2", "generic"];
    let load = |name: &str| Arc::new(Mapping::load(name.as_ref()).expect("a shipped mapping"));
    let mut midi = Midi::stepped(shipped.map(load));
    move |bytes| {
        let port_index = bytes.len() % 5;
        for message in bytes.chunk_by(|_, next| *next < 0x80).chain([bytes]) {
            midi.receive(port_index, message);
        }
        let mut accepted = false;
        midi.drain(desk.now, &mut |input| {
            accepted = true;
            desk.obey(&input);
        });
        desk.step();
        accepted
    }
}

/// A packet of Pro DJ Link that the network took in; the first byte says the port.
pub fn prolink() -> impl FnMut(&[u8]) -> bool {
    let mut desk = Desk::new();
    let mut network = Network::default();
    move |bytes| {
        let Some((port, packet)) = bytes.split_first() else { return false };
        let from = IpAddr::from([10, 0, 0, port / 64]);
        let heard = network.hear(desk.now.0, from, 50_000 + u16::from(port % 4), packet);
        if let Ok(Some(heard)) = &heard {
            if let Some(beat) = &heard.beat {
                desk.conductor.tempo_mut().sight(desk.now, ClockSource::ProLink, beat);
            }
            let status = network.leader().and_then(|leader| leader.status);
            desk.conductor.hear_deck(desk.now, status.and_then(|status| status.place()));
        }
        desk.step();
        heard.is_ok_and(|heard| heard.is_some())
    }
}

/// A trace that could be replayed.
pub fn replay(file: PathBuf) -> impl FnMut(&[u8]) -> bool {
    let mut desk = Desk::new();
    move |bytes| {
        std::fs::write(&file, bytes).expect("a file");
        let Ok(mut replay) = Replay::load(&file) else { return false };
        while let Some(input) = replay.due(desk.now) {
            desk.obey(&input);
        }
        desk.step();
        true
    }
}
