//!use color.wgsl
// The flash limiter: counts flashes in every window of the wall as it is about to be shown, and holds what would be one too
// many. One workgroup, once per frame: changes are seen in cells, four to a tile, and tiles are held; its state stays on the device.
// Thresholds are stricter than the standards' (WCAG 2.2 SC 2.3.1; ITU-R BT.1702; TRACE 2024), because a cell is a mean and an edge
// may run through it.
// The CPU twin is `render::tests::flash::twin`.

const COLUMNS: u32 = 32;
const ROWS: u32 = 18;
const TILES: u32 = 576;
// Cells of a tile, on each side and in all.
const SIDE: u32 = 2;
const CELLS_OF_TILE: u32 = 4;
// Kinds of counts in each window.
const COUNTS: u32 = 4;
const LANES: u32 = 64;
// A change of luminance that counts; among bright states it is this part of the darker one over 0.8.
const SWING: f32 = 0.06;
const BRIGHT: f32 = 0.8;
// A change of saturated red that counts, in 320 (R − G − B); and the share of red in a state from which on it is saturated.
const RED_SWING: f32 = 13.0;
const RED_SHARE: f32 = 0.6;
// The part of a window that has to change together, in light and in red, and by the extended rule, and within which time.
const AREA: f32 = 0.14;
const AREA_RED: f32 = 0.12;
const AREA_EXTENDED: f32 = 0.24;
const TOGETHER_MS: u32 = 20;
// Changes in a second, up and down, from which on no rise is let through: with the fall after it that makes six. And in five
// seconds, the extended rule: fewer than four a second for four seconds.
const MANY: u32 = 5u;
const SECOND_MS: u32 = 1001;
const MANY_EXTENDED: u32 = 14u;
const EXTENDED_MS: u32 = 5000;
// How close below a change that counts the wall is held, and how fast it is let go, in full light a second.
const MARGIN: f32 = 0.9;
const RECOVERY: f32 = 1.0;

struct Flash {
    window: vec2u,
    // Time of the show, never 0; wraps after seven weeks.
    now_ms: u32,
    elapsed_s: f32,
    // 1 in the first frame, which is compared with nothing.
    first: u32,
}

// One kind of change, luminance or red, in a cell.
struct Trend {
    low: f32,
    high: f32,
    // 1 after a rise, −1 after a fall.
    direction: i32,
    rose_ms: u32,
    fell_ms: u32,
}

struct Cell {
    light: Trend,
    red: Trend,
}

// One kind of change in a window: when the newest came, round and round.
struct Count {
    at_ms: array<u32, 14>,
    next: u32,
    direction: i32,
}

struct State {
    cells: array<Cell, 2304>,
    // What is left of light and of saturation in each tile.
    limits: array<vec2f, 576>,
    // Of light in each window, by its first tile, and then of red; and both again for the extended rule.
    counts: array<Count, 2304>,
}

// A storage buffer, since lavapipe compiles a compute shader anew for every dispatch when uniforms decide its loops.
@group(0) @binding(0) var<storage, read> flash: Flash;
@group(0) @binding(1) var measured: texture_2d<f32>;
@group(0) @binding(2) var<storage, read_write> state: State;
// Gain and saturation.
@group(0) @binding(3) var limits: texture_storage_2d<rgba16float, write>;
// Arguments of the final pass, drawn without limits and with them: four numbers each, the second says whether.
@group(0) @binding(4) var<storage, read_write> draws: array<u32, 8>;

// Cells of a tile that change, rises in the lower half and falls in the upper, of light and of red; the same summed over rows, and
// over windows; windows in which a rise would be too much, spread over rows; what is decided for a tile, and the least around it.
var<workgroup> changing: array<vec2u, 576>;
var<workgroup> row_sum: array<vec2u, 576>;
var<workgroup> full: array<u32, 576>;
var<workgroup> full_row: array<u32, 576>;
var<workgroup> decided: array<vec2f, 576>;
var<workgroup> least: array<vec2f, 576>;
var<workgroup> held: atomic<u32>;

const FALL: u32 = 0x10000u;

fn redness(color: vec3f) -> f32 {
    let sum = color.r + color.g + color.b;
    return select(0.0, 320.0 * max(color.r - color.g - color.b, 0.0), color.r >= RED_SHARE * sum);
}

fn light_step(low: f32) -> f32 {
    return max(SWING, low * SWING / BRIGHT);
}

