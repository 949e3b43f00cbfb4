"""Subjects of the beam, signal and matter families.

Each function takes a Canvas and gives brightness [H, W] (0 dark, about 1 bright) and a second field [H, W]
(depth, height or age), which two-coloured palettes spread their hues over.
"""

import math

import torch

from canvas import TAU, bell, smooth, stroke, tri


# ------------------------------------------------------------------ beam
def lasers(c):
    """A fan of thick beams from one or two sources through haze."""
    out, depth = 0.0, 0
    sources = c.r.choice([1, 1, 2])
    top = c.r.choice([-1, 1])
    count = 3 + int(8 * c.d)
    for k in range(sources):
        ox = (c.uniform(-0.3, 0.3) if sources == 1 else (2 * k - 1) * 0.8 * c.aspect) / c.k
        oy = 0.95 * top * min(c.ay, 1 / c.k)
        dx, dy = c.x - ox, (c.y - oy) * -top
        dist, angle = (dx * dx + dy * dy).sqrt() + 1e-3, torch.atan2(dx, dy)
        open_ = c.uniform(0.55, 0.95)
        lean = c.uniform(-0.15, 0.15) - (0 if sources == 1 else (2 * k - 1) * 0.4)
        s = (angle - lean) / open_ * (count / 2)
        near = (s - s.round()).abs() / (count / 2) * open_ * dist
        width = 0.028 + 0.012 * dist
        beams = (bell(near, width) + 0.25 * bell(near, 3 * width)) * (s.round().abs() <= count / 2)
        out = out + beams * (0.5 + 0.6 * (-dist * 0.5).exp()) + 0.9 * bell(dist, 0.16)
        depth = depth + s.round() / count
    haze = 0.55 + 0.9 * c.noise(c.x * 1.2, c.y * 1.2, 3)
    return out * haze.clamp(0.35, 1.2), depth + 0.5


def bolt(c, px, lean, wild):
    """Distance to a jagged path that runs down from px: piecewise-linear noise of three scales."""
    t = (c.y + 1.3) * 0.5
    path = px + lean * (c.y + 1)
    for k, amp in ((3, 0.34), (7, 0.16), (15, 0.07)):
        kinks = c.table(k * 3 + 3) - 0.5
        s = (t * k).clamp(0, k * 3)
        i = s.long()
        path = path + wild * amp * (kinks[i] + (kinks[i + 1] - kinks[i]) * (s - i))
    return (c.x - path).abs() * 0.8


def lightning(c):
    """A forked bolt out of a lit cloud."""
    px = c.uniform(-0.35, 0.35)
    main = bolt(c, px, c.uniform(-0.15, 0.15), 1.5)
    out = bell(main, 0.05) * 1.3 + 0.22 * (-main * 5).exp()
    depth = main
    for k in range(int(4.5 * c.d + 0.5)):
        side, y0 = c.r.choice([-1, 1]), c.uniform(-0.6, 0.4)
        d = bolt(c, px - side * 0.45 * (y0 + 1) + c.uniform(-0.1, 0.1), side * 0.45, 1.4)
        out = out + (0.75 * bell(d, 0.034) + 0.08 * (-d * 7).exp()) * smooth(y0 - 0.05, y0 + 0.05, c.y)
    cloud = smooth(-0.35, -1.0, c.y) * smooth(0.3, 0.85, c.noise(c.x * 1.3, c.y * 1.8, 4))
    return out + 0.7 * cloud, depth


