// Dense optical flow between the two images of a fade, both ways at once: coarse to fine, each level linearised about the
// flow so far, local least squares with a smooth field between them (Bruhn, Weickert and Schnörr, "Lucas/Kanade meets
// Horn/Schunck", 2005) solved by successive over-relaxation. Both images are evened first, mean and contrast taken away
// around each pixel, because what is dreamt twice keeps its shapes and not its light.
//
// One workgroup. Each dispatch does the next step, so that a slow device can spread them over frames: the pyramid, three
// warps on each of four levels, and the confidence. The finest level is as large as the texture of lightness, at most 96×54:
// then all levels have 6900 pixels. The CPU twin is `render::tests::flow::twin`.

const LEVELS: u32 = 4u;
const WARPS: u32 = 3u;
const LANES: u32 = 256u;
// How much smoothness counts against the evened images; from which difference on they are doubted.
const SMOOTHNESS: f32 = 0.5;
const DOUBT: f32 = 0.3;
const SWEEPS: u32 = 5u;
const OVER: f32 = 1.7;
// A contrast that is taken for none.
const FLAT: f32 = 0.01;

struct State {
    // Number of the next step; 0 begins.
    step: u32,
    // Lightness of both images, 0..1, on all levels; and the same evened.
    raw: array<vec2f, 6900>,
    even: array<vec2f, 6900>,
    // Where the pixels of the first image are in the second, less where they were, and the other way round, in pixels of
    // the level; and where the warp began.
    flow: array<vec4f, 5184>,
    start: array<vec4f, 5184>,
    // Between the phases of a step.
    pair: array<vec2f, 5184>,
    wide: array<vec4f, 6900>,
    // Normal equations of each way: xx, xy, yy; and xt and yt of both.
    first: array<vec4f, 5184>,
    second: array<vec4f, 5184>,
    terms: array<vec4f, 5184>,
    first_mean: array<vec4f, 5184>,
    second_mean: array<vec4f, 5184>,
    terms_mean: array<vec4f, 5184>,
}

@group(0) @binding(0) var lightness: texture_2d<f32>;
@group(0) @binding(1) var<storage, read_write> state: State;
// Both flows as parts of the image, each times its confidence.
@group(0) @binding(2) var result: texture_storage_2d<rgba16float, write>;

var<workgroup> next: u32;

fn level_size(level: u32) -> vec2u {
    return (textureDimensions(lightness) + (1u << level) - 1u) >> vec2u(level);
}

// Where a level begins, behind the finer ones.
fn level_start(level: u32) -> u32 {
    var start = 0u;
    for (var finer = 0u; finer < level; finer++) {
        let size = level_size(finer);
        start += size.x * size.y;
    }
    return start;
}

fn place(k: u32, size: vec2u) -> vec2i {
    return vec2i(vec2u(k % size.x, k / size.x));
}

fn index(at: vec2i, size: vec2u) -> u32 {
    let inside = vec2u(clamp(at, vec2i(0), vec2i(size) - 1));
    return inside.y * size.x + inside.x;
}

// The four pixels around a place, and how far it is into them.
struct Near {
    at: array<u32, 4>,
    part: vec2f,
}

// `at` in pixels, their middles at whole numbers. Beyond its edges an image goes on as in a mirror.
fn near(at: vec2f, size: vec2u) -> Near {
    let wide = vec2f(size);
    let inside = clamp(at, -wide, 2.0 * wide);
    let corner = floor(inside);
    let low = mirrored(vec2i(corner), vec2i(size));
    let high = mirrored(vec2i(corner) + 1, vec2i(size));
    return Near(
        array(
            index(low, size),
            index(vec2i(high.x, low.y), size),
            index(vec2i(low.x, high.y), size),
            index(high, size),
        ),
        inside - corner,
    );
}

// Whether an image has something there.
fn is_inside(at: vec2f, size: vec2u) -> bool {
    return all(at >= vec2f(-0.5)) && all(at <= vec2f(size) - 0.5);
}

fn mirrored(at: vec2i, size: vec2i) -> vec2i {
    let low = select(at, -1 - at, at < vec2i(0));
    return select(low, 2 * size - 1 - low, low >= size);
}

fn between(a: vec4f, b: vec4f, c: vec4f, d: vec4f, part: vec2f) -> vec4f {
    return mix(mix(a, b, part.x), mix(c, d, part.x), part.y);
}

fn even_at(at: vec2f, start: u32, size: vec2u) -> vec2f {
    let n = near(at, size);
    let a = vec4f(state.even[start + n.at[0]], state.even[start + n.at[1]]);
    let b = vec4f(state.even[start + n.at[2]], state.even[start + n.at[3]]);
    return mix(mix(a.xy, a.zw, n.part.x), mix(b.xy, b.zw, n.part.x), n.part.y);
}

fn raw_at(at: vec2f, size: vec2u) -> vec2f {
    let n = near(at, size);
    let a = vec4f(state.raw[n.at[0]], state.raw[n.at[1]]);
    let b = vec4f(state.raw[n.at[2]], state.raw[n.at[3]]);
    return mix(mix(a.xy, a.zw, n.part.x), mix(b.xy, b.zw, n.part.x), n.part.y);
}

