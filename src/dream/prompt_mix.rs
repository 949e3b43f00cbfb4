//! Which prompts an image is of, and how far one mix is from another.

use super::prompts::Share;
use super::{Banks, Slot};

/// Texts with their shares, which sum to 1, and the heat between calm and peak texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PromptMix {
    parts: Vec<(Slot, f32)>,
    heat: f32,
}

impl PromptMix {
    /// What `shares` of `banks` say. Slots of the same text are one part; slots that are gone are left out.
    #[must_use]
    pub fn new(banks: &Banks, shares: &[Share], heat: f32) -> Self {
        let mut parts: Vec<(Slot, f32)> = Vec::new();
        for &Share { bank, slot, weight } in shares {
            let Some(text) = banks.slot(bank, slot) else { continue };
            match parts.iter_mut().find(|(known, _)| known == text) {
                Some((_, sum)) => *sum += weight,
                None => parts.push((text.clone(), weight)),
            }
        }
        Self { parts, heat }
    }

    /// Sum of the changes of all shares and of the heat: 0 is the same mix, 2 has nothing in common.
    #[must_use]
    pub fn distance(&self, other: &Self) -> f32 {
        let share = |mix: &Self, text: &Slot| mix.parts.iter().find(|(t, _)| t == text).map_or(0.0, |(_, w)| *w);
        let lost = |from: &Self, to: &Self| -> f32 {
            from.parts.iter().map(|(text, weight)| (weight - share(to, text)).max(0.0)).sum()
        };
        lost(self, other) + lost(other, self) + (self.heat - other.heat).abs()
    }
}
