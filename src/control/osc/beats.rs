//! Beats that other programs send over OSC: our own `/tempo/beat`, and what rkbx_link sends for rekordbox.
//!
//! | address | arguments |
//! |---|---|
//! | `/tempo/beat` | none, or the beat in the bar from 1, or that and the tempo: now is a beat |
//! | `/beat/master`, `/beat` | beats since the track's first one, many times a second |
//! | `/bpm/master/current`, `/bpm/current` | the tempo they go at |
//!
//! Stepped by the socket thread with every message that is no parameter's.

use rosc::OscType;

use super::message::Message;
use crate::tempo::Sighting;
use crate::units::{Bpm, Seconds};

/// Gaps between our own beats that make the tempo, when nobody says it: their median.
const GAPS: usize = 4;
/// A gap of less than this share of the usual one was a beat sent twice; of so many times it, a beat that got lost.
const TWICE: f64 = 0.3;
const LOST: std::ops::Range<f64> = 1.8..2.2;
const LONGEST_GAP_S: f64 = 3.0;
/// A counter that jumps by more than this was moved, and its beat is not trusted until the next.
const JUMP_BEATS: f64 = 1.0;

/// What was heard so far.
#[derive(Debug, Default)]
pub struct Beats {
    /// Tempo said by rkbx_link, and its counter.
    bpm: Option<f64>,
    counted: Option<f64>,
    /// Our own beats: the last one, and the gaps before it, newest last.
    last: Option<Seconds>,
    gaps_s: Vec<f64>,
    /// Gaps in a row of which each looked as if a beat had got lost.
    lost: usize,
}

/// What a message about beats means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum News {
    /// Understood, but no beat passed.
    Nothing,
    Beat(Sighting),
}

impl Beats {
    /// What `message`, arrived `at`, says; `None` when it is not about beats.
    pub fn hear(&mut self, message: &Message, at: Seconds) -> Option<News> {
        let number = |k: usize| message.arguments.get(k).and_then(finite);
        match message.address.as_str() {
            "/tempo/beat" => Some(self.own_beat(number(0), number(1), at)),
            "/bpm/master/current" | "/bpm/current" => {
                self.bpm = number(0).filter(|bpm| (20.0..=500.0).contains(bpm));
                Some(News::Nothing)
            }
            "/beat/master" | "/beat" => Some(self.counter(number(0)?, at)),
            _ => None,
        }
    }

    fn own_beat(&mut self, beat_in_bar: Option<f64>, said_bpm: Option<f64>, at: Seconds) -> News {
        let usual_s = self.usual_gap_s();
        let gap_s = self.last.map(|last| at.since(last));
        if gap_s.zip(usual_s).is_some_and(|(gap_s, usual_s)| gap_s < TWICE * usual_s) {
            return News::Nothing;
        }
        self.last = Some(at);
        match gap_s {
            Some(gap_s) if gap_s < LONGEST_GAP_S => self.measure(gap_s, usual_s),
            _ => (self.lost, self.gaps_s) = (0, Vec::new()),
        }
        let measured = self.usual_gap_s().filter(|gap_s| *gap_s > 0.0).map(|gap_s| 60.0 / gap_s);
        let Some(bpm) = said_bpm.filter(|bpm| *bpm > 0.0).or(measured) else { return News::Nothing };
        let beat_in_bar = beat_in_bar.filter(|n| (1.0..=4.0).contains(n)).map(|n| n as u8 - 1);
        News::Beat(Sighting { at, bpm: Bpm(bpm), beat_in_bar, confidence: 1.0 })
    }

    /// Takes a gap in. As many lost beats in a row as make a median are half the tempo.
    fn measure(&mut self, gap_s: f64, usual_s: Option<f64>) {
        let seems_lost = usual_s.is_some_and(|usual_s| LOST.contains(&(gap_s / usual_s)));
        self.lost = if seems_lost { self.lost + 1 } else { 0 };
        if self.lost == GAPS {
            self.gaps_s.fill(gap_s);
            self.lost = 0;
            return;
        }
        self.gaps_s.push(if seems_lost { gap_s / 2.0 } else { gap_s });
        if self.gaps_s.len() > GAPS {
            self.gaps_s.remove(0);
        }
    }

    /// The median of enough gaps.
    fn usual_gap_s(&self) -> Option<f64> {
        let mut gaps_s: [f64; GAPS] = self.gaps_s.as_slice().try_into().ok()?;
        gaps_s.sort_by(f64::total_cmp);
        Some((gaps_s[GAPS / 2 - 1] + gaps_s[GAPS / 2]) / 2.0)
    }

    fn counter(&mut self, beats: f64, at: Seconds) -> News {
        let before = self.counted.replace(beats);
        let (Some(before), Some(bpm)) = (before, self.bpm) else { return News::Nothing };
        let passed = beats.floor() - before.floor();
        if passed != 1.0 || beats - before > JUMP_BEATS {
            return News::Nothing;
        }
        let at = Seconds(at.0 - beats.fract() * 60.0 / bpm);
        let beat_in_bar = Some(beats.floor().rem_euclid(4.0) as u8);
        News::Beat(Sighting { at, bpm: Bpm(bpm), beat_in_bar, confidence: 1.0 })
    }
}

