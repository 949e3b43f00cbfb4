//! The kinds that the tracker may be tuned on.

use super::bass::{Bass, BassKind};
use super::drums::{Kick, Snare};
use super::keys::{KeyKind, Keys};
use super::kit::Kit;
use super::metal::block;
use super::song::{Song, Told};
use super::{Kind, bare, kind};

pub const KINDS: [Kind; 19] = [
    kind("house", 118.0, 130.0, plain_house),
    kind("techno", 126.0, 148.0, techno),
    kind("trance", 132.0, 142.0, trance),
    kind("ghost-breaks", 122.0, 138.0, ghost_breaks),
    kind("plain-break", 126.0, 134.0, plain_break),
    kind("jungle", 173.0, 178.0, jungle),
    kind("dembow", 88.0, 100.0, dembow),
    kind("gqom", 124.0, 128.0, gqom),
    kind("kick-one-three", 118.0, 130.0, kick_one_three),
    kind("phone-house", 118.0, 130.0, phone),
    kind("high-passed-house", 118.0, 130.0, high_passed),
    bare("pumping-pads", 118.0, 128.0, pumping_pads),
    kind("half-time-wobble", 138.0, 145.0, half_time),
    kind("hip-hop", 84.0, 92.0, hip_hop),
    kind("gabber", 175.0, 195.0, gabber),
    kind("disco", 108.0, 116.0, disco),
    kind("polyrhythm-house", 118.0, 128.0, polyrhythm),
    kind("crowd-room", 118.0, 130.0, crowd_room),
    bare("arpeggio", 116.0, 132.0, arpeggio),
];

/// House of which anything else may be made.
fn house(s: &mut Song) {
    let kick = s.rng.pick(&[Kick::Nine, Kick::Soft, Kick::Nine, Kick::Long]);
    let kit = Kit::draw(kick, Snare::Fat, &mut s.rng);
    let late = s.intro();
    s.feel.swing = s.rng.range(0.0, 0.25);
    s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 1.0);
    let (clap, hat, open) = (s.rng.range(0.2, 0.5), s.rng.range(0.08, 0.2), s.rng.range(0.1, 0.35));
    s.strike(Told::Hat, &kit.open, "..x...x...x...x.", open);
    s.from(late).strike(Told::Snare, &kit.clap, "....x.......x...", clap);
    let hats = s.rng.pick(&["xoxoxoxoxoxoxoxo", "x.x.x.x.x.x.x.x.", "x.xix.xix.xix.xi", "..xi..xi..xi..xi"]);
    s.strike(Told::Hat, &kit.hat, hats, hat);
    if s.rng.chance(0.5) {
        let density = s.rng.range(0.1, 0.3);
        s.percussion(&kit.perc, density, 0.25);
    }
    let tone = s.rng.pick(&[BassKind::Sub, BassKind::Pluck, BassKind::Stab, BassKind::Fm]);
    let bass = Bass::draw(tone, &mut s.rng);
    let line = s.rng.pick(&["..0...0...0...0.", "0..0..0...3.0...", "..0-..0-..00..2.", "0-....3...0..7.."]);
    let level = s.rng.range(0.25, 0.55);
    s.line(&bass, line, level, 0);
    let sort = s.rng.pick(&[KeyKind::Stab, KeyKind::Organ, KeyKind::Rhodes, KeyKind::Piano]);
    let keys = Keys::draw(sort, &mut s.rng);
    let chords = s.rng.pick(&["..x..x....x..x..", "x-..x..x-...x...", "...x--....x.....", "x---------------"]);
    let level = s.rng.range(0.1, 0.3);
    s.chords(&keys, chords, level);
    s.fills(&kit, 0.5);
}

fn plain_house(s: &mut Song) {
    house(s);
}

