//! Sixteen bars that could be counted in more than one way, then four to the floor, which cannot.

use super::Take;
use super::bass::{Bass, BassKind};
use super::drums::{Kick, Snare};
use super::keys::{KeyKind, Keys};
use super::kit::Kit;
use super::rng::Rng;
use super::song::{Song, Told};

pub const COUNT: usize = 15;
/// Bars before the kick.
const VAGUE: usize = 16;

/// What the ambiguous bars are made of.
const SORTS: [&str; 5] = ["ghosts", "off-beats", "hats", "three-three-two", "off-bass"];

/// One of [`takes`], which are large.
#[must_use]
pub fn one(n: usize) -> Take {
    let sort = SORTS[n % SORTS.len()];
    let mut rng = Rng::named(sort, n as u64);
    let bpm = [122.0, 128.0, 138.0][n / SORTS.len() % 3] + rng.range(-3.0, 3.0);
    let length_s = 240.0 / bpm * (VAGUE as f64 + 25.0) + 1.0;
    let mut s = Song::new("ambiguous", bpm, length_s, rng);
    let kit = Kit::draw(Kick::Nine, Snare::Wires, &mut s.rng);
    let stab = Keys::draw(KeyKind::Stab, &mut s.rng);
    let bass = Bass::draw(BassKind::Pluck, &mut s.rng);
    s.between(0, VAGUE);
    match sort {
        "ghosts" => {
            s.strike(Told::Snare, &kit.snare, "..i..i.o..i..i.i|.i.o..i...i.oi..", 0.6);
            s.strike(Told::Hat, &kit.hat, "oioioioioioioioi", 0.08);
        }
        "off-beats" => {
            s.strike(Told::Hat, &kit.open, "..x...x...x...x.", 0.4);
            s.chords(&stab, "..x...x...x..x..|..x..x....x...x.", 0.4);
        }
        "hats" => s.strike(Told::Hat, &kit.hat, "xxxxxxxxxxxxxxxx", 0.4),
        "three-three-two" => {
            s.chords(&stab, "x..x..x.x..x..x.", 0.4);
            s.strike(Told::No, &kit.perc[..1], "x..x..x.x..x..x.", 0.3);
        }
        _ => {
            s.line(&bass, ".0..0...0..0..0.|..0..0...0...0..", 0.5, 0);
            s.strike(Told::No, &kit.shaker, "xxxxxxxxxxxxxxxx", 0.1);
        }
    }
    s.from(VAGUE);
    s.feel.fill_every = 0;
    s.strike(Told::Kick, &kit.kick, "x...x...x...x...", 1.0);
    s.strike(Told::Snare, &kit.clap, "....x.......x...", 0.4);
    s.strike(Told::Hat, &kit.open, "..x...x...x...x.", 0.25);
    s.line(&bass, "..0...0...0...0.", 0.4, 0);
    let mut take = s.finish();
    take.name = format!("{sort}-{n}");
    take
}

#[must_use]
pub fn takes() -> Vec<Take> {
    (0..COUNT).map(one).collect()
}
