//! Kinds that are never looked at either, written later than the others: further dance floors, further ways to our ear.

use super::bass::BassKind;
use super::drums::{Kick, Snare, gated, tom};
use super::dsp::{Pass, Sound, add, drive, filter};
use super::fx::{crackle, echo, glide, impact, riser};
use super::keys::KeyKind;
use super::kit::Kit;
use super::metal::{cowbell, tuned_cowbell};
use super::song::{Song, Told};
use super::{Kind, bare, kind};

pub const KINDS: [Kind; 12] = [
    kind("synthwave", 84.0, 108.0, synthwave),
    kind("cumbia", 87.0, 102.0, cumbia),
    kind("bhangra", 94.0, 108.0, bhangra),
    kind("phonk", 112.0, 128.0, phonk),
    bare("electro-swing", 114.0, 128.0, electro_swing),
    kind("dub-techno", 115.0, 125.0, dub_techno),
    bare("next-room", 121.0, 130.0, next_room),
    kind("uk-funky", 126.0, 132.0, uk_funky),
    bare("main-stage", 126.0, 132.0, main_stage),
    kind("kuduro", 134.0, 144.0, kuduro),
    kind("ghetto-house", 146.0, 158.0, ghetto_house),
    kind("happy-hardcore", 164.0, 178.0, happy_hardcore),
];

const FOUR: &str = "x...x...x...x...";
const BACK: &str = "....x.......x...";
const OFF: &str = "..x...x...x...x.";
const HELD: &str = "x---------------";

fn synthwave(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Nine, Kick::Thud]), Snare::Fat, &mut s.rng);
    let (snare, late, bars) = ([gated(&kit.snare[0], &mut s.rng)], s.intro(), s.around_break(0.4));
    s.feel.fill_every = s.rng.pick(&[4, 8]);
    let kicks = [FOUR, "x.......x.......", "x.......x.x.....", "x.....x.x.......|x.......x.x...x."];
    s.strikes_on(&bars, Told::Kick, &kit.kick, &kicks, (0.8, 1.0));
    s.strikes_on(&bars, Told::Snare, &snare, &[BACK], (0.6, 1.0));
    let hats = ["x.x.x.x.x.x.x.x.", "xoxoxoxoxoxoxoxo", "x.xox.xox.xox.xo"];
    s.some_strikes(Told::Hat, &kit.hat, &hats, (0.08, 0.22));
    let lines = ["0000000000000000", "0.0.0.0.0.0.0.0.", "0.000.000.000.00", "0.0.7.0.0.0.7.0."];
    s.some_bass(&[BassKind::Pluck, BassKind::Stab, BassKind::Reese], &lines, (0.3, 0.55));
    s.some_chords(&[KeyKind::Super, KeyKind::Pad, KeyKind::Brass], &[HELD], (0.15, 0.3));
    s.from(late);
    let riffs = ["0124012401240124", "0---..2-1---....|4---2---1-0-....", "4.2.1.2.4.2.1.0."];
    s.some_riff(&[KeyKind::Pluck, KeyKind::Super], &riffs, (0.1, 0.25));
    s.some_voice(0.3, &["0---2-1-0---....|..0-1-2---1-...."], (0.2, 0.4));
    s.fills(&kit, 0.7);
    s.channel.room = (s.rng.range(0.0, 0.2), s.rng.range(0.8, 1.8));
}

