//! Real captures through the whole path, and synthetic packets where no public capture has the bytes.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::capture::{Datagram, read};
use super::packet::*;
use super::*;
use crate::rt::Stop;
use crate::tempo::prolink::deck::effective_bpm;
use crate::tempo::{ClockSource, Sighting, Tempo};
use crate::units::{Bpm, Seconds};

mod leading;
mod needles;
mod quirks;

const FROM: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 5));

fn fixture(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/prolink").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn captured(name: &str) -> Vec<Datagram> {
    let ours = ANNOUNCE_PORT..=STATUS_PORT;
    read(&fixture(name)).unwrap().into_iter().filter(|d| ours.contains(&d.to.port())).collect()
}

fn every_capture() -> Vec<Datagram> {
    let names = ["powerup.pcapng", "to-virtual.pcapng", "LinkInfo2-5000x.pcap"];
    names.iter().flat_map(|name| captured(&format!("epl-dysentery/{name}"))).collect()
}

#[test]
fn single_packets_say_what_their_sources_say() {
    let hello = parse(ANNOUNCE_PORT, &fixture("mit-prolink-connect/announce-cdj-2.dat")).unwrap();
    assert_eq!((hello.device, hello.name.to_string().as_str()), (2, "CDJ-2000nexus"));
    let mac = [0x74, 0x5e, 0x1c, 0x57, 0x82, 0xd8];
    let (ip, device_type) = (Ipv4Addr::new(10, 0, 0, 207), DeviceType::Player);
    assert_eq!(hello.content, Content::KeepAlive { mac, ip, device_type });
    let idle = parse(STATUS_PORT, &fixture("mit-prolink-connect/status-simple.dat")).unwrap();
    let Content::Player(status) = idle.content else { panic!("{idle:?}") };
    assert_eq!(idle.device, 3);
    assert_eq!((status.track_id, status.track_bpm, status.track_slot), (None, None, 0));
    assert!(!status.playing && !status.master && !status.on_air && !status.synced);
    assert!((status.pitch - 1.0).abs() < 1e-9);
    let media = parse(STATUS_PORT, &fixture("mit-prolink-connect/media-slot-usb.dat")).unwrap();
    assert_eq!(media.content, Content::Other(6));
}

#[test]
fn captures_hold_what_their_readme_counts() {
    let count = |name: &str| {
        let mut kinds = HashMap::new();
        for d in captured(&format!("epl-dysentery/{name}")) {
            *kinds.entry(parse(d.to.port(), &d.payload).unwrap().content.name()).or_insert(0) += 1;
        }
        move |kind: &str| kinds.get(kind).copied().unwrap_or(0)
    };
    let boot = count("powerup.pcapng");
    assert_eq!((boot("keep-alive"), boot("on-air"), boot("beat")), (54, 167, 102));
    assert_eq!(boot("joining"), 9 + 5 + 3 + 5);
    let listener = count("to-virtual.pcapng");
    assert_eq!((listener("player"), listener("mixer"), listener("on-air"), listener("beat")), (70, 35, 23, 14));
    let long = count("LinkInfo2-5000x.pcap");
    assert_eq!((long("player"), long("mixer"), long("on-air"), long("beat")), (1359, 326, 218, 131));
    for d in captured("epl-dysentery/LinkInfo2-5000x.pcap").iter().filter(|d| d.to.port() == BEAT_PORT) {
        let packet = parse(BEAT_PORT, &d.payload).unwrap();
        if let Content::Beat(beat) = packet.content {
            assert_eq!((packet.device, beat.track_bpm, beat.pitch), (33, Some(120.0), 1.0));
            assert!(beat.beat_in_bar.is_some());
        }
    }
}

#[test]
fn cut_and_flipped_packets_do_no_harm() {
    let mut network = Network::default();
    let mut state = 1u64;
    let mut dice = move |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let mut tried = 0;
    for (k, d) in every_capture().iter().enumerate() {
        // Every kind and length at every cut; of the many alike, some.
        let step = if k % 40 == 0 { 1 } else { 37 };
        for length in (0..=d.payload.len()).step_by(step) {
            let _ = network.hear(k as f64, FROM, d.to.port(), &d.payload[..length]);
            tried += 1;
        }
        let mut flipped = d.payload.clone();
        for _ in 0..4 {
            let place = dice(flipped.len());
            flipped[place] ^= 1 << dice(8);
            if let Ok(Some(heard)) = network.hear(k as f64 + 0.5, FROM, d.to.port(), &flipped) {
                let bpm = heard.beat.map_or(100.0, |beat| beat.bpm.0);
                assert!((20.0..=500.0).contains(&bpm));
            }
            tried += 1;
        }
    }
    println!("{tried} damaged packets");
    assert!(network.refused.malformed > 1000 && network.devices().len() <= 32);
    for name in ["powerup.pcapng", "LinkInfo2-5000x.pcap"] {
        let whole = fixture(&format!("epl-dysentery/{name}"));
        for length in (0..4000).chain((4000..whole.len()).step_by(997)) {
            let _ = read(&whole[..length]);
        }
        for k in 0..2000 {
            let mut damaged = whole[..6000].to_vec();
            damaged[dice(6000)] ^= 1 << (k % 8);
            let _ = read(&damaged);
        }
        for _ in 0..20 {
            read(&whole[..200 + dice(whole.len() - 200)]).expect("a capture cut anywhere is read that far");
        }
    }
    assert_eq!(read(b"no capture").unwrap_err(), capture::CaptureError::NotACapture);
}