def neon(c):
    """Bent glass tubes: one outline, nested, on a wall that they light."""
    x, y = c.turned(c.uniform(-0.25, 0.25))
    kind, size = c.r.choice(["triangle", "hexagon", "square", "heart", "star"]), c.uniform(0.5, 0.66)
    radius, angle = (x * x + y * y).sqrt(), torch.atan2(x, -y)
    if kind == "heart":
        hx, hy = x.abs(), y - 0.12
        d = (hx * hx + (1.05 * hy + 0.55 * (hx + 1e-4).sqrt() * 0.9) ** 2).sqrt() - size * 0.85
    elif kind == "star":
        s = tri(angle / TAU * 5) * TAU / 5
        d = radius * (torch.cos(s) + 1.6 * torch.sin(s)) * 0.72 - size * 0.72
    else:
        n = {"triangle": 3, "hexagon": 6, "square": 4}[kind]
        d = radius * torch.cos(tri(angle / TAU * n + 0.5) * TAU / n) - size * (0.62 if n == 3 else 0.8)
    out = torch.zeros_like(x)
    for k in range(1 + int(2.6 * c.d)):
        e = (d + 0.17 * k).abs()
        out = out + smooth(0.055, 0.02, e) * 1.0 + 0.3 * (-e * 9).exp()
    bricks = tri(c.y * 3.2) * 2
    wall = (0.3 + 0.5 * smooth(0.1, 0.3, bricks)) * (-(d.abs()) * 2.6).exp() * 0.4
    return out + wall, 0.5 + d


def spotlights(c):
    """Wide cones from lamps above, through smoke, with pools on the floor."""
    out, depth, floor = 0.0, 0, c.uniform(0.7, 0.85)
    count = 2 + int(3.5 * c.d)
    haze = 0.5 + 0.9 * c.noise(c.x * 1.1, c.y * 1.1, 3)
    for k in range(count):
        ox = (k - (count - 1) / 2) / count * 2.0 * c.ax * 0.9
        aim = c.uniform(-0.55, 0.55)
        down = (c.y + 1.02).clamp(min=1e-3)
        wide = 0.03 + c.uniform(0.16, 0.22) * down
        s = (c.x - ox - aim * down) / wide
        cone = smooth(1.15, 0.55, s.abs()) * (-down * 0.55).exp() * smooth(floor + 0.16, floor, c.y)
        px = ox + aim * (floor + 1.02)
        pool = smooth(1.1, 0.75, (((c.x - px) / (0.36)) ** 2 + ((c.y - floor) / 0.11) ** 2))
        lamp = bell((((c.x - ox) ** 2) + (c.y + 1) ** 2).sqrt(), 0.12)
        out = out + 0.8 * cone * haze + 0.75 * pool + 1.2 * lamp
        depth = depth + cone * (k % 2)
    return out, depth


def trails(c):
    """Long exposure: streams of tail-lights sweeping round a bend to the horizon."""
    hy, side = c.uniform(-0.45, -0.25), c.r.choice([-1, 1])
    bend, vx = c.uniform(1.0, 1.6) * side, -c.uniform(0.25, 0.5) * side * min(1, c.aspect)
    t = (c.y - hy).clamp(min=1e-3) / 1.4
    count, out, depth = 3 + int(8 * c.d), torch.zeros_like(c.x), 0
    for k in range(count):
        lane = ((k + 0.5) / count * 2 - 1) * 1.5 + c.uniform(-0.08, 0.08)
        path = vx + lane * t**1.3 + bend * 1.5 * t**0.7 * (1 - t)
        e = (c.x - path).abs() / (1 + (1.2 * lane + bend * (0.6 - 2 * t)) ** 2).sqrt()
        line = bell(e, 0.022 + 0.045 * t) * c.uniform(0.55, 1.1)
        out, depth = torch.maximum(out, line) + 0.25 * line, depth + line * (k / count)
    far = bell(c.y - hy, 0.09) * bell(c.x - vx, 0.9)
    return out * smooth(0, 0.06, t) + 0.55 * far, depth * 1.2


