//! Notices when the kick drum goes (a break) and when it comes back (a drop), by its band's level against its own
//! slow peak. An absolute comparison: automatic gain would hide the missing kick. A fader pulled down is told apart:
//! all bands fall by as much, and the kick's band still swings. A bass that rests while the drums play on, and notes of
//! a pad that were taken for kicks, are told apart, too: the network goes on finding the groove as likely as before.

use crate::audio::spectrum::{Band, Spectrum, power_db};

const BAND_HZ: (f32, f32) = (38.0, 120.0);
const REST_HZ: (f32, f32) = (150.0, 16_000.0);
/// The peak forgets this much a second, and this much while the kick is away: what returns is measured against what went.
const FORGET_DB_PER_S: f32 = 0.3;
const FORGET_AWAY_DB_PER_S: f32 = 0.05;
/// No kick for this long is a break: two beats down to 100 BPM…
pub const GONE_S: f32 = 1.2;
/// …unless it came back just as soon twice within so many seconds: it is struck once a bar, and that much longer is none.
const BLINKS_S: f32 = 10.0;
const LONGER: f32 = 1.15;
const GONE_DB: f32 = 9.0;
/// It is not gone while a groove is as likely as this…
const GROOVE: f32 = 0.85;
/// …or still as likely as before by this share…
const UNCHANGED: f32 = 0.75;
/// …unless it never was, where the network's word does not count.
const NEVER_GROOVES: f32 = 0.1;
/// Time constants of "now" and "before".
const GROOVE_NOW_S: f32 = 0.4;
const GROOVE_BEFORE_S: f32 = 6.0;
/// As loud as this the kick is back if the network finds a groove at all likely, since a roll of toms is as loud…
const BACK_DB: f32 = 6.0;
const BACK_GROOVE: f32 = 0.1;
/// …or when nothing is louder…
const FULLY_BACK_DB: f32 = 1.5;
/// …or as loud as this, if a groove has been likely for so long: one through a low pass is still to come.
const CREPT_DB: f32 = 12.0;
const GROOVE_S: f32 = 12.0;
/// What comes back sooner was a mute or a loop roll, not a break.
const SHORTEST_S: f32 = 2.0;
/// A fader moved when the kick and the rest fell by the same to this, by no more than that, while the kick's band
/// swings.
const SAME_FALL_DB: f32 = 2.5;
const DEEPEST_FALL_DB: f32 = 30.0;
const SWING_DB: f32 = 10.0;
/// The last loud kick rings on for so long.
const TAIL_S: f32 = 0.3;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KickTurn {
    /// It is gone, and has been for so long; not counted while the groove went on without it.
    Gone { after_s: f32 },
    /// It is back so soon that it was no break.
    Blinked,
    /// It is back, at once and as loud as before.
    Back,
    /// It is back, and nobody can say since when.
    Crept,
    /// The music has ended, or a break that was held went on for too long: whether it is gone is not known any more.
    Over,
}

pub struct KickWatch {
    band: Band,
    rest: Band,
    hop_s: f32,
    peak_db: f32,
    rest_peak_db: f32,
    since_loud_s: f32,
    since: Since,
    gone_s: Option<f32>,
    /// How long the kick may be away, and how long ago it last blinked, and for how long.
    patience_s: f32,
    since_blink_s: f32,
    blink_s: f32,
    groove: Groove,
}

/// How likely a groove has been of late, and before; for how long it has been likely.
#[derive(Clone, Copy, Default)]
struct Groove {
    now: f32,
    before: f32,
    likely_s: f32,
}

impl Groove {
    /// One hop of `hop_s`, in which a groove is so likely.
    fn step(&mut self, groove: f32, hop_s: f32) {
        self.now += (groove - self.now) * (hop_s / GROOVE_NOW_S).min(1.0);
        self.before += (groove - self.before) * (hop_s / GROOVE_BEFORE_S).min(1.0);
        self.likely_s = if groove > GROOVE { self.likely_s + hop_s } else { 0.0 };
    }

    /// Whether it plays on, whatever the level of the kick says.
    fn goes_on(self) -> bool {
        self.now > GROOVE || (self.before > NEVER_GROOVES && self.now > UNCHANGED * self.before)
    }
}

/// Levels since the last loud kick rang out.
#[derive(Clone, Copy)]
struct Since {
    peak_db: f32,
    low_db: f32,
    rest_peak_db: f32,
}

const NOTHING_YET: Since = Since { peak_db: f32::NEG_INFINITY, low_db: f32::INFINITY, rest_peak_db: f32::NEG_INFINITY };

