//! Launch quantize: slots and cuts wait for a line of the grid, and are obeyed so early that the wall changes on it.
//!
//! A pending launch is given to the generator ahead of its beat by the measured image latency, and the snapshot says
//! from which beat on its image may be shown.

use super::launch::Launch;
use super::momentary::Momentary;
use crate::param;
use crate::tempo::Beat;
use crate::units::{BEATS_PER_BAR, Seconds};

/// A launch this short after a line of the grid meant that line.
const GRACE_S: f64 = 0.05;

/// Beats between two lines of the grid, by the choices of `prompt.quantise`; 0 is off.
const GRIDS_BEATS: [f64; 6] = [0.0, 1.0, 4.0, 16.0, 32.0, 64.0];

/// No more than this is asked for ahead of its beat: a slower generator is late.
const MOST_LATENCY_S: f64 = 4.0;

/// A launch, and the line of the grid it shall land on.
#[derive(Clone, Copy, Debug)]
struct Pending {
    launch: Launch,
    /// The beat after which the line is to come. The line itself moves with the grid: a resync makes one.
    since_beats: f64,
    /// The line's beat, once it was asked for.
    asked: Option<f64>,
}

/// From which beat on an image may be shown: those that obey event `event` or a later one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub event: u64,
    pub beats: f64,
}

/// At most one slot and one cut are pending at a time; a newer launch takes the place of the older.
#[derive(Debug)]
pub(super) struct LaunchQuantizer {
    slot: Option<Pending>,
    cut: Option<Pending>,
    /// Pads that are held.
    pub momentary: Momentary,
    /// When what was launched last may be shown.
    pub due: Due,
    /// How long an image takes from the question to the wall, and a cut.
    image_latency_s: f64,
    cut_latency_s: f64,
}

impl Default for LaunchQuantizer {
    fn default() -> Self {
        let due = Due { event: 0, beats: f64::NEG_INFINITY };
        Self { slot: None, cut: None, momentary: Momentary::default(), due, image_latency_s: 0.0, cut_latency_s: 0.0 }
    }
}

impl LaunchQuantizer {
    /// How long an image takes from the snapshot it obeys to the wall, as measured there, and a cut: never less.
    pub fn set_image_latency(&mut self, usual_s: f64, cut_s: f64) {
        self.image_latency_s = usual_s.clamp(0.0, MOST_LATENCY_S);
        self.cut_latency_s = cut_s.clamp(0.0, MOST_LATENCY_S).max(self.image_latency_s);
    }

    /// The show time at which `launch`, asked for at `now`, is on the wall.
    pub fn on_wall(&self, launch: Launch, now: Seconds) -> Seconds {
        match launch {
            Launch::Slot { .. } => now.after(self.image_latency_s),
            Launch::Cut => now.after(self.cut_latency_s),
        }
    }

    /// Lets `launch` wait for the next line of grid `choice`. False when it shall be obeyed now: there is no grid, it
    /// comes just after a line, or the same was launched before and is not on the wall yet.
    ///
    /// A slot can be there at the next line after `now`, for its still is kept; a cut must be made first, so its line
    /// is the next one after what `wall` shows when one asked for now gets there.
    pub fn add(&mut self, launch: Launch, choice: usize, now: &Beat, wall: &Beat) -> bool {
        let (place, from) = match launch {
            Launch::Slot { .. } => (&mut self.slot, now),
            Launch::Cut => (&mut self.cut, wall),
        };
        let again = place.take().is_some_and(|p| p.launch == launch && p.asked.is_none_or(|line| now.beats < line));
        let grid = grid(choice);
        let just_gone =
            launch != Launch::Cut && beats_in_bars(now).rem_euclid(grid) / now.bpm.beats_per_second() < GRACE_S;
        if grid == 0.0 || again || just_gone {
            return false;
        }
        *place = Some(Pending { launch, since_beats: from.beats, asked: None });
        true
    }

    /// What is to be asked for at `now`, when a slot and a cut asked for then will be seen at `walls`, and the beat it is
    /// for; `None` for that when there is no grid any more. Called until there is nothing more.
    pub fn step(&mut self, choice: usize, now: &Beat, walls: [&Beat; 2]) -> Option<(Launch, Option<f64>)> {
        let grid = grid(choice);
        for (place, wall) in [&mut self.slot, &mut self.cut].into_iter().zip(walls) {
            place.take_if(|p| p.asked.is_some_and(|line| line <= now.beats));
            let Some(pending) = place.as_mut().filter(|p| p.asked.is_none()) else { continue };
            let launch = pending.launch;
            if grid == 0.0 {
                *place = None;
                return Some((launch, None));
            }
            let line = line_after(grid, pending.since_beats, wall);
            if wall.beats >= line {
                pending.asked = Some(line);
                return Some((launch, Some(line)));
            }
        }
        None
    }

    /// What waits for its line.
    pub fn pending(&self) -> param::Pending {
        let slot = self.slot.and_then(|pending| match pending.launch {
            Launch::Slot { bank, slot } => Some((bank, slot)),
            Launch::Cut => None,
        });
        param::Pending { slot, cut: self.cut.is_some() }
    }

    /// Nothing is pending any more.
    pub fn clear(&mut self) {
        (self.slot, self.cut) = (None, None);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tempo::Tempo;
    use crate::units::Bpm;

    #[test]
    fn a_launch_is_asked_for_as_early_as_its_image_takes() {
        let clock = Tempo::new(Bpm(120.0)).clock();
        let at = |s: f64| clock.at(Seconds(s));
        let mut launches = LaunchQuantizer::default();
        launches.set_image_latency(0.5, 0.8);
        let (bar, slot) = (2, Launch::Slot { bank: 1, slot: 3 });
        let wall = |launches: &LaunchQuantizer, launch, s: f64| clock.at(launches.on_wall(launch, Seconds(s)));
        let step = |launches: &mut LaunchQuantizer, grid, s: f64| {
            let walls = [slot, Launch::Cut].map(|launch| wall(launches, launch, s));
            launches.step(grid, &at(s), [&walls[0], &walls[1]])
        };
        let press = |launches: &mut LaunchQuantizer, launch, s: f64| {
            let wall = wall(launches, launch, s);
            launches.add(launch, bar, &at(s), &wall)
        };
        assert!(press(&mut launches, slot, 0.6) && press(&mut launches, Launch::Cut, 0.6));
        // The bar begins at 2 s.
        assert_eq!(step(&mut launches, bar, 1.19), None);
        assert_eq!(step(&mut launches, bar, 1.21), Some((Launch::Cut, Some(4.0))), "a cut takes longer to make");
        assert_eq!(step(&mut launches, bar, 1.49), None);
        assert_eq!(step(&mut launches, bar, 1.51), Some((slot, Some(4.0))));
        assert_eq!(step(&mut launches, bar, 1.52), None, "asked for once");
        launches.clear();
        assert!(press(&mut launches, Launch::Cut, 1.6), "a cut must be made first");
        assert_eq!(step(&mut launches, 0, 1.7), Some((Launch::Cut, None)), "no grid any more");
        assert!(!press(&mut launches, slot, 4.02), "just after the line meant the line");
    }
}
