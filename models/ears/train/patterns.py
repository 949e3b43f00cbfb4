"""What is struck where: one or two bars of sixteenths for every kind of music, drawn anew for every track.

A `Kind` gives a tempo and the drum patterns. Steps are sixteenths of a bar of four beats unless `meter` says otherwise.
Kinds carry the tempo that DJ programs show: drum and bass 174, half-time dubstep 140, hip-hop 90.
"""

from dataclasses import dataclass, field

FOUR, BETWEEN, BACK = [0, 4, 8, 12], [2, 6, 10, 14], [4, 12]
BROKEN = [[0, 10], [0, 6, 10], [0, 3, 10], [0, 2, 10], [0, 7, 10], [0, 10, 11], [0, 5, 10], [0, 2, 8, 11], [0, 3, 6, 10], [0, 10, 15], [0, 7, 11], [0, 6, 9], [0, 3, 8, 10]]
AMEN = [[4, 7, 9, 12], [4, 7, 9, 14], [4, 12, 15], [4, 9, 12], [4, 7, 12]]
CLAVE = [[0, 3, 6, 10, 12], [0, 3, 7, 10, 12], [2, 4, 8, 11, 14], [0, 3, 6, 8, 11, 14], [0, 3, 6, 9, 12, 14], [0, 3, 6, 10, 13]]


@dataclass
class Drums:
    """Patterns of one bar: steps, or (step, velocity)."""

    kick: list = field(default_factory=list)
    snare: list = field(default_factory=list)
    hat: list = field(default_factory=list)
    opened: list = field(default_factory=list)
    perc: list = field(default_factory=list)
    ghost: list = field(default_factory=list)
    bass: list = field(default_factory=list)


@dataclass
class Music:
    bpm: float
    bars: list
    meter: int = 4
    steps: int = 4
    swing: float = 0.0
    hard_kick: bool = False
    pump: float = 0.5
    bass_gain_db: float = -6.0
    loud_open: bool = False
    keys: float = 0.5
    # Nothing but what is pushed aside on the beat.
    bare: bool = False
    # Arpeggios and bass lines begin on the beat, with their root.
    rooted: bool = False


def some(rng, steps, low, high):
    count = int(rng.integers(low, high + 1))
    return sorted(rng.choice(steps, size=min(count, len(steps)), replace=False).tolist())


def hats(rng):
    """Steps of the closed hats, with accents."""
    kind = rng.choice(["eighths", "sixteenths", "between", "quarters", "gallop", "none", "some"], p=[0.27, 0.27, 0.16, 0.05, 0.07, 0.08, 0.1])
    steps = {"eighths": range(0, 16, 2), "sixteenths": range(16), "between": BETWEEN, "quarters": FOUR, "gallop": [0, 2, 3, 4, 6, 7, 8, 10, 11, 12, 14, 15], "none": [], "some": some(rng, range(16), 3, 9)}[kind]
    accent = rng.choice([0, 2]) if rng.random() < 0.7 else None
    return [(s, 1.0 if accent is None or s % 4 == accent else rng.uniform(0.3, 0.9)) for s in steps]


def basses(rng, kicks):
    kind = rng.choice(["none", "kicks", "between", "eighths", "rolling", "some", "sparse", "octaves"], p=[0.1, 0.17, 0.14, 0.1, 0.12, 0.22, 0.1, 0.05])
    rolling = [s for s in range(16) if s % 4]
    return {"none": [], "kicks": list(kicks), "between": BETWEEN, "eighths": list(range(0, 16, 2)), "rolling": rolling, "some": some(rng, range(16), 2, 8), "sparse": some(rng, [0, 3, 6, 8, 10, 11, 14], 1, 3), "octaves": list(range(0, 16, 2))}[kind]


def ghosts(rng, taken):
    free = [s for s in range(16) if s not in taken]
    odd = [s for s in free if s % 2] if rng.random() < 0.6 else free
    level = 10 ** (rng.uniform(-26, -6) / 20)
    return [(s, level * rng.uniform(0.7, 1.2)) for s in some(rng, odd, 1, 6)]


def percussion(rng):
    kind = rng.choice(["none", "some", "clave", "three", "five", "shaker"], p=[0.35, 0.25, 0.15, 0.1, 0.05, 0.1])
    if kind == "some":
        return [(s, rng.uniform(0.3, 1)) for s in some(rng, range(16), 2, 8)]
    if kind == "clave":
        return [(s, 0.9) for s in CLAVE[rng.integers(len(CLAVE))]]
    if kind == "three":
        return [(s, 0.9) for s in range(0, 16, 3)] if rng.random() < 0.5 else [(k * 16 / 3, 0.9) for k in range(3)]
    if kind == "five":
        return [(k * 16 / 5, 0.8) for k in range(5)]
    if kind == "shaker":
        return [(s, (0.9, 0.35, 0.6, 0.35)[s % 4]) for s in range(16)]
    return []


