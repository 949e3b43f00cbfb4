//! Which parameters an address, perhaps a pattern, means. Remembered, because senders repeat themselves.

use std::collections::HashMap;

use super::budget::Budget;
use super::pattern;
use crate::param::{Id, RENAMED};
use crate::units::Seconds;

/// Addresses that are remembered; all are forgotten when there are more.
const REMEMBERED: usize = 512;
/// Patterns nobody has sent before that are worked out a second.
const NEW_PATTERNS_PER_S: u32 = 200;
/// Messages to patterns that are obeyed a second: each may mean every parameter.
const PATTERNS_PER_S: u32 = 2000;

/// A parameter that is meant, and whether by its `/norm`.
pub type Hit = (Id, bool);

pub struct Addresses {
    /// Segments of every parameter's address.
    segments: Vec<(Id, Vec<&'static str>)>,
    /// The same of names that parameters used to have: they are called, but not found by patterns.
    renamed: [(Id, Vec<&'static str>); RENAMED.len()],
    known: HashMap<String, Vec<Hit>>,
    new_patterns: Budget,
    patterns: Budget,
}

impl Default for Addresses {
    fn default() -> Self {
        Self {
            segments: Id::all().map(|id| (id, id.row().id.split('.').collect())).collect(),
            renamed: RENAMED.map(|(name, id)| (id, name.split('.').collect())),
            known: HashMap::new(),
            new_patterns: Budget::new(NEW_PATTERNS_PER_S, NEW_PATTERNS_PER_S),
            patterns: Budget::new(PATTERNS_PER_S, PATTERNS_PER_S / 10),
        }
    }
}

impl Addresses {
    /// Puts what `address` means into `hits`. False when it is a pattern and there were too many in this second.
    pub fn find(&mut self, address: &str, at: Seconds, hits: &mut Vec<Hit>) -> bool {
        hits.clear();
        let is_pattern = pattern::is_pattern(address);
        if is_pattern && !self.patterns.spend(at) {
            return false;
        }
        if let Some(known) = self.known.get(address) {
            hits.extend_from_slice(known);
            return true;
        }
        if is_pattern && !self.new_patterns.spend(at) {
            return false;
        }
        let renamed = self.renamed.iter().filter(|_| !is_pattern);
        let all = self.segments.iter().chain(renamed);
        hits.extend(all.filter_map(|(id, segments)| Some((*id, meets(address, segments)?))));
        // What means nothing is not remembered: strangers may send any number of such addresses.
        if is_pattern || !hits.is_empty() {
            if self.known.len() >= REMEMBERED {
                self.known.clear();
            }
            self.known.insert(address.to_owned(), hits.clone());
        }
        true
    }
}

/// Whether `address`, perhaps a pattern, means the parameter with these `segments`; `Some(true)` for its `/norm`.
fn meets(address: &str, segments: &[&str]) -> Option<bool> {
    let mut asked = address.strip_prefix('/')?.split('/');
    for segment in segments {
        let pattern = asked.next()?;
        if pattern != *segment && !pattern::matches(pattern, segment) {
            return None;
        }
    }
    match (asked.next(), asked.next()) {
        (None, _) => Some(false),
        (Some("norm"), None) => Some(true),
        _ => None,
    }
}
