//! Who may move the clock: the best source that is alive, by a fixed order.

use super::clock::ClockSource;

/// A source that said nothing for this long has left the lead to others; the clock coasts meanwhile.
const STALE_S: f64 = 3.0;
/// A machine must have been heard this often in a row before it takes the lead.
const GOOD_SIGHTINGS: u32 = 4;
/// Pro DJ Link beats carry their tempo: while nobody leads, two in a row are enough.
const GOOD_DECK_BEATS: u32 = 2;

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    last_s: f64,
    in_a_row: u32,
}

/// The sources heard so far and the one that leads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lead {
    source: ClockSource,
    /// Only this one and hands may lead, when set.
    only: Option<ClockSource>,
    seen: [Seen; ClockSource::ALL.len()],
    /// Taps lead until they are released or a source agrees with them.
    tapped: bool,
    /// Whether each source agreed with the taps while they went on, or when it was first heard after them.
    agreed: [Option<bool>; ClockSource::ALL.len()],
}

impl Lead {
    pub fn new() -> Self {
        let (seen, agreed) = ([Seen::default(); ClockSource::ALL.len()], [None; ClockSource::ALL.len()]);
        Self { source: ClockSource::Free, only: None, seen, tapped: false, agreed }
    }

    pub fn source(&self) -> ClockSource {
        self.source
    }

    /// Restricts the lead to one machine, `None` lets the order decide; whether that is a change.
    pub fn restrict(&mut self, only: Option<ClockSource>) -> bool {
        std::mem::replace(&mut self.only, only) != only
    }

    /// Taps, or a tempo set by hand (`Free`), change the lead at once.
    pub fn take(&mut self, source: ClockSource, now_s: f64) {
        self.source = source;
        self.seen[source.rank()] = Seen { last_s: now_s, in_a_row: GOOD_SIGHTINGS };
        self.tapped = source == ClockSource::Tap;
        self.agreed = [None; ClockSource::ALL.len()];
    }

    /// Whether taps do not keep `source` from the lead. The answer is kept once tapping is over: a tapped tempo that is
    /// a little off drifts past the beat of any source, and would agree with it by chance.
    fn may_follow_taps(&mut self, source: ClockSource, now_s: f64, agrees: bool) -> bool {
        let tapping = now_s - self.seen[ClockSource::Tap.rank()].last_s <= STALE_S;
        let verdict = self.agreed[source.rank()].filter(|_| !tapping).unwrap_or(agrees);
        self.agreed[source.rank()] = Some(verdict);
        !self.tapped || verdict
    }

    /// Taps no longer count: whoever is alive may lead.
    pub fn release_taps(&mut self) {
        if std::mem::take(&mut self.tapped) {
            self.seen[ClockSource::Tap.rank()] = Seen::default();
            self.source = ClockSource::Free;
        }
    }

    /// `source` was heard: whether it may move the clock, and whether it has just taken the lead. Taps give way to a
    /// source that `agrees` with them, and to others only once they are released.
    pub fn heard(&mut self, source: ClockSource, now_s: f64, agrees: bool) -> Option<LeadTurn> {
        let seen = &mut self.seen[source.rank()];
        let broken = now_s - seen.last_s > STALE_S;
        *seen = Seen { last_s: now_s, in_a_row: if broken { 1 } else { seen.in_a_row.saturating_add(1) } };
        let needed = match source {
            ClockSource::ProLink if self.source == ClockSource::Free => GOOD_DECK_BEATS,
            sure if sure.is_sure_of_itself() => 1,
            _ => GOOD_SIGHTINGS,
        };
        let ready = seen.in_a_row >= needed;
        let wanted = self.only.is_none_or(|only| only == source);
        let may = self.may_follow_taps(source, now_s, agrees);
        if !wanted || !ready || !may || self.better_than(source, now_s) {
            return None;
        }
        let turn = if self.source == source { LeadTurn::Goes } else { LeadTurn::Takes };
        self.source = source;
        self.tapped = false;
        Some(turn)
    }

    /// Whether an established source of higher rank is alive.
    fn better_than(&self, source: ClockSource, now_s: f64) -> bool {
        let wanted = |rank: usize| self.only.is_none_or(|only| only.rank() == rank || ClockSource::Tap.rank() == rank);
        let alive = |seen: &Seen| seen.in_a_row >= GOOD_SIGHTINGS && now_s - seen.last_s <= STALE_S;
        self.seen.iter().enumerate().skip(source.rank() + 1).any(|(rank, seen)| wanted(rank) && alive(seen))
    }

    /// The leading machine went away or is no longer wanted: true once, when the clock begins to coast.
    pub fn lets_go(&mut self, now_s: f64) -> bool {
        let machine = !matches!(self.source, ClockSource::Free | ClockSource::Tap);
        let unwanted = self.only.is_some_and(|only| only != self.source);
        let gone = machine && (unwanted || now_s - self.seen[self.source.rank()].last_s > STALE_S);
        if gone {
            self.source = ClockSource::Free;
        }
        gone
    }

    /// `source` is known to be gone before it is stale.
    pub fn lose(&mut self, source: ClockSource) -> bool {
        self.seen[source.rank()] = Seen { last_s: f64::NEG_INFINITY, in_a_row: 0 };
        let led = self.source == source;
        if led {
            self.source = ClockSource::Free;
        }
        led
    }
}

/// What a heard source may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeadTurn {
    /// It leads since now.
    Takes,
    /// It goes on leading.
    Goes,
}