def bars(rng, kicks, snares, chance=None):
    """Two bars that differ a little: `kicks` and `snares` are lists of patterns to draw from."""
    pick = lambda of: list(of[rng.integers(len(of))])
    chance = chance or {}
    kick, snare, hat, perc = pick(kicks), pick(snares), hats(rng), percussion(rng)
    with_ghosts = rng.random() < chance.get("ghost", 0.3)
    ghost = ghosts(rng, kick + snare) if with_ghosts else []
    opened = BETWEEN if rng.random() < chance.get("open", 0.4) else some(rng, BETWEEN + [7, 15], 0, 2)
    bass = basses(rng, kick)
    first = Drums(kick, snare, hat, opened, perc, ghost, bass)
    vary = rng.random() < 0.6
    second = Drums(
        pick(kicks) if vary and rng.random() < 0.6 else kick,
        pick(snares) if vary and rng.random() < 0.4 else snare,
        hat,
        opened,
        perc,
        ghosts(rng, kick + snare) if with_ghosts and vary else ghost,
        basses(rng, kick) if vary and rng.random() < 0.3 else bass,
    )
    return [first, second]


def four_floor(rng):
    backs = [BACK] * 4 + [[12], [], [4, 12, 15], [4, 12, 14]]
    kicks = [FOUR] * 6 + [FOUR + [14], FOUR + [15], FOUR + [7], FOUR + [11]]
    return Music(rng.uniform(112, 150), bars(rng, kicks, backs), swing=max(0, rng.uniform(-0.3, 0.25)), pump=rng.uniform(0, 0.9), loud_open=rng.random() < 0.3)


def disco(rng):
    music = Music(rng.uniform(98, 128), bars(rng, [FOUR], [BACK], {"open": 0.9, "ghost": 0.4}), loud_open=rng.random() < 0.7, swing=max(0, rng.uniform(-0.2, 0.15)))
    if rng.random() < 0.6:
        octave = rng.choice([0, 2])
        for bar in music.bars:
            bar.bass = [(s, 1.0 if s % 4 == octave else 0.8) for s in range(0, 16, 2)]
    return music


def breaks(rng):
    music = Music(rng.uniform(112, 144), bars(rng, BROKEN, [BACK] * 4 + AMEN, {"ghost": 0.6}), swing=max(0, rng.uniform(-0.2, 0.2)))
    if rng.random() < 0.4:
        for bar in music.bars:
            bar.bass = [[0, 3], [0, 7], [0, 3, 11], [0, 6, 10], [0, 10]][rng.integers(5)]
    return music


def jungle(rng):
    return Music(rng.uniform(158, 183), bars(rng, [[0, 10]] * 4 + BROKEN, [BACK] * 4 + AMEN, {"ghost": 0.6, "open": 0.1}), swing=max(0, rng.uniform(-0.2, 0.12)), bass_gain_db=rng.uniform(-10, 2))


def hip_hop(rng):
    kicks = [[0, 10], [0, 7, 10], [0, 3, 10], [0, 2, 10], [0, 8, 10], [0, 7], [0, 6, 10], [0, 10, 14], [0, 1, 10], [0, 7, 8, 10]]
    return Music(rng.uniform(78, 106), bars(rng, kicks, [BACK] * 5 + [[4, 12, 15]], {"ghost": 0.4, "open": 0.1}), swing=max(0, rng.uniform(-0.15, 0.33)), bass_gain_db=rng.uniform(-10, 0))


def half_time(rng):
    """Snare on three alone: dubstep, trap."""
    kicks = [[0], [0, 3], [0, 7], [0, 6], [0, 10], [0, 3, 11], [0, 14], [0, 7, 10], [0, 2], [0, 6, 14], [0, 11]]
    music = Music(rng.uniform(130, 156), bars(rng, kicks, [[8]] * 5 + [[8, 15], [8, 14]], {"ghost": 0.25, "open": 0.1}), bass_gain_db=rng.uniform(-8, 4))
    for bar in music.bars:
        if rng.random() < 0.5:
            bar.bass = some(rng, [0, 2, 3, 4, 6, 8, 10, 11, 12, 14], 1, 6)
        if rng.random() < 0.25:  # a roll of hats
            at, by = rng.choice([4, 6, 10, 12, 14]), rng.choice([0.5, 2 / 3, 1 / 3])
            bar.hat = bar.hat + [(at + k * by, 0.7) for k in range(int(2 / by))]
    return music


def dembow(rng):
    snares = [[3, 6, 11, 14]] * 4 + [[3, 6, 10, 14], [6, 14], [3, 11], [3, 6, 12]]
    kicks = [FOUR] * 4 + [[0, 8], [0, 6, 8, 14], [0, 3, 8, 11]]
    return Music(rng.uniform(84, 116), bars(rng, kicks, snares, {"open": 0.1}), bass_gain_db=rng.uniform(-8, 0))


