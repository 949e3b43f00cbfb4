//! The public photosensitivity set as tables, and an independent count of the flashes in a sequence of pictures.
//!
//! `tests/reference/flash_tables.py` made the tables and says whose they are. The count follows the standards' common
//! core: pairs of opposing changes of a tenth of full luminance, or of 20 in 320 (R − G − B) with saturated red, over more
//! than a quarter of any window, six changes a second at most.

use std::collections::HashMap;

use super::twin::{Color, luma};
use crate::motion::linear_from_srgb8;

pub const CELLS: [usize; 2] = [320, 180];
pub const FPS: usize = 30;

/// A video: for each cell of the wall its area (0 is the background), and each area's linear light, frame by frame.
pub struct Sequence {
    pub set: String,
    pub name: String,
    pub passes: bool,
    pub areas: Vec<usize>,
    pub colors: Vec<Vec<Color>>,
}

impl Sequence {
    /// Columns and rows of cells within which the set's standard counts.
    pub fn window(&self) -> [usize; 2] {
        let [w, h] = match self.set.as_str() {
            set if set.contains("trace24") => [416, 416],
            set if set.contains("wcag") => [341, 256],
            _ => [1920, 1080],
        };
        [w * CELLS[0] / 1920, h * CELLS[1] / 1080]
    }
}

fn color(hex: &str) -> Option<Color> {
    let number = u32::from_str_radix(hex, 16).ok()?;
    let [_, r, g, b] = number.to_be_bytes();
    Some([r, g, b].map(linear_from_srgb8))
}

/// Every video of the tables.
pub fn all() -> Vec<Sequence> {
    let text = include_str!("../../../../tests/reference/flash/sequences.txt");
    let (mut areas, mut colors, mut videos) = (HashMap::new(), HashMap::new(), Vec::new());
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[0] {
            "area" => drop(areas.insert(words[1], cells(&words[2..]))),
            "colors" => {
                drop(colors.insert(words[1], words[2..].iter().flat_map(|word| frames(word)).collect::<Vec<_>>()))
            }
            "video" => {
                let ground = color(words[4]).unwrap();
                let parts: Vec<_> = words[5..].chunks(2).map(|pair| (&areas[pair[0]], &colors[pair[1]])).collect();
                let mut place = vec![0; CELLS[0] * CELLS[1]];
                let mut shades = vec![vec![ground; parts.iter().map(|part| part.1.len()).max().unwrap()]];
                for (k, (inside, frames)) in parts.iter().enumerate() {
                    place.iter_mut().zip(inside.iter()).filter(|(_, inside)| **inside).for_each(|(at, _)| *at = k + 1);
                    let frame = |n: usize| frames[n.min(frames.len() - 1)].unwrap_or(ground);
                    shades.push((0..shades[0].len()).map(frame).collect());
                }
                let passes = words[3] == "true";
                videos.push(Sequence {
                    set: words[1].into(),
                    name: words[2].into(),
                    passes,
                    areas: place,
                    colors: shades,
                });
            }
            _ => {}
        }
    }
    videos
}

fn cells(runs: &[&str]) -> Vec<bool> {
    let lengths = runs.iter().map(|run| run.parse::<usize>().unwrap());
    let mut cells: Vec<bool> = lengths.enumerate().flat_map(|(k, len)| vec![k % 2 == 1; len]).collect();
    cells.resize(CELLS[0] * CELLS[1], false);
    cells
}

fn frames(word: &str) -> Vec<Option<Color>> {
    let (hex, times) = word.split_once('x').unwrap_or((word, "1"));
    vec![color(hex); times.parse().unwrap()]
}

/// Changes of each place from frame to frame: 1 up, −1 down, counted where the swing from the last extreme is enough.
fn changes(values: &[f32], counts: impl Fn(f32, f32) -> bool) -> Vec<i8> {
    let (mut low, mut high, mut way) = (values[0], values[0], 0);
    let mut step = |value: f32| {
        let rises = way <= 0 && counts(low, value);
        let falls = way >= 0 && counts(value, high);
        let changed = if rises { 1 } else { -i8::from(falls) };
        if changed != 0 {
            (way, low, high) = (changed, value, value);
        }
        (low, high) = (low.min(value), high.max(value));
        changed
    };
    values.iter().map(|value| step(*value)).collect()
}