fn techno(s: &mut Song) {
    let kick = s.rng.pick(&[Kick::Nine, Kick::Soft, Kick::Long]);
    let kit = Kit::draw(kick, Snare::Eight, &mut s.rng);
    let late = s.intro();
    s.harmony.roots = vec![0];
    s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 1.0);
    let hats = s.rng.pick(&["..x...x...x...x.", "xxxxxxxxxxxxxxxx", ".ox.ox..ox.oxo.."]);
    let level = s.rng.range(0.1, 0.3);
    s.strike(Told::Hat, &kit.hat, hats, level);
    s.from(late);
    if s.rng.chance(0.5) {
        s.strike(Told::Hat, &kit.ride, "x.x.x.x.x.x.x.x.", 0.12);
    }
    if s.rng.chance(0.6) {
        s.strike(Told::Snare, &kit.clap, "....x.......x...", 0.25);
    }
    let density = s.rng.range(0.1, 0.35);
    s.percussion(&kit.perc, density, 0.25);
    let sort = s.rng.pick(&[BassKind::Sub, BassKind::Acid, BassKind::Reese]);
    let bass = Bass::draw(sort, &mut s.rng);
    let line = s.rng.pick(&[".000.000.000.000", "..0...0...0...0.", "0.03.070.00.3.70", "..00..00..00..00"]);
    let level = s.rng.range(0.2, 0.5);
    s.line(&bass, line, level, 0);
    let keys = Keys::draw(KeyKind::Stab, &mut s.rng);
    let stab = s.rng.pick(&["...x.....x......", "x..x..x.........", "......x.........|..........x....."]);
    s.chords(&keys, stab, 0.15);
    s.fills(&kit, 0.4);
}

fn trance(s: &mut Song) {
    let kit = Kit::draw(Kick::Nine, Snare::Fat, &mut s.rng);
    let late = s.intro();
    s.harmony.roots = vec![0, 0, 8, 8, 3, 3, 10, 10];
    s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 1.0);
    s.strike(Told::Hat, &kit.open, "..x...x...x...x.", 0.25);
    s.strike(Told::Hat, &kit.hat, "xoxoxoxoxoxoxoxo", 0.1);
    s.from(late).strike(Told::Snare, &kit.clap, "....x.......x...", 0.3);
    let bass = Bass::draw(BassKind::Pluck, &mut s.rng);
    let line = s.rng.pick(&["..0...0...0...0.", ".000.000.000.000", "..00..00..00..07"]);
    s.line(&bass, line, 0.4, 0);
    let (lead, pad) = (Keys::draw(KeyKind::Super, &mut s.rng), Keys::draw(KeyKind::Pad, &mut s.rng));
    let riff = s.rng.pick(&["0120412041204120", "0..1..2..4..2.1.", "4321432143214321"]);
    s.arp(&lead, riff, 0.15);
    s.chords(&pad, "x---------------", 0.2);
    s.fills(&kit, 0.5);
}

/// A broken beat with `ghosts` between its snares.
fn broken(s: &mut Song, ghosts: &str, line: &str) {
    let (kick, snare) = (s.rng.pick(&[Kick::Thud, Kick::Nine]), s.rng.pick(&[Snare::Wires, Snare::Break]));
    let kit = Kit::draw(kick, snare, &mut s.rng);
    let late = s.intro();
    s.feel.human_s = s.rng.range(0.0, 0.008);
    s.feel.swing = s.rng.range(0.0, 0.2);
    let kicks = ["x.........x.....", "x.x.......x.....", "x......x..x.....", "x..x......x....."];
    let pattern = format!("{}|{}", s.rng.pick(&kicks), s.rng.pick(&kicks));
    s.strike(Told::Kick, &kit.kick, &pattern, 1.0);
    let level = s.rng.range(0.6, 0.9);
    s.strike(Told::Snare, &kit.snare, "....x.......x...", level);
    s.strike(Told::Snare, &kit.snare, ghosts, level);
    let hats = s.rng.pick(&["x.x.x.x.x.x.x.x.", "xoxoxoxoxoxoxoxo", "x.x.x.xox.x.x.o."]);
    let hat = s.rng.range(0.1, 0.25);
    let metal = if s.rng.chance(0.3) { &kit.ride } else { &kit.hat };
    s.strike(Told::Hat, metal, hats, hat);
    s.from(late);
    let sort = s.rng.pick(&[BassKind::Sub, BassKind::Reese, BassKind::Pluck, BassKind::Acid]);
    let bass = Bass::draw(sort, &mut s.rng);
    let level = s.rng.range(0.3, 0.6);
    s.line(&bass, line, level, 0);
    let keys = Keys::draw(KeyKind::Stab, &mut s.rng);
    let chords = s.rng.pick(&["......x.........", "x-........x-....", "..............x.|x---............"]);
    s.chords(&keys, chords, 0.15);
    s.fills(&kit, 0.6);
}

