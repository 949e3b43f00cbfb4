//! Halation: a headless live instrument for club visuals.

pub mod audio;
pub mod frame;
pub mod param;
pub mod rt;
pub mod tempo;
pub mod units;
