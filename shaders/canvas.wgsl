//!use lens.wgsl
// The picture pass: two images, each moved by the camera since it was made, faded in linear light, over the
// trail of what was on the wall before. Everything is linear light in Rgba16Float.
// The CPU twin of the sampling is `motion::warp`.

struct Canvas {
    // From the wall to texture coordinates.
    from_lens: Lens,
    to_lens: Lens,
    trail_lens: Lens,
    // 0 shows `from`, 1 shows `to`; at the ends the other image is not read at all.
    blend: f32,
    // What is left of the previous canvas; 0 is the exact bypass and reads nothing.
    trail_keep: f32,
    // How far the waveform pulls rows sideways, in wall widths; how much the spectrum lights columns.
    tremble: f32,
    swell: f32,
    // −1..1, along the wall from top to bottom; 0..1, from the middle to both edges. Four numbers an entry.
    waveform: array<vec4f, 32>,
    spectrum: array<vec4f, 16>,
}

// Whether the sound moves the picture. A pipeline constant and not a uniform, so that the code is compiled out when it
// is false: software drivers run both sides of a branch, and the array look-ups per pixel take three times as long as
// all the rest.
override sounding: bool = false;

@group(0) @binding(0) var<uniform> canvas: Canvas;
@group(0) @binding(1) var edges: sampler;
@group(1) @binding(0) var from_image: texture_2d<f32>;
@group(2) @binding(0) var to_image: texture_2d<f32>;
@group(3) @binding(0) var before: texture_2d<f32>;

// The waveform at height y, between its points.
fn wave(y: f32) -> f32 {
    let at = clamp(y, 0.0, 1.0) * 127.0;
    let i = u32(at);
    let j = min(i + 1u, 127u);
    return mix(canvas.waveform[i / 4u][i % 4u], canvas.waveform[j / 4u][j % 4u], fract(at));
}

// The spectrum at column x: bass in the middle, treble at both edges.
fn level(x: f32) -> f32 {
    let at = clamp(abs(x - 0.5) * 2.0, 0.0, 1.0) * 63.0;
    let i = u32(at);
    let j = min(i + 1u, 63u);
    return mix(canvas.spectrum[i / 4u][i % 4u], canvas.spectrum[j / 4u][j % 4u], fract(at));
}

@fragment
fn picture(@location(0) uv: vec2f) -> @location(0) vec4f {
    var at = uv;
    if sounding {
        at.x += canvas.tremble * wave(uv.y);
    }
    // Always 0, but not known to the compiler. Without it lavapipe recompiles the shader for every value of a uniform
    // that decides a branch, which takes a quarter of a second.
    let nothing = min(uv.x, 0.0);
    // Light, and how near it is.
    var picture = vec4f(0.0, 0.0, 0.0, 1.0);
    if canvas.blend + nothing < 1.0 {
        picture = textureSampleLevel(from_image, edges, seen(from_image, edges, canvas.from_lens, at), 0.0);
    }
    if canvas.blend + nothing > 0.0 {
        let to = textureSampleLevel(to_image, edges, seen(to_image, edges, canvas.to_lens, at), 0.0);
        picture = mix(picture, to, canvas.blend);
    }
    var color = picture.rgb;
    if sounding {
        color *= 1.0 + canvas.swell * (1.5 * level(uv.x) - 0.5);
    }
    if canvas.trail_keep + nothing > 0.0 {
        // Lighten: bright things leave a trail, and no pixel gets brighter than its sources ever were.
        let trail = textureSampleLevel(before, edges, seen_at(canvas.trail_lens, uv, 1.0), 0.0).rgb;
        color = max(color, trail * canvas.trail_keep);
    }
    // Comparisons with NaN are false, so NaN and values outside 0..64 become 0 and cannot persist in the trail.
    let sound = color >= vec3f(0.0) & color <= vec3f(64.0);
    return vec4f(select(vec3f(0.0), color, sound), select(1.0, clamp(picture.a, 0.0, 1.0), deep));
}