fn ghost_breaks(s: &mut Song) {
    let ghosts =
        s.rng.pick(&[".......g.g.....g", ".g.....g.g....g.", ".......g.g......|.......g.gg....g", "..g....g..g...gg"]);
    let line = s.rng.pick(&["0--0............", "0-.0-...........", "0..0--......2..."]);
    broken(s, ghosts, line);
}

fn plain_break(s: &mut Song) {
    let line = s.rng.pick(&["0-------........", "0.....0...0.....", "..0.0.......2-..", "0...0...0...0..."]);
    broken(s, "................", line);
}

fn jungle(s: &mut Song) {
    let kit = Kit::draw(Kick::Thud, Snare::Break, &mut s.rng);
    let late = s.intro();
    s.feel.human_s = s.rng.range(0.001, 0.006);
    let kicks = s.rng.pick(&[
        "x.x.......xx....|x.x.......x.....",
        "x.........x.....|x..x......x.....",
        "x.x.......xx....|..xx......x.....",
    ]);
    let snares =
        s.rng.pick(&["....x..g.g..x..g|....x..g.g....x.", "....x..g....x...|....x..g.g..x..i", "....x..i.i..x..i"]);
    s.strike(Told::Kick, &kit.kick, kicks, 1.0);
    s.strike(Told::Snare, &kit.snare, snares, 0.9);
    let hat = s.rng.range(0.15, 0.3);
    s.strike(Told::Hat, &kit.ride, "x.x.x.x.x.x.x.x.", hat);
    s.from(late);
    let sort = s.rng.pick(&[BassKind::Sub, BassKind::Reese]);
    let bass = Bass::draw(sort, &mut s.rng);
    let line =
        s.rng.pick(&["0-----....3-0-..|0---..2---......", "0--.0--.3---....", "0-------------..|..0-..3---..4---"]);
    let level = s.rng.range(0.4, 0.7);
    s.line(&bass, line, level, 0);
    let pad = Keys::draw(KeyKind::Pad, &mut s.rng);
    s.chords(&pad, "x---------------", 0.2);
    s.fills(&kit, 0.6);
}

fn dembow(s: &mut Song) {
    let kit = Kit::draw(Kick::Nine, Snare::Fat, &mut s.rng);
    let late = s.intro();
    s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 1.0);
    let snares = s.rng.pick(&["...x..x....x..x.", "...x..x....x..x.", "...x..x....x.x.o"]);
    let level = s.rng.range(0.4, 0.8);
    s.strike(Told::Snare, &kit.snare, snares, level);
    let hats = s.rng.pick(&["x.x.x.x.x.x.x.x.", "xoxoxoxoxoxoxoxo", "..x...x...x...x."]);
    s.strike(Told::Hat, &kit.hat, hats, 0.15);
    s.from(late);
    let bass = Bass::draw(s.rng.pick(&[BassKind::Sub, BassKind::Pluck]), &mut s.rng);
    let line = s.rng.pick(&["0---..0-0---..0-", "0..0..0.0..0..0.", "0-----0-0-------"]);
    s.line(&bass, line, 0.5, 0);
    let keys = Keys::draw(s.rng.pick(&[KeyKind::Pluck, KeyKind::Brass, KeyKind::Stab]), &mut s.rng);
    let riff = s.rng.pick(&["0..1..2.0..1..4.", "4..2..1.....0...", "0...2...1..2..4."]);
    s.arp(&keys, riff, 0.25);
    if s.rng.chance(0.6) {
        s.sing("0.1.2-..0.1.2...|2---..1-0---....", 0.25);
    }
    s.fills(&kit, 0.5);
}

