//! The ears in virtual time, on sound made here.

use std::f32::consts::TAU;

use super::ring::ring;
use super::*;
use crate::audio::features::BandPart;
use crate::units::{Seconds, db_to_gain};

mod features;
mod files;

fn sine(hz: f32, amplitude: f32, rate: u32, seconds: f32) -> Vec<f32> {
    let count = (rate as f32 * seconds) as usize;
    (0..count).map(|n| amplitude * (TAU * (hz * n as f32 / rate as f32).fract()).sin()).collect()
}

fn noise(amplitude: f32, count: usize) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1u32 << 23) as f32 - 1.0
    };
    (0..count).map(|_| amplitude * next()).collect()
}

pub(super) fn mono(rate: u32) -> Analysis {
    Analysis::new(AnalysisConfig { sample_rate_hz: rate, channels: 1, ..AnalysisConfig::default() })
}

/// `seconds` of the synthetic track from `from_s`.
fn house(from_s: f64, seconds: f64) -> Vec<f32> {
    let rate = f64::from(synth::SAMPLE_RATE_HZ);
    ((from_s * rate) as u64..((from_s + seconds) * rate) as u64).map(synth::sample).collect()
}

#[test]
fn sources_have_names() {
    for source in FeatureSource::all() {
        assert_eq!(FeatureSource::from_name(&source.to_string()), Some(source));
    }
    assert_eq!(FeatureSource::from_name("band.sub.hit"), Some(FeatureSource::Band(0, BandPart::Hit)));
    assert_eq!(FeatureSource::from_name("bass"), None);
    let silence = Features::default();
    let silent = FeatureSource::Passage(Section::Silence);
    assert!(FeatureSource::all().all(|source| silence.source(source) == f32::from(u8::from(source == silent))));
}

#[test]
fn bands_read_the_same_at_every_sample_rate() {
    for rate in [44_100, 48_000, 88_200, 96_000, 176_400, 192_000] {
        for (hz, expected) in
            [(70.0, [true, false, false]), (1000.0, [false, true, false]), (8000.0, [false, false, true])]
        {
            let mut ears = mono(rate);
            ears.push(&sine(hz, 0.5, rate, 0.5));
            let heard = ears.features();
            let bands = [heard.low_db, heard.mid_db, heard.high_db];
            for (db, loud) in bands.into_iter().zip(expected) {
                assert_eq!((db + 6.02).abs() < 0.6, loud, "{hz} Hz at {rate} Hz: {bands:?}");
                assert!(loud || db < -25.0, "{hz} Hz at {rate} Hz leaks: {bands:?}");
            }
            let hop_s = heard.time_s / heard.hop as f64;
            assert!((0.005..0.006).contains(&hop_s), "hop of {hop_s} s at {rate} Hz");
        }
    }
}

#[test]
fn meters_read_dbfs_and_gain_is_a_trim() {
    let mut ears = mono(48_000);
    ears.push(&sine(440.0, 0.5, 48_000, 2.0));
    let plain = ears.features();
    assert!((plain.level_dbfs + 9.03).abs() < 0.2, "{plain:?}");
    assert!((plain.peak_dbfs + 6.02).abs() < 0.2, "{plain:?}");
    ears.set_gain_db(-12.0);
    ears.push(&sine(440.0, 0.5, 48_000, 3.0));
    assert!((ears.features().level_dbfs + 21.03).abs() < 0.2);
}

#[test]
fn dc_is_not_heard() {
    let mut ears = mono(48_000);
    ears.push(&vec![0.3; 48_000 * 4]);
    let heard = ears.features();
    assert!(heard.silent && heard.energy < 0.01 && heard.low < 1e-3, "{heard:?}");
}