fn cumbia(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Thud, Kick::Soft, Kick::Nine]), Snare::Rim, &mut s.rng);
    let (late, bell, low) = (s.intro(), [cowbell(&mut s.rng)], [tom(95.0, 0.16, 0.3, &mut s.rng)]);
    s.feel.human_s = s.rng.range(0.001, 0.008);
    s.feel.swing = s.rng.range(0.0, 0.2);
    let kicks = [FOUR, FOUR, "x.......x.......", "x.......x...x..."];
    s.some_strikes(Told::Kick, &kit.kick, &kicks, (0.6, 1.0));
    let scrapes = ["x.oox.oox.oox.oo", "x.xox.xox.xox.xo", "X.ooo.ooX.ooo.oo"];
    s.some_strikes(Told::Hat, &kit.shaker, &scrapes, (0.15, 0.4));
    s.some_strikes(Told::No, &bell, &[FOUR, "X.o.x.o.X.o.x.o.", "x.......x......."], (0.1, 0.3));
    s.some_strikes(Told::No, &kit.perc[..1], &["..x...x...x...xx", "..xx..x...xx..x."], (0.2, 0.45));
    s.some_strikes(Told::No, &low, &["................|............x.xx", "............x..."], (0.3, 0.5));
    let lines = ["0-------2---4---", "0-----..4---4---", "0---....0---4---", "0-----2-4---2---"];
    s.some_bass(&[BassKind::Sub, BassKind::Pluck, BassKind::Fm], &lines, (0.4, 0.65));
    s.some_chords(&[KeyKind::Organ, KeyKind::Stab, KeyKind::Piano], &[OFF, "..x...x...x..xx."], (0.1, 0.25));
    s.from(late);
    let tunes = ["4.2.1.2.0---....|1.2.4.2.1---....", "..0.1.2.4-2-1-..", "0.0.2.2.4.2.1.0.|................"];
    s.some_riff(&[KeyKind::Brass, KeyKind::Organ, KeyKind::Pluck], &tunes, (0.15, 0.3));
    s.some_voice(0.5, &["0-0.1-2-..1-0...|................", "..0.0.1.2---1-0-"], (0.2, 0.4));
    s.fills(&kit, 0.4);
}

fn bhangra(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Nine, Kick::Long]), Snare::Fat, &mut s.rng);
    let (low_hz, high_hz) = (s.rng.range(75.0, 110.0), s.rng.range(300.0, 420.0));
    let low = [tom(low_hz, 0.2, 0.4, &mut s.rng), tom(low_hz, 0.15, 0.2, &mut s.rng)];
    let high: Vec<Sound> = (0..3).map(|_| tom(high_hz, 0.03, 1.2, &mut s.rng)).collect();
    let (late, bars) = (s.intro(), s.around_break(0.3));
    s.feel.human_s = s.rng.range(0.001, 0.007);
    // The dhol goes in triplets.
    s.some_strikes(Told::No, &low, &["x.......xx..", "x.......xx..|x....x..xx..", "x....x..xx.."], (0.4, 0.9));
    s.some_strikes(Told::No, &high, &["X.ox.oX.ox.o", "X.oxgoX.oxgo", "X.ox.oX.xx.x"], (0.3, 0.6));
    s.strikes_on(&bars, Told::Kick, &kit.kick, &["x..x..x..x..", "x..x..x..x..", "x.....x....."], (0.9, 1.0));
    s.strikes_on(&bars, Told::Snare, &kit.clap, &["...x.....x.."], (0.3, 0.7));
    s.some_strikes(Told::Hat, &kit.shaker, &["x.ox.ox.ox.o", "o.xo.xo.xo.x"], (0.05, 0.2));
    let lines = ["0-----..00-.", "0-..0-0-.3-.", "0-----2--4--"];
    s.some_bass(&[BassKind::Sub, BassKind::Reese, BassKind::Fm], &lines, (0.3, 0.6));
    s.from(late);
    s.some_riff(&[KeyKind::Pluck], &["4.44.24.44.1", "0.04.00.04.2", "4..2.14..0..|4..2.11.0..."], (0.2, 0.35));
    s.some_voice(0.8, &["0--2--1-0...|..0.2-1--...", "0........0..|............"], (0.25, 0.45));
    s.fills(&kit, 0.3);
}

