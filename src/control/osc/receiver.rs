//! What a datagram does: events to the conductor, answers to the sender, complaints to the log.
//!
//! Called by the socket thread for every datagram; knows no socket and no clock, so tests can step it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rosc::OscType;

use super::addresses::{Addresses, Hit};
use super::answers::{Answer, answer};
use super::beats::{Beats, News};
use super::budget::{Budget, Load};
use super::framing::{Piece, pieces};
use super::learnt::Teaching;
use super::mailbox::Mailbox;
use super::meaning::{Meaning, Refusal, meaning};
use super::message::{Message, decode, decode_without_slash};
use super::once::Said;
use super::subscribe::{self, Subscription};
use super::{CurrentText, OscConfig, OscCounters, OscCounts, pattern};
use crate::control::feedback::{Carrier, Form, Peers, Playing, Signal, Subscribed, Topic, address_of};
use crate::control::{Access, ControlInput, scheduled};
use crate::param::{self, Change, Event, Id, Kind, Origin};
use crate::rt;
use crate::tempo::ClockSource;
use crate::units::Seconds;

/// Largest datagram that is looked into.
pub const DATAGRAM: usize = 16 * 1024;

/// Answers to wildcard queries a second: enough for a tablet that asks for everything, too few to amplify an attack.
const WILDCARD_ANSWERS_PER_S: u32 = 512;
/// Seconds that a postponed pattern waits at least.
const POSTPONED_S: f64 = 0.02;
/// Routes that may be plugged in or out a second, and schedules that may be set: each is a text to be read.
const PATCHES_PER_S: u32 = 100;

/// Everything that datagrams of one port mean.
pub struct OscReceiver {
    events: Mailbox,
    beats: Beats,
    known: Known,
    pub(super) access: Arc<Access>,
    pub(super) teaching: Teaching,
    pub(super) peers: Arc<Mutex<Peers>>,
    pub(super) counters: Arc<OscCounters>,
    addresses: Addresses,
    /// What the message at hand means; kept for its memory.
    hits: Vec<Hit>,
    pub(super) load: Load,
    wildcard_answers: Budget,
    patches: Budget,
    /// The newest message that exceeded the pattern budget. It is obeyed later: a control's final position counts.
    postponed: Option<(Message, DatagramArrival)>,
    pub(super) said: Said,
}

/// What questions are answered from.
struct Known {
    newest: rt::Reader<Playing>,
    text: CurrentText,
}

/// Who sent a datagram and when.
#[derive(Clone, Copy)]
pub struct DatagramArrival {
    pub from: SocketAddr,
    pub at: Seconds,
    /// NTP time of the machine's clock, which bundles' time tags are compared with.
    pub ntp: u64,
    pub carrier: Carrier,
}

impl OscReceiver {
    /// A receiver without a socket: its owner hands it datagrams, in virtual time. Where `config` listens does not
    /// count.
    #[must_use]
    pub fn stepped(config: OscConfig, events: Mailbox, newest: rt::Reader<Playing>) -> Self {
        Self::new(config, events, newest, Arc::default())
    }

