"""Deforum's camera: 2D matrices, perspective flip, 3D offsets -> tests/fixtures/motion/geometry.json.

    python tests/reference/deforum_geometry.py WEBUI V07

The checkouts are those of deforum_schedules.py. Needs numpy 1.26 and OpenCV 4.10; with torch at hand the 3D offsets
are also taken from the original's camera code (V07/src/py3d_tools.py, 32-bit) and must agree with the formula, or
the script stops. Numbers are 64-bit, rounded to 12 digits.

plane: W H angle zoom cx cy tx ty -> m, the six numbers of the upper rows of Rot(angle, zoom about (W cx, H cy)) * Translate(tx, ty).
flip:  W H theta phi gamma fv -> m, the nine numbers of the homography over its last one, and side, the internal edge.
space: t r fov aspect -> off, per point and per z of [1, 1.5, 2] the offset (x, y). The points are in "points".
"""

import json
import math
import random
import sys
from functools import reduce
from pathlib import Path

import cv2
import numpy

from deforum_schedules import pick

OUT = Path(__file__).parent.parent / "fixtures" / "motion" / "geometry.json"
ZS = [1.0, 1.5, 2.0]


def num(v):
    return float(f"{float(v):.12g}")


def sizes(r):
    return r.choice([(512, 512), (768, 512), (512, 768), (1280, 720), (720, 1280), (386, 386), (1216, 832), (64, 128), (1001, 333)])


def plane(r, i):
    w, h = sizes(r)
    if i == 0:
        w, h, angle, zoom, cx, cy, tx, ty = 512, 512, 5, 1.04, .5, .5, 10, -3
    elif i == 1:
        w, h, angle, zoom, cx, cy, tx, ty = 768, 512, -30, .98, .25, .75, 0, 0
    elif i == 2:
        angle, zoom, cx, cy, tx, ty = 0, 1, .5, .5, 0, 0
    elif i == 3:
        angle, zoom, cx, cy, tx, ty = 0, 0, .5, .5, 7, 9
    else:
        angle, zoom = round(r.uniform(-200, 200), 3), round(r.uniform(.5, 2), 4)
        cx, cy = (.5, .5) if r.random() < .3 else (round(r.uniform(-.5, 1.5), 3), round(r.uniform(-.5, 1.5), 3))
        tx, ty = r.randint(-400, 400) / 8, r.randint(-400, 400) / 8  # exact in 32 bits, in which Deforum keeps them
    rot = numpy.vstack([cv2.getRotationMatrix2D((w * cx, h * cy), angle, zoom), [0, 0, 1]])
    move = numpy.array([[1, 0, tx], [0, 1, ty], [0, 0, 1]], dtype=float)
    m = rot @ move
    return dict(W=w, H=h, angle=angle, zoom=zoom, cx=cx, cy=cy, tx=tx, ty=ty, m=[num(v) for v in m[:2].ravel()])


def flip(r, i, warp):
    w, h = sizes(r)
    theta, phi, gamma, fv = (round(r.uniform(-60, 60), 2) for _ in "abcd")
    fv = round(r.uniform(30, 160), 1)
    if i == 0:
        w, h, theta, phi, gamma, fv = 512, 512, 10, 5, 2, 53
    elif i == 1:
        w, h, theta, phi, gamma, fv = 512, 512, 0, 0, 0, 53
    elif i < 5:
        theta, phi, gamma = ([theta, 0, 0], [0, phi, 0], [0, 0, gamma])[i - 2]
    m33, side = warp(w, h, theta, phi, gamma, 1.0, fv)
    back = numpy.vstack([numpy.float32([[1, 0, (w - side) / 2], [0, 1, (h - side) / 2]]), [0, 0, 1]])
    m = m33 @ back
    m = m / m[2, 2]
    return dict(W=w, H=h, theta=theta, phi=phi, gamma=gamma, fv=fv, side=num(side), m=[num(v) for v in m.ravel()])


def turn(r):
    x, y, z = (math.radians(v) for v in r)
    rx = numpy.array([[1, 0, 0], [0, math.cos(x), -math.sin(x)], [0, math.sin(x), math.cos(x)]])
    ry = numpy.array([[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]])
    rz = numpy.array([[math.cos(z), -math.sin(z), 0], [math.sin(z), math.cos(z), 0], [0, 0, 1]])
    return rx @ ry @ rz