fn phonk(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Long, Kick::Nine]), Snare::Eight, &mut s.rng);
    let (late, bars, root_hz) = (s.intro(), s.around_break(0.4), s.harmony.root_hz * s.rng.pick(&[8.0, 12.0]));
    s.harmony.roots = vec![0];
    let mut kick = kit.kick.clone();
    drive(&mut kick[0], s.rng.range(2.0, 6.0));
    s.strikes_on(&bars, Told::Kick, &kick, &[FOUR], (0.9, 1.0));
    s.strikes_on(&bars, Told::Snare, &kit.clap, &[BACK], (0.2, 0.5));
    s.some_strikes(Told::Hat, &kit.hat, &[OFF, "x.x.x.x.x.x.x.x.", "x.xxx.xxx.xxx.xx"], (0.1, 0.3));
    let lines = ["..0-..0-..0-..0-", "..00..0-..00..3-", "..0-..0--.0-..3-"];
    s.some_bass(&[BassKind::Sub, BassKind::Fm, BassKind::Reese], &lines, (0.4, 0.7));
    s.from(late);
    // The tune is on cowbells.
    let tune = s.rng.pick(&[
        ["x..x......x.....", "......x......x..", "........x......."],
        ["x.x.....x.......", "....x......x....", "......x.......x."],
        ["x.......x.......|x...............", "...x......x.....", "......x......x.."],
    ]);
    let (steps, bell) = ([0.0, s.rng.pick(&[3.0, 7.0]), s.rng.pick(&[-2.0, 5.0, 8.0])], s.rng.range(0.25, 0.6));
    for (pattern, semitones) in tune.into_iter().zip(steps) {
        let cow = [tuned_cowbell(root_hz * (semitones / 12.0f64).exp2(), 0.1)];
        s.strike(Told::No, &cow, pattern, bell);
    }
    let voices = ["0.00..1.0.......|................", "0..0..0...1.0...", "............0.0."];
    s.some_voice(0.8, &voices, (0.2, 0.4));
    s.fills(&kit, 0.4);
    s.channel.drive = s.rng.range(1.5, 4.0);
    s.channel.limit = (s.rng.range(4.0, 14.0), s.rng.range(0.05, 0.25));
}

fn electro_swing(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Nine, Kick::Thud]), s.rng.pick(&[Snare::Wires, Snare::Break]), &mut s.rng);
    let (late, bars) = (s.intro(), s.around_break(0.4));
    // Samples of a band, off a record: three to a beat.
    s.some_chords(&[KeyKind::Piano], &["..x..x..x..x", "...x.....x..", "x....x...x.."], (0.15, 0.3));
    let stabs = ["x....x......|............", "x.......x..x|x....x......", "x-....x-...x|..x........."];
    s.from(late).some_chords(&[KeyKind::Brass], &stabs, (0.25, 0.45));
    let reeds = ["4.21.01.24..|............", "0.12.45--...|4.21.0......"];
    s.some_riff(&[KeyKind::Organ, KeyKind::Brass], &reeds, (0.15, 0.3));
    filter(&mut s.music, Pass::Low, s.rng.range(3000.0, 6000.0), 0.7);
    filter(&mut s.music, Pass::High, 250.0, 0.7);
    let (ticks, dusty) = (s.rng.range(3.0, 30.0), s.rng.range(0.02, 0.1));
    let dust = crackle(s.bar_s() * s.bars as f64, ticks, &mut s.rng);
    add(&mut s.music, &dust, 0.0, dusty);
    s.feel.human_s = s.rng.range(0.001, 0.006);
    s.strikes_on(&bars, Told::Kick, &kit.kick, &["x..x..x..x.."], (0.9, 1.0));
    let back = if s.rng.chance(0.5) { &kit.snare } else { &kit.clap };
    s.strikes_on(&bars, Told::Snare, back, &["...x.....x..", "...x.g...x.g"], (0.3, 0.7));
    let metal = if s.rng.chance(0.4) { &kit.ride } else { &kit.hat };
    s.some_strikes(Told::Hat, metal, &["x..x.ox..x.o", "..x..x..x..x", "x.ox.ox.ox.o"], (0.12, 0.3));
    let lines = ["0--2--4--2--", "0-..-04-..-4", "0--0.24--4.2"];
    s.some_bass(&[BassKind::Pluck, BassKind::Fm], &lines, (0.35, 0.6));
    s.fills(&kit, 0.5);
    // A speaker on a shelf, and the guests below it.
    let rng = &mut s.rng;
    s.channel.high_pass_hz = Some(rng.range(90.0, 200.0));
    s.channel.low_pass_hz = Some(rng.range(6000.0, 12_000.0));
    s.channel.gentle = rng.chance(0.5);
    s.channel.room = (rng.range(0.1, 0.35), rng.range(0.3, 0.9));
    s.channel.crowd_snr_db = Some(rng.range(2.0, 14.0));
    s.channel.limit = (rng.range(0.0, 10.0), rng.range(0.1, 0.4));
}

