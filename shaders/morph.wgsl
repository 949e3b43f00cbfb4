//!use color.wgsl
// Between two images along their optical flow: each is moved to where it is by now, and they fade where the flow is not
// trusted, since there it is none.

struct Morph {
    // Rows of 2×3 maps from wall to texture coordinates.
    from_u: vec4f,
    from_v: vec4f,
    to_u: vec4f,
    to_v: vec4f,
    // From the texture of `to` to the wall.
    back_u: vec4f,
    back_v: vec4f,
    // 0 is at `from`, 1 at `to`.
    blend: f32,
    // How much of the flow counts.
    weight: f32,
}

@group(0) @binding(0) var<uniform> morph: Morph;
@group(0) @binding(1) var mirrored: sampler;
@group(1) @binding(0) var from_image: texture_2d<f32>;
@group(2) @binding(0) var to_image: texture_2d<f32>;
@group(3) @binding(0) var flow: texture_2d<f32>;

fn moved(u: vec4f, v: vec4f, uv: vec2f) -> vec2f {
    let point = vec3f(uv, 1.0);
    return vec2f(dot(u.xyz, point), dot(v.xyz, point));
}

// Lightness as the eye has it, roughly: the mean of a pixel of the flow, up to four by four of the image's.
fn lightness(image: texture_2d<f32>, u: vec4f, v: vec4f, at: vec2f, pixel: vec2f) -> f32 {
    var sum = vec3f(0.0);
    for (var n = 0u; n < 4u; n++) {
        let place = at + (vec2f(f32(n % 2u), f32(n / 2u)) - 0.5) / 2.0 * pixel;
        sum += textureSampleLevel(image, mirrored, moved(u, v, place), 0.0).rgb;
    }
    return sqrt(luma(max(sum, vec3f(0.0))) / 4.0);
}

// What the flow is sought in: both images where they lie on the second.
@fragment
fn pair(@location(0) uv: vec2f) -> @location(0) vec4f {
    let pixel = 1.0 / vec2f(textureDimensions(flow));
    let wall = moved(morph.back_u, morph.back_v, uv);
    // The same step on the wall as on the second image.
    let step = moved(morph.back_u, morph.back_v, uv + pixel) - wall;
    return vec4f(
        lightness(from_image, morph.from_u, morph.from_v, wall, step),
        lightness(to_image, morph.to_u, morph.to_v, wall, step),
        0.0,
        1.0,
    );
}

// Gathers along the flow (as Jiang et al. approximate it for the middle, "Super SloMo", 2018, eq. 4).
@fragment
fn picture(@location(0) uv: vec2f) -> @location(0) vec4f {
    let at = moved(morph.to_u, morph.to_v, uv);
    let here = textureSampleLevel(flow, mirrored, clamp(at, vec2f(0.0), vec2f(1.0)), 0.0) * morph.weight;
    let t = morph.blend;
    let from_off = -(1.0 - t) * t * here.xy + t * t * here.zw;
    let to_off = (1.0 - t) * (1.0 - t) * here.xy - t * (1.0 - t) * here.zw;
    let from_wall = uv + moved(morph.back_u, morph.back_v, from_off) - moved(morph.back_u, morph.back_v, vec2f(0.0));
    let before = textureSampleLevel(from_image, mirrored, moved(morph.from_u, morph.from_v, from_wall), 0.0).rgb;
    let after = textureSampleLevel(to_image, mirrored, at + to_off, 0.0).rgb;
    return vec4f(mix(before, after, t), 1.0);
}
