//! Decks that send no beats, in packets made here: no public capture has them.

use super::*;

/// A deck whose needle is moved by the test.
struct Needle {
    number: u8,
    bpm: f64,
    pitch: f64,
    /// Seconds of the track, and whether it moves.
    place_s: f64,
    plays: bool,
    /// Sends positions, statuses whose grid begins at that beat of the track, and beats.
    positions: bool,
    status_grid: Option<f64>,
    beats: bool,
    track: u32,
}

impl Needle {
    fn opus(bpm: f64) -> Self {
        let (place_s, plays, positions) = (0.0, true, true);
        Self { number: 9, bpm, pitch: 1.0, place_s, plays, positions, status_grid: None, beats: false, track: 1 }
    }

    fn position(&self) -> Vec<u8> {
        let mut bytes = vec![0; 0x3c];
        bytes[..10].copy_from_slice(&MAGIC);
        bytes[0x0b..0x14].copy_from_slice(b"OPUS-QUAD");
        (bytes[0x0a], bytes[0x1f], bytes[0x21]) = (0x0b, 2, self.number);
        bytes[0x24..0x28].copy_from_slice(&312u32.to_be_bytes());
        bytes[0x28..0x2c].copy_from_slice(&((self.place_s * 1000.0) as u32).to_be_bytes());
        bytes[0x2c..0x30].copy_from_slice(&(((self.pitch - 1.0) * 10_000.0).round() as i32).to_be_bytes());
        bytes[0x38..0x3c].copy_from_slice(&((self.bpm * self.pitch * 10.0).round() as u32).to_be_bytes());
        bytes
    }

    fn status(&self, grid: f64, count: u32) -> Vec<u8> {
        let mut bytes = status_packet(self.number, false, 0xff);
        // What the needle passed some milliseconds ago.
        let beat = ((self.place_s - 0.015 * self.pitch) * self.bpm / 60.0 - grid).floor();
        bytes[0x7b] = if self.plays { 3 } else { 5 };
        bytes[0x8c..0x90].copy_from_slice(&((self.pitch * 1_048_576.0) as u32).to_be_bytes());
        bytes[0x92..0x94].copy_from_slice(&((self.bpm * 100.0).round() as u16).to_be_bytes());
        bytes[0x2c..0x30].copy_from_slice(&self.track.to_be_bytes());
        bytes[0xa0..0xa4].copy_from_slice(&((beat + 1.0).max(0.0) as u32).to_be_bytes());
        bytes[0xa6] = beat.rem_euclid(4.0) as u8 + 1;
        bytes[0xc8..0xcc].copy_from_slice(&count.to_be_bytes());
        bytes
    }

    /// Beats of the track, or of its grid where a status tells it.
    fn beats_now(&self) -> f64 {
        self.place_s * self.bpm / 60.0 - self.status_grid.unwrap_or(0.0)
    }
}

/// One deck's network in virtual time, and the clock that follows it.
struct Booth {
    network: Network,
    tempo: Tempo,
    now_s: f64,
    count: u32,
    dice: u64,
    told: Vec<Sighting>,
}

impl Booth {
    fn new() -> Self {
        let (network, tempo) = (Network::default(), Tempo::new(Bpm(100.0)));
        Self { network, tempo, now_s: 5.0, count: 0, dice: 1, told: Vec::new() }
    }

