"""Subjects of the void, liquid and organic families.

Each function takes a Canvas and gives brightness [H, W] (0 dark, about 1 bright) and a second field [H, W]
(depth, height or age), which two-coloured palettes spread their hues over.
"""

import math

import torch

from canvas import TAU, bell, smooth, stroke, tri


# ------------------------------------------------------------------ void
def starfield(c):
    """Sparse points of many sizes, a few with flares."""
    few = 2 + int(4 * c.d)
    px = [c.uniform(-c.ax, c.ax) * 0.9 for _ in range(few)]
    py = [c.uniform(-c.ay, c.ay) * 0.9 for _ in range(few)]
    s = [c.uniform(0.12, 0.24) for _ in range(few)]
    thin = [0.027] * few
    v = 1.25 * c.stars(10 + 100 * c.d, 0.031) + c.splat(px, py, [0.065] * few, [0.065] * few, [1.3] * few)
    v = v + 0.85 * (c.splat(px, py, s, thin, [1] * few) + c.splat(px, py, thin, s, [1] * few))
    return v, c.noise(c.x, c.y, 2)


def nebula(c):
    """A band of lit gas with dust lanes, folded by domain warping (after Inigo Quilez)."""
    f, u, v = c.lerp(0.8, 1.6), *c.turned(c.uniform(-0.7, 0.7))
    q = c.noise(u * f, v * f, 2, True)
    n = c.noise(u * f + 2.2 * q[0], v * f + 2.2 * q[1], 5)
    band = bell(v + 0.5 * (q[0] - 0.5), 0.75)
    gas = smooth(0.28, 0.9, n * (0.35 + 0.75 * band)) * 1.25
    lane = bell(v - 0.9 * (q[1] - 0.5), 0.13)
    core = 0.6 * bell((u * u + 3 * v * v).sqrt(), 0.45) * n
    return (gas + core) * (1 - 0.75 * lane) + 0.5 * c.stars(6 + 14 * c.d), q[0]


def aurora(c):
    """Curtains hanging in the sky over a black ridge."""
    out, depth = torch.zeros_like(c.x), torch.zeros_like(c.x)
    for k in range(2 + int(3 * c.d)):
        wave = 0.22 * torch.sin(c.uniform(1, 2.2) * c.x + c.uniform(0, TAU))
        wave = wave + 0.5 * (c.noise(c.x * 0.8, c.x * 0, 2) - 0.5)
        t = c.uniform(-0.15, 0.35) - 0.22 * k + wave - c.y
        rays = c.noise(c.x * c.lerp(3, 6) + 1.5 * wave, c.y * 0.12 + k, 3)
        light = smooth(0, 0.1, t) * (-t.clamp(min=0) / c.uniform(0.3, 0.55)).exp() * smooth(0.2, 0.8, rays)
        out, depth = out + 1.25 * light, depth + light * t.clamp(0, 1)
    hill = c.y - 0.72 + 0.35 * (c.noise(c.x * 1.1, c.x * 0 + 0.7, 3) - 0.5)
    return out * smooth(0.03, -0.03, hill) + 0.25 * c.stars(8), depth / (out + 0.1)


def comet(c):
    """A bright head and two tails streaming away."""
    angle = c.uniform(0.35, 0.85) * c.r.choice([-1, 1]) + c.r.choice([0, math.pi])
    u, v = c.turned(angle)
    u = u + 0.5
    w = 0.07 + 0.2 * u.clamp(min=0)
    streaks = 0.45 + 1.1 * c.noise(u * 0.5, v / w * c.lerp(0.6, 2), 2)
    tail = bell(v, w) * smooth(-0.02, 0.1, u) * (-u.clamp(min=0) / 0.75).exp() * streaks
    second = bell(v - 0.28 * u.clamp(min=0), 0.04 + 0.06 * u.clamp(min=0)) * smooth(0, 0.1, u) * (-u / 0.6).exp()
    d = (u * u + v * v).sqrt()
    return 1.6 * tail + 0.8 * second.clamp(max=1) + 1.7 * bell(d, 0.14) + 0.4 * c.stars(4 + 40 * c.d), u.clamp(0, 1.5)


