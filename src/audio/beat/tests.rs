use crate::audio::club::score::{cmlt, f_measure};
use crate::audio::club::{Clip, SAMPLE_RATE_HZ};
use crate::audio::{Analysis, AnalysisConfig, Pulse};

/// What is published after each hop: time of the newest sample, and the pulse.
fn hear(samples: &[f32], channels: u16) -> Vec<(f64, Pulse)> {
    let mut analysis =
        Analysis::new(AnalysisConfig { sample_rate_hz: SAMPLE_RATE_HZ, channels, ..AnalysisConfig::default() });
    let mut out = Vec::new();
    for hop in samples.chunks(256 * usize::from(channels)) {
        analysis.push(hop);
        out.push((analysis.features().time_s, analysis.features().pulse));
    }
    out
}

/// Beats of the published line, as they pass.
fn beats(heard: &[(f64, Pulse)]) -> Vec<f64> {
    let (mut beats, mut before) = (Vec::<f64>::new(), f32::MAX);
    for (now_s, pulse) in heard {
        let at = now_s - f64::from(pulse.age_s);
        let apart = beats.last().is_none_or(|last| at - last > 0.5 * f64::from(pulse.period_s));
        if pulse.is_sure() && pulse.age_s < before && apart {
            beats.push(at);
        }
        before = pulse.age_s;
    }
    beats
}

#[test]
fn every_clip_is_tracked_on_the_beat() {
    let (mut clean, mut hard) = (Vec::new(), Vec::new());
    for clip in Clip::all() {
        let (samples, truth) = clip.render();
        let found = beats(&hear(&samples, 1));
        let (f, c) = (f_measure(&truth.beats, &found), cmlt(&truth.beats, &found));
        println!("{:14} F {f:.3}  CMLt {c:.3}", clip.name);
        if clip.is_clean() {
            assert!(c >= 0.95, "{}: CMLt {c}", clip.name);
            clean.push((f, c));
        } else {
            hard.push((f, c));
        }
    }
    let mean = |all: &[(f64, f64)]| {
        let n = all.len() as f64;
        (all.iter().map(|x| x.0).sum::<f64>() / n, all.iter().map(|x| x.1).sum::<f64>() / n)
    };
    let (clean, hard) = (mean(&clean), mean(&hard));
    println!("clean F {:.3} CMLt {:.3}; hard F {:.3} CMLt {:.3}", clean.0, clean.1, hard.0, hard.1);
    assert!(clean.0 >= 0.97 && hard.0 >= 0.95 && hard.1 >= 0.93);
}

#[test]
fn a_break_is_held_and_the_drop_is_on_time() {
    for name in ["break126", "longbreak128"] {
        let (samples, truth) = Clip::find(name).unwrap().render();
        let heard = hear(&samples, 1);
        let (from, to) = truth.breaks[0];
        let off_s = |at: f64| truth.beats.iter().map(|t| at - t).min_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap();
        let (now_s, pulse) = heard.iter().rfind(|(t, _)| *t < to).unwrap();
        assert!(pulse.held, "{name}");
        let drift_ms = 1000.0 * off_s(now_s - f64::from(pulse.age_s));
        println!("{name}: {drift_ms:+.1} ms at the drop, after {:.1} s", to - from);
        assert!(drift_ms.abs() <= 30.0);
    }
}

/// White noise in −1..1 from a seed.
fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

/// Hands clapping when they like: bursts at random times, so many a second.
fn applause(seed: u64, samples: usize, per_s: usize) -> Vec<f32> {
    let (mut noise, mut out) = (noise(seed), vec![0.0f32; samples]);
    for _ in 0..per_s * samples / SAMPLE_RATE_HZ as usize {
        let (at, loud) = (((noise() + 1.0) * 0.5 * samples as f32) as usize, 0.1 + 0.1 * noise());
        let clap = out.iter_mut().skip(at).take(800).enumerate();
        clap.for_each(|(n, x)| *x += loud * noise() * (-(n as f32) / 200.0).exp());
    }
    out
}

