"""The procedural world that spark learns: club visuals with captions.

`picture(size, rng)` draws one picture as a float tensor [3, H, W] in 0..1 and a caption for it.
Everything is seeded by the generator passed in; nothing is read from disk, so the data is free of
anybody's rights.
"""

import math
import random

import torch
import torch.nn.functional as F

TAU = 2 * math.pi

# Each palette: dark, middle and light colour in sRGB 0..1. `None` is the whole hue circle.
PALETTES = {
    "neon pink": [(0.02, 0, 0.04), (0.92, 0.05, 0.55), (1, 0.72, 0.92)],
    "acid green": [(0, 0.03, 0), (0.3, 0.9, 0.08), (0.9, 1, 0.5)],
    "ice blue": [(0, 0.02, 0.08), (0.1, 0.5, 0.92), (0.85, 0.97, 1)],
    "gold": [(0.05, 0.02, 0), (0.82, 0.5, 0.06), (1, 0.93, 0.6)],
    "ultraviolet": [(0.03, 0, 0.08), (0.4, 0.08, 0.92), (0.85, 0.7, 1)],
    "blood red": [(0.04, 0, 0), (0.78, 0.03, 0.05), (1, 0.5, 0.35)],
    "monochrome": [(0, 0, 0), (0.45, 0.45, 0.45), (1, 1, 1)],
    "sunset": [(0.1, 0.0, 0.2), (0.92, 0.3, 0.2), (1, 0.85, 0.3)],
    "teal and orange": [(0, 0.15, 0.18), (0.04, 0.56, 0.56), (1, 0.55, 0.12)],
    "rainbow": None,
}
PALETTE_WORDS = {
    "neon pink": ["neon pink", "hot pink", "pink", "magenta"],
    "acid green": ["acid green", "green", "toxic green", "lime"],
    "ice blue": ["ice blue", "blue", "icy blue", "electric blue"],
    "gold": ["gold", "golden", "amber", "yellow"],
    "ultraviolet": ["ultraviolet", "violet", "purple", "deep violet"],
    "blood red": ["blood red", "red", "crimson", "deep red"],
    "monochrome": ["monochrome", "black and white", "white", "grey"],
    "sunset": ["sunset", "sunset coloured", "orange and purple", "warm sunset"],
    "teal and orange": ["teal and orange", "teal", "cinematic teal and orange", "turquoise and orange"],
    "rainbow": ["rainbow", "multicoloured", "prismatic", "iridescent"],
}
SUBJECT_WORDS = {
    "tunnel": ["tunnel", "endless tunnel", "wormhole", "vortex tunnel"],
    "plasma": ["plasma", "liquid plasma", "lava lamp", "flowing liquid"],
    "mandala": ["mandala", "kaleidoscope", "ornament", "sacred geometry"],
    "spiral": ["spiral", "spiral galaxy", "swirl", "vortex"],
    "grid": ["grid", "wireframe", "neon lattice", "glowing grid"],
    "rings": ["rings", "concentric rings", "ripples", "circles"],
    "stars": ["stars", "starfield", "night sky", "galaxy of stars"],
    "waves": ["waves", "ocean waves", "flowing lines", "ribbons"],
    "checkerboard": ["checkerboard", "chessboard", "checker tiles", "op art squares"],
    "flower": ["flower", "blossom", "petals", "lotus"],
    "lasers": ["lasers", "laser beams", "light beams", "searchlights"],
    "clouds": ["clouds", "smoke", "fog", "nebula"],
    "fire": ["fire", "flames", "burning fire", "inferno"],
    "crystal": ["crystal", "shattered glass", "diamond facets", "crystals"],
    "sun": ["sun", "synthwave sun", "retro sun", "sun over the horizon"],
    "bubbles": ["bubbles", "glowing orbs", "spheres", "drops"],
}
SUBJECTS = list(SUBJECT_WORDS)

