//! Windowed Fourier transforms and the power in frequency bands. Everything is allocated at construction.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// A windowed power spectrum of the newest samples.
pub(super) struct Spectrum {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// Makes the summed power of a full-scale sine 1: (2/Σw)² for the peak, over the window's noise bandwidth.
    scale: f32,
    input: Vec<f32>,
    bins: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// Power per bin, `len / 2 + 1` of them.
    power: Vec<f32>,
}

impl Spectrum {
    /// Through a Hann window.
    pub fn new(len: usize) -> Self {
        Self::leaning(len, len / 2)
    }

    /// Through a window that rises slowly and falls over its newest `fall` samples: it hears what has just begun
    /// sooner than a Hann window of the same length, and tells low tones apart nearly as well.
    pub fn leaning(len: usize, fall: usize) -> Self {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(len);
        let rise = len - fall;
        let half_cosine = |at: usize, of: usize| 0.5 - 0.5 * (std::f32::consts::PI * at as f32 / of as f32).cos();
        let weight = |i: usize| if i < rise { half_cosine(i, rise) } else { half_cosine(len - i, fall) };
        let window: Vec<f32> = (0..len).map(weight).collect();
        let sum: f32 = window.iter().sum();
        let squares: f32 = window.iter().map(|w| w * w).sum();
        let noise_bandwidth = squares * len as f32 / (sum * sum);
        Self {
            scale: (2.0 / sum).powi(2) / noise_bandwidth,
            input: fft.make_input_vec(),
            bins: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; len / 2 + 1],
            window,
            fft,
        }
    }

    /// How many samples the window takes.
    pub fn len(&self) -> usize {
        self.window.len()
    }

    /// Transforms `samples`, oldest first; as many as the window is long.
    pub fn analyse(&mut self, samples: &[f32]) {
        for ((x, sample), weight) in self.input.iter_mut().zip(samples).zip(&self.window) {
            *x = sample * weight;
        }
        let done = self.fft.process_with_scratch(&mut self.input, &mut self.bins, &mut self.scratch);
        // The buffers were made by the plan itself, so their lengths fit and this cannot fail.
        debug_assert!(done.is_ok());
        for (power, bin) in self.power.iter_mut().zip(&self.bins) {
            *power = bin.norm_sqr() * self.scale;
        }
    }
}

/// A weighted sum over a run of bins.
pub(super) struct Band {
    first: usize,
    weights: Vec<f32>,
}

impl Band {
    /// All power from `low_hz` to `high_hz`; bins on the edges count in part. Empty above half the sample rate.
    pub fn new((low_hz, high_hz): (f32, f32), sample_rate_hz: f32, len: usize) -> Self {
        let bin_hz = sample_rate_hz / len as f32;
        let share = |bin: usize| {
            let centre_hz = bin as f32 * bin_hz;
            let from = (centre_hz - 0.5 * bin_hz).max(low_hz);
            let to = (centre_hz + 0.5 * bin_hz).min(high_hz);
            ((to - from) / bin_hz).max(0.0)
        };
        Self::from_weights((0..=len / 2).map(share))
    }

    /// Loudness weighting: the squared response of ITU-R BS.1770's high shelf (1682 Hz, +4 dB) and high pass
    /// (38 Hz), taken from their analogue prototypes at each bin.
    pub fn loudness(sample_rate_hz: f32, len: usize) -> Self {
        let bin_hz = sample_rate_hz / len as f32;
        Self::from_weights((0..=len / 2).map(|bin| k_weight(bin as f32 * bin_hz)))
    }

    fn from_weights(weights: impl Iterator<Item = f32>) -> Self {
        let all: Vec<f32> = weights.collect();
        let first = all.iter().position(|w| *w > 0.0).unwrap_or(0);
        let end = all.iter().rposition(|w| *w > 0.0).map_or(first, |last| last + 1);
        Self { first, weights: all[first..end].to_vec() }
    }

    /// Power in the band; 1 is a full-scale sine.
    pub fn power(&self, spectrum: &Spectrum) -> f32 {
        let bins = spectrum.power.iter().skip(self.first);
        bins.zip(&self.weights).map(|(power, weight)| power * weight).sum()
    }
}

fn k_weight(hz: f32) -> f32 {
    let shelf = {
        let (f0, q, top) = (1681.97, 0.707_18, 10f32.powf(3.999_84 / 20.0));
        let middle = top.powf(0.499_67);
        let x = hz / f0;
        let (re_above, im_above) = (1.0 - top * x * x, middle * x / q);
        let (re_below, im_below) = (1.0 - x * x, x / q);
        (re_above * re_above + im_above * im_above) / (re_below * re_below + im_below * im_below)
    };
    let high_pass = {
        let x = hz / 38.135;
        let (re, im) = (1.0 - x * x, x / 0.500_33);
        x.powi(4) / (re * re + im * im)
    };
    shelf * high_pass
}

/// Decibels of a power, never below the floor.
pub(super) fn power_db(power: f32) -> f32 {
    // `max` also turns the NaN or −∞ of no power into the floor.
    (10.0 * power.log10()).max(super::FLOOR_DB)
}
