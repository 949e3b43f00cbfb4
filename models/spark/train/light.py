"""Palettes and the way brightness becomes colour: bloom, exposure, contrast, tone map, grain."""

import colorsys
import functools

import torch

from canvas import blur, smooth

HUES, TONES = 64, 256

# Each palette: (middle, light) in sRGB for one end of the second field and (middle, light) for the other.
# One-hued palettes lean a little between the two; two-hued ones switch. None is the whole hue circle.
PALETTES = {
    "neon pink": [(1, 0.06, 0.55), (1, 0.7, 0.88), (0.95, 0.04, 0.62), (1, 0.66, 0.9)],
    "acid green": [(0.35, 0.95, 0.02), (0.85, 1, 0.5), (0.25, 0.9, 0.04), (0.8, 1, 0.55)],
    "ice blue": [(0.38, 0.68, 0.92), (0.9, 0.98, 1), (0.3, 0.62, 0.88), (0.86, 0.96, 1)],
    "gold": [(0.86, 0.56, 0.08), (1, 0.9, 0.5), (0.78, 0.47, 0.05), (1, 0.86, 0.45)],
    "ultraviolet": [(0.4, 0.02, 1), (0.8, 0.6, 1), (0.47, 0.04, 0.98), (0.84, 0.62, 1)],
    "blood red": [(0.84, 0, 0.03), (1, 0.42, 0.34), (0.74, 0, 0.03), (1, 0.36, 0.32)],
    "monochrome": [(0.52, 0.52, 0.52), (1, 1, 1), (0.44, 0.44, 0.44), (0.97, 0.97, 0.97)],
    "sunset": [(0.42, 0.08, 0.58), (0.95, 0.5, 0.72), (1, 0.4, 0.1), (1, 0.86, 0.4)],
    "teal and orange": [(0, 0.5, 0.52), (0.5, 0.95, 0.9), (1, 0.44, 0.04), (1, 0.8, 0.46)],
    "rainbow": None,
    "cyan": [(0, 0.82, 0.84), (0.65, 1, 1), (0, 0.78, 0.86), (0.6, 1, 1)],
    "magenta and cyan": [(1, 0, 0.78), (1, 0.62, 0.95), (0, 0.8, 0.92), (0.62, 1, 1)],
    "orange": [(1, 0.34, 0), (1, 0.74, 0.36), (0.98, 0.29, 0), (1, 0.68, 0.3)],
    "emerald": [(0, 0.62, 0.24), (0.42, 0.98, 0.6), (0, 0.58, 0.28), (0.4, 0.96, 0.62)],
    "copper": [(0.58, 0.31, 0.2), (0.96, 0.74, 0.62), (0.5, 0.26, 0.17), (0.92, 0.7, 0.58)],
    "rose": [(0.92, 0.5, 0.58), (1, 0.88, 0.9), (0.88, 0.45, 0.55), (1, 0.85, 0.88)],
    "lavender": [(0.6, 0.5, 0.88), (0.92, 0.88, 1), (0.64, 0.5, 0.86), (0.93, 0.87, 1)],
    "electric blue": [(0.02, 0.16, 1), (0.42, 0.62, 1), (0.03, 0.22, 0.98), (0.45, 0.66, 1)],
    "yellow": [(0.95, 0.9, 0), (1, 1, 0.66), (0.92, 0.86, 0), (1, 1, 0.6)],
    "crimson and gold": [(0.68, 0, 0.14), (0.98, 0.3, 0.36), (0.95, 0.64, 0.06), (1, 0.92, 0.5)],
    "blue and pink": [(0.16, 0.2, 0.98), (0.55, 0.62, 1), (1, 0.3, 0.66), (1, 0.76, 0.88)],
    "purple and green": [(0.5, 0.04, 0.86), (0.82, 0.56, 1), (0.22, 0.88, 0.12), (0.74, 1, 0.56)],
    "red and blue": [(0.95, 0.02, 0.05), (1, 0.5, 0.45), (0.02, 0.16, 1), (0.45, 0.62, 1)],
    "mint": [(0.42, 0.86, 0.66), (0.86, 1, 0.93), (0.38, 0.82, 0.6), (0.84, 1, 0.92)],
}
TWO_HUED = {"sunset", "teal and orange", "magenta and cyan", "crimson and gold", "blue and pink", "purple and green",
            "red and blue", "rainbow"}


