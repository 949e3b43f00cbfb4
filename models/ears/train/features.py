"""What the network sees: the same numbers as src/audio/beat/sight.rs makes, which a test compares.

Log amplitudes of bands a quarter of an octave wide, relative to the loudest of the last seconds, FRAME_HZ times a second;
and how much each has risen over two frames.
"""

import numpy as np

RATE_HZ = 44100
WINDOW, HOP = 2048, 512
FRAME_HZ = RATE_HZ / HOP
BANDS_PER_OCTAVE, LOWEST_HZ, HIGHEST_HZ = 4, 30.0, 16000.0
# ln(1 + LAMBDA·a): 46 dB below the loudest are told apart.
LAMBDA = 200.0
LOUDEST_S = 6.0
QUIETEST = 1e-4
LAG = 2


def edges_hz(rate_hz=RATE_HZ, window=WINDOW):
    low, top, out, bin_hz = LOWEST_HZ, min(HIGHEST_HZ, 0.45 * rate_hz), [], rate_hz / window
    while low < top:
        high = max(low * 2 ** (1 / BANDS_PER_OCTAVE), low + bin_hz)
        out.append((low, high))
        low = high
    return out


def bank(rate_hz=RATE_HZ, window=WINDOW):
    """Weights [bands, bins]; bins on an edge count in part."""
    bin_hz = rate_hz / window
    centre = np.arange(window // 2 + 1) * bin_hz
    rows = []
    for low, high in edges_hz(rate_hz, window):
        rows.append(np.clip(np.minimum(centre + bin_hz / 2, high) - np.maximum(centre - bin_hz / 2, low), 0, None) / bin_hz)
    return np.array(rows, np.float32)


BANK = bank()
BANDS = len(BANK)
# A step of the network is two frames: the levels of the newer, the rises of both.
INPUTS = 3 * BANDS


def amplitudes(samples):
    """Band amplitudes [frames, bands]; frame n ends with sample (n + 1)·HOP, and what was before the sound is silence."""
    padded = np.concatenate([np.zeros(WINDOW - HOP, np.float32), samples])
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    scale = (2 / window.sum()) ** 2 / ((window**2).sum() * WINDOW / window.sum() ** 2)
    power = np.concatenate([np.abs(np.fft.rfft(part * window.astype(np.float32), axis=1)) ** 2 @ BANK.T for part in np.array_split(frames, max(1, len(frames) // 512))])
    return np.sqrt(power * scale).astype(np.float32)


def inputs(amplitude):
    """[frames / 2, INPUTS] from band amplitudes; any gain gives the same."""
    total = np.maximum(np.sqrt((amplitude**2).sum(axis=1)), QUIETEST)
    # A peak that falls with LOUDEST_S, as a running maximum of what each frame will be worth.
    fallen = np.arange(len(total)) / FRAME_HZ / LOUDEST_S
    loudest = np.maximum(np.exp(np.maximum.accumulate(np.log(total) + fallen) - fallen), QUIETEST)
    level = np.log1p(LAMBDA * amplitude / loudest[:, None]) / np.log1p(LAMBDA)
    before = np.concatenate([np.repeat(level[:1], LAG, 0), level[:-LAG]])
    wide = np.maximum(before, np.maximum(np.pad(before, ((0, 0), (1, 0)), mode="edge")[:, :-1], np.pad(before, ((0, 0), (0, 1)), mode="edge")[:, 1:]))
    rise = np.maximum(0, level - wide)
    steps = len(level) // 2 * 2
    return np.concatenate([level[1:steps:2], rise[0:steps:2], rise[1:steps:2]], axis=1).astype(np.float32)
