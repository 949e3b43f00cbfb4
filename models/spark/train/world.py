"""The procedural world that spark learns: club visuals and their captions.

`picture(height, width, rng)` draws one picture and the Sample that says what is on it; `caption(sample, rng)` puts
a Sample into words; `render(sample, height, width, rng)` draws a given Sample; `batch` makes many. Everything is
seeded by the random.Random passed in and nothing is read from disk, so the data is free of anybody's rights.
Drawing is in subjects_*.py on the sheet of canvas.py, colour in light.py, vocabulary in words.py.
"""

import dataclasses

import torch

import light
import subjects_nature as nature
import subjects_space as space
import subjects_stage as stage
from canvas import Canvas, bell, blur, smooth
from words import (AXIS_WORDS, FLAG_WORDS, HELD_OUT_TEMPLATES, ON_BLACK, PALETTE_ONLY, PALETTE_WORDS, STRAY_WORDS,
                   SUBJECT_ONLY, SUBJECT_WORDS, TEMPLATES, WITH_ARTICLE, bare, step, tidy)

FAMILIES = {
    "void": ["starfield", "nebula", "aurora", "comet", "galaxy", "eclipse"],
    "liquid": ["ink", "caustics", "chrome", "smoke", "waves", "plasma"],
    "organic": ["jellyfish", "flower", "feather", "eye", "coral", "butterfly"],
    "space": ["tunnel", "arches", "corridor", "terrain", "skyline", "sun"],
    "geometry": ["rings", "lattice", "voronoi", "mandala", "kaleidoscope", "truchet", "fractal", "spiral",
                 "checkerboard"],
    "beam": ["lasers", "lightning", "neon", "spotlights", "trails", "mirrorball"],
    "signal": ["moire", "halftone", "scanlines", "glitch", "circuit", "equalizer"],
    "matter": ["fire", "crystal", "lava", "dunes", "marble", "bubbles"],
}
SUBJECTS = [s for family in FAMILIES.values() for s in family]
PALETTES = light.PALETTES
AXES, FLAGS = list(AXIS_WORDS), list(FLAG_WORDS)
PLACE = {"void": nature, "liquid": nature, "organic": nature, "space": space, "geometry": space}
DRAW = {s: getattr(PLACE.get(family, stage), s) for family, names in FAMILIES.items() for s in names}

# Single things with a silhouette: they wander about, shrink and grow, and come in swarms when dense.
OBJECTS = {"comet", "galaxy", "eclipse", "chrome", "jellyfish", "flower", "feather", "eye", "butterfly", "mandala",
           "neon", "mirrorball", "circuit", "crystal", "spiral", "fractal"}
SWARMS = {"comet", "eclipse", "jellyfish", "flower", "feather", "eye", "butterfly", "mirrorball", "neon"}
CENTRED = OBJECTS | {"tunnel", "corridor", "rings", "moire", "arches", "sun", "lightning", "bubbles", "kaleidoscope"}
# The second subject of a pair and how it is joined to the first.
BACKDROPS = {"tunnel": "in", "arches": "in", "corridor": "in", "nebula": "in", "starfield": "in", "smoke": "in",
             "skyline": "over", "terrain": "over", "sun": "over", "dunes": "over", "waves": "over", "aurora": "under",
             "lasers": "with", "lightning": "with", "spotlights": "with", "rings": "and", "lattice": "and",
             "fire": "with", "bubbles": "and", "checkerboard": "and"}
JOINS = {"in": ["in", "inside", "and"], "over": ["over", "above", "and"], "under": ["under", "and", "with"],
         "with": ["with", "and"], "and": ["and", "with", "over"]}
FRONT = ["jellyfish", "flower", "feather", "eye", "butterfly", "comet", "eclipse", "chrome", "crystal", "mirrorball",
         "neon", "mandala", "spiral", "lasers", "lightning", "spotlights", "galaxy", "bubbles", "circuit", "fire"]


@dataclasses.dataclass
class Sample:
    """What a picture shows. `axes` holds 0..1 for axes that were set and None for those left neutral."""

    subject: str
    palette: str
    second: str | None = None
    axes: dict = dataclasses.field(default_factory=lambda: {a: None for a in AXES})
    flags: set = dataclasses.field(default_factory=set)
    on_black: bool = False


