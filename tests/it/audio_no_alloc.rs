//! The analysis of a hop must not touch the allocator: it shares a machine with a generator that does.

use assert_no_alloc::assert_no_alloc;
use halation::audio::{Analysis, AnalysisConfig, Input, ListenSettings, Listener};
use halation::tempo::Tempo;
use halation::units::{Bpm, Seconds};

#[test]
fn a_hop_does_not_allocate() {
    for sample_rate_hz in [44_100, 48_000, 96_000, 192_000] {
        let mut ears = Analysis::new(AnalysisConfig { sample_rate_hz, channels: 2, ..AnalysisConfig::default() });
        let sound: Vec<f32> = (0..sample_rate_hz).map(|n| (n as f32 * 0.01).sin() * 0.5).collect();
        let hops = assert_no_alloc(|| {
            ears.set_gain_db(3.0);
            sound.chunks(333).map(|block| ears.push(&block[..block.len() / 2 * 2])).sum::<usize>()
        });
        assert!(hops > 80);
        assert!(ears.features().level_dbfs > -20.0);
    }
}

#[test]
fn a_step_of_the_listener_does_not_allocate() {
    let mut listener = Listener::new(Some(Input::synth("house126").expect("it is built in")));
    let heard = assert_no_alloc(|| {
        let steps = (0..500).map(|i| listener.step(Seconds(f64::from(i) * 0.005), ListenSettings::default()));
        steps.last().expect("500 steps")
    });
    assert!(heard.hop > 400 && !heard.silent);
}

#[test]
fn the_beat_clock_does_not_allocate() {
    let mut tempo = Tempo::new(Bpm(120.0));
    assert_no_alloc(|| {
        for i in 0..2000 {
            let now = Seconds(f64::from(i) * 0.02);
            tempo.midi_clock(now);
            if i % 25 == 0 {
                tempo.tap(now);
            }
            if i % 100 == 0 {
                tempo.double(now);
                tempo.halve(now);
            }
            tempo.step(now);
            std::hint::black_box(tempo.clock().at(now.after(0.1)));
        }
    });
}
