//! The trained part of the ears: a small network that says, for every two frames of [`super::sight`], how likely each is
//! a beat and a downbeat, and whether a groove plays.
//!
//! A temporal convolution (Davies & Böck 2019): blocks that look back further and further, each added to what it was
//! made of. It remembers the last 24 s and nothing before, however long the night. The weights (`models/ears`, which
//! says how they were trained) are part of the program. Allocates only at construction.

use safetensors::SafeTensors;

use super::sight::{FRAME_HZ, INPUTS};

const CHANNELS: usize = 40;
const BLOCKS: usize = 8;
/// A block looks at so many steps, each twice as far apart as in the block before.
const TAPS: usize = 5;
const OUTPUTS: usize = 5;
const WEIGHTS: &[u8] = include_bytes!("../../../models/ears/ears.safetensors");

/// How late a hint is: the network was trained to wait for so long.
pub const LATE_S: f64 = 0.015;
/// From the end of the first frame of a step to that of the second.
pub const FRAME_S: f64 = 1.0 / FRAME_HZ;

/// What the network says about one frame: likelihoods in 0..1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hint {
    /// That a beat began [`LATE_S`] before the frame's end.
    pub beat: f32,
    /// That it is the first of a bar, too.
    pub downbeat: f32,
}

/// What the network says about two frames, the older first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hints {
    pub frames: [Hint; 2],
    /// That kick, or what stands for it, plays in this passage.
    pub groove: f32,
}

pub struct Network {
    enter: Dense,
    blocks: Vec<Block>,
    leave: Dense,
}

impl Network {
    /// With the weights in the program, and nothing heard yet.
    #[expect(clippy::expect_used, reason = "the weights are part of the program, and a test reads them")]
    pub fn new() -> Self {
        Self::read(WEIGHTS).expect("whole weights")
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let file = SafeTensors::deserialize(bytes).ok()?;
        Some(Self {
            enter: Dense::read(&file, "enter", [CHANNELS, INPUTS, 1])?,
            blocks: (0..BLOCKS).map(|k| Block::read(&file, k)).collect::<Option<_>>()?,
            leave: Dense::read(&file, "leave", [OUTPUTS, CHANNELS, 1])?,
        })
    }

    /// Two frames.
    pub fn step(&mut self, seen: &[f32; INPUTS]) -> Hints {
        let mut x = [0.0; CHANNELS];
        self.enter.apply(seen, &mut x);
        x = x.map(elu);
        self.blocks.iter_mut().for_each(|block| block.step(&mut x));
        let mut out = [0.0; OUTPUTS];
        self.leave.apply(&x.map(elu), &mut out);
        let [beat, downbeat, next_beat, next_downbeat, groove] = out.map(|x| 1.0 / (1.0 + (-x).exp()));
        let frames = [Hint { beat, downbeat }, Hint { beat: next_beat, downbeat: next_downbeat }];
        Hints { frames, groove }
    }

    /// Forgets all that was heard.
    pub fn forget(&mut self) {
        self.blocks.iter_mut().for_each(|block| block.past.fill([0.0; CHANNELS]));
    }
}

/// A dilated convolution into the past, and what is added of it.
struct Block {
    conv: Dense,
    mix: Dense,
    /// The last inputs, as a ring that ends before `next`.
    past: Vec<[f32; CHANNELS]>,
    next: usize,
    dilation: usize,
}

impl Block {
    fn read(file: &SafeTensors, k: usize) -> Option<Self> {
        let dilation = 1 << k;
        Some(Self {
            conv: Dense::read(file, &format!("blocks.{k}.conv"), [CHANNELS, CHANNELS, TAPS])?,
            mix: Dense::read(file, &format!("blocks.{k}.mix"), [CHANNELS, CHANNELS, 1])?,
            past: vec![[0.0; CHANNELS]; (TAPS - 1) * dilation + 1],
            next: 0,
            dilation,
        })
    }

    fn step(&mut self, x: &mut [f32; CHANNELS]) {
        let len = self.past.len();
        self.past[self.next] = *x;
        // The place after the newest is the oldest, which the first tap looks at.
        self.next = (self.next + 1) % len;
        let mut taps = [0.0; TAPS * CHANNELS];
        for (tap, place) in taps.chunks_exact_mut(CHANNELS).enumerate() {
            place.copy_from_slice(&self.past[(self.next + tap * self.dilation) % len]);
        }
        let (mut heard, mut added) = ([0.0; CHANNELS], [0.0; CHANNELS]);
        self.conv.apply(&taps, &mut heard);
        self.mix.apply(&heard.map(elu), &mut added);
        x.iter_mut().zip(added).for_each(|(x, added)| *x += added);
    }
}

/// y = Wx + b.
struct Dense {
    /// Row by row; within a row tap by tap, the oldest first.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Dense {
    /// The convolution called `name`; `None` if its weights are of another shape.
    fn read(file: &SafeTensors, name: &str, [rows, columns, taps]: [usize; 3]) -> Option<Self> {
        let (stored, bias) = (numbers(file, &format!("{name}.weight"))?, numbers(file, &format!("{name}.bias"))?);
        if bias.len() != rows || stored.len() != rows * columns * taps {
            return None;
        }
        let row = columns * taps;
        let place = |n: usize| n / row * row + n % columns * taps + n % row / columns;
        let weights = (0..stored.len()).map(|n| stored[place(n)]).collect();
        Some(Self { weights, bias })
    }

    fn apply(&self, x: &[f32], out: &mut [f32]) {
        for ((out, bias), row) in out.iter_mut().zip(&self.bias).zip(self.weights.chunks_exact(x.len())) {
            *out = bias + dot(row, x);
        }
    }
}

fn elu(x: f32) -> f32 {
    if x > 0.0 { x } else { x.exp_m1() }
}

/// In eight lanes, which the compiler turns into vector instructions.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a8.remainder().iter().zip(b8.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a8.zip(b8) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// The tensor called `name`, of half floats.
fn numbers(file: &SafeTensors, name: &str) -> Option<Vec<f32>> {
    let tensor = file.tensor(name).ok()?;
    let half = |two: &[u8]| half::f16::from_le_bytes([two[0], two[1]]).to_f32();
    (tensor.dtype() == safetensors::Dtype::F16).then(|| tensor.data().chunks_exact(2).map(half).collect())
}

#[cfg(test)]
mod tests;
