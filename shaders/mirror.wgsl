//!use effects.wgsl
// Mirror and kaleidoscope: the angle about a centre is folded like a fan, so that the picture repeats, reflected. It opens
// from the centre like an iris.

// Width of the iris's soft rim, in wall heights.
const RIM: f32 = 0.1;

@fragment
fn folded(@location(0) uv: vec2f) -> @location(0) vec4f {
    let axis = effects.mirror_axis;
    let here = from_centre(uv) - effects.mirror_centre;
    // Turned so that the axis points up and the angle is 0 on it: two folds are the left and the right half.
    let turned = vec2f(here.x * axis.x + here.y * axis.y, here.y * axis.x - here.x * axis.y);
    let angle = atan2(turned.x, -turned.y);
    let fold = 2.0 * effects.mirror_fold;
    let inside = abs(angle - fold * round(angle / fold));
    let radius = length(turned);
    let there = radius * vec2f(sin(inside), -cos(inside));
    let back = vec2f(there.x * axis.x - there.y * axis.y, there.y * axis.x + there.x * axis.y);
    let open = 1.0 - smoothstep(effects.mirror_iris - RIM, effects.mirror_iris, radius);
    return vec4f(mix(sampled(uv), sampled(on_wall(back + effects.mirror_centre)), open), 1.0);
}
