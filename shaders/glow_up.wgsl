//!use effects.wgsl
// Glow, on the way up: a level and what is wider than it, which is warmer: light that came back from the film's base.

@group(2) @binding(0) var wider: texture_2d<f32>;

fn wide(uv: vec2f) -> vec3f {
    return textureSampleLevel(wider, mirrored, uv, 0.0).rgb;
}

@fragment
fn larger(@location(0) uv: vec2f) -> @location(0) vec4f {
    let t = 1.0 / vec2f(textureDimensions(wider));
    var tent = 4.0 * wide(uv);
    tent += 2.0 * (wide(uv + vec2f(t.x, 0.0)) + wide(uv - vec2f(t.x, 0.0)) + wide(uv + vec2f(0.0, t.y)) + wide(uv - vec2f(0.0, t.y)));
    tent += wide(uv + t) + wide(uv - t) + wide(uv + vec2f(t.x, -t.y)) + wide(uv + vec2f(-t.x, t.y));
    return vec4f(sampled(uv) + tent / 16.0 * vec3f(1.0, 0.86, 0.78), 1.0);
}
