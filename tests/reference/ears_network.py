"""What torch makes of the ears' network, for src/audio/beat/network/tests.rs to compare: python ears_network.py

Needs numpy, scipy, torch and safetensors. Writes tests/fixtures/ears_network.json: likelihoods of every tenth step for a
sound that both sides compute from a formula. To be run again whenever models/ears/ears.safetensors changes.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

HERE = Path(__file__).parent
EARS = HERE.parent.parent / "models" / "ears"
sys.path.insert(0, str(EARS / "train"))
import features  # noqa: E402
from network import Ears  # noqa: E402

SECONDS, EVERY = 10, 10


def noise(n):
    """White noise in −1..1 (splitmix64), as club/drums.rs has it."""
    with np.errstate(over="ignore"):
        z = n.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x123456789ABCDEF1)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / 2.0**52 - 1.0


def sound():
    """Thuds on the beat at 126, hisses between them."""
    n = np.arange(SECONDS * features.RATE_HZ)
    t, beat_s = n / features.RATE_HZ, 60 / 126
    thud = np.sin(2 * np.pi * 55 * t) * np.exp(-np.mod(t, beat_s) / 0.1)
    hiss = noise(n) * np.exp(-np.mod(t + beat_s / 2, beat_s) / 0.02)
    return (0.5 * thud + 0.2 * hiss).astype(np.float32)


def main():
    net = Ears().eval()
    net.load_state_dict({name: x.float() for name, x in load_file(EARS / "ears.safetensors").items()})
    seen = features.inputs(features.amplitudes(sound()))
    with torch.no_grad():
        told = torch.sigmoid(net(torch.from_numpy(seen)[None]))[0]
    rows = [[round(float(v), 5) for v in row] for row in told[::EVERY]]
    path = HERE.parent / "fixtures" / "ears_network.json"
    path.write_text(json.dumps({"every": EVERY, "told": rows}) + "\n")
    print(f"{len(rows)} steps in {path}")


if __name__ == "__main__":
    main()
