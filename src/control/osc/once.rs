//! Things said only once each, remembered in a set that cannot grow without end.

use std::collections::HashSet;

/// Different things that are remembered; after that nothing more is said.
const REMEMBERED: usize = 256;

/// Longest part of a stranger's text that is shown or remembered.
const SHOWN: usize = 80;

/// What was said already, by address or sender.
#[derive(Default)]
pub struct Said {
    pub unknown: Once,
    pub misunderstood: Once,
    pub refused: Once,
    pub overloaded: Once,
    pub slashless: Once,
    pub garbled: Once,
    pub shut_out: Once,
    pub blocked: Once,
}

/// See [`Once::first`].
#[derive(Default)]
pub struct Once(HashSet<String>);

impl Once {
    /// A printable form of `what`, the first time it comes up.
    pub fn first(&mut self, what: &str) -> Option<String> {
        // Escaped, because it goes to somebody's terminal.
        let shown: String = what.chars().take(SHOWN).flat_map(char::escape_debug).collect();
        if self.0.len() >= REMEMBERED || !self.0.insert(shown.clone()) {
            return None;
        }
        if self.0.len() == REMEMBERED {
            tracing::warn!("OSC: {REMEMBERED} different complaints of this kind; more are only counted");
        }
        Some(shown)
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}
