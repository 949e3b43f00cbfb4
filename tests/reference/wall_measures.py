"""What README says of the wall as it dances, measured from outside on films that the binary makes in virtual time.

    python wall_measures.py onsets HALATION SHOW AUDIO SECONDS     (needs numpy and ffmpeg)
    python wall_measures.py limiter HALATION SHOW AUDIO SECONDS

onsets: correlation of the change from frame to frame with the onset envelope of the film's own sound (spectral flux in forty
bands), for each section that is heard, at the best lag from 0 to 60 ms. limiter: the part of 32 x 18 tiles and time in which the
wall has less than nine tenths of the light it has without the limiter.
"""
import json, subprocess, sys, tempfile
from pathlib import Path
import numpy as np

FPS, RATE = 30, 24000
what, binary, show, audio, seconds = sys.argv[1:6]


def film(folder, name, *more):
    out = Path(folder, name)
    command = [binary, "play", show, "--stepped", "--duration", seconds, "--fps", str(FPS), "--size", "320x180", "--audio", audio]
    subprocess.run(command + ["--record", f"{out}.mkv", "--trace", f"{out}.jsonl", *more], check=True, capture_output=True)
    return out


def frames(out, width, height):
    scale = ["-vf", f"scale={width}:{height}:flags=area", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", f"{out}.mkv", *scale], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def onsets(folder):
    out = film(folder, "show")
    change = np.abs(np.diff(frames(out, 80, 45).astype(np.float32), axis=0)).mean((1, 2, 3))
    at = (np.arange(len(change)) + 1) / FPS
    sound = ["ffmpeg", "-v", "error", "-i", f"{out}.mkv", "-ac", "1", "-ar", str(RATE), "-f", "f32le", "-"]
    samples = np.frombuffer(subprocess.run(sound, check=True, capture_output=True).stdout, np.float32)
    n, hop = 1024, RATE // 120
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(samples, (n // 2, n // 2)), n)[::hop]
    power = np.log1p(1000 * np.abs(np.fft.rfft(windows * np.hanning(n), axis=1)) ** 2 / n)
    edges = np.unique(np.geomspace(1, n // 2, 41).astype(int))
    bands = np.stack([power[:, a:b].mean(1) for a, b in zip(edges, edges[1:])], 1)
    total = np.concatenate([[0], np.cumsum(np.maximum(np.diff(bands, axis=0), 0).sum(1))])
    times = np.arange(len(total)) / 120
    heard = [json.loads(line) for line in open(f"{out}.jsonl") if '"features"' in line]
    section = np.array([f["section"] for f in heard])[np.clip(np.searchsorted([f["t"] for f in heard], at), 0, len(heard) - 1)]
    for name in sorted(set(section)):
        # The first ten seconds are the ear's, which must find the beat.
        here = (section == name) & (at > 10)
        if here.sum() < 2 * FPS:
            continue
        lags = np.arange(0, 0.0601, 1 / 120)
        envelope = lambda lag: np.interp(at - lag, times, total) - np.interp(at - lag - 1 / FPS, times, total)
        found = [np.corrcoef(change[here], envelope(lag)[here])[0, 1] for lag in lags]
        best = int(np.argmax(found))
        print(f"{name:8} {here.sum() / FPS:5.1f} s: {found[best]:5.2f} at {1000 * lags[best]:.0f} ms")


def limiter(folder):
    linear = lambda code: np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    table = linear(np.arange(256) / 255).astype(np.float32)
    light = lambda out: (table[frames(out, 160, 90)] @ np.float32([0.2126, 0.7152, 0.0722])).reshape(-1, 18, 5, 32, 5).mean((2, 4))
    held, free = light(film(folder, "held")), light(film(folder, "free", "--no-flash-limiter"))
    dimmed = (held < 0.9 * free) & (free > 0.002)
    print(f"dimmed {100 * dimmed.mean():.1f} %; each ten seconds:", *(f"{100 * part.mean():.0f}" for part in np.split(dimmed, range(300, len(dimmed), 300))))


with tempfile.TemporaryDirectory() as folder:
    {"onsets": onsets, "limiter": limiter}[what](folder)
