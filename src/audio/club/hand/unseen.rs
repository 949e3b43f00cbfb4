//! The kinds that are never looked at while the tracker is tuned.

use super::bass::{Bass, BassKind};
use super::drums::{Kick, Snare};
use super::dsp::Sound;
use super::keys::{KeyKind, Keys};
use super::kit::Kit;
use super::metal::{block, click, cowbell, zap};
use super::song::{Song, Told};
use super::strange;
use super::{Kind, bare, kind};

pub const KINDS: [Kind; 18] = [
    kind("two-step", 130.0, 136.0, two_step),
    kind("amapiano", 110.0, 115.0, amapiano),
    kind("afrobeats", 98.0, 108.0, afrobeats),
    kind("jersey", 132.0, 142.0, jersey),
    kind("electro", 124.0, 134.0, electro),
    kind("bassline", 136.0, 142.0, bassline),
    kind("psytrance", 138.0, 148.0, strange::psytrance),
    kind("reverse-bass", 148.0, 156.0, strange::reverse_bass),
    kind("liquid", 171.0, 176.0, liquid),
    kind("trap", 136.0, 146.0, trap),
    kind("afro-house", 117.0, 123.0, afro_house),
    kind("baile", 128.0, 134.0, baile),
    kind("live-synth-pop", 112.0, 128.0, strange::live_synth_pop),
    kind("latin-tech", 124.0, 129.0, latin_tech),
    bare("clicks", 123.0, 130.0, clicks),
    kind("rumble-pa", 134.0, 146.0, strange::rumble_pa),
    bare("piano-breakdown", 120.0, 127.0, strange::piano_breakdown),
    kind("industrial", 112.0, 128.0, strange::industrial),
];

fn two_step(s: &mut Song) {
    let kit = Kit::draw(Kick::Nine, Snare::Rim, &mut s.rng);
    let late = s.intro();
    s.feel.swing = s.rng.range(0.15, 0.35);
    let kicks = s.rng.pick(&["x.........x.....", "x......x..x.....", "x.........x..x..|x.......o.x....."]);
    s.strike(Told::Kick, &kit.kick, kicks, 1.0);
    let backbeat = if s.rng.chance(0.5) { &kit.snare } else { &kit.clap };
    s.strike(Told::Snare, backbeat, "....x.......x...", 0.7);
    s.strike(Told::Hat, &kit.hat, "..xo..xo..xo..xx", 0.25);
    s.strike(Told::Hat, &kit.shaker, "oioioioioioioioi", 0.08);
    s.from(late);
    let bass = Bass::draw(s.rng.pick(&[BassKind::Sub, BassKind::Fm, BassKind::Pluck]), &mut s.rng);
    let line = s.rng.pick(&["0--....0..3-....", "0-..0-....2--...", "..0-..0---..4-.."]);
    s.line(&bass, line, 0.5, 0);
    let keys = Keys::draw(s.rng.pick(&[KeyKind::Organ, KeyKind::Rhodes]), &mut s.rng);
    s.chords(&keys, "..x..x....x.....|..x..x.......x..", 0.25);
    s.sing("0..2....1.0.....|................", 0.3);
    s.fills(&kit, 0.4);
}

fn amapiano(s: &mut Song) {
    let kit = Kit::draw(Kick::Soft, Snare::Rim, &mut s.rng);
    let late = s.intro();
    s.feel.swing = s.rng.range(0.05, 0.2);
    let kicks = s.rng.pick(&["x...x...x...x...", "x...x...x...x...", "x.......x......."]);
    let level = s.rng.range(0.4, 0.7);
    s.strike(Told::Kick, &kit.kick, kicks, level);
    s.strike(Told::Hat, &kit.shaker, "xixoxixoxixoxixo", 0.25);
    s.strike(Told::Hat, &kit.hat, "..x...x...x...x.", 0.15);
    s.strike(Told::Snare, &kit.snare, "...x..x....x..x.", 0.4);
    s.from(late.max(2));
    let bass = Bass::draw(BassKind::Log, &mut s.rng);
    let line =
        s.rng.pick(&["...0..0-..0..03.|..0-..4...2.0...", "0..0..4.....0.2.|...0..0.7.4.2...", "..0..0....0..0.."]);
    let level = s.rng.range(0.6, 0.9);
    s.line(&bass, line, level, 0);
    let keys = Keys::draw(KeyKind::Rhodes, &mut s.rng);
    s.chords(&keys, "x-----..x---..x-|x-------x-------", 0.25);
    s.percussion(&kit.perc, 0.12, 0.2);
}

