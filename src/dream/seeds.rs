//! Which noise an image grows from: seeds that travel, and seeds that were rejected.

use std::collections::VecDeque;

use super::seed_behavior::{SeedBehavior, Sequence, scheduled};
use crate::param::{self, Values};

/// What a schedule of seeds gives where any will do.
const ANY_SEED: u64 = 999_999;
/// A cut goes on with seeds so far away.
const CUT_SEEDS: u64 = 1_000_003;
/// Most rejected seeds remembered; the oldest is dropped first.
const BANNED: usize = 256;

/// A position between two neighbouring seeds of the sequence: noise is blended between `low` and `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SeedPosition {
    pub low: u64,
    pub high: u64,
    /// 0 is `low`, 1 is `high`.
    pub part: f64,
}

/// The sequence of seeds: `dream.seed` and the number of cuts select it, `dream.travel` is the speed along it.
#[derive(Clone, Debug, Default)]
pub struct Seeds {
    travelled: f64,
    bars: Option<f64>,
    /// Cuts so far: each one selects another sequence.
    cuts: u64,
    /// The sequence begins with this seed, until the next cut or another `dream.seed` than the one it came under.
    first: Option<(u64, Option<u64>)>,
    /// How often looks have brought one, as far as that is known.
    brought: Option<u32>,
    banned: VecDeque<u64>,
    /// Seeds that follow each other image by image, as Deforum's do.
    sequence: Sequence,
    /// Images that had a seed of it.
    asked: u64,
}

impl Seeds {
    /// The position for the next image, as the parameters want seeds to follow each other. Counts images.
    pub fn next(&mut self, effective: &Values) -> SeedPosition {
        let base = effective.whole(param::DREAM_SEED) as u64;
        let travelling = self.position(base);
        let every = effective.whole(param::DREAM_SEEDS_EVERY) as u32;
        let behavior = SeedBehavior::from_name(effective.choice(param::DREAM_SEEDS), every).unwrap_or_default();
        self.sequence.set_behavior(behavior);
        let position = if behavior == SeedBehavior::Travel {
            travelling
        } else {
            self.asked += 1;
            let chance = mixed(base, self.cuts, self.asked);
            // A file's −1 came as the last seed there is.
            let any = behavior == SeedBehavior::Schedule && base == ANY_SEED;
            let base = if any { scheduled(-1.0) } else { base.wrapping_add(self.cuts * CUT_SEEDS) };
            let first = self.sequence.next(base, || chance);
            let seed = self.allowed(first);
            SeedPosition { low: seed, high: seed, part: 0.0 }
        };
        let mix = f64::from(effective[param::DREAM_SUBSEED_MIX]);
        if mix <= 0.0 {
            return position;
        }
        SeedPosition { low: position.low, high: effective.whole(param::DREAM_SUBSEED) as u64, part: mix }
    }

    /// `seed`, or when it was rejected another one.
    fn allowed(&self, mut seed: u64) -> u64 {
        while self.banned.contains(&seed) {
            seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        }
        seed
    }

    /// Travels on to `bars` at `travel` seeds per bar.
    pub fn travel(&mut self, bars: f64, travel: f64) {
        let since = self.bars.map_or(0.0, |last| (bars - last).max(0.0));
        self.bars = Some(bars);
        self.travelled += since * travel;
    }

    /// Starts another sequence from its beginning.
    pub fn cut(&mut self) {
        self.cuts += 1;
        self.travelled = 0.0;
        self.first = None;
        self.sequence.restart();
    }

    /// Looks have brought a seed `count` times, `seed` the last time: a sequence begins with it.
    pub fn follow_looks(&mut self, (count, seed): (u32, u64)) {
        if self.brought.replace(count).is_some_and(|before| before != count) {
            self.travelled = 0.0;
            self.first = Some((seed, None));
        }
    }

    /// Excludes `seed` from every sequence.
    pub fn ban(&mut self, seed: u64) {
        if self.banned.len() >= BANNED {
            self.banned.pop_front();
        }
        self.banned.push_back(seed);
    }

    /// The present position, with `dream.seed` at `base`.
    #[must_use]
    pub fn position(&mut self, base: u64) -> SeedPosition {
        if let Some((_, under)) = &mut self.first
            && *under.get_or_insert(base) != base
        {
            self.first = None;
        }
        let whole = self.travelled.floor();
        SeedPosition {
            low: self.nth(base, whole as u64),
            high: self.nth(base, whole as u64 + 1),
            part: self.travelled - whole,
        }
    }

    /// The `n`-th seed of the sequence; a rejected one is replaced.
    fn nth(&self, base: u64, n: u64) -> u64 {
        self.allowed(match self.first {
            Some((first, _)) if n == 0 => first,
            Some((first, _)) => mixed(first, 0, n),
            None => mixed(base, self.cuts, n),
        })
    }
}

/// A seed from three numbers (SplitMix64's finaliser over their sum).
fn mixed(base: u64, cuts: u64, n: u64) -> u64 {
    let mut z = base.wrapping_mul(0xBF58_476D_1CE4_E5B9) ^ cuts.wrapping_mul(0x94D0_49BB_1331_11EB);
    z = z.wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The fixed seed of a text's still, so that a pad always shows the same picture.
#[must_use]
pub fn still_seed(base: u64, text: &str) -> u64 {
    // FNV-1a: the same on every machine and in every build, as files on disk are named after it.
    let hash = text
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
    mixed(base, 0x5717, hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejected_seed_never_comes_back() {
        let mut seeds = Seeds::default();
        let first = seeds.position(1).low;
        seeds.ban(first);
        assert_ne!(seeds.position(1).low, first);
    }

    #[test]
    fn a_kept_seed_comes_back_until_the_next_cut() {
        let mut seeds = Seeds::default();
        seeds.follow_looks((0, 0));
        seeds.travel(0.0, 1.0);
        let kept = seeds.position(1).low;
        seeds.cut();
        seeds.travel(3.5, 1.0);
        assert_ne!(seeds.position(1).low, kept);
        seeds.follow_looks((1, kept));
        let back = seeds.position(1);
        assert_eq!((back.low, back.part), (kept, 0.0));
        seeds.travel(4.5, 1.0);
        assert_eq!(seeds.position(1).low, back.high, "and travels on from there");
        seeds.follow_looks((2, kept));
        assert_eq!(seeds.position(1).low, kept);
        assert_ne!(seeds.position(2).low, kept, "a hand on the seed");
        assert_ne!(seeds.position(1).low, kept);
        seeds.follow_looks((3, kept));
        seeds.cut();
        assert_ne!(seeds.position(1).low, kept);
    }

    #[test]
    fn travel_moves_on_and_joins_up() {
        let mut seeds = Seeds::default();
        seeds.travel(0.0, 1.0);
        let start = seeds.position(7);
        seeds.travel(0.5, 1.0);
        assert_eq!(seeds.position(7), SeedPosition { part: 0.5, ..start });
        seeds.travel(1.0, 1.0);
        assert_eq!(seeds.position(7).low, start.high);
        seeds.travel(1.5, 0.0);
        assert_eq!(seeds.position(7).part, 0.0);
    }
}
