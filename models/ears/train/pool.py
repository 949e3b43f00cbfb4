"""Renders clips and keeps what the network sees of them: python pool.py FOLDER --clips N --seed S

Each file holds SHARD clips: band amplitudes as float16, and the targets of every frame.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

import channel
import features
import noises
import patterns
import tracks
from voices import RATE_HZ

LENGTH_S, SHARD = 40.0, 20
# Amplitudes times this fit float16.
SCALE = 64
# A beat is asked for when it has been heard for so long.
LATE_S = 0.015
NEGATIVE, CUT = 0.16, 0.3


def clip(rng, only=None):
    """Samples and truth: one track, two of them cut or faded, or no music, whose truth is empty."""
    count = int(LENGTH_S * RATE_HZ)
    if rng.random() < NEGATIVE:
        return channel.spoil(rng, noises.draw(rng, count)), tracks.Truth()
    if rng.random() >= CUT:
        samples, truth = tracks.track(rng, LENGTH_S, only)
        return channel.spoil(rng, samples), truth
    at_s = rng.uniform(8, LENGTH_S - 10)
    fade_s = 0.0 if rng.random() < 0.6 else rng.uniform(1, 8)
    out, truth = np.zeros(count, np.float32), tracks.Truth()
    fades = lambda n: np.linspace(0, 1, n, dtype=np.float32)
    first, told = tracks.track(rng, at_s + fade_s, only) if rng.random() < 0.8 else (noises.draw(rng, int((at_s + fade_s) * RATE_HZ)), tracks.Truth())
    a = int(at_s * RATE_HZ)
    b = max(a, len(first))
    first[a:b] *= fades(b - a)[::-1]
    out[: len(first)] += first
    truth.extend(told.shifted(0, 0, at_s + fade_s / 2))
    second, told = tracks.track(rng, LENGTH_S - at_s, only) if rng.random() < 0.85 else (noises.draw(rng, count - a), tracks.Truth())
    second = second[: count - a]
    second[: b - a] *= fades(b - a)
    out[a : a + len(second)] += second
    truth.extend(told.shifted(at_s, fade_s / 2))
    if fade_s:
        truth.unsure.append((at_s, at_s + fade_s))
    return channel.spoil(rng, out), truth


def targets(truth, frames):
    """[frames, 4]: beat, downbeat, groove, and whether the frame counts for the first two."""
    out = np.zeros((frames, 4), np.float32)
    for column, times in enumerate((truth.beats, truth.downbeats)):
        for t in times:
            # Frame n is known at (n + 1)·HOP.
            at = (t + LATE_S) * features.FRAME_HZ - 1
            for n in range(int(np.floor(at)) - 1, int(np.floor(at)) + 3):
                if 0 <= n < frames:
                    out[n, column] = max(out[n, column], 1 - abs(n - at) / 1.5)
    span = lambda a, b: slice(max(0, int(a * features.FRAME_HZ)), max(0, int(b * features.FRAME_HZ)))
    for a, b in truth.groove:
        out[span(a, b), 2] = 1
    out[:, 3] = 1
    for a, b in truth.unsure:
        out[span(a, b), 3] = 0
    return out.astype(np.float16)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("folder", type=Path)
    p.add_argument("--clips", type=int, required=True)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--only", choices=[kind.__name__ for kind in patterns.KINDS])
    a = p.parse_args()
    if a.clips < SHARD:
        p.error(f"a file holds {SHARD} clips: ask for {SHARD} or more")
    a.folder.mkdir(parents=True, exist_ok=True)
    began = time.time()
    for shard in range(a.clips // SHARD):
        path = a.folder / f"{a.seed}-{shard}.npz"
        if path.exists():
            continue
        rows = []
        for k in range(SHARD):
            samples, truth = clip(np.random.default_rng([a.seed, shard, k]), a.only)
            seen = (SCALE * features.amplitudes(samples[: int(LENGTH_S * RATE_HZ)])).astype(np.float16)
            rows.append((seen, targets(truth, len(seen))))
        frames = min(len(seen) for seen, _ in rows)
        # Whoever reads the pool meanwhile, or after this was stopped, finds whole files only.
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, seen=np.stack([s[:frames] for s, _ in rows]), targets=np.stack([t[:frames] for _, t in rows]))
        unfinished.rename(path)
        print(f"{(shard + 1) * SHARD} clips, {(time.time() - began) / (shard + 1) / SHARD:.2f} s each", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
