"""Subjects of the space and geometry families.

Each function takes a Canvas and gives brightness [H, W] (0 dark, about 1 bright) and a second field [H, W]
(depth, height or age), which two-coloured palettes spread their hues over.
"""

import math

import torch

from canvas import TAU, bell, smooth, stroke, tri


# ------------------------------------------------------------------ space
def tunnel(c):
    """Flying down a round, twisting tube towards its light."""
    radius, angle = c.polar()
    depth = -(radius + 0.03).log()
    ribs, f = c.r.choice([6, 8, 10]), c.lerp(1.1, 2.4)
    twist = c.uniform(-0.9, 0.9)
    rings = bell(tri(depth * f + c.uniform(0, 1)), 0.13)
    lines = bell(tri((angle + twist * depth) / TAU * ribs), 0.1)
    walls = 0.06 + 0.85 * rings + 0.5 * lines + 0.6 * rings * lines
    return walls * smooth(0.06, 0.55, radius) * (0.6 + 0.4 * radius).clamp(max=1) + 0.9 * bell(radius, 0.13), depth


def nested(c, metric, f):
    """Frames of one shape, each further away: bright edge, shaded reveal. Gives brightness and depth."""
    depth = -(metric + 0.02).log() * f + c.uniform(0, 1)
    phase = depth - depth.floor()
    return bell(tri(depth), 0.14) + 0.35 * phase**2, depth


def arches(c):
    """A row of vaulted arches receding to a bright end over a shining floor."""
    spring, pointed = 0.0, c.uniform(0, 0.35)
    x = c.x.abs()
    above = torch.where(c.y < spring, ((x + pointed) ** 2 + (0.8 * (c.y - spring)) ** 2).sqrt() - pointed * 0.9, x)
    floor = 0.55
    metric = above / c.uniform(0.9, 1.05)
    low = (c.y / floor).clamp(min=1e-3)
    walls, depth = nested(c, metric + 0.02, c.lerp(1.1, 1.9))
    on_floor = low > metric * 1.55
    steps = 0.6 + 0.4 * torch.cos(c.lerp(4, 9) / low.clamp(min=0.12))
    ground = (0.2 + 0.55 * bell(x / low.clamp(min=0.05), 0.5)) * steps
    v = torch.where(on_floor, ground, walls * smooth(0.03, 0.5, metric) * 0.95)
    light = bell((metric**2 + (c.y * 0.5).clamp(min=0) ** 2).sqrt(), 0.2)
    return v + 1.1 * light, torch.where(on_floor, low, metric)


def corridor(c):
    """A square hallway in one-point perspective: light frames, floor seams, a lit door at the end."""
    wide = c.uniform(1.3, 1.6)
    sx, sy = c.x.abs() / wide, c.y.abs()
    metric = torch.maximum(sx, sy)
    depth = 1 / (metric + 0.02)
    side = sx > sy
    frames = smooth(0.26, 0.14, tri(depth * c.lerp(0.25, 1.0) + c.uniform(0, 1)))
    across = torch.where(side, c.y / (sx + 1e-3), c.x / (sy * wide + 1e-3))
    strips = bell(across.abs() - 0.55, 0.09) * (~side)
    corner = bell((sx - sy) / (metric + 0.05), 0.06)
    v = 0.10 + 0.75 * frames * (0.55 + 0.45 * side) + 0.9 * strips + 0.35 * corner
    v = v * (0.35 + 0.65 * metric.clamp(max=1))
    door = smooth(0.15, 0.13, metric)
    return v * smooth(0.12, 0.18, metric) + 1.25 * door + 0.4 * bell(metric, 0.28), metric * 1.4


def terrain(c):
    """Wireframe mountains: lit rows that hide those behind them, crossed by lines to the horizon."""
    out, depth = torch.zeros_like(c.x), torch.zeros_like(c.x)
    horizon, rows = c.uniform(-0.3, -0.1), 5 + int(5 * c.d)
    drift = c.uniform(0, 4)
    for k in range(rows):
        t = (k + 0.7) / rows
        z = 1 / (0.1 + t**1.5)
        base = horizon + 1.3 * t**1.5
        valley = 0.25 + 1.1 * (c.x.abs() / (0.4 + t)).clamp(max=1.1)
        peak = (c.noise(c.x * (0.55 + 0.1 * z), c.x * 0 + k * 0.31 + drift, 3) * valley) * (0.34 + 0.3 * t)
        line = c.y - base + peak
        mask = smooth(-0.01, 0.01, line)
        rails = bell(tri(c.x * c.lerp(0.9, 1.5) / (0.25 + (c.y - horizon + peak).clamp(min=0))), 0.08)
        glow = stroke(line, 0.024 + 0.01 * t) * (0.5 + 0.5 * t) + 0.5 * rails * (0.25 + 0.6 * t)
        out, depth = torch.maximum(out * (1 - mask), glow * smooth(-0.08, 0.0, line)), depth * (1 - mask) + mask * t
    return out + 0.5 * bell(c.y - horizon + 0.1, 0.16) * (out < 0.2), depth


