use std::net::UdpSocket;

use rosc::{OscMessage, OscPacket, OscType};

use super::once::Once;
use super::receiver::{DATAGRAM, DatagramArrival};
use super::*;
use crate::control::learning::LearnWish;
use crate::control::{BlockList, Carrier, ControlInput};
use crate::param::{self, Change, Id, Snapshot};

mod arguments;
mod floods;
mod wire;

// --- bytes ---

fn encode(address: &str, arguments: &[OscType]) -> Vec<u8> {
    let message = OscMessage { addr: address.into(), args: arguments.to_vec() };
    rosc::encoder::encode(&OscPacket::Message(message)).expect("encodes")
}

fn bundle(time: u64, elements: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"#bundle\0".to_vec();
    bytes.extend(time.to_be_bytes());
    for element in elements {
        bytes.extend((element.len() as u32).to_be_bytes());
        bytes.extend(element);
    }
    bytes
}

fn nested(depth: usize) -> Vec<u8> {
    (0..depth).fold(encode("/dream/cut", &[]), |inner, _| bundle(1, &[inner]))
}

fn s(text: &str) -> OscType {
    OscType::String(text.into())
}

// --- a receiver without a socket ---

struct Rig {
    receiver: OscReceiver,
    events: Mailbox,
    counters: Arc<OscCounters>,
    base: rt::Writer<Playing>,
}

const HERE: &str = "127.0.0.1:5000";
const ELSEWHERE: &str = "192.168.1.7:5000";

impl Rig {
    fn new() -> Self {
        Self::with(false)
    }

    fn with(remote_text: bool) -> Self {
        let events = Mailbox::default();
        let (base, reader) = rt::cell(Playing::default());
        let counters = Arc::new(OscCounters::default());
        let receiver = OscReceiver::new(config(remote_text), events.clone(), reader, counters.clone());
        Self { receiver, events, counters, base }
    }

    fn send_from(&mut self, from: &str, bytes: &[u8]) -> Vec<(String, Vec<OscType>)> {
        self.send_at(3.0, from, bytes)
    }

    fn send_at(&mut self, at: f64, from: &str, bytes: &[u8]) -> Vec<(String, Vec<OscType>)> {
        let mut answers = Vec::new();
        let arrival =
            DatagramArrival { from: from.parse().expect("address"), at: Seconds(at), ntp: 1000, carrier: Carrier::Udp };
        self.receiver.datagram(bytes, arrival, &mut answers);
        answers.iter().map(|answer| message(&answer.bytes)).collect()
    }

    fn send(&mut self, address: &str, arguments: &[OscType]) -> Vec<(String, Vec<OscType>)> {
        self.send_from(HERE, &encode(address, arguments))
    }

    fn changes(&mut self) -> Vec<(Id, Change)> {
        let mut changes = Vec::new();
        self.events.take(&mut |input| {
            if let ControlInput::Event(event) = input {
                changes.push((event.id, event.change));
            }
        });
        changes
    }

    fn count(&self, counter: impl Fn(&OscCounters) -> &AtomicU64) -> u64 {
        counter(&self.counters).load(Ordering::Relaxed)
    }
}

fn config(remote_text: bool) -> OscConfig {
    let access = Arc::new(Access::default());
    access.set_texts(remote_text, BlockList::new(["gore*".into()]));
    OscConfig {
        listen: Some(Listen { address: "127.0.0.1:0".parse().expect("address"), lan: false }),
        access,
        learn: LearnWish::default(),
        learnt: None,
        clock: Arc::new(|| Seconds(3.0)),
        text: Arc::new(|| "a red fox".into()),
    }
}

fn message(bytes: &[u8]) -> (String, Vec<OscType>) {
    match rosc::decoder::decode_udp(bytes).expect("decodes").1 {
        OscPacket::Message(message) => (message.addr, message.args),
        OscPacket::Bundle(_) => panic!("a bundle"),
    }
}

#[test]
fn a_pattern_hits_several_parameters() {
    let mut rig = Rig::new();
    rig.send("/prompt/weight/*", &[OscType::Float(0.5)]);
    let hit: Vec<Id> = rig.changes().into_iter().map(|(id, _)| id).collect();
    assert_eq!(hit, param::PROMPT_WEIGHTS);
    rig.send("/prompt/weight/[2-4]", &[OscType::Float(0.5)]);
    assert_eq!(rig.changes().len(), 3);
    rig.send("/motion/{x,y}/norm", &[OscType::Float(0.5)]);
    assert_eq!(rig.changes(), [(param::MOTION_X, Change::Normalized(0.5)), (param::MOTION_Y, Change::Normalized(0.5))]);
    rig.send("/prompt/*", &[OscType::Float(1.0)]);
    assert!(rig.changes().iter().all(|(id, _)| !param::PROMPT_WEIGHTS.contains(id)), "* stays in its segment");
    assert_eq!(rig.count(|c| &c.unknown), 0);
}