// One of the cells of a tile.
fn cell_of(tile: u32, n: u32) -> u32 {
    let at = SIDE * vec2u(tile % COLUMNS, tile / COLUMNS) + vec2u(n % SIDE, n / SIDE);
    return at.y * SIDE * COLUMNS + at.x;
}

fn color_of(cell: u32) -> vec3f {
    return textureLoad(measured, vec2u(cell % (SIDE * COLUMNS), cell / (SIDE * COLUMNS)), 0).rgb;
}

fn windows() -> vec2u {
    return vec2u(COLUMNS, ROWS) - flash.window + 1u;
}

fn is_window(at: vec2u) -> bool {
    return all(at < windows());
}

// Changing cells in the row of a window that begins at `tile`.
fn sum_row(tile: u32) -> vec2u {
    var sum = vec2u(0u);
    for (var x = 0u; x < flash.window.x; x++) {
        sum += changing[min(tile + x, TILES - 1u)];
    }
    return sum;
}

// Changing cells in the window that begins at `tile`, from the sums of its rows.
fn sum_window(tile: u32) -> vec2u {
    var sum = vec2u(0u);
    for (var y = 0u; y < flash.window.y; y++) {
        sum += row_sum[min(tile + y * COLUMNS, TILES - 1u)];
    }
    return sum;
}

fn is_large(count: u32, area: f32) -> bool {
    return f32(count) > area * f32(flash.window.x * flash.window.y * CELLS_OF_TILE);
}

// Whether a full window begins in the tile's row, so near that it covers the tile.
fn spread_row(tile: u32) -> u32 {
    var found = 0u;
    for (var x = 0u; x <= min(flash.window.x - 1u, tile % COLUMNS); x++) {
        found |= full[tile - x];
    }
    return found;
}

// Whether the tile lies in a window that is full.
fn in_full(tile: u32) -> bool {
    var found = 0u;
    for (var y = 0u; y <= min(flash.window.y - 1u, tile / COLUMNS); y++) {
        found |= full_row[tile - y * COLUMNS];
    }
    return found != 0u;
}

fn is_recent(at_ms: u32, within_ms: u32) -> bool {
    return at_ms != 0u && flash.now_ms - at_ms < within_ms;
}

// Whether one more rise of so many cells is too much: the change that many before the newest tells how long ago they began.
fn spent(count: u32, cells: u32, area: f32) -> bool {
    let next = state.counts[count].next;
    let second = state.counts[count].at_ms[(next + MANY_EXTENDED - MANY) % MANY_EXTENDED];
    let extended = state.counts[2u * TILES + count].at_ms[state.counts[2u * TILES + count].next];
    return (is_large(cells, area) && is_recent(second, SECOND_MS))
        || (is_large(cells, AREA_EXTENDED) && is_recent(extended, EXTENDED_MS));
}

// The changes of a trend that comes to `value`: 1 up, 2 down, 0 none; `step` is what counts from a low.
fn change(trend: Trend, value: f32, step: f32, step_here: f32) -> u32 {
    if trend.direction <= 0 && value - trend.low >= step {
        return 1u;
    }
    return select(0u, 2u, trend.direction >= 0 && trend.high - value >= step_here);
}

fn moved(trend: Trend, value: f32, changed: u32) -> Trend {
    var next = trend;
    next.low = select(min(trend.low, value), value, changed != 0u);
    next.high = select(max(trend.high, value), value, changed != 0u);
    if changed == 1u {
        next.direction = 1;
        next.rose_ms = flash.now_ms;
    }
    if changed == 2u {
        next.direction = -1;
        next.fell_ms = flash.now_ms;
    }
    return next;
}

// Counts a change of a window in which so many cells rise and fall: one way after the other.
fn note(count: u32, cells: u32, area: f32) {
    var direction = state.counts[count].direction;
    var next = state.counts[count].next;
    if direction != 1 && is_large(cells % FALL, area) {
        state.counts[count].at_ms[next] = flash.now_ms;
        next = (next + 1u) % MANY_EXTENDED;
        direction = 1;
    }
    if direction != -1 && is_large(cells / FALL, area) {
        state.counts[count].at_ms[next] = flash.now_ms;
        next = (next + 1u) % MANY_EXTENDED;
        direction = -1;
    }
    state.counts[count].next = next;
    state.counts[count].direction = direction;
}

