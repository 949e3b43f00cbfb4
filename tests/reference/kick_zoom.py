"""Does the wall zoom with the kick? Both sides are measured here, from the pictures and from the sound.

    kick_zoom.py CAPTURES KICK.wav FPS

Estimates the scale between neighbouring captured frames by trying scales and taking the best correlation,
takes the envelope of the WAV below 150 Hz, and correlates the two at lags of 0 to 100 ms of show time.
Exit status 0 when the best correlation is at least 0.7; 77 when numpy or pillow is missing.
"""

import sys
import wave
from pathlib import Path

try:
    import numpy as np
    from PIL import Image
except ImportError:
    sys.exit(77)


def luma(path):
    return np.asarray(Image.open(path).convert("L"), dtype=np.float64)


def scaled(picture, scale):
    """Bilinear zoom about the centre."""
    h, w = picture.shape
    y, x = np.mgrid[0:h, 0:w].astype(np.float64)
    cx, cy = (w - 1) / 2, (h - 1) / 2
    x, y = (x - cx) / scale + cx, (y - cy) / scale + cy
    x0, y0 = np.clip(np.floor(x).astype(int), 0, w - 2), np.clip(np.floor(y).astype(int), 0, h - 2)
    fx, fy = np.clip(x - x0, 0, 1), np.clip(y - y0, 0, 1)
    top = picture[y0, x0] * (1 - fx) + picture[y0, x0 + 1] * fx
    low = picture[y0 + 1, x0] * (1 - fx) + picture[y0 + 1, x0 + 1] * fx
    return top * (1 - fy) + low * fy


def frame_scale(a, b):
    """The scale that takes a to b: coarse search, then a parabola through the best three."""
    inner = (slice(48, -48), slice(48, -48))
    octaves = np.linspace(-0.03, 0.06, 37)
    errors = [np.mean((scaled(a, 2.0**o)[inner] - b[inner]) ** 2) for o in octaves]
    k = int(np.clip(np.argmin(errors), 1, len(octaves) - 2))
    left, mid, right = errors[k - 1 : k + 2]
    bend = left - 2 * mid + right
    shift = 0.5 * (left - right) / bend if bend > 0 else 0.0
    return octaves[k] + shift * (octaves[1] - octaves[0])


def envelope(path, fps, count):
    """Energy below 150 Hz in each frame's stretch of time."""
    with wave.open(str(path)) as f:
        rate = f.getframerate()
        x = np.frombuffer(f.readframes(f.getnframes()), dtype=np.int16).astype(np.float64) / 32768
    spectrum = np.fft.rfft(x)
    spectrum[np.fft.rfftfreq(len(x), 1 / rate) > 150] = 0
    low = np.fft.irfft(spectrum, len(x))
    n = rate / fps
    return np.array([np.sqrt(np.mean(low[int(k * n) : max(int((k + 1) * n), int(k * n) + 1)] ** 2)) if int(k * n) < len(low) else 0.0 for k in range(count)])


def main():
    captures, sound, fps = Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])
    pictures = [luma(p) for p in sorted(captures.glob("*.png"))]
    start = int(1.0 * fps)  # the first image arrives, the gain settles
    zoom = np.array([frame_scale(a, b) for a, b in zip(pictures[start:], pictures[start + 1 :])])
    sounds = envelope(sound, fps, len(pictures))[start + 1 :]
    best = (-1.0, 0)
    for lag in range(int(0.1 * fps) + 1):
        n = len(zoom) - lag
        r = np.corrcoef(zoom[lag:], sounds[:n])[0, 1]
        best = max(best, (r, lag))
    print(f"correlation {best[0]:.3f} at a lag of {1000 * best[1] / fps:.0f} ms over {len(zoom)} frames, zoom {zoom.min():.4f} to {zoom.max():.4f} octaves a frame")
    sys.exit(0 if best[0] >= 0.7 else 1)


main()
