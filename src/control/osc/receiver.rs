//! What a datagram does: events to the conductor, answers to the sender, complaints to the log.
//!
//! Called by the socket thread for every datagram; knows no socket and no clock, so tests can step it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rosc::{OscMessage, OscPacket, OscType};

use super::beats::{Beats, News};
use super::framing::{Piece, pieces};
use super::meaning::{Meaning, Refusal, meaning};
use super::message::{Message, decode};
use super::once::Once;
use super::{Counters, CurrentText, OscConfig, pattern};
use crate::control::Input;
use crate::param::{self, Event, Id, Kind, Origin, Snapshot};
use crate::rt;
use crate::tempo::Source;
use crate::units::Seconds;

/// Largest datagram that is looked into.
pub const DATAGRAM: usize = 16 * 1024;

/// Answers to one datagram: a wildcard query of every parameter fits, an amplifier for attacks does not.
const ANSWERS: usize = 128;

pub struct Receiver {
    events: rt::Sender<Input>,
    beats: Beats,
    base: rt::Reader<Snapshot>,
    text: CurrentText,
    pub remote_text: Arc<AtomicBool>,
    counters: Arc<Counters>,
    /// Segments of every parameter's address.
    addresses: Vec<(Id, Vec<&'static str>)>,
    unknown: Once,
    misunderstood: Once,
    refused: Once,
}

/// Who sent a datagram and when.
#[derive(Clone, Copy)]
pub struct Arrival {
    pub from: SocketAddr,
    pub at: Seconds,
    /// NTP time of the machine's clock, which bundles' time tags are compared with.
    pub ntp: u64,
}

impl Receiver {
    pub fn new(
        config: OscConfig,
        events: rt::Sender<Input>,
        base: rt::Reader<Snapshot>,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            events,
            beats: Beats::default(),
            base,
            text: config.text,
            remote_text: Arc::new(AtomicBool::new(config.remote_text)),
            counters,
            addresses: Id::all().map(|id| (id, id.row().id.split('.').collect())).collect(),
            unknown: Once::default(),
            misunderstood: Once::default(),
            refused: Once::default(),
        }
    }

    /// Plays one datagram; answers to its sender are put into `answers`.
    pub fn datagram(&mut self, bytes: &[u8], arrival: Arrival, answers: &mut Vec<Vec<u8>>) {
        Counters::add(&self.counters.received);
        if bytes.len() > DATAGRAM {
            Counters::add(&self.counters.dropped);
            return;
        }
        pieces(bytes, |piece| match piece {
            Piece::Bundle(time) if time > arrival.ntp => Counters::add(&self.counters.early),
            Piece::Bundle(_) => {}
            Piece::Malformed => Counters::add(&self.counters.malformed),
            Piece::Message(bytes) => match decode(bytes) {
                Some(message) => self.message(&message, arrival, answers),
                None => Counters::add(&self.counters.malformed),
            },
        });
    }

    fn message(&mut self, message: &Message, arrival: Arrival, answers: &mut Vec<Vec<u8>>) {
        if message.address == "/halation/ping" {
            answer(answers, "/halation/pong".into(), Vec::new());
            return;
        }
        let mut found = false;
        for place in 0..self.addresses.len() {
            let (id, segments) = &self.addresses[place];
            let id = *id;
            if let Some(norm) = hits(&message.address, segments) {
                found = true;
                self.parameter(id, norm, message, arrival, answers);
            }
        }
        if !found && !self.beat(message, arrival.at) {
            Counters::add(&self.counters.unknown);
            if let Some(shown) = self.unknown.first(&message.address) {
                let near = near_address(&message.address);
                tracing::warn!("OSC: nothing is at {shown}{near} (from {})", arrival.from);
            }
        }
    }

    /// Whether `message` is about beats; one that is seen goes to the conductor.
    fn beat(&mut self, message: &Message, at: Seconds) -> bool {
        match self.beats.hear(message, at) {
            None => return false,
            Some(News::Nothing) => {}
            Some(News::Beat(sighting)) => self.send(Input::Beat { at, source: Source::Osc, sighting }),
        }
        true
    }

    fn send(&self, input: Input) {
        let counters = &self.counters;
        Counters::add(if self.events.send(input) { &counters.events } else { &counters.dropped });
    }

