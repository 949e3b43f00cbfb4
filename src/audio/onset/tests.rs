use crate::audio::club::{Clip, SAMPLE_RATE_HZ, Truth};
use crate::audio::{Analysis, AnalysisConfig};

/// (known, time) of every stroke, by drum.
fn hear(samples: &[f32]) -> [Vec<(f64, f64)>; 3] {
    let config = AnalysisConfig { sample_rate_hz: SAMPLE_RATE_HZ, channels: 1, ..AnalysisConfig::default() };
    let (mut ears, mut out, mut counts) = (Analysis::new(config), [const { Vec::new() }; 3], [0; 3]);
    for hop in samples.chunks(256) {
        ears.push(hop);
        let heard = ears.features();
        for ((drum, count), out) in heard.drums.iter().zip(&mut counts).zip(&mut out) {
            if std::mem::replace(count, drum.count) != drum.count {
                out.push((heard.time_s, heard.time_s - f64::from(drum.age_s)));
            }
        }
    }
    out
}

/// F-measure at ±50 ms (`mir_eval.onset`) from 5 s on, and the delays of what was right, in ms.
fn judge(truth: &[f64], heard: &[(f64, f64)]) -> (f64, Vec<f64>) {
    let mut truth: Vec<f64> = truth.iter().copied().filter(|t| *t >= 5.0).collect();
    truth.sort_by(f64::total_cmp);
    // Two strokes of one class at the same instant are one to any ear.
    truth.dedup_by(|b, a| *b - *a < 0.01);
    let heard: Vec<(f64, f64)> = heard.iter().copied().filter(|(_, t)| *t >= 5.0).collect();
    let (mut k, mut delays) = (0, Vec::new());
    for t in &truth {
        while heard.get(k).is_some_and(|(_, at)| *at < t - 0.05) {
            k += 1;
        }
        if let Some((known, _)) = heard.get(k).filter(|(_, at)| *at <= t + 0.05) {
            delays.push(1000.0 * (known - t));
            k += 1;
        }
    }
    (2.0 * delays.len() as f64 / (truth.len() + heard.len()).max(1) as f64, delays)
}

/// Mean F of kick, snare and hat over a set, and the 95th percentile of the kick's delay.
fn score(clips: Vec<Clip>) -> ([f64; 3], f64) {
    let (mut sums, mut played, mut delays) = ([0.0; 3], [0.0; 3], Vec::new());
    for clip in clips {
        let (samples, truth) = clip.render();
        let heard = hear(&samples);
        let Truth { kicks, snares, hats, .. } = &truth;
        for (k, truth) in [kicks, snares, hats].into_iter().enumerate().filter(|(_, truth)| !truth.is_empty()) {
            let (f, late) = judge(truth, &heard[k]);
            sums[k] += f;
            played[k] += 1.0;
            if k == 0 {
                delays.extend(late);
            }
        }
    }
    delays.sort_by(f64::total_cmp);
    (std::array::from_fn(|k| sums[k] / played[k]), delays[delays.len() * 95 / 100])
}

#[test]
fn drums_are_told_apart_and_at_once() {
    for (name, clips) in [("known", Clip::all()), ("unseen", Clip::unseen())] {
        let ([kick, snare, hat], late_ms) = score(clips);
        println!("{name}: kick {kick:.3} snare {snare:.3} hat {hat:.3}; kick known after {late_ms:.1} ms (p95)");
        assert!(kick >= 0.95 && snare >= 0.85 && hat >= 0.85 && late_ms <= 25.0);
    }
}

#[test]
fn hum_and_noise_are_no_drums() {
    let seconds = 20 * SAMPLE_RATE_HZ as usize;
    let hum = |n: usize| 0.03 * (n as f32 * 50.0 * std::f32::consts::TAU / SAMPLE_RATE_HZ as f32).sin();
    let mut state = 3u64;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let hiss: Vec<f32> = (0..seconds).map(|_| 0.1 * noise()).collect();
    for sound in [vec![0.0; seconds], (0..seconds).map(hum).collect(), hiss] {
        assert!(hear(&sound).iter().all(|drum| drum.len() <= 2));
    }
}
