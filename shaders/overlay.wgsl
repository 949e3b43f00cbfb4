//!use color.wgsl
// The overlay, a logo or a name, on the finished wall: laid over it, or as a mask through which it is seen. Drawn on the target
// with the target's own pixels, so that it stays sharp however small the canvas is.

struct Overlay {
    // From a place on the wall, 0..1, to one on the overlay.
    scale: vec2f,
    offset: vec2f,
    // How much of it is there; 0 leaves the wall as it is.
    level: f32,
    // The master.
    gain: f32,
    // Level of detail, 0 for as many pixels as the overlay has.
    detail: f32,
    // 0 over the wall, 1 a mask by its alpha, 2 a mask by its light.
    mode: u32,
    // Clockwise quarter turns of the wall on its target.
    turns: u32,
    // 1 where the flash limiter has a say.
    limited: u32,
}

@group(0) @binding(0) var<uniform> overlay: Overlay;
@group(0) @binding(1) var clamped: sampler;
// The finished wall, encoded; for `measured` its cells, linear.
@group(1) @binding(0) var wall_below: texture_2d<f32>;
// Linear light times alpha.
@group(2) @binding(0) var image: texture_2d<f32>;
@group(3) @binding(0) var limits: texture_2d<f32>;

// The overlay at a place on the wall, as much of it as is there.
fn overlay_at(place: vec2f) -> vec4f {
    let uv = place * overlay.scale + overlay.offset;
    let color = textureSampleLevel(image, clamped, uv, overlay.detail);
    let inside = all(uv >= vec2f(0.0)) && all(uv <= vec2f(1.0));
    return select(vec4f(0.0), color, inside);
}

// What is left of the wall (a), and what is added to it (rgb).
fn effect_of(color: vec4f) -> vec4f {
    if overlay.mode == 0u {
        return vec4f(color.rgb * overlay.gain * overlay.level, 1.0 - color.a * overlay.level);
    }
    let opening = select(color.a, srgb_encoded(vec3f(luma(color.rgb))).x, overlay.mode == 2u);
    return vec4f(0.0, 0.0, 0.0, 1.0 - overlay.level * (1.0 - opening));
}

fn turned(at: vec2f) -> vec2f {
    switch overlay.turns {
        case 1u: { return vec2f(at.y, 1.0 - at.x); }
        case 2u: { return 1.0 - at; }
        case 3u: { return vec2f(1.0 - at.y, at.x); }
        default: { return at; }
    }
}

@fragment
fn laid_over(@location(0) uv: vec2f) -> @location(0) vec4f {
    let place = turned(uv);
    let below = textureSampleLevel(wall_below, clamped, place, 0.0).rgb;
    let effect = effect_of(overlay_at(place));
    var added = effect.rgb;
    if overlay.limited != 0u {
        added = with_limit(added, textureSampleLevel(limits, clamped, place, 0.0).xy);
    }
    let color = srgb_encoded(clamp(srgb_decoded(below) * effect.a + added, vec3f(0.0), vec3f(1.0)));
    // Beside the overlay the wall stays what it is to the last bit.
    return vec4f(select(color, below, effect.a == 1.0 && all(added == vec3f(0.0))), 1.0);
}

// A cell of the wall as the flash limiter sees it.
@fragment
fn measured(@builtin(position) position: vec4f) -> @location(0) vec4f {
    let cells = vec2f(textureDimensions(wall_below));
    var effect = vec4f(0.0);
    for (var k = 0u; k < 4u; k++) {
        let within = (vec2f(f32(k % 2u), f32(k / 2u)) + 0.5) / 2.0;
        effect += effect_of(overlay_at((floor(position.xy) + within) / cells));
    }
    effect /= 4.0;
    let below = textureLoad(wall_below, vec2u(position.xy), 0).rgb;
    return vec4f(clamp(below * effect.a + effect.rgb, vec3f(0.0), vec3f(1.0)), 1.0);
}