fn afrobeats(s: &mut Song) {
    let kit = Kit::draw(Kick::Soft, Snare::Rim, &mut s.rng);
    let late = s.intro();
    s.feel.human_s = s.rng.range(0.0, 0.005);
    let kicks = s.rng.pick(&["x...x...x...x...", "x......xx.......", "x.....x.x......."]);
    s.strike(Told::Kick, &kit.kick, kicks, 0.9);
    let rims = s.rng.pick(&["...x..x....x..x.", "x..x..x...x.x...", "...x..x....x.x.."]);
    s.strike(Told::Snare, &kit.snare, rims, 0.5);
    s.strike(Told::Hat, &kit.shaker, "xixoxixoxixoxixo", 0.22);
    s.strike(Told::Hat, &kit.hat, "x.x.x.x.x.x.x.x.", 0.1);
    s.from(late);
    s.percussion(&kit.perc, 0.18, 0.25);
    let bass = Bass::draw(BassKind::Sub, &mut s.rng);
    s.line(&bass, "0--...0-0-....2.", 0.45, 0);
    let keys = Keys::draw(KeyKind::Pluck, &mut s.rng);
    s.arp(&keys, "0..1..2.4..2..1.", 0.25);
    s.sing("0..1..2-....1.0.|2-..1-..0-......", 0.3);
}

fn jersey(s: &mut Song) {
    let kit = Kit::draw(Kick::Nine, Snare::Eight, &mut s.rng);
    let late = s.intro();
    s.strike(Told::Kick, &kit.kick, "x...x...x..x..x.", 1.0);
    s.strike(Told::Snare, &kit.clap, "....x.......x...", 0.5);
    let hats = s.rng.pick(&["x.x.x.x.x.x.x.x.", "..x...x...x...x."]);
    s.strike(Told::Hat, &kit.hat, hats, 0.15);
    s.from(late);
    let bass = Bass::draw(BassKind::Sub, &mut s.rng);
    s.line(&bass, "0-......3..3..3.", 0.4, 0);
    let keys = Keys::draw(s.rng.pick(&[KeyKind::Piano, KeyKind::Stab]), &mut s.rng);
    s.chords(&keys, "x-..x-..x..x..x-", 0.2);
    let chops = s.rng.pick(&["0.0.2...0.0.2.1.", "..0...0...0.0.0.", "0..0..0.2..2..1."]);
    s.sing(chops, 0.35);
    s.fills(&kit, 0.5);
}

fn electro(s: &mut Song) {
    let kit = Kit::draw(Kick::Long, Snare::Eight, &mut s.rng);
    let late = s.intro();
    let kicks = s.rng.pick(&["x.....x...x.....", "x.....x..x......|x.....x...x..x..", "x..x......x....."]);
    s.strike(Told::Kick, &kit.kick, kicks, 1.0);
    s.strike(Told::Snare, &kit.snare, "....x.......x...", 0.8);
    s.strike(Told::Hat, &kit.hat, "xxxxxxxxxxxxxxxx", 0.15);
    s.from(late);
    let bell = [cowbell(&mut s.rng)];
    if s.rng.chance(0.6) {
        s.strike(Told::No, &bell, "x.x.x..x.x.x.x..", 0.15);
    }
    let zaps = [zap(&mut s.rng)];
    s.strike(Told::No, &zaps, "..............x.|................", 0.2);
    let bass = Bass::draw(s.rng.pick(&[BassKind::Acid, BassKind::Pluck, BassKind::Fm]), &mut s.rng);
    let line = s.rng.pick(&["0.00.0.30.00.070", "0.0..07..0.0.7..", "0.......0.3.0.1."]);
    s.line(&bass, line, 0.4, 0);
    let strings = Keys::draw(KeyKind::Strings, &mut s.rng);
    s.chords(&strings, "x---------------", 0.15);
    s.fills(&kit, 0.5);
}

