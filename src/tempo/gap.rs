//! A gap in MIDI clock: lost bytes, or a pause of the sender, told by the ticks after it.
//!
//! After lost bytes the ticks go on along the old line with numbers missing; after a pause, or at a new tempo, they do not,
//! and go on from the number before the gap. A pause that ends exactly on an old tick (one in ten) looks like a loss.

use super::straight::StraightLine;

/// Ticks after the gap that are waited for: half a beat.
pub(super) const JUDGED: usize = 12;
/// Ticks nearer to the old line than this share of the period, or than the scatter, are on it.
const ON_THE_LINE: f64 = 0.05;
/// So many of the ticks after it with further gaps before them are a slower tempo.
const SLOWER: usize = 8;

/// What a gap was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Bytes were lost, so many more than was thought.
    Lost(f64),
    /// None was lost.
    Paused,
}

/// A gap, until it is known what it was.
#[derive(Debug)]
pub(super) struct Gap {
    /// Time over tick number before it.
    line: StraightLine,
    /// How late each tick after it is, and how many there are.
    late_s: [f64; JUDGED],
    heard: usize,
    /// How many of them follow a gap.
    gaps: usize,
}

impl Gap {
    /// A gap after ticks on `line`.
    pub fn new(line: StraightLine) -> Self {
        Self { line, late_s: [0.0; JUDGED], heard: 0, gaps: 0 }
    }

    /// The line before the gap.
    pub fn line(&self) -> &StraightLine {
        &self.line
    }

    /// When tick `number` should come, going by those after the gap: the middle one of how late they were.
    pub fn expected_s(&self, number: f64) -> f64 {
        let mut late_s = self.late_s;
        let late_s = &mut late_s[..self.heard];
        late_s.sort_by(f64::total_cmp);
        self.line.at(number) + late_s.get(self.heard / 2).copied().unwrap_or(0.0)
    }

    /// Tick `number`, `steps` after the one before it, came at `now_s`; the verdict, with the last that is needed.
    pub fn hear(&mut self, number: f64, now_s: f64, steps: f64) -> Option<Verdict> {
        self.late_s[self.heard] = now_s - self.line.at(number);
        (self.heard, self.gaps) = (self.heard + 1, self.gaps + usize::from(steps > 1.0));
        if self.heard < JUDGED {
            return None;
        }
        let late = (self.expected_s(number) - self.line.at(number)) / self.line.slope;
        let near = ON_THE_LINE.max(self.line.scatter / self.line.slope);
        let on_the_line = (late - late.round()).abs() <= near;
        Some(if on_the_line && self.gaps < SLOWER { Verdict::Lost(late.round()) } else { Verdict::Paused })
    }
}
