"""Drums and instruments, each drawn anew for every track: one stroke or note as an array of float32 at RATE_HZ."""

import numpy as np
from scipy.signal import lfilter, sosfilt, butter

RATE_HZ = 44100


def seconds(length_s):
    return np.arange(int(length_s * RATE_HZ), dtype=np.float32) / RATE_HZ


def fall(t, tau_s):
    return np.exp(-t / tau_s)


def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def band(x, low_hz, high_hz, order=2):
    """`x` from `low_hz` to `high_hz`; either may be None."""
    top = 0.49 * RATE_HZ
    if low_hz and high_hz:
        sos = butter(order, [low_hz, min(high_hz, top)], "bandpass", fs=RATE_HZ, output="sos")
    elif low_hz:
        sos = butter(order, min(low_hz, top), "highpass", fs=RATE_HZ, output="sos")
    else:
        sos = butter(order, min(high_hz, top), "lowpass", fs=RATE_HZ, output="sos")
    return sosfilt(sos, x).astype(np.float32)


def noise(rng, count):
    return rng.standard_normal(count).astype(np.float32)


def peak(x):
    return (x / max(1e-6, np.abs(x).max())).astype(np.float32)


def glide(t, low_hz, high_hz, tau_s):
    """Turns of a tone that falls from `high_hz` to `low_hz`."""
    return low_hz * t + (high_hz - low_hz) * tau_s * (1 - fall(t, tau_s))


def kick(rng, hard=False):
    low_hz, tau_s = rng.uniform(38, 72), log_uniform(rng, 0.06, 0.45)
    t = seconds(min(0.8, 4 * tau_s + 0.05))
    high_hz = low_hz * log_uniform(rng, 1.5, 8)
    x = np.sin(2 * np.pi * glide(t, low_hz, high_hz, log_uniform(rng, 0.008, 0.05))) * fall(t, tau_s)
    x *= 1 - fall(t, log_uniform(rng, 0.0005, 0.006))
    click = band(noise(rng, len(t)), log_uniform(rng, 300, 3000), None) * fall(t, log_uniform(rng, 0.001, 0.008))
    x += click * rng.choice([0, 0.03, 0.1, 0.25])
    if rng.random() < 0.25:  # an acoustic one: skin and room
        x += 0.3 * band(noise(rng, len(t)), 60, 400) * fall(t, 0.05)
    drive = log_uniform(rng, 4, 40) if hard else rng.choice([0.3, 1, 2, 5])
    return peak(np.tanh(drive * x))


def snare(rng):
    tau_s = log_uniform(rng, 0.03, 0.2)
    t = seconds(min(0.7, 5 * tau_s))
    tone_hz = rng.uniform(140, 260)
    body = np.sin(2 * np.pi * glide(t, tone_hz, tone_hz * rng.uniform(1, 1.6), 0.015)) * fall(t, log_uniform(rng, 0.02, 0.12))
    wires = band(noise(rng, len(t)), log_uniform(rng, 300, 2500), log_uniform(rng, 5000, 18000), 1) * fall(t, tau_s)
    return peak(np.tanh(rng.choice([0.5, 1, 3]) * (rng.uniform(0.1, 1) * body + rng.uniform(0.3, 1) * peak(wires))))


def clap(rng):
    tau_s = log_uniform(rng, 0.03, 0.15)
    t = seconds(6 * tau_s)
    shape = 0.7 * fall(t, tau_s) * (t > 0.02)
    at = 0.0
    for _ in range(rng.integers(1, 5)):
        shape += np.where(t >= at, fall(np.maximum(t - at, 0), 0.006), 0)
        at += rng.uniform(0.006, 0.014)
    return peak(band(noise(rng, len(t)), rng.uniform(600, 1200), rng.uniform(2500, 9000), 1) * shape)


