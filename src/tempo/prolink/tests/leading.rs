//! Who leads while decks stop, load, play without a grid and hand over: timelines of synthetic packets.

use super::*;

/// What a deck does for a while.
#[derive(Clone, Copy)]
struct Deck {
    number: u8,
    master: bool,
    playing: bool,
    on_air: bool,
    /// Its beats, if the track has a grid.
    bpm: Option<f64>,
    hands_to: u8,
}

impl Deck {
    fn playing(number: u8, bpm: f64) -> Self {
        Self { number, master: false, playing: true, on_air: true, bpm: Some(bpm), hands_to: 0xff }
    }

    fn stopped(number: u8) -> Self {
        Self { playing: false, bpm: None, ..Self::playing(number, 0.0) }
    }

    fn master(self) -> Self {
        Self { master: true, ..self }
    }

    fn status(&self, count: u32) -> Vec<u8> {
        let mut bytes = status_packet(self.number, self.master, self.hands_to);
        let flag = |on: bool, bit: u8| if on { bit } else { 0 };
        bytes[0x89] = 0x84 | flag(self.playing, 0x40) | flag(self.master, 0x20) | flag(self.on_air, 0x08);
        bytes[0x7b] = if self.playing { 3 } else { 5 };
        bytes[0xc8..0xcc].copy_from_slice(&count.to_be_bytes());
        bytes
    }
}

/// The decks' network in virtual time, and the clock that follows it.
struct Floor {
    network: Network,
    tempo: Tempo,
    now_s: f64,
    count: u32,
    /// When each deck beats next.
    next: HashMap<u8, f64>,
    beats: u32,
}

impl Floor {
    fn new() -> Self {
        let (network, tempo) = (Network::default(), Tempo::new(Bpm(100.0)));
        Self { network, tempo, now_s: 0.0, count: 0, next: HashMap::new(), beats: 0 }
    }

    fn hear(&mut self, device: u8, port: u16, bytes: &[u8]) {
        let heard = self.network.hear(self.now_s, at(device), port, bytes).unwrap();
        if let Some(beat) = heard.and_then(|heard| heard.beat) {
            self.tempo.sight(Seconds(self.now_s), ClockSource::ProLink, &beat);
        }
    }

    /// Lets `decks` go on for `seconds`: a status five times a second, beats as they come.
    fn go_on(&mut self, decks: &[Deck], seconds: f64) {
        let until = self.now_s + seconds;
        self.next.retain(|number, _| decks.iter().any(|deck| deck.number == *number && deck.bpm.is_some()));
        while self.now_s < until {
            for deck in decks {
                if self.count.is_multiple_of(20) {
                    self.hear(deck.number, STATUS_PORT, &deck.status(self.count));
                }
                let Some(bpm) = deck.bpm else { continue };
                let next = *self.next.entry(deck.number).or_insert(self.now_s);
                if self.now_s >= next {
                    self.next.insert(deck.number, next + 60.0 / bpm);
                    self.beats += 1;
                    let place = (self.beats % 4) as u8 + 1;
                    self.hear(deck.number, BEAT_PORT, &beat_packet(deck.number, "CDJ-3000", bpm, 1.0, place));
                }
            }
            self.count += 1;
            self.now_s += 0.01;
            self.tempo.step(Seconds(self.now_s));
        }
    }

    fn leader(&self) -> Option<u8> {
        self.network.leader().map(|device| device.number)
    }

    fn bpm(&self) -> f64 {
        self.tempo.clock().at(Seconds(self.now_s)).bpm.0
    }
}

/// Two beats at 120 bpm, the slowest of the decks here, and a tick.
const TWO_BEATS_S: f64 = 1.02;