fn gqom(s: &mut Song) {
    let kit = Kit::draw(Kick::Nine, Snare::Eight, &mut s.rng);
    let late = s.intro();
    s.harmony.roots = vec![0];
    let kicks = s.rng.pick(&["x..x..x.x..x..x.", "x..x..x.........|x..x..x.x..x..x.", "x..x..x.x..x...."]);
    s.strike(Told::Kick, &kit.kick, kicks, 1.0);
    let hats = s.rng.pick(&["x.x.x.x.x.x.x.x.", "xoxoxoxoxoxoxoxo", "x...x...x...x..."]);
    s.strike(Told::Hat, &kit.hat, hats, 0.18);
    s.strike(Told::Snare, &kit.clap, "....x.......x...", 0.35);
    s.from(late);
    s.percussion(&kit.toms, 0.12, 0.3);
    let bass = Bass::draw(BassKind::Sub, &mut s.rng);
    s.line(&bass, "0--0--0-0--0--0-", 0.4, 0);
    let pad = Keys::draw(KeyKind::Strings, &mut s.rng);
    s.chords(&pad, "x---------------", 0.2);
    s.sing("0.......0.......|0..0..0.........", 0.25);
    s.fills(&kit, 0.5);
}

fn kick_one_three(s: &mut Song) {
    let kick = s.rng.pick(&[Kick::Nine, Kick::Thud, Kick::Soft]);
    let kit = Kit::draw(kick, Snare::Fat, &mut s.rng);
    let late = s.intro();
    s.strike(Told::Kick, &kit.kick, "x.......x.......", 1.0);
    let level = s.rng.range(0.2, 0.8);
    s.strike(Told::Snare, &kit.clap, "....x.......x...", level);
    let hats = s.rng.pick(&["x.x.x.x.x.x.x.x.", "xoxoxoxoxoxoxoxo", "..x...x...x...x."]);
    let level = s.rng.range(0.1, 0.3);
    s.strike(Told::Hat, &kit.hat, hats, level);
    s.from(late);
    let bass = Bass::draw(s.rng.pick(&[BassKind::Sub, BassKind::Pluck, BassKind::Fm]), &mut s.rng);
    let line = s.rng.pick(&["0-------0-------", "0.0.0.0.0.0.0.0.", "0.....0.0...2..."]);
    s.line(&bass, line, 0.4, 0);
    let keys = Keys::draw(s.rng.pick(&[KeyKind::Rhodes, KeyKind::Organ, KeyKind::Pad]), &mut s.rng);
    s.chords(&keys, "x-------x-------", 0.2);
    s.fills(&kit, 0.5);
}

fn phone(s: &mut Song) {
    house(s);
    let rng = &mut s.rng;
    s.channel.high_pass_hz = Some(rng.range(280.0, 340.0));
    s.channel.low_pass_hz = Some(rng.range(3200.0, 3600.0));
    s.channel.room = (rng.range(0.1, 0.35), rng.range(0.4, 1.2));
    s.channel.clip_db = rng.range(0.0, 6.0);
    s.channel.drive = rng.range(1.0, 4.0);
}

fn high_passed(s: &mut Song) {
    house(s);
    s.channel.high_pass_hz = Some(150.0);
}

