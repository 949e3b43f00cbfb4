//! What can go wrong while the network is loaded, and while it runs: one sentence each, for the caller to show.

use std::path::PathBuf;

/// A network that cannot be had, or a picture that it cannot be asked about. The network stays usable.
#[derive(Debug, thiserror::Error)]
pub enum DepthError {
    #[error("there are no weights at {path}; {DOWNLOAD}", path = path.display())]
    NoFile { path: PathBuf },
    #[error("{path} is truncated or damaged ({why}); {DOWNLOAD}", path = path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("no tensor in {origin} has a name that begins with backbone. or pretrained.; {DOWNLOAD}")]
    Foreign { origin: String },
    #[error("the weights in {origin} lack the tensor {name}; {DOWNLOAD}")]
    NoTensor { origin: String, name: String },
    #[error(
        "the tensor {name} in {origin} has shape {found:?} where Depth Anything V2 Small has {expected:?}; {DOWNLOAD}"
    )]
    Shape { origin: String, name: String, expected: Vec<usize>, found: Vec<usize> },
    #[error(
        "a picture of {height} x {width} pixels needs at least one pixel and three numbers for each; it has {numbers}"
    )]
    Size { numbers: usize, height: usize, width: usize },
    #[error("the picture holds values that are no numbers (NaN or infinity), so it has no depth")]
    NotFinite,
    #[error("the depth network's answer is no numbers (NaN or infinity), so its weights are broken; {DOWNLOAD} again")]
    Overflow,
    #[error("the depth network failed: {why}", why = sentence(.0))]
    Device(#[from] candle_core::Error),
}

/// What helps against weights that are missing or are not this network's.
const DOWNLOAD: &str = "download model.safetensors of depth-anything/Depth-Anything-V2-Small-hf (Apache-2.0) \
                        into models/depth-anything-v2-small";

/// What a candle error says, without its path and backtrace.
pub(super) fn sentence(error: &candle_core::Error) -> String {
    match error {
        candle_core::Error::WithPath { inner, .. } | candle_core::Error::WithBacktrace { inner, .. } => sentence(inner),
        other => other.to_string().lines().next().unwrap_or("unreadable").to_owned(),
    }
}
