//! Loudness by EBU R 128, of the sound as it came in (gain included), through the `ebur128` library.

use ebur128::{EbuR128, Mode};

/// Readings are taken this often: momentary loudness itself looks at 0.4 s.
const EVERY_S: f32 = 0.1;

/// Loudness units relative to full scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loudness {
    /// Over 0.4 s, over 3 s, and gated over everything since the start.
    pub momentary_lufs: f32,
    pub short_lufs: f32,
    pub integrated_lufs: f32,
}

impl Default for Loudness {
    fn default() -> Self {
        let floor = super::FLOOR_DB;
        Self { momentary_lufs: floor, short_lufs: floor, integrated_lufs: floor }
    }
}

/// `None` inside when the library refuses the format: then everything stays at the floor.
pub(super) struct LoudnessMeter {
    meter: Option<EbuR128>,
    since_s: f32,
    reading: Loudness,
}

impl LoudnessMeter {
    /// For `channels` (1 or 2) at `sample_rate_hz`. A mono input counts as both sides of a stereo one.
    pub fn new(sample_rate_hz: u32, channels: usize) -> Self {
        let mode = Mode::M | Mode::S | Mode::I | Mode::HISTOGRAM;
        let mut meter = EbuR128::new(channels as u32, sample_rate_hz, mode).ok();
        if let (1, Some(meter)) = (channels, &mut meter) {
            let dual = meter.set_channel(0, ebur128::Channel::DualMono);
            debug_assert!(dual.is_ok());
        }
        Self { meter, since_s: 0.0, reading: Loudness::default() }
    }

    /// Interleaved samples of one hop, `dt` seconds long.
    pub fn step(&mut self, interleaved: &[f32], dt: f32) -> Loudness {
        let Some(meter) = &mut self.meter else { return self.reading };
        if meter.add_frames_f32(interleaved).is_err() {
            return self.reading;
        }
        self.since_s += dt;
        if self.since_s >= EVERY_S {
            self.since_s -= EVERY_S;
            let lufs = |reading: Result<f64, ebur128::Error>| {
                reading.map_or(super::FLOOR_DB, |value| (value as f32).max(super::FLOOR_DB))
            };
            self.reading = Loudness {
                momentary_lufs: lufs(meter.loudness_momentary()),
                short_lufs: lufs(meter.loudness_shortterm()),
                integrated_lufs: lufs(meter.loudness_global()),
            };
        }
        self.reading
    }
}