fn pumping_pads(s: &mut Song) {
    s.duck("x...x...x...x...");
    s.pump.depth = s.rng.range(0.75, 0.97);
    s.pump.release_s = s.rng.range(0.08, 0.16);
    let pad = Keys::draw(s.rng.pick(&[KeyKind::Pad, KeyKind::Super, KeyKind::Strings]), &mut s.rng);
    s.chords(&pad, "x---------------", 0.5);
    if s.rng.chance(0.5) {
        let bass = Bass::draw(BassKind::Reese, &mut s.rng);
        s.line(&bass, "0---------------", 0.35, 0);
    }
    if s.rng.chance(0.4) {
        let kit = Kit::draw(Kick::Soft, Snare::Eight, &mut s.rng);
        s.strike(Told::No, &kit.shaker, "oixioixioixioixi", 0.06);
    }
}

fn half_time(s: &mut Song) {
    let kit = Kit::draw(Kick::Nine, Snare::Fat, &mut s.rng);
    let late = s.intro();
    let kicks =
        s.rng.pick(&["x...............|x.........x.....", "x..x............", "x.....x.........|x............x.."]);
    s.strike(Told::Kick, &kit.kick, kicks, 1.0);
    s.strike(Told::Snare, &kit.snare, "........x.......", 0.9);
    let hats = s.rng.pick(&["x...x...x...x...", "x.x.x.x.x.x.x.x.", "x..x..x.x..x..x.", "..x...x...x...x."]);
    let level = s.rng.range(0.15, 0.3);
    s.strike(Told::Hat, &kit.hat, hats, level);
    s.from(late);
    let mut bass = Bass::draw(BassKind::Wobble, &mut s.rng);
    bass.wobble_hz = s.bpm / 60.0 * s.rng.pick(&[1.0, 1.5, 2.0, 3.0]);
    let line = s.rng.pick(&["0-------0-------", "0---------------|0-------3---1---", "0-----0-----2---"]);
    let level = s.rng.range(0.4, 0.7);
    s.line(&bass, line, level, 0);
    let pad = Keys::draw(KeyKind::Pad, &mut s.rng);
    s.chords(&pad, "x---------------", 0.1);
    s.fills(&kit, 0.5);
}

fn hip_hop(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Thud, Kick::Long]), s.rng.pick(&[Snare::Break, Snare::Wires]), &mut s.rng);
    let late = s.intro();
    s.feel.swing = s.rng.range(0.1, 0.33);
    s.feel.human_s = s.rng.range(0.002, 0.008);
    let kicks =
        s.rng.pick(&["x......x..x.....", "x.x.....x.x.....|x......x..x.....", "x.........x..x..", "x......xx......."]);
    s.strike(Told::Kick, &kit.kick, kicks, 1.0);
    s.strike(Told::Snare, &kit.snare, "....x.......x...", 0.8);
    if s.rng.chance(0.5) {
        s.strike(Told::Snare, &kit.snare, ".......g.g......", 0.8);
    }
    let hats = s.rng.pick(&["x.x.x.x.x.x.x.x.", "x.xox.x.x.xox.xo"]);
    let level = s.rng.range(0.12, 0.25);
    s.strike(Told::Hat, &kit.hat, hats, level);
    s.from(late);
    let bass = Bass::draw(BassKind::Sub, &mut s.rng);
    let line = s.rng.pick(&["0-.....0--3.....", "0---..0-..4---..", "0--....0..0-2-.."]);
    s.line(&bass, line, 0.45, 0);
    let keys = Keys::draw(s.rng.pick(&[KeyKind::Rhodes, KeyKind::Piano]), &mut s.rng);
    s.chords(&keys, "x-------..x-----", 0.25);
    if s.rng.chance(0.6) {
        s.sing("0.0.00.1.0.0-...|..0.0.2.0.00.1..", 0.3);
    }
}

