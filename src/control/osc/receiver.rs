//! What a datagram does: events to the conductor, answers to the sender, complaints to the log.
//!
//! Called by the socket thread for every datagram; knows no socket and no clock, so tests can step it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rosc::{OscMessage, OscPacket, OscType};

use super::addresses::{Addresses, Hit};
use super::beats::{Beats, News};
use super::budget::{Budget, Load};
use super::framing::{Piece, pieces};
use super::mailbox::Mailbox;
use super::meaning::{Meaning, Refusal, meaning};
use super::message::{Message, decode, decode_without_slash};
use super::once::Once;
use super::{CurrentText, OscConfig, OscCounters, OscCounts, pattern};
use crate::control::ControlInput;
use crate::param::{self, Change, Event, Id, Kind, Origin, Snapshot};
use crate::rt;
use crate::tempo::ClockSource;
use crate::units::Seconds;

/// Largest datagram that is looked into.
pub const DATAGRAM: usize = 16 * 1024;

/// Answers to one datagram: a wildcard query of every parameter fits.
const ANSWERS: usize = 128;
/// Answers to wildcard queries a second: enough for a tablet that asks for everything, too few to amplify an attack.
const WILDCARD_ANSWERS_PER_S: u32 = 512;
/// Seconds that a postponed pattern waits at least.
const POSTPONED_S: f64 = 0.02;
/// Routes that may be plugged in or out a second: each is a text to be read.
const PATCHES_PER_S: u32 = 20;

/// Everything that datagrams of one port mean.
pub struct OscReceiver {
    events: Mailbox,
    beats: Beats,
    base: rt::Reader<Snapshot>,
    text: CurrentText,
    pub(super) remote_text: Arc<AtomicBool>,
    counters: Arc<OscCounters>,
    addresses: Addresses,
    /// What the message at hand means; kept for its memory.
    hits: Vec<Hit>,
    load: Load,
    wildcard_answers: Budget,
    patches: Budget,
    /// The newest message that exceeded the pattern budget. It is obeyed later: a control's final position counts.
    postponed: Option<(Message, DatagramArrival)>,
    said: Said,
}

/// What was said already, by address or sender.
#[derive(Default)]
struct Said {
    unknown: Once,
    misunderstood: Once,
    refused: Once,
    overloaded: Once,
    slashless: Once,
    garbled: Once,
}

/// Who sent a datagram and when.
#[derive(Clone, Copy)]
pub struct DatagramArrival {
    pub from: SocketAddr,
    pub at: Seconds,
    /// NTP time of the machine's clock, which bundles' time tags are compared with.
    pub ntp: u64,
}

/// A datagram to whoever asked.
pub struct Answer {
    pub to: SocketAddr,
    pub bytes: Vec<u8>,
}

impl OscReceiver {
    /// A receiver without a socket: its owner hands it datagrams, in virtual time. Where `config` listens does not
    /// count.
    #[must_use]
    pub fn stepped(config: OscConfig, events: Mailbox, base: rt::Reader<Snapshot>) -> Self {
        Self::new(config, events, base, Arc::default())
    }

    pub(super) fn new(
        config: OscConfig,
        events: Mailbox,
        base: rt::Reader<Snapshot>,
        counters: Arc<OscCounters>,
    ) -> Self {
        Self {
            events,
            beats: Beats::default(),
            base,
            text: config.text,
            remote_text: Arc::new(AtomicBool::new(config.remote_text)),
            counters,
            addresses: Addresses::default(),
            hits: Vec::new(),
            load: Load::default(),
            wildcard_answers: Budget::new(WILDCARD_ANSWERS_PER_S, ANSWERS as u32),
            patches: Budget::new(PATCHES_PER_S, PATCHES_PER_S),
            postponed: None,
            said: Said::default(),
        }
    }

    /// Totals since the start.
    #[must_use]
    pub fn counts(&self) -> OscCounts {
        self.counters.totals()
    }

    /// Plays one datagram; answers to its sender are put into `answers`.
    pub fn datagram(&mut self, bytes: &[u8], arrival: DatagramArrival, answers: &mut Vec<Answer>) {
        OscCounters::add(&self.counters.received);
        self.catch_up(arrival.at, arrival.from.is_ipv6(), answers);
        if self.load.arrives(arrival.at) {
            self.say_overload(arrival.from);
        }
        if bytes.len() > DATAGRAM {
            OscCounters::add(&self.counters.dropped);
            return;
        }
        pieces(bytes, |piece| match piece {
            Piece::Bundle(time) if time > arrival.ntp => OscCounters::add(&self.counters.early),
            Piece::Bundle(_) => {}
            Piece::Malformed => self.garbage(arrival.from),
            Piece::Message(bytes) => match decode(bytes) {
                Some(message) => self.message(message, arrival, answers),
                None => match decode_without_slash(bytes) {
                    Some(message) => self.without_slash(message, arrival, answers),
                    None => self.garbage(arrival.from),
                },
            },
        });
    }

