"""The flow interpolator beside OpenCV's DIS (medium), on the same pairs in one run.

    python flow_peers.py TEST_BINARY STILL.jpg ... [--stream FOLDER ...]   (needs numpy, opencv-python and Pillow)

TEST_BINARY is the library's test binary: `cargo test --lib --no-run` says where it is. Each still is translated, zoomed and
turned, and has a disc of the next one moved over it; the middle is compared with the truth. DIS is interpolated by the same
gathering and blending, once as it is and once with the confidence that its own two ways give. Folders of --stream hold
consecutive images of the generator, in the order of their names: how far both sides, warped to the middle, differ where the
confidence is at least a half, over how far they differ in a fade there. The processor's flow is measured; with FLOW_ON_DEVICE set
it is the device's.
"""
import glob, os, subprocess, sys, tempfile
import cv2, numpy as np
from PIL import Image

binary, rest = sys.argv[1], sys.argv[2:]
cut = rest.index("--stream") if "--stream" in rest else len(rest)
stills, streams = rest[:cut], rest[cut + 1 :]
load = lambda path: np.asarray(Image.open(path).convert("RGB"), np.float32) / 255
linear = lambda x: np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4).astype(np.float32)
encoded = lambda x: np.where(x <= 0.0031308, x * 12.92, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)
psnr = lambda a, b: -10 * np.log10(((a - b) ** 2).mean() + 1e-9)


def sampled(image, off):
    h, w = image.shape[:2]
    x, y = np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32))
    return cv2.remap(image, x + off[..., 0].astype(np.float32), y + off[..., 1].astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def placed(image, matrix):
    """Sampled through a 2x3 map about the middle."""
    h, w = image.shape[:2]
    x, y = np.meshgrid(np.arange(w) - w / 2 + 0.5, np.arange(h) - h / 2 + 0.5)
    (a, b, c), (d, e, f) = matrix
    return sampled(image, np.stack([a * x + b * y + c - x, d * x + e * y + f - y], -1))


def motion(kind, t, image, other):
    c, s = np.cos(0.05 * t), np.sin(0.05 * t)
    if kind == "translate": return placed(image, [[1, 0, 9 * t], [0, 1, -5 * t]])
    if kind == "zoom": return placed(image, [[1 + 0.06 * t, 0, 0], [0, 1 + 0.06 * t, 0]])
    if kind == "rotate": return placed(image, [[c, -s, 0], [s, c, 0]])
    h, w = image.shape[:2]
    x, y = np.meshgrid(np.arange(w), np.arange(h))
    disc = (np.hypot(x - w * 0.4 - 14 * t, y - h * 0.5 - 4 * t) < h * 0.2)[..., None]
    return np.where(disc, placed(other, [[1, 0, -14 * t], [0, 1, -4 * t]]), image)


def dis(a, b):
    gray = lambda x: np.round(255 * x @ np.float32([0.2126, 0.7152, 0.0722])).astype(np.uint8)
    return cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(gray(a), gray(b), None)


def agreement(there, back):
    off, most = there + sampled(back, there), 0.01 * ((there**2).sum(-1) + (sampled(back, there) ** 2).sum(-1)) + 0.5
    return 1 - np.clip((off**2).sum(-1) / most - 0.5, 0, 1)[..., None]


def sides(a, b, there, back):
    return sampled(a, (back - there) / 4), sampled(b, (there - back) / 4)


def grid(path):
    """A flow on the grid of a graphics card or of a software driver."""
    values = np.fromfile(path, np.float32)
    return values.reshape((54, 96, 5) if values.size == 54 * 96 * 5 else (36, 64, 5))


def run(pairs):
    """The walls in the middle, and the flows with their confidence, of pairs of pictures."""
    with tempfile.TemporaryDirectory() as folder:
        for k, pair in enumerate(pairs):
            for end, image in zip("ab", pair):
                Image.fromarray(np.round(image * 255).astype(np.uint8)).save(f"{folder}/{k}{end}.png")
        command = [binary, "--exact", "render::tests::flow::pairs_of_a_folder", "--ignored"]
        subprocess.run(command, check=True, env={**os.environ, "FLOW_PAIRS": folder}, stdout=subprocess.DEVNULL)
        walls = [load(f"{folder}/{k}m.png") for k in range(len(pairs))]
        return walls, [grid(f"{folder}/{k}.flow") for k in range(len(pairs))]


eight = lambda image: np.round(image * 255).astype(np.float32) / 255
if stills:
    pictures = [load(path) for path in stills]
    print("| motion | ours | DIS | DIS with confidence | fade |\n|---|---|---|---|---|")
    for kind in ("translate", "zoom", "rotate", "occluder"):
        triples = [[eight(motion(kind, t, p, pictures[(k + 1) % len(pictures)])) for t in (0, 0.5, 1)] for k, p in enumerate(pictures)]
        walls, _ = run([(a, b) for a, _, b in triples])
        rows = []
        for (a, truth, b), wall in zip(triples, walls):
            there, back = dis(a, b), dis(b, a)
            la, lb = linear(a), linear(b)
            moved, faded = sum(sides(la, lb, there, back)) / 2, (la + lb) / 2
            sure = np.minimum(agreement(there, back), agreement(back, there))
            shown = [moved, faded * (1 - sure) + moved * sure, faded]
            rows.append([psnr(wall, truth)] + [psnr(encoded(x), truth) for x in shown])
        print(f"| {kind} | " + " | ".join(f"{x:.2f}" for x in np.mean(rows, 0)) + " |")
for folder in streams:
    images = [load(path) for path in sorted(glob.glob(f"{folder}/*.png"))]
    pairs = list(zip(images, images[1:]))
    warped = faded = covered = total = 0
    for (a, b), flow in zip(pairs, run(pairs)[1]):
        h, w = a.shape[:2]
        wide = cv2.resize(flow, (w, h), interpolation=cv2.INTER_LINEAR)
        sure = wide[..., 4] >= 0.5
        there, back = wide[..., :2] * (w, h), wide[..., 2:4] * (w, h)
        x, y = sides(a, b, there, back)
        warped += np.abs(x - y).mean(-1)[sure].sum()
        faded += np.abs(a - b).mean(-1)[sure].sum()
        covered, total = covered + sure.sum(), total + sure.size
    print(f"{folder}: {warped / max(faded, 1e-9):.3f} of the fade's difference, where confident: {covered / total:.3f} of the wall")
