// What passes that weigh or encode colours begin with.

fn luma(color: vec3f) -> f32 {
    return dot(color, vec3f(0.2126, 0.7152, 0.0722));
}

// IEC 61966-2-1, both ways.
fn srgb_encoded(c: vec3f) -> vec3f {
    let curve = 1.055 * pow(max(c, vec3f(0.0031308)), vec3f(1.0 / 2.4)) - 0.055;
    return select(curve, c * 12.92, c <= vec3f(0.0031308));
}

fn srgb_decoded(c: vec3f) -> vec3f {
    let curve = pow((max(c, vec3f(0.04045)) + 0.055) / 1.055, vec3f(2.4));
    return select(curve, c / 12.92, c <= vec3f(0.04045));
}

// A colour with so much light (x) and saturation (y) left.
fn with_limit(color: vec3f, limit: vec2f) -> vec3f {
    let y = vec3f(luma(color));
    return (y + (color - y) * limit.y) * limit.x;
}
