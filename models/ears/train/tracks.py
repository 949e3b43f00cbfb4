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


LAYERS = ("kick", "snare", "hat", "opened", "perc", "ghost", "bass", "keys", "voice")
SCALE = [0, 0, 0, 3, 5, 7, 10, 12]


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
            "voice": db(-20, -3),
        }
        self.gain["ghost"] = self.gain["snare"]
        self.bass, self.keys = v.Bass(rng), v.Keys(rng)
        self.melody = self.bass_melody()
        self.arp = self.arpeggio()
        # Sung, spoken or rapped, with a voice of its own; in every fifth track.
        self.voice_hz = log_uniform(rng, 90, 420) if rng.random() < 0.2 else None
        self.phrases = [patterns.some(rng, range(4 * music.steps), 2, 10) for _ in range(2)]
        self.keys_kind = pick("pad", "stabs", "arp", "none") if rng.random() < music.keys else "none"
        if music.keys == 1.0:
            self.keys_kind = pick("pad", "pad", "arp", "stabs")
        self.stabs = patterns.some(rng, range(4 * music.steps), 1, 5)
        root = log_uniform(rng, 36, 70)
        self.roots = [root * 2 ** (k / 12) for k in rng.choice([0, 0, 3, 5, 7, -2, -4], size=4)]
        self.bars_a_chord = int(rng.choice([1, 1, 2, 2, 4]))
        self.ducks, self.cache, self.events = [], {}, []

    def bass_melody(self):
        """Semitones above the root for the steps of four beats of the bass."""
        rng, steps = self.rng, self.music.steps
        kind = rng.choice(["root", "octave off the beat", "octave on the beat", "riff"], p=[0.45, 0.15, 0.05, 0.35])
        if kind == "root":
            return [0] * 4 * steps
        if kind == "riff" and not self.music.rooted:
            return [SCALE[rng.integers(len(SCALE))] for _ in range(4 * steps)]
        if kind == "riff":
            return [SCALE[rng.integers(len(SCALE))] if step % steps else 0 for step in range(4 * steps)]
        up = 0 if kind == "octave on the beat" and not self.music.rooted else steps // 2
        return [12 if step % steps == up else 0 for step in range(4 * steps)]

    def arpeggio(self):
        """Notes of a chord, counted from its lowest; three to an octave; none is a rest."""
        rng = self.rng
        length = int(rng.choice([3, 4, 6, 8, 16], p=[0.15, 0.35, 0.1, 0.25, 0.15]))
        notes = [int(k) for k in rng.integers(0, 6, length)] if rng.random() < 0.5 else [k % 6 for k in range(length)][:: rng.choice([1, -1])]
        if self.music.rooted or rng.random() < 0.5:
            low = notes.index(min(notes))
            notes = notes[low:] + notes[:low]
        return [note if k == 0 or rng.random() < 0.85 else None for k, note in enumerate(notes)]

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
        rests = self.rests(number, len(times) - 1)
        for layer in ("kick", "snare", "hat", "opened", "perc", "ghost"):
            if layer in on:
                struck = getattr(drums, layer)
                until = rests if layer == "kick" else len(times)
                self.strike(layer, [s for s in struck if (s[0] if isinstance(s, tuple) else s) < until * self.music.steps], times, self.shots[layer])
        root = self.roots[number // self.bars_a_chord % 4]
        beat_s = times[1] - times[0]
        if "bass" in on:
            self.play_bass(drums.bass, times, root, beat_s)
        if "keys" in on and self.keys_kind != "none":
            self.play_keys(times, number, root, beat_s)
        if "voice" in on and self.voice_hz and self.rng.random() < 0.8:
            self.sing(times, self.phrases[number % 2])
        if build is not None:
            every = (4, 2, 1, 0.5)[min(3, int(build * (3 if self.music.bpm > 130 else 4)))] * self.music.steps / 4
            rolled = [(k * every, 0.4 + 0.6 * build) for k in range(int(len(times[:-1]) * self.music.steps / every))]
            self.strike("roll", rolled, times, self.shots["roll"])
        elif number % 8 == 7 and self.rng.random() < 0.5 and "snare" in on:
            fill = [(s, self.rng.uniform(0.4, 1)) for s in patterns.some(self.rng, range((len(times) - 2) * self.music.steps, (len(times) - 1) * self.music.steps), 1, 4)]
            self.strike("roll", fill, times, self.shots["roll"])
        if number % 8 == 0 and self.rng.random() < 0.3:
            self.put(self.drums, self.shots["fx"], times[0], self.gain["fx"])

    def rests(self, number, beats):
        """The beat of the bar in which the kick falls silent: at the end of some phrases."""
        if number % 4 == 3 and self.rng.random() < 0.15:
            return beats - int(self.rng.choice([1, 1, 2]))
        return beats

    def sing(self, times, steps):
        beat_s = times[1] - times[0]
        for step in steps:
            if self.rng.random() < 0.85:
                hz = self.voice_hz * 2 ** (SCALE[self.rng.integers(len(SCALE))] / 12)
                sound = voices.syllable(self.rng, hz, beat_s * self.rng.uniform(0.2, 0.9))
                self.put(self.tonal, sound, self.at(times, step) + self.rng.normal(0, 0.02), self.gain["voice"])

    def play_bass(self, steps, times, root, beat_s):
        steps = [s[0] if isinstance(s, tuple) else s for s in steps]
        for k, step in enumerate(steps):
            at_s = self.at(times, step)
            until = self.at(times, steps[k + 1]) if k + 1 < len(steps) else times[-1]
            length_s = min(until - at_s, beat_s * (2.0 if self.bass.kind == "wobble" else 0.8)) * 0.9
            hz = root * 2 ** (self.melody[int(step) % len(self.melody)] / 12)
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
            note = self.arp[int(step) % len(self.arp)]
            if self.keys_kind == "arp" and note is None:
                continue
            tones = chord if self.keys_kind == "stabs" else [chord[note % 3] * 2 ** (note // 3)]
            key = ("keys", *(round(tone, 2) for tone in tones))
            if key not in self.cache:
                self.cache[key] = self.keys.note(tones, beat_s / self.music.steps * 0.9)
            at_s = self.at(times, step)
            self.put(self.tonal, self.cache[key], at_s, gain * (1.0 if step % self.music.steps else 1.15))
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
        tonal = self.tonal * (1 - self.music.pump * duck)
        if self.rng.random() < 0.15:
            tonal = self.echoed(tonal)
        return self.drums + tonal

    def echoed(self, x):
        """With echoes in time with the music."""
        delay = int(60 / self.music.bpm * self.rng.choice([0.25, 0.375, 0.5, 0.75, 0.75, 1]) * RATE_HZ)
        wet, kept = x.copy(), self.rng.uniform(0.3, 0.65)
        for _ in range(5):
            wet = np.concatenate([np.zeros(delay, np.float32), kept * wet])[: len(x)]
            x = x + wet
        return x


def beat_times(rng, music, bars):
    """Beats of all bars and the end, at a tempo that may drift or breathe."""
    count = bars * music.meter
    bpm = np.full(count, music.bpm)
    if rng.random() < 0.12:
        bpm *= np.linspace(1, rng.uniform(0.94, 1.06), count)
    if rng.random() < 0.05:
        bpm *= 1 + 0.01 * np.sin(np.arange(count) * rng.uniform(0.05, 0.5))
    return np.concatenate([[0.0], np.cumsum(60 / bpm)])


def play(rng, music, times, bars):
    """Samples of all bars, and the truth about them."""
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
    return player.mixed(), truth


def beside(rng, music):
    """Music of the same metre and nearly the same tempo, brought to it; or none."""
    for _ in range(40):
        other = patterns.draw(rng)
        if (other.meter, other.steps) == (music.meter, music.steps) and abs(np.log(other.bpm / music.bpm)) < 0.08:
            other.bpm = music.bpm
            return other
    return None


def blended(rng, first, music, times, bars):
    """`first`, and over some bars another in step with it instead, as a DJ blends them."""
    other = beside(rng, music)
    if other is None:
        return first
    (a, told_a), (b, told_b) = first, play(rng, other, times, bars)
    beats = min(bars - 1, int(rng.choice([1, 4, 8, 16]))) * music.meter
    at = int(rng.integers(0, len(times) - 1 - beats)) // music.meter * music.meter
    come = np.interp(np.arange(len(a)) / RATE_HZ, [times[at], times[at + beats]], [0, 1]).astype(np.float32)
    if rng.random() < 0.5:  # the bass changes over at once, halfway
        low = [voices.band(x, None, 200, 2) for x in (a, b)]
        swap = come > 0.5
        out = (a - low[0]) * (1 - come) ** 0.5 + (b - low[1]) * come**0.5 + np.where(swap, low[1], low[0])
    else:
        out = a * (1 - come) ** 0.5 + b * come**0.5
    half_s = (times[at] + times[at + beats]) / 2
    truth = told_a.shifted(0, 0, half_s)
    truth.extend(told_b.shifted(0, half_s))
    until_s, from_s = times[at], times[at + beats]
    truth.unsure = [(x, y) for x, y in told_a.unsure if y <= until_s + 1e-6 or (x < from_s - 1e-6 and (x, y) in told_b.unsure)]
    truth.unsure += [(x, y) for x, y in told_b.unsure if x >= from_s - 1e-6]
    return out, truth


def track(rng, length_s, only=None):
    """Samples of about `length_s` seconds that begin on a bar, or within one, and the truth about them."""
    music = patterns.draw(rng, only)
    bar_s = 60 / music.bpm * music.meter
    bars = max(2, int(np.ceil((length_s + bar_s) / bar_s)))
    times = beat_times(rng, music, bars)
    samples, truth = play(rng, music, times, bars)
    if rng.random() < 0.12:
        samples, truth = blended(rng, (samples, truth), music, times, bars)
    # What is not heard from its beginning may begin anywhere.
    from_s = rng.uniform(0, bar_s) if rng.random() < 0.5 else 0.0
    samples = samples[int(from_s * RATE_HZ) :][: int(length_s * RATE_HZ)]
    return voices.peak(samples), truth.shifted(-from_s, from_s, from_s + length_s)
