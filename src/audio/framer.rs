//! Samples into overlapping windows: mixed to mono, freed of DC, a hop at a time. Overdriven input is noticed here.

/// No sound is louder than this, 18 dB over full scale.
const MOST_LEVEL: f32 = 8.0;
/// This many samples in a row beyond this level are an overdriven input.
const CLIP_LEVEL: f32 = 0.985;
const CLIP_RUN: u32 = 3;

/// The newest window of sound, and the hop that is being filled behind it.
pub(super) struct Framer {
    hop: usize,
    dc_keep: f32,
    dc_in: f32,
    dc_out: f32,
    /// The newest window, then room for the hop being filled.
    history: Vec<f32>,
    filled: usize,
    /// The new samples after the gain, one or two channels, for what must not see the mix.
    stereo: Vec<f32>,
    peak: f32,
    clip_run: u32,
    clipped: bool,
}

impl Framer {
    /// Windows of `window` samples every `hop`, of one or two `channels`.
    pub fn new(sample_rate_hz: f32, hop: usize, window: usize, channels: usize) -> Self {
        Self {
            hop,
            // y[n] = x[n] − x[n−1] + R·y[n−1] with R for 5 Hz: far enough below a kick.
            dc_keep: (-std::f32::consts::TAU * 5.0 / sample_rate_hz).exp(),
            dc_in: 0.0,
            dc_out: 0.0,
            history: vec![0.0; window + hop],
            filled: 0,
            stereo: Vec::with_capacity(hop * channels),
            peak: 0.0,
            clip_run: 0,
            clipped: false,
        }
    }

    /// How much of the hop being filled is there, 0..1.
    pub fn pending_share(&self) -> f64 {
        self.filled as f64 / self.hop as f64
    }

    /// Mixes the one or two channels of `frame` to mono, blocks DC and stores it; true when a hop is full.
    pub fn take(&mut self, frame: &[f32], gain: f32) -> bool {
        let mut sum = 0.0;
        let mut over = false;
        for sample in frame {
            // NaN, infinities and huge values from a driver would spoil the smoothed powers for ever.
            let sample = if sample.is_finite() { sample.clamp(-MOST_LEVEL, MOST_LEVEL) } else { 0.0 };
            over |= sample.abs() > CLIP_LEVEL;
            sum += sample;
            self.stereo.push(sample * gain);
        }
        self.clip_run = if over { self.clip_run + 1 } else { 0 };
        self.clipped |= self.clip_run >= CLIP_RUN;
        let x = sum / frame.len().max(1) as f32 * gain;
        let y = x - self.dc_in + self.dc_keep * self.dc_out;
        self.dc_in = x;
        // Denormals would slow the filter down in digital silence.
        self.dc_out = if y.abs() < 1e-20 { 0.0 } else { y };
        self.peak = self.peak.max(y.abs());
        let window = self.history.len() - self.hop;
        self.history[window + self.filled] = self.dc_out;
        self.filled += 1;
        self.filled == self.hop
    }

    /// The hop that [`Self::take`] filled becomes part of the newest window.
    pub fn advance(&mut self) {
        self.history.copy_within(self.hop.., 0);
        self.filled = 0;
    }

    /// The newest window.
    pub fn newest(&self) -> &[f32] {
        &self.history[..self.history.len() - self.hop]
    }

    /// The newest hop of it.
    pub fn new_samples(&self) -> &[f32] {
        let newest = self.newest();
        &newest[newest.len() - self.hop..]
    }

    /// The same hop before it was mixed, interleaved.
    pub fn stereo(&self) -> &[f32] {
        &self.stereo
    }

    /// Mean of the new samples, and mean square of half the difference between their channels.
    pub fn balance(&self) -> (f32, f32) {
        let channels = self.stereo.len() / self.hop;
        let mean = self.stereo.iter().sum::<f32>() / self.stereo.len().max(1) as f32;
        let side = |frame: &[f32]| if let [left, right] = frame { (left - right).powi(2) / 4.0 } else { 0.0 };
        let side_power = self.stereo.chunks_exact(channels.max(1)).map(side).sum::<f32>() / self.hop as f32;
        (mean, side_power)
    }

    /// The hop was measured: its peak, and whether it was overdriven.
    pub fn finish(&mut self) -> (f32, bool) {
        self.stereo.clear();
        (std::mem::take(&mut self.peak), std::mem::take(&mut self.clipped))
    }
}
