//! Dense optical flow on the processor: what `shaders/flow.wgsl` does, which says how, step for step. Software drivers would
//! take five times as long for the shader, and more than a second to compile it. Main thread, a few steps a frame.

const LEVELS: usize = 4;
const WARPS: usize = 3;
const SWEEPS: i32 = 5;
/// Steps of an estimate: the pyramid, the warps of all levels, the confidence.
pub const STEPS: usize = LEVELS * WARPS + 2;
const SMOOTHNESS: f32 = 0.5;
const DOUBT: f32 = 0.3;
const OVER: f32 = 1.7;
const FLAT: f32 = 0.01;

/// Values on a grid, row by row.
#[derive(Clone)]
pub struct Grid<const N: usize> {
    pub size: [usize; 2],
    pub values: Vec<[f32; N]>,
}

impl<const N: usize> Grid<N> {
    pub fn new(size: [usize; 2], value: impl Fn([i32; 2]) -> [f32; N]) -> Self {
        Self { size, values: (0..size[0] * size[1]).map(|k| value(place(k, size))).collect() }
    }

    /// The value at a place, the border's beyond it.
    pub fn at(&self, [x, y]: [i32; 2]) -> [f32; N] {
        let inside = |place: i32, many: usize| place.clamp(0, many as i32 - 1) as usize;
        self.values[inside(y, self.size[1]) * self.size[0] + inside(x, self.size[0])]
    }

    /// Between the values, whose middles lie at whole numbers; beyond the border as in a mirror.
    pub fn between(&self, place: [f32; 2]) -> [f32; N] {
        let fold = |k: i32, n: usize| {
            let (k, n) = (if k < 0 { -1 - k } else { k }, n as i32);
            if k >= n { 2 * n - 1 - k } else { k }
        };
        let at = |x: i32, y: i32| self.at([fold(x, self.size[0]), fold(y, self.size[1])]);
        let [x, y] = std::array::from_fn(|n| place[n].clamp(-(self.size[n] as f32), 2.0 * self.size[n] as f32));
        let (left, up) = (x.floor() as i32, y.floor() as i32);
        let row = |y: i32| mixed(at(left, y), at(left + 1, y), x - left as f32);
        mixed(row(up), row(up + 1), y - up as f32)
    }

    /// Whether one way of a flow from `at` ends on the grid.
    fn has(&self, flow: [f32; 4], at: [i32; 2], way: usize) -> bool {
        let end = |n: usize| at[n] as f32 + flow[2 * way + n];
        (0..2).all(|n| (-0.5..=self.size[n] as f32 - 0.5).contains(&end(n)))
    }

    fn map<const M: usize>(&self, value: impl Fn([i32; 2], [f32; N]) -> [f32; M]) -> Grid<M> {
        Grid::new(self.size, |at| value(at, self.at(at)))
    }

    /// The mean under a bell of this many taps each way, a quarter as wide as they are.
    fn smooth(&self, reach: i32) -> Self {
        let taps = (2 * reach + 1) as f32;
        let bell = |off: i32| (-((off * off) as f32) * 8.0 / (taps * taps)).exp();
        let total: f32 = (-reach..=reach).map(bell).sum();
        let weights: Vec<(i32, f32)> = (-reach..=reach).map(|off| (off, bell(off) / total)).collect();
        let along = |grid: &Self, step: [i32; 2]| {
            grid.map(|at, _| {
                weights.iter().fold([0.0; N], |sum, (off, weight)| {
                    let there = grid.at([at[0] + off * step[0], at[1] + off * step[1]]);
                    std::array::from_fn(|n| sum[n] + weight * there[n])
                })
            })
        };
        along(&along(self, [1, 0]), [0, 1])
    }
}

fn place(k: usize, size: [usize; 2]) -> [i32; 2] {
    [(k % size[0]) as i32, (k / size[0]) as i32]
}

fn mixed<const N: usize>(a: [f32; N], b: [f32; N], part: f32) -> [f32; N] {
    std::array::from_fn(|n| a[n] + (b[n] - a[n]) * part)
}