#[test]
fn truncation_at_every_length_is_harmless() {
    let inner = bundle(1, &[encode("/dream/strength", &[OscType::Float(0.5)]), encode("/prompt/text", &[s("fox")])]);
    let whole = bundle(1, &[inner, encode("/dream/cut", &[])]);
    let mut rig = Rig::new();
    for length in 0..whole.len() {
        rig.send_from(HERE, &whole[..length]);
    }
    assert!(rig.count(|c| &c.malformed) as usize >= whole.len() - 20);
    rig.changes();
    rig.send_from(HERE, &whole);
    assert_eq!(rig.changes().len(), 3);
}

#[test]
fn hostile_datagrams_are_survived_and_counted() {
    let mut rig = Rig::new();
    rig.send_from(HERE, &nested(3200));
    rig.send_from(HERE, &vec![b'/'; 65_507]);
    assert_eq!(rig.count(|c| &c.dropped), 2, "larger than accepted");
    rig.send_from(HERE, &nested(DATAGRAM / 20 - 4));
    assert_eq!(rig.count(|c| &c.malformed), 1);
    // A deep nest of arrays would overflow the stack when dropped.
    let mut arrays = b"/a\0\0,".to_vec();
    arrays.extend(vec![b'['; 8000]);
    arrays.extend(vec![b']'; 8000]);
    arrays.extend([0; 3]);
    rig.send_from(HERE, &arrays);
    assert_eq!(rig.count(|c| &c.malformed), 2);
    // Bytes of every kind.
    let mut noise = 1u32;
    for length in 0..2000 {
        let bytes: Vec<u8> = (0..length % 200)
            .map(|k| {
                noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if k == 0 { b'/' } else { (noise >> 24) as u8 }
            })
            .collect();
        rig.send_from(HERE, &bytes);
    }
    assert_eq!(rig.count(|c| &c.received), 2004);
    assert!(rig.changes().is_empty());
}

#[test]
fn a_full_datagram_of_wildcards_is_bounded() {
    let one = encode("/*/*", &[s("?")]);
    let mut bytes = bundle(1, &[]);
    while bytes.len() + one.len() + 4 <= DATAGRAM {
        bytes.extend((one.len() as u32).to_be_bytes());
        bytes.extend(&one);
    }
    let mut rig = Rig::new();
    assert!(rig.send_from(HERE, &bytes).len() <= 128);
}

#[test]
fn a_future_bundle_plays_now_and_is_counted() {
    let mut rig = Rig::new();
    rig.send_from(HERE, &bundle(2000, &[encode("/dream/cut", &[])]));
    rig.send_from(HERE, &bundle(1, &[encode("/dream/cut", &[])]));
    rig.send_from(HERE, &bundle(999, &[encode("/dream/cut", &[])]));
    assert_eq!(rig.changes().len(), 3);
    assert_eq!(rig.count(|c| &c.early), 1);
}

#[test]
fn strangers_cannot_write_on_the_wall() {
    let write = encode("/prompt/text", &[s("hello")]);
    let mut rig = Rig::new();
    rig.send_from(ELSEWHERE, &write);
    assert!(rig.changes().is_empty());
    assert_eq!(rig.count(|c| &c.refused), 1);
    rig.send_from(ELSEWHERE, &encode("/dream/cut", &[]));
    rig.send_from(HERE, &write);
    rig.send_from("[::1]:9", &write);
    rig.send_from("[::ffff:127.0.0.1]:9", &write);
    assert_eq!(rig.changes().len(), 4);
    let mut open = Rig::with(true);
    open.send_from(ELSEWHERE, &write);
    assert_eq!(open.changes(), [(param::PROMPT_TEXT, Change::Text("hello".into()))]);
}