def three_three_two(rng):
    kicks = [[0, 3, 6, 8, 11, 14], [0, 6, 12], [0, 3, 6], [0, 6, 11], [0, 3, 8, 11], [0, 3, 6, 10, 13], [0, 6, 8, 14], [0, 3, 6, 8], [0, 6, 10], [0, 3, 6, 12], [0, 4, 6, 12]]
    snares = [[], BACK, [12], [8], [6, 14], [4, 11], [14]]
    return Music(rng.uniform(108, 142), bars(rng, kicks, snares, {"open": 0.2}), bass_gain_db=rng.uniform(-8, 0))


def one_and_three(rng):
    kicks = [[0, 8]] * 5 + [[0, 8, 10], [0, 7, 8], [0, 8, 14], [0]]
    return Music(rng.uniform(96, 142), bars(rng, kicks, [BACK] * 4 + [[], [12]], {"ghost": 0.3}))


def gabber(rng):
    kicks = [FOUR] * 5 + [FOUR + [14], FOUR + [10], FOUR + [14, 15]]
    return Music(rng.uniform(152, 206), bars(rng, kicks, [[], BACK, [12]], {"ghost": 0.05}), hard_kick=rng.random() < 0.8, pump=0.8)


def two_step(rng):
    kicks = [[0, 7, 10], [0, 10], [0, 7], [0, 6, 10], [0, 10, 15], [0, 3, 10], [0, 11]]
    return Music(rng.uniform(124, 142), bars(rng, kicks, [BACK] * 5 + [[4, 12, 15]], {"ghost": 0.5}), swing=rng.uniform(0, 0.33))


def afro(rng):
    kicks = [FOUR] * 3 + [[0, 8], [0, 6, 8, 14], [0, 3, 8, 11], [0, 10], [0, 3, 6, 8], [0, 4, 8, 11, 14]]
    music = Music(rng.uniform(98, 127), bars(rng, kicks, [[], BACK, [3, 6, 10, 13], [6, 14], [12], [3, 7, 11, 14], [3, 8, 11]]), swing=max(0, rng.uniform(-0.2, 0.2)), bass_gain_db=rng.uniform(-8, 2))
    for bar in music.bars:
        if rng.random() < 0.7:
            bar.perc = percussion(rng) + bar.perc
    return music


def electro(rng):
    kicks = [[0, 6, 10], [0, 3, 6, 10], [0, 10], [0, 6], [0, 7, 10], [0, 3, 8, 14], [0, 6, 8, 14], [0, 2, 6, 10]]
    return Music(rng.uniform(112, 140), bars(rng, kicks, [BACK]), loud_open=rng.random() < 0.2)


def jersey(rng):
    kicks = [[0, 4, 8, 11, 14], [0, 4, 7, 10, 12], [0, 3, 6, 10, 12], [0, 4, 6, 10, 14], [0, 4, 8, 11, 13], [0, 6, 8, 11, 14]]
    return Music(rng.uniform(126, 144), bars(rng, kicks, [BACK, [], [3, 6, 11, 14], [12], [4, 11, 14]]))


def footwork(rng):
    kicks = [[0, 3, 6, 8, 11, 14], [0, 3, 6, 10], [0, 6, 8, 14], [0, 3, 8, 11], [0, 2, 4, 6, 8, 11, 14]]
    return Music(rng.uniform(154, 168), bars(rng, kicks, [BACK] * 3 + [[12], [8], [4, 10, 12]]), bass_gain_db=rng.uniform(-8, 2))


def rock(rng):
    kicks = [[0, 8], [0, 8, 10], [0, 2, 8, 10], [0, 7, 8], [0, 6, 8, 10], [0, 10], [0, 8, 14]]
    return Music(rng.uniform(88, 176), bars(rng, kicks, [BACK], {"ghost": 0.5}), keys=0.8)


def kickless(rng):
    """Pads that pump, hats, claps, a bass line or an arpeggio."""
    empty = bars(rng, [[]], [[], BACK, [12]])
    return Music(rng.uniform(104, 146), empty, pump=rng.uniform(0.5, 1), keys=1.0, bare=rng.random() < 0.5)


