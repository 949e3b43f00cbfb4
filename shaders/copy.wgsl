//!use effects.wgsl
// The canvas at another size.

@fragment
fn copied(@location(0) uv: vec2f) -> @location(0) vec4f {
    return vec4f(sampled(uv), 1.0);
}