fn flow_at(at: vec2f, size: vec2u) -> vec4f {
    let n = near(at, size);
    return between(state.flow[n.at[0]], state.flow[n.at[1]], state.flow[n.at[2]], state.flow[n.at[3]], n.part);
}

// A bell of nine taps, a quarter as wide as they are; not yet divided by its sum.
fn bell(off: i32) -> f32 {
    return exp(-f32(off * off) / 10.125);
}

// Lightness on all levels, and evened.
fn prepare(lane: u32, reach: i32) {
    let finest = level_size(0u);
    let pixels = finest.x * finest.y;
    for (var k = lane; k < pixels; k += LANES) {
        state.raw[k] = textureLoad(lightness, place(k, finest), 0).xy;
    }
    for (var level = 1u; level < LEVELS; level++) {
        storageBarrier();
        let size = level_size(level);
        let start = level_start(level);
        let finer = level_size(level - 1u);
        let finer_start = level_start(level - 1u);
        for (var k = lane; k < size.x * size.y; k += LANES) {
            var sum = vec2f(0.0);
            for (var n = 0; n < 4; n++) {
                sum += state.raw[finer_start + index(2 * place(k, size) + vec2i(n % 2, n / 2), finer)];
            }
            state.raw[start + k] = sum / 4.0;
        }
    }
    storageBarrier();
    var weight = 0.0;
    for (var off = -reach; off <= reach; off++) {
        weight += bell(off);
    }
    for (var level = 0u; level < LEVELS; level++) {
        let size = level_size(level);
        let start = level_start(level);
        for (var k = lane; k < size.x * size.y; k += LANES) {
            var sum = vec4f(0.0);
            for (var off = -reach; off <= reach; off++) {
                let here = state.raw[start + index(place(k, size) + vec2i(off, 0), size)];
                sum += bell(off) * vec4f(here, here * here);
            }
            state.wide[start + k] = sum / weight;
        }
    }
    storageBarrier();
    for (var level = 0u; level < LEVELS; level++) {
        let size = level_size(level);
        let start = level_start(level);
        for (var k = lane; k < size.x * size.y; k += LANES) {
            var sum = vec4f(0.0);
            for (var off = -reach; off <= reach; off++) {
                sum += bell(off) * state.wide[start + index(place(k, size) + vec2i(0, off), size)];
            }
            sum /= weight;
            let contrast = sqrt(max(sum.zw - sum.xy * sum.xy, vec2f(0.0)));
            let at = start + k;
            state.even[at] = (state.raw[at] - sum.xy) / (contrast + FLAT);
        }
    }
    for (var k = lane; k < pixels; k += LANES) {
        state.flow[k] = vec4f(0.0);
    }
}

// One warp on one level.
fn refine(lane: u32, level: u32, first: bool, sweeps: u32) {
    let size = level_size(level);
    let pixels = size.x * size.y;
    let start = level_start(level);
    let coarser = level_size(min(level + 1u, LEVELS - 1u));
    let finer = vec2f(size) / vec2f(coarser);
    for (var k = lane; k < pixels; k += LANES) {
        if first {
            let at = (vec2f(place(k, size)) + 0.5) / finer - 0.5;
            state.start[k] = flow_at(at, coarser) * finer.xyxy;
        } else {
            state.start[k] = state.flow[k];
        }
    }
    storageBarrier();
    for (var k = lane; k < pixels; k += LANES) {
        let begun = state.start[k];
        state.flow[k] = begun;
        let at = vec2f(place(k, size));
        state.pair[k] = vec2f(even_at(at + begun.xy, start, size).y, even_at(at + begun.zw, start, size).x);
    }
    storageBarrier();
    for (var k = lane; k < pixels; k += LANES) {
        let at = place(k, size);
        let right = index(at + vec2i(1, 0), size);
        let left = index(at - vec2i(1, 0), size);
        let down = index(at + vec2i(0, 1), size);
        let up = index(at - vec2i(0, 1), size);
        // Slopes of the mean of an image and the other one brought to it; x is the first way and y the second.
        let dx = (state.even[start + right] + state.pair[right] - state.even[start + left] - state.pair[left]) / 4.0;
        let dy = (state.even[start + down] + state.pair[down] - state.even[start + up] - state.pair[up]) / 4.0;
        let dt = state.pair[k] - state.even[start + k];
        let begun = state.start[k];
        let seen = vec2f(f32(is_inside(vec2f(at) + begun.xy, size)), f32(is_inside(vec2f(at) + begun.zw, size)));
        let trust = seen * inverseSqrt(1.0 + dt * dt / (DOUBT * DOUBT));
        state.first[k] = vec4f(dx.x * dx.x, dx.x * dy.x, dy.x * dy.x, 0.0) * trust.x;
        state.second[k] = vec4f(dx.y * dx.y, dx.y * dy.y, dy.y * dy.y, 0.0) * trust.y;
        state.terms[k] = vec4f(dx.x * dt.x, dy.x * dt.x, dx.y * dt.y, dy.y * dt.y) * trust.xxyy;
    }
    storageBarrier();
    for (var k = lane; k < pixels; k += LANES) {
        var first_sum = vec4f(0.0);
        var second_sum = vec4f(0.0);
        var terms_sum = vec4f(0.0);
        var sum = 0.0;
        for (var n = 0; n < 9; n++) {
            let off = vec2i(n % 3, n / 3) - 1;
            let there = index(place(k, size) + off, size);
            let weight = exp(-f32(off.x * off.x + off.y * off.y) / 1.125);
            first_sum += weight * state.first[there];
            second_sum += weight * state.second[there];
            terms_sum += weight * state.terms[there];
            sum += weight;
        }
        state.first_mean[k] = first_sum / sum;
        state.second_mean[k] = second_sum / sum;
        state.terms_mean[k] = terms_sum / sum;
    }
    for (var half = 0u; half < 2u * sweeps; half++) {
        storageBarrier();
        for (var k = lane; k < pixels; k += LANES) {
            let at = place(k, size);
            if (u32(at.x + at.y) + half) % 2u == 0u {
                relax(k, at, size);
            }
        }
    }
}

