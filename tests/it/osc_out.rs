//! OSC out: peers that nobody here wrote find, hear and lose us; many peers at once stay within bounds.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use halation::control::osc::Listen;
use halation::control::{ControlConfig, ControlInput, Controls, LearnWish, Newest, OscConfig, Playing};
use halation::param::{self, Change, Event, Id, Kind, Origin};
use halation::rt;
use halation::tempo::Tempo;
use halation::units::{Bpm, Seconds};
use rosc::{OscMessage, OscPacket, OscType};

/// A conductor's side, without a conductor: what is moved is moved here.
struct Stage {
    controls: Controls,
    told: rt::Writer<Playing>,
    playing: Playing,
    began: Instant,
    to: SocketAddr,
}

impl Stage {
    fn open() -> Self {
        let began = Instant::now();
        let osc = OscConfig {
            listen: Some(Listen { address: "127.0.0.1:0".parse().unwrap(), lan: false }),
            access: Arc::default(),
            learn: LearnWish::default(),
            learnt: None,
            clock: Arc::new(move || Seconds(began.elapsed().as_secs_f64())),
            text: Arc::new(|| "neon fox".into()),
        };
        let ((_, asked), (told, newest)) = (rt::cell(Playing::default()), rt::cell(Playing::default()));
        let config = ControlConfig { osc: Some(osc), ..ControlConfig::default() };
        let controls = Controls::open(config, Newest { asked, told: newest }).expect("a free port");
        let to = controls.osc().expect("open").local_address().expect("it listens");
        Self { controls, told, playing: Playing::default(), began, to }
    }

    fn set(&mut self, id: Id, value: f32) {
        self.playing.snapshot.base[id] = value;
        self.publish();
    }

    fn publish(&mut self) {
        self.playing.snapshot.time = Seconds(self.began.elapsed().as_secs_f64());
        self.playing = Playing::new(self.playing.snapshot, &Tempo::new(Bpm(120.0)).clock());
        self.told.write(self.playing);
    }

    /// Obeys what came in, as the conductor does.
    fn obey(&mut self) -> Vec<Event> {
        let now = Seconds(self.began.elapsed().as_secs_f64());
        let mut events = Vec::new();
        self.controls.drain(now, &mut |input| {
            if let ControlInput::Event(event) = input {
                events.push(event);
            }
        });
        for event in &events {
            if let Change::Set(value) = event.change {
                self.playing.snapshot.base[event.id] = event.id.row().clamp(value);
            }
        }
        self.publish();
        events
    }
}

fn encode(address: &str, args: Vec<OscType>) -> Vec<u8> {
    rosc::encoder::encode(&OscPacket::Message(OscMessage { addr: address.into(), args })).unwrap()
}

fn decode(bytes: &[u8]) -> (String, Vec<OscType>) {
    match rosc::decoder::decode_udp(bytes).expect("OSC").1 {
        OscPacket::Message(message) => (message.addr, message.args),
        OscPacket::Bundle(_) => panic!("a bundle"),
    }
}

fn peer(stage: &Stage, arguments: Vec<OscType>) -> UdpSocket {
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    peer.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    peer.send_to(&encode("/subscribe", arguments), stage.to).unwrap();
    peer
}

/// Everything that arrives within `seconds`.
fn hear(peer: &UdpSocket, seconds: f64) -> Vec<(String, Vec<OscType>)> {
    let (mut heard, until) = (Vec::new(), Instant::now() + Duration::from_secs_f64(seconds));
    let mut buffer = [0; 2048];
    while Instant::now() < until {
        if let Ok((size, _)) = peer.recv_from(&mut buffer) {
            heard.push(decode(&buffer[..size]));
        }
    }
    heard
}

