//! Phrases: the phrase analysis that rekordbox made of a track, and where the leading deck is in it.
//!
//! Tracks come from an export read before the show ([`prolink::export`](super::prolink::export)); at show time only the
//! number of the track that plays is matched. Pure and stepped.

use std::collections::HashMap;
use std::sync::Arc;

use super::Clock;
use crate::units::Seconds;

/// A deck's place is forgotten when it reported nothing for this long.
const STALE_S: f64 = 3.0;
/// The reported beat and the clock's may differ by this much, because the report is a moment old.
const SLACK_BEATS: f64 = 0.25;
/// A track whose tempo differs by more is another medium's track of the same number.
const SAME_BPM: f64 = 0.1;

/// What kind of phrase it is, as rekordbox calls them; its moods' finer kinds are not told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhraseKind {
    Intro,
    Up,
    Down,
    Verse,
    Bridge,
    Chorus,
    Outro,
}

impl PhraseKind {
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Intro, "intro"),
        (Self::Up, "up"),
        (Self::Down, "down"),
        (Self::Verse, "verse"),
        (Self::Bridge, "bridge"),
        (Self::Chorus, "chorus"),
        (Self::Outro, "outro"),
    ];

    /// The word for listings.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

/// One phrase of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// Its first beat; the track's first is 1.
    pub beat: u32,
    pub kind: PhraseKind,
    /// From this beat on to its end there is a fill.
    pub fill_beat: Option<u32>,
}

/// One analysed track.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    pub title: String,
    /// At ×1, if it is known.
    pub bpm: Option<f64>,
    /// By their beats.
    pub phrases: Vec<Phrase>,
    /// The beat at which the last phrase ends.
    pub end_beat: u32,
}

/// Tracks by their number in the export.
#[derive(Clone, Debug, Default)]
pub struct Collection(pub HashMap<u32, Track>);

/// Where the leading deck is, as it reported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeckPlace {
    pub track_id: u32,
    /// At ×1.
    pub bpm: Option<f64>,
    /// The beat that sounds, from 1.
    pub beat: u32,
}

/// The phrase at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhraseNow {
    pub kind: PhraseKind,
    pub track_id: u32,
    /// Which phrase of the track, from 0.
    pub index: usize,
    /// The beat of the clock at which it begins.
    pub begins_beats: f64,
    /// The clock's beats since it began, and to the next one or the end.
    pub since_beats: f64,
    pub to_next_beats: f64,
    pub in_fill: bool,
    /// How much of the track's beats has gone by, 0 to 1.
    pub through_track: f32,
}

/// Follows the leading deck through its track.
#[derive(Clone, Debug, Default)]
pub struct Phrases {
    collection: Arc<Collection>,
    heard: Option<HeardDeck>,
}

#[derive(Clone, Copy, Debug)]
struct HeardDeck {
    at: Seconds,
    track_id: u32,
    /// The clock's beats per beat of the deck.
    scale: f64,
    /// The deck's beats less the clock's at that scale.
    ahead: f64,
}

impl Phrases {
    #[must_use]
    pub fn new(collection: Arc<Collection>) -> Self {
        Self { collection, heard: None }
    }

    /// The leading deck reported its place at `at`; `None` when it stands still or has no known track. The clock runs
    /// `scale` beats to one of the deck's ([`Tempo::scale`](super::Tempo::scale)).
    pub fn hear(&mut self, at: Seconds, place: Option<DeckPlace>, clock: &Clock, scale: f64) {
        let known = place.filter(|place| self.knows(place));
        self.heard = known.map(|place| {
            let (told, ours) = (f64::from(place.beat), clock.at(at).beats / scale);
            let fits = |ahead: f64| (-SLACK_BEATS..1.0 + SLACK_BEATS).contains(&(ours + ahead - told));
            let same = |heard: &HeardDeck| heard.track_id == place.track_id && heard.scale == scale;
            let before = self.heard.filter(|heard| same(heard) && fits(heard.ahead));
            // ×2 turns on any beat: the deck's may lie between two whole ones of ours at that scale.
            let steps = scale.max(1.0);
            let ahead = before.map_or(told - (ours * steps).floor() / steps, |heard| heard.ahead);
            HeardDeck { at, track_id: place.track_id, scale, ahead }
        });
    }

    fn knows(&self, place: &DeckPlace) -> bool {
        let track = self.collection.0.get(&place.track_id);
        track.is_some_and(|track| track.bpm.zip(place.bpm).is_none_or(|(a, b)| (a - b).abs() <= SAME_BPM))
    }