fn begin(lane: u32) {
    for (var k = lane; k < TILES; k += LANES) {
        state.limits[k] = vec2f(1.0);
        for (var n = 0u; n < CELLS_OF_TILE; n++) {
            let cell = cell_of(k, n);
            let light = luma(color_of(cell));
            let red = redness(color_of(cell));
            state.cells[cell] = Cell(Trend(light, light, 0, 0u, 0u), Trend(red, red, 0, 0u, 0u));
        }
        for (var n = 0u; n < COUNTS; n++) {
            state.counts[n * TILES + k] = Count();
        }
    }
}

// Finds the windows in which one more rise would be too much; `kind` is 0 for light and 1 for red.
fn find_full(lane: u32, kind: u32) {
    let area = select(AREA, AREA_RED, kind == 1u);
    workgroupBarrier();
    for (var k = lane; k < TILES; k += LANES) {
        row_sum[k] = sum_row(k);
    }
    workgroupBarrier();
    for (var k = lane; k < TILES; k += LANES) {
        let window = is_window(vec2u(k % COLUMNS, k / COLUMNS));
        full[k] = u32(window && spent(kind * TILES + k, sum_window(k).x, area));
    }
    workgroupBarrier();
    for (var k = lane; k < TILES; k += LANES) {
        full_row[k] = spread_row(k);
    }
    workgroupBarrier();
}

// Whether a cell rises with so much light and saturation left.
fn brightens(cell: u32, limit: vec2f) -> bool {
    let trend = state.cells[cell].light;
    return change(trend, luma(color_of(cell)) * limit.x, light_step(trend.low), 2.0) == 1u;
}

fn reddens(cell: u32, limit: vec2f) -> bool {
    return change(state.cells[cell].red, redness(with_limit(color_of(cell), limit)), RED_SWING, 1e9) == 1u;
}

// Rises count from `TOGETHER_MS` ago; the second number says whether it is now.
fn rising(now: bool, rose_ms: u32) -> vec2u {
    return vec2u(u32(now || is_recent(rose_ms, TOGETHER_MS)), u32(now));
}

// What is left of a tile's light when none of its cells may rise.
fn dimmed(tile: u32) -> f32 {
    let limit = decided[tile];
    var gain = limit.x;
    for (var n = 0u; n < CELLS_OF_TILE; n++) {
        let cell = cell_of(tile, n);
        if brightens(cell, limit) {
            let low = state.cells[cell].light.low;
            gain = min(gain, (low + light_step(low) * MARGIN) / max(luma(color_of(cell)), 1e-6));
        }
    }
    return gain;
}

// What is left of a tile's saturation when none of its cells may redden: the s for which s (R − G − B) − (1 − s) Y is what red may
// be.
fn faded(tile: u32) -> f32 {
    let limit = decided[tile];
    var saturation = limit.y;
    for (var n = 0u; n < CELLS_OF_TILE; n++) {
        let cell = cell_of(tile, n);
        let color = color_of(cell) * limit.x;
        if reddens(cell, limit) {
            let most = (state.cells[cell].red.low + RED_SWING * MARGIN) / 320.0;
            let red = color.r - color.g - color.b;
            saturation = min(saturation, clamp((most + luma(color)) / max(red + luma(color), 1e-6), 0.0, 1.0));
        }
    }
    return saturation;
}

