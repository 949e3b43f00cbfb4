//!use effects.wgsl
// Tunnel: what the wall showed, moved, turned in colour and a little darker, shines where it is brighter than the
// picture. What is drawn here is kept, and is what the next frame feeds back.

@group(2) @binding(0) var before: texture_2d<f32>;

@fragment
fn fed_back(@location(0) uv: vec2f) -> @location(0) vec4f {
    let here = vec3f(uv, 1.0);
    let at = vec2f(dot(effects.tunnel_u.xyz, here), dot(effects.tunnel_v.xyz, here));
    let light = textureSampleLevel(before, mirrored, at, 0.0).rgb;
    let turned = vec3f(dot(effects.tunnel_red.xyz, light), dot(effects.tunnel_green.xyz, light), dot(effects.tunnel_blue.xyz, light));
    let color = max(sampled(uv), turned * effects.tunnel_keep);
    // As in the picture pass: what is no number, or beyond all light, must not go round.
    let sound = color >= vec3f(0.0) & color <= vec3f(64.0);
    return vec4f(select(vec3f(0.0), color, sound), 1.0);
}
