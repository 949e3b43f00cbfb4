//!use color.wgsl
// Where a picture is sampled after the camera moved.
// The CPU twin is `motion::SamplingMap`.

// Whether pictures tell in their alpha how near each point is: 1 lies at depth 1, 0 at depth 2. A constant, so that a
// picture without depth costs no look at it.
override deep: bool = false;

struct Lens {
    // Rows a, b, c, t: the ray through the wall's point, and where the camera stands.
    x: vec4f,
    y: vec4f,
    z: vec4f,
}

// The point of a texture that is seen at `uv`, were all of it at depth z.
fn seen_at(lens: Lens, uv: vec2f, z: f32) -> vec2f {
    let point = vec3f(uv, 1.0);
    let ray = vec3f(dot(lens.x.xyz, point), dot(lens.y.xyz, point), max(dot(lens.z.xyz, point), 1e-3));
    let along = (z - lens.z.w) / ray.z;
    return (along * ray.xy + vec2f(lens.x.w, lens.y.w)) / z + 0.5;
}

// The same with the texture's own depth: twice from where it would be without to where that depth says.
fn seen(image: texture_2d<f32>, edges: sampler, lens: Lens, uv: vec2f) -> vec2f {
    var at = seen_at(lens, uv, 1.0);
    if deep {
        at = seen_at(lens, uv, 2.0 - textureSampleLevel(image, edges, at, 0.0).a);
        at = seen_at(lens, uv, 2.0 - textureSampleLevel(image, edges, at, 0.0).a);
    }
    return at;
}
