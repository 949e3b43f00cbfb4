//! Beats that come without a tempo, each some milliseconds early or late: the straight line through the recent ones.
//!
//! A beat off the line does not move it. When the last gaps agree with each other and not with the line, the tempo has
//! changed, and a new line begins with them: within three beats, to twice and half the tempo as well. Stepped by
//! [`Beats`](super::beats::Beats).

use crate::tempo::StraightLine;

/// Beats in the line at most.
const MOST: usize = 16;
/// Arrivals that can begin a line.
const NEWEST: usize = 4;
/// Nearer ones are a beat sent twice (500 bpm); after a longer silence everything begins anew.
const SHORTEST_GAP_S: f64 = 0.12;
const LONGEST_GAP_S: f64 = 3.0;
/// A beat further off the line than this is a stray; while the line is young it is not that certain itself.
const STRAY_S: f64 = 0.013;
const YOUNG_STRAY_S: f64 = 0.025;
const YOUNG: usize = 6;
/// A jittery sender's may scatter more: so many times the scatter.
const STRAY_SCATTERS: f64 = 3.0;
/// Gaps that differ by no more agree: two beats that are 5 ms early and late, twice.
const AGREE_S: f64 = 0.022;
/// So many strays in a row begin a new line even when they do not agree.
const LOST: u32 = 6;
/// A sender is early or late by so much; no tempo is told that this might bend by more.
const JITTER_S: f64 = 0.005;
const MOST_BPM_OFF: f64 = 2.0;

/// The beat that was heard, by the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BareBeat {
    pub at_s: f64,
    pub period_s: f64,
}

/// What an arrival is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arrival {
    /// The last beat again.
    Twice,
    /// A beat, before the tempo is known, or between two.
    Unplaced,
    Beat(BareBeat),
}

#[derive(Debug, Default)]
pub struct BareBeats {
    /// Number and time of the beats on the line, oldest first.
    beats: Vec<(f64, f64)>,
    line: Option<StraightLine>,
    /// The newest arrivals, oldest first, and for the last three whether they were off the line.
    arrivals_s: Vec<f64>,
    off: [bool; NEWEST - 1],
    off_in_a_row: u32,
}

impl BareBeats {
    /// A beat arrived at `now_s`.
    pub fn hear(&mut self, now_s: f64) -> Arrival {
        match self.arrivals_s.last().map(|last_s| now_s - last_s) {
            Some(gap_s) if gap_s < SHORTEST_GAP_S => return Arrival::Twice,
            Some(gap_s) if gap_s > LONGEST_GAP_S => *self = Self::default(),
            _ => {}
        }
        self.take(now_s).map_or(Arrival::Unplaced, Arrival::Beat)
    }

    fn take(&mut self, now_s: f64) -> Option<BareBeat> {
        if self.arrivals_s.len() == NEWEST {
            self.arrivals_s.remove(0);
        }
        self.arrivals_s.push(now_s);
        let number = match (self.line, self.beats.len()) {
            (Some(line), 3..) => self.place(&line, now_s),
            _ => Some(self.begin(now_s)),
        };
        let changed = self.gaps_agree() && (self.off.iter().filter(|off| **off).count() >= 2 || self.skips());
        if changed || self.off_in_a_row >= LOST {
            // Those that do not agree are no tempo.
            self.restart(if self.gaps_agree() { NEWEST } else { 1 });
            return self.seen(self.beats.last()?.0);
        }
        self.seen(number?)
    }

    /// The beat of the line at `now_s`; `None` for one between two beats. One on the line becomes part of it.
    fn place(&mut self, line: &StraightLine, now_s: f64) -> Option<f64> {
        let number = line.reaches(now_s).round();
        let next = self.beats.last().is_some_and(|last| number > last.0);
        let least_s = if self.beats.len() < YOUNG { YOUNG_STRAY_S } else { STRAY_S };
        let stray_s = least_s.max(STRAY_SCATTERS * line.scatter).min(0.25 * line.slope);
        let off = !next || (now_s - line.at(number)).abs() > stray_s;
        self.off.rotate_left(1);
        self.off[NEWEST - 2] = off;
        self.off_in_a_row = if off { self.off_in_a_row + 1 } else { 0 };
        if !off {
            if self.beats.len() == MOST {
                self.beats.remove(0);
            }
            self.beats.push((number, now_s));
            self.line = StraightLine::through(&self.beats);
        }
        next.then_some(number)
    }

    /// One of the first three beats, of which one may have got lost between two.
    fn begin(&mut self, now_s: f64) -> f64 {
        if let [(_, first_s), (second, second_s)] = &mut self.beats[..] {
            let ratio = (now_s - *second_s) / (*second_s - *first_s);
            let steps = match ratio {
                0.43..0.6 => (2.0, 1.0),
                0.75..1.33 => (1.0, 1.0),
                1.7..2.3 => (1.0, 2.0),
                _ => {
                    self.restart(2);
                    return 1.0;
                }
            };
            *second = steps.0;
            self.beats.push((steps.0 + steps.1, now_s));
            self.line = StraightLine::through(&self.beats);
        } else {
            self.beats.push((self.beats.len() as f64, now_s));
        }
        self.beats.last().map_or(0.0, |last| last.0)
    }

    /// Begins anew with the `newest` arrivals, each a beat.
    fn restart(&mut self, newest: usize) {
        let from = self.arrivals_s.len().saturating_sub(newest);
        self.beats = (0u32..).zip(&self.arrivals_s[from..]).map(|(number, at_s)| (number.into(), *at_s)).collect();
        self.line = StraightLine::through(&self.beats).filter(|_| self.beats.len() >= 3);
        (self.off, self.off_in_a_row) = ([false; NEWEST - 1], 0);
    }

