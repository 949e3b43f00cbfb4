//! Bands, colour, loudness, cable faults, channels, and what survives a restart.

use super::*;

#[test]
fn a_restart_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/ears.json");
    let quiet: Vec<f32> = house(8.0, 60.0).iter().map(|x| x * db_to_gain(-30.0)).collect();
    let mut before = mono(48_000);
    before.push(&quiet);
    before.memory().save(&path, "desk").unwrap();
    assert_eq!(LevelMemory::load(&path, "another desk"), None);
    let mut after = mono(48_000);
    after.remember(&LevelMemory::load(&path, "desk").unwrap());
    assert_eq!(after.memory(), before.memory());
    // A quiet passage right after the restart is as loud as it would have been.
    let passage: Vec<f32> = house(110.0, 4.0).iter().map(|x| x * db_to_gain(-42.0)).collect();
    // And when the music goes on, the floor is as full as before, beat or no beat yet.
    let louder: Vec<f32> = house(68.0, 4.0).iter().map(|x| x * db_to_gain(-30.0)).collect();
    let levels = |mut ears: Analysis| {
        ears.push(&louder);
        let energy = (ears.features().energy, ears.features().energy_long);
        ears.push(&passage);
        (ears.features().bands[4].presence, energy)
    };
    let (kept, remembered, forgetful) = (levels(before), levels(after), levels(mono(48_000)));
    assert!((remembered.0 - kept.0).abs() < 0.1, "{kept:?} {remembered:?}");
    // Filters fill up within a second or two, and energy follows over seconds.
    let apart = |ears: &(f32, (f32, f32))| (ears.1.0 - kept.1.0).abs();
    assert!(kept.1.0 > 0.5 && apart(&remembered) < 0.1, "{kept:?} {remembered:?}");
    assert!((remembered.1.1 - kept.1.1).abs() < 0.02, "{kept:?} {remembered:?}");
    assert!(apart(&forgetful) > 0.2, "who remembers nothing does not know yet: {kept:?} {forgetful:?}");
    for damaged in ["", "{}", r#"{"input":"desk","gains":[]}"#] {
        std::fs::write(&path, damaged).unwrap();
        assert_eq!(LevelMemory::load(&path, "desk"), None);
    }
}

#[test]
fn eight_bands_know_where_a_tone_is() {
    for (k, hz) in [40.0, 85.0, 175.0, 350.0, 1000.0, 3000.0, 7000.0, 12_000.0].into_iter().enumerate() {
        let mut ears = mono(48_000);
        // Half a second on, half off: a hit each time.
        let on = sine(hz, 0.5, 48_000, 0.5);
        let pattern: Vec<f32> = on.into_iter().chain(std::iter::repeat_n(0.0, 24_000)).collect();
        for _ in 0..6 {
            ears.push(&pattern);
        }
        ears.push(&pattern[..2400]);
        let heard = ears.features();
        let loudest = (0..8).max_by(|a, b| heard.bands[*a].db.total_cmp(&heard.bands[*b].db));
        assert_eq!(loudest, Some(k), "{hz} Hz: {:?}", heard.bands);
        assert!(heard.bands[k].fast > 0.8 && heard.bands[k].hit > 0.5, "{hz} Hz: {:?}", heard.bands[k]);
        assert!(heard.bands[k].presence > 0.3 && heard.bands[k].clock_s > 2.0, "{:?}", heard.bands[k]);
    }
}

#[test]
fn colour_tells_a_tone_from_noise() {
    let hear = |sound: Vec<f32>| {
        let mut ears = mono(48_000);
        ears.push(&sound);
        ears.features().timbre
    };
    let (low, high, hiss) =
        (hear(sine(80.0, 0.5, 48_000, 1.0)), hear(sine(8000.0, 0.5, 48_000, 1.0)), hear(noise(0.3, 48_000)));
    assert!(low.centroid < 0.3 && high.centroid > 0.8, "{} {}", low.centroid, high.centroid);
    assert!(low.flatness < 0.02 && hiss.flatness > 0.3, "{} {}", low.flatness, hiss.flatness);
    assert!(low.flux < 0.02, "{}", low.flux);
    let brightest = low.spectrum.iter().enumerate().max_by_key(|(_, level)| **level).map(|(k, _)| k);
    // 80 Hz is 1.4 of nine octaves up.
    assert!((7..=12).contains(&brightest.unwrap()), "{brightest:?}");
}

/// EBU Tech 3341: a stereo sine of 1 kHz at −23 dBFS on both channels reads −23 LUFS.
#[test]
fn loudness_is_ebu_r128() {
    let tone = sine(997.0, db_to_gain(-23.0), 48_000, 20.0);
    let stereo: Vec<f32> = tone.iter().flat_map(|x| [*x, *x]).collect();
    let mut both = Analysis::new(AnalysisConfig::default());
    both.push(&stereo);
    let mut one = mono(48_000);
    one.push(&tone);
    for loudness in [both.features().loudness, one.features().loudness] {
        for lufs in [loudness.momentary_lufs, loudness.short_lufs, loudness.integrated_lufs] {
            assert!((lufs + 23.0).abs() < 0.1, "{loudness:?}");
        }
    }
}

#[test]
fn cable_faults_are_told() {
    let tone = sine(200.0, 0.4, 48_000, 8.0);
    let hear = |frame: &dyn Fn(f32) -> [f32; 2]| {
        let mut ears = Analysis::new(AnalysisConfig::default());
        ears.push(&tone.iter().flat_map(|x| frame(*x)).collect::<Vec<f32>>());
        let heard = ears.features();
        (heard.dc, heard.inverted)
    };
    assert_eq!(hear(&|x| [x, x]), (false, false));
    assert_eq!(hear(&|x| [x, -0.9 * x]), (false, true));
    assert_eq!(hear(&|x| [x, -x]), (false, true), "exactly, so that nothing is left of the sum");
    assert_eq!(hear(&|x| [x + 0.05, x + 0.05]), (true, false));
    assert_eq!(hear(&|x| [x, 0.0]), (false, false));
}

#[test]
fn the_chosen_channels_are_heard() {
    let mut ears = Analysis::new(AnalysisConfig { channels: 32, pick: [30, 31], ..AnalysisConfig::default() });
    let tone = sine(440.0, 0.5, 48_000, 1.0);
    let wide: Vec<f32> = tone
        .iter()
        .flat_map(|x| {
            let mut frame = [0.9; 32];
            frame[30..].fill(*x);
            frame
        })
        .collect();
    ears.push(&wide);
    assert!((ears.features().level_dbfs + 9.03).abs() < 0.3);
}
