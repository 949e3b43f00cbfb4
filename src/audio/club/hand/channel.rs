//! What lies between the mixer and our ear: saturation, tone, filters, the room, the crowd, level.

use super::dsp::{Pass, Sound, drive, filter, peak, rms, scale, steep};
use super::fx::crowd;
use super::rng::Rng;
use crate::audio::club::RATE;

#[derive(Clone, Debug, Default)]
pub struct Channel {
    /// 0 for none.
    pub drive: f64,
    pub gain_db: f64,
    /// Of the low end against the high end.
    pub tilt_db: f64,
    /// Of order 4, or of order 2 if it is `gentle`.
    pub high_pass_hz: Option<f64>,
    pub low_pass_hz: Option<f64>,
    pub gentle: bool,
    /// How much of the sound is reverberation, and its decay in seconds.
    pub room: (f64, f64),
    pub crowd_snr_db: Option<f64>,
    /// How many dB a limiter takes off the highest peak, 0 for none, and how slowly it lets go, in seconds.
    pub limit: (f64, f64),
    /// Clips this many dB above its peak.
    pub clip_db: f64,
}

impl Channel {
    /// A line out of a mixer, more or less.
    #[must_use]
    pub fn mild(rng: &mut Rng) -> Self {
        let gain_db = if rng.chance(0.15) { rng.range(-30.0, -12.0) } else { rng.range(-12.0, 0.0) };
        let room = if rng.chance(0.3) { rng.range(0.03, 0.2) } else { 0.0 };
        Self {
            drive: rng.range(0.8, 2.2),
            gain_db,
            tilt_db: rng.range(-6.0, 3.0),
            high_pass_hz: rng.chance(0.3).then(|| rng.range(20.0, 45.0)),
            low_pass_hz: rng.chance(0.4).then(|| rng.range(11_000.0, 16_000.0)),
            gentle: false,
            room: (room, rng.range(0.3, 1.2)),
            crowd_snr_db: None,
            limit: (0.0, 0.1),
            clip_db: 0.0,
        }
    }

    /// Sends `sound` through.
    pub fn carry(&self, sound: &mut Sound, rng: &mut Rng) {
        normalise(sound, 1.0);
        if self.drive > 0.0 {
            drive(sound, self.drive);
        }
        tilt(sound, self.tilt_db);
        let pass: fn(&mut [f32], Pass, f64) = if self.gentle { |s, p, hz| filter(s, p, hz, 0.7) } else { steep };
        if let Some(hz) = self.high_pass_hz {
            pass(sound, Pass::High, hz);
        }
        if let Some(hz) = self.low_pass_hz {
            pass(sound, Pass::Low, hz);
        }
        if self.room.0 > 0.0 {
            reverberate(sound, self.room, rng);
        }
        if let Some(snr_db) = self.crowd_snr_db {
            let noise = crowd(sound.len() as f64 / RATE, rng);
            let gain = (rms(sound) * super::dsp::db(-snr_db)) as f32;
            sound.iter_mut().zip(noise).for_each(|(x, y)| *x += y * gain);
        }
        if self.limit.0 > 0.0 {
            limit(sound, self.limit);
        }
        if self.clip_db > 0.0 {
            normalise(sound, super::dsp::db(self.clip_db));
            sound.iter_mut().for_each(|x| *x = x.clamp(-1.0, 1.0));
        }
        normalise(sound, 0.98 * super::dsp::db(self.gain_db));
        let loud_db = 20.0 * rms(sound).max(1e-9).log10();
        if loud_db < -47.0 {
            // Nobody plays it that softly: most peaks are far above the rest.
            scale(sound, super::dsp::db(-47.0 - loud_db));
            sound.iter_mut().for_each(|x| *x = x.clamp(-0.98, 0.98));
        }
    }
}

/// With its peak at `to`.
fn normalise(sound: &mut [f32], to: f64) {
    let most = f64::from(peak(sound)).max(1e-9);
    scale(sound, to / most);
}

/// Nothing passes 1: each peak turns the whole down at once, and it comes back slowly.
fn limit(sound: &mut [f32], (most_db, release_s): (f64, f64)) {
    normalise(sound, super::dsp::db(most_db));
    let (mut level, fall) = (1.0f64, (-1.0 / (release_s * RATE)).exp());
    for x in sound {
        level = (1.0 + (level - 1.0) * fall).max(f64::from(x.abs()));
        *x = (f64::from(*x) / level) as f32;
    }
}

fn tilt(sound: &mut [f32], tilt_db: f64) {
    let (keep, gain) = ((-std::f64::consts::TAU * 900.0 / RATE).exp() as f32, super::dsp::db(tilt_db) as f32 - 1.0);
    let mut low = 0.0f32;
    for x in sound {
        low += (*x - low) * (1.0 - keep);
        *x += gain * low;
    }
}

/// Combs and all-passes of a length of their own each, after a few early echoes.
fn reverberate(sound: &mut Sound, (wet, decay_s): (f64, f64), rng: &mut Rng) {
    let mut tail = vec![0.0f32; sound.len()];
    for base_s in [0.0297, 0.0371, 0.0411, 0.0437] {
        let delay_s = base_s * rng.range(0.85, 1.2);
        let (mut line, back) = (vec![0.0f32; super::dsp::samples(delay_s)], 0.001f64.powf(delay_s / decay_s) as f32);
        let (mut at, mut dull) = (0, 0.0f32);
        for (x, out) in sound.iter().zip(&mut tail) {
            let heard = line[at];
            dull += 0.6 * (heard - dull);
            line[at] = x + dull * back;
            at = (at + 1) % line.len();
            *out += heard * 0.25;
        }
    }
    for delay in [221, 556] {
        let (mut line, mut at) = (vec![0.0f32; delay], 0);
        for x in &mut tail {
            let (heard, kept) = (line[at], *x);
            line[at] = kept + 0.6 * heard;
            *x = heard - 0.6 * line[at];
            at = (at + 1) % delay;
        }
    }
    let match_gain = wet * rms(sound) / rms(&tail).max(1e-9);
    sound.iter_mut().zip(tail).for_each(|(x, y)| *x = *x * (1.0 - wet) as f32 + y * match_gain as f32);
}
