"""What happens to sound between the mixer and the ears: saturation, filters, rooms, crowds, microphones, levels."""

import numpy as np
from scipy.signal import fftconvolve, lfilter

import voices
from noises import babble
from voices import RATE_HZ, band, log_uniform


def room(rng, x):
    """A room of 0.2 to 2 s: noise that falls, duller with time, after a gap."""
    rt60_s = log_uniform(rng, 0.2, 2.0)
    t = voices.seconds(min(1.6, rt60_s))
    tail = voices.noise(rng, len(t)) * np.exp(-6.9 * t / rt60_s)
    tail = band(tail, log_uniform(rng, 30, 200), log_uniform(rng, 2000, 9000), 1)
    tail[: int(rng.uniform(0.002, 0.03) * RATE_HZ)] = 0
    wet = fftconvolve(x, tail)[: len(x)].astype(np.float32)
    return x + rng.uniform(0.15, 1.2) * wet * (np.std(x) / max(1e-9, np.std(wet)))


def pump(rng, x):
    """A limiter with a slow release."""
    step = 256
    level = np.abs(x[: len(x) // step * step].reshape(-1, step)).max(axis=1)
    keep = np.exp(-step / RATE_HZ / log_uniform(rng, 0.05, 0.6))
    held = np.empty_like(level)
    now = 0.0
    for k, v in enumerate(level):
        now = max(v, now * keep)
        held[k] = now
    gain = 1 / np.maximum(held, 0.05) ** rng.uniform(0.3, 0.9)
    return (x[: len(held) * step] * np.repeat(gain, step)).astype(np.float32)


def filtered(rng, x):
    kind = rng.choice(["phone", "high", "low", "moving", "tilt"], p=[0.25, 0.25, 0.15, 0.2, 0.15])
    if kind == "phone":
        return band(x, log_uniform(rng, 120, 500), log_uniform(rng, 2500, 8000), int(rng.choice([1, 2, 4])))
    if kind == "high":
        return band(x, log_uniform(rng, 60, 400), None, int(rng.choice([1, 2, 4])))
    if kind == "low":
        return band(x, None, log_uniform(rng, 250, 4000), int(rng.choice([1, 2])))
    if kind == "tilt":
        return x + rng.uniform(-0.8, 3) * band(x, log_uniform(rng, 200, 3000), None, 1)
    # A DJ's filter for some seconds.
    from_s, length_s = rng.uniform(0, len(x) / RATE_HZ), rng.uniform(3, 20)
    a, b = int(from_s * RATE_HZ), min(len(x), int((from_s + length_s) * RATE_HZ))
    y = x.copy()
    hz = log_uniform(rng, 120, 1000)
    y[a:b] = (band(x, hz, None, 2) if rng.random() < 0.6 else band(x, None, hz, 2))[a:b]
    return y


def crowd(rng, count):
    kind = rng.choice(["white", "pink", "babble", "brown"])
    if kind == "babble":
        return babble(rng, count)
    x = voices.noise(rng, count)
    if kind == "white":
        return x
    keep = 0.98 if kind == "pink" else 0.998
    return voices.peak(lfilter([1 - keep], [1, -keep], x) + (0.02 if kind == "pink" else 0.002) * x)


def venue(rng, x):
    """What a microphone hears across a room full of people."""
    x = room(rng, x)
    noise = crowd(rng, len(x))
    x = x + noise * (np.std(x) / max(1e-9, np.std(noise)) * 10 ** (rng.uniform(-4, 10) / 20))
    return band(x, log_uniform(rng, 60, 250), log_uniform(rng, 5000, 14000), 1)


def spoil(rng, x):
    """`x` as it may arrive at the input."""
    rms = lambda of: np.sqrt(np.mean(of.astype(np.float64) ** 2)) + 1e-9
    if rng.random() < 0.6:
        x = np.tanh(rng.uniform(0.5, 4) * voices.peak(x))
    if rng.random() < 0.1:
        x = np.clip(x * rng.uniform(2, 6), -1, 1)
    if rng.random() < 0.3:
        x = filtered(rng, x)
    place = rng.random()
    if place < 0.2:
        x = room(rng, x)
    elif place < 0.27:
        x = venue(rng, x)
    if rng.random() < 0.15:
        x = pump(rng, voices.peak(x))
    if rng.random() < 0.35:
        snr_db = rng.uniform(-8, 30)
        noise = crowd(rng, len(x))
        x = x + noise * (rms(x) / rms(noise) * 10 ** (-snr_db / 20))
    x = voices.peak(x) * 10 ** (rng.uniform(-36, 0) / 20)
    if rng.random() < 0.2:
        t = np.arange(len(x)) / RATE_HZ
        hum = sum(np.sin(2 * np.pi * 50 * k * t) / k for k in (1, 2, 3))
        x = x + hum * 10 ** (rng.uniform(-70, -30) / 20)
    return (x + 10 ** (rng.uniform(-90, -66) / 20) * voices.noise(rng, len(x))).astype(np.float32)