fn dub_techno(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Soft, Kick::Soft, Kick::Nine]), Snare::Rim, &mut s.rng);
    let (late, bars) = (s.intro(), s.around_break(0.3));
    s.harmony.roots = s.rng.pick(&[[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 3, 3], [0, 0, 10, 10]]).to_vec();
    let chords = ["..x.......x.....", OFF, "..x.............", "..x..x..........|..........x....."];
    s.some_chords(&[KeyKind::Stab, KeyKind::Stab, KeyKind::Pluck], &chords, (0.25, 0.45));
    let (sixteenths, back) = (s.rng.pick(&[3.0, 3.0, 4.0, 6.0]), s.rng.range(0.35, 0.72));
    let delay_s = s.bar_s() / 16.0 * sixteenths;
    echo(&mut s.music, delay_s, back, s.rng.range(800.0, 4000.0));
    let (shut, open) = (s.rng.range(500.0, 1500.0), s.rng.range(1500.0, 6000.0));
    glide(&mut s.music, Pass::Low, if s.rng.chance(0.5) { (shut, open) } else { (open, shut) });
    let (ticks, dusty) = (s.rng.range(2.0, 40.0), s.rng.range(0.02, 0.12));
    let dust = crackle(s.bar_s() * s.bars as f64, ticks, &mut s.rng);
    add(&mut s.music, &dust, 0.0, dusty);
    s.strikes_on(&bars, Told::Kick, &kit.kick, &[FOUR], (0.5, 0.9));
    let rims = ["............x...", "...g..x....g..x.", "....x.......x..g", ".......x......x."];
    s.strikes_on(&bars, Told::Snare, &kit.snare, &rims, (0.08, 0.25));
    s.feel.swing = s.rng.range(0.0, 0.2);
    let metal = if s.rng.chance(0.5) { &kit.open } else { &kit.hat };
    s.strikes_on(&bars, Told::Hat, metal, &[OFF], (0.06, 0.2));
    s.from(late).some_strikes(Told::Hat, &kit.shaker, &["xixoxixoxixoxixo", "xgogxgogxgogxgog"], (0.05, 0.15));
    let lines = ["..0-......0-....", "0--...0---......", "0.00..00..00..00", "0-....0-..0-...."];
    s.some_bass(&[BassKind::Sub], &lines, (0.25, 0.45));
    s.channel.room = (s.rng.range(0.1, 0.4), s.rng.range(0.8, 2.5));
}