fn moved(at: [i32; 2], x: f32, y: f32) -> [f32; 2] {
    [at[0] as f32 + x, at[1] as f32 + y]
}

/// Both lightnesses on all levels, finest first.
fn pyramid(finest: Grid<2>) -> Vec<Grid<2>> {
    let mut levels = vec![finest];
    for level in 1..LEVELS {
        let finer = &levels[level - 1];
        let quarter = |[x, y]: [i32; 2]| {
            let four = [[0, 0], [1, 0], [0, 1], [1, 1]].map(|[dx, dy]| finer.at([2 * x + dx, 2 * y + dy]));
            std::array::from_fn(|n| four.iter().map(|value| value[n]).sum::<f32>() / 4.0)
        };
        levels.push(Grid::new(finer.size.map(|side| side.div_ceil(2)), quarter));
    }
    levels
}

fn even(raw: &Grid<2>) -> Grid<2> {
    let mean = raw.map(|_, [a, b]| [a, b, a * a, b * b]).smooth(4);
    raw.map(|at, here| {
        let mean = mean.at(at);
        std::array::from_fn(|n| (here[n] - mean[n]) / ((mean[n + 2] - mean[n] * mean[n]).max(0.0).sqrt() + FLAT))
    })
}

/// Normal equations of one way, smoothed: xx, xy, yy, xt, yt.
fn equations(even: &Grid<2>, start: &Grid<4>, way: usize) -> Grid<5> {
    let brought = start.map(|at, flow| [even.between(moved(at, flow[2 * way], flow[2 * way + 1]))[1 - way]]);
    let mean = even.map(|at, here| [(here[way] + brought.at(at)[0]) / 2.0]);
    let terms = even.map(|at, here| {
        let slope = |dx, dy| (mean.at([at[0] + dx, at[1] + dy])[0] - mean.at([at[0] - dx, at[1] - dy])[0]) / 2.0;
        let (dx, dy, dt) = (slope(1, 0), slope(0, 1), brought.at(at)[0] - here[way]);
        let seen = even.has(start.at(at), at, way);
        let trust = f32::from(u8::from(seen)) / (1.0 + dt * dt / (DOUBT * DOUBT)).sqrt();
        [dx * dx, dx * dy, dy * dy, dx * dt, dy * dt].map(|term| term * trust)
    });
    terms.smooth(1)
}

fn solve([xx, xy, yy, xt, yt]: [f32; 5], off: [f32; 2]) -> [f32; 2] {
    let (xx, yy) = (xx + SMOOTHNESS, yy + SMOOTHNESS);
    let right = [SMOOTHNESS * off[0] - xt, SMOOTHNESS * off[1] - yt];
    let determinant = xx * yy - xy * xy;
    [(yy * right[0] - xy * right[1]) / determinant, (xx * right[1] - xy * right[0]) / determinant]
}

/// One warp: linearised about `start`, five sweeps over one half of the pixels after the other.
fn warp(even: &Grid<2>, start: Grid<4>) -> Grid<4> {
    let ways = [0, 1].map(|way| equations(even, &start, way));
    let mut flow = start.clone();
    for half in 0..2 * SWEEPS {
        for k in 0..flow.values.len() {
            let at = place(k, flow.size);
            if (at[0] + at[1] + half) % 2 != 0 {
                continue;
            }
            let four = [[1, 0], [-1, 0], [0, 1], [0, -1]].map(|[dx, dy]| flow.at([at[0] + dx, at[1] + dy]));
            let (here, begun) = (flow.values[k], start.values[k]);
            let off: [f32; 4] = std::array::from_fn(|n| four.iter().map(|f| f[n]).sum::<f32>() / 4.0 - begun[n]);
            let [first, second] = [0, 1].map(|way| solve(ways[way].values[k], [off[2 * way], off[2 * way + 1]]));
            let found = [first[0], first[1], second[0], second[1]];
            flow.values[k] = std::array::from_fn(|n| here[n] + OVER * (begun[n] + found[n] - here[n]));
        }
    }
    flow
}

