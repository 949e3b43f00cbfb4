//! The shaders' sources. One that begins with `//!use NAME` has the library of that name before it, and so on.

macro_rules! wgsl {
    ($($name:literal),+) => {
        concat!($(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $name))),+)
    };
}
pub(super) use wgsl;