def mirrorball(c):
    """A disco ball of bright and dark tiles, throwing spots and glints."""
    size = c.uniform(0.5, 0.62)
    d2 = (c.x * c.x + c.y * c.y) / size**2
    z = (1 - d2).clamp(min=0).sqrt()
    f = c.lerp(4.5, 7.5, 0.05)
    lat = torch.asin((c.y / size).clamp(-1, 1)) / math.pi * 2
    lon = torch.atan2(c.x / size, z + 1e-3) / math.pi * 2
    i, j = (lat * f + 50).floor(), (lon * f * 1.0 + 50).floor()
    a, b = lat * f + 50 - i, lon * f + 50 - j
    tone = c.table(128)[((i * 13 + j * 29 + (i * j) % 5).long() % 128)]
    pane = smooth(0.03, 0.14, a) * smooth(0.97, 0.86, a) * smooth(0.03, 0.14, b) * smooth(0.97, 0.86, b)
    facing = (0.45 - 0.55 * c.x / size - 0.55 * c.y / size).clamp(0, 1.2)
    ball = smooth(1.0, 0.96, d2) * pane * (0.08 + 0.55 * tone**2 + 0.75 * facing * tone)
    radius, angle = c.polar()
    out = (radius - size).clamp(min=0)
    beams = bell(tri(angle / TAU * c.r.choice([5, 7, 9]) + c.uniform(0, 1)), 0.1) * (-out * 1.6).exp() * (d2 > 1) * 0.5
    gx, gy = [-0.35 * size, 0.3 * size], [-0.4 * size, -0.1 * size]
    glint = c.splat(gx + gx, gy + gy, [0.25, 0.16, 0.022, 0.022], [0.022, 0.022, 0.25, 0.16], [1] * 4)
    string = bell(c.x, 0.026) * (c.y < -size) * 0.5
    return ball + beams + 0.9 * glint + string, lat * 0.5 + tone * 0.5


# ------------------------------------------------------------------ signal
def moire(c):
    """Two fans of rings beating against each other."""
    gap, turn, f = c.uniform(0.22, 0.42), c.uniform(0, TAU), c.lerp(3.2, 5.4, 0.05)
    px, py = gap * math.cos(turn), gap * math.sin(turn)
    a = torch.cos(c.polar(px, py)[0] * f * TAU)
    b = torch.cos(c.polar(-px, -py)[0] * f * TAU)
    return 0.03 + 0.95 * smooth(-0.12, 0.3, a * b), (a * b) * 0.1 + c.x * 0.6


def halftone(c):
    """Print dots that swell with a large soft shape."""
    u, v = c.turned(c.uniform(0.2, 1.3))
    f = c.lerp(3.4, 5.6, 0.05)
    i, j = (u * f).round(), (v * f).round()
    a, b = u * f - i, v * f - j
    cu, cv = i / f, j / f
    kind, t = c.r.random(), c.uniform(0, TAU)
    if kind < 0.4:
        tone = 1.1 - ((cu - 0.2 * math.cos(t)) ** 2 + (cv - 0.2 * math.sin(t)) ** 2).sqrt() * 1.15
    elif kind < 0.75:
        tone = 0.5 + 0.5 * torch.sin(3.2 * (cu * math.cos(t) + cv * math.sin(t)) + t)
    else:
        tone = 0.5 + 0.55 * (cu * math.cos(t) + cv * math.sin(t))
    size = 0.56 * tone.clamp(0, 1).sqrt()
    d = (a * a + b * b).sqrt()
    return smooth(0.05, -0.05, d - size) * smooth(0.1, 0.2, size) * (0.6 + 0.4 * tone.clamp(0, 1)), tone


def scanlines(c):
    """A bulging tube screen: bright rounded frame, thick lines, a rolling bar."""
    bulge = 1 + 0.22 * (c.x**2 / c.aspect**2 + c.y**2) if c.aspect > 1 else 1 + 0.22 * (c.x**2 + c.y**2)
    x, y = c.x * bulge, c.y * bulge
    wide = min(0.92 * c.aspect / c.k, 1.25)
    corner = ((x.abs() - wide + 0.3).clamp(min=0) ** 2 + (y.abs() - 0.62).clamp(min=0) ** 2).sqrt()
    screen = smooth(0.3, 0.26, corner)
    lines = smooth(0.12, 0.3, tri(y * c.lerp(4, 7, 0.05) + c.uniform(0, 1)))
    roll = bell(y - c.uniform(-0.6, 0.6), 0.2)
    wave = 0.35 + 0.4 * c.noise(x * 0.9, y * 0.5, 2)
    frame = bell(corner - 0.29, 0.04)
    return screen * lines * (wave + 0.75 * roll) + 0.65 * frame, y * 0.7 + 0.5


