//! How a signal is bent before a route uses it.

/// The line from in-range to level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Curve {
    #[default]
    Linear,
    /// Slow at first: x².
    Square,
    /// Fast at first: √x.
    Root,
    /// Slow at both ends: 3x² − 2x³.
    S,
}

/// Gain, in-range, curve and gate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    pub gain: f32,
    /// Signal, gain included, at which the route begins to open; below it is 0.
    pub from: f32,
    /// Signal at which it is fully open.
    pub to: f32,
    pub curve: Curve,
    /// The gate opens at this level and closes again `hysteresis` below it, in any case before the
    /// signal is gone; while closed the level is 0.
    pub gate: f32,
    pub hysteresis: f32,
}

impl Default for Shape {
    fn default() -> Self {
        Self { gain: 1.0, from: 0.0, to: 1.0, curve: Curve::Linear, gate: 0.0, hysteresis: 0.1 }
    }
}

impl Shape {
    /// The level 0..1 for a signal; `open` is the gate, kept by the caller.
    pub(super) fn apply(&self, signal: f32, open: &mut bool) -> f32 {
        let x = ((signal * self.gain - self.from) / (self.to - self.from).max(1e-6)).clamp(0.0, 1.0);
        let x = match self.curve {
            Curve::Linear => x,
            Curve::Square => x * x,
            Curve::Root => x.sqrt(),
            Curve::S => x * x * (3.0 - 2.0 * x),
        };
        // A low gate closes, too.
        let closes = self.gate - self.hysteresis.min(0.9 * self.gate);
        *open = if *open { x >= closes } else { x >= self.gate };
        if *open { x } else { 0.0 }
    }
}
