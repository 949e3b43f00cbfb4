"""A track: patterns played by voices through sections of a song, with the truth about it."""

from dataclasses import dataclass, field

import numpy as np

import patterns
import voices
from voices import RATE_HZ, log_uniform


@dataclass
class Truth:
    """Times in seconds. `unsure` are spans in which nothing tells the beat; `groove` spans with the kick (or what stands for it) in."""

    beats: list = field(default_factory=list)
    downbeats: list = field(default_factory=list)
    unsure: list = field(default_factory=list)
    groove: list = field(default_factory=list)

    def shifted(self, by_s, from_s=0.0, to_s=np.inf):
        """The part of it from `from_s` to `to_s`, `by_s` later."""
        span = lambda of: [(max(a, from_s) + by_s, min(b, to_s) + by_s) for a, b in of if b > from_s and a < to_s]
        times = lambda of: [t + by_s for t in of if from_s <= t < to_s]
        return Truth(times(self.beats), times(self.downbeats), span(self.unsure), span(self.groove))

    def extend(self, other):
        for name in ("beats", "downbeats", "unsure", "groove"):
            getattr(self, name).extend(getattr(other, name))


LAYERS = ("kick", "snare", "hat", "opened", "perc", "ghost", "bass", "keys")


def sections(rng, bars):
    """Layers that play in each bar, and bars of build-ups with how far they are."""
    plan = []
    while len(plan) < bars:
        length = int(rng.choice([2, 4, 4, 8, 8, 16]))
        kind = rng.choice(["full", "light", "kickless", "bare", "break", "build"], p=[0.5, 0.2, 0.08, 0.07, 0.09, 0.06])
        if kind == "full":
            on = set(LAYERS)
        elif kind == "light":
            on = {"kick"} | {layer for layer in LAYERS if rng.random() < 0.5}
        elif kind == "kickless":
            on = {layer for layer in LAYERS[1:] if rng.random() < 0.6}
        elif kind == "bare":
            on = {"hat", rng.choice(LAYERS[1:])}
        else:
            on = {"keys"} | ({"perc"} if rng.random() < 0.2 else set())
        if kind == "build" or (kind == "break" and rng.random() < 0.5):
            quiet = length // 2 if kind == "break" else 0
            plan += [(on, None)] * quiet + [(on, k / max(1, length - quiet)) for k in range(length - quiet)]
            plan += [(set(LAYERS), None)] * int(rng.choice([4, 8]))
        else:
            plan += [(on, None)] * length
    start = int(rng.integers(0, 4)) if rng.random() < 0.3 else 0
    return (plan[start:] + plan)[:bars]


