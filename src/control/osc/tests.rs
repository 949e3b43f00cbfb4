use std::net::UdpSocket;
use std::time::Instant;

use rosc::{OscArray, OscMessage, OscPacket, OscType};

use super::framing::{DEPTH, Piece, pieces};
use super::meaning::{Meaning, Refusal, meaning};
use super::message::decode;
use super::once::Once;
use super::pattern::matches;
use super::receiver::{Arrival, DATAGRAM};
use super::*;
use crate::param::{self, Change, Id};

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
    receiver: Receiver,
    events: rt::Receiver<Event>,
    counters: Arc<Counters>,
    base: rt::Writer<Snapshot>,
}

const HERE: &str = "127.0.0.1:5000";
const ELSEWHERE: &str = "192.168.1.7:5000";

impl Rig {
    fn new() -> Self {
        Self::with(false, 1024)
    }

    fn with(remote_text: bool, queue: usize) -> Self {
        let (sender, events) = rt::queue(queue);
        let (base, reader) = rt::cell(Snapshot::default());
        let counters = Arc::new(Counters::default());
        let receiver = Receiver::new(config(remote_text), sender, reader, counters.clone());
        Self { receiver, events, counters, base }
    }

    fn send_from(&mut self, from: &str, bytes: &[u8]) -> Vec<(String, Vec<OscType>)> {
        let mut answers = Vec::new();
        let arrival = Arrival { from: from.parse().expect("address"), at: Seconds(3.0), ntp: 1000 };
        self.receiver.datagram(bytes, arrival, &mut answers);
        answers.iter().map(|bytes| message(bytes)).collect()
    }

    fn send(&mut self, address: &str, arguments: &[OscType]) -> Vec<(String, Vec<OscType>)> {
        self.send_from(HERE, &encode(address, arguments))
    }

    fn changes(&mut self) -> Vec<(Id, Change)> {
        std::iter::from_fn(|| self.events.next()).map(|event| (event.id, event.change)).collect()
    }

    fn count(&self, counter: impl Fn(&Counters) -> &AtomicU64) -> u64 {
        counter(&self.counters).load(Ordering::Relaxed)
    }
}

