//! Changes the size of planes: the picture before the network, maps between its layers, the table of position codes.
//! Runs on the thread of the caller, the generator's.
//!
//! A new row is a weighted sum of a few old rows, a new column of a few old columns; the three ways to choose the
//! weights are the three constructors of [`Taps`].

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape};

use super::pointwise::numbers;

/// Which neighbouring numbers make a new one: those from `first` on, as far as there are any, times `weights`.
pub struct Taps<W> {
    first: usize,
    weights: W,
}

impl Taps<[f32; 2]> {
    /// Linear, the first and last number staying at the ends ("aligned corners").
    pub fn cornered(from: usize, to: usize) -> Vec<Self> {
        let step = from.saturating_sub(1) as f64 / to.saturating_sub(1).max(1) as f64;
        let tap = |at: f64| Self { first: at as usize, weights: [1.0 - at.fract() as f32, at.fract() as f32] };
        (0..to).map(|index| tap(index as f64 * step)).collect()
    }
}

impl Taps<Vec<f32>> {
    /// A triangle: linear where it enlarges, and wider by as much as it shrinks, so that nothing between two new pixels
    /// is passed over and fine patterns do not flicker.
    pub fn shrinking(from: usize, to: usize) -> Vec<Self> {
        let scale = from as f64 / to.max(1) as f64;
        let reach = scale.max(1.0);
        let tap = |index: usize| {
            let centre = (index as f64 + 0.5) * scale;
            let first = (centre - reach).floor().max(0.0) as usize;
            let last = ((centre + reach).ceil() as usize).clamp(first + 1, from.max(first + 1));
            let heights = (first..last).map(|at| (1.0 - (at as f64 + 0.5 - centre).abs() / reach).max(0.0));
            let sum: f64 = heights.clone().sum();
            Self { first, weights: heights.map(|height| (height / sum) as f32).collect() }
        };
        (0..to).map(tap).collect()
    }

    /// Cubic (Keys, 1981, with a = -0.75) between the centres of four numbers; beyond the ends the last number counts
    /// again. Never smoothed, even where it shrinks: so the encoder's position codes are meant to be taken.
    pub fn cubic(from: usize, to: usize) -> Vec<Self> {
        let scale = from as f64 / to.max(1) as f64;
        let tap = |index: usize| {
            let at = (index as f64 + 0.5) * scale - 0.5;
            let last = from.saturating_sub(1);
            let place = |neighbour: i32| (at.floor() + f64::from(neighbour)).clamp(0.0, last as f64) as usize;
            let first = place(-1);
            let mut weights = vec![0.0; place(2) - first + 1];
            for neighbour in -1..=2 {
                if let Some(weight) = weights.get_mut(place(neighbour) - first) {
                    *weight += keys((at - at.floor() - f64::from(neighbour)).abs()) as f32;
                }
            }
            Self { first, weights }
        };
        (0..to).map(tap).collect()
    }
}

/// Keys' cubic at a distance below 2.
fn keys(d: f64) -> f64 {
    const A: f64 = -0.75;
    if d <= 1.0 { ((A + 2.0) * d - (A + 3.0)) * d * d + 1.0 } else { (((d - 5.0) * d + 8.0) * d - 4.0) * A }
}

/// `[planes, height, width]` to `[planes, rows, columns]`.
pub fn resize<R: AsRef<[f32]>, C: AsRef<[f32]>>(
    planes: &[f32],
    [height, width]: [usize; 2],
    rows: &[Taps<R>],
    columns: &[Taps<C>],
) -> Vec<f32> {
    let (plane, width) = ((height * width).max(1), width.max(1));
    let mut out = Vec::with_capacity(planes.len() / plane * rows.len() * columns.len());
    let mut mixed = vec![0.0; width];
    for plane in planes.chunks_exact(plane) {
        for row in rows {
            mixed.fill(0.0);
            for (&weight, old) in row.weights.as_ref().iter().zip(plane.chunks_exact(width).skip(row.first)) {
                mixed.iter_mut().zip(old).for_each(|(mixed, old)| *mixed += weight * old);
            }
            out.extend(columns.iter().map(|column| {
                let old = mixed.get(column.first..).unwrap_or_default();
                column.weights.as_ref().iter().zip(old).map(|(weight, old)| weight * old).sum::<f32>()
            }));
        }
    }
    out
}

/// Enlarges `[channels, height, width]` to this height and width, linearly with aligned corners.
pub struct Enlarge(pub [usize; 2]);

impl CustomOp1 for Enlarge {
    fn name(&self) -> &'static str {
        "enlarge"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (channels, height, width) = layout.shape().dims3()?;
        let [rows, columns] = self.0;
        let (down, across) = (Taps::cornered(height, rows), Taps::cornered(width, columns));
        let out = resize(numbers(storage, layout)?, [height, width], &down, &across);
        Ok((CpuStorage::F32(out), (channels, rows, columns).into()))
    }
}
