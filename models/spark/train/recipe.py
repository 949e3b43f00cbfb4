"""Trains spark from nothing, or on from a folder, and measures it: every stage in order, each a process of its own.

    python recipe.py --work W               from nothing
    python recipe.py --work W --from ..     on from the committed weights: fresh optimiser, warm-up; the last stages only

The weights, the judge, the table and the pictures of the model card are written over; `halation stills` remakes the stills
that are of these weights, `halation gallery` the pictures of README. What is done is noted in W and not done again; the two
ways need folders of their own. A day on two cores, half of it from the committed weights; a GPU is used when there is one.
"""

import argparse
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
# What was drawn least obediently after the first four stages of the UNet is seen two to three times as often in the fifth.
HARD = "nebula feather kaleidoscope marble galaxy bubbles checkerboard mirrorball ink dunes spiral plasma caustics starfield"
FIRST = """
train.py tokenizer
train.py vae --size 256 --pool 1600 --batch 16 --rate 1.2e-3 --minutes 14
train.py text --steps 1000
train.py latents --size 128 --pool 20000 --plain 0.4
train.py unet --size 128 --batch 64 --steps 2022
"""
PICTURES = "train.py latents --size 256 --pool 20000 --plain 0.4"
GROW = """
train.py unet --size 256 --steps 1432 --rate 5e-4
train.py unet --size 256 --steps 2056 --rate 5e-4 --guidance 2
train.py unet --size 256 --steps 2374 --rate 6e-4 --guidance 2 --batch 32 --seed 6
"""
THEN = f"""
train.py latents --size 256 --pool 6000 --plain 0.7 --first 10 --only {HARD}
train.py latents --size 384 --height 128 --pool 4000 --plain 0.6 --first 20
train.py latents --size 384 --pool 2000 --plain 0.6 --first 24
train.py unet --size 256 --also 384 384x128 --steps 2431 --rate 5e-4 --guidance 2.3 --batch 32 --seed 7
train.py few --size 256 --also 384 384x128 --steps 1155 --rate 5e-4 --batch 32 --again 3
train.py between --size 256 --steps 7000 --rate 1e-3 --batch 48
train.py export --out ..
train.py decoder --from .. --out .. --pool 500 --batch 8 --rate 4e-4 --steps 1000
judge.py --pictures 54000 --minutes 12
evaluate.py --model .. --out ../evaluation.md
look.py --model .. --out ../pictures
sheet.py ../pictures/world.jpg
"""

if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--work", type=Path, required=True)
    p.add_argument("--from", dest="start", type=Path, help="a diffusers folder such as the committed one")
    a = p.parse_args()
    a.work.mkdir(parents=True, exist_ok=True)
    note, other = (a.work / name for name in (("went-on", "done") if a.start else ("done", "went-on")))
    if other.exists():
        sys.exit(f"{other} tells that {a.work} was begun the other way; give another folder to --work")
    if a.start:  # Its words and its latents must stay what its UNet knows.
        for part in ("tokenizer", "vae"):
            shutil.copytree(a.start / part, a.work / part, dirs_exist_ok=True)
    done = note.read_text().splitlines() if note.exists() else []
    stages = [PICTURES, THEN] if a.start else [FIRST, PICTURES, GROW, THEN]
    for line in "\n".join(stages).splitlines():
        if not line or line in done:
            continue
        print(">", line, flush=True)
        script, *options = shlex.split(line)
        where = ["--work", a.work.resolve()] if script in ("train.py", "judge.py") else []
        start = ["--from", a.start.resolve()] if a.start and script == "train.py" and "--from" not in options else []
        subprocess.run([sys.executable, HERE / script, *options, *where, *start], cwd=HERE, check=True)
        note.write_text("\n".join(done := [*done, line]) + "\n")
    print(f"all done; {note} lists what", flush=True)