    /// 0 to 1.
    fn chance(&mut self) -> f64 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 40) as f64 / f64::from(1 << 24)
    }

    fn hear(&mut self, late_s: f64, deck: &Needle, port: u16, bytes: &[u8]) {
        let now_s = self.now_s + late_s;
        let heard = self.network.hear(now_s, at(deck.number), port, bytes).unwrap();
        if let Some(beat) = heard.and_then(|heard| heard.beat) {
            self.told.push(beat);
            self.tempo.sight(Seconds(now_s), ClockSource::ProLink, &beat);
        }
    }

    /// Lets `deck` go on for `seconds`: positions every 30 ms, up to 2 ms late, statuses every 200. The clock's worst
    /// tempo (bpm) and phase (s) after `settled` seconds.
    fn go_on(&mut self, deck: &mut Needle, seconds: f64, settled: f64) -> (f64, f64) {
        let (from_s, mut worst) = (self.now_s, (0f64, 0f64));
        while self.now_s < from_s + seconds {
            let late_s = 0.002 * self.chance();
            if deck.positions && self.count.is_multiple_of(3) {
                self.hear(late_s, deck, BEAT_PORT, &deck.position());
            }
            if let Some(grid) = deck.status_grid.filter(|_| self.count % 20 == 7) {
                // Their cadence is not exact.
                let late_s = 0.004 * self.chance() + 0.003 * f64::from(self.count / 20 % 7);
                let then =
                    Needle { place_s: deck.place_s + if deck.plays { late_s * deck.pitch } else { 0.0 }, ..*deck };
                self.hear(late_s, deck, STATUS_PORT, &then.status(grid, self.count));
            }
            let before = deck.beats_now();
            self.count += 1;
            self.now_s += 0.01;
            deck.place_s += if deck.plays { 0.01 * deck.pitch } else { 0.0 };
            if deck.beats && deck.plays && deck.beats_now().floor() > before.floor() {
                let place = deck.beats_now().floor().rem_euclid(4.0) as u8 + 1;
                self.hear(0.0, deck, BEAT_PORT, &beat_packet(deck.number, "CDJ-3000", deck.bpm, deck.pitch, place));
            }
            let beat = self.tempo.step(Seconds(self.now_s)).at(Seconds(self.now_s));
            if self.now_s > from_s + settled {
                let off = beat.beats - deck.beats_now();
                let bpm = deck.bpm * deck.pitch;
                worst = (worst.0.max((beat.bpm.0 - bpm).abs()), worst.1.max((off - off.round()).abs() * 60.0 / bpm));
            }
        }
        worst
    }

    fn leads(&self) -> bool {
        self.tempo.clock().at(Seconds(self.now_s)).source == ClockSource::ProLink
    }

    fn place(&self) -> f64 {
        let beat = self.tempo.clock().at(Seconds(self.now_s));
        f64::from(beat.beat_in_bar) + beat.phase
    }
}

#[test]
fn synthetic_positions_alone_give_tempo_and_phase() {
    let mut worst = (0f64, 0f64);
    for (bpm, pitch) in [(126.0, 1.0), (90.0, 1.0), (174.0, 0.981), (126.0, 1.0159), (124.37, 1.0), (127.97, 1.0433)] {
        let mut booth = Booth::new();
        let mut deck = Needle { pitch, ..Needle::opus(bpm) };
        booth.go_on(&mut deck, 4.0 * 60.0 / bpm, 0.0);
        assert!(booth.leads(), "{bpm}: within four beats");
        // A place at a tempo that is only known to tenths: by its own count.
        let by = if (bpm * 10.0).fract() == 0.0 { 1.0 } else { f64::INFINITY };
        let (off_bpm, off_s) = booth.go_on(&mut deck, 60.0, 4.0);
        println!("{bpm} at {pitch}: {off_bpm:.3} bpm, {off_s:.4} s");
        worst = (worst.0.max(off_bpm), worst.1.max(if by.is_finite() { off_s } else { 0.0 }));
        let sighting = booth.told.last().unwrap();
        assert!(sighting.confidence < 0.7 && sighting.beat_in_bar.is_some());
        let off = (booth.place() - deck.beats_now()).rem_euclid(4.0);
        assert!(!by.is_finite() || !(0.1..3.9).contains(&off), "the track's start is a one: {off}");
    }
    println!("worst {worst:?}");
    assert!(worst.0 < 0.1 && worst.1 < 0.020);
}

#[test]
fn synthetic_needles_that_stand_jump_loop_and_bend() {
    let (mut booth, mut deck) = (Booth::new(), Needle { plays: false, ..Needle::opus(128.0) });
    booth.go_on(&mut deck, 15.0, 0.0);
    assert!(booth.told.is_empty() && booth.network.device(9).is_some(), "paused, it is there and does not beat");
    assert_eq!(booth.network.refused.twins, 0);
    deck.plays = true;
    booth.go_on(&mut deck, 8.0, 0.0);
    let (off_bpm, off_s) = booth.go_on(&mut deck, 8.0, 0.0);
    assert!(booth.leads() && off_bpm < 0.1 && off_s < 0.020, "{off_bpm} {off_s}");
    // A loop of a beat and a half, as rolls are: the clock's beat is the needle's again two beats after the last jump.
    for _ in 0..4 {
        booth.go_on(&mut deck, 1.5 * 60.0 / 128.0, 0.0);
        deck.place_s -= 1.5 * 60.0 / 128.0;
    }
    let (_, off_s) = booth.go_on(&mut deck, 8.0, 3.0);
    assert!(booth.leads() && off_s < 0.020, "{off_s}");
    // Pitch is moved.
    for _ in 0..50 {
        deck.pitch += 0.001;
        booth.go_on(&mut deck, 0.1, 0.0);
    }
    let (off_bpm, off_s) = booth.go_on(&mut deck, 8.0, 3.0);
    assert!(off_bpm < 0.1 && off_s < 0.020, "{off_bpm} {off_s}");
    // It stops: no more beats, and the clock coasts.
    deck.plays = false;
    booth.told.clear();
    booth.go_on(&mut deck, 4.0, 0.0);
    assert!(booth.told.len() <= 1 && !booth.leads(), "{:?}", booth.told);
    // Scratched to and fro it does not beat either.
    for k in 0..40 {
        deck.place_s += if k % 2 == 0 { 0.15 } else { -0.15 };
        booth.go_on(&mut deck, 0.09, 0.0);
    }
    assert!(booth.told.len() <= 1, "{:?}", booth.told);
    // Another track.
    deck = Needle { place_s: 0.0, ..Needle::opus(174.0) };
    booth.go_on(&mut deck, 8.0, 0.0);
    let (off_bpm, off_s) = booth.go_on(&mut deck, 8.0, 0.0);
    assert!(off_bpm < 0.1 && off_s < 0.020, "{off_bpm} {off_s}");
}