    /// What is done every 20 ms, whether anything arrives or not.
    pub fn tick(&mut self, now: Seconds, ipv6: bool, answers: &mut Vec<Answer>) {
        self.catch_up(now, ipv6, answers);
    }

    /// Obeys the pattern that was postponed, when there is time.
    fn catch_up(&mut self, now: Seconds, ipv6: bool, answers: &mut Vec<Answer>) {
        if let Some((_, arrival)) = &self.postponed
            && arrival.from.is_ipv6() == ipv6
            && now.since(arrival.at) >= POSTPONED_S
            && let Some((message, arrival)) = self.postponed.take()
        {
            self.message(message, DatagramArrival { at: now, ..arrival }, answers);
        }
    }

    fn garbage(&mut self, from: SocketAddr) {
        OscCounters::add(&self.counters.malformed);
        if let Some(sender) = self.said.garbled.first(&from.ip().to_string()) {
            tracing::warn!("OSC: {sender} sends what is no OSC; check what its program sends to this port");
        }
    }

    fn without_slash(&mut self, message: Message, arrival: DatagramArrival, answers: &mut Vec<Answer>) {
        if let Some(shown) = self.said.slashless.first(&message.address) {
            let (bare, from) = (shown.trim_start_matches('/'), arrival.from);
            tracing::warn!("OSC: an address begins with a slash: {bare} is taken for {shown} (from {from})");
        }
        self.message(message, arrival, answers);
    }

    /// More than can be obeyed arrived, or had to be dropped, in this second.
    fn say_overload(&mut self, from: SocketAddr) {
        OscCounters::add(&self.counters.overloads);
        if self.said.overloaded.first(&from.ip().to_string()).is_some() {
            tracing::warn!(
                "OSC: more arrives than can be obeyed (from {} among others): of each parameter the newest value \
                 counts, what is over is dropped; let the sender send fewer messages a second",
                from.ip()
            );
        }
    }

    /// Something of `from` had to be dropped because there is too much of it.
    fn drop_one(&mut self, from: SocketAddr) {
        OscCounters::add(&self.counters.dropped);
        if self.load.too_much() {
            self.say_overload(from);
        }
    }

    fn message(&mut self, message: Message, arrival: DatagramArrival, answers: &mut Vec<Answer>) {
        if message.address == "/halation/ping" {
            answer(answers, arrival.from, "/halation/pong".into(), Vec::new());
            return;
        }
        let mut hits = std::mem::take(&mut self.hits);
        if !self.addresses.find(&message.address, arrival.at, &mut hits) {
            self.drop_one(arrival.from);
            self.hits = hits;
            self.postponed = Some((message, arrival));
            return;
        }
        // An older postponed message to the same address must not be obeyed after this one.
        self.postponed.take_if(|(older, _)| older.address == message.address);
        if hits.is_empty() {
            self.elsewhere(&message, arrival);
        }
        for &(id, norm) in &hits {
            self.parameter(id, norm, &message, arrival, answers);
        }
        self.hits = hits;
    }

    /// No parameter is meant: a beat, or nothing.
    fn elsewhere(&mut self, message: &Message, arrival: DatagramArrival) {
        if self.beat(message, arrival) {
            return;
        }
        OscCounters::add(&self.counters.unknown);
        if let Some(shown) = self.said.unknown.first(&message.address) {
            let near = near_address(&message.address);
            tracing::warn!("OSC: nothing is at {shown}{near} (from {})", arrival.from);
        }
    }

    /// Whether `message` is about beats; one that is seen goes to the conductor.
    fn beat(&mut self, message: &Message, arrival: DatagramArrival) -> bool {
        match self.beats.hear(message, arrival.at) {
            None => return false,
            Some(News::Nothing) => {}
            Some(News::Beat(sighting)) => {
                self.send(ControlInput::Beat { at: arrival.at, source: ClockSource::Osc, sighting }, arrival.from);
            }
        }
        true
    }

    fn send(&mut self, input: ControlInput, from: SocketAddr) {
        if !self.events.put(input) {
            self.drop_one(from);
        }
        OscCounters::add(&self.counters.events);
    }

