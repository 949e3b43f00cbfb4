"""Measures a spark folder with the judge and prints one table.

    python evaluate.py --model models/spark [--judge FILE] [--size 256] [--each 40] [--only PART ...] [--out evaluation.md]

Every picture is made from phrasings and seeds that training never used. `--each` is prompts per subject.
"""

import argparse
import dataclasses
import random
from collections import Counter
from pathlib import Path

import torch
import torch.nn.functional as F

import judge as judges
import world
from networks import DEVICE, LATENT_CHANNELS, NOISE_ALONE, autocast, from_embeddings, load, sample, scheduler
from words import AXIS_WORDS

LUMA = torch.tensor([0.2126, 0.7152, 0.0722])[:, None, None]


class Bench:
    def __init__(self, a):
        self.size, self.each = a.size, a.each
        self.unet, self.text, self.ae, self.words = load(a.model, a.size)
        self.judge = judges.load(a.judge)
        self.rows = []

    def say(self, what, bar, value):
        self.rows.append((what, bar, value))
        print(f"| {what} | {bar} | {value} |", flush=True)

    def make(self, prompts, steps=4, seed=0, size_px=None):
        """Pictures for prompts; `size_px` is (height, width), multiples of 8."""
        parts = [prompts[k:k + 32] for k in range(0, len(prompts), 32)]
        return torch.cat([sample(self.unet, self.text, self.ae, self.words, part, steps, seed=seed + k,
                                 size_px=size_px or (self.size, self.size)) for k, part in enumerate(parts)])

    def from_embeddings(self, c, noise):
        return from_embeddings(self.unet, self.ae, c, noise, 4)

    @torch.no_grad()
    def embed(self, prompts):
        return self.text(self.words(prompts).to(DEVICE)).last_hidden_state

    def noise(self, n, seed):
        side = self.size // 8
        return torch.randn(n, LATENT_CHANNELS, side, side, generator=torch.Generator().manual_seed(seed))


def judged(b):
    """The judge itself, on pictures drawn by nobody's model."""
    for what, plain in judges.HELD_OUT.items():
        form, colour, _ = judges.held_out(b.judge, b.size, plain)
        b.say(f"judge on held-out procedural pictures, {what}: subject / palette", "97 / 97 %",
              f"{100 * form:.1f} / {100 * colour:.1f} %")


def recognition(b):
    r = random.Random(101)
    samples = [world.plain(r, s) for s in world.SUBJECTS for _ in range(b.each)]
    prompts = [world.caption(s, r, held_out=True) for s in samples]
    worst = ""
    for steps, bar in ((4, "85 / 92 %"), (2, "75 / 90 %"), (1, "60 / 85 %")):
        form, colour, wrong = judges.accuracy(b.judge, b.make(prompts, steps, 7), samples)
        b.say(f"{steps} step{'s' * (steps > 1)}: subject / palette recognised", bar, f"{100 * form:.1f} / {100 * colour:.1f} %")
        if steps == 4:
            worst = ", ".join(f"{s} {n}" for s, n in Counter(w for w, _ in wrong).most_common(10))
    b.say(f"least obedient at 4 steps, misses of {b.each}", "-", worst)


def modified(b):
    """Whatever may be said of a picture: axes, modifiers, a second subject, black; beside it what is drawn for the same."""
    r = random.Random(102)
    samples = [world.sample(r) for _ in range(8 * len(world.SUBJECTS))]
    said = []
    for x in (b.make([world.caption(s, r, held_out=True) for s in samples], 4, 17),
              torch.stack([world.render(s, b.size, b.size, r) for s in samples])):
        form, colour, _ = judges.accuracy(b.judge, x, samples)
        said.append(f"{100 * form:.1f} / {100 * colour:.1f} %")
    b.say("4 steps, all modifiers and pairs: subject / palette recognised", "-", f"{said[0]} (drawn: {said[1]})")