#[test]
fn unknown_addresses_are_counted_and_remembered_within_bounds() {
    let mut rig = Rig::new();
    for k in 0..1000 {
        rig.send(&format!("/no/such/{k}"), &[]);
    }
    for unknown in
        ["/", "//", "/dream", "/dream/strength/", "/dream/strength/norm/norm", "/dream//strength", "/[", "/{a"]
    {
        rig.send(unknown, &[]);
    }
    assert_eq!(rig.count(|c| &c.unknown), 1008);
    assert!(rig.changes().is_empty());

    let mut once = Once::default();
    assert_eq!(once.first("/a\u{1b}[2J").as_deref(), Some("/a\\u{1b}[2J"), "nothing reaches a terminal raw");
    assert_eq!(once.first("/a\u{1b}[2J"), None);
    assert!((0..1000).filter(|k| once.first(&k.to_string()).is_some()).count() == 255);
    assert_eq!(once.len(), 256);
}

#[test]
fn an_address_without_its_slash_is_meant() {
    let mut rig = Rig::new();
    let mut bytes = b"dream/strength\0\0,f\0\0".to_vec();
    bytes.extend(0.25f32.to_be_bytes());
    rig.send_from(HERE, &bytes);
    assert_eq!(rig.changes(), [(param::DREAM_STRENGTH, Change::Set(0.25))]);
    assert_eq!(rig.count(|c| &c.malformed), 0);
    rig.send_from(HERE, b"\x01\x02\0\0,\0\0\0");
    assert_eq!(rig.count(|c| &c.malformed), 1);
}

#[test]
fn hands_are_told_to_let_go_by_name() {
    let mut rig = Rig::new();
    rig.send("/param/release", &[]);
    assert_eq!(rig.changes(), [(param::PARAM_RELEASE, Change::Set(1.0))]);
    for name in ["dream.strength", "/dream/strength"] {
        rig.send("/param/release", &[s(name)]);
        assert_eq!(rig.changes(), [(param::PARAM_RELEASE, Change::Text(name.into()))]);
    }
    rig.send("/param/release", &[s("dream.strenght")]);
    assert_eq!((rig.changes().len(), rig.count(|c| &c.malformed)), (0, 1));
}

#[test]
fn queries_tell_base_values() {
    let mut rig = Rig::new();
    let mut snapshot = Snapshot::default();
    snapshot.base[param::DREAM_STRENGTH] = 0.75;
    snapshot.effective[param::DREAM_STRENGTH] = 0.1;
    snapshot.base[param::DREAM_SOURCE] = 1.0;
    rig.base.write(Playing { snapshot, ..Playing::default() });
    let ask = [s("?")];
    let one = |address: &str, value| vec![(address.to_owned(), vec![value])];
    assert_eq!(rig.send("/dream/strength", &ask), one("/dream/strength", OscType::Float(0.75)));
    assert_eq!(rig.send("/dream/steps", &ask), one("/dream/steps", OscType::Int(4)));
    assert_eq!(rig.send("/dream/source", &ask), one("/dream/source", s("walk")));
    assert_eq!(rig.send("/prompt/text", &ask), one("/prompt/text", s("a red fox")));
    assert_eq!(rig.send("/motion/zoom/norm", &ask), one("/motion/zoom/norm", OscType::Float(0.5)));
    assert_eq!(rig.send("/tempo/tap", &ask), []);
    assert_eq!(rig.send("/prompt/weight/?", &ask).len(), 8);
    assert_eq!(rig.send("/halation/ping", &[]), [("/halation/pong".to_owned(), vec![])]);
    assert!(rig.changes().is_empty(), "asking changes nothing");
}

#[test]
fn a_strangers_fader_is_taught_and_blocked_words_are_not_written() {
    let mut rig = Rig::new();
    let half = [OscType::Float(0.5)];
    assert!(rig.send("/1/fader1", &half).is_empty() && rig.changes().is_empty(), "nobody knows it yet");
    let answers = rig.send("/learn", &[s("/dream/strength")]);
    assert_eq!(answers, [("/halation/learn".to_owned(), vec![s("dream.strength")])]);
    rig.send("/2/toggle1", &[s("a text is no fader")]);
    rig.send("/1/fader1", &half);
    rig.send("/1/fader2", &half);
    rig.send("/1/fader1", &[OscType::Int(1)]);
    let strength = |travel| (param::DREAM_STRENGTH, Change::Normalized(travel));
    assert_eq!(rig.changes(), [strength(1.0)], "of one parameter the newest counts, and fader 2 was not taught");
    for wrong in [&[][..], &[s("dream.nothing")], &[s("prompt.text")], &half] {
        rig.send("/learn", wrong);
    }
    rig.send("/1/fader2", &half);
    assert!(rig.changes().is_empty());

    assert!(rig.send("/prompt/text", &[s("a Gory picture")]).is_empty());
    assert!(rig.send("/prompt/text", &[s("G.O.R.E")]).is_empty());
    assert_eq!(rig.changes().len(), 1, "only what is not on the list");
    assert_eq!(rig.count(|counters| &counters.refused), 1);
}