def galaxy(c):
    """A tilted disc of two soft arms around a blazing core."""
    u, v = c.turned(c.uniform(-0.8, 0.8))
    v = v / c.uniform(0.35, 0.6)
    radius, angle = (u * u + v * v).sqrt() + 0.02, torch.atan2(v, u)
    n = c.noise(u * 2.5, v * 2.5, 4)
    arms = 0.5 + 0.5 * torch.cos(2 * angle - c.r.choice([-1, 1]) * 2 * c.uniform(1.8, 2.8) * radius.log() + 2.2 * n)
    disc = (-radius / 0.5).exp() * (0.2 + 2.2 * arms**1.5) * (0.5 + n) * smooth(1.35, 0.5, radius)
    speck = smooth(0.6, 0.8, c.noise(u * 9, v * 9, 2)) * (-radius / 0.6).exp() * arms * (0.3 + c.d)
    return disc + speck + 1.3 * bell(radius, 0.16) + 0.25 * c.stars(4 + 50 * c.d), radius


def eclipse(c):
    """A black disc before a corona of rays, a diamond of light on its rim."""
    size, (radius, angle) = c.uniform(0.38, 0.52), c.polar()
    out = (radius - size).clamp(min=0)
    turns = angle / TAU * c.r.choice([4, 8])
    rays = c.noise(turns * c.lerp(1, 2.5, 0), radius * 0.6, 3)
    corona = (-out / (0.05 + 0.42 * rays.clamp(0, 1) ** 2)).exp() * (0.35 + 0.8 * rays)
    at = c.uniform(0, TAU)
    px, py = size * math.cos(at), size * math.sin(at)
    spark = bell(((c.x - px) ** 2 + (c.y - py) ** 2).sqrt(), 0.13)
    rim = bell(radius - size - 0.015, 0.04)
    return (corona + 0.8 * rim) * smooth(size - 0.03, size, radius) + 1.4 * spark, out * 2


# ------------------------------------------------------------------ liquid
def ink(c):
    """One billowing cloud of ink that hangs in water from a thin stem: folded puffs, dark in their hollows."""
    q = c.noise(c.x * 1.7, c.y * 1.7, 3, True)
    x, y = c.x + 0.42 * (q[0] - 0.5), c.y + 0.42 * (q[1] - 0.5)
    stem = c.uniform(-0.2, 0.2)
    sx = x - stem * bell(y + 0.7, 0.6) * 1.5
    out = smooth(0.1, 0.03, sx.abs()) * (y < 0) * (0.45 + 0.4 * bell(sx - 0.04, 0.04))
    depth, count = y * 0.3, 5 + int(9 * c.d)
    for k in range(count):
        t = (k + 0.5) / count
        a = k * 2.4 + c.uniform(-0.3, 0.3)  # golden-angle spiral from the outside in
        far = 0.52 * math.sqrt(1 - t)
        px, py, s = far * math.cos(a), 0.12 + 0.85 * far * math.sin(a), c.uniform(0.2, 0.3) + 0.1 * t
        dx, dy = (x - px) / s, (y - py) / s
        d2 = dx * dx + dy * dy
        puff = smooth(1.08, 0.92, d2)
        shade = 0.1 + 0.75 * d2.clamp(max=1) ** 2 * (0.75 - 0.35 * dx + 0.3 * dy)
        out, depth = out * (1 - puff) + shade * puff, depth * (1 - puff) + puff * (0.4 * math.sin(7 * t) + 0.4 * dy)
    return out * 1.15, depth


def caustics(c):
    """Sunlight through water: bright curved threads, wide at the knots."""
    q = c.noise(c.x * 1.3, c.y * 1.3, 2, True)
    u, v = c.x + 0.6 * (q[0] - 0.5), c.y + 0.6 * (q[1] - 0.5)
    first, second, _ = c.sites(c.lerp(8, 34), u, v, 1.15)
    gap = second - first
    size = first.mean()
    web = (-gap / (0.45 * size)).exp() + 0.5 * (first / (2.4 * size)) ** 3
    beams = 0.45 + 0.9 * c.noise(c.x * 0.8 + 0.5 * c.y, c.x * 0.1, 2)
    return web.clamp(max=1.3) * beams * 1.15, q[0]


