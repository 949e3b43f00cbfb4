//!use color.wgsl
// What the passes of the look share. It is put before each of them; alone it draws nothing.

struct Effects {
    // −1..1, the newest waveform. Four numbers an entry.
    waveform: array<vec4f, 32>,
    // Rows of the 2×3 map from the wall to where the light of the tunnel was when it was last drawn.
    tunnel_u: vec4f,
    tunnel_v: vec4f,
    // Rows of the matrix that turns the tunnel's colours.
    tunnel_red: vec4f,
    tunnel_green: vec4f,
    tunnel_blue: vec4f,
    // Where the mirror stands, in wall heights from the centre; the direction of its axis, (cos, sin).
    mirror_centre: vec2f,
    mirror_axis: vec2f,
    // Width of the wall over its height.
    aspect: f32,
    // Radius to which the mirror is open, in wall heights.
    mirror_iris: f32,
    // Angle of one fold in radians.
    mirror_fold: f32,
    // Displacement in wall heights by light, by noise and by sound.
    bend_light: f32,
    bend_noise: f32,
    bend_sound: f32,
    // Runs from 0 to 64 and round again.
    beats: f32,
    // What is left of the tunnel's light.
    tunnel_keep: f32,
    // How far red and blue come apart at the edge of the wall, in wall heights.
    apart: f32,
    contour: f32,
    // Distance over which edges are looked for, in pixels.
    reach: f32,
}

@group(0) @binding(0) var<uniform> effects: Effects;
@group(0) @binding(1) var mirrored: sampler;
@group(1) @binding(0) var canvas: texture_2d<f32>;

fn sampled(uv: vec2f) -> vec3f {
    return textureSampleLevel(canvas, mirrored, uv, 0.0).rgb;
}

// Wall heights from the centre, x right, y down; and back to 0..1 from the top left.
fn from_centre(uv: vec2f) -> vec2f {
    return (uv - 0.5) * vec2f(effects.aspect, 1.0);
}

fn on_wall(place: vec2f) -> vec2f {
    return place / vec2f(effects.aspect, 1.0) + 0.5;
}