class Player:
    """Draws the sound of a track bar by bar onto buses."""

    def __init__(self, rng, music, length_s):
        self.rng, self.music, count = rng, music, int(length_s * RATE_HZ)
        self.drums, self.tonal = np.zeros(count, np.float32), np.zeros(count, np.float32)
        self.jitter_s = rng.choice([0, 0, 0.002, 0.005, 0.008])
        pick = lambda *of: of[rng.integers(len(of))]
        v = voices
        clap_like = pick(v.snare, v.snare, v.clap, v.clap, v.rim)
        self.shots = {
            "kick": v.kick(rng, music.hard_kick),
            "snare": clap_like(rng),
            "hat": pick(v.hat, v.hat, v.shaker)(rng),
            "opened": v.hat(rng, True),
            "perc": [pick(v.tom, v.bell, v.rim, v.shaker, v.tom)(rng) for _ in range(2)],
            "roll": pick(v.snare, v.snare, v.tom, v.clap)(rng),
            "fx": v.fx(rng),
        }
        self.shots["ghost"] = self.shots["snare"] if rng.random() < 0.8 else pick(v.rim, v.snare)(rng)
        db = lambda low, high: 10 ** (rng.uniform(low, high) / 20)
        self.gain = {
            "kick": db(-4, 0),
            "snare": db(-12, 0),
            "hat": db(-26, -8),
            "opened": db(-10, 0) if music.loud_open else db(-24, -9),
            "perc": db(-20, -4),
            "ghost": 1.0,
            "bass": 10 ** (music.bass_gain_db / 20) * db(-6, 2),
            "keys": db(-26, -8) + (db(-10, 0) if music.keys == 1.0 else 0),
            "roll": db(-14, -3),
            "fx": db(-22, -8),
        }
        self.gain["ghost"] = self.gain["snare"]
        self.bass, self.keys = v.Bass(rng), v.Keys(rng)
        self.keys_kind = pick("pad", "stabs", "arp", "none") if rng.random() < music.keys else "none"
        if music.keys == 1.0:
            self.keys_kind = pick("pad", "pad", "arp", "stabs")
        self.stabs = patterns.some(rng, range(4 * music.steps), 1, 5)
        root = log_uniform(rng, 36, 70)
        self.roots = [root * 2 ** (k / 12) for k in rng.choice([0, 0, 3, 5, 7, -2, -4], size=4)]
        self.bars_a_chord = int(rng.choice([1, 1, 2, 2, 4]))
        self.ducks, self.cache, self.events = [], {}, []

    def put(self, bus, shot, at_s, gain):
        at = int((at_s + self.rng.normal(0, self.jitter_s)) * RATE_HZ)
        if at < 0 or at >= len(bus):
            return
        end = min(len(bus), at + len(shot))
        bus[at:end] += gain * shot[: end - at]

    def at(self, times, step):
        """The time of a step of the bar whose beats are at `times`."""
        steps = self.music.steps
        if self.music.swing and steps == 4 and step == int(step) and int(step) % 2:
            step += self.music.swing
        beat = min(int(step // steps), len(times) - 2)
        return times[beat] + (times[beat + 1] - times[beat]) * (step / steps - beat)

    def strike(self, layer, steps, times, shot):
        for k, step in enumerate(steps):
            step, velocity = step if isinstance(step, tuple) else (step, 1.0)
            velocity *= self.rng.uniform(0.85, 1.0)
            at_s = self.at(times, step)
            sound = shot[k % 2 if self.rng.random() < 0.8 else 0] if isinstance(shot, list) else shot
            self.put(self.drums, sound, at_s, self.gain[layer] * velocity)
            self.events.append(at_s)
            if layer == "kick":
                self.ducks.append(at_s)

    def bar(self, drums, times, number, on, build):
        for layer in ("kick", "snare", "hat", "opened", "perc", "ghost"):
            if layer in on:
                self.strike(layer, getattr(drums, layer), times, self.shots[layer])
        root = self.roots[number // self.bars_a_chord % 4]
        beat_s = times[1] - times[0]
        if "bass" in on:
            self.play_bass(drums.bass, times, root, beat_s)
        if "keys" in on and self.keys_kind != "none":
            self.play_keys(times, number, root, beat_s)
        if build is not None:
            every = (4, 2, 1, 0.5)[min(3, int(build * (3 if self.music.bpm > 130 else 4)))] * self.music.steps / 4
            rolled = [(k * every, 0.4 + 0.6 * build) for k in range(int(len(times[:-1]) * self.music.steps / every))]
            self.strike("roll", rolled, times, self.shots["roll"])
        elif number % 8 == 7 and self.rng.random() < 0.5 and "snare" in on:
            fill = [(s, self.rng.uniform(0.4, 1)) for s in patterns.some(self.rng, range((len(times) - 2) * self.music.steps, (len(times) - 1) * self.music.steps), 1, 4)]
            self.strike("roll", fill, times, self.shots["roll"])
        if number % 8 == 0 and self.rng.random() < 0.3:
            self.put(self.drums, self.shots["fx"], times[0], self.gain["fx"])

    def play_bass(self, steps, times, root, beat_s):
        steps = [s[0] if isinstance(s, tuple) else s for s in steps]
        for k, step in enumerate(steps):
            at_s = self.at(times, step)
            until = self.at(times, steps[k + 1]) if k + 1 < len(steps) else times[-1]
            length_s = min(until - at_s, beat_s * (2.0 if self.bass.kind == "wobble" else 0.8)) * 0.9
            hz = root * (2 if step % 4 == 2 and self.rng.random() < 0.3 else 1)
            key = (round(hz, 2), round(length_s, 2))
            if key not in self.cache:
                self.cache[key] = self.bass.note(hz, max(0.03, length_s), beat_s)
            self.put(self.tonal, self.cache[key], at_s, self.gain["bass"])
            self.events.append(at_s)

    def play_keys(self, times, number, root, beat_s):
        chord = [4 * root * r for r in ((1, 1.189, 1.498), (1, 1.26, 1.498), (1, 1.498, 2.0))[number // self.bars_a_chord % 3]]
        bar_s = times[-1] - times[0]
        gain = self.gain["keys"]
        if self.keys_kind == "pad":
            if number % self.bars_a_chord == 0:
                self.put(self.tonal, self.keys.note(chord, bar_s * self.bars_a_chord, 0.1), times[0], gain)
            return
        steps = self.stabs if self.keys_kind == "stabs" else range(0, (len(times) - 1) * self.music.steps)
        for step in steps:
            tones = chord if self.keys_kind == "stabs" else [chord[int(step) % 3] * (2 if int(step) % 4 == 3 else 1)]
            key = ("keys", round(tones[0], 2))
            if key not in self.cache:
                self.cache[key] = self.keys.note(tones, beat_s / self.music.steps * 0.9)
            at_s = self.at(times, step)
            self.put(self.tonal, self.cache[key], at_s, gain * (1.0 if step % 4 else 1.15))
            self.events.append(at_s)

    def mixed(self):
        """Both buses, the tonal one pushed aside wherever `ducks` says."""
        duck = np.zeros(len(self.tonal), np.float32)
        tau_s = log_uniform(self.rng, 0.04, 0.25)
        shape = np.exp(-voices.seconds(4 * tau_s) / tau_s)
        if self.rng.random() < 0.5:  # a volume shaper: down within some milliseconds, up along a curve
            t = voices.seconds(60 / self.music.bpm * self.rng.uniform(0.5, 1))
            down_s = self.rng.uniform(0.002, 0.05)
            shape = np.minimum(t / down_s, 1) * (1 - np.minimum(t / t[-1], 1) ** log_uniform(self.rng, 0.4, 2.5))
        for at_s in self.ducks:
            at = int(at_s * RATE_HZ)
            end = min(len(duck), at + len(shape))
            if at >= 0 and end > at:
                duck[at:end] = np.maximum(duck[at:end], shape[: end - at])
        return self.drums + self.tonal * (1 - self.music.pump * duck)


def beat_times(rng, music, bars):
    """Beats of all bars and the end, at a tempo that may drift or breathe."""
    count = bars * music.meter
    bpm = np.full(count, music.bpm)
    if rng.random() < 0.12:
        bpm *= np.linspace(1, rng.uniform(0.94, 1.06), count)
    if rng.random() < 0.05:
        bpm *= 1 + 0.01 * np.sin(np.arange(count) * rng.uniform(0.05, 0.5))
    return np.concatenate([[0.0], np.cumsum(60 / bpm)])


def track(rng, length_s, only=None):
    """Samples of about `length_s` seconds that begin on a bar, or within one, and the truth about them."""
    music = patterns.draw(rng, only)
    bar_s = 60 / music.bpm * music.meter
    bars = max(2, int(np.ceil((length_s + bar_s) / bar_s)))
    times = beat_times(rng, music, bars)
    player, truth = Player(rng, music, times[-1]), Truth()
    kickless = not any(bar.kick for bar in music.bars)
    for number, (on, build) in enumerate(sections(rng, bars)):
        beats = times[number * music.meter : (number + 1) * music.meter + 1]
        events = len(player.events)
        if music.bare:
            on, build = {"keys", "bass"} if "bass" in on and number % 32 > 8 else {"keys"}, None
        player.bar(music.bars[number % 2], beats, number, on, build)
        pumps = kickless and (music.bare or (("keys" in on or "bass" in on) and build is None and len(on) > 1))
        if pumps:
            player.ducks.extend(beats[:-1])
        if len(player.events) - events < 3 and not pumps:
            truth.unsure.append((beats[0], beats[-1]))
        if ("kick" in on and music.bars[number % 2].kick) or (pumps and "bass" in on):
            truth.groove.append((beats[0], beats[-1]))
    truth.beats, truth.downbeats = times[:-1].tolist(), times[:-1 : music.meter].tolist()
    samples = player.mixed()
    # What is not heard from its beginning may begin anywhere.
    from_s = rng.uniform(0, bar_s) if rng.random() < 0.5 else 0.0
    samples = samples[int(from_s * RATE_HZ) :][: int(length_s * RATE_HZ)]
    return voices.peak(samples), truth.shifted(-from_s, from_s, from_s + length_s)