def sequenced(rng):
    """Arpeggios and bass lines that begin on the beat, with a quiet drum or none."""
    music = Music(rng.uniform(94, 148), bars(rng, [[]], [[], [], [], BACK], {"open": 0.1}), pump=max(0, rng.uniform(-0.4, 0.5)), keys=1.0, rooted=True)
    rolling = [FOUR, [0, 2, 4, 6, 8, 10, 12, 14], [0, 3, 4, 7, 8, 11, 12, 15], [0, 2, 3, 4, 6, 7, 8, 10, 11, 12, 14, 15], list(range(16)), [0, 8], [0]]
    quiet, bass, ticks = rng.random() < 0.6, rolling[rng.integers(len(rolling))], rng.random() < 0.35
    for bar in music.bars:
        bar.bass = bass
        if quiet:
            bar.hat, bar.opened, bar.perc = [], [], []
        if ticks:
            bar.perc = [(s, rng.uniform(0.2, 0.6)) for s in FOUR]
    return music


def latin(rng):
    music = Music(rng.uniform(116, 132), bars(rng, [FOUR] * 4 + [[0, 8]], [[], BACK, [12]]), keys=0.6)
    for bar in music.bars:
        bar.perc = [(s, 0.9) for s in CLAVE[rng.integers(len(CLAVE))]] + percussion(rng)
    return music


def psy(rng):
    music = Music(rng.uniform(134, 152), bars(rng, [FOUR], [[], BACK]), pump=0.2, bass_gain_db=rng.uniform(-6, 2))
    for bar in music.bars:
        bar.bass = [s for s in range(16) if s % 4] if rng.random() < 0.6 else [4 * b + k * 4 / 3 for b in range(4) for k in (1, 2)]
    return music


def hard_style(rng):
    music = Music(rng.uniform(138, 160), bars(rng, [FOUR], [[], BACK, [12]]), hard_kick=True, pump=0.9, bass_gain_db=rng.uniform(-4, 3))
    for bar in music.bars:
        bar.bass = BETWEEN if rng.random() < 0.7 else [s for s in range(16) if s % 4]
    return music


def shuffle(rng):
    """Triplets: three steps a beat."""
    music = Music(rng.uniform(88, 150), [], steps=3, swing=0)
    kick = [[0, 3, 6, 9], [0, 6], [0, 5, 6], [0, 3, 6, 9, 11]][rng.integers(4)]
    snare = [[3, 9], [], [6], [9]][rng.integers(4)]
    hat = [(s, rng.uniform(0.4, 1)) for s in ([0, 2, 3, 5, 6, 8, 9, 11] if rng.random() < 0.5 else range(12))]
    music.bars = [Drums(kick, snare, hat, [2, 5, 8, 11] if rng.random() < 0.2 else [], [], [], some(rng, range(12), 2, 6))] * 2
    return music


def odd_meter(rng):
    meter = int(rng.choice([3, 3, 3, 7, 5, 6]))
    steps = 4 * meter
    snare = [s for s in range(4, steps, 8)] if rng.random() < 0.5 else some(rng, range(4, steps, 4), 1, 2)
    kick = [0] + some(rng, range(4, steps, 2), 0, 2) if rng.random() < 0.6 else list(range(0, steps, 4))
    hat = [(s, 0.8) for s in range(0, steps, int(rng.choice([1, 2, 4])))]
    return Music(rng.uniform(96, 170), [Drums(kick, snare, hat, [], [], [], some(rng, range(0, steps, 2), 1, 4))] * 2, meter=meter)


def wild(rng):
    """Anything that keeps a beat: kicks and snares where they are likely, not where a genre puts them."""
    weight = [1, 0.06, 0.2, 0.3, 0.5, 0.06, 0.35, 0.2, 0.6, 0.1, 0.45, 0.25, 0.45, 0.08, 0.3, 0.15]
    draw = lambda: [s for s in range(16) if rng.random() < weight[s]]
    backs = [BACK, BACK, BACK, [12], [8], [4, 10], [4, 12, 14], [3, 12], [4, 11]]
    return Music(log_bpm(rng, 84, 178), bars(rng, [draw() for _ in range(3)], backs, {"ghost": 0.4}), swing=max(0, rng.uniform(-0.3, 0.3)))


def log_bpm(rng, low, high):
    return float(low * (high / low) ** rng.random())


KINDS = {
    four_floor: 17,
    disco: 6,
    breaks: 9,
    jungle: 8,
    hip_hop: 8,
    half_time: 8,
    dembow: 5,
    three_three_two: 5,
    one_and_three: 4,
    gabber: 4,
    two_step: 4,
    afro: 5,
    electro: 3,
    jersey: 2,
    footwork: 2,
    rock: 4,
    kickless: 7,
    sequenced: 5,
    latin: 3,
    psy: 3,
    hard_style: 2,
    shuffle: 3,
    odd_meter: 3,
    wild: 6,
}


def draw(rng, only=None):
    """A kind drawn at random, or the one called `only`."""
    if only:
        return next(kind for kind in KINDS if kind.__name__ == only)(rng)
    weights = list(KINDS.values())
    kind = list(KINDS)[rng.choice(len(weights), p=[w / sum(weights) for w in weights])]
    return kind(rng)
