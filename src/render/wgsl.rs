//! The shaders' sources. One that begins with `//!use NAME` has the library of that name before it.

macro_rules! wgsl {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $name))
    };
    ($library:literal, $name:literal) => {
        concat!(wgsl!($library), wgsl!($name))
    };
}
pub(super) use wgsl;
