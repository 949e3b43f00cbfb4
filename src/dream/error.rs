//! What can go wrong while an image is made.

use crate::diffusion::RunError;

/// An image failed; the show goes on with the next.
#[derive(Debug, thiserror::Error)]
pub enum DreamError {
    #[error("an image could not be made: {0}")]
    Tensor(#[from] candle_core::Error),
    #[error("an image could not be made: {0}")]
    Run(#[from] RunError),
}

impl DreamError {
    /// Whether there was a picture, but of values that are no numbers.
    #[must_use]
    pub fn is_not_finite(&self) -> bool {
        matches!(self, Self::Run(RunError::NotFinite { .. }))
    }
}
