// The finished picture, scaled and turned to where the wall is on its target: one look-up a pixel, because on a software
// driver the target's own pixels are what costs.

struct Scale {
    // The rectangle of the target that is the wall, in pixels.
    origin: vec2f,
    size: vec2f,
    // Clockwise quarter turns of the picture.
    turns: u32,
}

@group(0) @binding(0) var<uniform> scale: Scale;
@group(0) @binding(1) var mirrored: sampler;
@group(1) @binding(0) var finished: texture_2d<f32>;

// From a place on the wall to the picture, both 0..1 from the top left.
fn turned(at: vec2f) -> vec2f {
    switch scale.turns {
        case 1u: { return vec2f(at.y, 1.0 - at.x); }
        case 2u: { return 1.0 - at; }
        case 3u: { return vec2f(1.0 - at.y, at.x); }
        default: { return at; }
    }
}

@fragment
fn wall(@builtin(position) position: vec4f) -> @location(0) vec4f {
    let at = (position.xy - scale.origin) / scale.size;
    return vec4f(textureSampleLevel(finished, mirrored, turned(at), 0.0).rgb, 1.0);
}