// Light of each tile first, then its red as that leaves it, then what is shown.
@compute @workgroup_size(64)
fn limit(@builtin(local_invocation_index) lane: u32) {
    if flash.first != 0u {
        begin(lane);
    }
    storageBarrier();
    for (var k = lane; k < TILES; k += LANES) {
        decided[k] = min(state.limits[k] + flash.elapsed_s * RECOVERY, vec2f(1.0));
        changing[k] = vec2u(0u);
        for (var n = 0u; n < CELLS_OF_TILE; n++) {
            let cell = cell_of(k, n);
            changing[k] += rising(brightens(cell, decided[k]), state.cells[cell].light.rose_ms);
        }
    }
    find_full(lane, 0u);
    for (var k = lane; k < TILES; k += LANES) {
        if changing[k].y != 0u && in_full(k) {
            decided[k].x = dimmed(k);
        }
        changing[k] = vec2u(0u);
        for (var n = 0u; n < CELLS_OF_TILE; n++) {
            let cell = cell_of(k, n);
            changing[k] += rising(reddens(cell, decided[k]), state.cells[cell].red.rose_ms);
        }
    }
    find_full(lane, 1u);
    for (var k = lane; k < TILES; k += LANES) {
        if changing[k].y != 0u && in_full(k) {
            decided[k].y = faded(k);
        }
    }
    workgroupBarrier();
    for (var k = lane; k < TILES; k += LANES) {
        least[k] = strictest(vec2i(vec2u(k % COLUMNS, k / COLUMNS)));
    }
    workgroupBarrier();
    for (var k = lane; k < TILES; k += LANES) {
        remember(k);
        let at = vec2u(k % COLUMNS, k / COLUMNS);
        decided[k] = softened(vec2i(at));
        textureStore(limits, at, vec4f(decided[k], 0.0, 1.0));
    }
    workgroupBarrier();
    for (var k = lane; k < TILES; k += LANES) {
        settle(k);
    }
    workgroupBarrier();
    for (var k = lane; k < TILES; k += LANES) {
        row_sum[k] = sum_row(k);
    }
    workgroupBarrier();
    for (var k = lane; k < TILES; k += LANES) {
        let at = vec2u(k % COLUMNS, k / COLUMNS);
        if is_window(at) {
            let sum = sum_window(k);
            note(k, sum.x, AREA);
            note(TILES + k, sum.y, AREA_RED);
            note(2u * TILES + k, sum.x, AREA_EXTENDED);
            note(3u * TILES + k, sum.y, AREA_EXTENDED);
        }
    }
    if lane == 0u {
        draws[1] = 1u - atomicLoad(&held);
        draws[5] = atomicLoad(&held);
    }
}

// Remembers what is decided for a tile, to recover from.
fn remember(tile: u32) {
    state.limits[tile] = decided[tile];
    if min(decided[tile].x, decided[tile].y) < 1.0 {
        atomicOr(&held, 1u);
    }
}

// The limit in the middle of a cell, as the final pass reads it between the tiles'.
fn limit_at(cell: u32) -> vec2f {
    let place = (vec2f(vec2u(cell % (SIDE * COLUMNS), cell / (SIDE * COLUMNS))) + 0.5) / f32(SIDE) - 0.5;
    let corner = vec2i(floor(place));
    let part = place - floor(place);
    let above = mix(decided[inside(corner)], decided[inside(corner + vec2i(1, 0))], part.x);
    let below = mix(decided[inside(corner + vec2i(0, 1))], decided[inside(corner + vec2i(1, 1))], part.x);
    return mix(above, below, part.y);
}

// Remembers what of a tile is shown.
fn settle(tile: u32) {
    changing[tile] = vec2u(0u);
    for (var n = 0u; n < CELLS_OF_TILE; n++) {
        let k = cell_of(tile, n);
        var cell = state.cells[k];
        let seen = with_limit(color_of(k), limit_at(k));
        let light = luma(seen);
        let red = redness(seen);
        let lighter = change(cell.light, light, light_step(cell.light.low), light_step(light));
        let redder = change(cell.red, red, RED_SWING, RED_SWING);
        cell.light = moved(cell.light, light, lighter);
        cell.red = moved(cell.red, red, redder);
        state.cells[k] = cell;
        changing[tile] += vec2u(together(cell.light), together(cell.red));
    }
}

fn together(trend: Trend) -> u32 {
    return u32(is_recent(trend.rose_ms, TOGETHER_MS)) + FALL * u32(is_recent(trend.fell_ms, TOGETHER_MS));
}

// Limits are the strictest around a tile and then smooth, so that nobody sees tiles: each is smoothed only with what has counted
// its own, so that none is let go by that. The final pass interpolates between them.
fn strictest(at: vec2i) -> vec2f {
    var found = vec2f(1.0);
    for (var k = 0; k < 9; k++) {
        found = min(found, decided[inside(at + vec2i(k % 3, k / 3) - 1)]);
    }
    return found;
}

fn softened(at: vec2i) -> vec2f {
    var sum = vec2f(0.0);
    for (var k = 0; k < 9; k++) {
        let off = vec2i(k % 3, k / 3) - 1;
        let weight = (2 - abs(off.x)) * (2 - abs(off.y));
        sum += least[inside(at + off)] * f32(weight);
    }
    return sum / 16.0;
}

// The tile at a place, or at the border nearest to it.
fn inside(at: vec2i) -> u32 {
    let here = vec2u(clamp(at, vec2i(0), vec2i(vec2u(COLUMNS, ROWS)) - 1));
    return here.y * COLUMNS + here.x;
}
