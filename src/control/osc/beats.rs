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

use super::bare::{Arrival, BareBeats};
use super::message::{Message, number};
use crate::tempo::Sighting;
use crate::units::{Bpm, Seconds};

/// A beat that says its tempo is put on the line through those before it when that is as near to it as this.
const SAME_TEMPO: f64 = 0.02;
/// A counter that jumps by more than this was moved, and its beat is not trusted until the next.
const JUMP_BEATS: f64 = 1.0;

/// What was heard so far.
#[derive(Debug, Default)]
pub struct Beats {
    /// Tempo said by rkbx_link, and its counter.
    bpm: Option<f64>,
    counted: Option<f64>,
    /// Our own beats.
    own: BareBeats,
}

/// What a message about beats means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum News {
    /// Understood, but no beat passed.
    Nothing,
    /// Not understood, and what it should be.
    Refused(&'static str),
    Beat(Sighting),
}

impl Beats {
    /// What `message`, arrived `at`, says; `None` when it is not about beats.
    pub fn hear(&mut self, message: &Message, at: Seconds) -> Option<News> {
        let number = |k: usize| message.arguments.get(k).and_then(finite);
        match message.address.as_str() {
            "/tempo/beat" if message.arguments.iter().any(is_odd) => {
                Some(News::Refused("it takes nothing, or the beat in the bar from 1 to 4, and then the tempo in bpm"))
            }
            "/tempo/beat" => Some(self.own_beat(number(0), number(1), at)),
            "/bpm/master/current" | "/bpm/current" => {
                let Some(bpm) = number(0) else { return Some(News::Refused("it takes the tempo in bpm")) };
                self.bpm = Some(bpm).filter(|bpm| (20.0..=500.0).contains(bpm));
                Some(News::Nothing)
            }
            "/beat/master" | "/beat" => {
                Some(number(0).map_or(News::Refused("it takes the number of beats so far"), |n| self.counter(n, at)))
            }
            _ => None,
        }
    }

    fn own_beat(&mut self, beat_in_bar: Option<f64>, said_bpm: Option<f64>, at: Seconds) -> News {
        let measured = match self.own.hear(at.0) {
            Arrival::Twice => return News::Nothing,
            Arrival::Unplaced => None,
            Arrival::Beat(beat) => Some((Seconds(beat.at_s), 60.0 / beat.period_s)),
        };
        let (at, bpm) = match (said_bpm.filter(|bpm| *bpm > 0.0), measured) {
            (Some(said), Some((line, bpm))) if (bpm / said - 1.0).abs() < SAME_TEMPO => (line, said),
            (Some(said), _) => (at, said),
            (None, Some(measured)) => measured,
            (None, None) => return News::Nothing,
        };
        let beat_in_bar = beat_in_bar.filter(|n| (1.0..=4.0).contains(n)).map(|n| n as u8 - 1);
        News::Beat(Sighting { at, bpm: Bpm(bpm), beat_in_bar, confidence: 1.0 })
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

/// Words, and numbers that are not finite: what a mistaken sender sends.
fn is_odd(argument: &OscType) -> bool {
    matches!(argument, OscType::String(_) | OscType::Inf) || number(argument).is_some_and(|number| !number.is_finite())
}

fn finite(argument: &OscType) -> Option<f64> {
    number(argument).filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(address: &str, arguments: Vec<OscType>) -> Message {
        Message { address: address.into(), arguments }
    }

    #[test]
    fn words_and_numbers_without_end_are_no_beats() {
        let mut beats = Beats::default();
        let odd = [OscType::Float(f32::NAN), OscType::Double(f64::INFINITY), OscType::String("one".into())];
        for (argument, address) in odd.into_iter().flat_map(|odd| [(odd.clone(), "/tempo/beat"), (odd, "/beat/master")])
        {
            let news = beats.hear(&message(address, vec![argument]), Seconds(1.0));
            assert!(matches!(news, Some(News::Refused(_))), "{news:?}");
        }
    }

    #[test]
    fn our_own_beats_find_their_tempo_or_are_told() {
        let mut beats = Beats::default();
        for k in 0..6 {
            let at = Seconds(1.0 + 0.5 * f64::from(k));
            let news = beats.hear(&message("/tempo/beat", vec![OscType::Int(k % 4 + 1)]), at);
            match news {
                Some(News::Beat(seen)) if k >= 2 => {
                    assert!((seen.bpm.0 - 120.0).abs() < 1e-6 && (seen.at.0 - at.0).abs() < 1e-9);
                    assert_eq!(seen.beat_in_bar, Some((k % 4) as u8));
                }
                other => assert!(k < 2 && other == Some(News::Nothing), "{k}: {other:?}"),
            }
        }
        // One lost, one sent twice, all a little early or late.
        for k in 6..40 {
            let at = Seconds(1.0 + 0.5 * f64::from(k) + 0.004 * f64::from(k % 3 - 1));
            let times = if k == 13 { 0 } else { 1 + usize::from(k == 21) };
            for twin in 0..times {
                let at = Seconds(at.0 + 0.03 * twin as f64);
                match beats.hear(&message("/tempo/beat", vec![OscType::Int(k % 4 + 1)]), at) {
                    Some(News::Beat(seen)) if twin == 0 => assert!((seen.bpm.0 - 120.0).abs() < 1.0, "{k}: {seen:?}"),
                    other => assert!(twin == 1 && other == Some(News::Nothing), "{k}: {other:?}"),
                }
            }
        }
        let told = message("/tempo/beat", vec![OscType::Int(9), OscType::Float(140.0)]);
        let Some(News::Beat(seen)) = Beats::default().hear(&told, Seconds(2.0)) else { panic!("told") };
        assert_eq!((seen.bpm.0, seen.beat_in_bar), (140.0, None));
        assert_eq!(beats.hear(&message("/beatbox", vec![]), Seconds(0.0)), None);
    }

    /// ±5 ms of jitter, a beat lost and one sent twice: how far the clock's speed, measured over 50 ms, is off from the
    /// ninth beat after it leads on, in bpm.
    #[test]
    fn jitter_does_not_shake_the_clock() {
        let (mut beats, mut tempo) = (Beats::default(), crate::tempo::Tempo::new(Bpm(120.0)));
        let (mut noise, mut now_s, mut worst) = (5u64, 0.0, 0f64);
        for k in 0..200u32 {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let jitter_s = 0.005 * ((noise >> 40) as f64 / f64::from(1 << 23) - 1.0);
            let at = Seconds(1.0 + f64::from(k) * 60.0 / 126.0 + jitter_s);
            while now_s < at.0 {
                let beats_at = |t: f64| tempo.clock().at(Seconds(t)).beats;
                if k > 16 {
                    worst = worst.max((1200.0 * (beats_at(now_s + 0.05) - beats_at(now_s)) - 126.0).abs());
                }
                now_s += 0.01;
                tempo.step(Seconds(now_s));
            }
            for _ in 0..if k % 37 == 20 { 0 } else { 1 + usize::from(k % 41 == 30) } {
                if let Some(News::Beat(sighting)) = beats.hear(&message("/tempo/beat", vec![]), at) {
                    tempo.sight(at, crate::tempo::ClockSource::Osc, &sighting);
                }
            }
        }
        println!("the clock's speed is off by {worst:.2} bpm at most");
        assert!(worst < 1.5, "{worst}");
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
    }
}
