//! More of the kinds that are never looked at: those with a sound, a form or a room of their own.

use super::bass::{Bass, BassKind};
use super::drums::{Kick, Snare};
use super::dsp::{Pass, drive, filter};
use super::keys::{KeyKind, Keys};
use super::kit::Kit;
use super::metal::block;
use super::song::{Song, Told};

pub fn psytrance(s: &mut Song) {
    let kit = Kit::draw(Kick::Nine, Snare::Eight, &mut s.rng);
    let late = s.intro();
    s.harmony.roots = vec![0, 0, 0, 0, 0, 0, 1, 1];
    s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 1.0);
    let bass = Bass::draw(BassKind::Pluck, &mut s.rng);
    let line = s.rng.pick(&[".000.000.000.000", ".00.00.00.00", ".000.000.000.037"]);
    let level = s.rng.range(0.5, 0.75);
    s.line(&bass, line, level, 0);
    s.strike(Told::Hat, &kit.open, "..x...x...x...x.", 0.2);
    s.from(late);
    s.strike(Told::Snare, &kit.clap, "....x.......x...", 0.25);
    s.strike(Told::Hat, &kit.hat, "x.xxx.xxx.xxx.xx", 0.12);
    let lead = Keys::draw(KeyKind::Pluck, &mut s.rng);
    let riff = s.rng.pick(&["0.4.1.4.2.4.7.4.", "012012012012", "0..4..2..1..7..."]);
    s.arp(&lead, riff, 0.2);
    s.pump.depth = 0.5;
    s.fills(&kit, 0.4);
}

pub fn reverse_bass(s: &mut Song) {
    let kit = Kit::draw(Kick::Gabber, Snare::Fat, &mut s.rng);
    let late = s.intro();
    s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 1.0);
    let bass = Bass::draw(BassKind::Reese, &mut s.rng);
    s.line(&bass, "..0-..0-..0-..0-", 0.65, 0);
    s.strike(Told::Hat, &kit.hat, "..x...x...x...x.", 0.2);
    s.from(late);
    s.strike(Told::Snare, &kit.clap, "....x.......x...", 0.35);
    let lead = Keys::draw(KeyKind::Super, &mut s.rng);
    let riff = s.rng.pick(&["4..2..1.0..1..2.", "0---1---2---4---", "4-..4-..2-1-0-.."]);
    s.arp(&lead, riff, 0.3);
    s.channel.drive = s.rng.range(1.5, 3.5);
    s.fills(&kit, 0.5);
}

pub fn live_synth_pop(s: &mut Song) {
    let kit = Kit::draw(Kick::Thud, Snare::Wires, &mut s.rng);
    s.feel.human_s = s.rng.range(0.004, 0.008);
    s.feel.fill_every = s.rng.pick(&[4, 8]);
    let kicks = s.rng.pick(&["x.......x.x.....", "x.......x.......", "x...x...x...x...", "x.....x.x......."]);
    s.strike(Told::Kick, &kit.kick, kicks, 0.9);
    s.strike(Told::Snare, &kit.snare, "....x.......x...", 0.8);
    let hats = s.rng.pick(&["x.o.x.o.x.o.x.o.", "x.x.x.x.x.x.x.x."]);
    let metal = if s.rng.chance(0.3) { &kit.ride } else { &kit.hat };
    s.strike(Told::Hat, metal, hats, 0.25);
    let bass = Bass::draw(s.rng.pick(&[BassKind::Pluck, BassKind::Stab]), &mut s.rng);
    s.line(&bass, "0.0.0.0.0.0.0.0.", 0.4, 0);
    let (pad, lead) = (Keys::draw(KeyKind::Super, &mut s.rng), Keys::draw(KeyKind::Pluck, &mut s.rng));
    s.chords(&pad, "x---------------", 0.15);
    let late = s.intro();
    s.from(late);
    s.arp(&lead, "0.2.4.2.1.2.4.2.", 0.15);
    s.sing("0---2-1-0---....|..0-1-2---1-....", 0.35);
    s.fills(&kit, 0.7);
    s.channel.room = (s.rng.range(0.1, 0.3), s.rng.range(0.4, 1.2));
}

