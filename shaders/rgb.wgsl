//!use effects.wgsl
// Colours apart: red outwards and blue inwards, as through a cheap lens, and a little sideways, as on a bad tape.

@fragment
fn apart(@location(0) uv: vec2f) -> @location(0) vec4f {
    let here = from_centre(uv);
    let off = effects.apart * (here + vec2f(0.5, 0.0));
    let red = sampled(on_wall(here + off)).r;
    let blue = sampled(on_wall(here - off)).b;
    return vec4f(red, sampled(uv).g, blue, 1.0);
}