fn config(remote_text: bool) -> OscConfig {
    OscConfig {
        listen: Listen { address: "127.0.0.1:0".parse().expect("address"), lan: false },
        remote_text,
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

// --- patterns ---

#[test]
fn patterns_of_osc_1_0() {
    for (pattern, text, expected) in [
        ("strength", "strength", true),
        ("strength", "strengt", false),
        ("strengt", "strength", false),
        ("", "", true),
        ("", "a", false),
        ("?", "a", true),
        ("?", "", false),
        ("?", "ab", false),
        ("*", "", true),
        ("*", "anything", true),
        ("a*", "a", true),
        ("*a", "banana", true),
        ("*n*n*", "banana", true),
        ("*n*n*n*", "banana", false),
        ("b?n*a", "banana", true),
        ("[0-9]", "7", true),
        ("[0-9]", "12", false),
        ("[!0-9]", "7", false),
        ("[!0-9]", "x", true),
        ("[abc]x", "bx", true),
        ("[a-c]", "d", false),
        ("[c-a]", "b", true),
        ("[-a]", "-", true),
        ("[a-]", "-", true),
        ("[a!]", "!", true),
        ("[]", "a", false),
        ("[!]", "a", true),
        ("{foo,foobar}", "foobar", true),
        ("{foo,foobar}", "foo", true),
        ("{foo,foobar}bar", "foobar", true),
        ("{a,ab}{bc,c}", "abc", true),
        ("{,x}y", "y", true),
        ("{x}", "y", false),
        ("*{ma,ion}", "rotation", true),
        ("weight*", "weight", true),
        ("{", "{", false),
        ("[", "[", false),
        ("a{b", "ab", false),
        ("}", "}", true),
        ("]", "]", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
    }
}

#[test]
fn hostile_patterns_are_cheap() {
    let text = "a".repeat(63);
    let started = Instant::now();
    for pattern in ["*a".repeat(120), "{a,aa}".repeat(40), "*".repeat(250), "[!b-z]*".repeat(30)] {
        for _ in 0..1000 {
            assert!(!matches(&format!("{pattern}b"), &text));
        }
    }
    // Backtracking would not end within the age of the universe.
    assert!(started.elapsed() < Duration::from_secs(30));
    assert!(!matches("*", &"a".repeat(64)), "longer than any segment");
}

#[test]
fn every_address_fits_the_matcher() {
    for id in Id::all() {
        assert!(id.row().id.split('.').all(|segment| matches("*", segment)), "{}", id.row().id);
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
    assert_eq!(rig.changes(), [(param::MOTION_X, Change::Travel(0.5)), (param::MOTION_Y, Change::Travel(0.5))]);
    rig.send("/prompt/*", &[OscType::Float(1.0)]);
    assert!(rig.changes().iter().all(|(id, _)| !param::PROMPT_WEIGHTS.contains(id)), "* stays in its segment");
    assert_eq!(rig.count(|c| &c.unknown), 0);
}

// --- framing ---

fn messages(datagram: &[u8]) -> (Vec<Vec<u8>>, usize) {
    let (mut found, mut malformed) = (Vec::new(), 0);
    pieces(datagram, |piece| match piece {
        Piece::Message(bytes) => found.push(bytes.to_vec()),
        Piece::Bundle(_) => {}
        Piece::Malformed => malformed += 1,
    });
    (found, malformed)
}

#[test]
fn bundles_come_apart_in_order() {
    let [a, b, c] = ["/a", "/b", "/c"].map(|address| encode(address, &[]));
    let datagram = bundle(1, &[a.clone(), bundle(1, &[b.clone(), bundle(1, &[])]), c.clone()]);
    assert_eq!(messages(&datagram), (vec![a, b, c], 0));
}

#[test]
fn nesting_ends_at_its_limit() {
    assert_eq!(messages(&nested(DEPTH)).0.len(), 1);
    assert_eq!(messages(&nested(DEPTH + 1)), (vec![], 1));
    // 64 008 bytes: what aborts a recursive decoder.
    assert_eq!(messages(&nested(3200)), (vec![], 1));
}

#[test]
fn a_bad_size_loses_only_the_rest_of_its_level() {
    let a = encode("/a", &[]);
    let mut bad = bundle(1, std::slice::from_ref(&a));
    bad.extend([0, 0, 0, 3, 1, 2, 3]);
    let datagram = bundle(1, &[bad.clone(), a.clone()]);
    // The outer element is not a multiple of 4 long either.
    assert_eq!(messages(&datagram), (vec![], 1));
    bad.push(0);
    assert_eq!(messages(&bundle(1, &[bad, a.clone()])), (vec![a.clone(), a], 1));
    for size in [0u32, 1, 2, 5, 0x7FFF_FFFC, u32::MAX - 3, u32::MAX] {
        let mut datagram = bundle(1, &[]);
        datagram.extend(size.to_be_bytes());
        datagram.extend([0; 8]);
        assert_eq!(messages(&datagram).1, 1, "{size}");
    }
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

// --- messages ---

#[test]
fn messages_decode() {
    assert_eq!(decode(b"/a\0\0").expect("no tags").arguments, []);
    assert_eq!(decode(b"/a\0\0,\0\0\0").expect("no arguments").arguments, []);
    assert_eq!(decode(&encode("/a", &[OscType::Int(3)])).expect("one").arguments, [OscType::Int(3)]);
    for bad in [
        &b""[..],
        b"/",
        b"/a",
        b"a\0\0\0",
        b"/a\0\0f\0\0\0",
        b"/a\0\0,f\0\0",
        b"/a\0\0,S\0\0",
        b"/\xFF\0\0,\0\0\0",
        b"#bundle\0",
    ] {
        assert_eq!(decode(bad), None, "{bad:?}");
    }
    assert_eq!(decode(&encode(&format!("/{}", "a".repeat(300)), &[])), None, "an endless address");
    assert_eq!(decode(&encode("/a", &vec![OscType::Bool(true); 100])), None, "endless arguments");
}

#[test]
fn sloppy_types_are_coerced() {
    let set = |arguments: &[OscType]| meaning(param::DREAM_STRENGTH, false, arguments);
    let to = |value| Ok(Meaning::Change(Change::Set(value)));
    assert_eq!(set(&[OscType::Float(0.25)]), to(0.25));
    assert_eq!(set(&[OscType::Double(0.25)]), to(0.25));
    assert_eq!(set(&[OscType::Int(1)]), to(1.0));
    assert_eq!(set(&[OscType::Long(-3)]), to(-3.0), "clamped later");
    assert_eq!(set(&[OscType::Bool(true)]), to(1.0));
    assert_eq!(set(&[OscType::Bool(false)]), to(0.0));
    assert_eq!(set(&[OscType::Nil]), to(0.0));
    assert_eq!(set(&[OscType::Inf]), to(1.0));
    assert_eq!(set(&[s(" 0.5 ")]), to(0.5));
    assert_eq!(set(&[OscType::Array(OscArray { content: vec![OscType::Float(0.5)] })]), to(0.5));
    assert_eq!(set(&[OscType::Float(0.5), OscType::Int(7)]), to(0.5), "superfluous");
    for bad in [OscType::Float(f32::NAN), OscType::Float(f32::INFINITY), OscType::Double(1e300), s("nan"), s("inf")] {
        assert_eq!(set(std::slice::from_ref(&bad)), Err(Refusal::NotFinite), "{bad:?}");
    }
    for bad in
        [vec![], vec![s("half")], vec![OscType::Blob(vec![1])], vec![OscType::Array(OscArray { content: vec![] })]]
    {
        assert_eq!(set(&bad), Err(Refusal::NotUnderstood), "{bad:?}");
    }
}

#[test]
fn modifiers_work_in_the_real_unit() {
    let bpm = |arguments: &[OscType]| meaning(param::TEMPO_BPM, false, arguments);
    let change = |change| Ok(Meaning::Change(change));
    assert_eq!(bpm(&[s("a"), OscType::Float(128.0)]), change(Change::Set(128.0)));
    assert_eq!(bpm(&[s("+"), OscType::Int(2)]), change(Change::Add(2.0)));
    assert_eq!(bpm(&[s("-"), OscType::Int(2)]), change(Change::Add(-2.0)));
    assert_eq!(bpm(&[s("*"), OscType::Float(0.5)]), change(Change::Multiply(0.5)));
    assert_eq!(bpm(&[s("+")]), change(Change::Steps(1.0)));
    assert_eq!(bpm(&[s("-")]), change(Change::Steps(-1.0)));
    assert_eq!(bpm(&[s("?")]), Ok(Meaning::Query));
    assert_eq!(bpm(&[s("*")]), Err(Refusal::NotUnderstood));
    assert_eq!(bpm(&[s("a")]), Err(Refusal::NotUnderstood));
    assert_eq!(bpm(&[s("+"), OscType::Float(f32::NAN)]), Err(Refusal::NotFinite));
    let zoom = |arguments: &[OscType]| meaning(param::MOTION_ZOOM, true, arguments);
    assert_eq!(zoom(&[OscType::Float(0.5)]), change(Change::Travel(0.5)));
    assert_eq!(zoom(&[s("a"), OscType::Float(0.5)]), change(Change::Travel(0.5)));
    assert_eq!(zoom(&[s("+"), OscType::Float(0.1)]), Err(Refusal::NotUnderstood));
}

#[test]
fn triggers_take_nothing_any_number_or_true() {
    let tap = |arguments: &[OscType]| meaning(param::TEMPO_TAP, false, arguments);
    let fire = |amount| Ok(Meaning::Change(Change::Set(amount)));
    assert_eq!(tap(&[]), fire(1.0));
    assert_eq!(tap(&[OscType::Nil]), fire(1.0));
    assert_eq!(tap(&[OscType::Inf]), fire(1.0));
    assert_eq!(tap(&[OscType::Bool(true)]), fire(1.0));
    assert_eq!(tap(&[OscType::Int(-1)]), fire(-1.0));
    assert_eq!(tap(&[OscType::Float(0.3)]), fire(0.3));
    assert_eq!(tap(&[s("1")]), fire(1.0));
    for release in [OscType::Int(0), OscType::Float(0.0), OscType::Bool(false), s("0")] {
        assert_eq!(tap(std::slice::from_ref(&release)), Ok(Meaning::Nothing), "{release:?}");
    }
    assert_eq!(tap(&[s("?")]), Ok(Meaning::Nothing));
    assert_eq!(tap(&[s("go")]), Err(Refusal::NotUnderstood));
    assert_eq!(tap(&[OscType::Float(f32::NAN)]), Err(Refusal::NotFinite));
}

#[test]
fn choices_go_by_place_or_name() {
    let source = |argument: OscType| meaning(param::DREAM_SOURCE, false, &[argument]);
    assert_eq!(source(s("WALK")), Ok(Meaning::Change(Change::Set(1.0))));
    assert_eq!(source(OscType::Int(2)), Ok(Meaning::Change(Change::Set(2.0))));
    assert_eq!(source(s("2")), Ok(Meaning::Change(Change::Set(2.0))));
    assert_eq!(source(s("run")), Err(Refusal::NotUnderstood));
    let blackout = |arguments: &[OscType]| meaning(param::MASTER_BLACKOUT, false, arguments);
    assert_eq!(blackout(&[s("on")]), Ok(Meaning::Change(Change::Set(1.0))));
    assert_eq!(blackout(&[s("a"), s("Off")]), Ok(Meaning::Change(Change::Set(0.0))));
    assert_eq!(blackout(&[OscType::Bool(true)]), Ok(Meaning::Change(Change::Set(1.0))));
}

#[test]
fn texts_are_strings() {
    let text = |arguments: &[OscType]| meaning(param::PROMPT_TEXT, false, arguments);
    let to = |text: &str| Ok(Meaning::Change(Change::Text(text.into())));
    assert_eq!(text(&[s("a red fox")]), to("a red fox"));
    assert_eq!(text(&[s("a"), s("dog")]), to("dog"));
    assert_eq!(text(&[s("a")]), to("a"));
    assert_eq!(text(&[s("?")]), Ok(Meaning::Query));
    assert_eq!(text(&[OscType::Int(1)]), Err(Refusal::NotUnderstood));
    assert_eq!(text(&[]), Err(Refusal::NotUnderstood));
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
    let mut open = Rig::with(true, 8);
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
fn numbers_that_are_none_and_overflow_are_dropped() {
    let mut rig = Rig::with(false, 4);
    rig.send("/dream/strength", &[OscType::Float(f32::NAN)]);
    assert_eq!(rig.count(|c| &c.dropped), 1);
    for _ in 0..6 {
        rig.send("/dream/cut", &[]);
    }
    assert_eq!(rig.count(|c| &c.events), 4);
    assert_eq!(rig.count(|c| &c.dropped), 3);
}

#[test]
fn queries_tell_base_values() {
    let mut rig = Rig::new();
    let mut snapshot = Snapshot::default();
    snapshot.base[param::DREAM_STRENGTH] = 0.75;
    snapshot.effective[param::DREAM_STRENGTH] = 0.1;
    snapshot.base[param::DREAM_SOURCE] = 1.0;
    rig.base.write(snapshot);
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

// --- the real socket ---

#[test]
fn the_socket_plays_answers_and_stops() {
    let stop = Stop::default();
    let (sender, events) = rt::queue(64);
    let (_base, reader) = rt::cell(Snapshot::default());
    let osc = Osc::open(config(false), sender, reader, stop.clone()).expect("opens");
    let client = UdpSocket::bind("127.0.0.1:0").expect("client");
    client.set_read_timeout(Some(Duration::from_secs(10))).expect("timeout");
    let to = osc.local_address();

    // Every datagram before the question is dealt with before its answer.
    client.send_to(&nested(3200), to).expect("sent");
    client.send_to(&vec![0; 65_507], to).expect("sent");
    client.send_to(&encode("/morph/speed", &[OscType::Int(2)]), to).expect("sent");
    client.send_to(&encode("/dream/strength", &[s("?")]), to).expect("sent");
    let mut buffer = [0; 256];
    let (size, from) = client.recv_from(&mut buffer).expect("an answer");
    assert_eq!(from, to);
    assert_eq!(message(&buffer[..size]), ("/dream/strength".into(), vec![OscType::Float(0.5)]));
    let event = events.next().expect("an event");
    assert_eq!((event.id, event.change, event.at), (param::MORPH_SPEED, Change::Set(2.0), Seconds(3.0)));
    let counts = osc.counts();
    assert_eq!((counts.received, counts.events, counts.dropped), (4, 1, 2));

    // Asking for a taken port is one sentence that names it.
    let (sender, _events) = rt::queue(1);
    let (_base, reader) = rt::cell(Snapshot::default());
    let taken = OscConfig { listen: Listen { address: to, lan: false }, ..config(false) };
    let error = Osc::open(taken, sender, reader, stop.clone()).err().expect("taken").to_string();
    assert!(error.contains(&to.to_string()) && error.contains("--osc") && !error.contains('\n'), "{error}");

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
    for wrong in ["", "club", "127.0.0.1:x", "127.0.0.1:70000", "1.2.3.4.5", "lan:"] {
        assert!(at(wrong).is_err(), "{wrong}");
    }
    if let Some(address) = lan_address() {
        assert!(!address.is_loopback() && !address.is_unspecified());
    }
}