fn bassline(s: &mut Song) {
    let kit = Kit::draw(Kick::Nine, Snare::Fat, &mut s.rng);
    let late = s.intro();
    s.feel.swing = s.rng.range(0.1, 0.3);
    s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 1.0);
    s.strike(Told::Snare, &kit.clap, "....x.......x...", 0.5);
    s.strike(Told::Hat, &kit.hat, "..xo..xo..xo..xx", 0.2);
    s.from(late);
    let mut bass = Bass::draw(s.rng.pick(&[BassKind::Wobble, BassKind::Reese, BassKind::Fm]), &mut s.rng);
    bass.wobble_hz = s.bpm / 60.0 * 2.0;
    let line = s.rng.pick(&["0-.0-.0-..3-.2-.", "0--0--7-0--0--4-", "..0-..0-..4-3-2-"]);
    s.line(&bass, line, 0.65, 1);
    let keys = Keys::draw(KeyKind::Organ, &mut s.rng);
    s.chords(&keys, "..x..x....x..x..", 0.15);
    s.sing("0.......2..1....|................", 0.25);
    s.fills(&kit, 0.5);
}

fn liquid(s: &mut Song) {
    let kit = Kit::draw(Kick::Thud, Snare::Wires, &mut s.rng);
    let late = s.intro();
    s.feel.human_s = s.rng.range(0.0, 0.003);
    let kicks = s.rng.pick(&["x.........x.....", "x.........x.....|x..x......x.....", "x.x.......x....."]);
    s.strike(Told::Kick, &kit.kick, kicks, 1.0);
    s.strike(Told::Snare, &kit.snare, "....x.......x...", 0.8);
    if s.rng.chance(0.6) {
        s.strike(Told::Snare, &kit.snare, ".......g.g.....g", 0.8);
    }
    let hats = s.rng.pick(&["x.x.x.x.x.x.x.x.", "xoxoxoxoxoxoxoxo"]);
    s.strike(Told::Hat, &kit.ride, hats, 0.15);
    s.from(late);
    let bass = Bass::draw(s.rng.pick(&[BassKind::Sub, BassKind::Reese]), &mut s.rng);
    s.line(&bass, "0-------..3-----|0-----....0-2---", 0.5, 0);
    let (keys, pad) = (Keys::draw(KeyKind::Rhodes, &mut s.rng), Keys::draw(KeyKind::Pad, &mut s.rng));
    s.chords(&keys, "x---..x-----....", 0.25);
    s.chords(&pad, "x---------------", 0.2);
    s.sing("................|0---2---....1---|................|................", 0.25);
    s.fills(&kit, 0.5);
}

fn trap(s: &mut Song) {
    let kit = Kit::draw(Kick::Nine, Snare::Eight, &mut s.rng);
    let late = s.intro();
    let kicks =
        s.rng.pick(&["x.....x.........|x..x......x.....", "x.........x.....", "x..x..x.........|x...........x..."]);
    s.strike(Told::Kick, &kit.kick, kicks, 1.0);
    let snare = if s.rng.chance(0.5) { &kit.snare } else { &kit.clap };
    s.strike(Told::Snare, snare, "........x.......", 0.8);
    let eighths = "x.x.x.x.x.x.x.x.";
    let roll = s.rng.pick(&[
        "x.x.x.x.x.x.xxxx",
        "x...x...x...x...x...x...xxxxxxxx",
        "x.xx.xx.xx.xx.xx.xx.xx.x",
        "x.x.xxx.x.x.x.x.",
    ]);
    s.strike(Told::Hat, &kit.hat, &format!("{eighths}|{roll}"), 0.25);
    s.from(late);
    let bass = Bass::draw(BassKind::Sub, &mut s.rng);
    let line = s.rng.pick(&["0-----0---......|0--0------3-----", "0---------2-----"]);
    s.line(&bass, line, 0.6, 0);
    let keys = Keys::draw(s.rng.pick(&[KeyKind::Piano, KeyKind::Pluck, KeyKind::Brass]), &mut s.rng);
    let riff = s.rng.pick(&["0...2...1...2...|4...2...1...0...", "4-..2-..1-..0-..", "0.....1.....2..."]);
    s.arp(&keys, riff, 0.25);
    s.fills(&kit, 0.4);
}