def offsets(points, t, r, fov, aspect):
    """The formula: p' = p R + T in row vectors, x over aspect; the near and far planes cancel out."""
    rot, shift = turn(r), numpy.array([-t[0], t[1], -t[2]]) / 200
    s2 = 1 / math.tan(math.radians(fov) / 2)
    out = []
    for x, y in points:
        for z in ZS:
            q = numpy.array([x, y, z]) @ rot + shift
            out.append((s2 / aspect * (q[0] / q[2] - x / z), s2 * (q[1] / q[2] - y / z), q[2]))
    return out


def original(p3d, torch, points, t, r, fov, aspect):
    rot = p3d.euler_angles_to_matrix(torch.tensor([math.radians(v) for v in r]), "XYZ").unsqueeze(0)
    shift = torch.tensor([[-t[0] / 200, t[1] / 200, -t[2] / 200]])
    still = p3d.FoVPerspectiveCameras(200, 10000, aspect, fov=fov, degrees=True)
    moved = p3d.FoVPerspectiveCameras(200, 10000, aspect, fov=fov, degrees=True, R=rot, T=shift)
    world = torch.tensor([[x, y, z] for x, y in points for z in ZS])
    a, b = (c.get_full_projection_transform().transform_points(world)[:, :2] for c in (still, moved))
    return (b - a).tolist()


def space(r, i, points, p3d, torch):
    t = [round(r.uniform(-60, 60), 2) for _ in range(3)]
    turns = [round(r.uniform(-25, 25), 2) for _ in range(3)]
    fov, aspect = round(r.uniform(25, 130), 1), r.choice([1, 1, 1, 1.7778, .5625, round(r.uniform(.4, 2.5), 3)])
    if i < 9:
        one = [([0, 0, 1.75], [0, 0, 0]), ([10, 0, 0], [0, 0, 0]), ([0, 10, 0], [0, 0, 0]), ([0, 0, 0], [1, 0, 0]), ([0, 0, 0], [0, 1, 0]),
               ([0, 0, 0], [0, 0, 1]), ([5, -3, 2], [1, 2, 3]), ([0, 0, 0], [0, 0, 0]), ([0, 0, -40], [0, 0, 180])][i]
        t, turns, fov, aspect = *one, 40 if i == 6 else 70, 1
    ours = offsets(points, t, turns, fov, aspect)
    assert min(abs(q[2]) for q in ours) > .15, "a point near the camera plane: choose other numbers"
    worst = 0.
    if p3d:
        for a, b in zip(ours, original(p3d, torch, points, t, turns, fov, aspect)):
            worst = max(worst, abs(a[0] - b[0]) / (1 + abs(a[0])), abs(a[1] - b[1]) / (1 + abs(a[1])))
        assert worst < 5e-5, (i, worst)
    return dict(t=t, r=turns, fov=fov, aspect=aspect, off=[[num(x), num(y)] for x, y, _ in ours]), worst


def main(webui, old):
    r = random.Random(7)
    names = ["getRotationMatrixManual", "getPoints_for_PerspectiveTranformEstimation", "warpMatrix"]
    warp = pick(Path(webui) / "scripts" / "deforum_helpers" / "animation.py", names, cv2=cv2, reduce=reduce)["warpMatrix"]
    planes = [plane(r, i) for i in range(60)]
    flips = [flip(r, i, warp) for i in range(40)]
    points = [[0.5, 0.25], [0, 0], [-1, 1], [1, 1], [-0.375, -0.8]]
    try:
        import torch
        sys.path.insert(0, str(Path(old) / "src"))
        import py3d_tools as p3d
    except ImportError as e:
        print("3D by formula only:", e)
        torch = p3d = None
    spaces, worst = [], 0.
    while len(spaces) < 40:
        try:
            one, off = space(r, len(spaces), points, p3d, torch)
        except AssertionError as e:
            if "plane" not in str(e):
                raise
            continue
        spaces.append(one)
        worst = max(worst, off)
    lines = lambda rows: ",\n".join(json.dumps(x, separators=(",", ":")) for x in rows)
    OUT.write_text('{"plane":[\n' + lines(planes) + '],\n"flip":[\n' + lines(flips) + '],\n"points":' + json.dumps(points) + ',"zs":' + json.dumps(ZS)
                   + ',\n"space":[\n' + lines(spaces) + "]}\n")
    print(OUT.stat().st_size, "bytes; py3d_tools and the formula differ by", worst if p3d else "(not run)")


if __name__ == "__main__":
    main(*sys.argv[1:])
