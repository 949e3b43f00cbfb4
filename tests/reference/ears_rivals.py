"""Other people's beat trackers on the clips of our bench. Prints one markdown table; tells of each clip on stderr.

    cargo bench --bench ears -- --write DIR      (or kinds instead of ears)
    python tests/reference/ears_rivals.py DIR

Each folder in DIR that holds clips is a set, with its own columns.

Needs numpy and mir_eval. A rival that is not there is reported as such and left out. Rivals run as programs of their
own, causally, with their defaults and one thread; nothing of theirs is in this repository.

aubio   (GPL-3) Debian's aubio-tools. AUBIOTRACK: the program; otherwise `aubiotrack` on the PATH.
BTrack  (GPL-3) BTRACK: a checkout of github.com/adamstark/BTrack. Built here with its own kiss_fft; needs $CXX or g++,
        and Debian's libsamplerate0-dev.
QLC+    (Apache-2.0) QLCPLUS: a checkout of github.com/mcallegari/qlcplus of 2026. Built here from its beattracker.cpp
        alone, which needs no Qt.
madmom  (BSD, models CC BY-NC-SA) MADMOM: its program DBNBeatTracker; otherwise that on the PATH. The models are in the
        package. In an environment of Python 3.9: pip install numpy==1.19.5 scipy==1.5.4 'cython<3' 'setuptools<60'
        wheel mido, then pip install --no-build-isolation madmom==0.16.1.

F (±70 ms) and CMLt are mir_eval's, of beats from 5 s on, as in src/audio/club/score.rs; means over clips. Offset:
median of heard − true for beats within 100 ms of a true one, over all clips; nothing is corrected for it. The times
are those a tracker states; QLC+ states none, so there it is the sound heard so far, in blocks of 512 (its own input has
2048). Times real time: seconds of sound over seconds of CPU, start included, on night.wav or else on the clips.
aubio alone hears the clips with noise at −87 dB, as any live input has: it is mute where a block is exactly zero.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import mir_eval
import numpy as np

HERE = Path(__file__).parent
# In this order, then any others by name.
SETS = ["clean", "hard", "unseen", "mishaps"]
RATE_HZ = 44100
NEAR_S = 0.1
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


class Missing(Exception):
    """Why a rival cannot run."""


def program(variable, name):
    """The path of an installed program."""
    found = shutil.which(os.environ.get(variable, name))
    if not found:
        raise Missing("not installed")
    return found


def checkout(variable, inside):
    """The folder `inside` the checkout that an environment variable names."""
    folder = Path(os.environ.get(variable, "")) / inside
    if not os.environ.get(variable) or not folder.is_dir():
        raise Missing("not installed")
    return folder


def build(target, *arguments):
    """Our few lines around a rival's sources."""
    command = [os.environ.get("CXX", "g++"), "-O2", "-w", "-o", target, HERE / "ears_rivals.cpp", *arguments]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(error, getattr(error, "stderr", ""), file=sys.stderr)
        raise Missing("does not build") from error
    return [target]


def aubio(_):
    return [program("AUBIOTRACK", "aubiotrack"), "-B", "1024", "-H", "512", "-i"]


def btrack(scratch):
    src, fft = checkout("BTRACK", "src"), checkout("BTRACK", "libs/kiss_fft130")
    sources = [src / "BTrack.cpp", src / "OnsetDetectionFunction.cpp", fft / "kiss_fft.c"]
    return build(scratch / "btrack", "-DBTRACK", "-DUSE_KISS_FFT", "-I", src, "-I", fft, *sources, "-lsamplerate")


def qlcplus(scratch):
    src = checkout("QLCPLUS", "engine/audio/src")
    return build(scratch / "qlcplus", "-I", src, src / "beattracker.cpp")


def madmom(_):
    return [program("MADMOM", "DBNBeatTracker"), "online"]


# How each is set up; whether it opens the file itself rather than reading samples from standard input; noise added.
RIVALS = {
    "aubio": (aubio, True, 2),
    "BTrack": (btrack, False, 0),
    "QLC+": (qlcplus, False, 0),
    "madmom online": (madmom, True, 0),
}


