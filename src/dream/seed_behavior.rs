//! Which seed each diffused image has: the behaviours of Deforum's files, beside the instrument's own travel.
//!
//! Counted per diffused image, not per frame shown. Owned by the planner on the generator's thread; the seed goes to
//! the maker, as the noise an image starts from.

/// How the seed goes on from image to image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeedBehavior {
    /// The base as it is: `Seeds` travels between seeds.
    #[default]
    Travel,
    /// One higher after every so many images; the first image has the base alone.
    Iter(u32),
    /// Always the base. With feedback it burns its pattern in.
    Fixed,
    /// The base first, then any 32-bit number.
    Random,
    /// Two up, one down.
    Ladder,
    /// The base and the next one in turn.
    Alternate,
    /// The base as it is, from a schedule of its own; [`RANDOM`] is any 32-bit number.
    Schedule,
}

/// The base that asks for any seed: what −1 is in files.
pub const RANDOM: u64 = u64::MAX;

impl SeedBehavior {
    /// By its name in a settings file; `every` is what the file gives for iter.
    #[must_use]
    pub fn from_name(name: &str, every: u32) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "travel" => Some(Self::Travel),
            "iter" => Some(Self::Iter(every.max(1))),
            "fixed" => Some(Self::Fixed),
            "random" => Some(Self::Random),
            "ladder" => Some(Self::Ladder),
            "alternate" => Some(Self::Alternate),
            "schedule" => Some(Self::Schedule),
            _ => None,
        }
    }
}

/// The base for a schedule's value: its whole part; below zero, or not a number, [`RANDOM`].
#[must_use]
pub fn scheduled(value: f64) -> u64 {
    // A value within −1..0 has the whole part 0, as in Python.
    if value > -1.0 { value as u64 } else { RANDOM }
}

/// The seeds of one run: counts images.
#[derive(Clone, Debug, Default)]
pub struct Sequence {
    behavior: SeedBehavior,
    base: Option<u64>,
    images: u64,
}

impl Sequence {
    #[must_use]
    pub fn new(behavior: SeedBehavior) -> Self {
        Self { behavior, ..Self::default() }
    }

    /// Goes on with another behaviour: it starts from the base.
    pub fn set_behavior(&mut self, behavior: SeedBehavior) {
        if self.behavior != behavior {
            *self = Self::new(behavior);
        }
    }

    /// Starts from the base with the next image.
    pub fn restart(&mut self) {
        self.images = 0;
    }

    /// The seed of the next image. `base` is the seed of the first one; when it changes the sequence starts from it.
    /// The lower half of `random` is used where any seed will do.
    pub fn next(&mut self, base: u64, mut random: impl FnMut() -> u64) -> u64 {
        if self.base.replace(base) != Some(base) {
            self.images = 0;
        }
        let k = self.images;
        self.images += 1;
        let mut any = || random() & u64::from(u32::MAX);
        match self.behavior {
            SeedBehavior::Travel | SeedBehavior::Fixed => base,
            SeedBehavior::Iter(every) => base.wrapping_add(k.div_ceil(u64::from(every.max(1)))),
            SeedBehavior::Random => {
                if k == 0 && base != RANDOM {
                    base
                } else {
                    any()
                }
            }
            SeedBehavior::Ladder if k.is_multiple_of(2) => base.wrapping_add(k / 2),
            SeedBehavior::Ladder => base.wrapping_add(k / 2 + 2),
            SeedBehavior::Alternate => base.wrapping_add(k % 2),
            SeedBehavior::Schedule => {
                if base == RANDOM {
                    any()
                } else {
                    base
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds<const N: usize>(behavior: SeedBehavior) -> [u64; N] {
        let mut sequence = Sequence::new(behavior);
        std::array::from_fn(|_| sequence.next(100, || 0xFFFF_FFFF_0000_0007))
    }

    /// The sequences that upstream's code gives.
    #[test]
    fn sequences_are_those_of_the_fixture() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/motion/texts.json");
        let texts: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let cases = texts["seeds"].as_array().unwrap();
        for case in cases {
            let every = case["n"].as_u64().unwrap() as u32;
            let behavior = SeedBehavior::from_name(case["behaviour"].as_str().unwrap(), every).unwrap();
            let mut sequence = Sequence::new(behavior);
            for seed in case["seeds"].as_array().unwrap() {
                assert_eq!(Some(sequence.next(100, || 0)), seed.as_u64(), "{case}");
            }
        }
        assert!(cases.len() >= 7);
    }

    #[test]
    fn sequences_are_deforums() {
        assert_eq!(seeds(SeedBehavior::Iter(1)), [100, 101, 102, 103]);
        assert_eq!(seeds(SeedBehavior::Iter(2)), [100, 101, 101, 102, 102, 103, 103]);
        assert_eq!(seeds(SeedBehavior::Iter(3)), [100, 101, 101, 101, 102, 102, 102]);
        assert_eq!(seeds(SeedBehavior::Ladder), [100, 102, 101, 103, 102, 104, 103, 105]);
        assert_eq!(seeds(SeedBehavior::Alternate), [100, 101, 100, 101]);
        assert_eq!(seeds(SeedBehavior::Fixed), [100, 100]);
        assert_eq!(seeds(SeedBehavior::Travel), [100, 100]);
        assert_eq!(seeds(SeedBehavior::Random), [100, 7, 7]);
        assert_eq!(seeds(SeedBehavior::Iter(0)), seeds::<4>(SeedBehavior::Iter(1)));
    }

    #[test]
    fn a_schedule_is_followed_and_minus_one_is_any() {
        let mut sequence = Sequence::new(SeedBehavior::Schedule);
        let found = [5.9, -1.0, 7.0, f64::NAN, -0.5].map(|value| sequence.next(scheduled(value), || 42));
        assert_eq!(found, [5, 42, 7, 42, 0]);
    }

    #[test]
    fn another_base_or_behavior_starts_anew() {
        let mut sequence = Sequence::new(SeedBehavior::Iter(1));
        assert_eq!([9, 9, 50, 50].map(|base| sequence.next(base, || 0)), [9, 10, 50, 51]);
        sequence.set_behavior(SeedBehavior::Iter(1));
        assert_eq!(sequence.next(50, || 0), 52);
        sequence.set_behavior(SeedBehavior::Ladder);
        assert_eq!([50, 50].map(|base| sequence.next(base, || 0)), [50, 52]);
        sequence.restart();
        assert_eq!(sequence.next(50, || 0), 50);
    }

    #[test]
    fn names_are_those_of_settings_files() {
        assert_eq!(SeedBehavior::from_name(" Iter", 2), Some(SeedBehavior::Iter(2)));
        assert_eq!(SeedBehavior::from_name("ladder", 1), Some(SeedBehavior::Ladder));
        assert_eq!(SeedBehavior::from_name("zigzag", 1), None);
    }
}
