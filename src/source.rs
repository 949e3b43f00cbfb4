//! Input pictures: read once at the start, on the thread that opens the show or runs a command.
//!
//! All commands read picture files through [`read`], so `check` reports exactly what `play` and `dream` will refuse.

mod picture;

pub(crate) use picture::PictureError;
pub use picture::read;
pub(crate) use picture::read_with_alpha;