fn gabber(s: &mut Song) {
    let kit = Kit::draw(Kick::Gabber, Snare::Fat, &mut s.rng);
    let late = s.intro();
    s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 1.0);
    let hats = s.rng.pick(&["..x...x...x...x.", "x.x.x.x.x.x.x.x."]);
    s.strike(Told::Hat, &kit.open, hats, 0.25);
    s.from(late);
    if s.rng.chance(0.5) {
        s.strike(Told::Snare, &kit.clap, "....x.......x...", 0.35);
    }
    let hoover = Keys::draw(KeyKind::Super, &mut s.rng);
    let riff = s.rng.pick(&["0-..0-..1-..2-..", "0---..1---..0---", "4.4.2.4.1.4.0..."]);
    s.arp(&hoover, riff, 0.3);
    s.channel.drive = s.rng.range(2.0, 5.0);
    s.pump.depth = 0.6;
    s.fills(&kit, 0.5);
}

fn disco(s: &mut Song) {
    let kit = Kit::draw(Kick::Thud, Snare::Wires, &mut s.rng);
    let late = s.intro();
    s.feel.human_s = s.rng.range(0.001, 0.007);
    s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 0.9);
    s.strike(Told::Snare, &kit.snare, "....x.......x...", 0.6);
    let open = s.rng.range(0.4, 0.8);
    s.strike(Told::Hat, &kit.open, "..x...x...x...x.", open);
    s.strike(Told::Hat, &kit.hat, "x..ox..ox..ox..o", 0.15);
    s.from(late);
    let bass = Bass::draw(s.rng.pick(&[BassKind::Pluck, BassKind::Fm]), &mut s.rng);
    let line = s.rng.pick(&["0.7.0.7.0.7.0.7.", "0.7.0.7.0.7.4.7.", "0.770.770.770.77"]);
    s.line(&bass, line, 0.5, 0);
    let (strings, guitar) = (Keys::draw(KeyKind::Strings, &mut s.rng), Keys::draw(KeyKind::Stab, &mut s.rng));
    s.chords(&strings, "x-------........|x---------------", 0.2);
    s.chords(&guitar, "..xx..x...xx..x.", 0.15);
    s.fills(&kit, 0.6);
}

fn polyrhythm(s: &mut Song) {
    house(s);
    s.from(0);
    let kit = Kit::draw(Kick::Nine, Snare::Rim, &mut s.rng);
    let against = s.rng.pick(&["xxx", "xxxxx", "x..x..x..x..x..x|..x..x..x..x..x.|.x..x..x..x..x..", "xxxxxx"]);
    let level = s.rng.range(0.25, 0.5);
    let voice = s.rng.below(kit.perc.len());
    s.strike(Told::No, &kit.perc[voice..=voice], against, level);
    let keys = Keys::draw(KeyKind::Pluck, &mut s.rng);
    let five = s.rng.pick(&["01234", "012", "0.1.2.3.4."]);
    s.arp(&keys, five, 0.15);
}

fn crowd_room(s: &mut Song) {
    house(s);
    let rng = &mut s.rng;
    s.channel.room = (rng.range(0.25, 0.55), rng.range(0.6, 1.8));
    s.channel.crowd_snr_db = Some(rng.range(-10.0, 0.0));
    s.channel.high_pass_hz = Some(rng.range(50.0, 110.0));
    s.channel.gentle = true;
}

/// Nobody had looked at it before the tracker failed on it.
fn arpeggio(s: &mut Song) {
    let (arp, pad) =
        (Keys::draw(s.rng.pick(&[KeyKind::Pluck, KeyKind::Super]), &mut s.rng), Keys::draw(KeyKind::Pad, &mut s.rng));
    let riff = s.rng.pick(&["0124012401240124", "0421042104210421", "4012401240124012"]);
    s.arp(&arp, riff, 0.25);
    // The root falls on each beat.
    let bass = Bass::draw(s.rng.pick(&[BassKind::Pluck, BassKind::Acid]), &mut s.rng);
    let line = s.rng.pick(&["0.7.0.7.0.7.0.7.", "0---0---0---0---", "0..00..00..00..0"]);
    s.line(&bass, line, 0.5, 0);
    s.chords(&pad, "x---------------", 0.2);
    let tick = [block(1500.0, &mut s.rng)];
    if s.rng.chance(0.4) {
        s.strike(Told::No, &tick, "i...i...i...i...", 0.15);
    }
}
