"""Histogram matching and Gaussian blur of small random images -> tests/fixtures/motion/color_match.json.

    python tests/reference/color_match.py

Needs numpy and OpenCV 4.10; if scikit-image is at hand, its match_histograms must agree, or the script stops.
Images are 32 x 32 RGB, 8 bit, rows first, in base64. matched: the picture "a" with each channel's values sent through
quantiles: a value's share of pixels at or below it (in "a") is looked up in the same curve of "b", linearly between
b's own values (below the first one: that value). It is stored per channel for each value of "a" that occurs: {value: new},
before any rounding; what Deforum gets is that, cast to 8 bit without rounding. blur: GaussianBlur 5x5, sigma 1, of "a" on
8 bits ("blur8", base64) and on floats ("blur", the first 4 rows only), border reflected without its edge (101).
unsharp: amount, threshold -> base64 of 8 bits, as webui's feedback sharpens: (1+amount)*a - amount*blur8, clipped, rounded
half to even; where |a - blur8| < threshold a stays, the difference taken in wrapping 8 bits as in the original.
"""

import base64
import json
from pathlib import Path

import cv2
import numpy

OUT = Path(__file__).parent.parent / "fixtures" / "motion" / "color_match.json"


def match(a, b):
    out = []
    for c in range(3):
        seen, back, counts = numpy.unique(a[..., c].ravel(), return_inverse=True, return_counts=True)
        target, others = numpy.unique(b[..., c].ravel(), return_counts=True)
        share, aim = numpy.cumsum(counts) / a[..., c].size, numpy.cumsum(others) / b[..., c].size
        out.append((seen, numpy.interp(share, aim, target), back))
    return out


def pictures():
    r = numpy.random.default_rng(5)
    x, y = numpy.meshgrid(numpy.arange(32), numpy.arange(32))
    a = numpy.stack([x * 6 + r.integers(0, 40, (32, 32)), 128 + 100 * numpy.sin(y / 5) + r.normal(0, 9, (32, 32)), r.integers(0, 256, (32, 32))], -1)
    b = numpy.stack([r.normal(180, 30, (32, 32)), r.choice([10, 60, 200], (32, 32)), 255 - y * 7 + x], -1)
    return [numpy.clip(i, 0, 255).astype(numpy.uint8) for i in (a, b)]


def unsharp(a, blurred, amount, threshold):
    out = numpy.clip((1 + amount) * a - amount * blurred.astype(float), 0, 255).round().astype(numpy.uint8)
    if threshold > 0:
        flat = numpy.absolute(a - blurred) < threshold
        out[flat] = a[flat]
    return out


def main():
    code = lambda i: base64.b64encode(i.tobytes()).decode()
    a, b = pictures()
    curves = match(a, b)
    try:
        from skimage.exposure import match_histograms
        theirs = match_histograms(a, b, channel_axis=-1)
        ours = numpy.stack([new[back].reshape(32, 32) for _, new, back in curves], -1)
        apart = numpy.abs(theirs.astype(float) - ours.astype(theirs.dtype)).max()
        print("scikit-image:", theirs.dtype, "apart by", apart)
        assert apart <= (0 if theirs.dtype == numpy.uint8 else 1e-9)
    except ImportError:
        print("scikit-image is not here")
    blurred = cv2.GaussianBlur(a, (5, 5), 1.0)
    smooth = cv2.GaussianBlur(a.astype(numpy.float64), (5, 5), 1.0)
    whole = dict(
        a=code(a), b=code(b),
        matched=[{str(v): float(f"{n:.10g}") for v, n in zip(seen, new)} for seen, new, _ in curves],
        kernel=[float(f"{k:.10g}") for k in cv2.getGaussianKernel(5, 1.0).ravel()],
        blur8=code(blurred), blur=[float(f"{v:.8g}") for v in smooth[:4].ravel()],
        unsharp=[dict(amount=m, threshold=t, out=code(unsharp(a, blurred, m, t))) for m, t in [(.1, 0), (1.0, 0), (.5, 8)]],
    )
    OUT.write_text("{" + ",\n".join(json.dumps(k) + ":" + json.dumps(v, separators=(",", ":")) for k, v in whole.items()) + "}\n")
    print(OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