    /// The phrase at `t`, which may be a little ahead of `now`; `None` while no deck reports a known track.
    #[must_use]
    pub fn at(&self, now: Seconds, t: Seconds, clock: &Clock) -> Option<PhraseNow> {
        let heard = self.heard.filter(|heard| now.since(heard.at) <= STALE_S)?;
        let track = self.collection.0.get(&heard.track_id)?;
        let place = clock.at(t).beats / heard.scale + heard.ahead;
        let index = track.phrases.iter().rposition(|phrase| f64::from(phrase.beat) <= place)?;
        let phrase = track.phrases[index];
        let end = f64::from(track.phrases.get(index + 1).map_or(track.end_beat, |next| next.beat));
        (place < end).then(|| PhraseNow {
            kind: phrase.kind,
            track_id: heard.track_id,
            index,
            begins_beats: (f64::from(phrase.beat) - heard.ahead) * heard.scale,
            since_beats: (place - f64::from(phrase.beat)) * heard.scale,
            to_next_beats: (end - place) * heard.scale,
            in_fill: phrase.fill_beat.is_some_and(|beat| place >= f64::from(beat)),
            through_track: ((place - 1.0) / f64::from(track.end_beat.max(2) - 1)) as f32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tempo::Tempo;
    use crate::units::Bpm;

    fn phrase(beat: u32, kind: PhraseKind, fill_beat: Option<u32>) -> Phrase {
        Phrase { beat, kind, fill_beat }
    }

    fn track() -> Track {
        let phrases = vec![phrase(1, PhraseKind::Intro, None), phrase(33, PhraseKind::Chorus, Some(61))];
        Track { title: "a".into(), bpm: Some(120.0), phrases, end_beat: 65 }
    }

    fn place(beat: u32, bpm: f64) -> Option<DeckPlace> {
        Some(DeckPlace { track_id: 7, bpm: Some(bpm), beat })
    }

    #[test]
    fn the_deck_is_followed_through_its_track() {
        let mut phrases = Phrases::new(Arc::new(Collection([(7, track())].into())));
        let mut tempo = Tempo::new(Bpm(120.0));
        let mut changes = Vec::new();
        let (mut told, mut last) = (0, None);
        // Beat n of the track is beat n + 2 of the clock; the deck tells every 0.2 s, up to a fifth of a beat late.
        for k in 0..17_500 {
            let now = Seconds(f64::from(k) * 0.002);
            let clock = tempo.step(now);
            if k % 100 == 0 {
                told += 1;
                let late = f64::from(told % 5) * 0.02;
                let beat = clock.at(now.after(-late)).beats.floor() - 2.0;
                phrases.hear(now, if beat < 1.0 { None } else { place(beat as u32, 120.0) }, &clock, 1.0);
            }
            let found = phrases.at(now, now, &clock);
            if found.map(|p| p.index) != last {
                last = found.map(|p| p.index);
                changes.push((clock.at(now).beats, found.map(|p| p.kind)));
            }
            if let Some(p) = found {
                assert!((p.since_beats + p.begins_beats - clock.at(now).beats).abs() < 1e-9);
                assert_eq!(p.in_fill, p.index == 1 && p.since_beats >= 28.0 - 1e-9);
            }
        }
        let kinds: Vec<_> = changes.iter().map(|(_, kind)| *kind).collect();
        assert_eq!(kinds, [Some(PhraseKind::Intro), Some(PhraseKind::Chorus), None], "{changes:?}");
        // The first is known as soon as the deck has told.
        for (found, (wanted, late)) in changes.iter().zip([(3.0, 0.41), (35.0, 0.01), (67.0, 0.01)]) {
            assert!((0.0..late).contains(&(found.0 - wanted)), "{changes:?}");
        }
    }

    #[test]
    fn strangers_silence_and_jumps() {
        let mut phrases = Phrases::new(Arc::new(Collection([(7, track())].into())));
        let clock = Clock::default();
        let at =
            |phrases: &Phrases, t: f64| phrases.at(Seconds(t), Seconds(t), &clock).map(|p| (p.index, p.since_beats));
        phrases.hear(Seconds(1.0), place(5, 128.0), &clock, 1.0);
        assert_eq!(at(&phrases, 1.0), None, "another medium's track 7");
        phrases.hear(Seconds(1.0), place(5, 120.0), &clock, 1.0);
        assert_eq!(at(&phrases, 1.0), Some((0, 4.0)));
        phrases.hear(Seconds(1.5), place(40, 120.0), &clock, 1.0);
        assert_eq!(at(&phrases, 1.5), Some((1, 7.0)), "the DJ jumped");
        assert_eq!(at(&phrases, 4.6), None, "nobody told for three seconds");
        phrases.hear(Seconds(5.0), None, &clock, 1.0);
        assert_eq!(at(&phrases, 5.0), None);
        // At ×2 a beat of the deck is two of the clock: the default clock is at beat 12 after 6 s, the deck at its 7th.
        phrases.hear(Seconds(6.0), place(7, 120.0), &clock, 2.0);
        let found = phrases.at(Seconds(6.0), Seconds(6.0), &clock).unwrap();
        assert_eq!((found.since_beats, found.to_next_beats, found.begins_beats), (12.0, 52.0, 0.0));
        // It may have turned to ×2 on an odd beat: the deck's beats then lie between every two of ours.
        phrases.hear(Seconds(6.4), None, &clock, 2.0);
        let begins = [(6.51, 7), (6.9, 7), (7.3, 7), (7.49, 7), (7.51, 8), (8.4, 8), (8.6, 9)].map(|(t, beat)| {
            phrases.hear(Seconds(t), place(beat, 120.0), &clock, 2.0);
            phrases.at(Seconds(t), Seconds(t), &clock).unwrap().begins_beats
        });
        assert!(begins.windows(2).all(|pair| pair[0] == pair[1]), "{begins:?}");
        phrases.hear(Seconds(5.0), Some(DeckPlace { track_id: 8, bpm: None, beat: 1 }), &clock, 1.0);
        assert_eq!(at(&phrases, 5.0), None);
    }
}
