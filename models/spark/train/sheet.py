"""A contact sheet to look at: eight random tiles for each subject, two subjects a row (or a row for each palette).

    python sheet.py OUT.png [subject ...]        rows = subjects, tiles = random palettes and axes
    python sheet.py OUT.png --palettes | --axes | --pairs
"""

import random
import sys

import torch
from PIL import Image

import world

TILE, ACROSS = 96, 8


def save(rows, path):
    Image.fromarray((torch.cat(rows, 1).permute(1, 2, 0) * 255).round().byte().numpy()).save(path, quality=85)


def tiles(samples, r):
    return torch.cat([world.render(s, TILE, TILE, r) for s in samples], 2)


if __name__ == "__main__":
    path, *what = sys.argv[1:]
    r, steps = random.Random(11), [(k + 0.5) / 5 for k in range(5)]
    if what == ["--palettes"]:
        rows = [tiles([world.sample(r, palette=p) for _ in range(ACROSS * 2)], r) for p in world.PALETTES]
    elif what == ["--axes"]:  # a row for each axis and flag; for an axis, five steps of three subjects
        rows = []
        for axis in world.AXES:
            row = []
            for subject in ("jellyfish", "tunnel", "skyline"):
                seed = r.random()
                for v in steps:
                    s = world.Sample(subject, "neon pink", axes={**dict.fromkeys(world.AXES), axis: v})
                    row.append(world.render(s, TILE, TILE, random.Random(seed)))
            rows.append(torch.cat(row, 2))
        for flag in world.FLAGS:
            rows.append(tiles([world.Sample(world.SUBJECTS[(7 * k + 12) % len(world.SUBJECTS)], "gold", flags={flag},
                                            on_black=k % 2 == 1) for k in range(15)], r))
    elif what == ["--pairs"]:
        rows = []
        while len(rows) < 6:
            made = []
            while len(made) < 12:
                s = world.sample(r)
                made += [s] * bool(s.second)
            rows.append(tiles(made, r))
    else:
        names = what or world.SUBJECTS
        each = [tiles([world.sample(r, subject=s, second=None) for _ in range(ACROSS)], r) for s in names]
        each += [torch.zeros_like(each[0])] * (len(each) % 2)
        rows = [torch.cat(each[k:k + 2], 2) for k in range(0, len(each), 2)]
    save(rows, path)