    fn parameter(&mut self, id: Id, norm: bool, message: &Message, arrival: Arrival, answers: &mut Vec<Vec<u8>>) {
        match meaning(id, norm, &message.arguments) {
            Ok(Meaning::Change(change)) => {
                if id == param::PROMPT_TEXT && !self.may_write(arrival.from) {
                    return;
                }
                self.send(Input::Event(Event { at: arrival.at, origin: Origin::Osc, id, change }));
            }
            Ok(Meaning::Query) => self.query(id, norm, answers),
            Ok(Meaning::Nothing) => {}
            Err(Refusal::NotFinite) => Counters::add(&self.counters.dropped),
            Err(Refusal::NotUnderstood) => {
                // A wildcard may well hit parameters that cannot use its arguments.
                if pattern::is_pattern(&message.address) {
                    return;
                }
                Counters::add(&self.counters.malformed);
                if let Some(shown) = self.misunderstood.first(&message.address) {
                    let arguments = shown_arguments(&message.arguments);
                    let wants = match id.row().kind {
                        Kind::Choice { names, .. } => format!("; it is one of {}", names.join(", ")),
                        _ => String::new(),
                    };
                    tracing::warn!("OSC: {shown} cannot use {arguments} (from {}){wants}", arrival.from);
                }
            }
        }
    }

    /// Whether `from` may write texts; a refusal is counted and said once per sender.
    fn may_write(&mut self, from: SocketAddr) -> bool {
        let allowed = self.remote_text.load(Ordering::Relaxed) || from.ip().to_canonical().is_loopback();
        if !allowed {
            Counters::add(&self.counters.refused);
            if let Some(sender) = self.refused.first(&from.ip().to_string()) {
                tracing::warn!(
                    "OSC: {sender} wants to write a prompt; the show allows that with `remote_text = true` at its top"
                );
            }
        }
        allowed
    }

    /// Answers with the base value at the parameter's own address.
    fn query(&mut self, id: Id, norm: bool, answers: &mut Vec<Vec<u8>>) {
        let row = id.row();
        let mut address = format!("/{}", row.id.replace('.', "/"));
        let value = self.base.read().base[id];
        let value = match row.kind {
            _ if norm => {
                address += "/norm";
                OscType::Float(row.travel_of(value))
            }
            Kind::Float { .. } => OscType::Float(value),
            Kind::Int { .. } => OscType::Int(value.round() as i32),
            Kind::Choice { names, .. } => {
                OscType::String(names.get(value.round().max(0.0) as usize).copied().unwrap_or_default().into())
            }
            Kind::Text if id == param::PROMPT_TEXT => OscType::String((self.text)().to_string()),
            Kind::Text => OscType::String(String::new()),
            Kind::Trigger => return,
        };
        answer(answers, address, vec![value]);
    }
}

/// Whether `address`, perhaps a pattern, means the parameter with these `segments`; `Some(true)` for its `/norm`.
fn hits(address: &str, segments: &[&str]) -> Option<bool> {
    let mut asked = address.strip_prefix('/')?.split('/');
    for segment in segments {
        let pattern = asked.next()?;
        if pattern != *segment && !pattern::matches(pattern, segment) {
            return None;
        }
    }
    match (asked.next(), asked.next()) {
        (None, _) => Some(false),
        (Some("norm"), None) => Some(true),
        _ => None,
    }
}

fn answer(answers: &mut Vec<Vec<u8>>, addr: String, args: Vec<OscType>) {
    if answers.len() >= ANSWERS {
        return;
    }
    if let Ok(bytes) = rosc::encoder::encode(&OscPacket::Message(OscMessage { addr, args })) {
        answers.push(bytes);
    }
}

/// `; did you mean …?` for an unknown address, or nothing.
fn near_address(address: &str) -> String {
    let id = address.trim_start_matches('/').replace('/', ".");
    let near = param::nearest(&id).map(|near| near.replace('.', "/"));
    near.map_or_else(String::new, |near| format!("; did you mean /{near}?"))
}

fn shown_arguments(arguments: &[OscType]) -> String {
    match arguments.first() {
        None => "a message without arguments".into(),
        Some(OscType::String(text)) => format!("\"{}\"", text.chars().take(40).collect::<String>()),
        Some(first) => format!("{first:?}").chars().take(40).collect(),
    }
}
