//! What pulling from an input promises, whatever the input is.

/// No pull gives more than this; after a stall the rest was not heard.
pub(super) const LONGEST_BLOCK_S: f64 = 0.5;

/// What happened to the input so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Blocks delivered by the driver, or pulled from a track.
    pub callbacks: u64,
    /// Blocks the driver or we dropped.
    pub xruns: u64,
    /// How often the device went away, and came back.
    pub lost: u64,
    pub returned: u64,
}
