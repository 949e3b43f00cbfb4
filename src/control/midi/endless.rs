//! Endless encoders behind a binding for knobs: recognised by what no knob sends, and then played as what they are.
//!
//! A knob sends where it stands and hardly ever the same position twice; an encoder sends steps, which are small
//! numbers of one of three encodings, again and again (a fourth, signed-bit-2, is the first turned round, and taken for it). Called by the controller's state with every message of a knob.

use crate::control::mapping::{Action, Encoding};

/// Messages that are looked at together, and how many of them must repeat the one before.
const SEEN: usize = 8;
const REPEATS: usize = 5;
/// Steps that one message of a slowly turned encoder has at most.
const SMALL: i8 = 7;
const ENCODINGS: [Encoding; 3] = [Encoding::TwosComplement, Encoding::SignedBit, Encoding::BinOffset];
/// More steps than this in one message: it was a knob after all.
const LARGE: i8 = 31;

/// What is thought of one controller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Knob,
    /// It repeats itself like an encoder that turns one way, but a sequencer that holds a value does, too.
    Suspect,
    Encoder(Encoding),
}

/// What one controller sent of late.
#[derive(Clone, Debug)]
pub struct Endless {
    values: [u8; SEEN],
    heard: usize,
    kind: Kind,
}

impl Default for Endless {
    fn default() -> Self {
        Self { values: [0; SEEN], heard: 0, kind: Kind::Knob }
    }
}

impl Endless {
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The encoding of a control that plays as `action`: what its mapping says, or what it was recognised as.
    pub fn encoding(&self, action: Action) -> Option<Encoding> {
        match (action, self.kind) {
            (Action::Relative(encoding), _) | (Action::Knob { .. }, Kind::Encoder(encoding)) => Some(encoding),
            _ => None,
        }
    }

    /// Whether the newest value is an encoder's first step back: after the same small step again and again, one the
    /// other way. Taken for a position it would throw the value to the other end.
    pub fn turns_back(&self) -> bool {
        let [.., a, b, c, d] = self.values;
        let back =
            |encoding| in_steps(encoding, c).zip(in_steps(encoding, d)).is_some_and(|(before, now)| before != now);
        !matches!(self.kind, Kind::Encoder(_)) && self.heard >= 4 && a == b && b == c && ENCODINGS.into_iter().any(back)
    }

    /// Takes in a value; true when it changed what is thought of the controller.
    pub fn hear(&mut self, value: u8) -> bool {
        self.values.rotate_left(1);
        self.values[SEEN - 1] = value;
        self.heard = (self.heard + 1).min(SEEN);
        let before = self.kind;
        self.kind = match before {
            Kind::Encoder(encoding) => self.still(encoding, value),
            _ if self.heard < SEEN => Kind::Knob,
            _ => self.judged(),
        };
        if matches!(before, Kind::Encoder(_)) && self.kind == Kind::Knob {
            self.heard = 0;
        }
        self.kind != before
    }

    fn still(&self, encoding: Encoding, value: u8) -> Kind {
        // Up is written alike by two encodings; the first step down tells them apart.
        let signed = encoding == Encoding::TwosComplement && in_steps(Encoding::SignedBit, value) == Some(false);
        let encoding = if signed { Encoding::SignedBit } else { encoding };
        if encoding.steps(value).abs() > LARGE { Kind::Knob } else { Kind::Encoder(encoding) }
    }

    fn judged(&self) -> Kind {
        let repeats = self.values.windows(2).filter(|pair| pair[0] == pair[1]).count();
        if repeats < REPEATS {
            return Kind::Knob;
        }
        for encoding in ENCODINGS {
            let ways = self.values.map(|value| in_steps(encoding, value));
            if ways.contains(&None) {
                continue;
            }
            let both = ways.contains(&Some(true)) && ways.contains(&Some(false));
            return if both { Kind::Encoder(encoding) } else { Kind::Suspect };
        }
        Kind::Knob
    }
}

/// Whether `value` is a few steps up or down; `None` when it is neither.
fn in_steps(encoding: Encoding, value: u8) -> Option<bool> {
    let steps = encoding.steps(value);
    (steps != 0 && steps.abs() <= SMALL).then_some(steps > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(values: impl IntoIterator<Item = u8>) -> Vec<Kind> {
        let mut endless = Endless::default();
        let kind = |value| {
            endless.hear(value);
            endless.kind()
        };
        values.into_iter().map(kind).collect()
    }

    #[test]
    fn the_three_encodings_are_recognised_once_they_turned_both_ways() {
        for (up, down, encoding) in
            [(1, 127, Encoding::TwosComplement), (1, 65, Encoding::SignedBit), (65, 63, Encoding::BinOffset)]
        {
            let values = [up, up, up, up, down, down, down, down, down, up];
            assert_eq!(kinds(values).last(), Some(&Kind::Encoder(encoding)), "{encoding:?}");
            for one_way in [up, down] {
                let kinds = kinds([one_way; 20]);
                assert_eq!(kinds.last(), Some(&Kind::Suspect), "{encoding:?} one way alone may be a held value");
            }
        }
    }

    #[test]
    fn the_first_step_back_is_no_position() {
        let turns_back = |values: &[u8]| {
            let mut endless = Endless::default();
            for value in values {
                endless.hear(*value);
            }
            endless.turns_back()
        };
        assert!(turns_back(&[1, 1, 1, 127]) && turns_back(&[127, 127, 127, 1]) && turns_back(&[1, 1, 1, 65]));
        assert!(!turns_back(&[3, 2, 1, 127]) && !turns_back(&[1, 127]) && !turns_back(&[1, 1, 1, 60]));
    }

    #[test]
    fn knobs_stay_knobs() {
        let slow = (0..=127).chain((0..=127).rev());
        assert!(kinds(slow).iter().all(|kind| *kind == Kind::Knob));
        // Each position twice, as a 14-bit pair or a slow fader sends it.
        assert!(kinds((0..=127).flat_map(|v| [v, v])).iter().all(|kind| *kind == Kind::Knob));
        // Trembling about the middle, and held at an end.
        assert!(kinds([63, 64, 63, 64, 65, 64, 63, 64, 64, 64]).iter().all(|kind| *kind == Kind::Knob));
        assert!(kinds([0; 30]).iter().all(|kind| *kind == Kind::Knob));
        // Taken for an encoder and then swept: a knob again.
        let swept = [3, 3, 3, 125, 125, 3, 3, 3, 3, 20, 40, 60];
        assert_eq!(kinds(swept).last(), Some(&Kind::Knob));
    }
}
