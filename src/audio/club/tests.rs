use super::*;

#[test]
fn names_are_unique_and_sound() {
    let mut names = names();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(sound("polka").is_none());
    for name in ["house124", "teased128", "speech"] {
        assert!(sound(name).unwrap().iter().any(|x| x.abs() > 0.01), "{name}");
    }
    assert!(sound("silence").unwrap().iter().all(|x| *x == 0.0));
}

/// Mean square of what is heard from `from_s` to `to_s`.
fn power(samples: &[f32], from_s: f64, to_s: f64) -> f32 {
    let part = &samples[place(from_s)..place(to_s)];
    part.iter().map(|x| x * x).sum::<f32>() / part.len() as f32
}

#[test]
fn the_truth_is_where_the_kicks_are() {
    for name in ["house124", "drift122", "losses132", "spinback128to136", "waltz126"] {
        let (samples, truth) = Clip::find(name).unwrap().render();
        let loud = |t: &&f64| power(&samples, **t + 0.005, **t + 0.03) > 2.0 * power(&samples, **t - 0.03, **t - 0.005);
        let kicks: Vec<&f64> = truth.kicks.iter().filter(|t| **t > 0.1).collect();
        let heard = kicks.iter().filter(|t| loud(t)).count();
        assert!(heard as f64 > 0.9 * kicks.len() as f64, "{name}: {heard} of {}", kicks.len());
        assert!(truth.beats.windows(2).all(|pair| pair[0] < pair[1]), "{name}");
        assert!(truth.downbeats.iter().all(|t| truth.beats.contains(t)), "{name}");
    }
}

#[test]
fn hands_and_cables_do_what_they_say() {
    let (samples, truth) = Clip::find("halfbars130").unwrap().render();
    assert!(power(&samples, truth.beats[30], truth.beats[31]) < 1e-9 && truth.beats.len() > 120);
    let (samples, truth) = Clip::find("quieter129").unwrap().render();
    let fall = power(&samples, 20.0, 29.0) / power(&samples, 31.0, 40.0);
    assert!((80.0..125.0).contains(&fall), "{fall}");
    let (samples, _) = Clip::find("gaps124").unwrap().render();
    assert!(samples.windows(220).filter(|part| part.iter().all(|x| *x == 0.0)).count() > 1000);
    let lost = Clip::find("losses132").unwrap().render().0.len();
    let whole = Clip::new("losses132", Style::Techno, 132.0).render().0.len();
    assert_eq!((whole - lost) % 1024, 0);
    assert!(whole - lost >= 9 * 1024 && truth.breaks.is_empty());
    let (_, truth) = Clip::find("teased128").unwrap().render();
    // Built up for eight bars, then nothing for four.
    assert!((truth.breaks[0].1 - truth.builds[0] - 12.0 * 240.0 / 128.0).abs() < 1e-6);
}
