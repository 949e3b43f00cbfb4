//! MIDI clock as it comes in clubs: in packets, twice, with holes.

use super::*;

/// What a sender does with its clock.
#[derive(Clone, Copy)]
struct Sender {
    bpm: f64,
    /// Ticks leave together, so far apart; 0 for each by itself.
    apart_s: f64,
    /// Ticks are due so much early or late.
    jitter_s: f64,
    /// Packets arrive so much late.
    packet_jitter_s: f64,
    /// Each tick comes again after so long.
    again_s: Option<f64>,
}

impl Sender {
    fn at(bpm: f64) -> Self {
        Self { bpm, apart_s: 0.0, jitter_s: 0.0, packet_jitter_s: 0.0, again_s: None }
    }

    /// When the ticks of `seconds` arrive, oldest first.
    fn arrivals(&self, seconds: f64) -> Vec<f64> {
        let (mut noise, mut late, mut packet) = (Noise(7), Noise(8), (0.0, 0.0));
        let mut out = Vec::new();
        for i in 0..(seconds * self.bpm / 60.0 * 24.0) as u32 {
            let due = f64::from(i) * 60.0 / self.bpm / 24.0 + self.jitter_s * noise.next();
            let mut sent = due;
            if self.apart_s > 0.0 {
                sent = (due / self.apart_s).ceil() * self.apart_s;
                if packet.0 != sent {
                    packet = (sent, self.packet_jitter_s * late.next().abs());
                }
                sent += packet.1;
            }
            out.push(sent);
            out.extend(self.again_s.map(|again_s| sent + again_s));
        }
        out.sort_by(f64::total_cmp);
        out
    }
}

/// What the clock made of a sender, from `settled` seconds on: tempo at least and most, and the phase's worst error.
#[derive(Debug)]
struct Told {
    bpm: (f64, f64),
    off_s: f64,
}

fn play(sender: &Sender, seconds: f64, settled: f64) -> Told {
    let mut tempo = Tempo::new(Bpm(100.0));
    tempo.midi_start(at(-0.01));
    let mut told = Told { bpm: (f64::INFINITY, 0.0), off_s: 0.0 };
    for arrival in sender.arrivals(seconds) {
        tempo.midi_clock(at(arrival));
        let beat = tempo.clock().at(at(arrival));
        if arrival > settled && beat.source == ClockSource::Midi {
            told.bpm = (told.bpm.0.min(beat.bpm.0), told.bpm.1.max(beat.bpm.0));
        }
        if arrival > settled.max(8.0) {
            told.off_s = told.off_s.max(phase_gap(beat.beats, arrival * sender.bpm / 60.0) * 60.0 / sender.bpm);
        }
    }
    told
}

#[test]
fn packets_give_the_right_tempo_and_a_steady_one() {
    let mut worst = 0f64;
    for apart_s in [0.0075, 0.015, 0.030, 0.045] {
        for bpm in [90.0, 126.0, 174.0] {
            for (jitter_s, packet_jitter_s) in [(0.0, 0.0), (0.001, 0.0), (0.001, 0.001), (0.002, 0.003)] {
                let told = play(&Sender { apart_s, jitter_s, packet_jitter_s, ..Sender::at(bpm) }, 20.0, 4.0);
                let off = (told.bpm.0 - bpm).abs().max((told.bpm.1 - bpm).abs());
                worst = worst.max(off);
                println!("{bpm} in {apart_s} s, jitter {jitter_s}, {packet_jitter_s}: {told:.3?}");
                assert!(off < 0.8, "{bpm} in packets of {apart_s} s, jitter {jitter_s}, {packet_jitter_s}: {told:?}");
                assert!(told.off_s < 0.010 + 0.5 * apart_s, "{bpm} in packets of {apart_s} s: {told:?}");
            }
        }
    }
    println!("worst {worst:.2} bpm");
}

#[test]
fn packets_that_mostly_hold_two_ticks_are_no_loop() {
    for bpm in [158.0, 162.0, 164.0, 169.0, 172.0, 176.0] {
        let told = play(&Sender { apart_s: 0.030, jitter_s: 0.000_5, ..Sender::at(bpm) }, 20.0, 5.0);
        assert!((told.bpm.0 - bpm).abs().max((told.bpm.1 - bpm).abs()) < 0.8, "{bpm}: {told:?}");
    }
}

#[test]
fn a_loop_that_loses_bytes_stays_one() {
    let mut tempo = Tempo::new(Bpm(100.0));
    let sender = Sender { again_s: Some(0.000_4), jitter_s: 0.000_5, ..Sender::at(126.0) };
    for (k, arrival) in sender.arrivals(40.0).into_iter().enumerate() {
        // A copy each second from the fifth on, once both.
        if k % 101 != 60 && !(900..902).contains(&k) {
            tempo.midi_clock(at(arrival));
        }
        let beat = tempo.clock().at(at(arrival));
        assert!(beat.source != ClockSource::Midi || (beat.bpm.0 - 126.0).abs() < 1.0, "{beat:?} at {arrival}");
    }
}