    fn parameter(
        &mut self,
        id: Id,
        norm: bool,
        message: &Message,
        arrival: DatagramArrival,
        answers: &mut Vec<Answer>,
    ) {
        match meaning(id, norm, &message.arguments) {
            Ok(Meaning::Change(change)) => {
                let writes = matches!(id.row().kind, Kind::Text);
                if writes && !self.may_write(id, arrival.from) {
                    return;
                }
                if id == param::ROUTE_PATCH && !self.patches.spend(arrival.at) {
                    return self.drop_one(arrival.from);
                }
                if let (param::PARAM_RELEASE, Change::Text(name)) = (id, &change)
                    && let Err(says) = param::by_name_or_address(name)
                {
                    return self.complain(&message.address, &says, arrival.from);
                }
                self.send(ControlInput::Event(Event { at: arrival.at, origin: Origin::Osc, id, change }), arrival.from);
            }
            Ok(Meaning::Query) => {
                if !pattern::is_pattern(&message.address) || self.wildcard_answers.spend(arrival.at) {
                    self.query(id, norm, arrival.from, answers);
                }
            }
            Ok(Meaning::Nothing) => {}
            Err(Refusal::NotFinite) => OscCounters::add(&self.counters.dropped),
            Err(Refusal::NotUnderstood) => {
                // A wildcard may well hit parameters that cannot use its arguments.
                if pattern::is_pattern(&message.address) {
                    return;
                }
                let arguments = shown_arguments(&message.arguments);
                self.complain(&message.address, &format!("it cannot use {arguments}{}", wants(id)), arrival.from);
            }
        }
    }

    /// Counts a message that its parameter cannot use, and says so once an address.
    fn complain(&mut self, address: &str, why: &str, from: SocketAddr) {
        OscCounters::add(&self.counters.malformed);
        if let Some(shown) = self.said.misunderstood.first(address) {
            tracing::warn!("OSC: {shown}: {why} (from {from})");
        }
    }

    /// Whether `from` may write texts; a refusal is counted and said once per sender.
    fn may_write(&mut self, id: Id, from: SocketAddr) -> bool {
        let allowed = self.remote_text.load(Ordering::Relaxed) || from.ip().to_canonical().is_loopback();
        if !allowed {
            OscCounters::add(&self.counters.refused);
            if let Some(sender) = self.said.refused.first(&from.ip().to_string()) {
                let what = if id == param::ROUTE_PATCH { "plug a route" } else { "write a prompt" };
                tracing::warn!(
                    "OSC: {sender} wants to {what}; the show allows that with `remote_text = true` at its top"
                );
            }
        }
        allowed
    }

    /// Answers with the base value at the parameter's own address.
    fn query(&mut self, id: Id, norm: bool, to: SocketAddr, answers: &mut Vec<Answer>) {
        let row = id.row();
        let mut address = format!("/{}", row.id.replace('.', "/"));
        let value = self.base.read().base[id];
        let value = match row.kind {
            _ if norm => {
                address += "/norm";
                OscType::Float(row.normalized(value))
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
        answer(answers, to, address, vec![value]);
    }
}

fn answer(answers: &mut Vec<Answer>, to: SocketAddr, addr: String, args: Vec<OscType>) {
    if answers.len() >= ANSWERS {
        return;
    }
    if let Ok(bytes) = rosc::encoder::encode(&OscPacket::Message(OscMessage { addr, args })) {
        answers.push(Answer { to, bytes });
    }
}

/// `; did you mean …?` for an unknown address, or nothing.
fn near_address(address: &str) -> String {
    let id = address.trim_start_matches('/').replace('/', ".");
    let near = param::nearest(&id).map(|near| near.replace('.', "/"));
    near.map_or_else(String::new, |near| format!("; did you mean /{near}?"))
}

/// What a parameter takes, as the end of a sentence.
fn wants(id: Id) -> String {
    match id.row().kind {
        Kind::Choice { names, .. } => format!("; it is one of {}", names.join(", ")),
        Kind::Float { min, max, .. } => format!("; it is a number, {min} … {max}"),
        Kind::Int { min, max, .. } => format!("; it is a number, {min} … {max}"),
        Kind::Text => "; it is a text".into(),
        Kind::Trigger => String::new(),
    }
}

fn shown_arguments(arguments: &[OscType]) -> String {
    match arguments.first() {
        None => "a message without arguments".into(),
        Some(OscType::String(text)) => format!("\"{}\"", text.chars().take(40).collect::<String>()),
        Some(OscType::Int(number)) => number.to_string(),
        Some(OscType::Float(number)) => number.to_string(),
        Some(first) => format!("{first:?}").chars().take(40).collect(),
    }
}
