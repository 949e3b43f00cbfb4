//! Samples in, [`Features`] out, one hop of about 5.3 ms at a time.
//!
//! Called by whoever steps the [`super::Listener`]: the analysis thread, or the stepped runner. After
//! construction nothing here allocates, locks or waits.

use super::bands::BandFollower;
use super::cable::Cable;
use super::features::Features;
use super::follow::follow;
use super::front::{Front, Hop};
use super::gain::{AutoGain, GainConfig};
use super::gate::Gate;
use super::memory::LevelMemory;
use super::spectrum::power_db;
use super::waveform::WAVEFORM_POINTS;
use crate::units::db_to_gain;

/// Attack and release of the band levels, and of the low band's presence in the energy, in seconds.
const LEVEL_S: (f32, f32) = (0.005, 0.120);
const PRESENCE_S: (f32, f32) = (0.4, 1.5);
/// Attack and release of the energy, and how it falls when the sound stops.
const ENERGY_S: (f32, f32) = (1.5, 4.0);
/// Attack and release of the factor that scales the energy by whether there is a beat; without one, [`STILL`] is left.
const DANCING_S: (f32, f32) = (1.0, 5.0);
/// After a restart with a remembered energy above `DANCED_FROM` a beat is assumed for so long, until it is found again.
const FIND_BEAT_S: f32 = 8.0;
const DANCED_FROM: f32 = 0.2;
const STILL: f32 = 0.08;
const ENERGY_SILENT_S: f32 = 0.7;
/// Time constant of the loudness; the seconds of sound over which its learned range replaces the fixed one; and that
/// fixed range, in dB.
const LOUDNESS_S: f32 = 1.0;
const LOUDNESS_LEARNED_S: f32 = 60.0;
const LOUDNESS_FIXED_DB: (f32, f32) = (-45.0, -12.0);
const GATE_S: f32 = 0.05;
const METER_S: f32 = 0.3;
const PEAK_FALL_DB_PER_S: f32 = 20.0;
const CLIP_HOLD_S: f32 = 1.0;
/// Time constants of the fast and the long energy.
const ENERGY_FAST_S: f32 = 0.4;
const ENERGY_LONG_S: f32 = 60.0;

/// The form of the sound to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnalysisConfig {
    /// 8 000 to 384 000; others are clamped.
    pub sample_rate_hz: u32,
    /// Interleaved channels, at least 1.
    pub channels: u16,
    /// The channels that are mixed, from 0; past the last one there is the last one.
    pub pick: [u16; 2],
}

impl Default for AnalysisConfig {
    fn default() -> Self {
        Self { sample_rate_hz: 48_000, channels: 2, pick: [0, 1] }
    }
}

impl AnalysisConfig {
    /// The same, clamped to what the analysis can handle.
    pub(super) fn sane(self) -> Self {
        let channels = self.channels.max(1);
        let pick = self.pick.map(|channel| channel.min(channels - 1));
        Self { sample_rate_hz: self.sample_rate_hz.clamp(8_000, 384_000), channels, pick }
    }

    /// How many different channels are mixed: 1 or 2.
    fn mixed(self) -> usize {
        if self.pick[0] == self.pick[1] { 1 } else { 2 }
    }
}

/// The signal path. Feed it blocks of any size.
pub struct Analysis {
    config: AnalysisConfig,
    front: Front,
    learned: Learned,
    gain: f32,
    features: Features,
}

/// Everything known about the sound in dB: it survives a change of device or sample rate.
struct Learned {
    gate: Gate,
    bands: [AutoGain; 3],
    eight: BandFollower,
    loudness: AutoGain,
    gate_power: f32,
    meter_power: f32,
    loudness_power: f32,
    presence: f32,
    /// The energy before it is smoothed.
    energy_now: f32,
    /// Whether there is a beat, 0..1, smoothed over seconds.
    dancing: f32,
    /// Seconds left of the beat that is assumed after a restart.
    danced_s: f32,
    clip_s: f32,
    cable: Cable,
}

impl Analysis {
    #[must_use]
    pub fn new(config: AnalysisConfig) -> Self {
        let config = config.sane();
        Self {
            config,
            front: Front::new(config.sample_rate_hz, config.mixed()),
            learned: Learned::new(),
            gain: 1.0,
            features: Features::default(),
        }
    }