@functools.lru_cache(None)
def ramp(palette, on_black):
    """[HUES * TONES, 3] table of colours, dark to light along each hue."""
    h = torch.linspace(0, 1, HUES)[:, None]
    v = torch.linspace(0, 1, TONES)[None, :, None]
    stops = PALETTES[palette]
    if stops is None:
        middle = torch.tensor([colorsys.hsv_to_rgb(float(k) * 0.97, 1, 1) for k in h[:, 0]])
        light = 0.45 * middle + 0.55
    else:
        a, la, b, lb = (torch.tensor(s, dtype=torch.float32) for s in stops)
        turn = smooth(0.35, 0.65, h)
        middle, light = a + (b - a) * turn, la + (lb - la) * turn
    night = torch.zeros_like(middle) if on_black else 0.11 * middle.flip(0) + 0.04 * middle + 0.01
    if stops is None and not on_black:
        night = torch.full_like(middle, 0.09)
    deep = torch.maximum(0.42 * middle, night)
    at = [0.0, 0.3, 0.68, 1.0]
    out = torch.zeros(HUES, TONES, 3)
    for k, (p, q) in enumerate(((night, deep), (deep, middle), (middle, light))):
        t = ((v - at[k]) / (at[k + 1] - at[k])).clamp(0, 1)
        inside = (v >= at[k]) & ((v < at[k + 1]) | (k == 2))
        out = torch.where(inside, p[:, None] * (1 - t) + q[:, None] * t, out)
    return out.reshape(-1, 3)


def spread(field, v, palette, flip):
    """The second field as 0..1 so that both hues get their share of the light."""
    weight = v[::2, ::2].clamp(0, 1) ** 1.5 + 1e-3
    f, weight = field[::2, ::2], weight / weight.sum()
    mean = (f * weight).sum()
    dev = (((f - mean) ** 2) * weight).sum().sqrt() + 1e-3
    return 0.5 + 0.5 * torch.tanh((field - mean) / dev * (-0.8 if flip else 0.8))


def develop(v, field, sample, g, flip, hue):
    """Brightness [H, W] and second field to sRGB [3, H, W], by the sample's axes and flags."""
    light, edge = sample.axes.get("light"), sample.axes.get("edge")
    v = v.clamp(0, 1.6)
    if edge is not None and edge < 0.5:
        v = blur(v, 0.028 * (0.5 - edge) * 2)
    if "blurred" in sample.flags:
        v = blur(v, 0.034)
    if edge is not None and edge > 0.5:
        k = (edge - 0.5) * 2
        bright = v[::4, ::4].flatten()
        t = max(0.14, float(bright.kthvalue(max(1, int(0.92 * bright.numel())))[0]) * 0.42)
        wide = 0.45 - 0.38 * k
        v = v * (1 - 0.85 * k) + 0.85 * k * smooth(t * (1 - wide), t * (1 + wide), v) * (0.55 + 0.5 * v)
    e = 0.5 if light is None else light
    soft = blur(v, 0.05)
    v = v + (0.16 + 0.35 * max(0, e - 0.5)) * soft + (0.1 + 0.5 * max(0, e - 0.5)) * blur(soft, 0.13)
    if sample.on_black:  # push the darkest eighth and what lies near it down to true black
        low = v[::4, ::4].flatten()
        floor = float(low.kthvalue(max(1, int(0.14 * low.numel())))[0]) + 0.015
        v = (v - floor).clamp(min=0) * (1 + floor)
    gain = 0.42 + 1.16 * e if e < 0.5 else 1 + 2.6 * (e - 0.5) ** 1.2
    v = v * gain
    if e > 0.5 and not sample.on_black:
        v = v + 0.25 * (e - 0.5)
    v = torch.where(v < 0.7, v, 0.7 + 0.3 * (1 - (-(v - 0.7) / 0.45).exp()))
    if "grainy" in sample.flags:
        grain = torch.randn(v.shape, generator=g)
        side = max(1, round(v.shape[0] / 128))
        if side > 1:
            grain = blur(grain, 0.45 * side / v.shape[0]) * 2
        v = v * (1 + 0.34 * grain) + (0 if sample.on_black else 0.03) * grain
    v = v.clamp(0, 1)
    h = spread(field, v, sample.palette, flip)
    if sample.palette == "rainbow":
        h = (h + hue) % 1
    index = (h * (HUES - 0.01)).long() * TONES + (v * (TONES - 0.01)).long()
    return ramp(sample.palette, sample.on_black)[index.flatten()].view(*v.shape, 3).permute(2, 0, 1)
