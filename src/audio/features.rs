//! What the analysis says about the sound, once per hop: plain numbers that cross threads newest-wins.

use super::beat::Pulse;

/// The sound at one instant. Everything that drives pictures is 0..1 and falls to 0 in silence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Features {
    /// Band levels after automatic gain, with a fast attack and a release of 120 ms.
    pub low: f32,
    pub mid: f32,
    pub high: f32,
    /// Hits in the low band: up within about 10 ms, decays with 120 ms.
    pub kick: f32,
    /// Where the beat is, relative to the newest sample.
    pub pulse: Pulse,
    /// How much is going on, over seconds: loudness after automatic gain, and the presence of the low band.
    pub energy: f32,
    /// Power in the bands in dB, unsmoothed; 0 dB is a full-scale sine inside the band.
    pub low_db: f32,
    pub mid_db: f32,
    pub high_db: f32,
    /// Input level (RMS over about 0.3 s) in dBFS, input gain included.
    pub level_dbfs: f32,
    /// Peak with a fall of 20 dB/s, in dBFS, input gain included.
    pub peak_dbfs: f32,
    /// The input itself was overdriven within the last second.
    pub clip: bool,
    /// The gate is closed: nothing but noise for 1.5 s.
    pub silent: bool,
    /// Hops analysed since the start.
    pub hop: u64,
    /// Show time of the newest sample heard.
    pub time_s: f64,
}

impl Default for Features {
    /// Silence.
    fn default() -> Self {
        let floor = super::FLOOR_DB;
        Self {
            low: 0.0,
            mid: 0.0,
            high: 0.0,
            kick: 0.0,
            pulse: Pulse::default(),
            energy: 0.0,
            low_db: floor,
            mid_db: floor,
            high_db: floor,
            level_dbfs: floor,
            peak_dbfs: floor,
            clip: false,
            silent: true,
            hop: 0,
            time_s: 0.0,
        }
    }
}

/// A feature that can drive a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    Low,
    Mid,
    High,
    Kick,
    Energy,
    /// The input meter as 0..1 over −60..0 dBFS: no automatic gain.
    Level,
}

impl Source {
    pub const ALL: [Self; 6] = [Self::Low, Self::Mid, Self::High, Self::Kick, Self::Energy, Self::Level];

    /// The words that show files use, in the order of [`Source::ALL`].
    pub const NAMES: [&'static str; 6] = ["low", "mid", "high", "kick", "energy", "level"];

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Mid => "mid",
            Self::High => "high",
            Self::Kick => "kick",
            Self::Energy => "energy",
            Self::Level => "level",
        }
    }
}

impl Features {
    /// The value of one source, 0..1.
    #[must_use]
    pub fn source(&self, source: Source) -> f32 {
        match source {
            Source::Low => self.low,
            Source::Mid => self.mid,
            Source::High => self.high,
            Source::Kick => self.kick,
            Source::Energy => self.energy,
            Source::Level => (self.level_dbfs / 60.0 + 1.0).clamp(0.0, 1.0),
        }
    }
}