    /// Goes on with another sample rate or channel count, keeping what was learned. Allocates.
    pub fn reformat(&mut self, config: AnalysisConfig) {
        let config = config.sane();
        if (config.sample_rate_hz, config.mixed()) != (self.config.sample_rate_hz, self.config.mixed()) {
            self.front = Front::new(config.sample_rate_hz, config.mixed());
            self.front.count_on(&self.features.pulse, &self.features.passage);
        }
        self.config = config;
    }

    #[must_use]
    pub fn config(&self) -> AnalysisConfig {
        self.config
    }

    /// Input trim, before everything else like a mixer channel's; takes effect with the next sample.
    pub fn set_gain_db(&mut self, gain_db: f32) {
        if gain_db.is_finite() {
            self.gain = db_to_gain(gain_db);
        }
    }

    /// The tempo to expect from now on, in bpm; 0 expects nothing.
    pub fn expect_bpm(&mut self, bpm: f32) {
        self.front.expect_bpm(bpm);
    }

    /// What was learned about levels so far, to be kept.
    #[must_use]
    pub fn memory(&self) -> LevelMemory {
        let Learned { bands, eight, loudness, .. } = &self.learned;
        let Features { energy, energy_long, .. } = self.features;
        LevelMemory::of(bands.iter().chain(eight.gains()).chain([loudness]), energy, energy_long)
    }

    /// Goes on from what was learned before.
    pub fn remember(&mut self, memory: &LevelMemory) {
        (self.features.energy, self.features.energy_long) = (memory.energy, memory.energy_long);
        self.learned.danced_s = if memory.energy > DANCED_FROM { FIND_BEAT_S } else { 0.0 };
        let Learned { bands, eight, loudness, .. } = &mut self.learned;
        memory.teach(bands.iter_mut().chain(eight.gains_mut()).chain([loudness]));
    }

    /// The newest features; `time_s` is the sound analysed so far.
    #[must_use]
    pub fn features(&self) -> Features {
        self.features
    }

    /// Seconds of sound that were taken and are not in the features yet: less than a hop.
    #[must_use]
    pub fn pending_s(&self) -> f64 {
        self.front.pending_s()
    }

    /// Takes interleaved samples, full scale ±1, any number of whole frames. Returns how many hops they
    /// completed.
    pub fn push(&mut self, interleaved: &[f32]) -> usize {
        let mut hops = 0;
        let [left, right] = self.config.pick.map(usize::from);
        for frame in interleaved.chunks_exact(usize::from(self.config.channels)) {
            let pair = [frame[left], frame[right]];
            if self.front.take(&pair[..self.config.mixed()], self.gain) {
                let hop = self.front.measure();
                self.conclude(&hop);
                hops += 1;
            }
        }
        hops
    }

    fn conclude(&mut self, hop: &Hop) {
        let dt = self.front.hop_s;
        let (learned, heard) = (&mut self.learned, &mut self.features);
        let silent = learned.listen(hop, dt);
        learned.eight.step(hop.eight_db, silent, dt, &mut heard.bands);
        heard.timbre = self.front.timbre(learned.bands[0].top_db());
        heard.loudness = hop.lufs;
        let usual_peak = db_to_gain(learned.bands[0].top_db());
        heard.waveform = if silent { [0; WAVEFORM_POINTS] } else { self.front.waveform(usual_peak) };
        heard.kick = self.front.kick(usual_peak, silent);
        let struck = self.front.onsets(silent);
        for (drum, hit) in heard.drums.iter_mut().zip([struck.kick, struck.snare, struck.hat]) {
            drum.note(hit, dt);
        }
        heard.pulse = self.front.beat(silent);
        heard.passage = self.front.passage(&heard.pulse, hop.band_db[2], silent);
        let level = |i: usize| if silent { 0.0 } else { learned.bands[i].level(hop.band_db[i]) };
        heard.low = follow(heard.low, level(0), LEVEL_S, dt);
        heard.mid = follow(heard.mid, level(1), LEVEL_S, dt);
        heard.high = follow(heard.high, level(2), LEVEL_S, dt);
        let dances = heard.pulse.is_sure() || heard.passage.section.dances();
        heard.energy = learned.energy(heard.energy, (heard.low, dances), silent, dt);
        heard.energy_fast = follow(heard.energy_fast, learned.energy_now, (ENERGY_FAST_S, ENERGY_FAST_S), dt);
        heard.energy_long = follow(heard.energy_long, heard.energy, (ENERGY_LONG_S, ENERGY_LONG_S), dt);
        [heard.low_db, heard.mid_db, heard.high_db] = hop.band_db;
        heard.level_dbfs = power_db(learned.meter_power);
        heard.peak_dbfs = power_db(hop.peak * hop.peak).max(heard.peak_dbfs - PEAK_FALL_DB_PER_S * dt);
        heard.clip = learned.clip_s > 0.0;
        heard.dc = learned.cable.has_dc();
        heard.inverted = !silent && learned.cable.is_inverted();
        heard.silent = silent;
        heard.hop += 1;
        heard.time_s += f64::from(dt);
    }
}