    pub(super) fn new(
        config: OscConfig,
        events: Mailbox,
        newest: rt::Reader<Playing>,
        counters: Arc<OscCounters>,
    ) -> Self {
        Self {
            events,
            beats: Beats::default(),
            known: Known { newest, text: config.text },
            access: config.access,
            teaching: Teaching::new(config.learn, config.learnt),
            peers: Arc::default(),
            counters,
            addresses: Addresses::default(),
            hits: Vec::new(),
            load: Load::default(),
            wildcard_answers: Budget::new(WILDCARD_ANSWERS_PER_S, super::answers::MOST as u32),
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
        if !self.lets_in(arrival.from) {
            return;
        }
        self.peers().renew(arrival.from, arrival.at);
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

    pub(super) fn peers(&self) -> MutexGuard<'_, Peers> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn without_slash(&mut self, message: Message, arrival: DatagramArrival, answers: &mut Vec<Answer>) {
        if let Some(shown) = self.said.slashless.first(&message.address) {
            let (bare, from) = (shown.trim_start_matches('/'), arrival.from);
            tracing::warn!("OSC: an address begins with a slash: {bare} is taken for {shown} (from {from})");
        }
        self.message(message, arrival, answers);
    }

    fn message(&mut self, message: Message, arrival: DatagramArrival, answers: &mut Vec<Answer>) {
        if message.address == "/halation/ping" {
            answer(answers, arrival.from, "/halation/pong".into(), Vec::new());
            return;
        }
        if matches!(message.address.as_str(), "/learn" | "/halation/learn") {
            return self.teach(&message, arrival, answers);
        }
        if let Some(asked) = subscribe::read(&message, arrival.from) {
            return self.subscription(asked, arrival, answers);
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
        if hits.is_empty() && !self.is_known_otherwise(&message, arrival, answers) {
            hits.extend(self.learnt(&message, arrival).map(|id| (id, true)));
            if hits.is_empty() {
                self.unknown(&message, arrival, answers);
            }
        }
        for &(id, norm) in &hits {
            self.parameter(id, norm, &message, arrival, answers);
        }
        self.hits = hits;
    }

    /// Somebody wants to be told what changes, or no more.
    fn subscription(&mut self, asked: Subscription, arrival: DatagramArrival, answers: &mut Vec<Answer>) {
        let DatagramArrival { from, at, carrier, .. } = arrival;
        let stays = |to: SocketAddr| if carrier == Carrier::Stream { from } else { to };
        match asked {
            Subscription::End { to } => self.peers().unsubscribe(from, stays(to)),
            Subscription::Begin { to, lease_s, norm } => {
                let to = stays(to);
                let became = self.peers().subscribe((from, to), carrier, (true, norm), (at, lease_s));
                match became {
                    Subscribed::Yes => {}
                    Subscribed::Full => return self.drop_one(from),
                    Subscribed::Ourselves => {
                        let why = "that is where Halation itself listens; name the port of your program";
                        return self.complain("/subscribe", why, from, answers);
                    }
                }
                let lease = vec![OscType::Int(to.port().into()), OscType::Float(lease_s as f32)];
                answer(answers, to, "/halation/subscribed".into(), lease);
            }
        }
    }

    /// Whether no parameter is meant but a beat, or a signal that is asked for; either is dealt with.
    fn is_known_otherwise(&mut self, message: &Message, arrival: DatagramArrival, answers: &mut Vec<Answer>) -> bool {
        let signal = Signal::ALL.into_iter().find(|signal| signal.address() == message.address);
        if let Some(signal) = signal {
            let playing = *self.known.newest.read();
            let told = Topic::Signal(signal).arguments(&playing, "", Form::Plain);
            answer(answers, arrival.from, message.address.clone(), told);
        }
        signal.is_some() || self.beat(message, arrival, answers)
    }

    fn unknown(&mut self, message: &Message, arrival: DatagramArrival, answers: &mut Vec<Answer>) {
        OscCounters::add(&self.counters.unknown);
        let near = near_address(&message.address);
        self.tell_error(&message.address, &format!("nothing is there{near}"), arrival.from, answers);
        if let Some(shown) = self.said.unknown.first(&message.address) {
            tracing::warn!("OSC: nothing is at {shown}{near} (from {})", arrival.from);
        }
    }

    /// Whether `message` is about beats; one that is seen goes to the conductor.
    fn beat(&mut self, message: &Message, arrival: DatagramArrival, answers: &mut Vec<Answer>) -> bool {
        match self.beats.hear(message, arrival.at) {
            None => return false,
            Some(News::Nothing) => {}
            Some(News::Refused(why)) => self.complain(&message.address, why, arrival.from, answers),
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
                if !self.lets(id, &change, message, arrival, answers) {
                    return;
                }
                self.peers().touch(arrival.from, id, arrival.at);
                self.send(ControlInput::Event(Event { at: arrival.at, origin: Origin::Osc, id, change }), arrival.from);
            }
            Ok(Meaning::Query) => {
                if !pattern::is_pattern(&message.address) || self.wildcard_answers.spend(arrival.at) {
                    self.query(id, norm, arrival.from, answers);
                }
            }
            Ok(Meaning::Nothing) => {}
            Err(Refusal::NotFinite) => {
                let why = format!("that is not a finite number{}", wants(id));
                self.complain(&message.address, &why, arrival.from, answers);
            }
            Err(Refusal::NotUnderstood) => {
                // A wildcard may well hit parameters that cannot use its arguments.
                if pattern::is_pattern(&message.address) {
                    return;
                }
                let arguments = shown_arguments(&message.arguments);
                let why = format!("it cannot use {arguments}{}", wants(id));
                self.complain(&message.address, &why, arrival.from, answers);
            }
        }
    }

    /// Whether a change of `id` is let through: texts, routes and names are looked at before.
    fn lets(
        &mut self,
        id: Id,
        change: &Change,
        message: &Message,
        arrival: DatagramArrival,
        answers: &mut Vec<Answer>,
    ) -> bool {
        if matches!(id.row().kind, Kind::Text) && !self.may_write(id, arrival.from) {
            return false;
        }
        match (id, change) {
            (param::PROMPT_TEXT | param::SCHEDULE_SET, Change::Text(text)) if self.access.blocks(text) => {
                self.block(arrival.from, answers);
                false
            }
            (param::ROUTE_PATCH | param::SCHEDULE_SET, _) if !self.patches.spend(arrival.at) => {
                self.drop_one(arrival.from);
                false
            }
            (param::SCHEDULE_SET, Change::Text(text)) => match scheduled::read(text) {
                Ok(_) => true,
                Err(says) => {
                    self.complain_of_text(&message.address, &says, arrival.from, answers);
                    false
                }
            },
            (param::PARAM_RELEASE | param::SCHEDULE_CLEAR, Change::Text(name)) => match param::by_name_or_address(name)
            {
                Ok(_) => true,
                Err(says) => {
                    self.complain(&message.address, &says, arrival.from, answers);
                    false
                }
            },
            _ => true,
        }
    }

    /// Answers with the base value at the parameter's own address.
    fn query(&mut self, id: Id, norm: bool, to: SocketAddr, answers: &mut Vec<Answer>) {
        let row = id.row();
        let mut address = address_of(id);
        let value = self.known.newest.read().snapshot.base[id];
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
            Kind::Text if id == param::PROMPT_TEXT => OscType::String((self.known.text)().to_string()),
            Kind::Text => OscType::String(String::new()),
            Kind::Trigger => return,
        };
        answer(answers, to, address, vec![value]);
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
        Kind::Trigger => "; it fires with nothing, with true, or with a number".into(),
    }
}

fn shown_arguments(arguments: &[OscType]) -> String {
    match arguments.first() {
        None => "a message without arguments".into(),
        Some(OscType::String(text)) => format!("\"{}\"", text.chars().take(40).collect::<String>()),
        Some(OscType::Int(number)) => number.to_string(),
        Some(OscType::Float(number)) => number.to_string(),
        Some(OscType::Bool(on)) => on.to_string(),
        Some(_) => "an argument of that type".into(),
    }
}
