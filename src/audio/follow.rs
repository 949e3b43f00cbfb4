//! One-pole smoothing of a measured value, with separate time constants up and down.

/// One-pole smoothing with an attack and a release time constant, in seconds.
pub(super) fn follow(value: f32, target: f32, (attack_s, release_s): (f32, f32), dt: f32) -> f32 {
    let time_s = if target > value { attack_s } else { release_s };
    target + (value - target) * (-dt / time_s).exp()
}