/// Share of beats of `times` within the line fitted through them: the distances in ms, sorted.
fn off_the_line(times: &[(f64, f64)]) -> Vec<f64> {
    let n = times.len() as f64;
    let (mx, my) = (times.iter().map(|t| t.0).sum::<f64>() / n, times.iter().map(|t| t.1).sum::<f64>() / n);
    let (xy, xx) = times.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + (x - mx) * (y - my), b + (x - mx).powi(2)));
    let slope = xy / xx;
    let mut off: Vec<f64> = times.iter().map(|(x, y)| 1000.0 * (y - my - slope * (x - mx)).abs()).collect();
    off.sort_by(f64::total_cmp);
    off
}

/// The mixer's beats on a real network: the clock lies within 0.3 ms of the line through the arrivals.
#[test]
fn the_clock_is_steadier_than_the_network() {
    let mut network = Network::default();
    let (mut arrivals, mut clock) = (Vec::new(), Vec::new());
    for d in captured("epl-dysentery/LinkInfo2-5000x.pcap") {
        let Ok(Some(heard)) = network.hear(d.t_s, FROM, d.to.port(), &d.payload) else { continue };
        if let (Content::Beat(_), Some(beat)) = (heard.packet.content, heard.beat) {
            let number = (beat.at.0 / 0.5).round();
            arrivals.push((number, d.t_s));
            clock.push((number, beat.at.0));
        }
    }
    let p99 = |times: &[(f64, f64)]| {
        let off = off_the_line(&times[20..]);
        (off[off.len() * 99 / 100], off[off.len() - 1])
    };
    let ((raw, raw_most), (kept, kept_most)) = (p99(&arrivals), p99(&clock));
    println!("arrivals p99 {raw:.3} ms, most {raw_most:.3}; clock p99 {kept:.3} ms, most {kept_most:.3}");
    assert!(clock.len() > 100 && kept <= 0.3 && kept < raw);
}

// --- synthetic packets ---

fn beat_packet(device: u8, name: &str, bpm: f64, pitch: f64, place: u8) -> Vec<u8> {
    let mut bytes = vec![0; 0x60];
    bytes[..10].copy_from_slice(&MAGIC);
    bytes[0x0a] = 0x28;
    bytes[0x0b..0x0b + name.len()].copy_from_slice(name.as_bytes());
    (bytes[0x21], bytes[0x5f], bytes[0x5c]) = (device, device, place);
    bytes[0x54..0x58].copy_from_slice(&((pitch * 1_048_576.0) as u32).to_be_bytes());
    bytes[0x5a..0x5c].copy_from_slice(&((bpm * 100.0) as u16).to_be_bytes());
    bytes
}

fn status_packet(device: u8, master: bool, hands_to: u8) -> Vec<u8> {
    let mut bytes = vec![0; 0xd4];
    bytes[..10].copy_from_slice(&MAGIC);
    (bytes[0x0a], bytes[0x21]) = (0x0a, device);
    bytes[0x89] = 0x84 | 0x40 | if master { 0x20 } else { 0 };
    bytes[0x7b] = 3;
    (bytes[0x9e], bytes[0x9f]) = (u8::from(master), hands_to);
    bytes[0x8c..0x90].copy_from_slice(&0x0010_0000u32.to_be_bytes());
    bytes[0x90..0x94].copy_from_slice(&[0x80, 0, 0x31, 0x38]);
    bytes[0xc8] = device;
    bytes
}

fn at(device: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(10, 0, 0, device))
}

/// Plays `seconds` of a deck's beats from `from_s`; the sightings that led.
fn play(network: &mut Network, device: u8, bpm: f64, from_s: f64, seconds: f64) -> Vec<(f64, Sighting)> {
    let beats = (seconds * bpm / 60.0) as u32;
    let beat = |k: u32| {
        let t = from_s + f64::from(k) * 60.0 / bpm;
        let bytes = beat_packet(device, "CDJ-2000nexus", bpm, 1.0, (k % 4) as u8 + 1);
        let heard = network.hear(t, at(device), BEAT_PORT, &bytes).unwrap();
        heard.and_then(|h| h.beat).map(|beat| (t, beat))
    };
    (0..beats).filter_map(beat).collect()
}