#[test]
fn a_master_that_is_stopped_is_passed_over_and_taken_again() {
    let mut floor = Floor::new();
    let (first, second) = (Deck::playing(1, 120.0), Deck::playing(2, 130.0));
    floor.go_on(&[first.master(), second], 4.0);
    assert_eq!((floor.leader(), floor.bpm().round()), (Some(1), 120.0), "the master, though another beats too");
    floor.go_on(&[Deck::stopped(1).master(), second], TWO_BEATS_S);
    assert_eq!((floor.leader(), floor.bpm().round()), (Some(2), 130.0), "within two beats");
    floor.go_on(&[Deck::stopped(1).master(), second], 30.0);
    assert_eq!((floor.leader(), floor.bpm().round()), (Some(2), 130.0));
    floor.go_on(&[first.master(), second], TWO_BEATS_S);
    assert_eq!((floor.leader(), floor.bpm().round()), (Some(1), 120.0), "it beats again");
}

#[test]
fn a_master_whose_track_has_no_grid_is_passed_over() {
    let mut floor = Floor::new();
    let unanalysed = Deck { bpm: None, ..Deck::playing(1, 0.0) }.master();
    floor.go_on(&[unanalysed, Deck::stopped(2)], 3.0);
    assert_eq!(floor.bpm().round(), 100.0, "nobody beats");
    floor.go_on(&[unanalysed, Deck::playing(2, 126.0)], TWO_BEATS_S);
    assert_eq!((floor.leader(), floor.bpm().round()), (Some(2), 126.0));
}

#[test]
fn a_track_being_loaded_changes_nothing() {
    let mut floor = Floor::new();
    let playing = Deck::playing(1, 124.0).master();
    floor.go_on(&[playing, Deck::stopped(2)], 4.0);
    // Loading: a deck without a track, then one that stands at its beginning.
    floor.go_on(&[playing, Deck { on_air: false, ..Deck::stopped(2) }], 4.0);
    assert_eq!((floor.leader(), floor.bpm().round()), (Some(1), 124.0));
    // The master itself loads another while nobody else plays: the clock runs on.
    floor.go_on(&[Deck::stopped(1).master(), Deck::stopped(2)], 8.0);
    assert_eq!((floor.leader(), floor.bpm().round()), (Some(1), 124.0));
    floor.go_on(&[Deck::playing(1, 132.0).master(), Deck::stopped(2)], TWO_BEATS_S);
    assert_eq!((floor.leader(), floor.bpm().round()), (Some(1), 132.0));
}

#[test]
fn a_deck_in_the_headphones_does_not_lead() {
    let mut floor = Floor::new();
    floor.go_on(&[Deck::playing(1, 120.0).master(), Deck::stopped(2)], 4.0);
    let cued = Deck { on_air: false, ..Deck::playing(2, 140.0) };
    floor.go_on(&[Deck::stopped(1).master(), cued], 6.0);
    assert_eq!((floor.leader(), floor.bpm().round()), (Some(1), 120.0), "nobody hears it");
    floor.go_on(&[Deck::stopped(1).master(), Deck { on_air: true, ..cued }], TWO_BEATS_S);
    assert_eq!((floor.leader(), floor.bpm().round()), (Some(2), 140.0));
}

#[test]
fn a_master_in_the_headphones_leaves_the_clock_to_what_the_room_hears() {
    let mut floor = Floor::new();
    let (cued, heard) = (Deck { on_air: false, ..Deck::playing(1, 120.0) }.master(), Deck::playing(2, 130.0));
    floor.go_on(&[cued, heard], 4.0);
    assert_eq!((floor.leader(), floor.bpm().round()), (Some(2), 130.0));
    floor.go_on(&[Deck { on_air: true, ..cued }, heard], TWO_BEATS_S);
    assert_eq!((floor.leader(), floor.bpm().round()), (Some(1), 120.0), "faded in, it is master and heard");
}