fn afro_house(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Soft, Kick::Nine]), Snare::Rim, &mut s.rng);
    let late = s.intro();
    s.feel.human_s = s.rng.range(0.0, 0.006);
    s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 0.9);
    s.strike(Told::Hat, &kit.shaker, "xixoxixoxixoxixo", 0.3);
    let rims = s.rng.pick(&["x..x..x...x.x...", "...x..x....x..x.", "..x..x..x..x..x."]);
    s.strike(Told::Snare, &kit.snare, rims, 0.35);
    s.from(late);
    let density = s.rng.range(0.2, 0.35);
    s.percussion(&kit.perc, density, 0.35);
    s.percussion(&kit.toms, 0.15, 0.35);
    let bass = Bass::draw(s.rng.pick(&[BassKind::Sub, BassKind::Pluck]), &mut s.rng);
    let line = s.rng.pick(&["..0...0...0..3..", "0..0..0.....2.0.", "...0..0....0..0."]);
    s.line(&bass, line, 0.4, 0);
    let keys = Keys::draw(s.rng.pick(&[KeyKind::Pluck, KeyKind::Pad]), &mut s.rng);
    s.chords(&keys, "x-----x-----x---", 0.2);
    s.sing("................|0--2--1-........", 0.25);
    s.fills(&kit, 0.4);
}

fn baile(s: &mut Song) {
    let kit = Kit::draw(Kick::Nine, Snare::Fat, &mut s.rng);
    let late = s.intro();
    let kicks = s.rng.pick(&["x...x..x..x.x...", "x.....x.x...x...", "x...x...x...x..."]);
    s.strike(Told::Kick, &kit.kick, kicks, 1.0);
    s.strike(Told::Snare, &kit.clap, "...x..x...x.x...", 0.6);
    let tom = &kit.toms[1..2];
    s.strike(Told::No, tom, "x..x..x...x.xo..", 0.45);
    s.strike(Told::Hat, &kit.hat, "x.x.x.x.x.x.x.x.", 0.15);
    s.from(late);
    s.percussion(&kit.perc, 0.12, 0.25);
    s.sing("0.0.0..1.0.0....|0..0..2-....0.0.", 0.5);
    let brass = Keys::draw(KeyKind::Brass, &mut s.rng);
    s.chords(&brass, "x-..............|x-....x-........", 0.25);
    s.fills(&kit, 0.5);
}

fn latin_tech(s: &mut Song) {
    let kit = Kit::draw(Kick::Nine, Snare::Rim, &mut s.rng);
    let late = s.intro();
    s.feel.human_s = s.rng.range(0.0, 0.005);
    s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 1.0);
    s.strike(Told::Hat, &kit.open, "..x...x...x...x.", 0.2);
    s.from(late);
    let bell = [cowbell(&mut s.rng)];
    let bells = s.rng.pick(&["x.x.xx.x.x.xx.x.", "x..x..x.x.x..x..", "x...x.x.x...x.x."]);
    let level = s.rng.range(0.2, 0.4);
    s.strike(Told::No, &bell, bells, level);
    let clave = [block(2400.0, &mut s.rng)];
    s.strike(Told::No, &clave, "x..x..x...x.x...", 0.25);
    s.percussion(&kit.perc, 0.3, 0.4);
    let fall = "........x.x.....|........x.xx..x.";
    s.strike(Told::No, &kit.toms[..1], fall, 0.3);
    let bass = Bass::draw(s.rng.pick(&[BassKind::Stab, BassKind::Pluck]), &mut s.rng);
    s.line(&bass, "..0..0..7.0..0..", 0.4, 0);
    let brass = Keys::draw(s.rng.pick(&[KeyKind::Brass, KeyKind::Piano]), &mut s.rng);
    s.chords(&brass, "x..x..x...x.x...|x..x..x.........", 0.2);
    s.fills(&kit, 0.4);
}

fn clicks(s: &mut Song) {
    let drawn: Vec<Sound> = (0..5).map(|_| click(&mut s.rng)).collect();
    let kit = Kit::draw(Kick::Soft, Snare::Rim, &mut s.rng);
    // The pulse is a low knock where a kick would be.
    let knock = [block(s.rng.range(180.0, 320.0), &mut s.rng)];
    s.strike(Told::Kick, &knock, "x...x...x...x...", 0.8);
    s.strike(Told::Hat, &drawn[..1], "..x...x...x...x.", 0.7);
    s.strike(Told::Snare, &drawn[1..2], "....x.......x...", 0.8);
    for voice in 2..5 {
        s.percussion(&drawn[voice..=voice], 0.25, 0.5);
    }
    s.strike(Told::Hat, &kit.hat, "xixixixixixixixi", 0.08);
    if s.rng.chance(0.5) {
        let pad = Keys::draw(KeyKind::Pad, &mut s.rng);
        s.chords(&pad, "x---------------", 0.05);
    }
}
