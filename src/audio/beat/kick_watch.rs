//! Notices when the kick drum goes (a break) and when it comes back (a drop), by its band's level against its own
//! slow peak. An absolute comparison: automatic gain would hide the missing kick.

use crate::audio::spectrum::{Band, Spectrum, power_db};

const BAND_HZ: (f32, f32) = (38.0, 120.0);
/// The peak forgets this much a second.
const FORGET_DB_PER_S: f32 = 0.3;
/// No kick for this long is a break: two beats down to 100 BPM.
const GONE_S: f32 = 1.2;
const GONE_DB: f32 = 9.0;
const BACK_DB: f32 = 7.0;
/// What comes back sooner was a mute or a loop roll, not a break.
const SHORTEST_S: f32 = 2.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Gone,
    /// It is back so soon that it was no break.
    Blinked,
    Back,
}

pub struct KickWatch {
    band: Band,
    hop_s: f32,
    peak_db: f32,
    since_loud_s: f32,
    gone_s: Option<f32>,
}

impl KickWatch {
    pub fn new(sample_rate_hz: f32, len: usize, hop_s: f32) -> Self {
        let band = Band::new(BAND_HZ, sample_rate_hz, len);
        Self { band, hop_s, peak_db: -100.0, since_loud_s: 0.0, gone_s: None }
    }

    /// The music is over: the next kick is the first.
    pub fn forget(&mut self) {
        (self.peak_db, self.since_loud_s, self.gone_s) = (-100.0, 0.0, None);
    }

    /// One hop; what turned in it.
    pub fn step(&mut self, spectrum: &Spectrum, silent: bool) -> Option<Turn> {
        let db = power_db(self.band.power(spectrum));
        if !silent {
            self.peak_db = db.max(self.peak_db - FORGET_DB_PER_S * self.hop_s);
        }
        self.since_loud_s = if db >= self.peak_db - GONE_DB { 0.0 } else { self.since_loud_s + self.hop_s };
        match &mut self.gone_s {
            None if self.since_loud_s >= GONE_S => {
                self.gone_s = Some(0.0);
                Some(Turn::Gone)
            }
            None => None,
            Some(gone_s) => {
                *gone_s += self.hop_s;
                let turn = if *gone_s + GONE_S >= SHORTEST_S { Turn::Back } else { Turn::Blinked };
                (db > self.peak_db - BACK_DB).then(|| self.gone_s = None).map(|()| turn)
            }
        }
    }
}