/// A voice without words: a buzz through moving formants, in syllables of uneven length with pauses.
fn speech(seed: u64, samples: usize) -> Vec<f32> {
    let (mut noise, mut out) = (noise(seed), Vec::with_capacity(samples));
    let rate = SAMPLE_RATE_HZ as f32;
    while out.len() < samples {
        let length_s = 0.09 + 0.09 * (noise() + 1.0);
        let pause_s = if noise() > 0.6 { 0.5 * (noise() + 1.0) } else { 0.03 };
        let (pitch_hz, formant_hz, voiced) = (125.0 + 25.0 * noise(), 700.0 + 400.0 * noise(), noise() > -0.5);
        let count = (length_s * rate) as usize;
        for n in 0..count {
            let t = n as f32 / rate;
            let open = (std::f32::consts::PI * n as f32 / count as f32).sin();
            let buzz: f32 = (1..20)
                .map(|k| {
                    let hz = pitch_hz * k as f32;
                    let near = 1.0 / (1.0 + ((hz - formant_hz) / 300.0).powi(2));
                    near * (std::f32::consts::TAU * hz * t).sin()
                })
                .sum();
            out.push(0.12 * open * if voiced { buzz } else { noise() });
        }
        out.extend(std::iter::repeat_n(0.0, (pause_s * rate) as usize));
    }
    out.truncate(samples);
    out
}

#[test]
fn what_has_no_beat_gets_none() {
    let seconds = 30 * SAMPLE_RATE_HZ as usize;
    let tone = |n: usize| (n as f32 * 50.0 * std::f32::consts::TAU / SAMPLE_RATE_HZ as f32).sin();
    let mut hiss = noise(9);
    let mut all: Vec<(String, Vec<f32>)> = vec![
        ("silence".into(), vec![0.0; seconds]),
        ("hum".into(), (0..seconds).map(|n| 0.03 * (tone(n) + 0.3 * tone(3 * n))).collect()),
        ("noise".into(), (0..seconds).map(|_| 0.1 * hiss()).collect()),
    ];
    for seed in 1..4 {
        all.push((format!("applause {seed}"), applause(seed, seconds, 20)));
        all.push((format!("sparse applause {seed}"), applause(seed + 10, seconds, 7)));
        all.push((format!("speech {seed}"), speech(seed, seconds)));
    }
    let mut worst = 0;
    for (what, samples) in all {
        let found = beats(&hear(&samples, 1));
        let mut ears =
            Analysis::new(AnalysisConfig { sample_rate_hz: SAMPLE_RATE_HZ, channels: 1, ..AnalysisConfig::default() });
        let energies = samples.chunks(4096).map(|block| {
            ears.push(block);
            ears.features().energy
        });
        let energy = energies.fold(0.0, f32::max);
        println!("{what}: {} beats, energy at most {energy:.3}", found.len());
        assert!(energy < 0.1, "{what}: {energy}");
        worst = worst.max(found.len());
    }
    assert_eq!(worst, 0);
}

#[test]
fn cut_off_sound_changes_nothing_before_the_cut() {
    let (samples, _) = Clip::find("house124").unwrap().render();
    let (whole, part) = (hear(&samples[..441_000], 1), hear(&samples[..300_000], 1));
    assert_eq!(whole[..part.len() - 1], part[..part.len() - 1]);
}

#[test]
fn a_short_mute_is_no_break() {
    let (mut samples, truth) = Clip::find("house124").unwrap().render();
    let place = |t: f64| (t * f64::from(SAMPLE_RATE_HZ)) as usize;
    let (from_s, to_s) = (truth.beats[40], truth.beats[43]);
    samples[place(from_s)..place(to_s)].iter_mut().for_each(|x| *x *= 0.01);
    let heard = hear(&samples, 1);
    assert!(heard.iter().any(|(t, pulse)| pulse.held && *t < to_s + 0.1), "long enough to be held");
    assert!(heard.iter().filter(|(t, _)| *t > to_s + 0.2).all(|(_, pulse)| !pulse.held));
    let after = |beats: &[f64]| beats.iter().copied().filter(|t| *t > to_s + 0.5).collect::<Vec<_>>();
    assert!(f_measure(&after(&truth.beats), &after(&beats(&heard))) > 0.98);
}

#[test]
fn when_the_music_is_over_applause_has_no_beat() {
    let (music, _) = Clip::find("house124").unwrap().render();
    let seconds = |s: usize| s * SAMPLE_RATE_HZ as usize;
    let (over, end) = (seconds(25), seconds(25 + 5));
    let samples = [&music[..over], &vec![0.0; end - over], &applause(3, seconds(30), 20)].concat();
    let heard = hear(&samples, 1);
    let late: Vec<f64> = beats(&heard).into_iter().filter(|t| *t > 30.0).collect();
    assert!(late.is_empty(), "{late:?}");
}