/// A flow on the grid of the next finer level.
fn finer(flow: &Grid<4>, size: [usize; 2]) -> Grid<4> {
    let times: [f32; 2] = std::array::from_fn(|n| size[n] as f32 / flow.size[n] as f32);
    Grid::new(size, |at| {
        let coarse = flow.between(std::array::from_fn(|n| (at[n] as f32 + 0.5) / times[n] - 0.5));
        std::array::from_fn(|n| coarse[n] * times[n % 2])
    })
}

/// How well a flow and the way back agree (Sundaram, Brox and Keutzer, 2010), 0..1.
fn agreement(there: [f32; 2], back: [f32; 2]) -> f32 {
    let square = |v: [f32; 2]| v[0] * v[0] + v[1] * v[1];
    let most = 0.01 * (square(there) + square(back)) + 0.5;
    1.0 - (square([there[0] + back[0], there[1] + back[1]]) / most - 0.5).clamp(0.0, 1.0)
}

/// Trusts a flow that agrees with the way back and under which the images differ less than in a fade, and little.
fn confident(raw: &Grid<2>, flow: &Grid<4>) -> Grid<5> {
    let off = flow.map(|at, f| {
        let half = [(f[2] - f[0]) / 4.0, (f[3] - f[1]) / 4.0];
        let [from, to] = [1.0, -1.0].map(|sign| raw.between(moved(at, sign * half[0], sign * half[1])));
        let here = raw.at(at);
        [(from[0] - to[1]).abs(), (here[0] - here[1]).abs()]
    });
    let off = off.smooth(1);
    flow.map(|at, f| {
        let [moving, fading] = off.at(at);
        let helps = 1.0 - ((moving / (fading + 0.006) - 0.6) / 0.4).clamp(0.0, 1.0);
        let alike = 1.0 - ((moving - 0.08) / 0.12).clamp(0.0, 1.0);
        let (there, back) = (flow.between(moved(at, f[0], f[1])), flow.between(moved(at, f[2], f[3])));
        let agreed = agreement([f[0], f[1]], [there[2], there[3]]).min(agreement([f[2], f[3]], [back[0], back[1]]));
        let confidence = agreed * helps * alike;
        std::array::from_fn(|n| f.get(n).map_or(confidence, |f| f * confidence / flow.size[n % 2] as f32))
    })
}

/// An estimate on its way, step by step.
pub struct Estimate {
    raw: Vec<Grid<2>>,
    even: Vec<Grid<2>>,
    flow: Grid<4>,
    /// Steps done: the first prepares.
    done: usize,
}

impl Estimate {
    /// Begins with the lightness of both images, 0..1.
    pub fn new(lightness: Grid<2>) -> Self {
        let raw = pyramid(lightness);
        let even = raw.iter().map(even).collect();
        let flow = Grid::new(raw[LEVELS - 1].size, |_| [0.0; 4]);
        Self { raw, even, flow, done: 1 }
    }

    /// Does one more step; after the last, both flows as parts of the grid and times their confidence, and that.
    pub fn step(&mut self) -> Option<Grid<5>> {
        let warps = self.done - 1;
        self.done += 1;
        if warps >= LEVELS * WARPS {
            return Some(confident(&self.raw[0], &self.flow));
        }
        let level = LEVELS - 1 - warps / WARPS;
        let size = self.raw[level].size;
        let start = if warps.is_multiple_of(WARPS) { finer(&self.flow, size) } else { self.flow.clone() };
        self.flow = warp(&self.even[level], start);
        None
    }
}

/// All steps at once.
#[cfg(test)]
pub fn whole(lightness: Grid<2>) -> Grid<5> {
    let mut estimate = Estimate::new(lightness);
    loop {
        if let Some(flow) = estimate.step() {
            return flow;
        }
    }
}