pub fn rumble_pa(s: &mut Song) {
    let kit = Kit::draw(Kick::Nine, Snare::Eight, &mut s.rng);
    let late = s.intro();
    s.harmony.roots = vec![0];
    s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 1.0);
    // The rumble: the kick once more, dull and driven, between its strokes.
    let mut tail = kit.kick[0].clone();
    filter(&mut tail, Pass::Low, 90.0, 0.8);
    drive(&mut tail, 3.0);
    let tail = [tail];
    let rumble = s.rng.pick(&[".oxo.oxo.oxo.oxo", "..x...x...x...x.", ".xox.xox.xox.xox"]);
    s.strike(Told::No, &tail, rumble, 0.5);
    let hats = s.rng.pick(&["..x...x...x...x.", "xoxoxoxoxoxoxoxo"]);
    s.strike(Told::Hat, &kit.open, hats, 0.2);
    s.from(late);
    s.strike(Told::Hat, &kit.ride, "x.x.x.x.x.x.x.x.", 0.1);
    s.percussion(&kit.perc, 0.15, 0.25);
    let stab = Keys::draw(KeyKind::Stab, &mut s.rng);
    s.chords(&stab, "...x.....x......", 0.2);
    let rng = &mut s.rng;
    s.channel.room = (rng.range(0.3, 0.5), rng.range(0.8, 2.0));
    s.channel.clip_db = rng.range(3.0, 9.0);
    s.channel.high_pass_hz = Some(rng.range(45.0, 80.0));
    s.channel.low_pass_hz = Some(rng.range(6000.0, 11_000.0));
    s.channel.gentle = true;
    s.channel.crowd_snr_db = Some(rng.range(6.0, 15.0));
}

pub fn piano_breakdown(s: &mut Song) {
    let kit = Kit::draw(Kick::Nine, Snare::Fat, &mut s.rng);
    let (from, to) = (s.rng.pick(&[8, 10, 12]), s.rng.pick(&[16, 18, 20]));
    let piano = Keys::draw(KeyKind::Piano, &mut s.rng);
    s.harmony.roots = s.rng.pick(&[[0, 8, 3, 10], [0, 5, 8, 7], [0, 10, 8, 10]]).to_vec();
    s.chords(&piano, "x..x..x...x..x..", 0.4);
    let bass = Bass::draw(BassKind::Pluck, &mut s.rng);
    for (begin, end) in [(0, from), (to, s.bars)] {
        s.between(begin, end);
        s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 1.0);
        s.strike(Told::Snare, &kit.clap, "....x.......x...", 0.4);
        s.strike(Told::Hat, &kit.open, "..x...x...x...x.", 0.25);
        s.line(&bass, "0..0..0...0..0..", 0.4, 0);
    }
    s.between(from, to).sing("0---2---1-0-....|2-----1-0---....", 0.5);
    let pad = Keys::draw(KeyKind::Strings, &mut s.rng);
    s.chords(&pad, "x---------------", 0.15);
    let breaks = (s.time(from, 0.0), s.time(to, 0.0));
    s.truth.breaks.push(breaks);
}

pub fn industrial(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Gabber, Kick::Nine]), Snare::Fat, &mut s.rng);
    let late = s.intro();
    s.harmony.roots = vec![0];
    s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 1.0);
    s.strike(Told::Snare, &kit.snare, "....x.......x...", 0.8);
    let bass = Bass::draw(s.rng.pick(&[BassKind::Pluck, BassKind::Acid]), &mut s.rng);
    let line = s.rng.pick(&["0000000000000000", "0.00030.0.000700", "00.000.000.00370"]);
    s.line(&bass, line, 0.5, 0);
    s.strike(Told::Hat, &kit.hat, "..x...x...x...x.", 0.25);
    s.from(late);
    let metal = [block(700.0, &mut s.rng), block(3100.0, &mut s.rng)];
    s.percussion(&metal, 0.2, 0.5);
    s.sing("0..0..0-........|................", 0.35);
    s.channel.drive = s.rng.range(4.0, 9.0);
    s.channel.clip_db = s.rng.range(3.0, 10.0);
    s.fills(&kit, 0.6);
}
