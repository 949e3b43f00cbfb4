use crate::audio::club::negative;
use crate::audio::club::score::strokes;
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

/// Mean F of kick, snare and hat over a set, and the 95th percentile of the kick's delay.
fn score(clips: Vec<Clip>) -> ([f64; 3], f64) {
    let (mut sums, mut played, mut delays) = ([0.0; 3], [0.0; 3], Vec::new());
    for clip in clips {
        let (samples, truth) = clip.render();
        let heard = hear(&samples);
        let Truth { kicks, snares, hats, .. } = &truth;
        for (k, truth) in [kicks, snares, hats].into_iter().enumerate().filter(|(_, truth)| !truth.is_empty()) {
            let (f, late) = strokes(truth, &heard[k]);
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
    for (name, clips) in [("known", Clip::tuned()), ("unseen", Clip::unseen())] {
        let ([kick, snare, hat], late_ms) = score(clips);
        println!("{name}: kick {kick:.3} snare {snare:.3} hat {hat:.3}; kick known after {late_ms:.1} ms (p95)");
        assert!(kick >= 0.95 && snare >= 0.85 && hat >= 0.85 && late_ms <= 25.0);
    }
}

#[test]
fn hum_and_noise_are_no_drums() {
    for name in ["silence", "hum", "noise"] {
        let sound = negative::render(name, 20.0, 3).unwrap();
        assert!(hear(&sound).iter().all(|drum| drum.len() <= 2), "{name}");
    }
}
