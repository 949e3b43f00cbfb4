//! `shaders/flash.wgsl` once more, on the processor and in the same order.

const COLUMNS: usize = 32;
const ROWS: usize = 18;
pub const TILES: usize = COLUMNS * ROWS;
/// Cells of a tile, on each side.
pub const SIDE: usize = 2;
pub const CELLS: usize = SIDE * SIDE * TILES;
const SWING: f32 = 0.06;
const BRIGHT: f32 = 0.8;
const RED_SWING: f32 = 13.0;
const RED_SHARE: f32 = 0.6;
/// Of light and of red.
const AREAS: [f32; 2] = [0.14, 0.12];
const AREA_EXTENDED: f32 = 0.24;
const TOGETHER_MS: u32 = 20;
const MANY: usize = 5;
const SECOND_MS: u32 = 1001;
const MANY_EXTENDED: usize = 14;
const EXTENDED_MS: u32 = 5000;
const MARGIN: f32 = 0.9;
const RECOVERY: f32 = 1.0;

pub type Color = [f32; 3];

#[derive(Clone, Copy, Default)]
struct Trend {
    low: f32,
    high: f32,
    direction: i32,
    rose_ms: u32,
    fell_ms: u32,
}

#[derive(Clone, Copy)]
struct Cell {
    light: Trend,
    red: Trend,
}

#[derive(Clone, Copy, Default)]
struct Count {
    at_ms: [u32; 14],
    next: usize,
    direction: i32,
}

pub struct Limiter {
    window: [usize; 2],
    now_ms: u32,
    cells: Vec<Cell>,
    /// What is left of light and saturation in each tile.
    limits: Vec<[f32; 2]>,
    /// Of light and of red, each in every window: for the second and for the extended rule.
    light: [Vec<Count>; 2],
    red: [Vec<Count>; 2],
}

pub fn luma(c: Color) -> f32 {
    0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]
}

fn redness(c: Color) -> f32 {
    let sum: f32 = c.iter().sum();
    if c[0] >= RED_SHARE * sum { 320.0 * (c[0] - c[1] - c[2]).max(0.0) } else { 0.0 }
}

fn light_step(low: f32) -> f32 {
    SWING.max(low * SWING / BRIGHT)
}

/// What gain and saturation leave of a colour.
pub fn shown(c: Color, [gain, saturation]: [f32; 2]) -> Color {
    let y = luma(c);
    c.map(|part| (y + (part - y) * saturation) * gain)
}

fn change(trend: &Trend, value: f32, step: f32, step_here: f32) -> u32 {
    if trend.direction <= 0 && value - trend.low >= step {
        return 1;
    }
    if trend.direction >= 0 && trend.high - value >= step_here { 2 } else { 0 }
}

impl Limiter {
    pub fn new(window: [u32; 2]) -> Self {
        let window = window.map(|side| side as usize);
        let counts = || [(); 2].map(|()| vec![Count::default(); TILES]);
        Self { window, now_ms: 0, cells: vec![], limits: vec![[1.0; 2]; TILES], light: counts(), red: counts() }
    }

    fn windows(&self) -> [usize; 2] {
        [COLUMNS + 1 - self.window[0], ROWS + 1 - self.window[1]]
    }

    /// The part of a window that changes, of the changing cells of each tile.
    fn area(&self, changing: &[u32], window: usize) -> f32 {
        let (x, y) = (window % COLUMNS, window / COLUMNS);
        let row = |dy: usize| &changing[(y + dy) * COLUMNS + x..][..self.window[0]];
        let count: u32 = (0..self.window[1]).flat_map(row).sum();
        count as f32 / (SIDE * SIDE * self.window[0] * self.window[1]) as f32
    }

    fn is_recent(&self, at_ms: u32, within_ms: u32) -> bool {
        at_ms != 0 && self.now_ms - at_ms < within_ms
    }

    /// Whether one more rise of this part of the window is too much.
    fn spent(&self, [second, extended]: &[Vec<Count>; 2], window: usize, area: f32, most: f32) -> bool {
        let within = |count: &Count, ms: u32| count.at_ms.iter().filter(|at| self.is_recent(**at, ms)).count();
        (area > most && within(&second[window], SECOND_MS) >= MANY)
            || (area > AREA_EXTENDED && within(&extended[window], EXTENDED_MS) >= MANY_EXTENDED)
    }

