//! The 3 x 3 convolution, on the generator's thread: matrix products over bands of rows that stay in the cache.
//!
//! candle's own convolution gathers its input number by number, which here took more than half of a call.

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Storage, Tensor, bail};

use super::layers::Loaded;
use super::pointwise::{Finish, Then, numbers};
use super::weights::Weights;

/// Numbers gathered for one product: a megabyte.
const BAND: usize = 256 * 1024;

/// A 3 x 3 convolution with a border of one zero, then perhaps an activation.
pub struct Conv3 {
    /// `[outputs, 9 · inputs]`
    weight: Tensor,
    stride: usize,
    finish: Finish,
}

impl Conv3 {
    /// With stride 1 and a bias.
    pub fn load(weights: &mut Weights, name: &str, [inputs, outputs]: [usize; 2], then: Then) -> Loaded<Self> {
        let (weight, bias) = weights.affine(name, &[outputs, inputs, 3, 3])?;
        Ok(Self { weight, stride: 1, finish: Finish { bias, then } })
    }

    /// The same without a bias.
    pub fn load_without_bias(weights: &mut Weights, name: &str, [inputs, outputs]: [usize; 2]) -> Loaded<Self> {
        let weight = weights.take(&format!("{name}.weight"), &[outputs, inputs, 3, 3])?.flatten_from(1)?;
        Ok(Self { weight, stride: 1, finish: Finish { bias: vec![0.0; outputs], then: Then::Nothing } })
    }

    /// The same, of every second pixel in either direction: half as many, rounded up.
    pub fn halving(self) -> Self {
        Self { stride: 2, ..self }
    }

    /// `[inputs, height, width]` to `[outputs, height', width']`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.apply_op1_no_bwd(self)
    }

    /// The product's lines, `pitch` numbers apart, to the rows of every channel from `first` on.
    fn store(
        &self,
        product: &Tensor,
        pitch: usize,
        first: usize,
        out: &mut [f32],
        [rows, columns]: [usize; 2],
    ) -> Result<()> {
        let (storage, layout) = product.storage_and_layout();
        let Storage::Cpu(storage) = &*storage else { bail!("the depth network needs tensors on the CPU") };
        let (lines, pixels) = (numbers(storage, layout)?, product.dim(1)?);
        let channels = out.chunks_exact_mut(rows * columns).zip(lines.chunks_exact(pixels)).zip(&self.finish.bias);
        for ((out, lines), &bias) in channels {
            for (out, line) in out.chunks_exact_mut(columns).skip(first).zip(lines.chunks_exact(pitch)) {
                out.iter_mut().zip(line).for_each(|(out, sum)| *out = *sum);
                self.finish.run(bias, out);
            }
        }
        Ok(())
    }
}

impl CustomOp1 for Conv3 {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (inputs, height, width) = layout.shape().dims3()?;
        let bordered = Bordered::new(numbers(storage, layout)?, [height, width]);
        let size @ [rows, columns] = [height, width].map(|side| side.div_ceil(self.stride));
        let (outputs, taps) = self.weight.dims2()?;
        let mut out = vec![0.0; outputs * rows * columns];
        // Without strides whole bands are copied at once, borders and all; what falls on those is not stored.
        let pitch = if self.stride == 1 { bordered.width } else { columns };
        let most = (BAND / (taps * pitch).max(1)).max(1);
        for first in (0..rows).step_by(most) {
            let lines = most.min(rows - first);
            let mut gathered = Vec::with_capacity(taps * lines * pitch);
            for tap in 0..9 * inputs {
                if self.stride == 1 {
                    gathered.extend_from_slice(bordered.seen(tap, first, lines * pitch));
                } else {
                    for row in first..first + lines {
                        let line = bordered.seen(tap, row * self.stride, width);
                        gathered.extend(line.iter().step_by(self.stride));
                    }
                }
            }
            let gathered = Tensor::from_vec(gathered, (taps, lines * pitch), &Device::Cpu)?;
            self.store(&self.weight.matmul(&gathered)?, pitch, first, &mut out, size)?;
        }
        Ok((CpuStorage::F32(out), (outputs, rows, columns).into()))
    }
}

/// Planes with a zero on every side, and a little more behind the last, for bands that are read beyond its end.
struct Bordered {
    values: Vec<f32>,
    plane: usize,
    width: usize,
}

impl Bordered {
    fn new(x: &[f32], [height, width]: [usize; 2]) -> Self {
        let (wide, plane) = (width + 2, (width + 2) * (height + 2));
        let planes = x.chunks_exact((height * width).max(1));
        let mut values = Vec::with_capacity(planes.len() * plane + 2);
        for old in planes {
            values.resize(values.len() + wide, 0.0);
            for row in old.chunks_exact(width.max(1)) {
                values.push(0.0);
                values.extend_from_slice(row);
                values.push(0.0);
            }
            values.resize(values.len() + wide, 0.0);
        }
        values.resize(values.len() + 2, 0.0);
        Self { values, plane, width: wide }
    }

    /// What the kernel's place `tap`, counted as a weight row lies, sees from the first pixel of `row` on.
    fn seen(&self, tap: usize, row: usize, len: usize) -> &[f32] {
        let (plane, place) = (tap / 9, tap % 9);
        let start = plane * self.plane + (row + place / 3) * self.width + place % 3;
        self.values.get(start..start + len).unwrap_or_default()
    }
}