def skyline(c):
    """Black towers with lit windows before a glowing sky, and their lights on the water."""
    ground = c.uniform(0.62, 0.8)
    moon = ((c.x - c.uniform(-0.5, 0.5)) ** 2 + (c.y - c.uniform(-0.35, 0.1)) ** 2).sqrt()
    out = 0.8 * smooth(-1.1, ground, c.y) ** 1.3 + 0.25 * bell(moon, 0.5)
    depth = (c.y - ground) * 0.5
    for k in range(2):
        f = c.lerp(1.7, 3.0) * (1.25 - 0.35 * k)
        s = c.x * f + c.uniform(20, 29)
        col, table = s.floor().long(), c.table(64)
        tall = (0.45 + (1.0 - 0.3 * k) * table[col % 64] ** 1.2) * (1.1 - 0.3 * k)
        tall = tall + 0.12 * ((s - col - 0.5).abs() < 0.2) * (table[(col + 9) % 64] > 0.5)
        edge = c.y - ground + tall
        inside = smooth(-0.012, 0.012, edge) * smooth(0.04, 0.08, (s - col)) * smooth(1, 0.96, s - col)
        row = (c.y * 6.5).floor()
        cell = ((s * 3).floor().long() * 7 + row.long() * 13) % 64
        lit = (c.table(64) > 0.72 - 0.35 * c.d)[cell]
        fx, fy = s * 3 - (s * 3).floor(), c.y * 6.5 - row
        pane = smooth(0.08, 0.2, fx) * smooth(0.92, 0.8, fx) * smooth(0.15, 0.28, fy) * smooth(0.85, 0.72, fy)
        face = 0.02 + 0.12 * (1 - k) + lit * pane * smooth(0.05, 0.12, edge) * (0.65 + 0.45 * table[cell])
        out = out * (1 - inside) + inside * face
        depth = depth * (1 - inside) + inside * (0.5 + 0.8 * table[cell])
    below = (c.y - ground).clamp(min=0)
    pool = (0.25 + 0.6 * c.noise(c.x * 3, below * 1.2, 2)) * (-below * 3.5).exp() + 0.5 * bell(below, 0.04)
    return torch.where(c.y > ground, pool, out), depth


def sun(c):
    """The synthwave sun: a disc cut by bars, setting behind a grid."""
    size, level = c.uniform(0.5, 0.66), c.uniform(0.2, 0.38)
    cy = level - size * c.uniform(0.55, 0.8)
    d = (c.x * c.x + (c.y - cy) ** 2).sqrt()
    t = (c.y - cy + 0.35 * size) / size
    bars = smooth(-0.15, 0.15, torch.sin(t * c.lerp(12, 24)) + 0.85 - 0.85 * t)
    disc = smooth(0.015, -0.015, d - size) * torch.where(t > 0, bars, 1.0) * (1.05 - 0.4 * (t + 0.6).clamp(0, 1))
    sky = disc + 0.4 * (-(d - size).clamp(min=0) * 4.5).exp() * (1 - disc)
    down = (c.y - level).clamp(min=0.012)
    f = c.lerp(0.5, 1.0)
    rails = bell(tri(c.x / (down + 0.06) * 0.55 * f), 0.07)
    grid = torch.maximum(rails, bell(tri(f / (down + 0.1) + c.uniform(0, 1)), 0.09))
    floor = 0.9 * grid * smooth(0, 0.14, down) + 0.75 * bell(down, 0.05) + 0.05
    return torch.where(c.y > level, floor, sky), torch.where(c.y > level, 1.2 + down, t)


