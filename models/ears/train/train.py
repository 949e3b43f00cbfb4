"""Trains the ears: python train.py POOL --valid FOLDER --out ears.safetensors --minutes M [--from ears.safetensors]

Pieces of the pool's clips, each at another level, through another equaliser and a little faster or slower, begin at any place.
"""

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import features
from network import Ears
from pool import SCALE

PIECE = 3000  # frames: 35 s, half as long again as the network remembers
# So many pieces slip, by no more than so many frames: half a second.
SLIPS, LONGEST_SLIP = 0.35, 43
# What is kept is the mean of the weights over the last steps.
MEAN = 0.997
# Of the columns: beat, downbeat, beat, downbeat, groove.
WEIGHTS = torch.tensor([0.5, 0.6, 0.5, 0.6, 0.1])


def read(path):
    """Band amplitudes and targets of the clips in one file of a pool, as float16."""
    with np.load(path) as file:
        return list(zip(file["seen"], file["targets"]))


def files(folder):
    """The finished files of a pool."""
    return [path for path in sorted(folder.glob("*.npz")) if not path.name.endswith(".part.npz")]


def faster(rng, seen, wanted, rate):
    """The same, `rate` times as fast, by reading between frames."""
    at = np.arange(0, len(seen) - 1.001, rate)
    low, share = at.astype(int), (at - at.astype(int)).astype(np.float32)[:, None]
    mix = lambda x: x[low] * (1 - share) + x[low + 1] * share
    out = mix(wanted)
    # Spikes keep their height.
    out[:, :2] = np.minimum(1, out[:, :2] * 1.15)
    return mix(seen), out


def equaliser(rng):
    """A gain for every band: a slope and two bells, of up to about 12 dB."""
    x = np.linspace(-1, 1, features.BANDS)
    db = rng.normal(0, 3) * x
    for _ in range(2):
        db = db + rng.normal(0, 4) * np.exp(-(((x - rng.uniform(-1, 1)) / rng.uniform(0.1, 0.5)) ** 2))
    return (10 ** (db / 20)).astype(np.float32)


def slipped(rng, seen, wanted):
    """The same without up to LONGEST_SLIP frames of it: a loop, a gap, a jog wheel; the beat goes on elsewhere."""
    at, length = rng.integers(0, len(seen) - LONGEST_SLIP), rng.integers(4, LONGEST_SLIP)
    return [np.delete(x, slice(at, at + length), axis=0) for x in (seen, wanted)]


def piece(rng, seen, wanted):
    rate = math.exp(float(np.clip(rng.normal(0, 0.04), -0.12, 0.12))) if rng.random() < 0.7 else 1.0
    need = int((PIECE + LONGEST_SLIP) * rate) + 4
    start = rng.integers(0, len(seen) - need)
    if rng.random() < 0.25:
        start = 0
    seen, wanted = seen[start : start + need].astype(np.float32) / SCALE, wanted[start : start + need].astype(np.float32)
    if rate != 1.0:
        seen, wanted = faster(rng, seen, wanted, rate)
    if rng.random() < SLIPS:
        seen, wanted = slipped(rng, seen, wanted)
    if rng.random() < 0.5:
        seen = seen * equaliser(rng)
    old, new = wanted[0:PIECE:2], wanted[1:PIECE:2]
    told = np.concatenate([old[:, :2], new[:, :2], new[:, 2:]], axis=1)
    return features.inputs(seen[:PIECE]), told.astype(np.float32)


def loss_of(logits, wanted):
    """Of each output; the last column of `wanted` says whether beats count."""
    told, counts = wanted[..., :5], torch.ones_like(wanted[..., :5])
    counts[..., :4] = wanted[..., 5:]
    loss = nn.functional.binary_cross_entropy_with_logits(logits, told, reduction="none")
    return ((loss * counts * WEIGHTS).sum((0, 1)) / counts.sum((0, 1)).clamp(min=1)) * 10


def save(net, path):
    save_file({name: x.half().contiguous() for name, x in net.state_dict().items()}, path)


class Pieces(torch.utils.data.IterableDataset):
    """Pieces of the clips in a folder, for ever; clips that are added while it runs are found."""

    def __init__(self, folder, seed):
        self.folder, self.seed = folder, seed

    def __iter__(self):
        rng, clips, known = np.random.default_rng(self.seed), [], set()
        while True:
            for path in files(self.folder):
                if path.name not in known:
                    known.add(path.name)
                    clips += read(path)
            for _ in range(4000):
                yield piece(rng, *clips[rng.integers(len(clips))])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("pool", type=Path)
    p.add_argument("--valid", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--minutes", type=float, required=True)
    p.add_argument("--from", dest="start", type=Path)
    p.add_argument("--rate", type=float, default=3e-3)
    p.add_argument("--batch", type=int, default=8)
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    for folder in (a.pool, a.valid):
        if not files(folder):
            p.error(f"{folder} holds no clips: make some with pool.py")
    torch.manual_seed(a.seed)
    net = Ears()
    if a.start:
        net.load_state_dict({name: x.float() for name, x in load_file(a.start).items()})
    valid = [piece(np.random.default_rng(k), s, w) for k, (s, w) in enumerate(clip for path in files(a.valid) for clip in read(path))]
    valid = [torch.from_numpy(np.stack(x)) for x in zip(*valid)]
    print(f"{sum(x.numel() for x in net.parameters())} weights", flush=True)
    mean_net = copy.deepcopy(net).eval()
    optimiser = torch.optim.AdamW(net.parameters(), lr=a.rate, weight_decay=1e-3)
    batches = iter(torch.utils.data.DataLoader(Pieces(a.pool, a.seed), batch_size=a.batch, num_workers=1, prefetch_factor=4))
    began, step, mean = time.time(), 0, None
    while (done := (time.time() - began) / 60 / a.minutes) < 1:
        warm = min(1, (step + 1) / 100)
        for group in optimiser.param_groups:
            group["lr"] = a.rate * warm * 0.5 * (1 + math.cos(math.pi * done))
        x, y = next(batches)
        parts = loss_of(net(x), y)
        optimiser.zero_grad()
        parts.sum().backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        with torch.no_grad():
            for slow, fast in zip(mean_net.parameters(), net.parameters()):
                slow.lerp_(fast, 1 - min(MEAN, 1 - 1 / (step + 2)))
        now = parts.detach()
        mean = now if mean is None else 0.98 * mean + 0.02 * now
        step += 1
        if step % 400 == 0:
            with torch.no_grad():
                held = torch.stack([loss_of(mean_net(valid[0][k::4]), valid[1][k::4]) for k in range(4)]).mean(0)
            texts = [" ".join(f"{v:.3f}" for v in of) for of in (mean, held)]
            print(f"step {step}, {(time.time() - began) / 60:.1f} min: {texts[0]} | held out {texts[1]}", flush=True)
            save(mean_net, a.out)
    save(mean_net, a.out)


if __name__ == "__main__":
    main()