def chrome(c):
    """Drops of mercury running together: a bright sky, a hard black horizon and a dim floor bent round each."""
    field, gx, gy = 1e-3, 0, 0
    count = 2 + int(5 * c.d)
    for k in range(count):
        a = TAU * k / count + c.uniform(-0.5, 0.5)
        far = 0.15 if k == 0 else c.uniform(0.4, 0.75)
        dx, dy, s = c.x - far * math.cos(a), c.y - 0.85 * far * math.sin(a), c.uniform(0.17, 0.3)
        inverse = 1 / (dx * dx + dy * dy + 0.004)
        w = s * s * inverse
        field, gx, gy = field + w, gx + w * inverse * dx, gy + w * inverse * dy
    inside = smooth(0.95, 1.08, field)
    slope = (1 / field).clamp(max=1) ** 0.8  # 0 in the middle of a drop, 1 on its rim
    n = (gx * gx + gy * gy).sqrt() + 1e-6
    nx, ny = gx / n * slope, gy / n * slope
    level = ny - 0.1 - 0.16 * torch.sin(3.2 * nx + c.uniform(0, TAU))
    sky = smooth(-0.95, -0.04, level) * smooth(0.02, -0.03, level)
    floor = 0.62 * smooth(0.22, 0.7, level)
    spot = bell(((nx + 0.35) ** 2 + (ny + 0.5) ** 2).sqrt(), 0.2)
    return inside * (0.1 + 1.05 * sky + 1.2 * floor + 0.8 * spot + 0.45 * smooth(0.86, 0.99, slope)), ny + 0.3 * nx


def smoke(c):
    """A plume that leaves a point below as one thread, spreads and curls into wisps."""
    up = (1.05 - c.y).clamp(min=0)
    q = c.noise(c.x * 1.1, c.y * 1.1, 3, True)
    out = torch.zeros_like(c.x)
    phase = c.uniform(0, TAU)
    bend = 0.1 * up * torch.sin(2.3 * c.y + phase) + 0.35 * up * (q[0] - 0.5)
    s = (c.x - bend) / (0.045 + 0.24 * up**1.25)
    for k in range(2 + int(2 * c.d)):
        fold = torch.sin((1.7 + 0.9 * k) * s + (2.2 + 3 * c.d) * up + 7 * (q[1] - 0.5) * up.clamp(max=1.4) + k * 1.9)
        out = out + bell(fold, 0.3) * (0.75 - 0.12 * k)
    veil = bell(s, 1.05) * smooth(2.3, 0.9, up)
    return (0.22 + out) * veil * (0.75 + 0.5 * q[0]) + 0.6 * bell(c.x - bend, 0.05) * smooth(0.7, 0.1, up), up + q[1]


def waves(c):
    """The sea at night: a moon, a horizon and a path of glints."""
    level = c.uniform(-0.35, -0.05)
    down = (c.y - level).clamp(min=0)
    z = 1 / (down + 0.09)
    f = c.lerp(0.7, 1.5)
    n = c.noise(c.x * z * 0.55 * f, z * 1.5 * f, 3)
    at = c.uniform(-0.35, 0.35)
    path = bell(c.x - at, 0.18 + 0.55 * down)
    crest = smooth(0.5, 0.68, n) * (0.2 + 1.1 * path) + 0.16
    moon = ((c.x - at) ** 2 + (c.y - level + c.uniform(0.3, 0.45)) ** 2).sqrt()
    sky = smooth(0.2, 0.17, moon) * 1.1 + 0.35 * bell(moon, 0.5) + 0.3 * bell(c.y - level, 0.12)
    return torch.where(c.y > level, crest, sky), down


def plasma(c):
    """Oil on water: wide soft contour bands around slow hills."""
    f = c.lerp(0.75, 1.3)
    n = c.noise(c.x * f, c.y * f, 1)
    s = torch.sin(2.1 * c.x + c.uniform(0, TAU)) * torch.sin(1.8 * c.y + c.uniform(0, TAU))
    bands = torch.sin(c.lerp(13, 30) * (n + 0.12 * s) + c.uniform(0, TAU))
    gloss = 0.75 + 0.45 * torch.sin(5 * n + 1.5 * c.x)
    return smooth(-0.8, 1.0, bands) * gloss + 0.03, n * 2