def seen_in(b, pictures, samples):
    """Share of pictures with the subject recognised in the middle, or anywhere along a strip, of whatever shape."""
    h, w = pictures.shape[2:]
    side = min(h, w)
    starts = range(0, max(h, w) - side + 1, max(1, (max(h, w) - side) // 2))
    crops = [pictures[:, :, s:s + side] if h > w else pictures[:, :, :, s:s + side] for s in starts]
    found = torch.stack([judges.see(b.judge, crop)[0].argmax(1) for crop in crops], 1).tolist()
    return 100 * sum(world.SUBJECTS.index(s.subject) in row for s, row in zip(samples, found)) / len(samples)


def shapes(b):
    """Other sizes than it was trained on: 384 x 384, 384 x 216, 384 x 128, and its own."""
    r = random.Random(31)
    samples = [world.plain(r, s) for s in world.SUBJECTS for _ in range(4)]
    prompts = [world.caption(s, r, held_out=True) for s in samples]
    said = []
    for w, h in ((256, 256), (384, 384), (384, 216), (384, 128)):
        made = [b.make(prompts[k:k + 16], 4, k, (h, w)) for k in range(0, len(prompts), 16)]
        said.append(f"{w}x{h} {seen_in(b, torch.cat(made), samples):.0f}")
    b.say("subjects recognised at other sizes", "-", " %, ".join(said) + " %")


def unknown_words(b):
    """The same captions and noise with and without words that mean nothing."""
    r = random.Random(32)
    samples = [world.plain(r, s) for s in world.SUBJECTS for _ in range(4)]
    prompts = [world.caption(s, r, held_out=True) for s in samples]
    clear, disturbed = (judges.accuracy(b.judge, b.make(p, 4, 5), samples)[0]
                        for p in (prompts, [world.stray(p, r) for p in prompts]))
    b.say("subjects without and with unknown words", "no harm", f"{100 * clear:.0f} % and {100 * disturbed:.0f} %")


@torch.no_grad()
def img2img(b):
    """How much of an initial picture's layout is left at each strength: correlation of 16 x 16 luminance."""
    r = random.Random(33)
    samples = [world.plain(r, s) for s in world.SUBJECTS]
    init = torch.stack([world.render(s, b.size, b.size, r) for s in samples])
    other = b.embed([world.caption(world.plain(r), r, held_out=True) for _ in samples])
    z = b.ae.encode((init * 2 - 1).to(DEVICE)).latents * b.ae.config.scaling_factor
    noise = b.noise(len(z), 34).to(DEVICE)
    s, said = scheduler(), []
    layout = lambda x: F.adaptive_avg_pool2d((x * LUMA).sum(1, keepdim=True), 16).flatten(1)  # noqa: E731
    for strength in (0.2, 0.4, 0.6, 0.8, 1.0):
        start = round(strength * NOISE_ALONE)
        times = torch.tensor([round(start * (4 - k) / 4) for k in range(5)])
        x = s.add_noise(z, noise, times[:1].expand(len(z)))
        with autocast():
            for now, then in zip(times[:-1], times[1:]):
                v = b.unet(x, now, other).sample.float()
                bar, after = s.alphas_cumprod[now], s.alphas_cumprod[then] if then > 0 else torch.tensor(1.0)
                clean, dirt = bar.sqrt() * x - (1 - bar).sqrt() * v, bar.sqrt() * v + (1 - bar).sqrt() * x
                x = after.sqrt() * clean + (1 - after).sqrt() * dirt
            made = (b.ae.decode(x / b.ae.config.scaling_factor).sample.float() * 0.5 + 0.5).clamp(0, 1).cpu()
        one, two = layout(made), layout(init)
        kept = F.cosine_similarity(one - one.mean(1, True), two - two.mean(1, True)).mean().item()
        said.append(f"{strength} {kept:.2f}")
    b.say("img2img towards another prompt: layout kept at strength", "falls", ", ".join(said))


def edge_density(x):
    y = (x * LUMA).sum(1)
    return (y[:, 1:] - y[:, :-1]).abs().mean((1, 2)) + (y[:, :, 1:] - y[:, :, :-1]).abs().mean((1, 2))


MEASURES = {"motion": ("edge density", edge_density), "density": ("edge density", edge_density),
            "light": ("luminance", lambda x: (x * LUMA).sum(1).mean((1, 2))),
            "edge": ("contrast of edges", lambda x: edge_density(x) / ((x * LUMA).sum(1).std((1, 2)) + 0.02))}


def rank_correlation(a, b):
    rank = lambda v: torch.tensor(v).argsort().argsort().float()  # noqa: E731
    x, y = rank(a) - (len(a) - 1) / 2, rank(b) - (len(b) - 1) / 2
    return ((x * y).sum() / (x.norm() * y.norm())).item()


def axes(b):
    """The same subjects, palettes and noise at each step of a ladder, and what is drawn there."""
    for axis, steps in AXIS_WORDS.items():
        r = random.Random(5)
        things = [world.plain(r, s) for s in world.SUBJECTS]
        name, measure = MEASURES[axis]
        made, drawn = [], []
        for k, words in enumerate(steps):
            prompts = [f"{words[0]} {s.palette} {world.bare(world.SUBJECT_WORDS[s.subject][0])}" for s in things]
            made.append(measure(b.make(prompts, 4, 3)).mean().item())
            there = [dataclasses.replace(s, axes={**s.axes, axis: (k + 0.5) / len(steps)}) for s in things]
            drawn.append(measure(torch.stack([world.render(s, b.size, b.size, random.Random(7)) for s in there])).mean().item())
        listed = [" ".join(f"{m:.3f}" for m in means) for means in (made, drawn)]
        b.say(f"axis {axis} against {name}", "0.9", f"{rank_correlation(list(range(len(made))), made):.2f} "
              f"({listed[0]}; drawn: {listed[1]})")


def blacks(b):
    r = random.Random(6)
    prompts = [f"{r.choice(list(world.PALETTES))} {world.bare(world.SUBJECT_WORDS[s][0])} on black"
               for s in world.SUBJECTS if s in world.OBJECTS]
    dark = (b.make(prompts, 4, 11) * LUMA).sum(1).flatten(1).quantile(0.1, 1)
    b.say("10th percentile of luminance, ... on black", "0.02", f"{dark.mean():.3f}")


def saturation(x):
    return (x.amax(1) - x.amin(1)).mean((1, 2))


def pairs(b, n=144):
    """Prompts half way between two others."""
    r = random.Random(8)
    one, other = ([world.plain(r, r.choice(world.SUBJECTS)) for _ in range(n)] for _ in range(2))
    ca, cb = (b.embed([world.caption(s, r, held_out=True) for s in part]) for part in (one, other))
    noise = b.noise(n, 4)
    xa, xb, xm = (b.from_embeddings(c, noise) for c in (ca, cb, (ca + cb) / 2))
    seen = judges.see(b.judge, xm)[0].softmax(1)
    index = world.SUBJECTS.index
    sure = torch.tensor([max(p[index(s.subject)], p[index(t.subject)]).item() for p, s, t in zip(seen, one, other)])
    colour = saturation(xm) / (0.5 * (saturation(xa) + saturation(xb)) + 1e-6)
    both = ((sure >= 0.6) & (colour >= 0.8)).float().mean()
    b.say("midpoints recognised with 0.6 and saturated to 0.8", "85 %", f"{100 * both:.0f} % (recognised "
          f"{100 * (sure >= 0.6).float().mean():.0f} %, saturated {100 * (colour >= 0.8).float().mean():.0f} %)")


def spread(features):
    return torch.pdist(features).mean().item()


def diversity(b, n=16):
    r, ratios = random.Random(9), []
    for subject in world.SUBJECTS[::4]:
        s = world.plain(r, subject)
        made = b.make([world.caption(s, random.Random(1), held_out=True)] * n, 4, 40)
        drawn = torch.stack([world.render(s, b.size, b.size, r) for _ in range(n)])
        ratios.append(spread(judges.see(b.judge, made)[2]) / spread(judges.see(b.judge, drawn)[2]))
    b.say("diversity of 16 seeds against procedural pictures", "0.7", f"{sum(ratios) / len(ratios):.2f}")


def frechet(x, y):
    """Frechet distance of two Gaussians fitted to features [n, d]."""
    def root(m):
        value, vector = torch.linalg.eigh(m)
        return vector @ torch.diag(value.clamp(min=0).sqrt()) @ vector.T
    cx, cy = torch.cov(x.T.double()), torch.cov(y.T.double())
    rx = root(cx)
    return ((x.mean(0) - y.mean(0)).double().pow(2).sum() + torch.trace(cx + cy - 2 * root(rx @ cy @ rx))).item()


@torch.no_grad()
def distance(b, n=2000):
    held, captions, _ = world.batch(n, b.size, b.size, random.Random(555))
    with autocast():
        rebuilt = torch.cat([b.ae.decode(b.ae.encode((p * 2 - 1).to(DEVICE)).latents).sample.float().cpu() * 0.5 + 0.5
                             for p in held.split(64)])
    error = (rebuilt.clamp(0, 1) - held).pow(2).mean((1, 2, 3))
    psnr = -10 * torch.log10(error)
    b.say(f"tiny VAE at {b.size} px: mean PSNR; worst decile", "27; 21 dB",
          f"{psnr.mean():.1f}; {psnr.quantile(0.1):.1f} dB")
    features = [judges.see(b.judge, x.clamp(0, 1))[2] for x in (held, rebuilt, b.make(captions, 4, 900))]
    base, ours = frechet(features[0], features[1]), frechet(features[0], features[2])
    b.say("Frechet distance at 4 steps over that of the VAE", "3", f"{ours / base:.1f} ({ours:.2f} / {base:.2f})")


def walk(b, n=32, walks=12):
    """How even walks between two prompts are: mean step-to-step change over the largest; 1 is steady."""
    shares = []
    for k in range(walks):
        r = random.Random(20 + k)
        ends = b.embed([world.caption(world.plain(r, r.choice(world.SUBJECTS)), r, held_out=True) for _ in range(2)])
        t = torch.linspace(0, 1, n, device=DEVICE)[:, None, None]
        x = b.from_embeddings(ends[:1] * (1 - t) + ends[1:] * t, b.noise(1, k).expand(n, -1, -1, -1))
        change = (x[1:] - x[:-1]).pow(2).mean((1, 2, 3)).sqrt()
        shares.append((change.mean() / change.max()).item())
    b.say("32-step walk: mean change over the largest", "0.35", f"{sum(shares) / len(shares):.3f}")


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--model", type=Path, required=True)
    p.add_argument("--judge", type=Path, default=judges.WEIGHTS)
    p.add_argument("--size", type=int, default=256)
    p.add_argument("--each", type=int, default=40)
    p.add_argument("--only", nargs="*", default=[])
    p.add_argument("--out", type=Path)
    a = p.parse_args()
    bench = Bench(a)
    for part in (judged, recognition, modified, axes, blacks, pairs, diversity, distance, walk, img2img, shapes, unknown_words):
        if not a.only or part.__name__ in a.only:
            part(bench)
    if a.out:
        lines = ["| what | bar | measured |", "|---|---|---|"] + [f"| {w} | {bar} | {v} |" for w, bar, v in bench.rows]
        a.out.write_text("\n".join(lines) + "\n")
