"""The pictures of the effects in README: one effect a picture, beside the wall without it.

    python look_pictures.py HALATION OUT.jpg      (needs Pillow)

Plays the show that plays at first, stepped, with its generator and sound at rest and one effect on.
"""
import re, subprocess, sys, tempfile
from pathlib import Path
from PIL import Image, ImageDraw, ImageFont

binary, out = sys.argv[1:3]
show = Path("mappings/shows/first-light.toml").read_text()
head, banks = show[: show.index("# What the sound does")], show[show.index("[[bank]]") :]
head = re.sub(r'^"(prompt\.slot|scene\.auto|look\.[^"]*)" *=.*\n', "", head, flags=re.M)
EFFECTS = [
    ("without", 3, {}), ("glow", 3, {"look.halation": 1.0}), ("mirror", 3, {"look.mirror": 1.0, "look.mirror.folds": 2}),
    ("mirror, 8 folds", 5, {"look.mirror": 1.0, "look.mirror.folds": 8}), ("tunnel", 3, {"look.tunnel": 0.8}),
    ("bend", 4, {"look.bend": 0.8}), ("edges", 3, {"look.contour": 0.8}), ("palette", 4, {"look.palette": 1.0}),
    ("rgb", 3, {"look.rgb": 0.8}), ("dots", 4, {"look.dots": 1.0}), ("lines", 3, {"look.dots": 1.0, "look.dots.kind": '"lines"'}),
    ("invert", 3, {"look.invert": 1.0}), ("overlay", 3, {"overlay.level": 1.0}),
    ("overlay, a mask", 4, {"overlay.level": 1.0, "overlay.mode": '"mask"'}),
    ("overlay, melting", 3, {"overlay.level": 0.8, "overlay.mode": '"melt"', "dream.rate": 1.5, "prompt.glide": 0.0}),
]
WIDTH, HEIGHT, COLUMNS = 320, 180, 5


def name_with_alpha():
    """The name of the instrument, white on nothing, as an artist's would be."""
    name = Image.new("RGBA", (640, 360))
    font = ImageFont.load_default(96) if ImageFont.core else ImageFont.load_default()
    ImageDraw.Draw(name).text((320, 180), "HALATION", font=font, anchor="mm", fill="white")
    return name



sheet = Image.new("RGB", (COLUMNS * WIDTH, -(-len(EFFECTS) // COLUMNS) * HEIGHT))
for k, (label, slot, values) in enumerate(EFFECTS):
    with tempfile.TemporaryDirectory(dir=".") as folder:
        values = {"prompt.slot": slot, "audio.react": 0.0, "dream.rate": 0.1, "prompt.walk": 0.0, **values}
        taken = "|".join(map(re.escape, values))
        head_here = re.sub(rf'^"({taken})" *=.*\n', "", head, flags=re.M) + "".join(f'"{a}" = {b}\n' for a, b in values.items())
        name_with_alpha().save(f"{folder}/name.png")
        (Path(folder) / "show.toml").write_text('overlay = "name.png"\n' + head_here + banks)
        command = [binary, "play", f"{folder}/show.toml", "--stepped", "--duration", "8" if "melting" in label else "1.5", "--fps", "20", "--size", "640x360"]
        subprocess.run(command + ["--audio", "none", "--capture", f"{folder}/frames"], check=True, capture_output=True)
        picture = Image.open(sorted(Path(folder, "frames").glob("*.png"))[-1]).convert("RGB").resize((WIDTH, HEIGHT), Image.LANCZOS)
    ImageDraw.Draw(picture).text((8, HEIGHT - 18), label, fill=(255, 255, 255), stroke_width=2, stroke_fill=(0, 0, 0))
    sheet.paste(picture, (k % COLUMNS * WIDTH, k // COLUMNS * HEIGHT))
sheet.save(out, quality=88)