fn finite(argument: &OscType) -> Option<f64> {
    let number = match argument {
        OscType::Int(n) => f64::from(*n),
        OscType::Long(n) => *n as f64,
        OscType::Float(n) => f64::from(*n),
        OscType::Double(n) => *n,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(address: &str, arguments: Vec<OscType>) -> Message {
        Message { address: address.into(), arguments }
    }

    #[test]
    fn our_own_beats_find_their_tempo_or_are_told() {
        let mut beats = Beats::default();
        for k in 0..6 {
            let at = Seconds(1.0 + 0.5 * f64::from(k));
            let news = beats.hear(&message("/tempo/beat", vec![OscType::Int(k % 4 + 1)]), at);
            match news {
                Some(News::Beat(seen)) if k >= 4 => {
                    assert!((seen.bpm.0 - 120.0).abs() < 1e-6);
                    assert_eq!((seen.at, seen.beat_in_bar), (at, Some((k % 4) as u8)));
                }
                other => assert!(k < 4 && other == Some(News::Nothing), "{k}: {other:?}"),
            }
        }
        // One lost, one sent twice, all a little early or late.
        for k in 6..40 {
            let at = Seconds(1.0 + 0.5 * f64::from(k) + 0.004 * f64::from(k % 3 - 1));
            let times = if k == 13 { 0 } else { 1 + usize::from(k == 21) };
            for twin in 0..times {
                let at = Seconds(at.0 + 0.03 * twin as f64);
                match beats.hear(&message("/tempo/beat", vec![OscType::Int(k % 4 + 1)]), at) {
                    Some(News::Beat(seen)) if twin == 0 => assert!((seen.bpm.0 - 120.0).abs() < 2.0, "{k}: {seen:?}"),
                    other => assert!(twin == 1 && other == Some(News::Nothing), "{k}: {other:?}"),
                }
            }
        }
        let told = message("/tempo/beat", vec![OscType::Int(9), OscType::Float(140.0)]);
        let Some(News::Beat(seen)) = Beats::default().hear(&told, Seconds(2.0)) else { panic!("told") };
        assert_eq!((seen.bpm.0, seen.beat_in_bar), (140.0, None));
        assert_eq!(beats.hear(&message("/beatbox", vec![]), Seconds(0.0)), None);
    }

    #[test]
    fn a_step_to_twice_or_half_the_tempo_is_followed_within_eight_beats() {
        for (before, after) in
            [(85.0, 174.0), (87.0, 174.0), (174.0, 87.0), (170.0, 85.0), (120.0, 61.0), (128.0, 64.0)]
        {
            let (mut beats, mut tempo) = (Beats::default(), crate::tempo::Tempo::new(Bpm(100.0)));
            let mut at = Seconds(1.0);
            for k in 0..40 {
                let bpm = if k < 20 { before } else { after };
                if let Some(News::Beat(sighting)) = beats.hear(&message("/tempo/beat", vec![]), at) {
                    tempo.sight(at, crate::tempo::ClockSource::Osc, &sighting);
                }
                let told = tempo.step(at).at(at).bpm.0;
                if k == 19 || k >= 28 {
                    assert!((told / bpm - 1.0).abs() < 0.02, "{before} to {after}: {told:.1} at beat {k}");
                }
                at = at.after(60.0 / bpm);
            }
        }
    }

    #[test]
    fn a_counter_says_when_its_beat_was() {
        let mut beats = Beats::default();
        beats.hear(&message("/bpm/master/current", vec![OscType::Float(128.0)]), Seconds(0.0));
        let mut seen = Vec::new();
        for k in 0..300u32 {
            let t = 0.01 + f64::from(k) / 60.0;
            let count = (t - 0.3) * 128.0 / 60.0 + 8.0;
            if let Some(News::Beat(beat)) =
                beats.hear(&message("/beat/master", vec![OscType::Float(count as f32)]), Seconds(t))
            {
                seen.push(beat);
            }
        }
        assert!((10..=11).contains(&seen.len()));
        for beat in &seen {
            let number = (beat.at.0 - 0.3) * 128.0 / 60.0 + 8.0;
            assert!((number - number.round()).abs() < 1e-3, "{number}");
            assert_eq!(beat.beat_in_bar, Some(number.round().rem_euclid(4.0) as u8));
        }
        // A jump of the needle is no beat.
        assert_eq!(beats.hear(&message("/beat/master", vec![OscType::Float(99.5)]), Seconds(9.0)), Some(News::Nothing));
        assert_eq!(beats.hear(&message("/beat", vec![OscType::Float(f32::NAN)]), Seconds(9.0)), None);
    }
}