def sample(rng, **fixed):
    """A random Sample; any field may be fixed by name."""
    s = Sample(rng.choice(SUBJECTS), rng.choice(list(PALETTES)))
    for axis in AXES:
        if rng.random() < 0.38:
            s.axes[axis] = rng.random()
    if rng.random() < 0.34:
        s.flags = set(rng.sample(FLAGS, 1 if rng.random() < 0.85 else 2))
    s.on_black = rng.random() < 0.45
    pair = rng.random() < 0.13
    front = rng.choice(FRONT)
    back = rng.choice([b for b in BACKDROPS if b != front])
    if pair and "subject" not in fixed:
        s.subject, s.second = front, back
        s.flags -= {"minimal", "tiny", "close-up"}
    for key, value in fixed.items():
        setattr(s, key, value)
    for one, other in (("huge", "tiny"), ("close-up", "tiny"), ("huge", "close-up"), ("symmetrical", "off-centre")):
        if one in s.flags and other in s.flags and "flags" not in fixed:
            s.flags.discard(other)
    if "flags" not in fixed:  # one way of hiding a subject at a time
        if (s.axes["motion"] or 0) > 0.6:
            s.flags -= {"melting", "close-up"}
        if s.flags & {"tiny", "close-up"}:
            s.flags -= {"blurred", "melting"}
        if "close-up" in s.flags:
            s.flags -= {"symmetrical", "off-centre", "minimal"}
    if "flags" not in fixed and "minimal" in s.flags:
        s.axes = {**s.axes, "density": None}
    if "flags" not in fixed and s.axes["edge"] is not None:
        s.flags.discard("blurred")
    return s


def plain(rng, subject=None, palette=None):
    """A sample of one subject with nothing else said about it."""
    fixed = {"axes": {a: None for a in AXES}, "flags": set(), "on_black": False, "second": None}
    subject, palette = subject or rng.choice(SUBJECTS), palette or rng.choice(list(PALETTES))
    return sample(rng, subject=subject, palette=palette, **fixed)


def canvas(s, h, w, rng, subject, density, small=1.0):
    """The sheet for one subject of a sample: where it stands and how large."""
    flags, thing = s.flags, subject in OBJECTS
    scale = rng.uniform(0.85, 1.12) * small
    if "huge" in flags:
        scale *= 1.65
    if "tiny" in flags:
        scale *= 0.48 if thing else 0.62
    if "close-up" in flags:
        scale *= 1.9
    loose = 0.14 if subject in CENTRED else 0.05
    shift = (rng.uniform(-loose, loose) * w / h, rng.uniform(-loose, loose) * 0.7)
    if "off-centre" in flags:
        shift = (rng.choice([-1, 1]) * rng.uniform(0.3, 0.44) * w / h, rng.uniform(-0.25, 0.25))
    elif "symmetrical" in flags:
        shift = (0.0, shift[1])
    elif "close-up" in flags:
        shift = (rng.uniform(-0.35, 0.35), rng.uniform(-0.35, 0.35))
    motion = s.axes.get("motion")
    return Canvas(h, w, rng, density, 0.3 if motion is None else motion, scale, shift, "symmetrical" in flags,
                  "melting" in flags)


def draw(s, h, w, rng, subject, small=1.0):
    """Brightness and second field of one subject with the sample's density, motion and flags."""
    density = s.axes.get("density")
    density = rng.uniform(0.35, 0.6) if density is None else density
    density = 0.0 if "minimal" in s.flags else density
    c = canvas(s, h, w, rng, subject, density, small)
    v, field = DRAW[subject](c)
    if subject in SWARMS and density > 0.55:  # dense: more of them behind
        cell, x, y = 1.15 - 0.35 * density, c.x, c.y
        c.x, c.y = (x - (x / cell).round() * cell) * 2.4 / cell, (y - (y / cell).round() * cell) * 2.4 / cell
        more, _ = DRAW[subject](c)
        c.x, c.y = x, y
        v = v + more.clamp(0, 1) * (1 - 1.6 * blur(v.clamp(0, 1), 0.03)).clamp(0, 1) * min(1.0, (density - 0.5) * 1.8)
    if c.m > 0.3:  # violence tears the light
        e, f = (c.m - 0.3) / 0.7, 3.8 + 2.2 * c.m
        tear = c.noise(c.x * f, c.y * f * 0.5, 3)
        rest = (1 + 0.3 * e) * (1 - 0.95 * e * bell(tear - 0.5, 0.1))
        v = v * rest + 0.4 * e * v.clamp(0, 1) * smooth(0.6, 0.8, tear)
    elif c.m < 0.3:
        v = blur(v, 0.018 * (0.3 - c.m) / 0.3)
    if "tiny" in s.flags and subject not in OBJECTS:  # a scene becomes a small vignette
        radius = (((c.column - c.shift[0]) ** 2)[None] + ((c.row - c.shift[1]) ** 2)[:, None]).sqrt()
        v = v * smooth(0.58, 0.46, radius)
    if "close-up" in s.flags:  # shallow focus: what is away from the middle blurs
        radius = ((c.column / max(1.0, c.aspect)) ** 2)[None] + (c.row**2)[:, None]
        near = smooth(1.0, 0.25, radius)
        v = v * near + blur(v, 0.035) * (1 - near)
    return v, field