#[test]
fn synthetic_twins_and_ghost_beats_change_nothing() {
    let run = |ghosts_at: Option<f64>| {
        let mut network = Network::default();
        let mut out = Vec::new();
        for k in 0..64u32 {
            let t = f64::from(k) * 0.5;
            let bytes = beat_packet(1, "XDJ-XZ", 120.0, 1.0, (k % 4) as u8 + 1);
            out.extend(network.hear(t, at(1), BEAT_PORT, &bytes).unwrap().and_then(|h| h.beat));
            if let Some(ghost_s) = ghosts_at {
                // The same over a second network card, and the ghost of the other deck's.
                assert!(network.hear(t + 0.001, at(1), BEAT_PORT, &bytes).unwrap().is_none());
                let ghost = beat_packet(1, "XDJ-XZ", 120.0, 1.0, (k % 4) as u8 + 2);
                let heard = network.hear(t + ghost_s, at(1), BEAT_PORT, &ghost).unwrap();
                assert!(heard.is_some_and(|h| h.beat.is_none()));
            }
        }
        out
    };
    for ghost_s in [0.249, 0.3, 0.375] {
        assert_eq!(run(Some(ghost_s)), run(None), "a ghost {ghost_s} s after each beat");
    }
}

#[test]
fn synthetic_handover_switches_once() {
    let mut network = Network::default();
    let mut leaders = Vec::new();
    let mut say = |network: &mut Network, t: f64, device: u8, master: bool, hands_to: u8| {
        let mut bytes = status_packet(device, master, hands_to);
        bytes[0xcb] = (t * 10.0) as u8;
        network.hear(t, at(device), STATUS_PORT, &bytes).unwrap();
        let leader = network.leader().map(|d| d.number);
        if leaders.last() != Some(&leader) {
            leaders.push(leader);
        }
    };
    for k in 0..20 {
        let t = 0.2 * f64::from(k);
        say(&mut network, t, 1, true, 0xff);
        say(&mut network, t + 0.1, 2, false, 0xff);
    }
    say(&mut network, 4.0, 1, true, 2);
    say(&mut network, 4.02, 2, true, 0xff);
    say(&mut network, 4.08, 1, true, 2);
    for k in 0..20 {
        let t = 4.2 + 0.2 * f64::from(k);
        say(&mut network, t, 1, false, 0xff);
        say(&mut network, t + 0.1, 2, true, 0xff);
    }
    assert_eq!(leaders, [Some(1), Some(2)]);
}

#[test]
fn synthetic_passive_listeners_follow_the_deck_on_air() {
    let mut network = Network::default();
    let on_air = |channels: [u8; 4]| {
        let mut bytes = vec![0; 0x2d];
        bytes[..10].copy_from_slice(&MAGIC);
        (bytes[0x0a], bytes[0x21]) = (3, 33);
        bytes[0x24..0x28].copy_from_slice(&channels);
        bytes
    };
    play(&mut network, 1, 126.0, 0.0, 2.0);
    play(&mut network, 2, 130.0, 0.3, 2.0);
    network.hear(2.2, at(33), BEAT_PORT, &on_air([0, 1, 0, 0])).unwrap();
    assert!(!play(&mut network, 2, 130.0, 2.0 + 0.3, 0.5).is_empty());
    assert_eq!(network.leader().map(|d| d.number), Some(2));
    network.hear(2.6, at(33), BEAT_PORT, &on_air([1, 0, 0, 0])).unwrap();
    play(&mut network, 1, 126.0, 2.7, 1.0);
    assert_eq!(network.leader().map(|d| d.number), Some(1));
    network.pin(Some(2));
    play(&mut network, 1, 126.0, 3.7, 1.0);
    assert_eq!(network.leader().map(|d| d.number), Some(2));
}