#[test]
fn a_subscriber_gets_everything_once_then_what_changes_and_no_echo() {
    let mut stage = Stage::open();
    stage.publish();
    let (mine, yours) = (peer(&stage, vec![OscType::String("norm".into())]), peer(&stage, vec![]));
    let heard = hear(&mine, 1.0);
    let first: HashMap<&str, &[OscType]> = heard.iter().map(|(a, v)| (a.as_str(), v.as_slice())).collect();
    let told = Id::all().filter(|id| !matches!(id.row().kind, Kind::Trigger | Kind::Text));
    for id in told {
        let address = format!("/{}", id.row().id.replace('.', "/"));
        assert!(first.contains_key(address.as_str()), "{address} was not told");
        assert!(first.contains_key(format!("{address}/norm").as_str()), "{address}/norm was not told");
    }
    assert_eq!(first["/halation/subscribed"][1], OscType::Float(60.0));
    assert_eq!(first["/prompt/text"], [OscType::String("neon fox".into())]);
    assert_eq!(first["/master/freeze"], [OscType::Int(0)], "a button of a tablet takes a number");
    assert_eq!(first["/motion/zoom/norm"], [OscType::Float(0.5)]);
    hear(&yours, 0.1);
    let (mut beats, began) = (Vec::new(), Instant::now());
    for _ in 0..100 {
        stage.publish();
        beats.extend(hear(&yours, 0.02).into_iter().filter(|(address, _)| address == "/halation/beat"));
    }
    let expected = 2.0 * began.elapsed().as_secs_f64();
    assert!((beats.len() as f64 - expected).abs() <= 1.5, "{beats:?} instead of {expected:.1} at 120");

    // A fader on one of them: the other sees it move, the first does not fight itself.
    for k in 0..20 {
        let value = OscType::Float(0.04 * k as f32);
        mine.send_to(&encode("/dream/strength", vec![value]), stage.to).unwrap();
        std::thread::sleep(Duration::from_millis(10));
        stage.obey();
    }
    let moved = |heard: &[(String, Vec<OscType>)]| heard.iter().filter(|(a, _)| a == "/dream/strength").count();
    let echo = moved(&hear(&mine, 0.2));
    let seen = hear(&yours, 0.2);
    assert_eq!(echo, 0, "its own movements came back");
    assert!(moved(&seen) >= 3, "{seen:?}");
    let last = seen.iter().rfind(|(a, _)| a == "/dream/strength").unwrap();
    assert_eq!(last.1, [OscType::Float(0.04 * 19.0)], "the last value always arrives");

    // What it gets wrong it is told.
    mine.send_to(&encode("/dream/strenght", vec![OscType::Float(1.0)]), stage.to).unwrap();
    let errors: Vec<_> = hear(&mine, 0.3).into_iter().filter(|(a, _)| a == "/halation/error").collect();
    assert!(format!("{errors:?}").contains("did you mean /dream/strength"), "{errors:?}");
}