impl KickWatch {
    pub fn new(sample_rate_hz: f32, len: usize, hop_s: f32) -> Self {
        let band = |edges_hz| Band::new(edges_hz, sample_rate_hz, len);
        Self {
            band: band(BAND_HZ),
            rest: band(REST_HZ),
            hop_s,
            peak_db: -100.0,
            rest_peak_db: -100.0,
            since_loud_s: 0.0,
            since: NOTHING_YET,
            gone_s: None,
            patience_s: GONE_S,
            since_blink_s: f32::INFINITY,
            blink_s: 0.0,
            groove: Groove::default(),
        }
    }

    /// The music has ended: forgets the peaks, so that the next kick sets new ones.
    pub fn forget(&mut self) {
        (self.peak_db, self.rest_peak_db) = (-100.0, -100.0);
        (self.since_loud_s, self.gone_s) = (0.0, None);
        (self.patience_s, self.since_blink_s) = (GONE_S, f32::INFINITY);
        self.groove = Groove::default();
    }

    /// One hop, in which a groove is so likely; what turned in it.
    pub fn step(&mut self, spectrum: &Spectrum, groove: f32, silent: bool) -> Option<KickTurn> {
        self.since_blink_s += self.hop_s;
        self.groove.step(groove, self.hop_s);
        let (db, rest_db) = (power_db(self.band.power(spectrum)), power_db(self.rest.power(spectrum)));
        if !silent {
            let away = self.gone_s.is_some();
            let forgotten = if away { FORGET_AWAY_DB_PER_S } else { FORGET_DB_PER_S } * self.hop_s;
            self.peak_db = db.max(self.peak_db - forgotten);
            self.rest_peak_db = rest_db.max(self.rest_peak_db - forgotten);
        }
        if db >= self.peak_db - GONE_DB {
            (self.since_loud_s, self.since) = (0.0, NOTHING_YET);
        } else {
            self.since_loud_s += self.hop_s;
            if self.since_loud_s > TAIL_S {
                self.since.peak_db = db.max(self.since.peak_db);
                self.since.low_db = db.min(self.since.low_db);
                self.since.rest_peak_db = rest_db.max(self.since.rest_peak_db);
            }
        }
        let Some(gone_s) = &mut self.gone_s else {
            return (self.since_loud_s >= self.patience_s).then(|| self.miss()).flatten();
        };
        *gone_s += self.hop_s;
        let away_s = *gone_s + self.patience_s;
        let loud = |below_db: f32| db > self.peak_db - below_db;
        let turn = if loud(FULLY_BACK_DB) || (loud(BACK_DB) && groove > BACK_GROOVE) {
            if away_s >= SHORTEST_S { KickTurn::Back } else { self.blink(away_s) }
        } else if self.groove.likely_s >= GROOVE_S && loud(CREPT_DB) {
            self.peak_db = db;
            KickTurn::Crept
        } else {
            return None;
        };
        (self.gone_s, self.since_loud_s, self.since) = (None, 0.0, NOTHING_YET);
        Some(turn)
    }

    fn blink(&mut self, away_s: f32) -> KickTurn {
        if self.since_blink_s < BLINKS_S {
            self.patience_s = (LONGER * away_s.max(self.blink_s)).clamp(self.patience_s, SHORTEST_S);
        }
        (self.since_blink_s, self.blink_s) = (0.0, away_s);
        KickTurn::Blinked
    }

    /// No kick for long: it is gone, unless a fader fell or the groove goes on without it.
    fn miss(&mut self) -> Option<KickTurn> {
        if let Some(fall_db) = self.fader_fell() {
            self.peak_db -= fall_db;
            self.rest_peak_db -= fall_db;
            (self.since_loud_s, self.since) = (0.0, NOTHING_YET);
            return None;
        }
        if self.groove.goes_on() {
            return None;
        }
        self.gone_s = Some(0.0);
        Some(KickTurn::Gone { after_s: self.patience_s })
    }

    /// By how many dB a fader was pulled down, when that explains the missing kick; `None` when it does not.
    fn fader_fell(&self) -> Option<f32> {
        let fall_db = self.peak_db - self.since.peak_db;
        let same = (fall_db - (self.rest_peak_db - self.since.rest_peak_db)).abs() <= SAME_FALL_DB;
        let swings = self.since.peak_db - self.since.low_db >= SWING_DB;
        (same && swings && fall_db <= DEEPEST_FALL_DB).then_some(fall_db)
    }
}
