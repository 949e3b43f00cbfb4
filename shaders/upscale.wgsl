//!use color.wgsl
// An arrived image, made larger along its edges: once per image, not per frame.
//
// Twelve texels around a point are weighed by a kernel that is narrow across the local edge and long along it, and the
// result is kept between the four nearest texels, so that nothing rings. After AMD's FidelityFX Super Resolution 1.0,
// "EASU" (Lottes, 2021), whose kernel is a polynomial approximation of a windowed sinc. Values are read and written as
// sRGB encodes them: in linear light dark edges would not count.

@group(0) @binding(0) var image: texture_2d<f32>;

// Gradient and how much of an edge there is, so far.
struct Edge {
    direction: vec2f,
    strength: f32,
}

fn texel(at: vec2i) -> vec3f {
    let last = vec2i(textureDimensions(image)) - 1;
    return textureLoad(image, clamp(at, vec2i(0), last), 0).rgb;
}

// How near it is: what an image tells in its alpha.
fn near(at: vec2i) -> f32 {
    let last = vec2i(textureDimensions(image)) - 1;
    return textureLoad(image, clamp(at, vec2i(0), last), 0).a;
}

// Adds what the texel in the middle of a cross tells, `weight` of it. A step or a ramp counts fully, a thin line not.
fn look(edge: Edge, left: f32, up: f32, middle: f32, right: f32, down: f32, weight: f32) -> Edge {
    let gradient = vec2f(right - left, down - up);
    let steepest = vec2f(max(abs(right - middle), abs(middle - left)), max(abs(down - middle), abs(middle - up)));
    let straight = clamp(abs(gradient) / max(steepest, vec2f(1e-4)), vec2f(0.0), vec2f(1.0));
    return Edge(edge.direction + gradient * weight, edge.strength + dot(straight, straight) * weight);
}

// The kernel at a texel `offset` away, and that texel's colour: rgb and weight, to be summed.
fn tap(offset: vec2f, along: vec2f, stretch: vec2f, lobe: f32, color: vec3f) -> vec4f {
    let turned = vec2f(dot(offset, along), dot(offset, vec2f(-along.y, along.x))) * stretch;
    let d = min(dot(turned, turned), 1.0 / lobe);
    let base = 0.4 * d - 1.0;
    let window = lobe * d - 1.0;
    let weight = (1.5625 * base * base - 0.5625) * window * window;
    return vec4f(color * weight, weight);
}

@fragment
fn larger(@location(0) uv: vec2f) -> @location(0) vec4f {
    let place = uv * vec2f(textureDimensions(image)) - 0.5;
    let corner = vec2i(floor(place));
    let f = place - floor(place);
    //     b c
    //   e f g h
    //   i j k l
    //     n o
    let b = texel(corner + vec2i(0, -1));
    let c = texel(corner + vec2i(1, -1));
    let e = texel(corner + vec2i(-1, 0));
    let m = texel(corner);
    let g = texel(corner + vec2i(1, 0));
    let h = texel(corner + vec2i(2, 0));
    let i = texel(corner + vec2i(-1, 1));
    let j = texel(corner + vec2i(0, 1));
    let k = texel(corner + vec2i(1, 1));
    let l = texel(corner + vec2i(2, 1));
    let n = texel(corner + vec2i(0, 2));
    let o = texel(corner + vec2i(1, 2));
    let y_m = luma(m);
    let y_g = luma(g);
    let y_j = luma(j);
    let y_k = luma(k);
    var edge = Edge(vec2f(0.0), 0.0);
    edge = look(edge, luma(e), luma(b), y_m, y_g, y_j, (1.0 - f.x) * (1.0 - f.y));
    edge = look(edge, y_m, luma(c), y_g, luma(h), y_k, f.x * (1.0 - f.y));
    edge = look(edge, luma(i), y_m, y_j, y_k, luma(n), (1.0 - f.x) * f.y);
    edge = look(edge, y_j, y_g, y_k, luma(l), luma(o), f.x * f.y);

    let length_squared = dot(edge.direction, edge.direction);
    let flat = length_squared < 1.0 / 32768.0;
    let along = select(edge.direction * inverseSqrt(max(length_squared, 1e-12)), vec2f(1.0, 0.0), flat);
    // 0 where there is no edge, 1 on a clear one.
    let clear = 0.25 * edge.strength * edge.strength;
    let diagonal = 1.0 / max(abs(along.x), abs(along.y));
    let stretch = vec2f(1.0 + (diagonal - 1.0) * clear, 1.0 - 0.5 * clear);
    let lobe = 0.5 - 0.29 * clear;

    var sum = tap(vec2f(0.0, -1.0) - f, along, stretch, lobe, b);
    sum += tap(vec2f(1.0, -1.0) - f, along, stretch, lobe, c);
    sum += tap(vec2f(-1.0, 0.0) - f, along, stretch, lobe, e);
    sum += tap(vec2f(0.0, 0.0) - f, along, stretch, lobe, m);
    sum += tap(vec2f(1.0, 0.0) - f, along, stretch, lobe, g);
    sum += tap(vec2f(2.0, 0.0) - f, along, stretch, lobe, h);
    sum += tap(vec2f(-1.0, 1.0) - f, along, stretch, lobe, i);
    sum += tap(vec2f(0.0, 1.0) - f, along, stretch, lobe, j);
    sum += tap(vec2f(1.0, 1.0) - f, along, stretch, lobe, k);
    sum += tap(vec2f(2.0, 1.0) - f, along, stretch, lobe, l);
    sum += tap(vec2f(0.0, 2.0) - f, along, stretch, lobe, n);
    sum += tap(vec2f(1.0, 2.0) - f, along, stretch, lobe, o);
    let color = clamp(sum.rgb / sum.a, min(min(m, g), min(j, k)), max(max(m, g), max(j, k)));
    let nearness = mix(
        mix(near(corner), near(corner + vec2i(1, 0)), f.x),
        mix(near(corner + vec2i(0, 1)), near(corner + vec2i(1, 1)), f.x),
        f.y,
    );
    return vec4f(color, nearness);
}