def rim(rng):
    t = seconds(0.12)
    hz = rng.uniform(350, 2000)
    x = np.sin(2 * np.pi * hz * t) + 0.6 * np.sin(2 * np.pi * hz * rng.uniform(1.4, 2.7) * t)
    return peak(x * fall(t, log_uniform(rng, 0.008, 0.04)) + 0.3 * noise(rng, len(t)) * fall(t, 0.003))


def metal(rng, count):
    """The hiss of a cymbal: noise, or squares that do not fit each other."""
    if rng.random() < 0.6:
        return noise(rng, count)
    t, hz = np.arange(count) / RATE_HZ, rng.uniform(250, 1200)
    return sum(np.sign(np.sin(2 * np.pi * hz * k * t)) for k in (1, 1.34, 1.7, 2.2, 2.7)).astype(np.float32)


def hat(rng, opened=False):
    tau_s = log_uniform(rng, 0.05, 0.35) if opened else log_uniform(rng, 0.008, 0.05)
    t = seconds(min(1.0, 5 * tau_s))
    return peak(band(metal(rng, len(t)), log_uniform(rng, 3000, 9000), None) * fall(t, tau_s))


def shaker(rng):
    t = seconds(0.15)
    rise_s = log_uniform(rng, 0.003, 0.03)
    return peak(band(noise(rng, len(t)), rng.uniform(2500, 6000), 14000) * (1 - fall(t, rise_s)) * fall(t, log_uniform(rng, 0.015, 0.05)))


def tom(rng):
    """Toms, congas, bongos, djembes, log drums."""
    hz, tau_s = log_uniform(rng, 70, 450), log_uniform(rng, 0.04, 0.3)
    t = seconds(min(0.8, 5 * tau_s))
    x = np.sin(2 * np.pi * glide(t, hz, hz * rng.uniform(1, 1.8), 0.02)) * fall(t, tau_s)
    x += rng.uniform(0, 0.4) * band(noise(rng, len(t)), 400, 6000) * fall(t, log_uniform(rng, 0.002, 0.02))
    return peak(np.tanh(rng.choice([0.5, 2]) * x))


def bell(rng):
    """Cowbells, blocks, claves, agogos."""
    hz, tau_s = log_uniform(rng, 400, 2600), log_uniform(rng, 0.015, 0.2)
    t = seconds(5 * tau_s)
    x = sum(np.sin(2 * np.pi * hz * k * t) / (1 + i) for i, k in enumerate((1, rng.uniform(1.3, 1.6), rng.uniform(2, 3))))
    return peak(np.tanh(rng.choice([0.5, 3]) * x) * fall(t, tau_s))


def fx(rng):
    """A crash, a zap, a reversed cymbal."""
    t = seconds(rng.uniform(0.3, 1.5))
    hiss = band(noise(rng, len(t)), log_uniform(rng, 500, 5000), None)
    shape = (t / t[-1]) ** 3 if rng.random() < 0.4 else fall(t, rng.uniform(0.1, 0.5))
    return peak(hiss * shape)


def wave(kind, turns):
    """−1..1 by the number of turns."""
    cycle = turns % 1
    if kind == "sine":
        return np.sin(2 * np.pi * turns)
    if kind == "saw":
        return 2 * cycle - 1
    if kind == "square":
        return np.where(cycle < 0.5, 1.0, -1.0)
    return 4 * np.abs(cycle - 0.5) - 1


def sweep_low_pass(x, cut_hz):
    """A low pass whose edge moves: pieces of 12 ms, each with its own coefficients."""
    out, state, step = np.empty_like(x), np.zeros(2), 512
    for at in range(0, len(x), step):
        g = np.exp(-2 * np.pi * float(cut_hz[at]) / RATE_HZ)
        b, a = [(1 - g) ** 2], [1, -2 * g, g * g]
        out[at : at + step], state = lfilter(b, a, x[at : at + step], zi=state)
    return out