fn next_room(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Nine, Kick::Soft]), s.rng.pick(&[Snare::Rim, Snare::Eight]), &mut s.rng);
    let bars = s.around_break(0.3);
    s.feel.swing = s.rng.range(0.0, 0.25);
    s.strikes_on(&bars, Told::Kick, &kit.kick, &[FOUR], (0.9, 1.0));
    let claps = ["....x..g....x.g.", "....x..g.g..x..g", "....x.......x.gi"];
    s.strikes_on(&bars, Told::Snare, &kit.clap, &claps, (0.3, 0.6));
    s.some_strikes(Told::Hat, &kit.open, &[OFF], (0.15, 0.3));
    s.some_strikes(Told::Hat, &kit.hat, &["x.xix.xix.xix.xi", "xoxoxoxoxoxoxoxo"], (0.08, 0.2));
    s.percussion(&kit.perc, 0.18, 0.3);
    let lines = ["..00..0...00.30.", "0..0.00...0..0.2", "..0...0...0..03.", "0.00..0.0.00..7."];
    s.some_bass(&[BassKind::Pluck, BassKind::Sub, BassKind::Fm], &lines, (0.3, 0.6));
    s.some_chords(&[KeyKind::Stab], &["......x.........|......x....x...."], (0.1, 0.2));
    s.fills(&kit, 0.5);
    // A wall between, and a door that opens now and then.
    let (wall_hz, door_hz, mut bar) = (s.rng.range(160.0, 500.0), s.rng.range(1500.0, 5000.0), 0);
    while bar < s.bars {
        let (shut, open) = (s.rng.pick(&[6, 8, 12]), s.rng.pick(&[0, 1, 2]));
        s.turn((bar, bar + shut), Pass::Low, (wall_hz, wall_hz));
        s.turn((bar + shut, bar + shut + open), Pass::Low, (door_hz, wall_hz));
        bar += shut + open;
    }
    let rng = &mut s.rng;
    s.channel.drive = 0.0;
    s.channel.high_pass_hz = Some(rng.range(35.0, 70.0));
    s.channel.gentle = true;
    s.channel.room = (rng.range(0.1, 0.4), rng.range(0.3, 0.8));
    s.channel.crowd_snr_db = Some(rng.range(0.0, 12.0));
}

fn uk_funky(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Nine, Kick::Soft]), s.rng.pick(&[Snare::Wires, Snare::Rim]), &mut s.rng);
    let (late, bars) = (s.intro(), s.around_break(0.3));
    s.feel.swing = s.rng.range(0.0, 0.2);
    let kicks = [FOUR, FOUR, "x...x..xx...x...", "x...x...x..xx..."];
    s.strikes_on(&bars, Told::Kick, &kit.kick, &kicks, (0.9, 1.0));
    let snares = ["...x..x.....x...", "...x..x..x..x...", "...x..xg...x..x.", "...x..x...x.x..g"];
    s.strikes_on(&bars, Told::Snare, &kit.snare, &snares, (0.35, 0.7));
    s.some_strikes(Told::Hat, &kit.open, &[OFF], (0.1, 0.25));
    s.some_strikes(Told::Hat, &kit.shaker, &["xixoxixoxixoxixo", "x.xox.xox.xox.xo"], (0.1, 0.2));
    let density = s.rng.range(0.15, 0.3);
    s.percussion(&kit.perc, density, 0.3);
    let lines = ["0--0--0-....0-3-", "0-....0-..0-..2-", "0--.0--.0-..4-2-", "..0-..0-0-....3-"];
    s.some_bass(&[BassKind::Sub, BassKind::Reese, BassKind::Fm], &lines, (0.35, 0.65));
    s.from(late);
    let chords = ["x--x--x---..x---", "..x..x....x..x..", "x..x..x.....x..."];
    s.some_chords(&[KeyKind::Organ, KeyKind::Strings, KeyKind::Rhodes], &chords, (0.15, 0.3));
    s.some_voice(0.7, &["0.0.2.1.....0.0.|................", "0--.1--.2---....|1---0---........"], (0.2, 0.4));
    s.fills(&kit, 0.5);
    s.dj_filter();
}

