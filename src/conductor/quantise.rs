//! Presses that wait for the grid: obeyed early enough that the wall changes on it.
//!
//! What waits is asked of the generator by as much before its beat as an image takes to get to the wall, and the
//! snapshot says from which beat on it may be shown. The mechanism knows slots and cuts; whatever else shall land on
//! the grid goes the same way.

use crate::tempo::Beat;
use crate::units::BEATS_PER_BAR;

/// A press this short after a line of the grid meant that line.
const GRACE_S: f64 = 0.05;

/// Beats between two lines of the grid, by the choices of `prompt.quantise`; 0 is off.
const GRIDS_BEATS: [f64; 6] = [0.0, 1.0, 4.0, 16.0, 32.0, 64.0];

/// What waits for its beat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Press {
    Slot { bank: usize, slot: usize },
    Cut,
}

/// At most one slot and one cut wait at a time; a newer press takes the place of the older.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waiting {
    slot: Option<(Press, f64)>,
    cut: Option<(Press, f64)>,
}

impl Waiting {
    /// Lets `press` wait for the next line of grid `choice`. False when it shall be obeyed now: there is no grid, it
    /// comes just after a line, or the same was pressed before and is waiting.
    pub fn add(&mut self, press: Press, choice: usize, beat: &Beat) -> bool {
        let place = match press {
            Press::Slot { .. } => &mut self.slot,
            Press::Cut => &mut self.cut,
        };
        let again = place.take().is_some_and(|(waiting, _)| waiting == press);
        let Some(due) = next_line(choice, beat).filter(|_| !again) else { return false };
        *place = Some((press, due));
        true
    }

    /// What is due when the wall will be at `wall_beats`, with its beat. Everything, when there is no grid any more.
    pub fn due(&mut self, choice: usize, wall_beats: f64) -> Option<(Press, f64)> {
        let off = grid(choice) == 0.0;
        [&mut self.slot, &mut self.cut]
            .into_iter()
            .find_map(|place| place.take_if(|(_, due)| off || wall_beats >= *due))
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

fn grid(choice: usize) -> f64 {
    GRIDS_BEATS.get(choice).copied().unwrap_or(0.0)
}

/// The beat of the next line after `beat`; `None` when there is no grid or a line has only just gone by.
fn next_line(choice: usize, beat: &Beat) -> Option<f64> {
    let grid = grid(choice);
    if grid == 0.0 {
        return None;
    }
    let in_bars = beat.bar as f64 * BEATS_PER_BAR + f64::from(beat.beat_in_bar) + beat.phase;
    let since = in_bars.rem_euclid(grid);
    let late = since / beat.bpm.beats_per_second() < GRACE_S;
    (!late).then_some(beat.beats - since + grid)
}
