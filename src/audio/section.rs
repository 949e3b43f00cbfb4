//! Where in the track we are: groove, break, build-up, drop, or nothing that dances at all.
//!
//! What tells a break from a groove is the kick drum, measured against its own slow peak by the beat tracker's watch;
//! what tells a build-up from a break is that it gets brighter and busier. A drop is the kick's return. Stepped once
//! per hop by the analysis; allocates nothing.

use super::beat::{KickTurn, Pulse};

/// Beats of sure tracking before anything counts as a groove, and so may break.
const GROOVE_BEATS: u32 = 12;
/// Without a sure beat, and with a groove unlikely, for this long the groove is over.
const LOST_S: f32 = 8.0;
/// Without a beat a groove must have been this likely for so long.
const GROOVE: f32 = 0.6;
const GROOVE_S: f32 = 6.0;
/// A break without a sure beat is over after this, even if no kick comes: no break is that long.
const LONGEST_BREAK_S: f32 = 120.0;
/// A break shorter than this, kick to kick, brings no drop.
const SHORTEST_BREAK_S: f32 = 2.5;
/// A drop is confirmed after so many bars of kicks; when they stop sooner, it was a feint. A confirmed drop ends after
/// `DROP_BARS`.
const CONFIRM_BARS: f32 = 2.0;
const DROP_BARS: f32 = 16.0;
/// A break of this length before the drop makes its full strength.
const FULL_BREAK_BARS: f32 = 8.0;
/// Brightness is remembered at this pace for this long, to see it rise.
const SAMPLE_S: f32 = 0.25;
const SAMPLES: usize = 24;
const THIRD: usize = SAMPLES / 3;
/// A rise of so many dB a second over the whole memory is a build-up; it is full after so many dB.
const RISING_DB_PER_S: f32 = 0.5;
const FULL_RISE_DB: f32 = 14.0;
const BRIGHTNESS_S: f32 = 0.8;
/// What is so much duller than the brightest passage is noise, and its rise is no build-up.
const DULL_DB: f32 = 25.0;
const FORGET_DB_PER_S: f32 = 0.1;

/// What kind of passage this is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Section {
    #[default]
    Silence,
    /// Sound, but nothing to dance to: talk, applause, a pad without a beat.
    Idle,
    Groove,
    Break,
    Build,
    /// The sixteen bars after the kick has come back.
    Drop,
}

impl Section {
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Silence, "silence"),
        (Self::Idle, "idle"),
        (Self::Groove, "groove"),
        (Self::Break, "break"),
        (Self::Build, "build"),
        (Self::Drop, "drop"),
    ];

    /// A passage of music with a beat, heard or held.
    #[must_use]
    pub fn dances(self) -> bool {
        matches!(self, Self::Groove | Self::Break | Self::Build | Self::Drop)
    }

    /// The word for listings.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(section, _)| *section == self).map_or("", |(_, name)| name)
    }
}

/// The passage at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Passage {
    pub section: Section,
    /// How long it has been known to be this one, and how long before that it began.
    pub age_s: f32,
    pub known_after_s: f32,
    /// How far a build-up has come, 0..1; 0 elsewhere.
    pub build: f32,
    /// Drops so far, and the strength of the newest, 0..1.
    pub drops: u64,
    pub drop_strength: f32,
    /// How likely it is that kick and bass play, or what stands for them, 0..1.
    pub groove: f32,
}

pub(super) struct Sections {
    hop_s: f32,
    now: Passage,
    /// Beats of sure tracking in a row, by their count when last looked.
    sure_beats: u32,
    counted: u64,
    unsure_s: f32,
    /// How long a groove has been likely without a pause, or unlikely: negative.
    groove_s: f32,
    /// How long the kick has been away, while it is.
    away_s: Option<f32>,
    /// The passage before the kick went, and its `feint_s`: restored when the kick only blinked.
    interrupted: (Passage, Option<f32>),
    /// Length in seconds of the break before this drop, while the drop is not confirmed.
    feint_s: Option<f32>,
    brightness_db: f32,
    /// The brightest there was, slowly forgotten.
    brightest_db: f32,
    memory_db: [f32; SAMPLES],
    since_sample_s: f32,
    build_from_db: f32,
}

