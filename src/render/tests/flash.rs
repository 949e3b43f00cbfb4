//! The flash limiter: the public photosensitivity set through it, its shader against its twin, and what it leaves alone.

use super::*;
use crate::motion::srgb::srgb8_from_linear;
use crate::render::flash::{TILES, Viewing};
use sequences::{CELLS, FPS, Sequence};
use twin::{Color, Limiter};

mod sequences;
mod twin;

const MS: u32 = 1000 / FPS as u32;

/// The limiter's cell in which a cell of a sequence lies.
fn cell_of(cell: usize) -> usize {
    let (x, y) = (cell % CELLS[0], cell / CELLS[0]);
    let [columns, rows] = TILES.map(|side| twin::SIDE * side as usize);
    (y * rows / CELLS[1]) * columns + x * columns / CELLS[0]
}

/// A sequence as the limiter lets it through: each cell's course of colour, and the courses; and the mean error in codes.
fn limited(sequence: &Sequence, window: [u32; 2]) -> (Vec<usize>, Vec<Vec<Color>>, f64) {
    let many = sequence.colors.len();
    let place: Vec<usize> = sequence.areas.iter().enumerate().map(|(k, area)| cell_of(k) * many + area).collect();
    let mut cells = vec![0u32; twin::CELLS * many];
    place.iter().for_each(|at| cells[*at] += 1);
    let whole: Vec<f32> = cells.chunks(many).map(|parts| parts.iter().sum::<u32>() as f32).collect();
    let (mut limiter, mut courses, mut error) = (Limiter::new(window), vec![Vec::new(); cells.len()], 0.0);
    let frames = sequence.colors[0].len();
    for frame in 0..frames {
        let mean = |cell: usize| {
            let part = |k: usize| cells[cell * many + k] as f32 / whole[cell];
            std::array::from_fn(|c| (0..many).map(|k| part(k) * sequence.colors[k][frame][c]).sum())
        };
        let colors: Vec<Color> = (0..twin::CELLS).map(mean).collect();
        let decided = limiter.step(10_000 + frame as u32 * MS, 1.0 / FPS as f32, &colors);
        for (at, course) in courses.iter_mut().enumerate().filter(|(at, _)| cells[*at] > 0) {
            let color = sequence.colors[at % many][frame];
            let limit = twin::between(&decided, at / many);
            let shown = twin::shown(color, limit).map(|part| part.clamp(0.0, 1.0));
            if limit != [1.0; 2] {
                let codes = |c: usize| srgb8_from_linear(shown[c]).abs_diff(srgb8_from_linear(color[c]));
                let off: u32 = (0..3).map(|c| u32::from(codes(c))).sum();
                error += f64::from(off * cells[at]) / (3 * place.len() * frames) as f64;
            }
            course.push(shown);
        }
    }
    // A course that no cell has is no course.
    courses.iter_mut().filter(|course| course.is_empty()).for_each(|course| course.resize(frames, [0.0; 3]));
    (place, courses, error)
}

/// The window of the set's own standard, in tiles.
fn own_window(sequence: &Sequence) -> [u32; 2] {
    let [w, h] = sequence.window();
    let tiles =
        |cells: usize, of: usize, tiles: u32| ((cells as u32 * tiles + of as u32 / 2) / of as u32).clamp(1, tiles);
    [tiles(w, CELLS[0], TILES[0]), tiles(h, CELLS[1], TILES[1])]
}

/// Two that still fail by one change of seven: a thin shape, in a fiftieth of the wall, that no cell sees whole, and one red that
/// is seen through the limits of the tiles beside it.
const MISSED: [&str; 2] = ["f009fr013", "f010fr002m"];

/// What fails the standard that it was made for leaves as a pass, with the standard's own window and with the shipped one.
#[test]
fn what_fails_leaves_as_a_pass() {
    let all = sequences::all();
    assert_eq!(all.len(), 306);
    let shipped = Viewing::default().window(16.0 / 9.0);
    let (mut agreed, mut failing, mut errors) = (0, Vec::new(), Vec::new());
    for sequence in &all {
        let fails = |worst: [usize; 2]| worst.iter().any(|changes| *changes > 6);
        let before = sequences::worst(&sequence.areas, &sequence.colors, sequence.window());
        agreed += usize::from(fails(before) != sequence.passes);
        for window in [own_window(sequence), shipped] {
            let (place, courses, error) = limited(sequence, window);
            if !sequence.passes && fails(sequences::worst(&place, &courses, sequence.window())) {
                failing.push(sequence.name.as_str());
            }
            errors.extend(sequence.passes.then_some(error));
        }
    }
    let changed = errors.iter().filter(|error| **error > 1.0).count();
    println!(
        "the count agrees on {agreed} of {}, {failing:?} still fail, {changed} of {} passes change",
        all.len(),
        errors.len()
    );
    assert!(agreed * 100 >= all.len() * 80, "the count has lost touch with the set");
    assert!(failing.iter().all(|name| MISSED.contains(name)), "{failing:?}");
    // As the limits are shown, spread around each tile.
    assert!(changed * 4 <= errors.len(), "{changed} of {} that pass are changed by more than a code", errors.len());
}

