//! The one integration test binary.

mod shaders;
