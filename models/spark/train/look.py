"""What a spark folder makes, to look at: contact sheets at 1, 2, 4 and 8 steps, one of axes, modifiers and pairs, and
four walks as filmstrips.

    python look.py --model models/spark --out models/spark/pictures
"""

import argparse
import random
from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image

import world
from networks import DEVICE, from_embeddings, load, sample
from words import AXIS_WORDS, FLAG_WORDS

TILE, ACROSS, FRAMES = 128, 9, 10
WALKS = [("neon pink jellyfish on black", "acid green lasers"), ("gold mandala", "ice blue tunnel"),
         ("blood red fire", "monochrome checkerboard"), ("ultraviolet galaxy on black", "sunset synthwave sun")]

LADDERS = {"motion": ("neon pink jellyfish", "blue waves"), "density": ("acid green lasers", "gold bubbles"),
           "light": ("orange tunnel", "ultraviolet galaxy"), "edge": ("cyan rings", "sunset fire")}
ALONE = "gold flower"
PAIRS = ["neon pink jellyfish over a skyline", "ice blue lasers with rings", "gold eye in a tunnel",
         "orange eclipse over dunes", "emerald butterfly in a corridor", "cyan comet in a starfield",
         "ultraviolet mandala and a lattice", "monochrome crystal in smoke", "rose flower with lightning",
         "teal and orange mirror ball with spotlights"]


def page(pictures, across, path):
    """Tiles [n, 3, h, w] in rows of `across`."""
    tiles = F.interpolate(pictures, (TILE, TILE), mode="area")
    tiles = torch.cat([tiles, tiles.new_zeros(-len(tiles) % across, *tiles.shape[1:])])
    rows = [torch.cat(list(tiles[k:k + across]), 2) for k in range(0, len(tiles), across)]
    whole = (torch.cat(rows, 1).permute(1, 2, 0) * 255).round().byte().numpy()
    Image.fromarray(whole).save(path, quality=88)
    print(path, flush=True)


def contact_sheets(parts, size_px, out):
    r, palettes = random.Random(12), list(world.PALETTES)
    prompts = [f"{palettes[(5 * i) % len(palettes)]} {world.bare(r.choice(world.SUBJECT_WORDS[s]))}"
               f"{' on black' if s in world.OBJECTS else ''}" for i, s in enumerate(world.SUBJECTS)]
    for steps in (1, 2, 4, 8):
        page(sample(*parts, prompts, steps, seed=3, size_px=(size_px, size_px)), ACROSS, out / f"steps-{steps}.jpg")


def modifiers(parts, size_px, out):
    """A row for each axis, its five words on two prompts; one of modifiers, first without any; one of pairs."""
    prompts = [f"{words[0]} {thing}" for axis, steps in AXIS_WORDS.items() for thing in LADDERS[axis] for words in steps]
    prompts += [ALONE] + [f"{words[0]} {ALONE}" for words in FLAG_WORDS.values()]
    page(sample(*parts, prompts + PAIRS, 4, seed=5, size_px=(size_px, size_px)), 10, out / "modifiers.jpg")


@torch.no_grad()
def walks(parts, size_px, out):
    unet, text, ae, words = parts
    t = torch.linspace(0, 1, FRAMES, device=DEVICE)[:, None, None]
    made = []
    for k, ends in enumerate(WALKS):
        c = text(words(list(ends)).to(DEVICE)).last_hidden_state
        shape = (1, ae.config.latent_channels, size_px // 8, size_px // 8)
        noise = torch.randn(shape, generator=torch.Generator().manual_seed(k)).expand(FRAMES, -1, -1, -1)
        made.append(from_embeddings(unet, ae, c[:1] * (1 - t) + c[1:] * t, noise, 4))
    page(torch.cat(made), FRAMES, out / "walks.jpg")


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--size", type=int, default=256)
    p.add_argument("--out", type=Path, required=True)
    a = p.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    networks = load(a.model, a.size)
    contact_sheets(networks, a.size, a.out)
    modifiers(networks, a.size, a.out)
    walks(networks, a.size, a.out)