    /// Whether the last three gaps are the same.
    fn gaps_agree(&self) -> bool {
        let gaps_s = self.arrivals_s.windows(2).map(|pair| pair[1] - pair[0]);
        let (least, most) =
            gaps_s.fold((f64::INFINITY, 0f64), |(least, most), gap_s| (least.min(gap_s), most.max(gap_s)));
        self.arrivals_s.len() == NEWEST && most - least <= AGREE_S
    }

    /// Whether the last three beats each came where the second, or third, should have: that many were not lost.
    fn skips(&self) -> bool {
        let newest = &self.beats[self.beats.len().saturating_sub(NEWEST)..];
        newest.len() == NEWEST && newest.windows(2).all(|pair| pair[1].0 - pair[0].0 > 1.5)
    }

    /// Beat `number` by the line, once jitter cannot bend the tempo much.
    fn seen(&self, number: f64) -> Option<BareBeat> {
        let line = self.line?;
        let middle = self.beats.iter().map(|beat| beat.0).sum::<f64>() / self.beats.len() as f64;
        let (one, two) = self.beats.iter().fold((0.0, 0.0), |(one, two), (x, _)| {
            let off = (x - middle).abs();
            (one + off, two + off * off)
        });
        let bpm_off = 60.0 * JITTER_S * one / two / line.slope.powi(2);
        (bpm_off <= MOST_BPM_OFF).then(|| BareBeat { at_s: line.at(number), period_s: line.slope })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::club::white_noise;

    fn beat(beats: &mut BareBeats, now_s: f64) -> Option<BareBeat> {
        match beats.hear(now_s) {
            Arrival::Beat(beat) => Some(beat),
            _ => None,
        }
    }

    /// Noise in −1..1 for beat `k` of run `seed`.
    fn noise(seed: u64, k: u64) -> f64 {
        white_noise(seed * 1009 + k)
    }

    #[test]
    fn jitter_of_five_milliseconds_leaves_the_tempo_alone() {
        let (mut early, mut late, mut phase_s) = (0f64, 0f64, 0f64);
        for (seed, bpm) in (0..600).zip([90.0, 110.0, 126.0, 140.0, 174.0].into_iter().cycle()) {
            let mut beats = BareBeats::default();
            for k in 0..64u64 {
                let at_s = 3.0 + k as f64 * 60.0 / bpm;
                let Some(seen) = beat(&mut beats, at_s + 0.005 * noise(seed, k)) else {
                    assert!(k < 2 || (k < 4 && bpm > 150.0), "{bpm}: beat {k}");
                    continue;
                };
                let off = (60.0 / seen.period_s - bpm).abs();
                early = early.max(off);
                if k >= 8 {
                    // As good as 126 bpm allow.
                    (late, phase_s) = (late.max(off * (126.0 / bpm).min(1.0)), phase_s.max((seen.at_s - at_s).abs()));
                }
            }
        }
        println!("off by {early:.2} bpm from the third beat on, {late:.2} bpm and {phase_s:.4} s from the ninth");
        assert!(early <= 2.0 && late <= 0.5 && phase_s < 0.006);
    }

    #[test]
    fn one_lost_one_double_and_one_late_beat_do_not_throw_it() {
        let mut worst = 0f64;
        for seed in 0..200 {
            let mut beats = BareBeats::default();
            for k in 0..48u64 {
                let at_s = 1.0 + k as f64 * 60.0 / 126.0 + 0.005 * noise(seed, k);
                let heard = match k {
                    11 => None,
                    17 => beat(&mut beats, at_s + 0.09),
                    _ => beat(&mut beats, at_s),
                };
                if k == 23 || k == 30 {
                    // The same again, and a stray between two beats.
                    assert_eq!(beat(&mut beats, at_s + if k == 23 { 0.03 } else { 0.2 }), None);
                }
                if let (Some(seen), 8..) = (heard, k) {
                    worst = worst.max((60.0 / seen.period_s - 126.0).abs());
                }
            }
        }
        assert!(worst <= 0.5, "{worst}");
    }

    #[test]
    fn a_new_tempo_is_followed_within_four_beats() {
        let mut worst = 0f64;
        let changes = [(126.0, 132.0), (126.0, 110.0), (174.0, 87.0), (87.0, 174.0), (120.0, 128.0), (100.0, 140.0)];
        for (seed, (before, after)) in (0..240).zip(changes.into_iter().cycle()) {
            let (mut beats, mut at_s) = (BareBeats::default(), 1.0);
            for k in 0..40u64 {
                let seen = beat(&mut beats, at_s + 0.005 * noise(seed, k));
                // Beat 20 is the last of the old tempo.
                if k >= 24
                    && let Some(seen) = seen
                {
                    let off = (60.0 / seen.period_s - after).abs();
                    worst = worst.max(off);
                    assert!(off < 2.6, "{before} to {after}: {off:.2} bpm off at beat {k}");
                }
                at_s += 60.0 / if k < 20 { before } else { after };
            }
        }
        println!("four beats after a new tempo: {worst:.2} bpm");
    }

    #[test]
    fn a_beat_lost_at_the_start_and_a_silence_are_no_tempo() {
        let mut beats = BareBeats::default();
        for at_s in [0.0, 1.0, 1.5] {
            beats.hear(at_s);
        }
        let seen = beat(&mut beats, 2.0).unwrap();
        assert!((seen.period_s - 0.5).abs() < 1e-9 && (seen.at_s - 2.0).abs() < 1e-9);
        assert_eq!(beat(&mut beats, 9.0), None);
        assert_eq!(beat(&mut beats, 9.4), None);
        assert!((beat(&mut beats, 9.8).unwrap().period_s - 0.4).abs() < 1e-9);
    }
}
