"""The sheet a subject draws on: coordinates, noise, splats, blur. Everything is relative to the picture's height."""

import functools
import math

import torch
import torch.nn.functional as F

TAU = 2 * math.pi
TILE = 128


def smooth(low, high, x):
    """Smoothstep: 0 at `low`, 1 at `high` (which may lie below `low`)."""
    t = ((x - low) / (high - low)).clamp(0, 1)
    return t * t * (3 - 2 * t)


def bell(d, width):
    """A Gaussian bump of `d`, 1 at 0 and 1/e at `width`."""
    return (-(d / width) ** 2).exp()


def stroke(d, width):
    """A luminous line: flat core of half-width `width` with a short falloff and a faint halo around it."""
    d = d.abs()
    return smooth(width * 1.5, width * 0.6, d) + 0.25 * (-d / (3.5 * width)).exp()


def tri(x):
    """Triangle wave of period 1: 0 at integers, 0.5 half way; the distance to the nearest integer."""
    return (x - x.round()).abs()


@functools.lru_cache(None)
def spline(n):
    """[TILE + 1, n] periodic cubic B-spline weights: `n` random values to one tile of smooth noise."""
    at = torch.arange(TILE + 1)[:, None] * (n / TILE)
    d = ((at - torch.arange(n)[None] + n / 2) % n - n / 2).abs()
    return torch.where(d < 1, 2 / 3 - d**2 + d**3 / 2, (2 - d).clamp(min=0) ** 3 / 6)


@functools.lru_cache(64)
def gaussian(n, sigma):
    """[n, n] matrix that blurs a column with a Gaussian of `sigma` pixels, edges renormalised."""
    d = torch.arange(n)[:, None] - torch.arange(n)[None]
    k = (-0.5 * (d / max(sigma, 1e-3)) ** 2).exp()
    return k / k.sum(1, keepdim=True)


def blur(v, sigma):
    """Gaussian blur of [H, W], `sigma` in picture heights (rounded to 1/200)."""
    h, w = v.shape
    s = round(sigma * 200) / 200 * h
    return v if s < 0.3 else gaussian(h, s) @ v @ gaussian(w, s).T


