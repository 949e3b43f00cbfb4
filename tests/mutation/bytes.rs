//! From a seed to mutated bytes.

use super::text;

/// Numbers from a seed (SplitMix64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `n`, and 0 where that is 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() >> 1) as usize % n.max(1)
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// What mutated bytes should still look like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Binary,
    Text,
    /// Every other one gets the check sums that its chunks then should have.
    Png,
    /// Every other one gets the length that its header then has.
    Safetensors,
}

/// Larger files are no harder to read, only slower.
const LARGEST: usize = 96 * 1024;
/// So many places at the start of a binary are as likely to be hit as all of the rest: headers are there.
const HEAD: usize = 256;

/// The input of `seed`: an entry of `corpus` with one mutation, or more; the more, the rarer. One of 64 stays as it is.
pub fn mutated(seed: u64, corpus: &[Vec<u8>], form: Form) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut bytes = dice.pick(corpus).clone();
    let mut count = if dice.below(64) == 0 { 0 } else { 1 };
    while (1..12).contains(&count) && dice.below(5) < 2 {
        count += 1;
    }
    for _ in 0..count {
        if form == Form::Text && dice.below(3) > 0 {
            text::mutate(&mut dice, &mut bytes, corpus);
        } else {
            mutate(&mut dice, &mut bytes, corpus);
        }
    }
    bytes.truncate(LARGEST);
    match form {
        Form::Png if dice.below(2) == 0 => mend_png(&mut bytes),
        Form::Safetensors if dice.below(2) == 0 => mend_safetensors(&mut bytes),
        _ => {}
    }
    bytes
}

fn place(dice: &mut Dice, length: usize) -> usize {
    if dice.below(2) == 0 { dice.below(length.min(HEAD)) } else { dice.below(length) }
}

/// A stretch of at most 64 bytes, now and then of any length.
fn stretch(dice: &mut Dice, length: usize) -> std::ops::Range<usize> {
    let from = place(dice, length);
    let most = if dice.below(4) == 0 { length } else { 64 };
    from..(from + 1 + dice.below(most)).min(length)
}

fn mutate(dice: &mut Dice, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    if bytes.is_empty() {
        bytes.push(dice.next() as u8);
        return;
    }
    let at = place(dice, bytes.len());
    match dice.below(12) {
        0..=2 => bytes[at] ^= 1 << dice.below(8),
        3 => bytes[at] = dice.next() as u8,
        4 | 5 => interesting(dice, &mut bytes[at..]),
        6 => bytes.truncate(at),
        7 => {
            bytes.drain(stretch(dice, bytes.len()));
        }
        8 => {
            let fresh: Vec<u8> = (0..1 + dice.below(16)).map(|_| dice.next() as u8).collect();
            bytes.splice(at..at, fresh);
        }
        9 => {
            let twice = bytes[stretch(dice, bytes.len())].to_vec();
            bytes.splice(at..at, twice);
        }
        10 => {
            // A part of another entry, over what is here or between.
            let other = dice.pick(corpus);
            if !other.is_empty() {
                let part = other[stretch(dice, other.len())].to_vec();
                let end = if dice.below(2) == 0 { at } else { (at + part.len()).min(bytes.len()) };
                bytes.splice(at..end, part);
            }
        }
        _ => {
            let part = stretch(dice, bytes.len());
            let fill = *dice.pick(&[0, 0x20, 0x7F, 0xFF]);
            bytes[part].fill(fill);
        }
    }
}

/// A number that sizes and counts break on, over a field of 1, 2, 4 or 8 bytes, either way round.
fn interesting(dice: &mut Dice, field: &mut [u8]) {
    let width = *dice.pick(&[1, 2, 4, 8]);
    let near = field.len() as u64;
    let ends = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF];
    let number = match dice.below(4) {
        0 => u64::MAX >> dice.below(64),
        1 => near.wrapping_add(dice.below(17) as u64).wrapping_sub(8),
        2 => 1 << dice.below(64),
        _ => *dice.pick(&ends),
    };
    let little = number.to_le_bytes();
    let big = number.to_be_bytes();
    let written = if dice.below(2) == 0 { &little[..width] } else { &big[8 - width..] };
    field.iter_mut().zip(written).for_each(|(to, from)| *to = *from);
}

fn mend_png(bytes: &mut [u8]) {
    let mut at = 8;
    while let Some(length) = bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes) {
        let end = at.saturating_add(8).saturating_add(length as usize);
        let Some(sum) = bytes.get(at + 4..end).map(crc32) else { return };
        let Some(field) = bytes.get_mut(end..end + 4) else { return };
        field.copy_from_slice(&sum.to_be_bytes());
        at = end + 4;
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    })
}

/// The header is what lies between the length and the last closing brace.
fn mend_safetensors(bytes: &mut [u8]) {
    if let Some(end) = bytes.iter().rposition(|byte| *byte == b'}').filter(|end| *end > 8) {
        bytes[..8].copy_from_slice(&(end as u64 - 7).to_le_bytes());
    }
}