#[test]
fn a_hundred_subscribers_and_everything_moving() {
    let mut stage = Stage::open();
    let peers: Vec<UdpSocket> = (0..100).map(|_| peer(&stage, vec![OscType::Int(3)])).collect();
    let moving: Vec<Id> = Id::all().filter(|id| matches!(id.row().kind, Kind::Float { .. })).collect();
    let until = Instant::now() + Duration::from_secs(2);
    let mut counts: Vec<HashMap<String, Vec<f64>>> = vec![HashMap::new(); peers.len()];
    let (mut k, mut buffer) = (0u32, [0; 2048]);
    peers.iter().for_each(|peer| peer.set_nonblocking(true).unwrap());
    while Instant::now() < until {
        k += 1;
        for (n, id) in moving.iter().enumerate() {
            let travel = (k.wrapping_mul(7919).wrapping_add(n as u32) % 1000) as f32 / 1000.0;
            stage.playing.snapshot.base[*id] = id.row().plain(travel);
        }
        stage.publish();
        for (peer, count) in peers.iter().zip(&mut counts) {
            while let Ok((size, _)) = peer.recv_from(&mut buffer) {
                count.entry(decode(&buffer[..size]).0).or_default().push(stage.began.elapsed().as_secs_f64());
            }
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    for count in &counts {
        assert!(count.len() > moving.len(), "somebody heard only of {} addresses", count.len());
        for (address, times) in count {
            // Two seconds, and what waited in the socket.
            assert!(times.len() <= 66, "{address}: {} in two seconds", times.len());
        }
    }
    // The dead are dropped at the end of their lease.
    std::thread::sleep(Duration::from_millis(2500));
    for peer in &peers {
        while peer.recv_from(&mut buffer).is_ok() {}
    }
    stage.set(param::LOOK_HUE, 7.0);
    std::thread::sleep(Duration::from_millis(200));
    assert!(peers.iter().all(|peer| peer.recv_from(&mut buffer).is_err()), "somebody is still told");
}

#[test]
fn tcp_in_both_framings() {
    let mut stage = Stage::open();
    stage.publish();
    for slip in [false, true] {
        let mut stream = TcpStream::connect(stage.to).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let framed = |packet: Vec<u8>| match slip {
            false => [&(packet.len() as u32).to_be_bytes()[..], &packet].concat(),
            // No byte of these messages needs an escape.
            true => [&[0xC0], &packet[..], &[0xC0]].concat(),
        };
        let bundle =
            [&b"#bundle\0\0\0\0\0\0\0\0\x01"[..], &20u32.to_be_bytes(), &encode("/look/hue", vec![OscType::Int(9)])];
        // In dribbles: a bundle, then a message behind it.
        for byte in [framed(bundle.concat()), framed(encode("/subscribe", vec![]))].concat() {
            stream.write_all(&[byte]).unwrap();
        }
        let read = |stream: &mut TcpStream| {
            let mut byte = [0];
            let mut packet = Vec::new();
            if slip {
                while packet.is_empty() || byte[0] != 0xC0 {
                    stream.read_exact(&mut byte).unwrap();
                    if byte[0] != 0xC0 {
                        packet.push(byte[0]);
                    }
                }
                return packet;
            }
            let mut length = [0; 4];
            stream.read_exact(&mut length).unwrap();
            packet.resize(u32::from_be_bytes(length) as usize, 0);
            stream.read_exact(&mut packet).unwrap();
            packet
        };
        assert_eq!(decode(&read(&mut stream)).0, "/halation/subscribed");
        let mut heard = Vec::new();
        while !heard.iter().any(|(address, _)| address == "/halation/bpm") {
            heard.push(decode(&read(&mut stream)));
        }
        let hue = |events: &[Event]| events.iter().any(|e| e.id == param::LOOK_HUE && e.change == Change::Set(9.0));
        assert!(hue(&stage.obey()), "the bundle was heard");
        assert!(heard.iter().any(|(address, _)| address == "/look/hue"));
    }
    // Nonsense is hung up on.
    let mut stream = TcpStream::connect(stage.to).unwrap();
    stream.write_all(b"\x00\xFF\xFF\xFF").unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert_eq!(stream.read(&mut [0; 8]).unwrap(), 0);
}

/// `oscdump`, and the lines it prints.
struct Dump(Child, std::sync::mpsc::Receiver<String>);

impl Dump {
    fn start(port: u16) -> Option<Self> {
        let started = Command::new("oscdump").args(["-L", &port.to_string()]).stdout(Stdio::piped()).spawn();
        let Ok(mut child) = started else {
            assert!(std::env::var_os("CI").is_none(), "CI needs oscdump (package liblo-tools)");
            println!("skipped: oscdump is not installed (package liblo-tools)");
            return None;
        };
        let out = BufReader::new(child.stdout.take().unwrap());
        let (send, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).for_each(|line| drop(send.send(line))));
        Some(Self(child, lines))
    }

    fn wait_for(&self, what: &str) -> String {
        let until = Instant::now() + Duration::from_secs(10);
        let mut heard = Vec::new();
        while let Ok(line) = self.1.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if line.contains(what) {
                return line;
            }
            heard.push(line);
        }
        panic!("no {what} among {heard:#?}");
    }
}

impl Drop for Dump {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// liblo, the C implementation.
#[test]
fn liblo_subscribes_sends_and_hears() {
    let mut stage = Stage::open();
    stage.publish();
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let Some(dump) = Dump::start(port) else { return };
    std::thread::sleep(Duration::from_millis(300));
    let send = |arguments: &[&str]| {
        let sent = Command::new("oscsend").args(["127.0.0.1", &stage.to.port().to_string()]).args(arguments).status();
        assert!(sent.unwrap().success());
    };
    send(&["/subscribe", "ii", &port.to_string(), "20"]);
    dump.wait_for("/halation/subscribed");
    dump.wait_for("/look/hue");
    send(&["/look/hue", "f", "42.5"]);
    let until = Instant::now() + Duration::from_secs(5);
    while !stage.obey().iter().any(|event| event.origin == Origin::Osc) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(dump.wait_for("/look/hue f 42.5").contains("42.5"));
    let send = |arguments: &[&str]| {
        let sent = Command::new("oscsend").args(["127.0.0.1", &stage.to.port().to_string()]).args(arguments).status();
        assert!(sent.unwrap().success());
    };
    send(&["/unsubscribe", "i", &port.to_string()]);
}