def render(s, height, width, rng):
    """Draws a Sample: [3, height, width] in 0..1."""
    v, field = draw(s, height, width, rng, s.subject, 0.85 if s.second else 1.0)
    v = v.clamp(0, 1.6)
    if s.second:
        plain = dataclasses.replace(s, flags=s.flags & {"melting", "symmetrical"})
        back, depth = draw(plain, height, width, rng, s.second)
        back = back.clamp(0, 1.3) * 0.55
        mask = (1 - 1.7 * blur(v.clamp(0, 1), 0.02)).clamp(0.06, 1) if s.subject in OBJECTS else 1 - 0.5 * v.clamp(0, 1)
        behind = back * mask
        share = v / (v + behind + 0.02)
        v = v + behind * (1 - 0.4 * v.clamp(0, 1))
        field = (field - field.mean()) * 0.5 * share + ((depth - depth.mean()) * 0.5 + 0.9) * (1 - share)
    y = torch.linspace(-1, 1, height)[:, None]
    x = torch.linspace(-1, 1, width)[None]
    v = v * (1.08 - 0.22 * (x * x + y * y))
    g = torch.Generator().manual_seed(rng.randrange(2**31))
    return light.develop(v, field, s, g, rng.random() < 0.5, rng.random())


def picture(height, width, rng):
    """One random picture and its Sample."""
    s = sample(rng)
    return render(s, height, width, rng), s


def fill(template, subject, palette, mods, rng):
    """A template with its slots filled; modifiers without a slot follow after commas."""
    mods, text = list(mods), template
    rng.shuffle(mods)
    article = subject.split(" ", 1)[0] if subject.split(" ", 1)[0] in ("a", "an", "the") else ""
    if "{m}" in text:
        take = [m for m in mods if m not in ON_BLACK][: rng.choice([1, 1, 2, 3])]
        mods = [m for m in mods if m not in take]
        text = text.replace("{m}", rng.choice([" ", " ", ", "]).join(take))
    text = text.replace("{as}", subject).replace("{s}", bare(subject)).replace("{p}", palette)
    text = tidy(text)
    if article in ("a", "an") and template in WITH_ARTICLE and text.endswith(bare(subject)) and rng.random() < 0.3:
        text = ("an " if text[0] in "aeiou" else "a ") + text
    if mods:
        text = text + rng.choice([", ", ", ", " "]) + rng.choice([", ", ", ", " and "]).join(mods)
    return tidy(text)


def stray(text, rng):
    """The text with one to three words that mean nothing to this world: unknown words shall do no harm."""
    words = text.split(" ")
    for _ in range(rng.choice([1, 1, 2, 3])):
        made_up = "".join(rng.choice("bcdfghklmnprstvwz") + rng.choice("aeiou") for _ in range(rng.choice([1, 2, 3])))
        words.insert(rng.randint(0, len(words)), rng.choice(STRAY_WORDS) if rng.random() < 0.7 else made_up)
    return " ".join(words)


def caption(s, rng, held_out=False):
    """Words for a Sample: random phrasing, synonyms and order, parts left out now and then."""
    subject = rng.choice(SUBJECT_WORDS[s.subject])
    if s.second:
        subject += f" {rng.choice(JOINS[BACKDROPS.get(s.second, 'and')])} {rng.choice(SUBJECT_WORDS[s.second])}"
    palette = rng.choice(PALETTE_WORDS[s.palette])
    keep = 1.0 if held_out else rng.choice([0.0, 0.9, 1.0, 1.0, 1.0, 1.0])
    mods = [rng.choice(AXIS_WORDS[a][step(v, a)]) for a, v in s.axes.items() if v is not None and rng.random() < keep]
    mods += [rng.choice(FLAG_WORDS[f]) for f in sorted(s.flags) if rng.random() < max(keep, 0.6)]
    if s.on_black and rng.random() < (1.0 if held_out else 0.7):
        mods.append(rng.choice(ON_BLACK))
    if held_out:
        return fill(rng.choice(HELD_OUT_TEMPLATES), subject, palette, mods, rng)
    kind = rng.random()
    templates = SUBJECT_ONLY if kind < 0.1 else PALETTE_ONLY if kind < 0.14 else TEMPLATES
    text = fill(rng.choice(templates), subject, palette, mods, rng)
    return stray(text, rng) if rng.random() < 0.35 else text


def batch(count, height, width, rng, plain_share=0.0, subjects=None):
    """(pictures [count, 3, height, width], captions, Samples); `plain_share` of them without any modifier, all of
    `subjects` where those are given."""
    fixed = lambda: {"subject": rng.choice(subjects)} if subjects else {}  # noqa: E731
    samples = [(plain if rng.random() < plain_share else sample)(rng, **fixed()) for _ in range(count)]
    pictures = torch.stack([render(s, height, width, rng) for s in samples])
    return pictures, [caption(s, rng) for s in samples], samples
