//! `/learn`: a wish for a control, and addresses of strangers' layouts that were taught.

use rosc::OscType;

use super::answers::{Answer, answer};
use super::learnt::Teaching;
use super::message::Message;
use super::pattern;
use super::receiver::{DatagramArrival, OscReceiver};
use crate::param::{self, Id, Kind};

impl OscReceiver {
    /// What an address of a stranger's layout was taught to play; a fader that moves while a wish waits is taught.
    pub(super) fn learnt(&mut self, message: &Message, arrival: DatagramArrival) -> Option<Id> {
        let Teaching { wish, learnt, .. } = &mut self.teaching;
        let moves = message.arguments.first().is_some_and(is_number);
        let plain = !pattern::is_pattern(&message.address) && !message.address.contains(char::is_control);
        if let Some(id) = wish.waiting(arrival.at).filter(|_| moves && plain) {
            learnt.learn(&message.address, id);
            wish.done();
            tracing::info!(
                "{} plays {} from now on (from {})",
                message.address.escape_debug(),
                id.row().id,
                arrival.from
            );
        }
        learnt.at(&message.address)
    }

    /// `/learn dream.strength`: the next control, or the next address that nobody knows, plays it.
    pub(super) fn teach(&mut self, message: &Message, arrival: DatagramArrival, answers: &mut Vec<Answer>) {
        // It writes a file of whoever plays here.
        if !self.may_write(param::PARAM_RELEASE, arrival.from) {
            return;
        }
        if !self.teaching.budget.spend(arrival.at) {
            return self.drop_one(arrival.from);
        }
        let Some(OscType::String(name)) = message.arguments.first() else {
            return self.complain(&message.address, "it wants the name of a parameter", arrival.from, answers);
        };
        match param::by_name_or_address(name) {
            Ok(id) if id.row().kind == Kind::Text => {
                self.complain(&message.address, "no control can play a text", arrival.from, answers);
            }
            Ok(id) => {
                self.teaching.wish.ask(id, arrival.at);
                answer(answers, arrival.from, "/halation/learn".into(), vec![OscType::String(id.row().id.into())]);
                tracing::info!(
                    "{} waits for its control: turn a knob slowly to the left, press a pad, or move a fader of the \
                    tablet, within 30 s",
                    id.row().id
                );
            }
            Err(says) => self.complain(&message.address, &says, arrival.from, answers),
        }
    }
}

fn is_number(argument: &OscType) -> bool {
    matches!(argument, OscType::Float(_) | OscType::Int(_) | OscType::Double(_) | OscType::Long(_))
}
