//! The tempo of a track at its recorded speed, from what is heard to a tenth of a beat a minute and the pitch.

/// Half of the last digit that is told, and what the pitch's last digit makes of it.
const HALF_DIGIT: f64 = 0.05;
const PITCH_DIGIT: f64 = 0.000_05;
/// So many packets in a row that contradict what was known are another track; fewer, a pitch that was told a moment before
/// its tempo.
const CONTRADICTIONS: u32 = 4;

/// Between what it lies, by all that was heard of one track.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrackTempo {
    least: f64,
    most: f64,
    contradicted: u32,
    /// As its status says, to a hundredth.
    said: Option<f64>,
}

impl TrackTempo {
    /// `heard_bpm`, rounded to tenths, is heard at `pitch`.
    pub fn hear(&mut self, heard_bpm: f64, pitch: f64) {
        if pitch <= 0.0 || heard_bpm <= 0.0 {
            return;
        }
        let (middle, half) = (heard_bpm / pitch, (HALF_DIGIT + heard_bpm * PITCH_DIGIT / pitch) / pitch);
        let (least, most) = (self.least.max(middle - half), self.most.min(middle + half));
        if least <= most {
            (self.least, self.most, self.contradicted) = (least, most, 0);
        } else {
            self.contradicted += 1;
            if self.contradicted >= CONTRADICTIONS || self.most == 0.0 {
                *self = Self { least: middle - half, most: middle + half, ..Self::default() };
            }
        }
    }

    /// A status says it.
    pub fn is(&mut self, bpm: f64) {
        self.said = Some(bpm);
    }

    /// The roundest of what is possible: most tracks have a whole tempo, the others a tenth more often than not.
    #[must_use]
    pub fn bpm(&self) -> Option<f64> {
        let middle = 0.5 * (self.least + self.most);
        let possible = |bpm: &f64| (self.least..=self.most).contains(bpm);
        let round = [1.0, 10.0].into_iter().map(|digits| (middle * digits).round() / digits).find(possible);
        let known = (self.most > 0.0).then(|| round.unwrap_or(middle));
        // What a status said of the last track is not this one's.
        let said = self.said.filter(|said| known.is_none_or(|known| (known - said).abs() < 0.2));
        said.or(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roundest_tempo_that_fits_all_tenths() {
        let heard = |pairs: &[(f64, f64)]| {
            let mut tempo = TrackTempo::default();
            for (bpm, pitch) in pairs {
                tempo.hear((bpm * pitch * 10.0).round() / 10.0, *pitch);
            }
            tempo.bpm().unwrap()
        };
        assert_eq!(heard(&[(126.0, 1.0)]), 126.0);
        assert_eq!(heard(&[(126.0, 1.0159)]), 126.0);
        assert_eq!(heard(&[(125.4, 1.0)]), 125.4);
        for pitch in [0.94, 0.9713, 1.0021, 1.0587] {
            assert!((heard(&[(123.87, pitch)]) - 123.87).abs() < 0.1);
        }
        assert!((heard(&[(127.97, 1.0), (127.97, 1.013), (127.97, 0.987), (127.97, 1.0371)]) - 127.97).abs() < 0.04);
    }

    #[test]
    fn another_track_is_one_and_a_pitch_that_is_told_first_is_not() {
        let mut tempo = TrackTempo::default();
        tempo.hear(126.0, 1.0);
        tempo.hear(126.0, 1.03);
        assert_eq!(tempo.bpm(), Some(126.0));
        tempo.hear(129.8, 1.03);
        for _ in 0..CONTRADICTIONS {
            assert_eq!(tempo.bpm(), Some(126.0));
            tempo.hear(174.0, 1.0);
        }
        assert_eq!(tempo.bpm(), Some(174.0));
        tempo.is(173.98);
        assert_eq!(tempo.bpm(), Some(173.98));
    }
}
