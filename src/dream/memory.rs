//! The last pictures, so that feedback has something to start from and `dream.reject` something to return to.

use std::collections::VecDeque;

use super::Picture;
use crate::frame::Pose;

/// How many images `dream.reject` can go back.
pub const KEPT: u32 = 8;

/// A picture, the pose it stands for, the seed it grew from, and its frame's number; 0 for a still, which others show.
#[derive(Clone, Debug)]
pub struct Kept {
    pub picture: Picture,
    pub pose: Pose,
    pub seed: u64,
    pub sequence: u64,
}

#[derive(Default)]
pub struct ImageMemory(VecDeque<Kept>);

impl ImageMemory {
    pub fn push(&mut self, kept: Kept) {
        if self.0.len() >= KEPT as usize {
            self.0.pop_front();
        }
        self.0.push_back(kept);
    }

    #[must_use]
    pub fn last(&self) -> Option<&Kept> {
        self.0.back()
    }

    /// Drops images that nobody has seen yet, those after frame `seen`; one picture always stays.
    pub fn forget_unseen(&mut self, seen: u64) {
        while self.0.len() > 1 && self.0.back().is_some_and(|kept| kept.sequence > seen) {
            self.0.pop_back();
        }
    }

    /// Drops the newest; returns its seed and the one before it, when there is one.
    pub fn take_back(&mut self) -> Option<(u64, &Kept)> {
        if self.0.len() < 2 {
            return None;
        }
        let rejected = self.0.pop_back()?.seed;
        self.0.back().map(|kept| (rejected, kept))
    }
}
