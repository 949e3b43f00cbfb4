//! Pictures from outside: read once at the start, on the thread that opens the show or runs a command.
//!
//! One reader for every picture file, so that `check` knows what `play` and `dream` will see.

mod picture;

pub use picture::{PictureError, read};