impl Sections {
    pub fn new(hop_s: f32) -> Self {
        Self {
            hop_s,
            now: Passage::default(),
            sure_beats: 0,
            counted: 0,
            unsure_s: 0.0,
            groove_s: 0.0,
            away_s: None,
            interrupted: (Passage::default(), None),
            feint_s: None,
            brightness_db: super::FLOOR_DB,
            brightest_db: super::FLOOR_DB,
            memory_db: [super::FLOOR_DB; SAMPLES],
            since_sample_s: 0.0,
            build_from_db: 0.0,
        }
    }

    /// Takes over the passage, with its count of drops, and the count of beats of another one.
    pub fn count_on(&mut self, before: &Passage, pulse: &Pulse) {
        (self.now, self.counted) = (*before, pulse.count);
    }

    /// One hop: the beat, what the kick did, the level of the highs in dB, and whether the gate is closed.
    pub fn step(&mut self, pulse: &Pulse, turn: Option<KickTurn>, groove: f32, highs_db: f32, silent: bool) -> Passage {
        self.now.age_s += self.hop_s;
        self.now.groove = groove;
        let longer = |of: f32, sign: f32| (of * sign).max(0.0) + self.hop_s;
        self.groove_s = if groove > GROOVE { longer(self.groove_s, 1.0) } else { -longer(self.groove_s, -1.0) };
        self.watch_beat(pulse);
        self.watch_brightness(highs_db);
        if silent {
            (self.away_s, self.feint_s, self.sure_beats) = (None, None, 0);
            self.enter(Section::Silence);
            return self.now;
        }
        let bar_s = 4.0 * pulse.period_s;
        if let Some(away_s) = &mut self.away_s {
            *away_s += self.hop_s;
        }
        match turn {
            Some(KickTurn::Gone { after_s }) if self.has_kick() => self.kick_goes(after_s),
            Some(KickTurn::Blinked) => self.kick_blinked(),
            Some(KickTurn::Back) => self.kick_returns(bar_s),
            Some(KickTurn::Crept) => self.break_ends(Section::Groove),
            Some(KickTurn::Over) => self.break_ends(Section::Idle),
            Some(KickTurn::Gone { .. }) | None => {}
        }
        self.go_on(bar_s);
        self.now
    }

    fn has_kick(&self) -> bool {
        matches!(self.now.section, Section::Groove | Section::Drop)
    }

    fn kick_goes(&mut self, after_s: f32) {
        self.interrupted = (self.now, self.feint_s);
        // After an unconfirmed drop the break goes on: its length before the drop is added.
        let before_s = self.feint_s.take().filter(|_| self.now.section == Section::Drop);
        self.away_s = Some(before_s.unwrap_or(0.0) + after_s);
        self.enter(Section::Break);
        self.now.known_after_s = after_s;
    }

    /// It was no break: the passage before it goes on.
    fn kick_blinked(&mut self) {
        if self.away_s.take().is_some() {
            let (before, feint_s) = self.interrupted;
            let age_s = before.age_s + self.now.age_s;
            self.enter(before.section);
            (self.now.age_s, self.now.known_after_s, self.feint_s) = (age_s, before.known_after_s, feint_s);
        }
    }

    /// The break, if this is one, is over without a drop.
    fn break_ends(&mut self, section: Section) {
        if self.away_s.take().is_some() {
            self.enter(section);
        }
    }

    fn kick_returns(&mut self, bar_s: f32) {
        let Some(away_s) = self.away_s.take() else { return };
        if away_s < SHORTEST_BREAK_S {
            self.enter(Section::Groove);
            return;
        }
        self.now.drops += 1;
        self.now.drop_strength = (away_s / (FULL_BREAK_BARS * bar_s)).clamp(0.1, 1.0);
        self.feint_s = Some(away_s);
        self.enter(Section::Drop);
    }