fn main_stage(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Nine, Kick::Nine, Kick::Gabber]), Snare::Fat, &mut s.rng);
    let (from, to) = (s.rng.pick(&[4, 8, 12]), s.rng.pick(&[16, 20]));
    s.harmony.roots = s.rng.pick(&[[0, 8, 3, 10], [8, 10, 0, 0], [0, 3, 8, 10]]).to_vec();
    let bars = [(0, from), (to, s.bars)];
    s.strikes_on(&bars, Told::Kick, &kit.kick, &[FOUR], (0.9, 1.0));
    s.strikes_on(&bars, Told::Snare, &kit.clap, &[BACK], (0.3, 0.7));
    s.strikes_on(&bars, Told::Hat, &kit.open, &[OFF, "x.x.x.x.x.x.x.x."], (0.1, 0.25));
    for (begin, end) in bars {
        let riffs = ["0..0..0.0..0..1.", "4..4..2.2..1..1.", "0.0..0.4..2.1...", "4-.2-.4-.2-.1-0-"];
        s.between(begin, end).some_riff(&[KeyKind::Super], &riffs, (0.3, 0.5));
        s.some_bass(&[BassKind::Reese, BassKind::Sub], &["..0-..0-..0-..0-", "0--0--0-0--0--0-"], (0.2, 0.4));
    }
    // The song, the build, and all who sing and clap along.
    let (build, drop) = (to - s.rng.pick(&[2, 4]), s.time(to, 0.0));
    s.between(from, to).some_chords(&[KeyKind::Piano, KeyKind::Super], &["x---x---x-..x---", HELD], (0.25, 0.4));
    s.some_voice(1.0, &["0---2---1-0-....|2-----1-0---....", "0-0-1-2-----....|2-2-1-0-----...."], (0.3, 0.6));
    let level = s.rng.range(0.03, 0.15);
    s.clap_along(&kit.clap[0], (from, build), level);
    s.between(build, to);
    s.some_strikes(Told::Snare, &kit.snare, &["xxxxxxxxxxxxxxxx", "x.x.x.x.x.x.x.x."], (0.3, 0.5));
    let (begins, builds) = (s.time(from, 0.0), s.time(build, 0.0));
    let (rise, boom) = (riser(drop - builds, &mut s.rng), impact(&mut s.rng));
    s.hit(Told::No, &rise, builds, 0.4);
    s.hit(Told::No, &boom, drop, 0.5);
    s.truth.breaks.push((begins, drop));
    s.truth.builds.push(builds);
    // A phone held up, whose gain follows the noise.
    let rng = &mut s.rng;
    s.channel.high_pass_hz = Some(rng.range(70.0, 180.0));
    s.channel.low_pass_hz = Some(rng.range(7000.0, 12_000.0));
    s.channel.room = (rng.range(0.15, 0.4), rng.range(0.8, 2.5));
    s.channel.crowd_snr_db = Some(rng.range(2.0, 14.0));
    s.channel.limit = (rng.range(6.0, 20.0), rng.range(0.2, 1.0));
}

fn kuduro(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Nine, Kick::Long]), s.rng.pick(&[Snare::Eight, Snare::Fat]), &mut s.rng);
    let (late, bars) = (s.intro(), s.around_break(0.3));
    s.harmony.roots = vec![0];
    let kicks = [FOUR, FOUR, "x...x..xx...x...", "x...x...x...x.x."];
    s.strikes_on(&bars, Told::Kick, &kit.kick, &kicks, (0.9, 1.0));
    let snares = ["...x..x....x..x.", "...x..x...xx..x.", "...xg.x....xg.xx"];
    s.strikes_on(&bars, Told::Snare, &kit.snare, &snares, (0.35, 0.7));
    let batida = ["x..x.x..x..x.xx.", "..xx..x...xx.xx.", "x.xx.xx.x.xx.x.x"];
    s.some_strikes(Told::No, &kit.toms, &batida, (0.2, 0.45));
    s.some_strikes(Told::Hat, &kit.hat, &["x.x.x.x.x.x.x.x.", "xoxoxoxoxoxoxoxo", OFF], (0.1, 0.25));
    s.from(late);
    s.percussion(&kit.perc, 0.2, 0.3);
    if s.rng.chance(0.6) {
        s.some_bass(&[BassKind::Sub, BassKind::Stab], &["0-....0-....0-..", "0--0--0-0--0--0-"], (0.3, 0.5));
    }
    let riffs = ["0.0.0..1.0.0.2..", "4..4..4.2..2..1.", "0.4.0.4.0.2.1...|................"];
    s.some_riff(&[KeyKind::Super, KeyKind::Pluck, KeyKind::Brass], &riffs, (0.15, 0.35));
    s.some_voice(0.8, &["0.00.0.00.0.1...|0.00.0.02.1.0...", "0.0...0.0.......|................"], (0.25, 0.5));
    s.fills(&kit, 0.5);
    s.dj_filter();
}

