//! Waves that run with the beat.

/// The course of one turn, 0..1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wave {
    /// 0 on the beat, 1 half way.
    Sine,
    Triangle,
    /// Rises through the turn.
    Saw,
    /// 1 in the first half.
    Square,
    /// 1 on the beat, falling off: e^(−4x).
    Decay,
    /// Glides from one random level to the next.
    Glide,
}

/// Steepness of [`Wave::Decay`].
const FALL: f32 = 4.0;

impl Wave {
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Sine, "sine"),
        (Self::Triangle, "triangle"),
        (Self::Saw, "saw"),
        (Self::Square, "square"),
        (Self::Decay, "decay"),
        (Self::Glide, "glide"),
    ];

    /// The level after `turns`, which may be negative. Waves of chance with another `salt` go their own ways.
    pub(super) fn at(self, turns: f64, salt: u64) -> f32 {
        let x = turns.rem_euclid(1.0) as f32;
        match self {
            Self::Sine => 0.5 - 0.5 * (std::f32::consts::TAU * x).cos(),
            Self::Triangle => 1.0 - (2.0 * x - 1.0).abs(),
            Self::Saw => x,
            Self::Square => f32::from(u8::from(x < 0.5)),
            Self::Decay => (-FALL * x).exp(),
            Self::Glide => {
                let turn = turns.floor() as i64 as u64;
                let (from, to) = (dice(turn ^ salt), dice(turn.wrapping_add(1) ^ salt));
                from + (to - from) * (x * x * (3.0 - 2.0 * x))
            }
        }
    }
}

/// A number 0..1 that belongs to `n` (splitmix64).
pub fn dice(n: u64) -> f32 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 40) as f32 / (1u64 << 24) as f32
}