#[test]
fn only_the_first_two_channels_are_mixed() {
    let mut ears = Analysis::new(AnalysisConfig { sample_rate_hz: 48_000, channels: 4, ..AnalysisConfig::default() });
    let tone = sine(440.0, 0.5, 48_000, 1.0);
    let quad: Vec<f32> = tone.iter().flat_map(|x| [*x, *x, 9.0, -9.0]).collect();
    ears.push(&quad);
    assert!((ears.features().level_dbfs + 9.03).abs() < 0.3);
}

#[test]
fn block_size_does_not_matter() {
    let sound = house(0.0, 6.0);
    let mut whole = mono(48_000);
    let hops = whole.push(&sound);
    assert_eq!(hops as u64, whole.features().hop);
    for size in [1, 63, 256, 8191] {
        let mut pieces = mono(48_000);
        sound.chunks(size).for_each(|block| assert!(pieces.push(block) <= 32));
        assert_eq!(pieces.features(), whole.features());
    }
}

#[test]
fn silence_ends_everything_and_teaches_nothing() {
    let mut ears = mono(48_000);
    ears.push(&house(16.0, 40.0));
    let playing = ears.features();
    assert!(playing.energy > 0.5 && !playing.silent, "{playing:?}");
    ears.push(&vec![0.0; 48_000 * 7]);
    let stopped = ears.features();
    assert!(stopped.silent && stopped.energy < 0.01, "{stopped:?}");
    assert!(stopped.low + stopped.mid + stopped.high + stopped.kick < 0.01, "{stopped:?}");
    // Two minutes of mixer hiss, then the same music: the gain stands where it stood.
    ears.push(&noise(db_to_gain(-62.0), 48_000 * 120));
    assert!(ears.features().energy < 0.01);
    ears.push(&house(16.0, 40.0));
    let again = ears.features();
    assert!((again.energy - playing.energy).abs() < 0.05, "{playing:?}\n{again:?}");
}

#[test]
fn hiss_and_hum_are_not_a_show() {
    for (name, sound) in [
        ("hiss at -50", noise(db_to_gain(-50.0), 48_000 * 20)),
        ("hiss at -62", noise(db_to_gain(-62.0), 48_000 * 20)),
        ("hum at -50", sine(50.0, db_to_gain(-50.0), 48_000, 20.0)),
    ] {
        let mut ears = mono(48_000);
        let mut most = 0f32;
        for second in sound.chunks(48_000) {
            ears.push(second);
            most = most.max(ears.features().energy);
        }
        let heard = ears.features();
        assert!(heard.silent && heard.energy < 0.01, "{name}: {heard:?}");
        assert!(most < 0.1, "{name}: energy went to {most}");
    }
}

#[test]
fn quiet_input_is_made_as_big_as_loud_input() {
    let sound = house(8.0, 67.0);
    let mut loud = mono(48_000);
    let mut quiet = mono(48_000);
    let gain = db_to_gain(-30.0);
    loud.push(&sound);
    quiet.push(&sound.iter().map(|x| x * gain).collect::<Vec<f32>>());
    let (loud, quiet) = (loud.features(), quiet.features());
    assert!((loud.energy - quiet.energy).abs() <= 0.05, "{loud:?}\n{quiet:?}");
    assert!((loud.level_dbfs - quiet.level_dbfs - 30.0).abs() < 0.5);
}

#[test]
fn hostile_samples_do_no_harm() {
    let mut ears = mono(48_000);
    let mut sound = house(0.0, 2.0);
    for (i, sample) in sound.iter_mut().enumerate() {
        match i % 701 {
            0 => *sample = f32::NAN,
            1 => *sample = f32::INFINITY,
            2 => *sample = 1e30,
            _ => {}
        }
    }
    ears.push(&sound);
    ears.push(&house(0.0, 2.0));
    let heard = ears.features();
    for source in FeatureSource::all() {
        assert!((0.0..=1.0).contains(&heard.source(source)), "{source:?}: {heard:?}");
    }
    assert!(heard.level_dbfs.is_finite());
    ears.push(&house(2.0, 6.0));
    let heard = ears.features();
    assert!(!heard.silent && heard.energy > 0.3 && heard.level_dbfs < 0.0, "hears again: {heard:?}");
}

