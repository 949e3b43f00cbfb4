//! Where the leading deck is in its track, and what is known of that track.

use std::sync::Arc;

use super::Conductor;
use crate::tempo::{Collection, DeckPlace, PhraseNow, Phrases};
use crate::units::Seconds;

/// A deck that told nothing for this long may be anywhere.
const NEEDLE_STALE_S: f64 = 3.0;

impl Conductor {
    /// The tracks whose phrases are known.
    pub fn know(&mut self, collection: Arc<Collection>) {
        self.phrases = Phrases::new(collection);
    }

    /// The leading deck told where it is.
    pub fn hear_deck(&mut self, at: Seconds, place: Option<DeckPlace>) {
        self.phrases.hear(at, place, &self.tempo.clock(), self.tempo.scale());
    }

    /// The leading deck told how far through its track it is, 0 to 1.
    pub fn hear_needle(&mut self, at: Seconds, share: f32) {
        self.needle = share.is_finite().then_some((at, share.clamp(0.0, 1.0)));
    }

    /// How far the leading deck is through its track, as its needle says or else its beats.
    pub(super) fn through_track(&self, now: Seconds, phrase: Option<&PhraseNow>) -> f32 {
        let needle = self.needle.filter(|(at, _)| now.since(*at) <= NEEDLE_STALE_S);
        needle.map_or_else(|| phrase.map_or(0.0, |phrase| phrase.through_track), |(_, share)| share)
    }

    /// The phrase at `music`; counts those that begin.
    pub(super) fn follow_phrases(&mut self, now: Seconds, music: Seconds) -> Option<PhraseNow> {
        let phrase = self.phrases.at(now, music, &self.tempo.clock());
        let key = phrase.map(|phrase| (phrase.track_id, phrase.index));
        if std::mem::replace(&mut self.phrase, key) != key && key.is_some() {
            self.phrases_begun += 1;
            if let Some(phrase) = &phrase {
                self.tempo.start_phrase(now, phrase.begins_beats);
            }
        }
        phrase
    }
}
