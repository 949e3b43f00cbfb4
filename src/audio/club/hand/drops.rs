//! Tracks with a form: groove, break, perhaps a build, and the drop on a bar line.

use super::bass::{Bass, BassKind};
use super::drums::{Kick, Snare};
use super::fx::{impact, riser};
use super::keys::{KeyKind, Keys};
use super::kit::Kit;
use super::rng::Rng;
use super::song::{Song, Told};
use super::{TAKES, Take};

/// A take is called as its style, with its number behind.
pub const STYLES: [&str; 5] = ["drop-house", "drop-techno", "drop-trance", "drop-dnb", "drop-wobble"];

/// So many takes there are in all.
pub const COUNT: usize = STYLES.len() * TAKES;

struct Style {
    bpm: (f64, f64),
    kick: Kick,
    snare: Snare,
    bass: BassKind,
    keys: KeyKind,
    /// Kick, snare, hats, bass, chords.
    patterns: [&'static str; 5],
}

const FOUR: &str = "x...x...x...x...";
const BACK: &str = "....x.......x...";

fn style(n: usize) -> Style {
    let patterns = match n {
        0 => [FOUR, BACK, "..x...x...x...x.", "0..0..0...3.0...", "x..x..x...x..x.."],
        1 => [FOUR, "............x...", "xoxoxoxoxoxoxoxo", ".000.000.000.000", "...x.....x......"],
        2 => [FOUR, BACK, "..x...x...x...x.", "..0...0...0...0.", "x..x..x..x..x.x."],
        3 => ["x.........x.....", BACK, "x.x.x.x.x.x.x.x.", "0-----..3---....", "x---------------"],
        _ => [
            "x...............|x.........x.....",
            "........x.......",
            "x..x..x.x..x..x.",
            "0-------0---3---",
            "x---------------",
        ],
    };
    let (bpm, kick, snare, bass, keys) = match n {
        0 => ((120.0, 128.0), Kick::Nine, Snare::Fat, BassKind::Pluck, KeyKind::Piano),
        1 => ((128.0, 142.0), Kick::Soft, Snare::Eight, BassKind::Sub, KeyKind::Stab),
        2 => ((132.0, 140.0), Kick::Nine, Snare::Fat, BassKind::Pluck, KeyKind::Super),
        3 => ((172.0, 176.0), Kick::Thud, Snare::Wires, BassKind::Reese, KeyKind::Pad),
        _ => ((138.0, 145.0), Kick::Nine, Snare::Fat, BassKind::Wobble, KeyKind::Pad),
    };
    Style { bpm, kick, snare, bass, keys, patterns }
}

/// What plays outside the break.
fn groove(s: &mut Song, style: &Style, kit: &Kit, bass: &Bass, thin: bool) {
    let [kick, snare, hats, line, _] = style.patterns;
    s.strike(Told::Kick, &kit.kick, kick, 1.0);
    s.strike(Told::Snare, if style.kick == Kick::Thud { &kit.snare } else { &kit.clap }, snare, 0.6);
    s.strike(Told::Hat, &kit.hat, hats, 0.2);
    if !thin {
        s.line(bass, line, 0.55, 0);
        s.strike(Told::Hat, &kit.open, "..x...x...x...x.", 0.15);
    }
}

/// The roll of a build from bar `from` until `end_s`: quarters, eighths, sixteenths, louder and louder.
fn roll(s: &mut Song, kit: &Kit, (from, to): (usize, usize), end_s: f64) {
    let (on_toms, bars) = (s.rng.chance(0.3), to - from);
    for bar in from..to {
        let along = (bar - from) as f64 / bars as f64;
        let steps = match along {
            a if a < 0.5 => 4,
            a if a < 0.75 => 8,
            _ => 16,
        };
        for step in 0..steps {
            let part = step as f64 / steps as f64;
            let gain = 0.15 + 0.5 * (along + part / bars as f64);
            let drum = if on_toms { &kit.toms[step % kit.toms.len()] } else { &kit.snare[0] };
            let t = s.time(bar, part);
            if t < end_s - 0.01 {
                s.hit(if on_toms { Told::No } else { Told::Snare }, drum, t, gain);
            }
        }
    }
}

/// The break, and what leads out of it; gives when the build begins.
fn rest(s: &mut Song, style: &Style, kit: &Kit, (from, to): (usize, usize)) -> Option<f64> {
    let pad = Keys::draw(KeyKind::Pad, &mut s.rng);
    let keys = Keys::draw(style.keys, &mut s.rng);
    // In a few, all is silent for the last beat, or a voice alone fills it.
    let (hush, shout) = (s.rng.chance(0.3), s.rng.chance(0.25));
    let end_s = if hush || shout { s.time(to, -0.25) } else { s.time(to, 0.0) };
    let last = if hush || shout { "x----------....." } else { "x---------------" };
    s.between(from, to - 1).chords(&pad, "x---------------", 0.35);
    if s.rng.chance(0.6) {
        s.chords(&keys, style.patterns[4], 0.2);
    }
    if s.rng.chance(0.5) {
        s.sing("0---2---1-0-....|2-----1-0---....", 0.35);
    }
    s.between(to - 1, to).chords(&pad, last, 0.35);
    if shout {
        s.sing("............0.0.", 0.6);
    }
    if s.rng.chance(0.35) {
        let half = from + (to - from) / 2;
        s.between(from, half).strike(Told::Hat, &kit.hat, style.patterns[2], 0.15);
    }
    let bars = s.rng.pick(&[0, 2, 4, 4, 8]).min(to - from);
    if bars == 0 {
        return None;
    }
    let begins = to - bars;
    roll(s, kit, (begins, to), end_s);
    let t = s.time(begins, 0.0);
    let sound = riser(end_s - t, &mut s.rng);
    let level = s.rng.range(0.2, 0.5);
    s.hit(Told::No, &sound, t, level);
    Some(t)
}

/// Take `k` of style `n` of [`STYLES`].
fn take(n: usize, k: usize) -> Take {
    let (style, name) = (style(n), STYLES[n]);
    let mut rng = Rng::named(name, k as u64);
    let along = (k as f64 + rng.range(0.1, 0.9)) / TAKES as f64;
    let bpm = style.bpm.0 + (style.bpm.1 - style.bpm.0) * along;
    let length_s = rng.range(78.0, 100.0);
    let mut s = Song::new(name, bpm, length_s, rng);
    s.feel.fill_every = s.rng.pick(&[0, 8]);
    s.channel.gain_db = s.channel.gain_db.max(-15.0);
    let kit = Kit::draw(style.kick, style.snare, &mut s.rng);
    let mut bass = Bass::draw(style.bass, &mut s.rng);
    bass.wobble_hz = s.bpm / 60.0 * s.rng.pick(&[1.0, 2.0, 3.0]);
    let from = s.rng.pick(&[12, 16, 16, 20]);
    let to = from + s.rng.pick(&[4, 8, 8, 12, 16]);
    let intro = s.rng.pick(&[0, 4, 8]);
    s.between(0, intro);
    groove(&mut s, &style, &kit, &bass, true);
    s.between(intro, from);
    groove(&mut s, &style, &kit, &bass, false);
    let (keys, level) = (Keys::draw(style.keys, &mut s.rng), s.rng.range(0.1, 0.25));
    s.chords(&keys, style.patterns[4], level);
    let build = rest(&mut s, &style, &kit, (from, to));
    s.from(to);
    groove(&mut s, &style, &kit, &bass, false);
    s.chords(&keys, style.patterns[4], level);
    let drop = s.time(to, 0.0);
    if s.rng.chance(0.7) {
        let boom = impact(&mut s.rng);
        s.hit(Told::No, &boom, drop, 0.4);
    }
    let begins = s.time(from, 0.0);
    s.truth.breaks.push((begins, drop));
    s.truth.builds.extend(build);
    let mut take = s.finish();
    take.name = format!("{name}-{k}");
    take
}

/// All takes of all styles.
#[must_use]
pub fn takes() -> Vec<Take> {
    (0..COUNT).map(one).collect()
}

/// One of [`takes`], which are large.
#[must_use]
pub fn one(n: usize) -> Take {
    take(n / TAKES, n % TAKES)
}
