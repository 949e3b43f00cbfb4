//! What is not obeyed: counted, said once an address or sender in the log, and told to a sender that subscribed.

use std::net::SocketAddr;

use rosc::OscType;

use super::OscCounters;
use super::answers::{Answer, answer};
use super::receiver::OscReceiver;
use crate::param::{self, Id};

impl OscReceiver {
    /// Whether `from` may play at all; a refusal is counted, and said once a machine.
    pub fn lets_in(&mut self, from: SocketAddr) -> bool {
        let admitted = self.access.admits(from.ip());
        if !admitted {
            OscCounters::add(&self.counters.refused);
            if let Some(sender) = self.said.shut_out.first(&from.ip().to_string()) {
                tracing::warn!("{sender} is not on the list of --allow: what it sends is left out");
            }
        }
        admitted
    }

    /// `from` may look and not touch.
    pub fn refuse(&mut self, from: SocketAddr) {
        OscCounters::add(&self.counters.refused);
        if let Some(sender) = self.said.shut_out.first(&format!("{} touches", from.ip())) {
            tracing::warn!(
                "{sender} a fader without the passcode: it may look, the passcode stands at the start of this log"
            );
        }
    }

    pub(super) fn garbage(&mut self, from: SocketAddr) {
        OscCounters::add(&self.counters.malformed);
        if let Some(sender) = self.said.garbled.first(&from.ip().to_string()) {
            tracing::warn!(
                "OSC: {sender} sends what is no OSC; check what its program sends to this port, or to the web port"
            );
        }
    }

    /// More than can be obeyed arrived, or had to be dropped, in this second.
    pub(super) fn say_overload(&mut self, from: SocketAddr) {
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
    pub(super) fn drop_one(&mut self, from: SocketAddr) {
        OscCounters::add(&self.counters.dropped);
        if self.load.too_much() {
            self.say_overload(from);
        }
    }

    /// Tells a subscriber why its message did nothing.
    pub(super) fn tell_error(&self, address: &str, why: &str, from: SocketAddr, answers: &mut Vec<Answer>) {
        let Some(to) = self.peers().told_at(from) else { return };
        let says = [address, why].map(|text| OscType::String(text.into())).into();
        answer(answers, to, "/halation/error".into(), says);
    }

    /// Counts a message that its parameter cannot use, and says so once an address.
    pub(super) fn complain(&mut self, address: &str, why: &str, from: SocketAddr, answers: &mut Vec<Answer>) {
        OscCounters::add(&self.counters.malformed);
        self.tell_error(address, why, from, answers);
        if let Some(shown) = self.said.misunderstood.first(address) {
            tracing::warn!("OSC: {shown}: {why} (from {from})");
        }
    }

    /// The same for what is written by hand again and again until it is right: each mistake is said once.
    pub(super) fn complain_of_text(&mut self, address: &str, why: &str, from: SocketAddr, answers: &mut Vec<Answer>) {
        OscCounters::add(&self.counters.malformed);
        self.tell_error(address, why, from, answers);
        if self.said.misunderstood.first(why).is_some() {
            tracing::warn!("OSC: {address}: {why} (from {from})");
        }
    }

    /// Whether `from` may write texts; a refusal is counted and said once per sender.
    pub(super) fn may_write(&mut self, id: Id, from: SocketAddr) -> bool {
        let allowed = self.access.may_write(from.ip());
        if !allowed {
            OscCounters::add(&self.counters.refused);
            if let Some(sender) = self.said.refused.first(&from.ip().to_string()) {
                let what = match id {
                    param::ROUTE_PATCH => "plug a route",
                    param::SCHEDULE_SET => "schedule a parameter",
                    param::SHOW_LOAD => "load a show",
                    param::PARAM_RELEASE => "teach a control",
                    _ => "write a prompt",
                };
                tracing::warn!(
                    "OSC: {sender} wants to {what}; the show allows that with `remote_text = true` at its top"
                );
            }
        }
        allowed
    }

    /// A text with a word that is on the show's block-list.
    pub(super) fn block(&mut self, from: SocketAddr, answers: &mut Vec<Answer>) {
        OscCounters::add(&self.counters.refused);
        self.tell_error("/prompt/text", "a word in it is blocked", from, answers);
        if let Some(sender) = self.said.blocked.first(&from.ip().to_string()) {
            tracing::warn!(
                "OSC: {sender} wrote a prompt with a word that the show blocks; further ones are only counted"
            );
        }
    }
}