#[test]
fn clipping_is_flagged_for_a_second() {
    let mut ears = mono(48_000);
    ears.push(&sine(100.0, 0.9, 48_000, 0.5));
    assert!(!ears.features().clip);
    let over: Vec<f32> = sine(100.0, 2.0, 48_000, 0.1).iter().map(|x| x.clamp(-1.0, 1.0)).collect();
    ears.push(&over);
    assert!(ears.features().clip);
    ears.push(&vec![0.0; 48_000 * 3 / 2]);
    assert!(!ears.features().clip);
}

/// Every kick of the synthetic track raises the envelope within 40 ms, and it is down again before the next.
#[test]
fn kick_follows_four_on_the_floor() {
    let mut ears = mono(48_000);
    ears.push(&house(0.0, 20.0));
    let beat_s = 60.0 / 126.0;
    let first = (20.0f64 / beat_s).ceil() as u32;
    let mut t = 20.0;
    for beat in first..first + 32 {
        let due = f64::from(beat) * beat_s;
        ears.push(&house(t, due - t));
        let before = ears.features().kick;
        ears.push(&house(due, 0.04));
        let after = ears.features().kick;
        t = due + 0.04;
        assert!(before < 0.35, "beat {beat}: still {before} before the kick");
        assert!(after > 0.6, "beat {beat}: only {after} after the kick");
    }
}

/// What the wall sees: both sampled at 30 frames a second, the envelope of a plain 120 BPM kick and what is heard.
#[test]
fn kick_and_low_correlate_with_the_envelope_of_a_kick_track() {
    let rate = 48_000;
    let envelope = |t: f32| (-(t % 0.5) / 0.15).exp();
    let sound: Vec<f32> = (0..rate * 30)
        .map(|n| n as f32 / rate as f32)
        .map(|t| 0.8 * envelope(t) * (TAU * 55.0 * (t % 0.5)).sin())
        .collect();
    let mut ears = mono(rate);
    let frame = rate as usize / 30;
    let heard: Vec<Features> = sound.chunks(frame).map(|block| (ears.push(block), ears.features()).1).collect();
    let truth: Vec<f32> = (1..=heard.len()).map(|i| envelope((i * frame) as f32 / rate as f32)).collect();
    // The level is in decibels, so it follows less closely.
    for (source, wanted) in [(FeatureSource::Kick, 0.95), (FeatureSource::Low, 0.8)] {
        let values: Vec<f32> = heard.iter().map(|features| features.source(source)).collect();
        let best =
            (0..3).map(|lag| correlation(&truth[60..truth.len() - lag], &values[60 + lag..])).fold(0.0, f32::max);
        println!("{} against the envelope: {best:.3}", source);
        assert!(best > wanted, "{source:?}: {best}");
    }
}

fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let mean = |x: &[f32]| x.iter().sum::<f32>() / x.len() as f32;
    let (ma, mb) = (mean(a), mean(b));
    let product: f32 = a.iter().zip(b).map(|(x, y)| (x - ma) * (y - mb)).sum();
    let spread = |x: &[f32], m: f32| x.iter().map(|v| (v - m).powi(2)).sum::<f32>().sqrt();
    product / (spread(a, ma) * spread(b, mb))
}

#[test]
fn a_break_has_less_energy_than_a_drop() {
    let mut ears = mono(48_000);
    let bar_s = 4.0 * 60.0 / 126.0;
    ears.push(&house(0.0, 39.0 * bar_s));
    let groove = ears.features();
    ears.push(&house(39.0 * bar_s, 15.0 * bar_s));
    let quiet = ears.features();
    ears.push(&house(54.0 * bar_s, 18.0 * bar_s));
    let drop = ears.features();
    assert!(quiet.energy < groove.energy - 0.25 && quiet.energy < drop.energy - 0.25, "{quiet:?}\n{drop:?}");
    assert!(quiet.kick < 0.2, "{quiet:?}");
    println!("energy: groove {:.2}, break {:.2}, drop {:.2}", groove.energy, quiet.energy, drop.energy);
}