fn ghetto_house(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Nine, Kick::Long]), Snare::Eight, &mut s.rng);
    let (late, bars, tune) = (s.intro(), s.around_break(0.5), s.rng.range(70.0, 110.0));
    s.harmony.roots = vec![0];
    s.strikes_on(&bars, Told::Kick, &kit.kick, &[FOUR, FOUR, "x...x...x...x.x.", "x..xx...x..xx..."], (0.9, 1.0));
    let claps = [BACK, BACK, "....x.......x..x", "....x..x....x..."];
    s.strikes_on(&bars, Told::Snare, &kit.clap, &claps, (0.3, 0.7));
    s.some_strikes(Told::Hat, &kit.open, &[OFF], (0.1, 0.35));
    s.some_strikes(Told::Hat, &kit.hat, &["x.x.x.x.x.x.x.x.", "xoxoxoxoxoxoxoxo", "x.xxx.xxx.xxx.xx"], (0.08, 0.2));
    s.from(late);
    // Toms of a drum computer are all the bass there is.
    for (ratio, sounding) in
        [(1.0, "x..x......x....."), (1.5, "......x......x..|......x.....x.x."), (2.0, "x.......x...x...")]
    {
        let drum = [tom(tune * ratio, 0.15, 0.1, &mut s.rng)];
        s.some_strikes(Told::No, &drum, &[sounding, "..x.......x..x..", "...x..x....x..x."], (0.2, 0.5));
    }
    s.some_strikes(Told::No, &kit.snare, &["................", "..x..x....x..x..", "x..x..x...x.x..."], (0.1, 0.25));
    let voices = ["0.0.1...0.0.2...", "0...0...0.0.0...", "..0.0.....0.0.1.|0.0.0.0.0.0.1..."];
    s.some_voice(1.0, &voices, (0.25, 0.5));
    if s.rng.chance(0.4) {
        s.some_chords(&[KeyKind::Stab, KeyKind::Organ], &["x..x............", "..x...x..x......"], (0.1, 0.2));
    }
    s.fills(&kit, 0.5);
    s.dj_filter();
}

fn happy_hardcore(s: &mut Song) {
    let kit = Kit::draw(s.rng.pick(&[Kick::Gabber, Kick::Nine]), s.rng.pick(&[Snare::Break, Snare::Fat]), &mut s.rng);
    let (late, bars) = (s.intro(), s.around_break(0.6));
    s.harmony.roots = s.rng.pick(&[[0, 8, 3, 10], [3, 10, 0, 8], [0, 10, 8, 10]]).to_vec();
    s.strikes_on(&bars, Told::Kick, &kit.kick, &[FOUR], (0.9, 1.0));
    let snares = [BACK, "....x..g.g..x..g", "....x..i....x.i.|....x..i.i..x..x"];
    s.strikes_on(&bars, Told::Snare, &kit.snare, &snares, (0.4, 0.8));
    let metal = if s.rng.chance(0.3) { &kit.ride } else { &kit.open };
    s.strikes_on(&bars, Told::Hat, metal, &[OFF, "x.x.x.x.x.x.x.x."], (0.1, 0.3));
    s.some_bass(
        &[BassKind::Pluck, BassKind::Stab, BassKind::Sub],
        &["..0...0...0...0.", "..00..00..00..00"],
        (0.3, 0.5),
    );
    let chords = [OFF, "x..x..x...x..x..", "x.x..x..x.x..x.."];
    s.some_chords(&[KeyKind::Piano, KeyKind::Piano, KeyKind::Stab], &chords, (0.2, 0.4));
    s.from(late);
    let riffs = ["4.2.1.2.4.2.1.0.", "4..2..1.4..2..1.", "0-0-2-..1-1-4-..", "4.4.2.4.1.4.2.4."];
    s.some_riff(&[KeyKind::Super, KeyKind::Pluck], &riffs, (0.15, 0.3));
    s.some_voice(0.6, &["0---2---1-0-....|2---4---2-1-....", "................|..0-2-4---2-1---"], (0.25, 0.45));
    s.fills(&kit, 0.5);
    s.channel.drive = s.rng.range(1.2, 3.5);
}
