// The finished picture, scaled and turned to where the wall is on its target: one look-up a pixel at a place that is only handed
// on, because on a software driver the target's own pixels are what costs.

struct Scale {
    // Clockwise quarter turns of the picture.
    turns: u32,
}

// Whether it is turned at all: software drivers are fastest without that code.
override turned: bool = false;

@group(0) @binding(0) var<uniform> scale: Scale;
@group(0) @binding(1) var clamped: sampler;
@group(1) @binding(0) var finished: texture_2d<f32>;

// From a place on the wall to the picture, both 0..1 from the top left.
fn place(at: vec2f) -> vec2f {
    switch scale.turns {
        case 1u: { return vec2f(at.y, 1.0 - at.x); }
        case 2u: { return 1.0 - at; }
        case 3u: { return vec2f(1.0 - at.y, at.x); }
        default: { return at; }
    }
}

// `uv` is 0..1 of where the wall is on the target.
@fragment
fn wall(@location(0) uv: vec2f) -> @location(0) vec4f {
    if turned {
        return textureSampleLevel(finished, clamped, place(uv), 0.0);
    }
    return textureSampleLevel(finished, clamped, uv, 0.0);
}