/// The cells of a wall that flickers in places, of which some are smaller than a tile.
fn flicker(frame: usize) -> Vec<Color> {
    let cell = |k: usize| {
        let [columns, _] = TILES.map(|side| twin::SIDE * side as usize);
        let (x, y) = (k % columns, k / columns);
        let on = |period: usize| (frame / period).is_multiple_of(2);
        match (x / 16, y / 18) {
            (0, 0) if on(2) => [0.9, 0.8, 0.7],
            (1, 0) => {
                if on(3) {
                    [0.8, 0.02, 0.02]
                } else {
                    [0.1, 0.2, 0.3]
                }
            }
            (2, _) if on(1 + x % 3) => [0.5; 3],
            (3, 1) => [0.3 + 0.2 * (frame as f32 * 0.2).sin(); 3],
            _ => [0.15, 0.1, 0.05],
        }
    };
    (0..twin::CELLS).map(cell).collect()
}

/// Over a second and a third, four times: later a colour that the driver decodes a little differently has let a hold end a
/// frame earlier, and that is seen for a while.
#[test]
fn the_shader_decides_as_its_twin() {
    let (mut off, mut held, mut values) = (0, 0, 0);
    for start in [0, 7, 18, 40] {
        let Some(compared) = compare_with_twin(start, 40) else { return };
        (off, held, values) = (off + compared[0], held + compared[1], values + compared[2]);
    }
    assert!(held > 1000, "the flicker is held: {held}");
    assert!(off * 1000 <= values, "{off} values of {values} are off");
}

/// Plays `frames` of the flicker from `start`: values that are off, tiles that are held, and all values.
fn compare_with_twin(start: usize, frames: usize) -> Option<[usize; 3]> {
    // One pixel a cell, so that what is measured is what is drawn.
    let [width_px, height_px] = TILES.map(|side| twin::SIDE as u32 * side);
    let mut rig = Rig::with(RenderConfig { width_px, height_px, ..Default::default() })?;
    let mut limiter = Limiter::new(Viewing::default().window(16.0 / 9.0));
    let (mut off, mut held) = (0, 0);
    for frame in 0..frames {
        let codes = flicker(start + frame).into_iter().map(|c| c.map(srgb8_from_linear));
        let rgba: Vec<u8> = codes.flat_map(|[r, g, b]| [r, g, b, 255]).collect();
        rig.image(Arrival::Cut, width_px, height_px, &rgba);
        let drawn = rig.draw();
        let colors: Vec<Color> =
            rgba.chunks(4).map(|p| [p[0], p[1], p[2]].map(crate::motion::linear_from_srgb8)).collect();
        let now_ms = (rig.now.0 * 1000.0 + 10_000.0) as u32;
        let decided = limiter.step(now_ms, if frame == 0 { 0.0 } else { FRAME_S as f32 }, &colors);
        held += decided.iter().filter(|limit| limit[0] < 0.9 || limit[1] < 0.9).count();
        for (k, pixel) in drawn.chunks(4).enumerate() {
            let want = twin::shown(colors[k], twin::between(&decided, k));
            let want = want.map(|part| srgb8_from_linear(part.clamp(0.0, 1.0)));
            off += (0..3).filter(|c| pixel[*c].abs_diff(want[*c]) > 3).count();
        }
    }
    Some([off, held, 3 * frames * twin::CELLS])
}

#[test]
fn a_kick_on_brightness_is_held_and_blackout_is_not() {
    let Some(mut rig) = Rig::with(RenderConfig { width_px: 64, height_px: 36, ..Default::default() }) else { return };
    rig.grey(Arrival::Cut, 230);
    // 126 beats a minute for ten seconds: the extended rule leaves seven flashes in five seconds.
    let mut lit = Vec::new();
    for frame in 0..320 {
        let phase = (f64::from(frame) * FRAME_S * 2.1).fract();
        rig.look.brightness = if phase < 0.3 { 1.0 } else { 0.2 };
        lit.push(f32::from(rig.draw()[0]));
    }
    let rises = |levels: &[f32]| levels.windows(2).filter(|pair| pair[1] > pair[0] + 40.0).count();
    assert!(rises(&lit[..64]) >= 3 && rises(&lit[160..320]) <= 8, "{} {}", rises(&lit[..64]), rises(&lit[160..320]));
    rig.look.brightness = 1.0;
    for _ in 0..200 {
        rig.draw();
    }
    rig.look.blackout = 1.0;
    assert!(rig.draw().chunks(4).all(|p| p[..3] == [0; 3]), "blackout closes at once");
}