def glitch(c):
    """A broken picture: bands slipped sideways, blocks stuck on and off."""
    table, f = c.table(64), c.lerp(3.0, 6.0)
    row = (c.y * f + 20 + 0.35 * torch.sin((c.y * f * 0.5).floor() * 9)).floor().long() % 64
    slip = (table[row] - 0.5) * 1.5 * (table[(row + 7) % 64] > 0.4)
    x = c.x + slip
    size = c.uniform(0.45, 0.6)
    disc = smooth(0.02, -0.02, (x * x + c.y * c.y).sqrt() - size) * (0.5 + 0.4 * (table[(row + 3) % 64] > 0.5))
    ghost = smooth(0.02, -0.02, ((x + 0.24) ** 2 + c.y * c.y).sqrt() - size) * 0.3
    col = ((x + 9) * c.uniform(1.0, 1.6) * (1 + 2 * table[(row + 20) % 64])).floor().long()
    hash_ = c.table(128)[(row * 11 + col * 37) % 128]
    blocks = (hash_ > 0.84 - 0.2 * c.d) * (0.45 + 0.6 * table[(row + 31) % 64])
    return torch.maximum(torch.maximum(disc, ghost), blocks.float()), table[(row + 40) % 64] + slip * 0.5


def circuit(c):
    """A chip and the traces that leave it, bend at 45 degrees and end in pads."""
    ax, ay = c.x.abs(), c.y.abs()
    side = ax > ay
    u, v = torch.where(side, ax, ay), torch.where(side, c.y, c.x)
    sign = torch.where(side, c.x > 0, c.y > 0).long() + 2 * side.long()
    half = c.uniform(0.24, 0.32)
    lanes = 3 + 2 * int(1.6 * c.d)
    pitch = 2 * half / lanes
    near = half + 0.16
    bend = (u - near).clamp(0, 0.32)
    flat = v - torch.sign(v) * bend * (v.abs() / (half + bend)).clamp(max=1)
    lane = (flat / pitch).round().clamp(-(lanes // 2), lanes // 2)
    e = (flat - lane * pitch).abs() * (1 + bend / (half))
    end = (0.62 + 0.6 * c.table(64)[((lane + 8).long() * 4 + sign) % 64])
    trace = smooth(0.042, 0.022, e) * (u > half) * (u < end)
    pad = smooth(0.085, 0.06, (e * e + (u - end) ** 2).sqrt())
    hole = 1 - 0.9 * smooth(0.04, 0.02, (e * e + (u - end) ** 2).sqrt())
    chip = torch.maximum(ax, ay)
    die = 0.9 * stroke(chip - half, 0.028) + 0.55 * smooth(half * 0.55, half * 0.5, chip) + 0.12 * (chip < half)
    pulse = 0.55 + 0.6 * bell(u - end * c.uniform(0.5, 1), 0.22)
    return torch.maximum(trace * pulse * 1.1, pad * hole) * (chip > half) + die, u


def equalizer(c):
    """Segmented bars of a spectrum, with their reflection."""
    base = c.uniform(0.35, 0.6)
    count = 4 + int(10 * c.d)
    span = c.ax * 0.92
    s = (c.x / span + 1) / 2 * count
    i = s.floor().clamp(0, count - 1)
    table = c.table(64)
    t = i / count
    hump = torch.sin(t * math.pi * c.uniform(0.7, 1.4) + c.uniform(0, 0.6)).abs()
    tall = (0.3 + 0.9 * table[i.long()]) * (0.55 + 0.6 * hump)
    up = (base - c.y) * torch.where(c.y > base, -1.9, 1.0)
    inside = smooth(0.06, 0.14, s - i) * smooth(0.94, 0.86, s - i) * (s > 0) * (s < count)
    step = 0.15
    seg = (up / step).floor()
    cells = smooth(0.1, 0.22, up / step - seg) * smooth(0.98, 0.86, up / step - seg)
    lit = ((seg + 0.5) * step < tall).float() * (0.45 + 0.55 * (up / 1.2).clamp(0, 1))
    peak = ((seg - (tall / step).floor() - 1).abs() < 0.5) * 0.9
    return inside * cells * torch.maximum(lit, peak * 1.0) * torch.where(c.y > base, 0.35, 1.1), up


# ------------------------------------------------------------------ matter
def fire(c):
    """Flames: pointed tongues out of a white-hot bed, hollow at their roots, sparks above."""
    up = 1.0 - c.y
    q = c.noise(c.x * 1.2, c.y * 1.3 + 2, 2)
    sway = 0.55 * (q - 0.5) * up
    out, depth, count = torch.zeros_like(c.x), up, 3 + int(6 * c.d)
    n = c.noise((c.x + sway) * 2.4, c.y * 1.1, 3)
    for k in range(count):
        at = ((k + 0.5) / count * 2 - 1) * c.ax * 0.8 + c.uniform(-0.1, 0.1)
        mid = 1 - abs(k - (count - 1) / 2) / count
        tall, wide = c.uniform(0.75, 1.1) * (0.7 + 0.9 * mid), c.uniform(0.26, 0.4) * (1.25 - 0.5 * c.d)
        t = (up / tall).clamp(0, 1)
        w = wide * (1 - t) ** 0.75 * (0.55 + 1.1 * t * (1.6 - t)) + 1e-3
        s = (c.x + sway - at - 0.14 * torch.sin(3 * up + k * 2.1) * up).abs() / w
        body = smooth(1.05, 0.75, s + 0.7 * (n - 0.5)) * (up < tall)
        lick = body * (0.35 + 0.55 * smooth(1.0, 0.1, t) * smooth(1.0, 0.2, s) + 0.3 * bell(s - 0.75, 0.2))
        out = torch.maximum(out, lick)
    return out + 0.75 * smooth(0.4, 0.0, up + 0.3 * (n - 0.5)) + 0.3 * c.stars(3 + 8 * c.d, 0.02), depth


def crystal(c):
    """A cluster of pointed prisms, each with three facets lit apart."""
    out, depth = torch.zeros_like(c.x), torch.zeros_like(c.x)
    count = 3 + int(7 * c.d)
    order = sorted(range(count), key=lambda k: -abs(k - (count - 1) / 2))
    for k in order:
        lean = (k - (count - 1) / 2) / count * 2.3 + c.uniform(-0.12, 0.12)
        u, v = c.turned(lean + math.pi / 2, 0.35 * math.sin(lean), 0.85)
        along, wide = -u, c.uniform(0.11, 0.2)
        length = c.uniform(0.8, 1.0) * (1.55 - 0.55 * abs(lean))
        w = wide * ((length - along) / (1.7 * wide)).clamp(0, 1)
        mask = smooth(0.012, -0.012, v.abs() - w) * smooth(-0.25, -0.1, along) * (along < length)
        ridge = v + 0.3 * wide
        facet = torch.where(ridge < -0.2 * wide, 0.16, torch.where(ridge < 0.55 * wide, 0.75, 0.36))
        facet = facet * (0.4 + 0.65 * along / length) + 0.6 * bell(v.abs() - w, 0.026)
        tip = 0.4 * smooth(length - 1.7 * wide, length, along)
        out = out * (1 - mask) + mask * (facet + tip)
        depth = depth * (1 - mask) + mask * (0.5 + 0.5 * math.sin(5 * lean) + 0.3 * along)
    return out, depth


def lava(c):
    """A white stream of molten metal poured from above into a pool with floating crust, throwing sparks."""
    level, at = c.uniform(0.15, 0.35), c.uniform(-0.3, 0.3)
    q = c.noise(c.x * 1.5, c.y * 0.7, 2)
    wide = c.uniform(0.09, 0.14) * (1.25 - 0.3 * (c.y + 1)).clamp(min=0.5)
    e = (c.x - at - 0.1 * (q - 0.5)).abs() / wide
    stream = (smooth(1.1, 0.7, e) * 1.1 + 0.3 * (-e * 0.7).exp()) * smooth(level + 0.12, level, c.y)
    down = (c.y - level).clamp(min=0)
    z, f = 1 / (down + 0.22), c.lerp(0.8, 1.6)
    n = c.noise(c.x * z * 0.5 * f, z * 1.6 * f, 3)
    ripple = ((c.x - at) ** 2 + (down * 2.6) ** 2).sqrt()
    hot = bell(ripple, 0.5)
    pool = 0.16 + 0.9 * bell(n - 0.5, 0.13) + 0.9 * hot + 0.2 * torch.cos(ripple * 16) * bell(ripple, 0.9)
    shore = 0.5 * bell(c.y - level, 0.06)
    count = 6 + int(22 * c.d)
    fly = [(c.r.gauss(0, 0.42), abs(c.r.gauss(0, 0.4))) for _ in range(count)]
    px, py, s = [at + a for a, _ in fly], [level - b for _, b in fly], [0.028] * count
    sparks = c.splat(px, py, s, s, [0.9] * count)
    return torch.where(c.y > level, pool, stream) + shore + sparks, torch.where(c.y > level, ripple, 0.1 * e)


def dunes(c):
    """Desert ridges one behind the other: a lit face, a dark face and a sharp crest."""
    out = 0.3 * smooth(0.6, -0.6, (c.y + 0.55).abs())
    depth = torch.zeros_like(c.x)
    count = 2 + int(3.4 * c.d)
    for k in range(count):
        base, f = -0.4 + 1.25 * k / count, c.uniform(0.7, 1.3) * (1.25 - 0.15 * k)
        side, at = c.r.choice([-1, 1]), c.uniform(0, TAU)
        crest = base - (0.2 + 0.04 * k) * torch.sin(f * 1.6 * c.x + at).abs() + 0.06 * torch.sin(3 * f * c.x + at)
        below = (c.y - crest).clamp(min=0)
        edge = tri((f * 1.6 * (c.x - side * 0.75 * below) + at) / math.pi)  # the shadow line runs down from each peak
        slope = torch.sin((f * 1.6 * (c.x - side * 0.75 * below) + at) * 2) * side
        lit = smooth(-0.15, 0.15, slope)
        ripples = 0.5 + 0.5 * torch.sin((below * 1.2 + 0.12 * torch.sin(4 * c.x) + edge * 0.3) * (14 + 16 * c.d))
        face = lit * (0.5 + 0.3 * ripples) * (-below * 0.9).exp() * 1.2 + 0.05 + 0.5 * bell(below, 0.03)
        mask = smooth(-0.012, 0.012, c.y - crest)
        out, depth = out * (1 - mask) + face * mask, depth * (1 - mask) + mask * (k + 1) / count
    return out, depth


def marble(c):
    """A polished slab with forked veins of light slanting through it."""
    u, v = c.turned(c.uniform(0.5, 1.0) * c.r.choice([-1, 1]))
    q = c.noise(u * 1.1, v * 1.1, 4, True)
    out, f = 0.14 + 0.3 * q[0].clamp(0, 1) ** 2, c.lerp(0.55, 1.35)
    for k in range(2):
        s = tri(u * f * (1 + 0.6 * k) + 1.1 * (q[k] - 0.5) + c.uniform(0, 1)) * (1.15 - 0.25 * k)
        out = out + (bell(s, 0.055) + 0.4 * (-s * 9).exp()) * (0.9 - 0.35 * k)
    return out, q[1] * 1.2


def bubbles(c):
    """Soap bubbles: clear inside, bright on the rim, with two glints each."""
    out, depth = torch.full_like(c.x, 0.03), torch.zeros_like(c.x)
    for k in range(3 + int(14 * c.d)):
        s = c.uniform(0.14, 0.42) * (1.1 - 0.45 * c.d)
        bx, by = c.uniform(-c.ax, c.ax) * 0.95, c.uniform(-c.ay, c.ay) * 0.95
        dx, dy = (c.x - bx) / s, (c.y - by) / s
        d2 = dx * dx + dy * dy
        inside = smooth(1.05, 0.97, d2)
        film = 0.06 + 0.95 * d2.clamp(max=1.2) ** 3.5 * (0.65 - 0.35 * dy)
        glint = (-((dx + 0.38) ** 2 + (dy + 0.42) ** 2) * 22).exp()
        glint = glint + 0.5 * (-((dx - 0.45) ** 2 + (dy - 0.45) ** 2) * 40).exp()
        out = out * (1 - 0.8 * inside) + inside * (film + glint)
        depth = depth * (1 - inside) + inside * (0.5 + 0.5 * math.sin(9.1 * k) + 0.3 * dy)
    return out, depth
