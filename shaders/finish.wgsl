//!use color.wgsl
// The last pass: glow, colours, halftone and grain of the look, the master, then sRGB encoding and dither for an 8-bit
// target without hardware encoding (with it, the dither would become uneven).

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
    // The look's amounts, each 0..1 and 0 the exact identity. Glow is a factor of light.
    glow: f32,
    palette: f32,
    invert: f32,
    dots: f32,
    lines: f32,
    grain: f32,
    // Side of a halftone cell in pixels.
    cell: f32,
    // Linear light that is laid over all, and how much of it: 0..1.
    hit: vec4f,
    // From dark to bright, linear light.
    colors: array<vec4f, 8>,
}

// How much of the look is wanted: 0 its colours, 1 glow, hit and grain too, 2 everything; and whether the flash limiter holds
// anything. Pipeline constants: software drivers run both sides of a branch, and all of it takes three times as long as the rest.
override rich: u32 = 0u;
override held: bool = false;

@group(0) @binding(0) var<uniform> finish: Finish;
@group(0) @binding(1) var mirrored: sampler;
@group(1) @binding(0) var canvas: texture_2d<f32>;
@group(2) @binding(0) var glow: texture_2d<f32>;
// Gain and saturation that the flash limiter leaves.
@group(3) @binding(0) var limits: texture_2d<f32>;

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

// Jarzynski and Olano, "Hash Functions for GPU Rendering", 2020.
fn pcg3d(seed: vec3u) -> vec3u {
    var v = seed * 1664525u + 1013904223u;
    v.x += v.y * v.z; v.y += v.z * v.x; v.z += v.x * v.y;
    v ^= v >> vec3u(16u);
    v.x += v.y * v.z; v.y += v.z * v.x; v.z += v.x * v.y;
    return v;
}

// 0 at black, 1 at white, as even to the eye as a cube root is.
fn lightness(color: vec3f) -> f32 {
    return pow(clamp(luma(color), 0.0, 1.0), 1.0 / 3.0);
}

// The palette at 0..1, between its colours.
fn palette(along: f32) -> vec3f {
    let at = clamp(along, 0.0, 1.0) * 7.0;
    let i = u32(at);
    return mix(finish.colors[i].rgb, finish.colors[min(i + 1u, 7u)].rgb, fract(at));
}

// Dots of light on a grid that is turned by an eighth, as large as the place is bright.
fn dotted(color: vec3f, pixel: vec2f) -> vec3f {
    let turned = vec2f(pixel.x + pixel.y, pixel.y - pixel.x) * (0.70710678 / finish.cell);
    let wave = 0.5 + 0.25 * (cos(6.2831853 * turned.x) + cos(6.2831853 * turned.y));
    let here = lightness(color);
    let dot_edge = 1.5 / finish.cell;
    let covered = smoothstep(-dot_edge, dot_edge, here + wave - 1.0);
    // The light of the place, gathered on its dot.
    return color * covered / max(here, 0.25);
}

// Lines of light, thicker where it is bright.
fn lined(color: vec3f, pixel: vec2f) -> vec3f {
    let wave = 0.5 + 0.5 * cos(6.2831853 * pixel.y / finish.cell);
    let here = lightness(color);
    let covered = smoothstep(-0.25, 0.25, here + wave - 0.85);
    return color * mix(0.15, 1.25, covered);
}

fn with_glow(color: vec3f, pixel: vec2u) -> vec3f {
    let uv = (vec2f(pixel) + 0.5) / vec2f(textureDimensions(canvas));
    return color + finish.glow * textureSampleLevel(glow, mirrored, uv, 0.0).rgb;
}

// White minus the encoded colour, as on film.
fn negative(color: vec3f) -> vec3f {
    let turned = vec3f(1.0) - srgb_encoded(clamp(color, vec3f(0.0), vec3f(1.0)));
    return turned * turned;
}

// Most in the middle tones, as in film; white does not glitter and black stays black.
fn grained(color: vec3f, pixel: vec2u) -> vec3f {
    let bits = pcg3d(vec3u(pixel, finish.frame ^ 0x9e3779b9u));
    let noise = f32(bits.x & 0xffffu) / 65535.0 + f32(bits.x >> 16u) / 65535.0 - 1.0;
    let here = sqrt(clamp(luma(color), 0.0, 1.0));
    return color * max(1.0 + finish.grain * noise * 1.6 * (1.0 - 0.7 * here), 0.0);
}

// What the flash limiter leaves of a colour, between its tiles.
fn limited(color: vec3f, uv: vec2f) -> vec3f {
    return with_limit(color, textureSampleLevel(limits, mirrored, uv, 0.0).xy);
}

// The colours of a place as they are shown, halftone, grain and limiter aside. `uv` is 0..1 of the wall.
fn shown(pixel: vec2u, nothing: u32) -> vec3f {
    var color = textureLoad(canvas, pixel, 0).rgb;
    if rich > 0u {
        color = with_glow(color, pixel);
    }
    if rich > 1u {
        color = mix(color, palette(lightness(color)), finish.palette);
        color = mix(color, negative(color), finish.invert);
    }
    if finish.adjust + nothing != 0u {
        color = adjusted(color);
    }
    if rich > 0u {
        color = mix(color, finish.hit.rgb, finish.hit.a);
    }
    return color;
}

// What the flash limiter sees: the mean of four places of a cell, of which a tile has two each way.
@fragment
fn measured(@builtin(position) position: vec4f, @location(0) uv: vec2f) -> @location(0) vec4f {
    let size = vec2f(textureDimensions(canvas));
    let cell = size / vec2f(2u * textureDimensions(limits));
    let corner = floor(position.xy) * cell;
    let nothing = u32(min(position.x, 0.0));
    var sum = vec3f(0.0);
    for (var k = 0u; k < 4u; k++) {
        let place = corner + cell * (vec2f(f32(k % 2u), f32(k / 2u)) + 0.5) / 2.0;
        sum += clamp(shown(min(vec2u(place), vec2u(size) - 1u), nothing) * finish.gain, vec3f(0.0), vec3f(1.0));
    }
    return vec4f(sum / 4.0, 1.0);
}

@fragment
fn wall(@builtin(position) position: vec4f) -> @location(0) vec4f {
    let pixel = min(vec2u(position.xy) - finish.origin, textureDimensions(canvas) - 1u);
    // Always 0, but not known to the compiler, see the picture pass.
    let nothing = u32(min(position.x, 0.0));
    var color = shown(pixel, nothing);
    if rich > 1u {
        let place = vec2f(pixel) + 0.5;
        color = mix(color, dotted(color, place), finish.dots);
        color = mix(color, lined(color, place), finish.lines);
    }
    if rich > 0u {
        color = grained(color, pixel);
    }
    if held {
        color = limited(color, (vec2f(pixel) + 0.5) / vec2f(textureDimensions(canvas)));
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
