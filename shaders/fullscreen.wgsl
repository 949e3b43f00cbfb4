// One triangle that covers the target. Used by every pass; `uv` runs 0..1 from the top left.

struct Vertex {
    @builtin(position) position: vec4f,
    @location(0) uv: vec2f,
}

@vertex
fn fullscreen(@builtin(vertex_index) index: u32) -> Vertex {
    let corner = vec2f(f32((index << 1u) & 2u), f32(index & 2u));
    return Vertex(vec4f(corner.x * 2.0 - 1.0, 1.0 - corner.y * 2.0, 0.0, 1.0), corner);
}
