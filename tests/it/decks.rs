//! A real capture of a DJ's network, replayed over real sockets: the clock follows it.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use halation::audio::Features;
use halation::conductor::{Conductor, Settings};
use halation::control::osc::Listen;
use halation::control::{ControlConfig, ControlInput, Controls, DecksConfig, LearnWish, Newest, OscConfig};
use halation::dream::{Banks, TextBoard};
use halation::param::TEMPO_BPM;
use halation::rt::Stop;
use halation::tempo::prolink::{Ports, capture, replay};
use halation::tempo::{ClockSource, Tempo};
use halation::units::{Bpm, Seconds};
use rosc::{OscMessage, OscPacket, OscType};

use crate::support::root;

/// Listening for decks alone, on ports of its own; `now` is the show's time.
fn listening(now: impl Fn() -> Seconds + Send + Sync + 'static) -> Controls {
    let ports = Ports { ip: Ipv4Addr::LOCALHOST, announce: 0, beat: 0, status: 0 };
    let decks = DecksConfig { ports, announce: false, clock: Arc::new(now) };
    let config = ControlConfig { decks: Some(decks), ..ControlConfig::default() };
    Controls::open(config, Newest::still()).expect("no OSC to fail")
}

#[test]
fn a_replayed_network_leads_the_clock() {
    let began = Instant::now();
    let now = move || Seconds(began.elapsed().as_secs_f64());
    let mut controls = listening(now);
    let ports = controls.decks().expect("ports are free").ports();
    let file = root().join("tests/fixtures/prolink/epl-dysentery/LinkInfo2-5000x.pcap");
    let datagrams = capture::read(&std::fs::read(file).unwrap()).unwrap();
    let stop = Stop::default();
    let leave = stop.clone();
    let player = std::thread::spawn(move || replay(&datagrams, ports, 1.0, &leave));
    let banks = Banks { banks: vec![], negative: "".into(), revision: 0 };
    let mut conductor = Conductor::new(&Settings::default(), TextBoard::new(banks), Tempo::new(Bpm(100.0)));
    let deadline = Instant::now() + Duration::from_secs(30);
    let (beat, bpm) = loop {
        controls.drain(now(), &mut |input| {
            if let ControlInput::Beat { at, source, sighting } = input {
                conductor.tempo_mut().sight(at, source, &sighting);
            }
        });
        let bpm = conductor.step(now(), &Features::default()).effective[TEMPO_BPM];
        let beat = conductor.clock().at(now());
        let led = beat.source == ClockSource::ProLink && (bpm - 120.0).abs() < 0.5;
        if led || Instant::now() > deadline {
            break (beat, bpm);
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    // Pinned to a player that is not there, the others lead no more; back at 0 they do.
    let heard_with = |controls: &mut Controls, deck: u8| {
        controls.decks().expect("open").pin(deck);
        std::thread::sleep(Duration::from_millis(100));
        controls.drain(now(), &mut |_| ());
        let until = Instant::now() + Duration::from_secs(if deck == 0 { 30 } else { 2 });
        let mut beats = 0;
        while Instant::now() < until && (deck != 0 || beats == 0) {
            controls.drain(now(), &mut |input| beats += usize::from(matches!(input, ControlInput::Beat { .. })));
            std::thread::sleep(Duration::from_millis(2));
        }
        beats
    };
    assert_eq!(heard_with(&mut controls, 5), 0, "nothing from unpinned decks");
    assert!(heard_with(&mut controls, 0) > 0);
    stop.set();
    assert!(player.join().unwrap().unwrap() > 10);
    assert_eq!(beat.source, ClockSource::ProLink, "{beat:?}");
    assert!((bpm - 120.0).abs() < 0.5, "tempo.bpm is {bpm}: {beat:?}");
    assert!(controls.close(Duration::from_secs(5)));
}

#[test]
fn a_synthetic_needle_of_a_cdj_3000_arrives() {
    let began = Instant::now();
    let now = move || Seconds(began.elapsed().as_secs_f64());
    let mut controls = listening(now);
    let decks = controls.decks().expect("ports are free");
    decks.pin(3);
    let to = (Ipv4Addr::LOCALHOST, decks.ports().beat);
    let player = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut packet = [0; 0x3c];
    packet[..10].copy_from_slice(b"Qspt1WmJOL");
    (packet[0x0a], packet[0x1f], packet[0x21]) = (0x0b, 2, 3);
    packet[0x24..0x28].copy_from_slice(&200u32.to_be_bytes());
    let (mut told, mut ms) = (Vec::new(), 50_000u32);
    let deadline = Instant::now() + Duration::from_secs(30);
    while told.len() < 3 && Instant::now() < deadline {
        packet[0x28..0x2c].copy_from_slice(&ms.to_be_bytes());
        player.send_to(&packet, to).unwrap();
        ms += 30;
        std::thread::sleep(Duration::from_millis(30));
        controls.drain(now(), &mut |input| match input {
            ControlInput::DeckPosition { share, .. } => told.push(share),
            other => panic!("{other:?}"),
        });
    }
    assert!(told.len() >= 3 && told.windows(2).all(|pair| pair[0] < pair[1]) && told[0] >= 0.25, "{told:?}");
    assert!(controls.close(Duration::from_secs(5)));
}

/// An Opus Quad sends positions and nothing else: over real sockets and in real time, they lead the clock.
#[test]
fn synthetic_positions_alone_lead_the_clock() {
    let began = Instant::now();
    let now = move || Seconds(began.elapsed().as_secs_f64());
    let mut controls = listening(now);
    let to = (Ipv4Addr::LOCALHOST, controls.decks().expect("ports are free").ports().beat);
    let player = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut packet = [0; 0x3c];
    packet[..10].copy_from_slice(b"Qspt1WmJOL");
    (packet[0x0a], packet[0x1f], packet[0x21]) = (0x0b, 2, 10);
    packet[0x24..0x28].copy_from_slice(&200u32.to_be_bytes());
    // 126 bpm, played 1.59 % faster.
    packet[0x2c..0x30].copy_from_slice(&159u32.to_be_bytes());
    packet[0x38..0x3c].copy_from_slice(&1280u32.to_be_bytes());
    let (mut tempo, mut near) = (Tempo::new(Bpm(100.0)), 0);
    let place_s = |now_s: f64| 1.0159 * now_s;
    let deadline = Instant::now() + Duration::from_secs(40);
    // For two seconds on end.
    while near < 66 && Instant::now() < deadline {
        packet[0x28..0x2c].copy_from_slice(&((place_s(now().0) * 1000.0) as u32).to_be_bytes());
        player.send_to(&packet, to).unwrap();
        std::thread::sleep(Duration::from_millis(30));
        controls.drain(now(), &mut |input| {
            if let ControlInput::Beat { at, source, sighting } = input {
                tempo.sight(at, source, &sighting);
            }
        });
        let now = now();
        let beat = tempo.step(now).at(now);
        let off = beat.beats - place_s(now.0) * 126.0 / 60.0;
        let off_s = (off - off.round()).abs() * 60.0 / 128.0;
        let good = beat.source == ClockSource::ProLink && (beat.bpm.0 - 128.0034).abs() < 0.1 && off_s < 0.020;
        near = if good { near + 1 } else { 0 };
    }
    assert!(near >= 66, "{:?}", tempo.clock().at(now()));
    assert!(controls.close(Duration::from_secs(5)));
}

#[test]
fn beats_over_osc_lead_the_clock() {
    let began = Instant::now();
    let now = move || Seconds(began.elapsed().as_secs_f64());
    let osc = OscConfig {
        listen: Some(Listen { address: "127.0.0.1:0".parse().unwrap(), lan: false }),
        access: Arc::default(),
        learn: LearnWish::default(),
        learnt: None,
        clock: Arc::new(now),
        text: Arc::new(|| "".into()),
    };
    let config = ControlConfig { osc: Some(osc), ..ControlConfig::default() };
    let mut controls = Controls::open(config, Newest::still()).expect("a free port");
    let to = controls.osc().expect("it is open").local_address().expect("it listens");
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut tempo = Tempo::new(Bpm(100.0));
    let (mut count, deadline) = (0i32, Instant::now() + Duration::from_secs(30));
    let beat = loop {
        // Place in the bar, and tempo.
        let args = vec![OscType::Int(count % 4 + 1), OscType::Float(150.0)];
        let message = OscPacket::Message(OscMessage { addr: "/tempo/beat".into(), args });
        sender.send_to(&rosc::encoder::encode(&message).unwrap(), to).unwrap();
        count += 1;
        std::thread::sleep(Duration::from_millis(400));
        controls.drain(now(), &mut |input| {
            if let ControlInput::Beat { at, source, sighting } = input {
                tempo.sight(at, source, &sighting);
            }
        });
        let beat = tempo.step(now()).at(now());
        if beat.source == ClockSource::Osc || Instant::now() > deadline {
            break beat;
        }
    };
    assert_eq!((beat.source, beat.bpm.0.round()), (ClockSource::Osc, 150.0), "after {count} beats");
    assert!(count >= 4, "led after {count}");
    assert!(controls.close(Duration::from_secs(5)));
}
