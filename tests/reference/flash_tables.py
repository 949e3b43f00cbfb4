"""The public photosensitivity set of the TRACE Center as tables: jbjord/pse-test-media (BSD 3-Clause, (c) 2025 TRACE RERC).

    git clone https://github.com/jbjord/pse-test-media && python flash_tables.py pse-test-media flash/sequences.txt

Each of its 306 videos is one or two areas that change colour over a background, 30 frames a second. Written here, so that no
video has to be made or kept:

    area NAME RUNS                   a 320 x 180 picture, row by row: so many cells out, so many in, so many out ...
    colors NAME rrggbb[xN] ...       sRGB, a frame each or N; ------ is not there
    video SET NAME PASS rrggbb AREA COLORS [AREA COLORS]     background; whether the set's standard lets it pass

Needs Pillow and numpy.
"""
import csv, json, os, re, sys
from pathlib import Path
import numpy as np
from PIL import Image

root, out = Path(sys.argv[1]), Path(sys.argv[2])
CELLS = (320, 180)
areas, colors, videos = {}, {}, []


def runs(path):
    inside = np.asarray(Image.open(path).convert("RGBA").getchannel("A").resize(CELLS, Image.BOX)).ravel() > 127
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside]).astype(int))).tolist() + [len(inside)]
    return " ".join(str(b - a) for a, b in zip([0] + edges, edges))


def frames(path):
    rows = [[int(float(x)) for x in row[1:5]] for row in list(csv.reader(open(path)))[1:] if len(row) >= 4]
    written = []
    for rgb in ("%02x%02x%02x" % tuple(row[:3]) if len(row) < 4 or row[3] else "------" for row in rows):
        if written and written[-1][0] == rgb:
            written[-1][1] += 1
        else:
            written.append([rgb, 1])
    return " ".join(rgb if n == 1 else f"{rgb}x{n}" for rgb, n in written)


def named(table, path, read):
    path = os.path.normpath(path)
    if path not in table:
        table[path] = (f"{len(table)}", read(path))
    return table[path][0]


for folder in sorted((root / "video_creation").iterdir()):
    if not folder.is_dir():
        continue
    for row in list(csv.reader(open(folder / f"{folder.name}.csv")))[1:]:
        if not row:
            continue
        video = json.load(open(folder / f"{row[0]}.json"))
        ground = "%02x%02x%02x" % tuple(int(n) for n in re.findall(r"\d+", video["bgcolor"])[:3])
        parts = []
        for part in video["pattern"]:
            parts += [named(areas, folder / part["spatial"], runs), named(colors, folder / part["temporal_color"], frames)]
        videos.append(f"video {folder.name} {row[0]} {row[1].lower()} {ground} {' '.join(parts)}")

lines = [f"# From pse-test-media by the TRACE Center, BSD 3-Clause; see {Path(__file__).name}."]
lines += [f"area {name} {text}" for name, text in areas.values()] + [f"colors {name} {text}" for name, text in colors.values()]
out.write_text("\n".join(lines + videos) + "\n")
