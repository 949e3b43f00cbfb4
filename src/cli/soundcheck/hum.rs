//! Mains hum: narrow lines at 50 or 60 Hz and their multiples, that stand out from everything near them.
//!
//! Loud music covers it: it is found in pauses, and before the music begins.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;

/// Low rate at which the lines are looked for: everything of interest lies far below half of it.
const RATE_HZ: f64 = 1000.0;
/// Multiples that are looked at, and how many must be there.
const HARMONICS: usize = 4;
const LINES: usize = 2;
/// A line stands out from everything near it by this much, in dB, and is at least this loud.
const STANDS_OUT_DB: f64 = 10.0;
const LEAST_DBFS: f64 = -72.0;
/// How far mains may be from their frequency, in Hz.
const MAINS_OFF_HZ: f64 = 0.15;
/// What a line is compared with: music of a steady tempo has lines there, too, and no note of it is as near.
const NEAR_HZ: std::ops::Range<f64> = 1.0..8.0;
/// Bins are this much finer than the window resolves.
const PADDED: usize = 1 << 14;
/// Stretches that are looked at: a pause between two tracks is enough.
const STRETCH_S: f64 = 3.0;

/// The mains frequency that hums, and how loud its strongest line is in dBFS; `None` where nothing does. `samples` are mono.
#[must_use]
pub fn find(samples: &[f32], rate_hz: u32) -> Option<(u32, f64)> {
    let block = (f64::from(rate_hz) / RATE_HZ).round().max(1.0) as usize;
    let slow: Vec<f64> =
        samples.chunks_exact(block).map(|b| b.iter().map(|x| f64::from(*x)).sum::<f64>() / block as f64).collect();
    let rate_hz = f64::from(rate_hz) / block as f64;
    let stretch = (STRETCH_S * rate_hz) as usize;
    let stretches = slow.windows(stretch).step_by(stretch / 2);
    stretches.filter_map(|samples| Spectrum::of(samples, rate_hz).hum()).max_by(|a, b| a.1.total_cmp(&b.1))
}

/// Amplitudes of one stretch, taken as one long window: what stays adds up, what comes and goes does not.
struct Spectrum {
    dbfs: Vec<f64>,
    hz_per_bin: f64,
}

impl Spectrum {
    /// `samples` at `rate_hz`.
    fn of(samples: &[f64], rate_hz: f64) -> Self {
        let size = PADDED.max(samples.len().next_power_of_two());
        let (mut padded, count) = (vec![0.0; size], samples.len() as f64);
        for (n, (padded, sample)) in padded.iter_mut().zip(samples).enumerate() {
            *padded = sample * (0.5 - 0.5 * (TAU * n as f64 / count).cos());
        }
        let forward = RealFftPlanner::<f64>::new().plan_fft_forward(size);
        let mut bins = forward.make_output_vec();
        if forward.process(&mut padded, &mut bins).is_err() {
            bins.clear();
        }
        // A full-scale sine under a Hann window sums to a quarter of the count.
        let dbfs = bins.iter().map(|bin| 20.0 * (bin.norm() / (count / 4.0)).max(1e-9).log10()).collect();
        Self { dbfs, hz_per_bin: rate_hz / size as f64 }
    }

    fn hum(&self) -> Option<(u32, f64)> {
        let hums = |mains: u32| {
            let line = |k: usize| self.line(f64::from(mains) * k as f64, MAINS_OFF_HZ * k as f64);
            let lines: Vec<f64> = (1..=HARMONICS).filter_map(line).collect();
            let loudest = lines.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (lines.len() >= LINES).then_some((mains, lines.len(), loudest))
        };
        let found = [50, 60].into_iter().filter_map(hums).max_by_key(|(_, lines, _)| *lines);
        found.map(|(mains, _, loudest)| (mains, loudest))
    }

    /// Level in dBFS of the line at `hz`, give or take `off_hz`, where there is one.
    fn line(&self, hz: f64, off_hz: f64) -> Option<f64> {
        let loudest = |from_hz: f64, to_hz: f64| {
            let [from, to] = [from_hz, to_hz].map(|hz| (hz / self.hz_per_bin).round() as usize);
            self.dbfs.get(from..=to).unwrap_or_default().iter().copied().fold(f64::NEG_INFINITY, f64::max)
        };
        let line = loudest(hz - off_hz, hz + off_hz);
        let [below, above] =
            [(-NEAR_HZ.end, -NEAR_HZ.start), (NEAR_HZ.start, NEAR_HZ.end)].map(|(a, b)| loudest(hz + a, hz + b));
        (line >= LEAST_DBFS && line - below.max(above) >= STANDS_OUT_DB).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::club;

    const CLUB_HZ: u32 = club::SAMPLE_RATE_HZ;

    fn with_hum(music: &[f32], mains_hz: f64, level: f64) -> Vec<f32> {
        let hum = |n: usize| {
            let t = n as f64 / f64::from(CLUB_HZ);
            (1..=4).map(|k| level / f64::from(k) * (TAU * mains_hz * f64::from(k) * t).sin()).sum::<f64>()
        };
        music.iter().enumerate().map(|(n, x)| x + hum(n) as f32).collect()
    }

    #[test]
    fn hum_is_told_from_music() {
        for name in club::names().into_iter().filter(|name| *name != "night") {
            let music = club::sound(name).unwrap();
            let music = &music[..(15 * CLUB_HZ as usize).min(music.len())];
            assert_eq!(find(music, CLUB_HZ).is_some(), name == "hum", "{name}");
            // The DJ stops the track.
            let stopped = music.len() - 4 * CLUB_HZ as usize;
            let music: Vec<f32> = music.iter().enumerate().map(|(n, x)| if n < stopped { *x } else { 0.0 }).collect();
            for mains in [50u32, 60] {
                let found = find(&with_hum(&music, f64::from(mains), 0.003), CLUB_HZ);
                assert_eq!(found.map(|(hz, _)| hz), Some(mains), "{name}");
            }
        }
        let silence = vec![0.0; 8 * CLUB_HZ as usize];
        let (hz, dbfs) = find(&with_hum(&silence, 50.0, 0.01), CLUB_HZ).unwrap();
        assert!(hz == 50 && (dbfs + 40.0).abs() < 0.5, "{hz} {dbfs}");
        assert_eq!(find(&silence, CLUB_HZ), None);
    }
}