#[test]
fn synthetic_statuses_tell_the_grid() {
    for positions in [true, false] {
        for (bpm, pitch) in [(126.0, 1.0), (120.0, 1.0), (128.0, 0.97), (174.0, 1.02)] {
            let mut booth = Booth::new();
            let mut deck = Needle { positions, pitch, status_grid: Some(0.37), ..Needle::opus(bpm) };
            booth.go_on(&mut deck, 10.0, 0.0);
            let (off_bpm, off_s) = booth.go_on(&mut deck, 30.0, 0.0);
            println!("{bpm} at {pitch}, positions {positions}: {off_bpm:.3} bpm, {off_s:.4} s");
            // At 120 bpm five statuses to two beats always fall on the same places, and leave 0.1 s open.
            let most_s = if bpm == 120.0 { 0.045 } else { 0.020 };
            assert!(
                booth.leads() && off_bpm < 0.1 && off_s < most_s,
                "{bpm}, positions {positions}: {off_bpm} {off_s}"
            );
            let off = (booth.place() - deck.beats_now()).rem_euclid(4.0);
            assert!(!(0.2..3.8).contains(&off), "the bar is the deck's: {off}");
            // Paused it does not beat.
            deck.plays = false;
            booth.go_on(&mut deck, 1.0, 0.0);
            booth.told.clear();
            booth.go_on(&mut deck, 3.0, 0.0);
            assert!(booth.told.is_empty() && !booth.leads());
        }
    }
}

#[test]
fn synthetic_decks_that_send_beats_are_followed_by_those() {
    // Its beats are half a beat away from those that positions would tell.
    let (mut booth, mut deck) = (Booth::new(), Needle { beats: true, status_grid: Some(0.5), ..Needle::opus(126.0) });
    deck.number = 3;
    deck.place_s = 40.0;
    booth.go_on(&mut deck, 20.0, 0.0);
    assert!(booth.told.iter().all(|beat| beat.confidence == 1.0), "none by its needle");
    let (off_bpm, off_s) = booth.go_on(&mut deck, 8.0, 0.0);
    assert!(off_bpm < 0.1 && off_s < 0.010, "{off_bpm} {off_s}");
}

#[test]
fn synthetic_decks_that_load_cue_search_or_end_do_not_play() {
    let plays = |mode: u8, flags: u8| {
        let mut bytes = status_packet(2, false, 0xff);
        (bytes[0x7b], bytes[0x89]) = (mode, flags);
        let Content::Player(status) = parse(STATUS_PORT, &bytes).unwrap().content else { panic!("a status") };
        status.playing
    };
    for mode in [0x00, 0x02, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0e, 0x11] {
        assert!(!plays(mode, 0x84 | 0x40), "{mode:02x}");
    }
    for mode in [0x03, 0x04, 0x12] {
        assert!(plays(mode, 0x84 | 0x40) && plays(mode, 0x84), "{mode:02x}");
    }
    assert!(plays(0x33, 0xc4) && !plays(0x33, 0x84), "what is not known: by the flag");
    // Real players: the mode and the flag agree wherever they stand still or play.
    let mut seen = HashMap::new();
    for d in every_capture().iter().filter(|d| d.to.port() == STATUS_PORT) {
        if let Content::Player(status) = parse(STATUS_PORT, &d.payload).unwrap().content {
            *seen.entry((d.payload[0x7b], d.payload[0x89] & 0x40 != 0, status.playing)).or_insert(0) += 1;
        }
    }
    println!("{seen:?}");
}