#[test]
fn a_hand_over_is_followed_at_once_and_the_old_master_forgotten() {
    let mut floor = Floor::new();
    let (first, second) = (Deck::playing(1, 120.0), Deck::playing(2, 126.0));
    floor.go_on(&[first.master(), second], 4.0);
    floor.go_on(&[Deck { hands_to: 2, ..first.master() }, second.master()], 0.3);
    floor.go_on(&[first, second.master()], TWO_BEATS_S);
    assert_eq!((floor.leader(), floor.bpm().round()), (Some(2), 126.0));
    floor.go_on(&[Deck::stopped(1), second.master()], 4.0);
    assert_eq!((floor.leader(), floor.bpm().round()), (Some(2), 126.0));
    // Two masters for a moment, one of them silent: the one that beats.
    floor.go_on(&[Deck::stopped(1).master(), second.master()], TWO_BEATS_S);
    assert_eq!(floor.leader(), Some(2));
}

/// Over real sockets on this machine, in real time.
#[test]
fn over_loopback_a_paused_master_gives_way() {
    let began = Instant::now();
    let stop = Stop::default();
    let clock: NowFn = Arc::new(move || Seconds(began.elapsed().as_secs_f64()));
    let led = Arc::new(Mutex::new(Vec::new()));
    let told = led.clone();
    let tell: Tell = Arc::new(move |news| {
        if news.heard.beat.is_some() {
            told.lock().unwrap().push(news.heard.packet.device);
        }
    });
    let any = Ports { ip: Ipv4Addr::LOCALHOST, announce: 0, beat: 0, status: 0 };
    let listener = DeckListener::open(any, &clock, &tell, &stop).unwrap();
    let (ports, sender) = (listener.ports(), UdpSocket::bind("127.0.0.1:0").unwrap());
    let paused = Deck::stopped(1).master();
    // 200 bpm, so that the test is short; however late packets are, only deck 2 ever beats.
    for k in 0..8u32 {
        sender.send_to(&paused.status(k), (ports.ip, ports.status)).unwrap();
        sender.send_to(&Deck::playing(2, 200.0).status(k), (ports.ip, ports.status)).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        let beat = beat_packet(2, "CDJ-3000", 200.0, 1.0, (k % 4) as u8 + 1);
        sender.send_to(&beat, (ports.ip, ports.beat)).unwrap();
        std::thread::sleep(Duration::from_millis(200));
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    while led.lock().unwrap().is_empty() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(led.lock().unwrap().iter().all(|device| *device == 2) && !led.lock().unwrap().is_empty());
    stop.set();
    assert!(listener.join(Duration::from_secs(5)));
}

/// Among the packets of real networks, whose mixers are master and beat, a player that is paused and one that beats.
#[test]
fn on_real_networks_a_paused_master_gives_way() {
    for name in ["to-virtual.pcapng", "LinkInfo2-5000x.pcap"] {
        let mut network = Network::default();
        let (paused, ours) = (Deck::stopped(5).master(), Deck::playing(6, 150.0));
        let (mut began_s, mut next_s, mut count, mut led) = (None::<f64>, 0.0, 0, 0);
        for d in captured(&format!("epl-dysentery/{name}")) {
            let began_s = *began_s.get_or_insert(d.t_s);
            if d.t_s >= next_s {
                count += 1;
                next_s = d.t_s.max(next_s) + 60.0 / 150.0;
                for deck in [paused, ours] {
                    network.hear(d.t_s, at(deck.number), STATUS_PORT, &deck.status(count)).unwrap();
                }
                let beat = beat_packet(6, "CDJ-3000", 150.0, 1.0, (count % 4) as u8 + 1);
                network.hear(d.t_s, at(6), BEAT_PORT, &beat).unwrap();
            }
            let _ = network.hear(d.t_s, FROM, d.to.port(), &d.payload);
            let leader = network.leader().map(|device| device.number);
            // Within two beats, and from then on.
            assert!(d.t_s - began_s < 0.8 || leader == Some(6), "{name} at {}: {leader:?}", d.t_s);
            led += usize::from(leader == Some(6));
        }
        assert!(led > 100, "{name}: {led}");
    }
}
