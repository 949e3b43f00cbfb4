//!use lens.wgsl
// Between two images along their optical flow: each is moved to where it is by now, and they fade where the flow is not
// trusted, since there it is none.

struct Morph {
    from_lens: Lens,
    to_lens: Lens,
    // From the texture of `to` to the wall, projective rows.
    back_x: vec4f,
    back_y: vec4f,
    back_z: vec4f,
    // 0 is at `from`, 1 at `to`.
    blend: f32,
    // How much of the flow counts.
    weight: f32,
}

@group(0) @binding(0) var<uniform> morph: Morph;
@group(0) @binding(1) var edges: sampler;
@group(1) @binding(0) var from_image: texture_2d<f32>;
@group(2) @binding(0) var to_image: texture_2d<f32>;
@group(3) @binding(0) var flow: texture_2d<f32>;

// Where a point of the texture of `to` lies on the wall.
fn on_wall(at: vec2f) -> vec2f {
    let point = vec3f(at, 1.0);
    return vec2f(dot(morph.back_x.xyz, point), dot(morph.back_y.xyz, point)) / max(dot(morph.back_z.xyz, point), 1e-3);
}

// Lightness as the eye has it, roughly: the mean of a pixel of the flow, up to four by four of the image's.
fn lightness(image: texture_2d<f32>, lens: Lens, at: vec2f, pixel: vec2f) -> f32 {
    var sum = vec3f(0.0);
    for (var n = 0u; n < 4u; n++) {
        let place = at + (vec2f(f32(n % 2u), f32(n / 2u)) - 0.5) / 2.0 * pixel;
        sum += textureSampleLevel(image, edges, seen_at(lens, place, 1.0), 0.0).rgb;
    }
    return sqrt(luma(max(sum, vec3f(0.0))) / 4.0);
}

// What the flow is sought in: both images where they lie on the second.
@fragment
fn pair(@location(0) uv: vec2f) -> @location(0) vec4f {
    let pixel = 1.0 / vec2f(textureDimensions(flow));
    let wall = on_wall(uv);
    // The same step on the wall as on the second image.
    let step = on_wall(uv + pixel) - wall;
    return vec4f(
        lightness(from_image, morph.from_lens, wall, step),
        lightness(to_image, morph.to_lens, wall, step),
        0.0,
        1.0,
    );
}

// Gathers along the flow (as Jiang et al. approximate it for the middle, "Super SloMo", 2018, eq. 4).
@fragment
fn picture(@location(0) uv: vec2f) -> @location(0) vec4f {
    let at = seen(to_image, edges, morph.to_lens, uv);
    let here = textureSampleLevel(flow, edges, clamp(at, vec2f(0.0), vec2f(1.0)), 0.0) * morph.weight;
    let t = morph.blend;
    let from_off = -(1.0 - t) * t * here.xy + t * t * here.zw;
    let to_off = (1.0 - t) * (1.0 - t) * here.xy - t * (1.0 - t) * here.zw;
    let from_wall = uv + on_wall(at + from_off) - on_wall(at);
    let before = textureSampleLevel(from_image, edges, seen(from_image, edges, morph.from_lens, from_wall), 0.0);
    let after = textureSampleLevel(to_image, edges, at + to_off, 0.0);
    // What is held of it goes on with its depth.
    let picture = mix(before, after, t);
    return vec4f(picture.rgb, select(1.0, picture.a, deep));
}