fn red(c: &Color) -> f32 {
    let sum: f32 = c.iter().sum();
    if sum > 1e-6 && c[0] / sum >= 0.8 { 320.0 * (c[0] - c[1] - c[2]).max(0.0) } else { 0.0 }
}

/// The most alternating changes that a window sees in a second, of luminance and of red. `shades` are the distinct courses
/// of colour, `place` says which of them each cell has.
pub fn worst(place: &[usize], shades: &[Vec<Color>], window: [usize; 2]) -> [usize; 2] {
    let light = |lo: f32, hi: f32| hi - lo >= (lo / 8.0).max(0.1);
    let courses = [
        shades.iter().map(|s| changes(&s.iter().map(|c| luma(*c)).collect::<Vec<_>>(), light)).collect::<Vec<_>>(),
        shades.iter().map(|s| changes(&s.iter().map(red).collect::<Vec<_>>(), |lo, hi| hi - lo > 20.0)).collect(),
    ];
    courses.map(|courses| most_in_a_second(place, &courses, window))
}

fn most_in_a_second(place: &[usize], courses: &[Vec<i8>], [width, height]: [usize; 2]) -> usize {
    let [columns, rows] = CELLS;
    // Places that change at the same times are one.
    let mut moving: Vec<(&Vec<i8>, Vec<u32>)> = Vec::new();
    let group_of: Vec<Option<usize>> = courses
        .iter()
        .map(|course| {
            course.iter().any(|change| *change != 0).then_some(())?;
            let found = moving.iter().position(|(known, _)| *known == course);
            Some(found.unwrap_or_else(|| {
                moving.push((course, vec![0; (columns + 1) * (rows + 1)]));
                moving.len() - 1
            }))
        })
        .collect();
    // Sums over all cells above and left of one.
    for (i, at) in place.iter().enumerate() {
        let (x, y) = (i % columns + 1, i / columns + 1);
        for (group, (_, sums)) in moving.iter_mut().enumerate() {
            let (own, above) = (u32::from(group_of[*at] == Some(group)), (y - 1) * (columns + 1) + x);
            sums[y * (columns + 1) + x] = own + sums[above] + sums[y * (columns + 1) + x - 1] - sums[above - 1];
        }
    }
    let mut worst = 0;
    for (x, y) in (0..=rows - height).step_by(4).flat_map(|y| (0..=columns - width).step_by(4).map(move |x| (x, y))) {
        let corner = |sums: &[u32], dx: usize, dy: usize| sums[(y + dy) * (columns + 1) + x + dx];
        let seen = |sums: &[u32]| {
            corner(sums, width, height) + corner(sums, 0, 0) - corner(sums, 0, height) - corner(sums, width, 0)
        };
        let areas: Vec<(u32, &Vec<i8>)> =
            moving.iter().map(|(course, sums)| (seen(sums), *course)).filter(|a| a.0 > 0).collect();
        if areas.iter().map(|(area, _)| area).sum::<u32>() as usize * 4 > width * height {
            worst = worst.max(alternating(&areas, width * height));
        }
    }
    worst
}

fn alternating(areas: &[(u32, &Vec<i8>)], window: usize) -> usize {
    let (mut times, mut way) = (Vec::new(), 0);
    for frame in 0..areas[0].1.len() {
        for direction in [1, -1] {
            let area: u32 = areas.iter().filter(|(_, course)| course[frame] == direction).map(|(area, _)| area).sum();
            if area as usize * 4 > window && way != direction {
                (way, times) = (direction, {
                    times.push(frame);
                    times
                });
            }
        }
    }
    times.iter().map(|from| times.iter().filter(|at| *at >= from && *at - from < FPS).count()).max().unwrap_or(0)
}
