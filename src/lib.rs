//! Halation: a headless live instrument for club visuals.

pub mod cli;
pub mod diffusion;
pub mod frame;
pub mod units;
