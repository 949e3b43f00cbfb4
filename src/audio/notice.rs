//! What there is to say about the sound, as it happens: beats, and in the end a summary. `halation listen` prints it.

use serde::Serialize;

use super::features::{DRUMS, Features};
use super::section::Passage;
use super::tempo_feed::TempoFeed;
use crate::tempo::Tempo;
use crate::units::{Bpm, Seconds};

/// When trust comes between two beats, the one before is told only if it is no older than this.
const NEWS_S: f32 = 0.05;

/// Something heard. `t` is the time of the sound in seconds of the file (or since the start), `known` the time at
/// which it was decided.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Notice {
    Beat {
        t: f64,
        known: f64,
        /// Counts from 0.
        index: u64,
        /// 1 to 4, as the clock counts when only ears lead it, and whether it was heard where the bar begins.
        beat_in_bar: u8,
        bar_known: bool,
        bpm: f64,
        confidence: f32,
    },
    Onset {
        t: f64,
        known: f64,
        /// kick, snare or hat.
        class: &'static str,
        strength: f32,
    },
    Section {
        t: f64,
        known: f64,
        name: &'static str,
    },
    Drop {
        t: f64,
        known: f64,
        strength: f32,
    },
    Summary {
        t: f64,
        known: f64,
        /// Of the last beat; 0 when there was none.
        bpm: f64,
        beats: u64,
        /// Mean over everything heard.
        energy: f64,
        /// Integrated, LUFS.
        loudness: f32,
        /// How much faster than the music this went.
        times_realtime: f64,
        /// Faults of the input at any time: overdriven, off zero, one channel upside down.
        clipped: bool,
        dc: bool,
        inverted: bool,
    },
}

/// Turns features, step by step, into notices.
pub struct Watcher {
    tempo: Tempo,
    feed: TempoFeed,
    last_beat_s: f64,
    was_sure: bool,
    passage: Passage,
    /// Strokes counted so far, by drum.
    struck: [u64; 3],
    beats: u64,
    bpm: f64,
    energy_sum: f64,
    steps: u64,
    /// Clipped, off zero, inverted.
    faults: [bool; 3],
}

impl Default for Watcher {
    fn default() -> Self {
        Self {
            tempo: Tempo::new(Bpm(120.0)),
            feed: TempoFeed::default(),
            last_beat_s: f64::NEG_INFINITY,
            was_sure: false,
            passage: Passage::default(),
            struck: [0; 3],
            beats: 0,
            bpm: 0.0,
            energy_sum: 0.0,
            steps: 0,
            faults: [false; 3],
        }
    }
}

impl Watcher {
    /// Tells `say` what is new in `heard`.
    pub fn step(&mut self, heard: &Features, say: &mut impl FnMut(Notice)) {
        let now = Seconds(heard.time_s);
        self.feed.step(now, heard, &mut self.tempo);
        self.tempo.step(now);
        self.energy_sum += f64::from(heard.energy);
        self.steps += 1;
        for (ever, now) in self.faults.iter_mut().zip([heard.clip, heard.dc, heard.inverted]) {
            *ever |= now;
        }
        self.notice_drums(heard, say);
        self.notice_passage(heard, say);
        self.notice_beat(heard, say);
    }

    fn notice_drums(&mut self, heard: &Features, say: &mut impl FnMut(Notice)) {
        let known = heard.time_s;
        for ((drum, class), struck) in heard.drums.iter().zip(DRUMS).zip(&mut self.struck) {
            if std::mem::replace(struck, drum.count) != drum.count {
                let t = (known - f64::from(drum.age_s)).max(0.0);
                say(Notice::Onset { t, known, class, strength: drum.strength });
            }
        }
    }

    fn notice_passage(&mut self, heard: &Features, say: &mut impl FnMut(Notice)) {
        let before = std::mem::replace(&mut self.passage, heard.passage);
        let (now, t) = (heard.passage, heard.time_s);
        if now.drops != before.drops {
            say(Notice::Drop { t, known: t, strength: now.drop_strength });
        }
        if now.section != before.section {
            let began = (t - f64::from(now.known_after_s)).max(0.0);
            say(Notice::Section { t: began, known: t, name: now.section.name() });
        }
    }

    fn notice_beat(&mut self, heard: &Features, say: &mut impl FnMut(Notice)) {
        let pulse = &heard.pulse;
        let t = heard.time_s - f64::from(pulse.age_s);
        let was_sure = std::mem::replace(&mut self.was_sure, pulse.is_sure());
        // The line may move a little, and its newest beat may be one that was reported already.
        if !pulse.is_sure() || t - self.last_beat_s < 0.5 * f64::from(pulse.period_s) {
            return;
        }
        self.last_beat_s = t;
        if !was_sure && pulse.age_s > NEWS_S {
            return;
        }
        self.bpm = f64::from(pulse.bpm());
        let nearest = self.tempo.clock().at(Seconds(t + 0.25 * f64::from(pulse.period_s)));
        say(Notice::Beat {
            t,
            known: heard.time_s,
            index: self.beats,
            beat_in_bar: nearest.beat_in_bar + 1,
            bar_known: nearest.bar_known,
            bpm: self.bpm,
            confidence: pulse.confidence,
        });
        self.beats += 1;
    }

    /// The end; `took_s` is how long it took to hear it.
    #[must_use]
    pub fn summary(&self, heard: &Features, took_s: f64) -> Notice {
        Notice::Summary {
            t: heard.time_s,
            known: heard.time_s,
            bpm: self.bpm,
            beats: self.beats,
            energy: self.energy_sum / self.steps.max(1) as f64,
            loudness: heard.loudness.integrated_lufs,
            times_realtime: heard.time_s / took_s.max(1e-9),
            clipped: self.faults[0],
            dc: self.faults[1],
            inverted: self.faults[2],
        }
    }
}
