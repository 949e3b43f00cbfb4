"""Sounds without a beat: talk, crowds, a drummer's sound check, scratching, noodling, drones."""

import numpy as np

import voices
from voices import RATE_HZ, log_uniform


def put(out, sound, at_s, gain):
    at = int(at_s * RATE_HZ)
    end = min(len(out), at + len(sound))
    if 0 <= at < end:
        out[at:end] += gain * sound[: end - at]


def speech(rng, count):
    out, t, end_s = np.zeros(count, np.float32), 0.0, count / RATE_HZ
    pitch = rng.uniform(80, 260)
    while t < end_s:
        length_s = log_uniform(rng, 0.06, 0.4)
        put(out, voices.syllable(rng, pitch * rng.uniform(0.8, 1.25), length_s), t, rng.uniform(0.3, 1))
        t += length_s * rng.uniform(0.8, 1.3) + (log_uniform(rng, 0.2, 2.5) if rng.random() < 0.15 else 0)
    return out


def babble(rng, count):
    """A room full of people, from a few seconds of talk laid over each other, and glasses."""
    short = min(count, 8 * RATE_HZ)
    voice = [speech(rng, short) for _ in range(3)]
    out = np.zeros(count, np.float32)
    for _ in range(int(rng.integers(4, 12))):
        one = np.roll(voice[rng.integers(len(voice))], int(rng.integers(short)))
        out += rng.uniform(0.2, 1) * np.tile(one, count // short + 1)[:count]
    for _ in range(int(rng.integers(0, 40))):
        put(out, voices.bell(rng), rng.uniform(0, count / RATE_HZ), rng.uniform(0.3, 3))
    for _ in range(int(rng.integers(0, 6))):
        put(out, voices.tom(rng), rng.uniform(0, count / RATE_HZ), rng.uniform(0.3, 3))
    return voices.peak(out)


def applause(rng, count):
    out, per_s = np.zeros(count, np.float32), log_uniform(rng, 1.5, 120)
    claps = [voices.clap(rng) for _ in range(6)]
    for _ in range(int(per_s * count / RATE_HZ)):
        put(out, claps[rng.integers(6)], rng.uniform(0, count / RATE_HZ), rng.uniform(0.1, 1))
    if rng.random() < 0.4:
        out = voices.peak(out) + rng.uniform(0.1, 1) * babble(rng, count)
    return out


def sound_check(rng, count):
    """Single drums at an uneven pace, rolls, fills, and now and then a bar or two of a groove."""
    out, t, end_s = np.zeros(count, np.float32), rng.uniform(0, 2), count / RATE_HZ
    drums = [voices.kick(rng), voices.snare(rng), voices.tom(rng), voices.tom(rng), voices.hat(rng), voices.hat(rng, True), voices.fx(rng), voices.clap(rng)]
    while t < end_s:
        kind = rng.choice(["hits", "roll", "fill", "groove", "pause"], p=[0.45, 0.12, 0.18, 0.1, 0.15])
        drum = drums[rng.integers(len(drums))]
        if kind == "hits":
            pace_s, wander = log_uniform(rng, 0.25, 1.6), rng.uniform(0.08, 0.35)
            for _ in range(int(rng.integers(2, 14))):
                put(out, drum, t, rng.uniform(0.3, 1))
                t += pace_s * float(np.exp(rng.normal(0, wander)))
        elif kind == "roll":
            pace_s, length = log_uniform(rng, 0.05, 0.14), int(rng.integers(6, 30))
            for k in range(length):
                put(out, drum, t, 0.2 + 0.8 * k / length)
                t += pace_s * rng.uniform(0.8, 1.25)
        elif kind == "fill":
            pace_s = log_uniform(rng, 0.08, 0.3)
            for _ in range(int(rng.integers(4, 16))):
                put(out, drums[rng.integers(len(drums))], t, rng.uniform(0.3, 1))
                t += pace_s * rng.choice([1, 1, 2, 3, 1.5]) * rng.uniform(0.9, 1.1)
        elif kind == "groove":
            beat_s = 60 / rng.uniform(80, 150)
            for k in range(int(rng.choice([4, 8, 12, 16]))):
                put(out, drums[1 if k % 4 == 2 else 0 if k % 4 == 0 else 4], t, 0.9)
                put(out, drums[4], t, 0.4)
                t += beat_s / 2
        t += log_uniform(rng, 0.2, 3.0) if kind != "pause" else log_uniform(rng, 1, 6)
    return out


def scratching(rng, count):
    """A record moved to and fro by hand: a sound read at a speed that turns round."""
    record = voices.peak(speech(rng, 4 * RATE_HZ) + 0.5 * voices.band(voices.noise(rng, 4 * RATE_HZ), 300, 4000))
    place, cut, t = np.empty(count), np.ones(count, np.float32), 0
    at = 0.0
    while t < count:
        length = int(log_uniform(rng, 0.05, 0.6) * RATE_HZ)
        stop = min(count, t + length)
        u = np.arange(stop - t) / length
        place[t:stop] = at + rng.choice([-1, 1]) * rng.uniform(0.3, 3) * length * np.sin(np.pi * u / 2) ** 2
        if rng.random() < 0.3:
            cut[t:stop] = 0
        elif rng.random() < 0.3:
            cut[t:stop] = (u * rng.integers(2, 7)) % 1 < 0.5
        at, t = place[stop - 1], stop
    return record[np.abs(place.astype(int)) % len(record)] * cut


def noodling(rng, count):
    """Notes without a meter, chords that come when they like."""
    out, t, end_s, keys, bass = np.zeros(count, np.float32), 0.0, count / RATE_HZ, voices.Keys(rng), voices.Bass(rng)
    chord = lambda root: [root * r for r in ((1,), (1, 1.26, 1.5))[rng.integers(2)]]
    notes = [keys.note(chord(log_uniform(rng, 90, 1200)), rng.uniform(0.1, 1.5)) for _ in range(12)]
    notes += [bass.note(log_uniform(rng, 40, 160), rng.uniform(0.1, 0.8), 0.5) for _ in range(4)]
    pace_s = log_uniform(rng, 0.15, 2.0)
    while t < end_s:
        put(out, notes[rng.integers(len(notes))], t, rng.uniform(0.3, 1))
        t += pace_s * float(np.exp(rng.normal(0, 0.6))) + (rng.uniform(0, 3) if rng.random() < 0.1 else 0)
    return out


def drone(rng, count):
    """Pads, sirens, wind, hum: nothing is struck."""
    t = np.arange(count) / RATE_HZ
    kind = rng.choice(["pad", "siren", "wind", "hum", "noise"])
    if kind == "pad":
        out, at, keys = np.zeros(count, np.float32), 0.0, voices.Keys(rng)
        while at < count / RATE_HZ:
            length_s = rng.uniform(2, 9)
            root = log_uniform(rng, 80, 400)
            put(out, keys.note([root, root * 1.26, root * 1.5], length_s, 0.8), at, 1)
            at += length_s * rng.uniform(0.5, 1.1)
        return out
    if kind == "siren":
        hz = 600 + 300 * np.sin(2 * np.pi * log_uniform(rng, 0.1, 1.5) * t + rng.uniform(0, 6) + 2 * np.sin(0.3 * t))
        return voices.wave("square", np.cumsum(hz) / RATE_HZ).astype(np.float32)
    if kind == "hum":
        mains_hz = rng.choice([50, 60])
        return sum(np.sin(2 * np.pi * mains_hz * k * t) / k for k in (1, 2, 3, 5)).astype(np.float32)
    x = voices.noise(rng, count)
    if kind == "noise":
        return x
    each_s = np.arange(0, t[-1] + 2)
    slow = np.interp(t, each_s, rng.uniform(0.05, 1, len(each_s)))
    return voices.band(x, None, log_uniform(rng, 200, 3000), 1) * slow.astype(np.float32)


KINDS = {speech: 3, babble: 3, applause: 2, sound_check: 5, scratching: 2, noodling: 3, drone: 2}


def draw(rng, count):
    weights = np.array(list(KINDS.values()), float)
    kinds = list(KINDS)
    out = kinds[rng.choice(len(kinds), p=weights / weights.sum())](rng, count)
    if rng.random() < 0.2:
        out = voices.peak(out) + rng.uniform(0.1, 1) * voices.peak(kinds[rng.integers(len(kinds))](rng, count))
    return voices.peak(out)
