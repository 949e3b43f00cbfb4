//! The shape of the sound for shaders: its newest waveform, standing still as on an oscilloscope, and its spectrum.
//!
//! Made once per hop by the analysis; the renderer draws with it.

use super::timbre::SPECTRUM_BANDS;

/// Points of the waveform; together they show about 21 ms.
pub const WAVEFORM_POINTS: usize = 128;
/// Music peaks about this much above the power of its low band.
const CREST: f32 = 2.0;

/// Plain data that crosses to the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoundShape {
    /// Level of each band from 30 Hz to 16 kHz, 0..255, as in [`Timbre`](super::timbre::Timbre).
    pub spectrum: [u8; SPECTRUM_BANDS],
    /// After automatic gain, −127..127, oldest first; it starts where the sound crosses zero upwards.
    pub waveform: [i8; WAVEFORM_POINTS],
}

impl Default for SoundShape {
    /// Silence.
    fn default() -> Self {
        Self { spectrum: [0; SPECTRUM_BANDS], waveform: [0; WAVEFORM_POINTS] }
    }
}

/// The waveform of the newest half of `window`; `usual_peak` is the amplitude that counts as loud.
pub(super) fn waveform(window: &[f32], usual_peak: f32) -> [i8; WAVEFORM_POINTS] {
    let span = window.len() / 2;
    // The last upward crossing that leaves a whole span: the same note then stands still from hop to hop.
    let crosses = |i: &usize| window[i - 1] < 0.0 && window[*i] >= 0.0;
    let start = (1..=window.len() - span).rev().filter(|i| *i < window.len()).find(crosses).unwrap_or(span);
    let each = (span / WAVEFORM_POINTS).max(1);
    let scale = 127.0 / (CREST * usual_peak).max(1e-6) / each as f32;
    let mut points = [0; WAVEFORM_POINTS];
    for (point, samples) in points.iter_mut().zip(window[start..].chunks_exact(each)) {
        *point = (samples.iter().sum::<f32>() * scale).clamp(-127.0, 127.0) as i8;
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(phase: f32) -> Vec<f32> {
        (0..2048).map(|i| 0.5 * (std::f32::consts::TAU * (i as f32 / 256.0 + phase)).sin()).collect()
    }

    #[test]
    fn a_tone_stands_still_and_starts_upwards_from_zero() {
        let first = waveform(&tone(0.0), 0.25);
        assert!(first[0].abs() < 15 && first[4] > first[0], "{first:?}");
        assert_eq!(first.iter().max(), Some(&126), "half of full scale is twice what is usual");
        for phase in [0.1, 0.37, 0.5, 0.9] {
            let other = waveform(&tone(phase), 0.25);
            assert!(first.iter().zip(&other).all(|(a, b)| (a - b).abs() <= 8), "{phase}");
        }
    }

    #[test]
    fn silence_and_noise_of_nothing_are_flat() {
        assert_eq!(waveform(&[0.0; 2048], 0.0), [0; WAVEFORM_POINTS]);
        assert_eq!(waveform(&[1e-9; 2048], 0.1), [0; WAVEFORM_POINTS]);
    }
}