impl Learned {
    fn new() -> Self {
        let band = |first_top_db, lowest_top_db| {
            AutoGain::new(GainConfig {
                memory_s: 120.0,
                first_memory_s: 8.0,
                settle_s: 20.0,
                lowest_top_db,
                first_top_db,
            })
        };
        Self {
            gate: Gate::new(),
            bands: [band(-15.0, -50.0), band(-20.0, -50.0), band(-35.0, -65.0)],
            eight: BandFollower::new(),
            loudness: AutoGain::new(GainConfig {
                memory_s: 900.0,
                first_memory_s: 30.0,
                settle_s: LOUDNESS_LEARNED_S,
                lowest_top_db: -45.0,
                first_top_db: LOUDNESS_FIXED_DB.1,
            }),
            gate_power: 0.0,
            meter_power: 0.0,
            loudness_power: 0.0,
            presence: 0.0,
            energy_now: 0.0,
            dancing: 0.0,
            danced_s: 0.0,
            clip_s: 0.0,
            cable: Cable::default(),
        }
    }

    /// Updates meters and gate, and lets the automatic gains learn unless there is silence, which is returned.
    fn listen(&mut self, hop: &Hop, dt: f32) -> bool {
        // Channels that cancel each other out are not silence.
        self.gate_power = follow(self.gate_power, hop.power.max(hop.side_power), (GATE_S, GATE_S), dt);
        self.meter_power = follow(self.meter_power, hop.power, (METER_S, METER_S), dt);
        self.loudness_power = follow(self.loudness_power, hop.loudness, (LOUDNESS_S, LOUDNESS_S), dt);
        self.clip_s = if hop.clipped { CLIP_HOLD_S } else { self.clip_s - dt };
        self.cable.step(hop, dt);
        let silent = self.gate.step(power_db(self.gate_power), dt);
        if !silent {
            for (gain, db) in self.bands.iter_mut().zip(hop.band_db) {
                gain.observe(db, dt);
            }
            self.loudness.observe(power_db(self.loudness_power), dt);
        }
        silent
    }

    /// 0.6 loudness + 0.4 presence of the low band: a club master's loudness hardly changes, and a break differs from a
    /// groove by its missing kick. Sound without a beat, such as talk, is scaled down to `STILL` however loud it is.
    fn energy(&mut self, energy: f32, (low, dances): (f32, bool), silent: bool, dt: f32) -> f32 {
        self.danced_s = (self.danced_s - dt).max(0.0);
        let dances = dances || self.danced_s > 0.0;
        self.dancing = follow(self.dancing, f32::from(u8::from(dances)), DANCING_S, dt);
        self.presence = follow(self.presence, low, PRESENCE_S, dt);
        if silent {
            self.energy_now = 0.0;
            let fallen = follow(energy, 0.0, (ENERGY_SILENT_S, ENERGY_SILENT_S), dt);
            return if fallen < 1e-4 { 0.0 } else { fallen };
        }
        let db = power_db(self.loudness_power);
        let (bottom, top) = LOUDNESS_FIXED_DB;
        let fixed = ((db - bottom) / (top - bottom)).clamp(0.0, 1.0);
        let learned = self.loudness.confidence(LOUDNESS_LEARNED_S);
        let loud = fixed + learned * (self.loudness.level(db) - fixed);
        // Hum alone fills the low band after its automatic gain, too: presence counts only where there is loudness.
        let present = self.presence * (3.0 * loud).min(1.0);
        self.energy_now = (0.6 * loud + 0.4 * present) * (STILL + (1.0 - STILL) * self.dancing);
        follow(energy, self.energy_now, ENERGY_S, dt)
    }
}
