//! What OSC tells the conductor between two of its ticks: the newest value of each parameter, and every press.
//!
//! The socket threads put inputs in, the conductor takes them out without ever waiting. A value that nobody has taken
//! yet is replaced by the next one of its parameter, so that a flood costs the conductor one change a parameter and
//! tick; presses, steps and texts keep their number and their order among the values. What still does not fit costs
//! the oldest, never a release.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use crate::control::ControlInput;
use crate::param::{self, COUNT, Change, Event, Kind};

/// Inputs that may wait for a tick.
const ROOM: usize = 1024;

/// The inputs that wait for the next tick.
struct Letters {
    waiting: VecDeque<ControlInput>,
    /// Running number of the oldest in `waiting`.
    first: usize,
    /// Per parameter: the running number of its newest value, while nothing after it depends on the order.
    newest: [Option<usize>; COUNT],
    /// Releases that had to make room: older than anything that waits.
    releases: Vec<ControlInput>,
}

impl Default for Letters {
    fn default() -> Self {
        let (waiting, releases) = (VecDeque::with_capacity(ROOM), Vec::new());
        Self { waiting, first: 0, newest: [None; COUNT], releases }
    }
}

impl Letters {
    fn put(&mut self, input: ControlInput) -> bool {
        let value = value_of(&input);
        let place = value.and_then(|id| self.newest[id.index()]).and_then(|number| number.checked_sub(self.first));
        if let Some(older) = place.and_then(|place| self.waiting.get_mut(place)) {
            *older = input;
            return true;
        }
        let fits = self.waiting.len() < ROOM;
        if !fits && let Some(gone) = self.waiting.pop_front() {
            self.first += 1;
            if is_release(&gone) && self.releases.len() < ROOM {
                self.releases.push(gone);
            }
        }
        match value {
            Some(id) => self.newest[id.index()] = Some(self.first + self.waiting.len()),
            None => self.order_counts(&input),
        }
        self.waiting.push_back(input);
        fits
    }

    /// Later values must not be moved to before `input`.
    fn order_counts(&mut self, input: &ControlInput) {
        let ControlInput::Event(Event { id, change, .. }) = input else { return };
        for &other in ordered_with(*id) {
            self.newest[other.index()] = None;
        }
        let of_all = matches!(*id, param::PROMPT_SLOT | param::MASTER_PANIC | param::PARAM_RELEASE)
            || matches!(change, Change::Release(_));
        if of_all {
            self.newest = [None; COUNT];
        } else {
            self.newest[id.index()] = None;
        }
    }
}

/// Values that mean something else after the trigger `id` than before it.
fn ordered_with(id: param::Id) -> &'static [param::Id] {
    use param::{
        DREAM_CUT, PROMPT_QUANTISE, TEMPO_BPM, TEMPO_DOUBLE, TEMPO_HALVE, TEMPO_HOLD, TEMPO_NUDGE, TEMPO_RESYNC,
        TEMPO_SOURCE, TEMPO_TAP,
    };
    match id {
        DREAM_CUT => &[PROMPT_QUANTISE],
        TEMPO_TAP | TEMPO_RESYNC | TEMPO_NUDGE | TEMPO_DOUBLE | TEMPO_HALVE => &[TEMPO_BPM, TEMPO_HOLD, TEMPO_SOURCE],
        _ => &[],
    }
}

/// The parameter that `input` gives a value which a later one replaces.
fn value_of(input: &ControlInput) -> Option<param::Id> {
    let ControlInput::Event(Event { id, change: Change::Set(_) | Change::Normalized(_), .. }) = input else {
        return None;
    };
    let plain = !matches!(id.row().kind, Kind::Trigger | Kind::Text);
    (plain && *id != param::PROMPT_SLOT).then_some(*id)
}

fn is_release(input: &ControlInput) -> bool {
    matches!(input, ControlInput::Event(Event { change: Change::Release(_), .. }))
}