// Solves for one pixel while its neighbours stand, and goes a little further than that.
fn relax(k: u32, at: vec2i, size: vec2u) {
    let around = (state.flow[index(at + vec2i(1, 0), size)] + state.flow[index(at - vec2i(1, 0), size)]
        + state.flow[index(at + vec2i(0, 1), size)] + state.flow[index(at - vec2i(0, 1), size)]) / 4.0;
    let begun = state.start[k];
    let right = SMOOTHNESS * (around - begun) - state.terms_mean[k];
    let first = solve(state.first_mean[k], right.xy);
    let second = solve(state.second_mean[k], right.zw);
    let here = state.flow[k];
    state.flow[k] = here + OVER * (begun + vec4f(first, second) - here);
}

fn solve(tensor: vec4f, right: vec2f) -> vec2f {
    let xx = tensor.x + SMOOTHNESS;
    let yy = tensor.z + SMOOTHNESS;
    return vec2f(yy * right.x - tensor.y * right.y, xx * right.y - tensor.y * right.x) / (xx * yy - tensor.y * tensor.y);
}

// How well a flow and the way back agree (Sundaram, Brox and Keutzer, 2010), 0..1.
fn agreement(there: vec2f, back: vec2f) -> f32 {
    let off = there + back;
    let most = 0.01 * (dot(there, there) + dot(back, back)) + 0.5;
    return 1.0 - clamp(dot(off, off) / most - 0.5, 0.0, 1.0);
}

// Trusts a flow that agrees with the way back and under which the images differ less than in a fade, and little.
fn conclude(lane: u32) {
    let size = level_size(0u);
    let pixels = size.x * size.y;
    for (var k = lane; k < pixels; k += LANES) {
        let at = vec2f(place(k, size));
        let flow = state.flow[k];
        let before = raw_at(at + (flow.zw - flow.xy) / 4.0, size).x;
        let after = raw_at(at + (flow.xy - flow.zw) / 4.0, size).y;
        state.pair[k] = vec2f(abs(before - after), abs(state.raw[k].x - state.raw[k].y));
    }
    storageBarrier();
    for (var k = lane; k < pixels; k += LANES) {
        let at = place(k, size);
        var off = vec2f(0.0);
        var sum = 0.0;
        for (var n = 0; n < 9; n++) {
            let step = vec2i(n % 3, n / 3) - 1;
            let weight = exp(-f32(step.x * step.x + step.y * step.y) / 1.125);
            off += weight * state.pair[index(at + step, size)];
            sum += weight;
        }
        off /= sum;
        let flow = state.flow[k];
        let helps = 1.0 - clamp((off.x / (off.y + 0.006) - 0.6) / 0.4, 0.0, 1.0);
        let alike = 1.0 - clamp((off.x - 0.08) / 0.12, 0.0, 1.0);
        let there = agreement(flow.xy, flow_at(vec2f(at) + flow.xy, size).zw);
        let back = agreement(flow.zw, flow_at(vec2f(at) + flow.zw, size).xy);
        let confidence = min(there, back) * helps * alike;
        textureStore(result, at, flow * confidence / vec2f(size).xyxy);
    }
}

@compute @workgroup_size(256)
fn flow(@builtin(local_invocation_index) lane: u32) {
    if lane == 0u {
        next = state.step;
    }
    let step = workgroupUniformLoad(&next);
    // Always 0, but not known to the compiler: unrolled, the loops take a second to compile.
    let nothing = step / 1000u;
    if step == 0u {
        prepare(lane, 4 + i32(nothing));
    } else if step <= LEVELS * WARPS {
        refine(lane, LEVELS - 1u - (step - 1u) / WARPS, (step - 1u) % WARPS == 0u, SWEEPS + nothing);
    } else {
        conclude(lane);
    }
    if lane == 0u {
        state.step = step + 1u;
    }
}