// --- the real socket ---

#[test]
fn the_socket_plays_answers_and_stops() {
    let stop = Stop::default();
    let mut events = Mailbox::default();
    let osc = Osc::open(config(false), events.clone(), Newest::still(), stop.clone()).expect("opens");
    let client = UdpSocket::bind("127.0.0.1:0").expect("client");
    client.set_read_timeout(Some(Duration::from_secs(10))).expect("timeout");
    let to = osc.local_address().expect("it listens");

    // Every datagram before the question is dealt with before its answer.
    client.send_to(&nested(3200), to).expect("sent");
    client.send_to(&vec![0; 65_507], to).expect("sent");
    client.send_to(&encode("/morph/speed", &[OscType::Int(2)]), to).expect("sent");
    client.send_to(&encode("/dream/strength", &[s("?")]), to).expect("sent");
    let mut buffer = [0; 256];
    let (size, from) = client.recv_from(&mut buffer).expect("an answer");
    assert_eq!(from, to);
    assert_eq!(message(&buffer[..size]), ("/dream/strength".into(), vec![OscType::Float(0.5)]));
    let mut heard = Vec::new();
    events.take(&mut |input| heard.push(input));
    let [ControlInput::Event(event)] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!((event.id, &event.change, event.at), (param::MORPH_SPEED, &Change::Set(2.0), Seconds(3.0)));
    let counts = osc.counts();
    assert_eq!((counts.received, counts.events, counts.dropped), (4, 1, 2));

    // Asking for a taken port is one sentence that names it.
    let taken = OscConfig { listen: Some(Listen { address: to, lan: false }), ..config(false) };
    let error = Osc::open(taken, Mailbox::default(), Newest::still(), stop.clone()).err().expect("taken").to_string();
    assert!(error.contains(&to.to_string()) && error.contains("--osc") && !error.contains('\n'), "{error}");

    // `localhost` is ::1 for many senders.
    if let Ok(client) = UdpSocket::bind("[::1]:0") {
        client.set_read_timeout(Some(Duration::from_secs(10))).expect("timeout");
        client.send_to(&encode("/halation/ping", &[]), ("::1", to.port())).expect("sent");
        client.recv_from(&mut buffer).expect("an answer over IPv6");
        assert!(osc.addresses().contains("[::1]"));
    }
    assert_eq!(osc.tablet_address(), None);
    stop.set();
    assert!(osc.join(Duration::from_secs(10)));
}

#[test]
fn addresses_to_listen_on() {
    let at = |text: &str| text.parse::<Listen>().map(|listen| (listen.address.to_string(), listen.lan));
    for (text, address, lan) in [
        ("127.0.0.1", "127.0.0.1:9000", false),
        ("10.0.0.5:7000", "10.0.0.5:7000", false),
        ("9001", "127.0.0.1:9001", false),
        (":9001", "127.0.0.1:9001", false),
        ("localhost:8000", "127.0.0.1:8000", false),
        ("lan", "0.0.0.0:9000", true),
        ("lan:9001", "0.0.0.0:9001", true),
        ("::1", "[::1]:9000", false),
        ("[::1]:7000", "[::1]:7000", false),
    ] {
        assert_eq!(at(text).expect(text), (address.to_owned(), lan), "{text}");
    }
    let twin = |text: &str| text.parse::<Listen>().unwrap().twin(9001).map(|twin| twin.to_string());
    assert_eq!(twin("lan").as_deref(), Some("[::]:9001"), "tablets that only speak IPv6 are heard, too");
    assert_eq!(twin("9001").as_deref(), Some("[::1]:9001"));
    assert_eq!(twin("10.0.0.5"), None);
    for wrong in ["", "club", "127.0.0.1:x", "127.0.0.1:70000", "1.2.3.4.5", "lan:"] {
        assert!(at(wrong).is_err(), "{wrong}");
    }
    if let Some(address) = lan_address() {
        assert!(!address.is_loopback() && !address.is_unspecified());
    }
}