/// Both ends of it; a clone is another way to the same box.
#[derive(Clone, Default)]
pub struct Mailbox {
    letters: Arc<Mutex<Letters>>,
    /// What was taken out, on its way to the conductor; kept for its room.
    taken: VecDeque<ControlInput>,
}

impl Mailbox {
    /// Puts `input` in; false when an older one had to go for it.
    pub fn put(&self, input: ControlInput) -> bool {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).put(input)
    }

    /// Hands out everything that waits, oldest first. Never waits: what is being put in now comes with the next tick.
    pub fn take(&mut self, out: &mut impl FnMut(ControlInput)) {
        let mut letters = match self.letters.try_lock() {
            Ok(letters) => letters,
            Err(TryLockError::Poisoned(letters)) => letters.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let Letters { waiting, first, newest, releases } = &mut *letters;
        if waiting.is_empty() && releases.is_empty() {
            return;
        }
        *first += waiting.len();
        *newest = [None; COUNT];
        let releases = std::mem::take(releases);
        std::mem::swap(waiting, &mut self.taken);
        // What the conductor does with them is not done under the lock.
        drop(letters);
        releases.into_iter().for_each(&mut *out);
        self.taken.drain(..).for_each(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::param::Origin;
    use crate::units::Seconds;

    fn event(id: param::Id, change: Change) -> ControlInput {
        ControlInput::Event(Event { at: Seconds(0.0), origin: Origin::Osc, id, change })
    }

    fn taken(mailbox: &mut Mailbox) -> Vec<ControlInput> {
        let mut all = Vec::new();
        mailbox.take(&mut |input| all.push(input));
        all
    }

    #[test]
    fn values_are_newest_wins_and_presses_keep_their_order() {
        let mut mailbox = Mailbox::default();
        let zoom = |value| event(param::MOTION_ZOOM, Change::Set(value));
        let bank = |value| event(param::PROMPT_BANK, Change::Set(value));
        let slot = event(param::PROMPT_SLOT, Change::Set(2.0));
        let cut = event(param::DREAM_CUT, Change::Set(1.0));
        for input in [zoom(0.1), bank(1.0), cut.clone(), zoom(0.2), cut.clone(), slot.clone(), zoom(0.3), bank(2.0)] {
            assert!(mailbox.put(input));
        }
        let expected = [zoom(0.2), bank(1.0), cut.clone(), cut.clone(), slot, zoom(0.3), bank(2.0)];
        assert_eq!(taken(&mut mailbox), expected);
        mailbox.put(zoom(0.4));
        assert_eq!(taken(&mut mailbox), [zoom(0.4)], "what was taken is not replaced any more");
        let quantise = |value| event(param::PROMPT_QUANTISE, Change::Set(value));
        for input in [quantise(0.0), cut.clone(), quantise(4.0)] {
            mailbox.put(input);
        }
        assert_eq!(taken(&mut mailbox), [quantise(0.0), cut.clone(), quantise(4.0)]);
        let step = event(param::MOTION_ZOOM, Change::Steps(1.0));
        assert!([zoom(0.5), step.clone(), zoom(0.6)].into_iter().all(|input| mailbox.put(input)));
        assert_eq!(taken(&mut mailbox), [zoom(0.5), step, zoom(0.6)]);
    }

    #[test]
    fn what_does_not_fit_costs_the_oldest_but_no_release() {
        let mut mailbox = Mailbox::default();
        let release = event(param::PROMPT_SLOT, Change::Release(0.0));
        mailbox.put(release.clone());
        let cut = |n| event(param::DREAM_CUT, Change::Set(n as f32));
        let fitted = (0..ROOM + 5).filter(|n| mailbox.put(cut(*n))).count();
        assert_eq!(fitted, ROOM - 1);
        let all = taken(&mut mailbox);
        assert_eq!((all.len(), &all[0], &all[1]), (ROOM + 1, &release, &cut(5)));
    }
}
