//! Halation: a headless live instrument for club visuals.

pub mod frame;
pub mod motion;
pub mod render;
pub mod units;
