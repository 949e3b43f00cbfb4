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

/// A press, and the line of the grid it shall land on.
#[derive(Clone, Copy, Debug)]
struct Wait {
    press: Press,
    /// The beat after which the line is to come. The line itself moves with the grid: a resync makes one.
    since_beats: f64,
    /// The line's beat, once it was asked for.
    asked: Option<f64>,
}

/// At most one slot and one cut wait at a time; a newer press takes the place of the older.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waiting {
    slot: Option<Wait>,
    cut: Option<Wait>,
}

impl Waiting {
    /// Lets `press` wait for the next line of grid `choice`. False when it shall be obeyed now: there is no grid, it
    /// comes just after a line, or the same was pressed before and is not on the wall yet.
    ///
    /// A slot can be there at the next line after `now`, for its still is kept; a cut must be made first, so its line is
    /// the next one after what `wall` shows when an image asked for now gets there.
    pub fn add(&mut self, press: Press, choice: usize, now: &Beat, wall: &Beat) -> bool {
        let (place, from) = match press {
            Press::Slot { .. } => (&mut self.slot, now),
            Press::Cut => (&mut self.cut, wall),
        };
        let again = place.take().is_some_and(|w| w.press == press && w.asked.is_none_or(|line| now.beats < line));
        let grid = grid(choice);
        let just_gone =
            press != Press::Cut && beats_in_bars(now).rem_euclid(grid) / now.bpm.beats_per_second() < GRACE_S;
        if grid == 0.0 || again || just_gone {
            return false;
        }
        *place = Some(Wait { press, since_beats: from.beats, asked: None });
        true
    }

    /// What is to be asked for when an image asked for now will be seen at `wall`, and the beat it is for; `None` for that
    /// when there is no grid any more.
    pub fn due(&mut self, choice: usize, now: &Beat, wall: &Beat) -> Option<(Press, Option<f64>)> {
        let grid = grid(choice);
        for place in [&mut self.slot, &mut self.cut] {
            place.take_if(|w| w.asked.is_some_and(|line| line <= now.beats));
            let Some(wait) = place.as_mut().filter(|w| w.asked.is_none()) else { continue };
            let press = wait.press;
            if grid == 0.0 {
                *place = None;
                return Some((press, None));
            }
            let line = line_after(grid, wait.since_beats, wall);
            if wall.beats >= line {
                wait.asked = Some(line);
                return Some((press, Some(line)));
            }
        }
        None
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

fn grid(choice: usize) -> f64 {
    GRIDS_BEATS.get(choice).copied().unwrap_or(0.0)
}

fn beats_in_bars(beat: &Beat) -> f64 {
    beat.bar as f64 * BEATS_PER_BAR + f64::from(beat.beat_in_bar) + beat.phase
}

/// The beat of the first line after beat `since`, by the bars that are counted at `beat`.
fn line_after(grid: f64, since: f64, beat: &Beat) -> f64 {
    let in_bars = beats_in_bars(beat) - (beat.beats - since);
    // Bars and their lines are on whole beats.
    (since + ((in_bars / grid).floor() + 1.0) * grid - in_bars).round()
}