#[test]
fn a_track_sounds_the_same_however_it_is_stepped() {
    let stepped = |fps: u32| {
        let mut listener = Listener::new(Some(Input::synth("house126").unwrap()));
        let frames = 3 * fps;
        (0..=frames)
            .map(|i| listener.step(Seconds(f64::from(i) / f64::from(fps)), ListenSettings::default()))
            .last()
            .unwrap()
    };
    let (slow, fast) = (stepped(25), stepped(500));
    assert_eq!(slow, fast);
    // What is there of the next hop is not in the features yet.
    assert!((0.0..0.006).contains(&(3.0 - slow.time_s)) && slow.low > 0.0, "{}", slow.time_s);
}

#[test]
fn a_long_stall_is_not_caught_up_on() {
    let mut listener = Listener::new(Some(Input::synth("house126").unwrap()));
    listener.step(Seconds(0.0), ListenSettings::default());
    let hop = listener.step(Seconds(100.0), ListenSettings::default()).hop;
    assert!((80..=100).contains(&hop), "{hop} hops");
}

#[test]
fn choices_are_parsed() {
    let parse = |text: &str| text.parse::<Choice>();
    assert_eq!(parse("auto").unwrap(), Choice::Auto);
    assert_eq!(parse("none").unwrap(), Choice::None);
    assert_eq!(parse("file:a:b.wav").unwrap(), Choice::File("a:b.wav".into()));
    assert_eq!(parse("synth:house126").unwrap(), Choice::Synth("house126".into()));
    assert_eq!(parse("jack").unwrap(), Choice::Jack(None));
    assert_eq!(parse("jack:mixxx").unwrap(), Choice::Jack(Some("mixxx".into())));
    assert_eq!(parse("pulse:club.monitor").unwrap(), Choice::Pulse(Some("club.monitor".into())));
    assert_eq!(parse("alsa:plughw:CARD=1,DEV=0").unwrap(), Choice::Alsa(Some("plughw:CARD=1,DEV=0".into())));
    assert_eq!(parse("Scarlett").unwrap(), Choice::Named("Scarlett".into()));
    for bad in ["", "file:", "file", "synth", "jack:", "synth:polka"] {
        let error = parse(bad).expect_err(bad).to_string();
        assert!(error.contains("try --audio"), "{error}");
    }
    assert!(parse("synth:polka").unwrap_err().to_string().contains("house126"));
}

#[test]
fn the_ring_keeps_order_and_refuses_what_does_not_fit() {
    let (mut producer, mut consumer) = ring(1000);
    let reader = std::thread::spawn(move || {
        let (mut heard, mut expected) = (Vec::with_capacity(4096), 0f32);
        while expected < 200_000.0 {
            heard.clear();
            consumer.read(&mut heard, 700);
            for sample in &heard {
                assert_eq!(*sample, expected);
                expected += 1.0;
            }
            std::thread::yield_now();
        }
    });
    let mut sent = 0u32;
    while sent < 200_000 {
        let count = (1 + sent % 97).min(200_000 - sent);
        if producer.write(count as usize, (sent..sent + count).map(|n| n as f32)) {
            sent += count;
        } else {
            std::thread::yield_now();
        }
    }
    reader.join().unwrap();
    assert!(!producer.write(1025, std::iter::repeat(0.0)));
}

#[test]
fn hop_cost() {
    let mut ears = mono(48_000);
    let start = std::time::Instant::now();
    let sound = house(16.0, 10.0);
    println!("one second of house126: {:.1} ms", start.elapsed().as_secs_f64() * 100.0);
    ears.push(&sound);
    let start = std::time::Instant::now();
    let hops = ears.push(&sound);
    println!("one hop: {:.1} µs", start.elapsed().as_secs_f64() * 1e6 / hops as f64);
}