def load(path, noise):
    """The samples of a clip, with noise of so many steps of 16 bits."""
    with wave.open(str(path)) as clip:
        if (clip.getnchannels(), clip.getsampwidth(), clip.getframerate()) != (1, 2, RATE_HZ):
            sys.exit(f"{path} is not 16-bit mono at {RATE_HZ} Hz")
        samples = np.frombuffer(clip.readframes(clip.getnframes()), "<i2").astype(int)
    hiss = np.random.default_rng(0).integers(-noise, noise, len(samples), endpoint=True)
    return np.clip(samples + hiss, -32768, 32767).astype("<i2")


def save(path, samples):
    with wave.open(str(path), "wb") as clip:
        clip.setnchannels(1)
        clip.setsampwidth(2)
        clip.setframerate(RATE_HZ)
        clip.writeframes(samples.tobytes())
    return path


def times(text):
    """Beat times, one a line, as mir_eval wants them: rising."""
    return np.unique([float(line) for line in text.split()])


def hear(command, opens, noise, path, scratch):
    """The beats a rival hears in a clip, the clip's length and the CPU it took, both in seconds."""
    samples = load(path, noise)
    if opens:
        how = {"args": [*command, save(scratch / "clip.wav", samples)], "stdin": subprocess.DEVNULL}
    else:
        how = {"args": command, "input": samples.tobytes()}
    before = getrusage(RUSAGE_CHILDREN)
    ran = subprocess.run(**how, check=True, capture_output=True, env={**os.environ, **ONE_THREAD})
    after = getrusage(RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return times(ran.stdout.decode()), len(samples) / RATE_HZ, cpu_s


def score(truth, heard):
    """F, CMLt and the offsets of what is near a true beat."""
    truth, heard = (mir_eval.beat.trim_beats(beats) for beats in (truth, heard))
    if not len(truth) or not len(heard):
        return 0.0, 0.0, np.empty(0)
    offsets = heard - truth[np.abs(heard[:, None] - truth).argmin(axis=1)]
    cmlt = mir_eval.beat.continuity(truth, heard)[1]
    return mir_eval.beat.f_measure(truth, heard), cmlt, offsets[np.abs(offsets) <= NEAR_S]


def row(name, clips, listen, cost=None):
    """A line of the table. `listen` gives beats, seconds of sound and seconds of CPU for a path."""
    cells, offsets, spent = [], [], np.zeros(2)
    for part, paths in clips.items():
        scores = []
        for path in paths:
            heard, sound_s, cpu_s = listen(path)
            f, cmlt, late = score(times(path.with_suffix(".truth").read_text()), heard)
            print(f"{name}: {part}/{path.stem}: F {f:.3f}, CMLt {cmlt:.3f}", file=sys.stderr)
            scores.append((f, cmlt))
            offsets.extend(late)
            spent += sound_s, cpu_s
        cells += [f"{mean:.3f}" for mean in np.mean(scores, axis=0)] if scores else ["–", "–"]
    if cost:
        spent = np.array(listen(cost)[1:])
    cells.append(f"{1000 * np.median(offsets):+.0f}" if offsets else "–")
    cells.append(f"{spent[0] / spent[1]:.0f}" if spent[1] else "–")
    return f"| {name} | {' | '.join(cells)} |"


def rival(name, clips, night, scratch):
    """A rival's line, or a line that says why there is none."""
    prepare, opens, noise = RIVALS[name]
    try:
        command = prepare(scratch)
        return row(name, clips, lambda path: hear(command, opens, noise, path, scratch), night)
    except Missing as why:
        return f"| {name} | {why} |" + " |" * (2 * len(clips) + 1)
    except subprocess.CalledProcessError as error:
        print(error, error.stderr.decode(), file=sys.stderr)
        return f"| {name} | fails |" + " |" * (2 * len(clips) + 1)


def main(folder):
    found = {path.parent.name for path in folder.glob("*/*.wav")}
    parts = [part for part in SETS if part in found] + sorted(found.difference(SETS))
    clips = {part: sorted((folder / part).glob("*.wav")) for part in parts}
    if not clips:
        sys.exit(f"no clips in {folder}\n\n{__doc__}")
    night = folder / "night.wav"
    heads = [f"{measure} {part}" for part in clips for measure in ("F", "CMLt")]
    table = [f"| tracker | {' | '.join(heads)} | offset ms | times real time |", "|---" * (len(heads) + 3) + "|"]
    table.append(row("halation", clips, lambda path: (times(path.with_suffix(".ours").read_text()), 0, 0)))
    with tempfile.TemporaryDirectory() as scratch:
        table += [rival(name, clips, night if night.exists() else None, Path(scratch)) for name in RIVALS]
    print("\n".join(table))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
