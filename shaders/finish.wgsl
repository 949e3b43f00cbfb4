// The last pass: the look, the master, then sRGB encoding and dither for an 8-bit target without hardware
// encoding (with it, the dither would become uneven).

struct Finish {
    // Rotation in the OKLab a,b plane: (cos, sin).
    hue: vec2f,
    saturation: f32,
    contrast: f32,
    // Brightness, blackout and flash limiter in one factor of linear light; 0 is exact black.
    gain: f32,
    // 0 passes colours on untouched.
    adjust: u32,
    // Counts displayed frames, so that the dither moves and still repeats exactly.
    frame: u32,
    // Where on the target the wall begins, in pixels.
    origin: vec2u,
}

@group(0) @binding(0) var<uniform> finish: Finish;
@group(1) @binding(0) var canvas: texture_2d<f32>;

// OKLab (Björn Ottosson, 2020).
fn oklab_from_linear(c: vec3f) -> vec3f {
    let l = dot(c, vec3f(0.4122214708, 0.5363325363, 0.0514459929));
    let m = dot(c, vec3f(0.2119034982, 0.6806995451, 0.1073969566));
    let s = dot(c, vec3f(0.0883024619, 0.2817188376, 0.6299787005));
    let r = pow(max(vec3f(l, m, s), vec3f(0.0)), vec3f(1.0 / 3.0));
    return vec3f(
        dot(r, vec3f(0.2104542553, 0.7936177850, -0.0040720468)),
        dot(r, vec3f(1.9779984951, -2.4285922050, 0.4505937099)),
        dot(r, vec3f(0.0259040371, 0.7827717662, -0.8086757660)),
    );
}

fn linear_from_oklab(c: vec3f) -> vec3f {
    let l = c.x + 0.3963377774 * c.y + 0.2158037573 * c.z;
    let m = c.x - 0.1055613458 * c.y - 0.0638541728 * c.z;
    let s = c.x - 0.0894841775 * c.y - 1.2914855480 * c.z;
    let lms = vec3f(l * l * l, m * m * m, s * s * s);
    return vec3f(
        dot(lms, vec3f(4.0767416621, -3.3077115913, 0.2309699292)),
        dot(lms, vec3f(-1.2684380046, 2.6097574011, -0.3413193965)),
        dot(lms, vec3f(-0.0041960863, -0.7034186147, 1.7076147010)),
    );
}

fn adjusted(color: vec3f) -> vec3f {
    var lab = oklab_from_linear(color);
    // Contrast turns about middle grey and cannot push lightness out of range.
    lab.x = clamp(0.5 + (lab.x - 0.5) * finish.contrast, 0.0, 1.0);
    let ab = lab.yz * finish.saturation;
    lab.y = ab.x * finish.hue.x - ab.y * finish.hue.y;
    lab.z = ab.x * finish.hue.y + ab.y * finish.hue.x;
    return max(linear_from_oklab(lab), vec3f(0.0));
}

fn srgb_encoded(c: vec3f) -> vec3f {
    let curve = 1.055 * pow(max(c, vec3f(0.0031308)), vec3f(1.0 / 2.4)) - 0.055;
    return select(curve, c * 12.92, c <= vec3f(0.0031308));
}

// Jarzynski and Olano, "Hash Functions for GPU Rendering", 2020.
fn pcg3d(seed: vec3u) -> vec3u {
    var v = seed * 1664525u + 1013904223u;
    v.x += v.y * v.z; v.y += v.z * v.x; v.z += v.x * v.y;
    v ^= v >> vec3u(16u);
    v.x += v.y * v.z; v.y += v.z * v.x; v.z += v.x * v.y;
    return v;
}

@fragment
fn wall(@builtin(position) position: vec4f) -> @location(0) vec4f {
    let pixel = min(vec2u(position.xy) - finish.origin, textureDimensions(canvas) - 1u);
    var color = textureLoad(canvas, pixel, 0).rgb;
    if finish.adjust != 0u {
        color = adjusted(color);
    }
    let level = srgb_encoded(clamp(color * finish.gain, vec3f(0.0), vec3f(1.0))) * 255.0;
    let nearest = round(level);
    // The sum of two uniforms is triangular: ±½ step of noise, and no banding left in its variance.
    let bits = pcg3d(vec3u(pixel, finish.frame));
    let noise = (vec3f(bits & vec3u(0xffffu)) + vec3f(bits >> vec3u(16u))) / 131070.0 - 0.5;
    // Levels within 1/16 of a code are not dithered: 8-bit codes that crossed the half-float canvas stay exact.
    let exact = abs(level - nearest) < vec3f(0.0625);
    let code = select(round(level + noise), nearest, exact);
    return vec4f(clamp(code, vec3f(0.0), vec3f(255.0)) / 255.0, 1.0);
}