# ------------------------------------------------------------------ organic
def jellyfish(c):
    """A ribbed bell with a shining rim and tentacles that trail."""
    x, y = c.turned(c.uniform(-0.35, 0.35), 0, -0.28)
    a, b = c.uniform(0.42, 0.55), c.uniform(0.36, 0.5)
    d = ((x / a) ** 2 + (y / b) ** 2).sqrt()
    ribs = 4 + int(5 * c.d)
    hem = 0.06 * torch.cos(x / a * TAU * ribs / 4)
    inside = smooth(1.03, 0.95, d) * smooth(0.1, 0.04, y + hem - 0.06)
    rib = torch.cos(torch.asin((x / a / (1 - (y / b).clamp(-0.99, 0) ** 2).sqrt()).clamp(-1, 1)) * ribs)
    bell_ = inside * (0.2 + 0.25 * rib.abs() ** 2 + 0.85 * d**5 + 0.5 * bell(d, 0.35))
    count, arms = 3 + int(5 * c.d), torch.zeros_like(x)
    for k in range(count):
        t = (k + 0.5) / count * 2 - 1
        sway = 0.05 + 0.13 * (y.clamp(min=0))
        path = t * a * (0.8 + 0.25 * y) + sway * torch.sin(c.uniform(4, 6) * y + c.uniform(0, TAU))
        length = c.uniform(0.6, 1.15) * (1.15 - 0.3 * abs(t))
        arms = torch.maximum(arms, bell(x - path, 0.034) * smooth(0.0, 0.06, y) * smooth(length, length * 0.3, y))
    return bell_ + 0.85 * arms, (y + 0.5) * 0.8


def flower(c):
    """Whorls of shaded petals, one above the other, around a bright heart."""
    radius, angle = c.polar()
    folds = c.r.choice([5, 6, 7, 8])
    out, depth = torch.zeros_like(radius), radius
    layers, turn, narrow = 2 + int(2.5 * c.d), c.uniform(0, TAU), c.uniform(0.5, 0.9)
    for k in range(layers):
        size = c.uniform(0.8, 0.95) * (1 - 0.75 * k / layers)
        s = tri((angle + turn + k * math.pi / folds) / TAU * folds) * 2  # 0 on a petal's midrib, 1 between petals
        reach = size * (1 - s ** (1.6 / narrow)).clamp(min=0) ** 0.55
        petal = smooth(0.02, -0.03, radius - reach)
        shade = 0.12 + 0.75 * (radius / size) ** 1.5 * (1 - 0.55 * s) + 0.2 * bell(s, 0.16) + 0.12 * k
        edge = 0.35 * bell(radius - reach + 0.03, 0.05)
        out = torch.where(petal > 0.02, out * (1 - petal) + petal * (shade + edge), out)
    return out + 1.1 * bell(radius, 0.11), depth


def feather(c):
    """A quill with slanting barbs and a torn notch or two."""
    u, v = c.turned(c.uniform(0.4, 1.1) * c.r.choice([-1, 1]) + math.pi / 2)
    v = v + c.uniform(-0.28, 0.28) * (u * u - 0.4)
    t = ((u + 0.85) / 1.75).clamp(0, 1)
    width = 0.36 * (t * 4).clamp(max=1) ** 0.8 * (1 - t**3).clamp(min=0) ** 0.7
    s = v.abs() / (width + 0.02)
    slant = u - 0.75 * v.abs()
    barbs = 0.5 + 0.5 * torch.cos(slant * TAU * c.lerp(3.5, 7.5, 0.05))
    torn = smooth(0.66, 0.74, c.noise(slant * 2.4, torch.sign(v) * 0.5 + 1, 1)) * smooth(0.2, 0.6, s)
    vane = smooth(1.04, 0.94, s) * smooth(-0.95, -0.8, u) * smooth(0.97, 0.9, u) * (1 - torn)
    quill = stroke(v, 0.024) * smooth(-1.15, -1.1, u) * smooth(0.9, 0.8, u)
    return vane * (0.12 + 0.75 * barbs * (0.45 + 0.55 * s) + 0.25 * bell(s - 0.95, 0.2)) + 0.9 * quill, t + 0.2 * s