    /// Every window's first tile.
    fn each_window(&self) -> impl Iterator<Item = usize> + use<> {
        let [columns, rows] = self.windows();
        (0..rows).flat_map(move |y| (0..columns).map(move |x| y * COLUMNS + x))
    }

    /// Tiles that lie in a window in which these rises are too many.
    fn denied(&self, kind: usize, rises: &[bool], rose: impl Fn(usize) -> u32) -> Vec<bool> {
        let counts = [&self.light, &self.red][kind];
        let changing = per_tile(|k| rises[k] || self.is_recent(rose(k), TOGETHER_MS));
        let mut denied = vec![false; TILES];
        for window in self.each_window().filter(|w| self.spent(counts, *w, self.area(&changing, *w), AREAS[kind])) {
            for y in 0..self.window[1] {
                denied[window + y * COLUMNS..][..self.window[0]].fill(true);
            }
        }
        denied
    }

    fn moved(&self, trend: &mut Trend, value: f32, changed: u32) {
        if changed == 0 {
            (trend.low, trend.high) = (trend.low.min(value), trend.high.max(value));
            return;
        }
        (trend.low, trend.high) = (value, value);
        if changed == 1 {
            (trend.direction, trend.rose_ms) = (1, self.now_ms);
        } else {
            (trend.direction, trend.fell_ms) = (-1, self.now_ms);
        }
    }

    /// Gain and saturation of each tile for `colors` shown at `now_ms`.
    pub fn step(&mut self, now_ms: u32, elapsed_s: f32, colors: &[Color]) -> Vec<[f32; 2]> {
        self.now_ms = now_ms;
        if self.cells.is_empty() {
            let trend = |value| Trend { low: value, high: value, ..Trend::default() };
            self.cells = colors.iter().map(|c| Cell { light: trend(luma(*c)), red: trend(redness(*c)) }).collect();
        }
        let recovered = |limit: &[f32; 2]| limit.map(|part| (part + elapsed_s * RECOVERY).min(1.0));
        let mut decided: Vec<[f32; 2]> = self.limits.iter().map(recovered).collect();
        let rises: Vec<bool> = (0..CELLS)
            .map(|k| {
                let light = &self.cells[k].light;
                change(light, luma(colors[k]) * decided[tile_of(k)][0], light_step(light.low), 2.0) == 1
            })
            .collect();
        let denied = self.denied(0, &rises, |k| self.cells[k].light.rose_ms);
        for k in (0..CELLS).filter(|k| rises[*k] && denied[tile_of(*k)]) {
            let low = self.cells[k].light.low;
            let most = (low + light_step(low) * MARGIN) / luma(colors[k]).max(1e-6);
            decided[tile_of(k)][0] = decided[tile_of(k)][0].min(most);
        }
        let rises: Vec<bool> = (0..CELLS)
            .map(|k| change(&self.cells[k].red, redness(shown(colors[k], decided[tile_of(k)])), RED_SWING, 1e9) == 1)
            .collect();
        let denied = self.denied(1, &rises, |k| self.cells[k].red.rose_ms);
        for k in (0..CELLS).filter(|k| rises[*k] && denied[tile_of(*k)]) {
            let limit = &mut decided[tile_of(k)];
            let most = (self.cells[k].red.low + RED_SWING * MARGIN) / 320.0;
            let (y, [r, g, b]) = (luma(colors[k]) * limit[0], colors[k]);
            let red = (r - g - b) * limit[0];
            limit[1] = limit[1].min(((most + y) / (red + y).max(1e-6)).clamp(0.0, 1.0));
        }
        self.limits.clone_from(&decided);
        let limits = spread(&decided);
        self.settle(&limits, colors);
        limits
    }

