//! Where keys stand in time, and which of them a moment lies between. Asked once per schedule and tick; no allocation.

use std::collections::HashSet;

use super::moment::{Elsewhen, Moment};
use super::variable::Variable;

/// What a key's place is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Unit {
    Frames,
    Seconds,
    Beats,
}

/// The place of a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub at: f64,
    pub unit: Unit,
}

impl Place {
    pub fn frame(at: f64) -> Self {
        Place { at, unit: Unit::Frames }
    }

    /// How far away it is, in its own unit.
    fn ahead(&self, moment: &Moment) -> f64 {
        self.at
            - moment.get(match self.unit {
                Unit::Frames => Variable::T,
                Unit::Seconds => Variable::Sec,
                Unit::Beats => Variable::Beat,
            })
    }

    /// How far away it is in beats, at the running tempo.
    fn beats_ahead(&self, moment: &Moment) -> f64 {
        self.ahead(moment)
            * match self.unit {
                Unit::Frames => moment.beats_per_frame(),
                Unit::Seconds => moment.get(Variable::Bpm) / 60.0,
                Unit::Beats => 1.0,
            }
    }

    /// This moment as it will be, or was, at this place.
    pub fn seen_from<'a>(&self, moment: &'a Moment) -> Elsewhen<'a> {
        let beats = self.beats_ahead(moment);
        match self.unit {
            // Exactly the key's frame, which rounds down to itself.
            Unit::Frames => moment.elsewhen(self.at, moment.get(Variable::Beat) + beats),
            Unit::Seconds => moment.moved(beats),
            Unit::Beats => moment.elsewhen(moment.get(Variable::T) + moment.frames_in(beats), self.at),
        }
    }
}

/// Keys' places: ascending where all are counted in one unit, else as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Timeline {
    places: Vec<Place>,
    mixed: bool,
}

/// Where a moment lies among keys, by their numbers.
pub(super) struct Between {
    pub last: Option<usize>,
    pub next: Option<usize>,
    /// How far the way from the last to the next is, 0 to 1.
    pub way: f64,
}

impl Timeline {
    /// Orders `keys`; of two at one place the later stays.
    pub fn order<T>(keys: Vec<(Place, T)>) -> (Timeline, Vec<T>) {
        let first_unit = keys.first().map(|(place, _)| place.unit);
        let mixed = keys.iter().any(|(place, _)| Some(place.unit) != first_unit);
        let mut seen = HashSet::with_capacity(keys.len());
        // + 0.0: there are two zeros.
        let mut kept: Vec<(Place, T)> =
            keys.into_iter().rev().filter(|(p, _)| seen.insert((p.unit, (p.at + 0.0).to_bits()))).collect();
        kept.reverse();
        if !mixed {
            kept.sort_by(|a, b| a.0.at.total_cmp(&b.0.at));
        }
        let (places, rest) = kept.into_iter().unzip();
        (Timeline { places, mixed }, rest)
    }

    pub fn place(&self, key: usize) -> Option<Place> {
        self.places.get(key).copied()
    }

    /// The key that comes first at this tempo.
    pub fn first(&self, moment: &Moment) -> usize {
        let ahead = |place: &Place| place.beats_ahead(moment);
        let earliest = self.places.iter().enumerate().min_by(|a, b| ahead(a.1).total_cmp(&ahead(b.1)));
        if self.mixed { earliest.map_or(0, |(key, _)| key) } else { 0 }
    }

    /// The keys round `moment`.
    pub fn between(&self, moment: &Moment) -> Between {
        if self.mixed {
            return self.between_mixed(moment);
        }
        let passed = self.places.partition_point(|place| place.ahead(moment) <= 0.0);
        let last = passed.checked_sub(1);
        let next = (passed < self.places.len()).then_some(passed);
        let ahead = |key: Option<usize>| key.and_then(|key| self.place(key)).map_or(0.0, |p| p.ahead(moment));
        Between { last, next, way: way(ahead(last), ahead(next)) }
    }

    fn between_mixed(&self, moment: &Moment) -> Between {
        let (mut last, mut next) = (None::<(usize, f64)>, None::<(usize, f64)>);
        for (key, place) in self.places.iter().enumerate() {
            let beats = place.beats_ahead(moment);
            if place.ahead(moment) <= 0.0 {
                if last.is_none_or(|(_, best)| beats >= best) {
                    last = Some((key, beats));
                }
            } else if next.is_none_or(|(_, best)| beats < best) {
                next = Some((key, beats));
            }
        }
        let beats = |key: Option<(usize, f64)>| key.map_or(0.0, |(_, beats)| beats);
        Between { last: last.map(|(key, _)| key), next: next.map(|(key, _)| key), way: way(beats(last), beats(next)) }
    }
}

fn way(last_ahead: f64, next_ahead: f64) -> f64 {
    let length = next_ahead - last_ahead;
    if length > 0.0 { -last_ahead / length } else { 0.0 }
}
