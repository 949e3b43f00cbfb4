//!use effects.wgsl
// Bend: the picture displaced by its own light, by slow waves, and by the sound.

const TURN: f32 = 6.2831853;

// The waveform at 0..1, between its points.
fn wave(along: f32) -> f32 {
    let at = clamp(along, 0.0, 1.0) * 127.0;
    let i = u32(at);
    let j = min(i + 1u, 127u);
    return mix(effects.waveform[i / 4u][i % 4u], effects.waveform[j / 4u][j % 4u], fract(at));
}

@fragment
fn bent(@location(0) uv: vec2f) -> @location(0) vec4f {
    let here = from_centre(uv);
    let radius = length(here);
    let outward = here / max(radius, 1e-3);
    // Bright things bulge: lightness about the middle.
    let lightness = pow(clamp(luma(sampled(uv)), 0.0, 1.0), 1.0 / 3.0);
    // Whole turns in 64 beats, so that the waves go on where `beats` begins anew.
    let t = effects.beats * (TURN / 64.0);
    let slow = vec2f(sin(5.1 * here.y + 8.0 * t + 2.0 * sin(3.3 * here.x - 5.0 * t)), sin(4.3 * here.x - 7.0 * t + 2.0 * sin(3.7 * here.y + 4.0 * t)));
    let moved = here - outward * effects.bend_light * (lightness - 0.5) * min(radius, 1.0)
        + slow * effects.bend_noise
        + outward * effects.bend_sound * wave(radius / (0.5 * length(vec2f(effects.aspect, 1.0))));
    return vec4f(sampled(on_wall(moved)), 1.0);
}
