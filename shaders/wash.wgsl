// What the wall shows before the first image: slowly moving dark colour, never black. Linear light.

struct Wash {
    beats: f32,
    aspect: f32,
}

@group(0) @binding(0) var<uniform> wash: Wash;

@fragment
fn drifting(@location(0) uv: vec2f) -> @location(0) vec4f {
    let p = (uv - 0.5) * vec2f(wash.aspect, 1.0);
    // One turn in 32 beats, at three whole-number speeds, so that `beats` may wrap there.
    let t = wash.beats * (6.2831853 / 32.0);
    let slow = sin(p.x * 2.3 + t + 1.5 * sin(p.y * 1.7 - t));
    let fast = sin(p.y * 3.1 - 2.0 * t + 1.2 * sin(p.x * 2.9 + 3.0 * t));
    let a = 0.5 + 0.5 * slow;
    let b = 0.5 + 0.5 * fast;
    let color = vec3f(0.004) + vec3f(0.012, 0.003, 0.022) * a + vec3f(0.001, 0.009, 0.012) * b * b;
    return vec4f(color, 1.0);
}
