"""The judge: a small classifier of subject and palette, trained only on procedural pictures, none of them the model's.

    python judge.py --work DIR [--size 256] [--pictures 54000] [--minutes M]     draws, trains, prints held-out accuracy

It looks at 64 x 64 pixels. Its 64 features are also what the Frechet distance is measured on.
"""

import argparse
import random
import time
from collections import Counter
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

import world
from networks import autocast, keep

SIDE, FEATURES = 64, 64
WEIGHTS = Path(__file__).with_name("judge.safetensors")
# What is held out, and the share of it without any modifier.
HELD_OUT = {"all modifiers and pairs": 0.0, "without modifiers": 1.0}


def block(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, 2, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(),
                         nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU())


class Judge(nn.Module):
    """[n, 3, 64, 64] in 0..1 to logits of subject and palette, and features [n, 64]."""

    def __init__(self):
        super().__init__()
        self.form = nn.Sequential(block(3, 32), block(32, 64), block(64, 128), block(128, 192))
        self.colour = nn.Sequential(nn.Conv2d(3, 48, 1), nn.ReLU(), nn.Conv2d(48, 48, 1), nn.ReLU())
        self.features = nn.Linear(2 * 192, FEATURES)
        self.subject = nn.Linear(FEATURES, len(world.SUBJECTS))
        self.palette = nn.Sequential(nn.Linear(48 + FEATURES, 64), nn.ReLU(), nn.Linear(64, len(world.PALETTES)))

    def forward(self, x):
        y = self.form(x - 0.3)
        f = self.features(torch.cat([y.mean((2, 3)), y.amax((2, 3))], 1))
        h = self.colour(F.avg_pool2d(x - 0.3, 2)).mean((2, 3))
        return self.subject(F.relu(f)), self.palette(torch.cat([h, f], 1)), f


def labels(samples):
    """Subject [n, subjects] with a half each for pairs, palette [n]."""
    names, palettes = world.SUBJECTS, list(world.PALETTES)
    subject = torch.zeros(len(samples), len(names))
    for row, s in zip(subject, samples):
        for one in [s.subject] + ([s.second] if s.second else []):
            row[names.index(one)] = 0.5 if s.second else 1.0
    return subject, torch.tensor([palettes.index(s.palette) for s in samples])


def thumbnails(pictures):
    """What is kept of pictures [n, 3, h, w] in 0..1 to be seen again: [n, 3, SIDE, SIDE] as bytes."""
    return (F.adaptive_avg_pool2d(pictures, SIDE) * 255).round().byte()


@torch.no_grad()
def see(judge, pictures):
    """Logits and features of pictures [n, 3, h, w] in 0..1."""
    small = [F.adaptive_avg_pool2d(part, SIDE) for part in pictures.split(128)]
    seen = [judge(part) for part in small]
    return tuple(torch.cat(parts) for parts in zip(*seen))


def load(path):
    judge = Judge()
    judge.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in load_file(path).items()})
    return judge.eval()


def accuracy(judge, pictures, samples):
    """Shares of pictures with the subject (either of a pair) and the palette recognised, and which were taken for what."""
    subject, palette, _ = see(judge, pictures)
    names, palettes = world.SUBJECTS, list(world.PALETTES)
    right = [names[k] in (s.subject, s.second) for k, s in zip(subject.argmax(1).tolist(), samples)]
    colour = [palettes[k] == s.palette for k, s in zip(palette.argmax(1).tolist(), samples)]
    wrong = [(s.subject, names[k]) for k, s, ok in zip(subject.argmax(1).tolist(), samples, right) if not ok]
    return sum(right) / len(right), sum(colour) / len(colour), wrong


def held_out(judge, size_px, plain_share):
    """`accuracy` on 1 200 procedural pictures that no training drew."""
    held, _, samples = world.batch(1200, size_px, size_px, random.Random(77), plain_share)
    return accuracy(judge, held, samples)


def drawn(a):
    """Pictures of its own, [n, 3, SIDE, SIDE] as bytes, and their Samples: shards of 2 000, each kept once it is drawn."""
    folder = a.work / "judge"
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(a.pictures // 2000):
        path, r, small, samples = folder / f"{k:03}.pt", random.Random(90_000 + k), [], []
        if not path.exists():
            for _ in range(2000 // 50):
                x, _, shown = world.batch(50, a.size, a.size, r, 0.3)
                small.append(thumbnails(x))
                samples += shown
            keep((torch.cat(small), samples), path)
            print("judge draws", path.name, flush=True)
    shards = [torch.load(path, weights_only=False) for path in sorted(folder.glob("*.pt"))]
    return torch.cat([small for small, _ in shards]), [s for _, samples in shards for s in samples]


def train(a):
    x, samples = drawn(a)
    subject, palette = labels(samples)
    judge, began, i = Judge().to(memory_format=torch.channels_last), time.time(), 0
    opt = torch.optim.AdamW(judge.parameters(), 3e-3, weight_decay=2e-2)
    g = torch.Generator().manual_seed(1)
    while (done := (time.time() - began) / (60 * a.minutes)) < 1:
        for group in opt.param_groups:
            group["lr"] = 3e-3 * min(1.0, i / 200 + 0.02) * (1 - done) + 1e-5
        pick = torch.randint(len(x), (96,), generator=g)
        shown = (x[pick].float() / 255).contiguous(memory_format=torch.channels_last)
        dx, dy, mirror = torch.randint(-3, 4, (3,), generator=g).tolist()
        shown = shown.flip(3) if mirror > 0 else shown
        if mirror % 3 == 2:  # Some of them a little out of focus, as on a wall.
            shown = F.avg_pool2d(F.pad(shown, (1, 1, 1, 1), mode="replicate"), 3, 1)
        with autocast():
            s, p, _ = judge(torch.roll(shown, (dx, dy), (2, 3)))
        # Not smoothed: how sure it is has to mean how often it is right.
        loss = F.cross_entropy(s.float(), subject[pick]) + F.cross_entropy(p.float(), palette[pick])
        opt.zero_grad()
        loss.backward()
        opt.step()
        i += 1
        if i % 500 == 0:
            print(f"judge {i} loss {loss.item():.3f} {time.time() - began:.0f} s", flush=True)
    judge.eval()
    kept = {k: v.half() if v.is_floating_point() else v for k, v in judge.state_dict().items()}
    save_file({k: v.contiguous() for k, v in kept.items()}, a.out)
    print(f"judge after {i} steps on {len(x)} pictures", flush=True)
    for what, plain in HELD_OUT.items():
        form, colour, wrong = held_out(judge, a.size, plain)
        print(f"held out, {what}: subject {form:.3f} palette {colour:.3f}", Counter(wrong).most_common(8), flush=True)


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--work", type=Path, required=True)
    p.add_argument("--size", type=int, default=256)
    p.add_argument("--pictures", type=int, default=54_000, help="to draw; 0 takes what is there")
    p.add_argument("--minutes", type=float, default=12)
    p.add_argument("--out", type=Path, default=WEIGHTS)
    train(p.parse_args())
