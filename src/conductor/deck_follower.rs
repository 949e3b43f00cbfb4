//! Where the leading deck is in its track, and what is known of that track.

use std::sync::Arc;

use crate::tempo::{Clock, Collection, DeckPlace, PhraseNow, Phrases, Tempo};
use crate::units::Seconds;

/// A deck that told nothing for this long, in seconds, may be anywhere.
const POSITION_STALE_S: f64 = 3.0;

/// Phrases and position of the deck that leads. Fed by the decks' packets, stepped by the conductor.
#[derive(Default)]
pub struct DeckFollower {
    phrases: Phrases,
    /// Track and index of the phrase that sounds.
    phrase: Option<(u32, usize)>,
    phrases_begun: u64,
    /// How far through its track, 0 to 1, the deck last said that it was, and when.
    position: Option<(Seconds, f32)>,
}

/// The leading deck at one step.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeckNow {
    pub phrase: Option<PhraseNow>,
    /// Phrases that have begun so far.
    pub phrases_begun: u64,
    /// How far through its track the deck is, 0 to 1; 0 while nobody tells.
    pub through_track: f32,
}

impl DeckFollower {
    /// The tracks whose phrases are known.
    pub fn know(&mut self, collection: Arc<Collection>) {
        self.phrases = Phrases::new(collection);
    }

    /// The leading deck told where it is.
    pub fn hear(&mut self, at: Seconds, place: Option<DeckPlace>, tempo: &Tempo) {
        self.phrases.hear(at, place, &tempo.clock(), tempo.scale());
    }

    /// The leading deck told how far through its track it is, 0 to 1.
    pub fn hear_position(&mut self, at: Seconds, share: f32) {
        self.position = share.is_finite().then_some((at, share.clamp(0.0, 1.0)));
    }

    /// The phrase that will sound at `then`, as known at `now`.
    pub fn phrase_at(&self, now: Seconds, then: Seconds, clock: &Clock) -> Option<PhraseNow> {
        self.phrases.at(now, then, clock)
    }

    /// Moves on to `now`; `music` is what then sounds on the wall. A phrase that begins is counted and told to `tempo`.
    pub fn step(&mut self, now: Seconds, music: Seconds, tempo: &mut Tempo) -> DeckNow {
        let phrase = self.phrases.at(now, music, &tempo.clock());
        let key = phrase.map(|phrase| (phrase.track_id, phrase.index));
        if std::mem::replace(&mut self.phrase, key) != key
            && let Some(phrase) = &phrase
        {
            self.phrases_begun += 1;
            tempo.start_phrase(now, phrase.begins_beats);
        }
        // The position that the deck reports, while it is fresh; else the one counted from its beats.
        let told = self.position.filter(|(at, _)| now.since(*at) <= POSITION_STALE_S);
        let counted = || phrase.map_or(0.0, |phrase| phrase.through_track);
        let through_track = told.map_or_else(counted, |(_, share)| share);
        DeckNow { phrase, phrases_begun: self.phrases_begun, through_track }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Bpm;

    #[test]
    fn a_position_is_believed_until_it_is_stale() {
        let (mut decks, mut tempo) = (DeckFollower::default(), Tempo::new(Bpm(120.0)));
        let mut at = |decks: &mut DeckFollower, s: f64| decks.step(Seconds(s), Seconds(s), &mut tempo).through_track;
        assert_eq!(at(&mut decks, 0.0), 0.0, "nobody tells");
        decks.hear_position(Seconds(1.0), 1.5);
        assert_eq!((at(&mut decks, 1.0), at(&mut decks, 4.0)), (1.0, 1.0));
        assert_eq!(at(&mut decks, 4.1), 0.0);
        decks.hear_position(Seconds(5.0), f32::NAN);
        assert_eq!(at(&mut decks, 5.0), 0.0, "no position");
    }
}
