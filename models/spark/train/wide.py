"""Measures the wide pictures that Halation itself makes with a spark folder: composed square, then drawn at full size.

    python wide.py BINARY [--each 2] [--sheet FILE]       from anywhere; BINARY is target/debug/halation

`--each` is prompts per subject, in phrasings that training never used; `--sheet` lays the pictures of things that are of
one piece on one page, to count those that came out single and whole.
"""

import argparse
import json
import random
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import judge as judges
import world

MODEL = Path(__file__).resolve().parents[1]
SIZES = ((384, 216), (512, 288))
ONE_PIECE = ("jellyfish", "eye", "sun", "eclipse", "butterfly", "flower", "mirrorball", "mandala")
SLOTS = 8


def begins(text):
    """The readable beginning of the name that a still of `text` gets."""
    return re.sub("[^a-z0-9]", "-", text[:40].lower()).strip("-").replace("--", "-")


def questions(each):
    """`each` samples a subject and a caption of each, whose stills' names differ."""
    r, asked = random.Random(606), {}
    for subject in world.SUBJECTS:
        wanted = len(asked) + each
        while len(asked) < wanted:
            sample = world.plain(r, subject)
            prompt = world.caption(sample, r, held_out=True)
            if begins(prompt) not in map(begins, asked):
                asked[prompt] = sample
    return asked


def make(binary, prompts, size_px, steps, folder):
    """The stills of `prompts`, in their order: PIL images."""
    show = folder / "show.toml"
    banks = [prompts[k:k + SLOTS] for k in range(0, len(prompts), SLOTS)]
    banks = [bank + [""] * (SLOTS - len(bank)) for bank in banks]
    slots = "".join(f'[[bank]]\nname = "{k}"\nslots = {json.dumps(bank)}\n' for k, bank in enumerate(banks))
    show.write_text(f'name = "Wide"\nmodel = "{MODEL}"\npicture = {list(size_px)}\n[params]\n{slots}')
    out = folder / "stills"
    subprocess.run([binary, "stills", show, "--steps", str(steps), "--out", out], check=True, capture_output=True)
    named = {path.name[:-len("-0123456789ab.jpg")]: path for path in out.glob("*.jpg")}
    return [Image.open(named[begins(prompt)]).convert("RGB") for prompt in prompts]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("binary")
    p.add_argument("--each", type=int, default=2)
    p.add_argument("--sheet", type=Path)
    a = p.parse_args()
    asked, judge = questions(a.each), judges.load(judges.WEIGHTS)
    one_piece = [k for k, s in enumerate(asked.values()) if s.subject in ONE_PIECE]
    rows = []
    for size_px in SIZES:
        for steps in (4, 2):
            with tempfile.TemporaryDirectory() as folder:
                pictures = make(a.binary, list(asked), size_px, steps, Path(folder))
            x = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2) / 255
            subject, palette, wrong = judges.accuracy(judge, x, list(asked.values()))
            print(f"| {size_px[0]} x {size_px[1]}, {steps} steps: subject / palette | "
                  f"{100 * subject:.1f} / {100 * palette:.1f} % | {', '.join(w for w, _ in wrong)} |", flush=True)
            rows.append([pictures[k].resize((256, 144)) for k in one_piece])
    if a.sheet:
        sheet = Image.new("RGB", (256 * len(one_piece), 144 * len(rows)))
        for y, row in enumerate(rows):
            for x, picture in enumerate(row):
                sheet.paste(picture, (256 * x, 144 * y))
        sheet.save(a.sheet)


if __name__ == "__main__":
    main()