    /// Remembers what is shown.
    fn settle(&mut self, limits: &[[f32; 2]], colors: &[Color]) {
        for (k, color) in colors.iter().enumerate() {
            let mut cell = self.cells[k];
            let seen = shown(*color, between(limits, k));
            let (light, red) = (luma(seen), redness(seen));
            let lighter = change(&cell.light, light, light_step(cell.light.low), light_step(light));
            let redder = change(&cell.red, red, RED_SWING, RED_SWING);
            self.moved(&mut cell.light, light, lighter);
            self.moved(&mut cell.red, red, redder);
            self.cells[k] = cell;
        }
        let trends: [fn(&Cell) -> &Trend; 2] = [|cell| &cell.light, |cell| &cell.red];
        for (kind, trend) in trends.into_iter().enumerate() {
            let rising = per_tile(|k| self.is_recent(trend(&self.cells[k]).rose_ms, TOGETHER_MS));
            let falling = per_tile(|k| self.is_recent(trend(&self.cells[k]).fell_ms, TOGETHER_MS));
            for window in self.each_window() {
                for (direction, changing) in [(1, &rising), (-1, &falling)] {
                    let area = self.area(changing, window);
                    let counts = if kind == 0 { &mut self.light } else { &mut self.red };
                    for (count, least) in counts.iter_mut().zip([AREAS[kind], AREA_EXTENDED]) {
                        let count = &mut count[window];
                        if count.direction != direction && area > least {
                            (count.at_ms[count.next], count.next) = (self.now_ms, (count.next + 1) % 14);
                            count.direction = direction;
                        }
                    }
                }
            }
        }
    }
}

/// The tile that a cell lies in.
pub fn tile_of(cell: usize) -> usize {
    let (x, y) = (cell % (SIDE * COLUMNS), cell / (SIDE * COLUMNS));
    y / SIDE * COLUMNS + x / SIDE
}

/// The limit in the middle of a cell, between those of the tiles around it, as the final pass reads it.
pub fn between(limits: &[[f32; 2]], cell: usize) -> [f32; 2] {
    let place = |at: usize, many: usize| ((at as f32 + 0.5) / SIDE as f32 - 0.5).clamp(0.0, (many - 1) as f32);
    let (x, y) = (place(cell % (SIDE * COLUMNS), COLUMNS), place(cell / (SIDE * COLUMNS), ROWS));
    let at = |x: usize, y: usize| limits[y.min(ROWS - 1) * COLUMNS + x.min(COLUMNS - 1)];
    let row = |y: usize| mix(at(x as usize, y), at(x as usize + 1, y), x.fract());
    mix(row(y as usize), row(y as usize + 1), y.fract())
}

fn mix(a: [f32; 2], b: [f32; 2], t: f32) -> [f32; 2] {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]
}

/// How many cells of each tile are so.
fn per_tile(is: impl Fn(usize) -> bool) -> Vec<u32> {
    let mut found = vec![0; TILES];
    (0..CELLS).filter(|k| is(*k)).for_each(|k| found[tile_of(k)] += 1);
    found
}

/// The strictest limit around each tile, smoothed.
fn spread(decided: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let least =
        around(decided, 1, |_| 0.0, |found, limit, _| std::array::from_fn(|n| limit[n].min(found[n])), [1.0; 2]);
    let weight = |off: [i32; 2]| (2 - off[0].abs()) as f32 * (2 - off[1].abs()) as f32 / 16.0;
    around(&least, 1, weight, |sum, limit, weight| std::array::from_fn(|n| sum[n] + weight * limit[n]), [0.0; 2])
}

/// Folds what lies within `reach` tiles of each tile, the border's own beyond it.
fn around(
    of: &[[f32; 2]],
    reach: i32,
    weight: impl Fn([i32; 2]) -> f32,
    fold: impl Fn([f32; 2], [f32; 2], f32) -> [f32; 2],
    start: [f32; 2],
) -> Vec<[f32; 2]> {
    let inside = |place: i32, many: usize| place.clamp(0, many as i32 - 1) as usize;
    let one = |k: usize| {
        let offsets = (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| [x, y]));
        offsets.fold(start, |found, [x, y]| {
            let (column, row) = ((k % COLUMNS) as i32 + x, (k / COLUMNS) as i32 + y);
            fold(found, of[inside(row, ROWS) * COLUMNS + inside(column, COLUMNS)], weight([x, y]))
        })
    };
    (0..TILES).map(one).collect()
}
