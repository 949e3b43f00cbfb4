//! What the analysis says about the sound, once per hop: plain numbers that cross threads newest-wins.

use super::bands::{BAND_NAMES, BANDS, BandFeatures};
use super::beat::Pulse;
use super::loudness::Loudness;
use super::onset::Drum;
use super::section::{Passage, Section};
use super::timbre::Timbre;
use super::waveform::{SoundShape, WAVEFORM_POINTS};

/// What the drums are called.
pub const DRUMS: [&str; 3] = ["kick", "snare", "hat"];

/// The sound at one instant. Everything that drives pictures is 0..1 and falls to 0 in silence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Features {
    /// Band levels after automatic gain, with a fast attack and a release of 120 ms.
    pub low: f32,
    pub mid: f32,
    pub high: f32,
    pub bands: [BandFeatures; BANDS],
    /// Hits in the low band: up within about 10 ms, decays with 120 ms.
    pub kick: f32,
    /// Strokes of kick, snare (claps, too) and hat, as in [`DRUMS`].
    pub drums: [Drum; 3],
    /// Where the beat is, relative to the newest sample.
    pub pulse: Pulse,
    /// Where in the track we are.
    pub passage: Passage,
    /// How much is going on, over seconds: loudness after automatic gain, and the presence of the low band.
    pub energy: f32,
    /// The same over half a second, and over a minute.
    pub energy_fast: f32,
    pub energy_long: f32,
    pub timbre: Timbre,
    /// See [`SoundShape::waveform`].
    pub waveform: [i8; WAVEFORM_POINTS],
    pub loudness: Loudness,
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
    /// The input stands off zero by more than a hundredth.
    pub dc: bool,
    /// The two channels cancel each other out: one of the cables is wired the wrong way round.
    pub inverted: bool,
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
            bands: [BandFeatures::default(); BANDS],
            kick: 0.0,
            drums: [Drum::default(); 3],
            pulse: Pulse::default(),
            passage: Passage::default(),
            energy: 0.0,
            energy_fast: 0.0,
            energy_long: 0.0,
            timbre: Timbre::default(),
            waveform: [0; WAVEFORM_POINTS],
            loudness: Loudness::default(),
            low_db: floor,
            mid_db: floor,
            high_db: floor,
            level_dbfs: floor,
            peak_dbfs: floor,
            clip: false,
            dc: false,
            inverted: false,
            silent: true,
            hop: 0,
            time_s: 0.0,
        }
    }
}

/// Which of a band's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BandPart {
    /// Power as 0..1 over −60..0 dB: no automatic gain.
    Db,
    Level,
    Fast,
    Presence,
    Hit,
    /// Runs round every four seconds of the band's own clock.
    Clock,
}

impl BandPart {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Db, "db"),
        (Self::Level, "level"),
        (Self::Fast, "fast"),
        (Self::Presence, "presence"),
        (Self::Hit, "hit"),
        (Self::Clock, "clock"),
    ];
}

/// A feature that can drive a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeatureSource {
    Low,
    Mid,
    High,
    Kick,
    Energy,
    EnergyFast,
    EnergyLong,
    Flux,
    Centroid,
    Flatness,
    /// How far the beat that is heard can be trusted.
    Confidence,
    /// How far a build-up has come.
    Build,
    /// The input meter as 0..1 over −60..0 dBFS: no automatic gain.
    Level,
    /// Loudness of the last 400 ms (EBU R128) as 0..1 over −60..0 LUFS.
    Loudness,
    /// A stroke of one of the [`DRUMS`], as strong as it was, falling off with 120 ms.
    Drum(u8),
    /// The newest drop, as strong as it was, falling off with two seconds.
    Drop,
    /// 1 in this passage of the track.
    Passage(Section),
    /// One of the eight bands, from the lowest.
    Band(u8, BandPart),
}