#[test]
fn ticks_of_a_sound_cards_period_arrive_together() {
    for apart_s in [256.0 / 48000.0, 1024.0 / 48000.0, 1024.0 / 44100.0, 2048.0 / 48000.0, 2048.0 / 44100.0] {
        for bpm in (72..180).step_by(3).map(f64::from) {
            // Near one tick a period it takes a while until the first that has two, or none.
            if (bpm * 24.0 * apart_s / 60.0 - 1.0).abs() < 1.0 / 50.0 {
                continue;
            }
            let told = play(&Sender { apart_s, jitter_s: 0.000_1, ..Sender::at(bpm) }, 30.0, 10.0);
            println!("{bpm} in {apart_s}: {told:.3?}");
            assert!((told.bpm.0 - bpm).abs().max((told.bpm.1 - bpm).abs()) < 0.8, "{bpm} in {apart_s} s: {told:?}");
        }
    }
}

#[test]
fn a_loop_sends_each_tick_twice_and_changes_nothing() {
    for bpm in [70.0, 90.0, 126.0, 140.0, 174.0] {
        for again_s in [0.000_02, 0.000_4, 0.000_9] {
            let told = play(&Sender { again_s: Some(again_s), jitter_s: 0.001, ..Sender::at(bpm) }, 20.0, 0.0);
            println!("{bpm} again after {again_s}: {told:.3?}");
            assert!(
                (told.bpm.0 - bpm).abs().max((told.bpm.1 - bpm).abs()) < 1.0,
                "{bpm} again after {again_s} s: {told:?}"
            );
            assert!(told.off_s < 0.005, "{bpm} again after {again_s} s: {told:?}");
        }
    }
}

/// Ticks at 126 bpm with ±`jitter_s`; before the tick numbered `hole` the sender pauses for `pause_s`, and `lost` ticks
/// are lost. By how much the clock's bar is off the song's, in beats, two beats later and at the end; without a start, by how
/// much it has moved.
fn after_a_hole(hole: u32, pause_s: f64, lost: u32, jitter_s: f64, started: bool) -> [f64; 2] {
    let (mut tempo, mut noise, tick_s) = (Tempo::new(Bpm(126.0)), Noise(u64::from(hole)), 60.0 / 126.0 / 24.0);
    if started {
        tempo.midi_start(at(0.99));
    }
    let (mut off, mut before) = (Vec::new(), 0.0);
    for i in 0..hole + 600 {
        let t = 1.0 + f64::from(i) * tick_s + if i >= hole { pause_s } else { 0.0 };
        if !(hole..hole + lost).contains(&i) {
            tempo.midi_clock(at(t + jitter_s * noise.next()));
        }
        let beat = tempo.clock().at(at(t));
        let in_bar = f64::from(beat.beat_in_bar) + beat.phase - f64::from(i) / 24.0;
        if i == hole - 1 && !started {
            before = in_bar;
        }
        if i == hole + lost + 48 || i == hole + 599 {
            let moved = in_bar - before;
            off.push(moved - 4.0 * (moved / 4.0).round());
        }
    }
    [off[0], off[1]]
}

#[test]
fn a_pause_of_the_sender_is_told_from_lost_bytes() {
    let mut right = 0;
    let pauses = [0.15, 0.3, 0.43, 0.56, 0.7, 0.81, 0.95];
    for (k, (pause_s, hole)) in
        pauses.into_iter().flat_map(|pause_s| [960, 977, 1003].map(|hole| (pause_s, hole))).enumerate()
    {
        for started in [true, false] {
            let off = after_a_hole(hole, pause_s, 0, 0.001, started);
            println!("{k}: a pause of {pause_s} s, started {started}: {off:.3?} beats off");
            assert!(off[0].abs() < 0.12 && off[1].abs() < 0.02, "a pause of {pause_s} s, {started}: {off:?}");
            right += 1;
        }
    }
    for lost in [1, 2, 3, 7, 24, 30, 45] {
        for started in [true, false] {
            let off = after_a_hole(960 + lost, 0.0, lost, 0.001, started);
            assert!(off[0].abs() < 0.02 && off[1].abs() < 0.02, "{lost} lost, {started}: {off:?}");
            right += 1;
        }
    }
    println!("{right} of {right}");
}

#[test]
fn half_the_tempo_is_no_loss_of_every_second_tick() {
    for after in [60.0, 63.0, 75.0, 80.0, 90.0] {
        let mut tempo = Tempo::new(Bpm(126.0));
        let mut t = 1.0;
        for i in 0..600 {
            t += 60.0 / 24.0 / if i < 400 { 126.0 } else { after };
            tempo.midi_clock(at(t));
            // Two beats later.
            if i >= 448 {
                let told = tempo.clock().at(at(t)).bpm.0;
                assert!((told - after).abs() < 1.0, "126 to {after}: {told} at tick {i}");
            }
        }
    }
}