    /// Transitions that do not depend on a turn of the kick.
    fn go_on(&mut self, bar_s: f32) {
        let Passage { section, age_s, .. } = self.now;
        match section {
            Section::Silence => self.enter(Section::Idle),
            Section::Idle if self.sure_beats >= GROOVE_BEATS => {
                self.enter(Section::Groove);
                self.now.known_after_s = GROOVE_BEATS as f32 * bar_s / 4.0;
            }
            Section::Idle if self.groove_s >= GROOVE_S => {
                self.enter(Section::Groove);
                self.now.known_after_s = GROOVE_S;
            }
            Section::Groove if self.unsure_s > LOST_S && self.groove_s <= -LOST_S => {
                self.enter(Section::Idle);
                self.now.known_after_s = LOST_S;
            }
            Section::Break | Section::Build if self.unsure_s > LONGEST_BREAK_S => self.break_ends(Section::Idle),
            Section::Break if self.rises() => {
                self.build_from_db = self.memory_db[0];
                self.enter(Section::Build);
                self.now.known_after_s = SAMPLES as f32 * SAMPLE_S;
            }
            Section::Drop if age_s > CONFIRM_BARS * bar_s => {
                self.feint_s = None;
                if age_s > DROP_BARS * bar_s {
                    self.enter(Section::Groove);
                }
            }
            _ => {}
        }
        self.now.build = match self.now.section {
            // It only ever grows, so that what follows it does not flicker.
            Section::Build => {
                let risen = (self.brightness_db - self.build_from_db) / FULL_RISE_DB;
                self.now.build.max(risen.clamp(0.0, 1.0))
            }
            _ => 0.0,
        };
    }

    fn watch_beat(&mut self, pulse: &Pulse) {
        if pulse.count != self.counted {
            self.counted = pulse.count;
            self.sure_beats = if pulse.is_sure() { self.sure_beats.saturating_add(1) } else { 0 };
        }
        self.unsure_s = if pulse.is_sure() { 0.0 } else { self.unsure_s + self.hop_s };
    }

    fn watch_brightness(&mut self, highs_db: f32) {
        let keep = (-self.hop_s / BRIGHTNESS_S).exp();
        // Averaged as power: a snare roll is as bright as its hits are many.
        let power = |db: f32| 10f32.powf(db / 10.0);
        let mean = power(highs_db) + (power(self.brightness_db) - power(highs_db)) * keep;
        self.brightness_db = super::spectrum::power_db(mean);
        self.brightest_db = self.brightness_db.max(self.brightest_db - FORGET_DB_PER_S * self.hop_s);
        self.since_sample_s += self.hop_s;
        if self.since_sample_s >= SAMPLE_S {
            self.since_sample_s -= SAMPLE_S;
            self.memory_db.rotate_left(1);
            self.memory_db[SAMPLES - 1] = self.brightness_db;
        }
    }

    /// Whether the highs have been rising all through the memory, not just once in it.
    fn rises(&self) -> bool {
        let settled = self.now.age_s > SAMPLES as f32 * SAMPLE_S;
        let third = |k: usize| self.memory_db[k * THIRD..(k + 1) * THIRD].iter().sum::<f32>() / THIRD as f32;
        let (early, middle, late) = (third(0), third(1), third(2));
        let step_db = RISING_DB_PER_S * SAMPLE_S * THIRD as f32;
        let heard = late > self.brightest_db - DULL_DB;
        settled
            && heard
            && middle - early > 0.4 * step_db
            && late - middle > 0.4 * step_db
            && late - early > 2.0 * step_db
    }

    fn enter(&mut self, section: Section) {
        if section != self.now.section {
            self.now.section = section;
            (self.now.age_s, self.now.known_after_s, self.now.build) = (0.0, 0.0, 0.0);
        }
    }
}

#[cfg(test)]
mod tests;