# ------------------------------------------------------------------ geometry
def rings(c):
    """Concentric hard rings, some of them broken into arcs."""
    radius, angle = c.polar()
    f = c.lerp(2.2, 5.2)
    s = radius * f + c.uniform(0, 1)
    k, phase = s.floor(), s - s.floor()
    duty = c.uniform(0.22, 0.34)
    band = smooth(duty, duty - 0.08, (phase - 0.5).abs())
    table = c.table(16)
    tone = 0.45 + 0.65 * table[k.long() % 16]
    if c.r.random() < 0.25:
        cut = tri((angle / TAU + table[(k.long() + 5) % 16]) * c.r.choice([1, 2, 3])) > 0.16
        band = band * cut
    return band * tone * smooth(1.5, 1.1, radius), radius * 1.2


def lattice(c):
    """A tilted grid of bars with lights at the crossings."""
    u, v = c.turned(c.uniform(0, math.pi / 2))
    lean = 1 + c.uniform(-0.35, 0.35) * v
    f = c.lerp(1.0, 2.3)
    a, b = tri(u / lean * f + c.uniform(0, 1)), tri(v * (1 + 0.15 * lean) * f + c.uniform(0, 1))
    bars = torch.maximum(smooth(0.13, 0.05, a), smooth(0.13, 0.05, b))
    return 0.5 * bars + 1.1 * bell((a * a + b * b).sqrt(), 0.2) + 0.1 * bell((a * a + b * b).sqrt(), 0.5), u + 0.5 * v


def voronoi(c):
    """Stained glass: flat cells of different tones with dark leads between."""
    first, second, index = c.sites(c.lerp(12, 42), c.x, c.y, 1.1)
    tone = c.table(256)
    gap = (second - first)
    lit = 0.15 + 0.85 * tone[index % 256] ** 1.2
    fade = 1 - 0.45 * (first / first.mean() / 2.2)
    return lit * fade * smooth(0.03, 0.085, gap), tone[(index + 99) % 256] * 1.5


def mandala(c):
    """Rings of petals and beads around a centre, on the dark."""
    radius, angle = c.polar(turn=c.uniform(0, TAU))
    fold = c.r.choice([6, 8]) + 2 * int(2.99 * c.d)
    out = bell(radius, 0.09)
    count = 1 + int(3.6 * c.d + 0.4)
    for k in range(count):
        at = 0.2 + 0.68 * (k + 0.5) / count
        n = fold if k or fold < 10 else fold // 2
        a = tri((angle / TAU * n) + 0.5 * (k % 2)) * TAU / n  # angle from a petal's middle
        px, py = radius * torch.cos(a) - at, radius * torch.sin(a)
        long, wide = 0.3 / count + 0.07, min(0.9 * at * math.pi / n, 0.2)
        d = ((px / long) ** 2 + (py / wide) ** 2).sqrt()
        if c.r.random() < 0.5:
            out = out + bell(d - 0.85, 0.32) + 0.6 * bell(d, 0.3)
        else:
            leaf = py.abs() / wide + (px / long) ** 2
            out = out + smooth(1.05, 0.8, leaf) * (0.3 + 0.8 * leaf.clamp(0, 1) ** 2)
        out = out + 0.55 * stroke(radius - at - 0.34 / count, 0.022)
    return out.clamp(max=1.4) * smooth(1.12, 1.0, radius), radius


def kaleidoscope(c):
    """Mirrored wedges of sharp coloured shards filling the frame."""
    radius, angle = c.polar(turn=c.uniform(0, TAU))
    fold = c.r.choice([6, 8])
    a = tri(angle / TAU * fold) * TAU / fold
    u, v = radius * torch.cos(a), radius * torch.sin(a)
    out, field, f = 0.12, 0, c.lerp(0.9, 2.0)
    for k in range(4):
        t, f2 = c.uniform(0, math.pi), f * c.uniform(0.7, 1.4)
        s = (u * math.cos(t) + v * math.sin(t)) * f2 + c.uniform(0, 1)
        saw = s - s.floor()
        side = smooth(0.5 - 0.03 * f, 0.5 + 0.03 * f, saw)
        out = out + (0.5 - side) * c.uniform(0.3, 0.6) * (1 if k % 2 else -1)
        field = field + side * c.uniform(0.2, 0.6)
    out = (out - out.amin()) / (out.amax() - out.amin() + 1e-3) * 1.25 - 0.22
    shine = 0.75 + 0.35 * torch.cos(6 * u - 3 * v + c.uniform(0, TAU))
    return (out.clamp(0, 1.1) * shine) + 0.4 * bell(radius, 0.2), field