CALM = ["calm", "sparse", "slow", "minimal", "soft"]
WILD = ["intense", "dense", "wild", "frantic", "detailed"]
DIM = ["dim", "dark", "faint"]
BRIGHT = ["bright", "blinding", "glowing"]


def fbm(height, width, cells, g, octaves=4):
    """Fractal value noise in 0..1, `cells` features across in the first octave."""
    total = torch.zeros(1, 1, height, width)
    for o in range(octaves):
        n = min(max(height, width), int(cells * 2**o) + 2)
        total += F.interpolate(torch.rand(1, 1, n, n, generator=g), size=(height, width), mode="bicubic") * 0.5**o
    total = total[0, 0]
    return (total - total.min()) / (total.max() - total.min() + 1e-6)


def smooth(edge0, edge1, x):
    t = ((x - edge0) / (edge1 - edge0)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def shade(subject, h, w, busy, g, r):
    """Brightness 0..1 of one subject; `busy` 0..1 runs from sparse to dense."""
    a = w / h
    y, x = torch.meshgrid(torch.linspace(-1, 1, h), torch.linspace(-a, a, w), indexing="ij")
    x, y = x + r.uniform(-0.25, 0.25), y + r.uniform(-0.25, 0.25)
    turn = r.uniform(0, TAU)
    u, v = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
    radius, angle = (u * u + v * v).sqrt() + 1e-4, torch.atan2(v, u)
    phase, fold, f = r.uniform(0, TAU), r.randint(3, 8), 0.6 + 0.9 * busy
    if subject == "tunnel":
        depth = 1 / (radius + 0.12)
        walls = 0.5 + 0.5 * torch.sin(5 * f * depth.log() * 2 + phase)
        ribs = 0.5 + 0.5 * torch.cos(fold * 2 * angle + r.choice([-1, 0, 1]) * 3 * depth.log())
        return (0.25 + 0.75 * walls * (0.35 + 0.65 * ribs)) * smooth(0.05, 0.7, radius)
    if subject == "plasma":
        n = fbm(h, w, 2, g)
        return 0.5 + 0.5 * torch.sin(3 * f * torch.sin(2.2 * f * u + phase) + 2.5 * torch.sin(2.6 * f * v) + 5 * n)
    if subject == "mandala":
        petals = 0.5 + 0.5 * torch.cos(fold * 2 * angle + 1.2 * torch.sin(6 * f * radius + phase))
        return petals * (0.5 + 0.5 * torch.cos(9 * f * radius - phase)) * smooth(1.25, 0.9, radius) + 0.6 * smooth(0.12, 0.04, radius)
    if subject == "spiral":
        arms = r.randint(1, 4)
        return (0.5 + 0.5 * torch.sin(arms * angle + r.choice([-1, 1]) * (6 + 4 * f) * radius.log() + phase)) * smooth(1.6, 0.2, radius) + smooth(0.2, 0.0, radius)
    if subject == "grid":
        if r.random() < 0.4:  # a floor running to the horizon
            depth = (y + 0.35).clamp(min=0.02)
            px, py = x / depth * 1.2 * f, 1.0 / depth * 1.2 * f + phase
            fade = smooth(0.0, 0.5, y + 0.3)
        else:
            px, py, fade = u * 2.6 * f + phase, v * 2.6 * f, 1.0
        line = torch.maximum((px - px.round()).abs().mul(-14).exp(), (py - py.round()).abs().mul(-14).exp())
        return line * fade
    if subject == "rings":
        return (0.5 + 0.5 * torch.sin(10 * f * radius + phase)) ** r.choice([1, 2, 3])
    if subject == "stars":
        out = 0.22 * fbm(h, w, 2, g) ** 2
        for _ in range(int(18 + 45 * busy)):
            sx, sy, s = r.uniform(-a, a) * 1.2, r.uniform(-1.2, 1.2), r.choice([0.018, 0.025, 0.05])
            out = out + r.uniform(0.5, 1.3) * (-((x - sx) ** 2 + (y - sy) ** 2) / (2 * s * s)).exp()
        return out
    if subject == "waves":
        n = fbm(h, w, 2, g, 2)
        return (0.5 + 0.5 * torch.sin(8 * f * y + 1.6 * torch.sin(2.2 * x + phase) + 3 * n)) ** 1.5 * (0.5 + 0.5 * n)
    if subject == "checkerboard":
        if r.random() < 0.4:
            u, v = u * (1 + 0.5 * radius), v * (1 + 0.5 * radius)
        return torch.sigmoid(22 * torch.sin(5.5 * f * u + phase) * torch.sin(5.5 * f * v))
    if subject == "flower":
        edge = 0.5 + 0.28 * torch.cos(fold * angle).abs() ** 0.7
        out = 0
        for k in range(3):
            s = 1.15 - 0.32 * k
            turned = 0.5 + 0.3 * torch.cos(fold * (angle + k * 0.6)).abs()
            out = torch.maximum(smooth(0.04, -0.04, radius - s * turned * (1.1 - 0.2 * busy)) * (0.35 + 0.3 * k) * (0.6 + 0.4 * torch.cos(fold * 2 * (angle + k * 0.6))), torch.as_tensor(out))
        return out + smooth(0.16, 0.06, radius)
    if subject == "lasers":
        ox, oy = r.uniform(-0.8, 0.8) * a, r.choice([-1.3, 1.3, r.uniform(-1, 1)])
        out, ang = 0, torch.atan2(y - oy, x - ox)
        dist = ((x - ox) ** 2 + (y - oy) ** 2).sqrt()
        aim = math.atan2(-oy, -ox)
        for _ in range(int(4 + 8 * busy)):
            d = (torch.remainder(ang - aim - r.uniform(-1, 1) + math.pi, TAU) - math.pi).abs() * dist.clamp(max=2)
            out = out + (-d * r.uniform(16, 34)).exp()
        return out + (-dist * 5).exp()
    if subject == "clouds":
        n = fbm(h, w, 1 + 2 * busy, g, 5)
        return smooth(0.25, 0.95, n + 0.15 * fbm(h, w, 3, g)) * 1.05
    if subject == "fire":
        n = F.interpolate(fbm(h // 2, w, 5 + 3 * busy, g, 4)[None, None], size=(2 * h, w), mode="bilinear")[0, 0][:h]
        base = (y + 1) / 2
        return smooth(0.25, 0.95, 1.25 * base * (0.35 + n) + 0.25 * n * base)
    if subject == "crystal":
        n = int(8 + 16 * busy)
        px = torch.tensor([r.uniform(-1.3, 1.3) * a for _ in range(n)])[:, None, None]
        py = torch.tensor([r.uniform(-1.3, 1.3) for _ in range(n)])[:, None, None]
        two = ((x[None] - px) ** 2 + (y[None] - py) ** 2).sqrt().topk(2, 0, largest=False)
        tone = torch.tensor([r.uniform(0.05, 0.6) for _ in range(n)])[two.indices[0]]
        return tone + 0.5 * torch.tensor([r.uniform(-1, 1) for _ in range(n)])[two.indices[0]] * u * 0.5 + (-(two.values[1] - two.values[0]) * 22).exp()
    if subject == "sun":
        d = (x * x + (y + 0.1) ** 2).sqrt()
        size = 0.62 + 0.15 * r.uniform(-1, 1)
        stripes = torch.where(y > -0.1, smooth(-0.1, 0.25, torch.sin((10 + 8 * busy) * (y + 0.1) + phase) + 0.35 - 0.6 * y), torch.ones_like(y))
        return smooth(0.03, -0.03, d - size) * stripes * (0.95 - 0.35 * y) + 0.3 * (-(d - size).clamp(min=0) * 4).exp()
    if subject == "bubbles":
        out = 0.05 * torch.ones_like(x)
        for _ in range(int(5 + 12 * busy)):
            s = r.uniform(0.1, 0.34)
            bx, by = r.uniform(-a, a) * 1.1, r.uniform(-1.1, 1.1)
            d = ((x - bx) ** 2 + (y - by) ** 2).sqrt() / s
            body = (0.18 + 0.75 * d**3) * smooth(1.05, 0.97, d)
            glint = (-(((x - bx + 0.35 * s) ** 2 + (y - by + 0.35 * s) ** 2) / (0.02 * s)).clamp(max=60)).exp()
            out = torch.where(d < 1, torch.maximum(body, glint), out)
        return out
    raise ValueError(subject)


def colour(value, palette, r):
    stops = PALETTES[palette]
    v = value.clamp(0, 1)
    if stops is None:
        hue = v * r.uniform(0.7, 1.1) + r.uniform(0, 1)
        wheel = torch.stack([0.5 + 0.5 * torch.cos(TAU * (hue + d)) for d in (0, 0.33, 0.67)])
        return wheel * (0.08 + 1.1 * v).clamp(max=1) + 0.2 * (v - 0.8).clamp(min=0)
    dark, mid, light = (torch.tensor(c)[:, None, None] for c in stops)
    low, high = (v * 2).clamp(0, 1), (v * 2 - 1).clamp(0, 1)
    return (dark * (1 - low) + mid * low) * (1 - high) + light * high


def caption(subject, palette, busy, glow, r):
    s, p = r.choice(SUBJECT_WORDS[subject]), r.choice(PALETTE_WORDS[palette])
    axes = []
    if abs(busy - 0.5) > 0.2 and r.random() < 0.6:
        axes.append(r.choice(CALM if busy < 0.5 else WILD))
    if abs(glow) > 0.15 and r.random() < 0.6:
        axes.append(r.choice(DIM if glow < 0 else BRIGHT))
    ax = " ".join(axes)
    form = r.random()
    if form < 0.3:
        text = f"{ax} {p} {s}"
    elif form < 0.5:
        text = f"{ax} {s} in {p}"
    elif form < 0.65:
        text = f"{s}, {p}, {', '.join(axes)}"
    elif form < 0.75:
        text = f"a {ax} {p} {s}"
    elif form < 0.85:
        text = f"{p} {s} on black, {ax}"
    elif form < 0.93:
        text = f"{s} of {p} light, {ax}"
    else:
        text = f"{ax} {s} glowing {p} at night"
    return " ".join(text.replace(" ,", ",").strip(" ,").split())


def picture(height, width, r, subject=None, palette=None, busy=None, glow=None):
    """One picture [3, H, W] in 0..1 with its caption, subject and palette."""
    g = torch.Generator().manual_seed(r.randrange(2**31))
    subject, palette = subject or r.choice(SUBJECTS), palette or r.choice(list(PALETTES))
    busy = r.random() if busy is None else busy
    glow = r.uniform(-0.45, 0.45) if glow is None else glow
    value = shade(subject, height, width, busy, g, r)
    value = value.clamp(0, 1) ** math.exp(-0.6 * glow) * (1 + min(0.0, glow))
    rgb = colour(value, palette, r)
    y, x = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    rgb = rgb * (1.12 - 0.4 * (x * x + y * y)).clamp(0.25, 1)
    return rgb.clamp(0, 1), caption(subject, palette, busy, glow, r), subject, palette


def batch(count, height, width, r):
    made = [picture(height, width, r) for _ in range(count)]
    return torch.stack([m[0] for m in made]), [m[1] for m in made], [m[2] for m in made], [m[3] for m in made]


if __name__ == "__main__":  # a contact sheet: subjects across, palettes down
    import sys

    from PIL import Image

    r = random.Random(7)
    rows = [torch.cat([picture(128, 128, r, s, p)[0] for s in SUBJECTS], 2) for p in PALETTES]
    Image.fromarray((torch.cat(rows, 1).permute(1, 2, 0) * 255).byte().numpy()).save(sys.argv[1])