class Canvas:
    """Coordinates x, y [H, W] (y from -1 at the top to 1; x as wide), already scaled, shifted and warped.

    d: density 0..1 (count, frequency), m: motion 0..1, r: random.Random, g: torch generator.
    ax, ay: how far x and y reach.
    """

    def __init__(self, h, w, r, d=0.45, m=0.3, scale=1.0, shift=(0.0, 0.0), symmetrical=False, melting=False):
        self.h, self.w, self.r, self.d, self.m = h, w, r, d, m
        self.g = torch.Generator().manual_seed(r.randrange(2**31))
        self.aspect = w / h
        self.k, self.shift, self.symmetrical = scale * min(1.0, self.aspect**0.6), shift, symmetrical
        self.row = (torch.arange(h) + 0.5) / h * 2 - 1
        self.column = ((torch.arange(w) + 0.5) / w * 2 - 1) * self.aspect
        self.ax, self.ay = (self.aspect + abs(shift[0])) / self.k, (1 + abs(shift[1])) / self.k
        x = ((self.column - shift[0]) / self.k).expand(h, w)
        y = ((self.row - shift[1]) / self.k)[:, None].expand(h, w)
        if symmetrical:
            x = x.abs()
        if m > 0.35:  # motion bends space: wider and finer with the axis
            e, f = (m - 0.3) / 0.7, 1.2 + 2.4 * m
            both = self.noise(x * f, y * f, 2, True)
            x, y = x + 0.24 * e * (both[0] - 0.5), y + 0.24 * e * (both[1] - 0.5)
        if melting:  # the lower half runs down in drips of different lengths
            drip = self.noise(x * 3.5, torch.zeros_like(x) + 0.3, 2).clamp(0, 1) ** 2
            y = y - 1.7 * drip * smooth(-0.5, 0.9, y * self.k)
        self.x, self.y = x, y

    def uniform(self, low, high):
        return self.r.uniform(low, high)

    def lerp(self, low, high, jitter=0.1):
        """A number from `low` (sparse) to `high` (dense)."""
        return (low + (high - low) * self.d) * self.r.uniform(1 - jitter, 1 + jitter)

    def table(self, *shape):
        return torch.rand(*shape, generator=self.g)

    def noise(self, u, v, octaves=4, pair=False):
        """Fractal noise of mean 0.5 and deviation 0.19 at cell coordinates u, v; `pair` gives two of them."""
        total = 0
        for o in range(octaves):
            n = 4 * 2**o
            total = total + spline(n) @ (self.table(2 if pair else 1, n, n) - 0.5) @ spline(n).T * 0.55**o
        total = (total - total.mean((1, 2), keepdim=True)) / total.std((1, 2), keepdim=True) * 0.19 + 0.5
        at = torch.stack([u * 0.25 % 1, v * 0.25 % 1], -1)[None] * 2 - 1
        out = F.grid_sample(total[None], at, mode="bilinear", padding_mode="border", align_corners=True)[0]
        return out if pair else out[0]

    def polar(self, cx=0.0, cy=0.0, turn=0.0):
        """Radius and angle about a point."""
        x, y = self.x - cx, self.y - cy
        angle = torch.atan2(y, x)
        return (x * x + y * y).sqrt() + 1e-4, (angle + turn if turn else angle)

    def turned(self, angle, cx=0.0, cy=0.0):
        """x, y rotated by `angle` about a point (the point becomes the origin)."""
        x, y, c, s = self.x - cx, self.y - cy, math.cos(angle), math.sin(angle)
        return x * c + y * s, y * c - x * s

    def splat(self, px, py, sx, sy, light):
        """Sum of axis-aligned Gaussians, lists of equal length: one product of two thin matrices."""
        px, py, sx, sy, light = (torch.as_tensor(t, dtype=torch.float32)[:, None] for t in (px, py, sx, sy, light))
        px = px * self.k + self.shift[0]
        py = py * self.k + self.shift[1]
        if self.symmetrical:
            px = torch.cat([px, 2 * self.shift[0] - px])
            py, sx, sy, light = (torch.cat([t, t]) for t in (py, sx, sy, light))
        return bell(self.row - py, sy).T @ (light * bell(self.column - px, sx))

    def stars(self, count, size=0.022):
        """Round stars of mixed sizes; motion draws them out sideways."""
        r, n = self.r, int(count)
        if n < 1:
            return torch.zeros(self.h, self.w)
        px = [r.uniform(-self.ax, self.ax) for _ in range(n)]
        py = [r.uniform(-self.ay, self.ay) for _ in range(n)]
        s = [size * (1 + 1.3 * r.random() ** 3) for _ in range(n)]
        return self.splat(px, py, [t * (1 + 3 * self.m**2) for t in s], s, [r.uniform(0.4, 1.2) for _ in range(n)])

    def sites(self, count, u, v, spread=1.0):
        """Voronoi: distance to the nearest and second nearest of jittered sites, and the nearest's index."""
        across = max(2, round(math.sqrt(count * self.ax / self.ay)))
        down = max(2, round(count / across))
        jx, jy = self.table(across * down), self.table(across * down)
        i = torch.arange(across * down)
        px = ((i % across + 0.12 + 0.76 * jx) / across * 2 - 1) * self.ax * spread
        py = ((i // across + 0.12 + 0.76 * jy) / down * 2 - 1) * self.ay * spread
        d = (u * u + v * v)[None] + (px * px + py * py)[:, None, None]
        d = torch.baddbmm(d.flatten(1)[None], torch.stack([px, py], 1)[None], torch.stack([u, v]).flatten(1)[None],
                          alpha=-2)[0]
        first, index = d.min(0)
        d.scatter_(0, index[None], 1e9)
        shape = u.shape
        return first.clamp(min=0).sqrt().view(shape), d.min(0)[0].clamp(min=0).sqrt().view(shape), index.view(shape)