class Bass:
    """A bass sound; notes of it at a pitch and length."""

    def __init__(self, rng):
        self.rng = rng
        self.kind = rng.choice(["sine", "saw", "square", "tri", "reese", "pluck", "wobble", "log"], p=[0.2, 0.16, 0.1, 0.1, 0.14, 0.1, 0.12, 0.08])
        self.cut_hz, self.drive = log_uniform(rng, 120, 3000), rng.choice([0.5, 1, 4])
        self.attack_s, self.wobble = log_uniform(rng, 0.001, 0.02), rng.choice([1, 2, 3, 4, 6])

    def note(self, hz, length_s, beat_s):
        t = seconds(length_s + 0.03)
        if self.kind == "log":
            x = np.sin(2 * np.pi * glide(t, hz, hz * 1.5, 0.03)) * fall(t, 0.25)
        elif self.kind == "sine":
            x = np.sin(2 * np.pi * hz * t) + 0.15 * np.sin(4 * np.pi * hz * t)
        elif self.kind in ("reese", "wobble"):
            x = wave("saw", hz * t) + wave("saw", hz * 1.009 * t + 0.3) + 0.7 * wave("sine", hz * t)
        else:
            x = wave("saw" if self.kind == "pluck" else self.kind, hz * t)
        if self.kind == "pluck":
            x = x * fall(t, 0.08)
        if self.kind == "wobble":
            depth = 0.5 - 0.5 * np.cos(2 * np.pi * self.wobble * t / beat_s / 2)
            x = sweep_low_pass(x, 90 * (1 + 20 * depth**2))
        elif self.kind not in ("sine", "log"):
            x = band(x, None, self.cut_hz)
        gate = np.minimum(1, t / self.attack_s) * np.clip((length_s + 0.03 - t) / 0.02, 0, 1)
        return peak(np.tanh(self.drive * x) * gate)


class Keys:
    """Chords, stabs, arpeggios, leads."""

    def __init__(self, rng):
        self.kind = rng.choice(["sine", "saw", "square", "tri"])
        self.cut_hz, self.tau_s = log_uniform(rng, 400, 9000), log_uniform(rng, 0.08, 2.0)
        self.attack_s, self.detune = log_uniform(rng, 0.002, 0.05), rng.choice([0, 0.003, 0.008])

    def note(self, chord_hz, length_s, attack_s=None):
        t = seconds(length_s + 0.05)
        x = sum(wave(self.kind, hz * t) + (wave(self.kind, hz * (1 + self.detune) * t + 0.4) if self.detune else 0) for hz in chord_hz)
        rise = attack_s or self.attack_s
        gate = np.minimum(1, t / rise) * np.clip((length_s + 0.05 - t) / min(0.05, length_s), 0, 1)
        tau_s = self.tau_s if attack_s is None else 8.0
        return peak(band(x, None, self.cut_hz, 1) * gate * fall(t, tau_s))


def syllable(rng, pitch_hz, length_s):
    """A sung or spoken syllable: a buzz, or breath, through two formants."""
    t = seconds(length_s)
    bend = 1 + rng.uniform(-0.15, 0.15) * t / max(length_s, 0.05) + 0.01 * np.sin(2 * np.pi * 5.5 * t)
    if rng.random() < 0.75:
        x = wave("saw", np.cumsum(pitch_hz * bend) / RATE_HZ).astype(np.float32) + 0.05 * noise(rng, len(t))
    else:
        x = noise(rng, len(t))
    f1, f2 = rng.uniform(300, 900), rng.uniform(1000, 2800)
    y = band(x, f1 * 0.8, f1 * 1.25, 1) + 0.5 * band(x, f2 * 0.85, f2 * 1.18, 1)
    if rng.random() < 0.3:  # a consonant ahead
        ahead = noise(rng, len(t)) * fall(t, 0.015)
        y = y + band(ahead, rng.uniform(1500, 5000), None) * 0.5
    return peak(y * np.sin(np.pi * np.clip(t / length_s, 0, 1)) ** 0.5)
