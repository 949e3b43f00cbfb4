//! Good inputs to begin with: the repository's own files, cut to the parts that are read, and messages made here.

use std::path::Path;

use halation::audio::club::wav;
use halation::tempo::prolink::capture;
use rosc::{OscArray, OscBundle, OscColor, OscMessage, OscMidiMessage, OscPacket, OscTime, OscType};

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository.
pub fn file(path: &str) -> Vec<u8> {
    std::fs::read(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn fixture(path: &str) -> Vec<u8> {
    file(&format!("tests/fixtures/{path}"))
}

fn message(address: &str, args: Vec<OscType>) -> OscPacket {
    OscPacket::Message(OscMessage { addr: address.into(), args })
}

fn bundle(content: Vec<OscPacket>) -> OscPacket {
    OscPacket::Bundle(OscBundle { timetag: OscTime { seconds: 0, fractional: 1 }, content })
}

/// Datagrams: every sort of argument, patterns, beats, texts, routes, and bundles of them.
pub fn osc() -> Vec<Vec<u8>> {
    let s = |text: &str| OscType::String(text.into());
    let (f, i) = (OscType::Float, OscType::Int);
    let array = OscType::Array(OscArray { content: vec![f(0.25), i(3)] });
    let color = OscType::Color(OscColor { red: 1, green: 2, blue: 3, alpha: 4 });
    let midi = OscType::Midi(OscMidiMessage { port: 1, status: 0x90, data1: 60, data2: 100 });
    let plain = vec![
        message("/dream/strength", vec![f(0.5)]),
        message("/dream/strength", vec![s("?")]),
        message("/dream/steps", vec![i(3)]),
        message("/dream/source", vec![s("image")]),
        message("/dream/cut", vec![]),
        message("/prompt/slot", vec![i(3)]),
        message("/prompt/bank", vec![s("+")]),
        message("/prompt/text", vec![s("neon"), s("pink"), s("mandala")]),
        message("/prompt/weight/4", vec![OscType::Double(0.75)]),
        message("/motion/zoom", vec![s("+"), f(0.1)]),
        message("/motion/rotate", vec![s("*"), f(-1.5)]),
        message("/motion/zoom/norm", vec![f(0.25)]),
        message("/master/blackout", vec![OscType::Bool(true)]),
        message("/master/panic", vec![OscType::Nil]),
        message("/tempo/tap", vec![OscType::Inf]),
        message("/tempo/bpm", vec![OscType::Long(126)]),
        message("/tempo/beat", vec![i(1), f(128.0)]),
        message("/beat/master", vec![f(33.5)]),
        message("/bpm/master/current", vec![f(126.0)]),
        message("/look/*", vec![f(0.1)]),
        message("/{look,motion}/[a-z]*", vec![s("?")]),
        message("/*/*", vec![s("?")]),
        message("/param/release", vec![s("look.hue")]),
        message("/route/patch", vec![s("3 source = \"kick\", target = \"look.hue\", amount = 20")]),
        message("/route/patch", vec![s("3")]),
        message("/halation/ping", vec![]),
        message("/look/hue", vec![array, color, midi, OscType::Blob(vec![1; 12]), OscType::Char('x')]),
    ];
    let bundles =
        [bundle(plain[..3].to_vec()), bundle(vec![bundle(plain[4..8].to_vec()), bundle(vec![plain[9].clone()])])];
    plain.iter().chain(&bundles).map(|packet| rosc::encoder::encode(packet).expect("it encodes")).collect()
}

/// Streams of messages.
pub fn midi() -> Vec<Vec<u8>> {
    let stream = |bytes: &[u8]| bytes.to_vec();
    let clock = [0xF8; 24];
    vec![
        stream(&[0xB0, 16, 64, 0xB0, 17, 1, 0xB7, 48, 127]),
        stream(&[0x90, 1, 127, 0x80, 1, 0]),
        stream(&[0x90, 36, 100, 0x90, 36, 0, 0x91, 53, 100]),
        stream(&[0xB0, 1, 12, 0xB0, 33, 100]),
        stream(&[0xFA, 0xF8, 0xF8, 0xFB, 0xF2, 16, 0, 0xFC]),
        stream(&clock),
        stream(&[0xF0, 0x7E, 0x7F, 6, 1, 0xF7]),
        stream(&[0xE0, 0, 64, 0xC3, 5, 0xD0, 64, 0xA0, 36, 30]),
        (0..16).flat_map(|channel| [0xB0 | channel, 7, 8 * channel]).collect(),
        (0..64).flat_map(|number| [0x90, number, 100, 0x80, number, 0]).collect(),
    ]
}

/// One packet of each kind, port and length in the captures, the port in front.
pub fn prolink() -> Vec<Vec<u8>> {
    let folder = "prolink/epl-dysentery";
    let captures = ["LinkInfo2-5000x.pcap", "powerup.pcapng", "to-virtual.pcapng"];
    let mut all: Vec<Vec<u8>> = Vec::new();
    for name in captures {
        for datagram in capture::read(&fixture(&format!("{folder}/{name}"))).expect("a capture") {
            let port = datagram.to.port().wrapping_sub(50_000);
            let same = |one: &Vec<u8>| {
                u16::from(one[0]) == port
                    && one.len() == datagram.payload.len() + 1
                    && one[11..12] == datagram.payload[10..11]
            };
            if port < 3 && datagram.payload.len() > 10 && !all.iter().any(same) {
                all.push([&[port as u8], datagram.payload.as_slice()].concat());
            }
        }
    }
    let others = [(0, "announce-cdj-2.dat"), (2, "status-simple.dat"), (2, "media-slot-usb.dat")];
    all.extend(
        others.map(|(port, name)| [vec![port], fixture(&format!("prolink/mit-prolink-connect/{name}"))].concat()),
    );
    all
}

/// Captures, their first packets.
pub fn captures() -> Vec<Vec<u8>> {
    let start = |name: &str| {
        let mut bytes = fixture(&format!("prolink/epl-dysentery/{name}"));
        bytes.truncate(4096);
        bytes
    };
    ["LinkInfo2-5000x.pcap", "powerup.pcapng", "to-virtual.pcapng"].map(start).to_vec()
}

/// The pages of a stick's database that hold its tracks.
pub fn database() -> Vec<u8> {
    let mut bytes = fixture("prolink/mpl-rekordcrate/rekordbox_export.pdb");
    bytes.truncate(3 * 4096);
    bytes
}

/// A track's analysis without the tags that are passed over for their length alone, but one.
pub fn analysis(name: &str) -> Vec<u8> {
    let whole = fixture(&format!("prolink/mpl-rekordcrate/USBANLZ_{name}_ANLZ0000.EXT"));
    let tag = whole.windows(4).position(|four| four == b"PSSI").expect("its form");
    [&whole[..148], &whole[tag..]].concat()
}

/// Show files: the shipped one, and one that says everything.
pub fn shows() -> Vec<Vec<u8>> {
    vec![file("mappings/shows/first-light.toml"), EVERYTHING.as_bytes().to_vec()]
}

const EVERYTHING: &str = r##"name = "All of it"
model = "tests/fixtures/diffusion/tiny"
picture = [64, 64]
mapping = "akai-midimix"
image = "tests/fixtures/pictures/png_named.jpg"
remote_text = true

[params]
"dream.strength" = 0.6 # a comment
"dream.source" = "image"
"master.blackout" = false

[[route]]
source = "lfo.sine"
every = 8
phase = 0.25
target = "look.hue"
range = [0, 90]
curve = "s"
combine = "replace"

[[bank]]
name = 'One'
slots = ["a", ["b", "B"], "c", "d", "e", "f", "g", "h"]

[output]
size = [640, 360]
fps = 30
monitor = "HDMI-1"
flash_limiter = true
region = [0, 0, 320, 180]
"##;

/// What a route that is plugged in while playing says.
pub fn patches() -> Vec<Vec<u8>> {
    let texts = [
        "3 source = \"kick\", target = \"look.hue\", amount = 20",
        "1 source = 'one', on = 'drop', mode = 'hit', target = 'dream.cut'",
        "32 source = \"lfo.sine\", every = 8, phase = 0.5, target = \"motion.zoom\", range = [-1, 1], curve = \"s\"",
        "7",
    ];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}

pub fn mappings() -> Vec<Vec<u8>> {
    ["akai-midimix", "akai-apc40-mk2", "korg-nanokontrol2", "generic"]
        .map(|name| file(&format!("mappings/controllers/{name}.toml")))
        .to_vec()
}

/// Lines of a trace.
pub fn traces() -> Vec<Vec<u8>> {
    let lines = r#"{"t":0.5,"kind":"event","id":"dream.strength","change":"set","value":0.5}
{"t":0.6,"kind":"event","id":"look.hue","change":"knob","value":0.25,"stood":0.5,"way":[0.125,0.5]}
{"t":0.6,"kind":"event","id":"prompt.slot","change":"release","value":3}
{"t":0.7,"kind":"event","id":"master.blackout","change":"toggle","value":null}
{"t":0.8,"kind":"event","id":"prompt.text","change":"text","value":"neon fox"}
{"t":0.9,"kind":"event","id":"motion.zoom","change":"multiply","value":-2}
{"t":0.9,"kind":"clock","port":0,"message":"tick"}
{"t":0.91,"kind":"clock","port":0,"message":"position","sixteenths":16}
{"t":0.92,"kind":"beat","source":"prolink","beat_at":0.9,"bpm":126.5,"beat_in_bar":2,"confidence":0.5}
{"t":0.93,"kind":"deck","track_id":7,"bpm":128.0,"beat":33}
{"t":0.94,"kind":"needle","share":0.25}
{"t":1.0,"kind":"frame","number":3}"#;
    let one = |line: &str| line.as_bytes().to_vec();
    lines.lines().map(one).chain([one(lines)]).collect()
}

/// WAV and AIFF, whole and damaged, of all sorts of samples.
pub fn waves() -> Vec<Vec<u8>> {
    let tone: Vec<f32> = (0..400).map(|k| (k as f32 * 0.1).sin() * 0.5).collect();
    let small = wav(&tone, 22_050);
    let float = |tag: u16, bits: u16, samples: Vec<u8>| {
        let rate = 44_100u32;
        let bytes = u32::from(bits / 8);
        [
            &b"RIFF"[..],
            &(36 + samples.len() as u32).to_le_bytes(),
            b"WAVEfmt \x10\0\0\0",
            &tag.to_le_bytes(),
            &2u16.to_le_bytes(),
            &rate.to_le_bytes(),
            &(rate * 2 * bytes).to_le_bytes(),
            &((bits / 8) * 2).to_le_bytes(),
            &bits.to_le_bytes(),
            b"data",
            &(samples.len() as u32).to_le_bytes(),
            &samples,
        ]
        .concat()
    };
    let cut = |name: &str| {
        let mut bytes = fixture(&format!("sounds/{name}"));
        bytes.truncate(1024);
        bytes
    };
    vec![
        small,
        float(3, 32, tone.iter().flat_map(|x| x.to_le_bytes()).collect()),
        float(1, 24, tone.iter().flat_map(|x| ((x * 8e6) as i32).to_le_bytes()[..3].to_vec()).collect()),
        float(7, 8, vec![0x55; 400]),
        cut("wav_riff_8_short.wav"),
        cut("wav_odd_chunk_no_pad.wav"),
        cut("wav_never_finalised_data0.wav"),
        cut("aiff_form_too_long.aiff"),
    ]
}

pub fn mp3s() -> Vec<Vec<u8>> {
    vec![fixture("sounds/tone.mp3"), fixture("sounds/mp3_cover_with_sync_word.mp3")]
}

/// FLAC, Ogg Vorbis and M4A.
pub fn other_sounds() -> Vec<Vec<u8>> {
    ["tone.flac", "tone.ogg", "tone.m4a", "alac.m4a", "opus.ogg"]
        .map(|name| fixture(&format!("sounds/{name}")))
        .to_vec()
}

pub fn pngs() -> Vec<Vec<u8>> {
    ["png_named.jpg", "logo_hidden_green.png"].map(|name| fixture(&format!("pictures/{name}"))).to_vec()
}

pub fn jpegs() -> Vec<Vec<u8>> {
    ["cmyk.jpg", "ycck.jpg", "phone_orientation6.jpg"].map(|name| fixture(&format!("pictures/{name}"))).to_vec()
}
