//!use effects.wgsl
// Contour: edges glow in the picture's own colours, and what is between them steps back. Sobel's operator on lightness,
// over a distance that is the same part of the wall at every size.

fn lightness(pixel: vec2i) -> f32 {
    let last = vec2i(textureDimensions(canvas)) - 1;
    return sqrt(max(luma(textureLoad(canvas, clamp(pixel, vec2i(0), last), 0).rgb), 0.0));
}

@fragment
fn outlined(@builtin(position) position: vec4f) -> @location(0) vec4f {
    let pixel = vec2i(position.xy);
    let r = i32(effects.reach);
    let nw = lightness(pixel + vec2i(-r, -r));
    let n = lightness(pixel + vec2i(0, -r));
    let ne = lightness(pixel + vec2i(r, -r));
    let w = lightness(pixel + vec2i(-r, 0));
    let e = lightness(pixel + vec2i(r, 0));
    let sw = lightness(pixel + vec2i(-r, r));
    let s = lightness(pixel + vec2i(0, r));
    let se = lightness(pixel + vec2i(r, r));
    let across = ne + 2.0 * e + se - nw - 2.0 * w - sw;
    let down = sw + 2.0 * s + se - nw - 2.0 * n - ne;
    let edge = smoothstep(0.08, 0.9, length(vec2f(across, down)));
    let color = textureLoad(canvas, pixel, 0).rgb;
    let most = max(max(color.r, color.g), max(color.b, 1e-3));
    // The colour at full light, a third of the way to white.
    let glow = mix(color / most, vec3f(1.0), 0.33) * edge;
    return vec4f(mix(color, color * 0.35 + glow, effects.contour), 1.0);
}