def eye(c):
    """An open eye: lids, a fibred iris, a black pupil and its glint."""
    tall, wide = c.uniform(0.42, 0.6), c.uniform(0.88, 1.0)
    lid = tall * (1 - (c.x / wide) ** 2)
    gap = lid - c.y.abs()
    open_ = smooth(-0.02, 0.03, gap)
    radius, angle = c.polar()
    size, pupil = 0.4, c.uniform(0.12, 0.18)
    fibres = 0.5 + 0.5 * torch.cos(angle * c.r.choice([9, 12]) * (1 + (c.d > 0.5)) + 3 * c.noise(c.x * 2, c.y * 2, 2))
    iris = smooth(size, size - 0.04, radius) * smooth(pupil, pupil + 0.04, radius)
    iris = iris * (0.3 + 0.55 * fibres + 0.5 * bell(radius - size + 0.04, 0.06) + 0.5 * bell(radius - pupil, 0.08))
    white = smooth(size - 0.03, size + 0.05, radius) * (0.16 + 0.1 * c.x.abs())
    glint = bell(((c.x + 0.12) ** 2 + (c.y + 0.14) ** 2).sqrt(), 0.06)
    out = torch.atan2(c.y - 0.5, c.x) / TAU
    lashes = bell(tri(out * (22 + 2 * int(8 * c.d))), 0.16) * smooth(-0.24, -0.12, gap) * (gap < 0) * (c.y < -0.05)
    lids = 0.95 * bell(gap, 0.045) * (c.x.abs() < 1.1 * wide)
    return open_ * (iris + white + 1.2 * glint) + lids + 0.8 * lashes, radius


def coral(c):
    """Branches that fork and fork again: a folding fractal tree bent by noise."""
    q = c.noise(c.x * 1.5, c.y * 1.5, 2, True)
    x, y = c.x + 0.3 * (q[0] - 0.5), 1.05 - c.y + 0.25 * (q[1] - 0.5)
    out, reach = torch.zeros_like(x), c.uniform(0.55, 0.68)
    thick, along = 0.085, torch.zeros_like(x)
    for k in range(4 + int(3.4 * c.d)):
        d = (x * x + (y - y.clamp(0, reach)) ** 2).sqrt()
        lit = stroke(d, max(thick, 0.026))
        along = torch.where(lit > out, torch.full_like(x, k / 6), along)
        out = torch.maximum(out, lit * (0.55 + 0.07 * k))
        y, x = y - reach, x.abs()
        a = c.uniform(0.42, 0.68)
        x, y = x * math.cos(a) - y * math.sin(a), y * math.cos(a) + x * math.sin(a)
        reach, thick = reach * c.uniform(0.68, 0.8), thick * 0.76
    tips = bell((x * x + y * y).sqrt(), 0.07)
    return out + 0.7 * tips, along


def butterfly(c):
    """Two pairs of veined, spotted wings around a thin body."""
    x0, y = c.turned(c.uniform(-0.35, 0.35))
    x = x0.abs() / c.uniform(0.85, 1.1)
    radius, angle = (x * x + (y - 0.02) ** 2).sqrt() + 1e-4, torch.atan2(-(y - 0.02), x)  # 0 sideways, up positive
    upper = 0.92 * bell(angle - 0.62, 0.62) ** 0.8
    lower = c.uniform(0.62, 0.78) * bell(angle + 0.72, 0.52)
    edge = torch.maximum(upper, lower) * (1 - 0.04 * torch.cos(angle * 18))
    wing = smooth(0.02, -0.03, radius - edge)
    s = (radius / (edge + 0.02)).clamp(max=1.2)
    veins = bell(tri(angle * (1.8 + 1.4 * c.d)), 0.13)
    spots = bell(((s - 0.83) ** 2 * 9 + (tri(angle * (1.8 + 1.4 * c.d) + 0.5) * 2) ** 2).sqrt(), 0.38)
    light = wing * (0.14 + 0.6 * smooth(0.1, 0.75, s) * smooth(0.95, 0.6, s) * (1 - 0.75 * veins) + 0.95 * spots)
    rim = 0.55 * bell(radius - edge + 0.02, 0.045) * smooth(0.02, 0.2, edge)
    body = bell(x, 0.05) * smooth(0.42, 0.3, (y - 0.05).abs())
    return light + rim + body, s * 0.8 + 0.4 * (angle < -0.05)
