//!use effects.wgsl
// Glow, on the way down: half the size with a wide, soft filter, so that single bright pixels do not shimmer. Thirteen
// taps in five overlapping groups of four (Jimenez, "Next generation post processing in Call of Duty", 2014).

// Whether this is the first level: there each group counts less the brighter it is (Karis), and dark things glow less
// than bright ones.
override first: bool = false;

fn group(a: vec3f, b: vec3f, c: vec3f, d: vec3f, share: f32) -> vec4f {
    let mean = 0.25 * (a + b + c + d);
    let weight = select(share, share / (1.0 + luma(mean)), first);
    return vec4f(mean * weight, weight);
}

@fragment
fn smaller(@location(0) uv: vec2f) -> @location(0) vec4f {
    let texel = 1.0 / vec2f(textureDimensions(canvas));
    let a = sampled(uv + texel * vec2f(-2.0, -2.0));
    let b = sampled(uv + texel * vec2f(0.0, -2.0));
    let c = sampled(uv + texel * vec2f(2.0, -2.0));
    let d = sampled(uv + texel * vec2f(-1.0, -1.0));
    let e = sampled(uv + texel * vec2f(1.0, -1.0));
    let f = sampled(uv + texel * vec2f(-2.0, 0.0));
    let g = sampled(uv);
    let h = sampled(uv + texel * vec2f(2.0, 0.0));
    let i = sampled(uv + texel * vec2f(-1.0, 1.0));
    let j = sampled(uv + texel * vec2f(1.0, 1.0));
    let k = sampled(uv + texel * vec2f(-2.0, 2.0));
    let l = sampled(uv + texel * vec2f(0.0, 2.0));
    let m = sampled(uv + texel * vec2f(2.0, 2.0));
    let sum = group(d, e, i, j, 0.5) + group(a, b, f, g, 0.125) + group(b, c, g, h, 0.125) + group(f, g, k, l, 0.125)
        + group(g, h, l, m, 0.125);
    var color = sum.rgb / sum.a;
    if first {
        let light = luma(color);
        color *= light / (light + 0.1);
    }
    return vec4f(color, 1.0);
}