/// Sources that are not bands, and the words that show files use for them.
const NAMED: [(FeatureSource, &str); 18] = [
    (FeatureSource::Low, "low"),
    (FeatureSource::Mid, "mid"),
    (FeatureSource::High, "high"),
    (FeatureSource::Kick, "kick"),
    (FeatureSource::Drum(0), "onset.kick"),
    (FeatureSource::Drum(1), "onset.snare"),
    (FeatureSource::Drum(2), "onset.hat"),
    (FeatureSource::Drop, "drop"),
    (FeatureSource::Energy, "energy"),
    (FeatureSource::EnergyFast, "energy.fast"),
    (FeatureSource::EnergyLong, "energy.long"),
    (FeatureSource::Flux, "flux"),
    (FeatureSource::Centroid, "centroid"),
    (FeatureSource::Flatness, "flatness"),
    (FeatureSource::Confidence, "beat.confidence"),
    (FeatureSource::Build, "build"),
    (FeatureSource::Level, "level"),
    (FeatureSource::Loudness, "loudness"),
];

impl FeatureSource {
    /// Every source there is.
    pub fn all() -> impl Iterator<Item = Self> {
        let band = |k: usize| BandPart::ALL.into_iter().map(move |(part, _)| Self::Band(k as u8, part));
        let passages = Section::ALL.into_iter().map(|(section, _)| Self::Passage(section));
        NAMED.into_iter().map(|(source, _)| source).chain(passages).chain((0..BANDS).flat_map(band))
    }

    /// The source that a show file calls `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|source| source.to_string() == name)
    }
}

impl std::fmt::Display for FeatureSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Band(k, part) => {
                let word = BandPart::ALL.iter().find(|(known, _)| known == part).map_or("", |(_, word)| word);
                write!(f, "band.{}.{word}", BAND_NAMES[usize::from(*k)])
            }
            Self::Passage(section) => write!(f, "section.{}", section.name()),
            named => f.write_str(NAMED.iter().find(|(known, _)| known == named).map_or("", |(_, word)| word)),
        }
    }
}

/// How fast a drop falls off as a source.
const DROP_FALL_S: f32 = 2.0;

/// One turn of [`BandPart::Clock`], in seconds of the band's clock.
const BAND_CLOCK_S: f64 = 4.0;

/// −60..0 dB as 0..1.
fn of_60_db(db: f32) -> f32 {
    (db / 60.0 + 1.0).clamp(0.0, 1.0)
}

impl Features {
    /// What shaders draw with.
    #[must_use]
    pub fn shape(&self) -> SoundShape {
        SoundShape { spectrum: self.timbre.spectrum, waveform: self.waveform }
    }

    /// The value of one source, 0..1.
    #[must_use]
    pub fn source(&self, source: FeatureSource) -> f32 {
        match source {
            FeatureSource::Low => self.low,
            FeatureSource::Mid => self.mid,
            FeatureSource::High => self.high,
            FeatureSource::Kick => self.kick,
            FeatureSource::Drum(k) => self.drums[usize::from(k)].level,
            FeatureSource::Drop if self.passage.section == Section::Drop => {
                self.passage.drop_strength * (-self.passage.age_s / DROP_FALL_S).exp()
            }
            FeatureSource::Drop => 0.0,
            FeatureSource::Energy => self.energy,
            FeatureSource::EnergyFast => self.energy_fast,
            FeatureSource::EnergyLong => self.energy_long,
            FeatureSource::Flux => self.timbre.flux,
            FeatureSource::Centroid => self.timbre.centroid,
            FeatureSource::Flatness => self.timbre.flatness,
            FeatureSource::Confidence => self.pulse.confidence,
            FeatureSource::Build => self.passage.build,
            FeatureSource::Level => of_60_db(self.level_dbfs),
            FeatureSource::Loudness => of_60_db(self.loudness.momentary_lufs),
            FeatureSource::Passage(section) => f32::from(u8::from(self.passage.section == section)),
            FeatureSource::Band(k, part) => {
                let band = &self.bands[usize::from(k)];
                match part {
                    BandPart::Db => of_60_db(band.db),
                    BandPart::Level => band.level,
                    BandPart::Fast => band.fast,
                    BandPart::Presence => band.presence,
                    BandPart::Hit => band.hit,
                    BandPart::Clock => (band.clock_s / BAND_CLOCK_S).fract() as f32,
                }
            }
        }
    }
}