def truchet(c):
    """Quarter-circle tiles joined into a maze of round tubes."""
    u, v = c.turned(c.r.choice([0, math.pi / 4]))
    f = c.lerp(1.3, 2.8)
    u, v = u * f + 50, v * f + 50
    i, j = u.floor(), v.floor()
    flip = (c.table(64) > 0.5)[((i * 17 + j * 31 + (i * j) % 7).long() % 64)]
    a, b = u - i, v - j
    a = torch.where(flip, 1 - a, a)
    d = torch.minimum((a * a + b * b).sqrt(), ((1 - a) ** 2 + (1 - b) ** 2).sqrt()) - 0.5
    tube = smooth(0.2, 0.15, d.abs()) * (0.3 + 0.8 * (1 - (d / 0.2) ** 2).clamp(min=0))
    return tube * (0.85 + 0.3 * c.noise(c.x, c.y, 1)), c.noise(c.x * 0.7, c.y * 0.7, 1) * 1.5


JULIA = [(-0.745, 0.12), (-0.4, 0.6), (0.285, 0.01), (-0.123, 0.745), (-0.8, 0.156), (0.355, 0.355), (-1.0, 0.08)]


def fractal(c):
    """A Julia set (smooth escape time), glowing at its shore."""
    u, v = c.turned(c.uniform(0, TAU))
    zx, zy = u * 1.35, v * 1.35
    cx, cy = c.r.choice(JULIA)
    cx, cy = cx + c.uniform(-0.015, 0.015), cy + c.uniform(-0.015, 0.015)
    nearest, steps = torch.full_like(u, 9.0), torch.zeros_like(u)
    for _ in range(8 + int(10 * c.d)):
        xx, yy = zx * zx, zy * zy
        steps += (xx + yy) < 16
        nearest = torch.minimum(nearest, xx + yy)
        zy = (2 * zx * zy + cy).clamp(-9, 9)
        zx = (xx - yy + cx).clamp(-9, 9)
    s = steps + 1 - ((zx * zx + zy * zy).clamp(min=1.01).log() / 2.77).clamp(min=1e-3).log2() * 0.5
    s = s / (8 + int(10 * c.d))
    bands = torch.cos(s * TAU * (2 + 7 * c.d))  # dense: more contours
    trap = 0.55 * c.d * (0.5 + 0.5 * torch.cos(nearest.sqrt() * (8 + 50 * c.d)))
    outside = smooth(0.1, 0.95, s) ** 1.1 * (1 - 0.45 * c.d + 0.45 * c.d * bands)
    return torch.where(s < 0.98, outside * 1.15, 0.08 + (0.8 - 0.4 * c.d) * (-nearest.sqrt() * 5).exp() + trap), s * 1.5


def spiral(c):
    """Solid arms winding into the centre."""
    radius, angle = c.polar()
    arms, way = c.r.choice([1, 2, 2, 3]), c.r.choice([-1, 1])
    if c.r.random() < 0.5:
        s = arms * angle / TAU + way * radius * c.lerp(1.7, 3.6)
    else:
        s = arms * angle / TAU + way * (radius + 0.05).log() * c.lerp(1.1, 2.2)
    duty = c.uniform(0.2, 0.28)
    body = smooth(duty + 0.05, duty - 0.05, tri(s))
    return body * (0.5 + 0.6 * bell(tri(s), duty * 0.8)) * smooth(1.5, 1.0, radius), radius * 1.2


def checkerboard(c):
    """Hard squares, flat, bulging or running to a horizon."""
    mode, f = c.r.random(), c.lerp(1.1, 2.6)
    fade = 1.0
    if mode < 0.4:
        u, v = c.turned(c.uniform(0, TAU))
        bulge = 1 + c.uniform(-0.3, 0.5) * (u * u + v * v)
        u, v = u * f / bulge, v * f / bulge
    elif mode < 0.7:
        u, v = c.turned(c.uniform(-0.3, 0.3))
        u, v = u * f, v * f
    else:
        down = c.y.abs() + 0.03
        u, v = c.x / down * 0.8 * f, f / (down + 0.1) * 0.8
        fade = smooth(0.1, 0.6, down)
    s = torch.sin(u * math.pi + c.uniform(0, TAU)) * torch.sin(v * math.pi + c.uniform(0, TAU))
    return (0.04 + 0.92 * smooth(-0.1, 0.1, s) * (0.8 + 0.2 * s.abs())) * fade, c.y * 0.6 + 0.4 * c.x