#[test]
fn synthetic_pitch_and_a_cut_stream() {
    let bytes = beat_packet(1, "CDJ-3000", 128.0, 1.03, 1);
    let Content::Beat(beat) = parse(BEAT_PORT, &bytes).unwrap().content else { panic!("a beat") };
    assert!((effective_bpm(&beat).unwrap() - 131.84).abs() < 0.01);
    // The clock coasts through the gap and takes the deck back where it is, without a step back.
    let (mut network, mut tempo) = (Network::default(), Tempo::new(Bpm(90.0)));
    let mut last = 0.0;
    let mut run = |tempo: &mut Tempo, seen: Vec<(f64, Sighting)>, until: f64| {
        for (t, sighting) in seen {
            tempo.sight(Seconds(t), ClockSource::ProLink, &sighting);
            let beats = tempo.clock().at(Seconds(t)).beats;
            assert!(beats >= last);
            last = beats;
        }
        tempo.step(Seconds(until)).at(Seconds(until))
    };
    let seen = play(&mut network, 1, 124.0, 0.0, 20.0);
    assert_eq!(run(&mut tempo, seen, 20.0).source, ClockSource::ProLink);
    let coasting = run(&mut tempo, vec![], 24.0);
    assert_eq!((coasting.source, coasting.bpm.0.round()), (ClockSource::Free, 124.0));
    let seen = play(&mut network, 1, 124.0, 25.1, 12.0);
    let back = run(&mut tempo, seen, 37.0);
    let truth = (37.0 - 25.1) * 124.0 / 60.0;
    let off = back.beats - truth;
    assert_eq!(back.source, ClockSource::ProLink);
    assert!((off - off.round()).abs() < 0.01 && f64::from(back.beat_in_bar) == truth.floor() % 4.0, "{back:?}");
}

#[test]
fn synthetic_positions_are_taken_only_in_their_own_form() {
    let mut bytes = vec![0; 0x3c];
    bytes[..10].copy_from_slice(&MAGIC);
    (bytes[0x0a], bytes[0x1f], bytes[0x21]) = (0x0b, 2, 3);
    bytes[0x24..0x28].copy_from_slice(&312u32.to_be_bytes());
    bytes[0x28..0x2c].copy_from_slice(&65_432u32.to_be_bytes());
    bytes[0x2c..0x30].copy_from_slice(&(-326i32).to_be_bytes());
    bytes[0x38..0x3c].copy_from_slice(&1204u32.to_be_bytes());
    let Content::Position(position) = parse(BEAT_PORT, &bytes).unwrap().content else { panic!("a position") };
    assert_eq!((position.track_s, position.playhead_ms, position.effective_bpm), (312, 65_432, Some(120.4)));
    assert!((position.pitch - 0.9674).abs() < 1e-9 && (position.share() - 0.2097).abs() < 1e-4);
    // The decks of an Opus Quad tell nothing else.
    for device in 9..=12 {
        bytes[0x21] = device;
        let packet = parse(BEAT_PORT, &bytes).unwrap();
        assert!(packet.device == device && matches!(packet.content, Content::Position(_)));
    }
    // The junk twin of a CDJ-3000's, and the NXS2's message of another meaning.
    for device in [0x80, 0xee, 0xff] {
        bytes[0x21] = device;
        assert_eq!(parse(BEAT_PORT, &bytes).unwrap().content, Content::Other(0x0b));
    }
}

#[test]
fn a_replayed_capture_is_heard_over_real_sockets_and_nothing_is_said() {
    let began = Instant::now();
    let stop = Stop::default();
    let clock: NowFn = Arc::new(move || Seconds(began.elapsed().as_secs_f64()));
    let lines = Arc::new(Mutex::new(Vec::new()));
    let told = lines.clone();
    let tell: Tell = Arc::new(move |news| told.lock().unwrap().push(PacketLine::of(news)));
    let any = Ports { ip: Ipv4Addr::LOCALHOST, announce: 0, beat: 0, status: 0 };
    let listener = DeckListener::open(any, &clock, &tell, &stop).unwrap();
    let ports = listener.ports();
    // Somebody who would hear if anything were said to a sender.
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    sender.set_nonblocking(true).unwrap();
    let first: Vec<Datagram> = captured("epl-dysentery/to-virtual.pcapng");
    sender.send_to(&first[0].payload, (ports.ip, ports.status)).unwrap();
    let sent = replay(&first, ports, 10.0, &stop).unwrap();
    assert_eq!(sent, first.len() as u64);
    let deadline = Instant::now() + Duration::from_secs(20);
    let beats = |lines: &[PacketLine]| lines.iter().filter(|line| line.kind == "beat").count();
    while beats(&lines.lock().unwrap()) < 10 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    let devices: Vec<u8> = listener.network().devices().iter().map(|d| d.number).collect();
    assert!(devices.contains(&33), "{devices:?}");
    assert_eq!(sender.recv_from(&mut [0; 64]).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    let lines = lines.lock().unwrap();
    assert!(lines.iter().any(|l| l.kind == "beat" && l.effective_bpm == Some(120.0)), "{}", lines.len());
    let player = lines.iter().find(|l| l.kind == "player").unwrap();
    let json = serde_json::to_value(player).unwrap();
    for key in ["t", "device", "name", "kind", "pitch", "master", "playing", "on_air"] {
        assert!(json.get(key).is_some(), "{key} is missing in {json}");
    }
    drop(lines);
    stop.set();
    assert!(listener.join(Duration::from_secs(5)));
}
