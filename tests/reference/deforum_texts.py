"""Seeds, cadence, prompts, looper and beat variables as Deforum has them -> tests/fixtures/motion/texts.json.

    python tests/reference/deforum_texts.py WEBUI V07 STUDIO

WEBUI and V07 as in deforum_schedules.py, STUDIO is a checkout of XmYx/deforum-studio (63896ca). Seeds, prompts, weighted
prompts and the Studio variables come out of the original functions; cadence and looper are restated here, because in the
originals they sit inside the render loop. The looper is webui's.

seeds:     24 seeds from 100, one per diffused frame.
cadence:   webui: per cadence the diffused frames and, per emitted frame, [frame, prev, next, tween, steps of prev, steps of
           next]: the frames whose images are blended (prev null: none yet) and how many camera moves each has had; it shows
           prev*(1-tween) + next*tween, or next alone at tween 1 or without prev. studio: the diffused frames and, for the
           others, [frame, next, steps]: it shows the last diffused image, moved, without a blend.
prompts:   {mode, n, seed, prompts, positive, negative} -> per frame [positive, negative] as handed to the model, or an error.
           Parts are separated as the original does it, spaces included; a frame like the one before is written as 0.
weighted:  v0.7: text, frame -> [[text, weight], …] positive and negative, normalised.
looper:    {keys, max, slope, tween} -> per frame [key image, blend].
studio:    cases {text, n, fps, bpm, offset, events, values}, and "table": every variable per frame of one setting.
"""

import copy
import json
import math
import random
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import numexpr
import numpy
import pandas

from deforum_schedules import pick, plain, short

OUT = Path(__file__).parent.parent / "fixtures" / "motion" / "texts.json"
warnings.simplefilter("ignore")


def seeds(helpers):
    step = pick(helpers / "seed.py", ["next_seed"], random=random)["next_seed"]
    out = []
    for behaviour, n in [("iter", 1), ("iter", 2), ("iter", 3), ("iter", 7), ("ladder", 1), ("alternate", 1), ("fixed", 1)]:
        args, root = SimpleNamespace(seed=100, seed_behavior=behaviour, seed_iter_N=n), SimpleNamespace(seed_internal=0)
        row = []
        for _ in range(24):
            row.append(args.seed)
            step(args, root)
        out.append(dict(behaviour=behaviour, n=n, seeds=row))
    return out


def cadence(frames, c):
    """One run of the render loop with numbers for images: (frame it was diffused at, camera moves since)."""
    diffused, emitted = [], []
    prev, following = None, None
    prev_at = next_at = 0
    f = 0
    while f < frames:
        if c > 1:
            start = max(0, f - c)
            for i in range(start, f):
                tween = (i - start + 1) / (f - start)
                if prev is not None and i > prev_at:
                    prev = (prev[0], prev[1] + 1)
                if i > next_at:
                    following = (following[0], following[1] + 1)
                prev_at = next_at = i
                emitted.append([i, prev and prev[0], following[0], plain(tween), prev and prev[1], following[1]])
        diffused.append(f)
        if c == 1:
            emitted.append([f, None, f, 1, None, 0])
        prev, prev_at, following, next_at = following, next_at, (f, 0), f
        f += c
    return dict(c=c, n=frames, diffused=diffused, emitted=emitted)


def studio_cadence(frames, c):
    diffused = list(range(0, frames, c))
    return dict(c=c, n=frames, diffused=diffused, moved=[[i, i - i % c, i % c] for i in range(frames) if i % c])


WAVE = {"0": "a cat --neg dog", "4": "a tree"}
PROMPTS = [
    ("2D", 8, {"0": "a", "4": "b"}), ("2D", 8, {"3": "late", "5": "later"}), ("2D", 6, {"0": "a --neg x", "3": "b"}), ("2D", 6, {"0": "a", "3": "b --neg y, z"}),
    ("2D", 4, {"0": "a --neg x --neg y"}), ("2D", 4, {"0": "--neg x"}), ("2D", 4, {"0": "a--negx"}), ("2D", 4, {"0": "  a  --neg   x  "}), ("2D", 4, {"0": "a --neg"}), ("2D", 4, {"0": ""}),
    ("2D", 6, {"0": "a (big:`1+t/10`)"}), ("2D", 6, {"0": "a (x:`max_f-t`) (y:`t*t`)"}), ("2D", 6, {"0": "a `t` --neg (b:`2*t`)"}), ("2D", 6, {"0": "a `sqrt(t)`"}), ("2D", 6, {"0": "a `sin(t)`"}), ("2D", 6, {"0": "a `t>2`"}),
    ("2D", 6, {"0": "a `t%3` `t%3`"}), ("2D", 6, {"0": "a `1/2`"}), ("2D", 6, {"0": "a `s`"}), ("2D", 6, {"0": "a `10` t"}), ("2D", 6, {"0": "a `t"}), ("2D", 6, {"0": "a ``"}), ("2D", 6, {"0": "`abs(t-3)` `floor(3.5)`"}), ("2D", 4, {"0": "`cos(0.5)`"}),
    ("2D", 6, {"0": "a", "max_f-1": "b"}), ("2D", 6, {"0": "a", "2+2": "b"}), ("2D", 6, {"0": "a", "9": "b"}), ("2D", 6, {"4": "b", "0": "a", "2": "c"}), ("2D", 6, {"0": "a", "02": "b"}), ("2D", 6, {"0": "(a:1.2), [b], ((c)), <lora:d:0.5>", "3": "e\nf"}),
    # without "--neg" in every key the original fails; a run always has it, as AROUND shows
    ("Interpolation", 6, WAVE), ("Interpolation", 6, {"0": "a", "4": "b"}), ("Interpolation", 6, {"0": "a"}), ("Interpolation", 6, {"0": "a cat --neg dog", "4": "a tree --neg"}),
    ("Interpolation", 6, {"0": "a --neg x", "4": "b --neg y"}), ("Interpolation", 8, {"0": "a--neg", "3": "b--neg y", "6": "c--neg"}), ("Interpolation", 5, {"0": "--neg x", "3": "b--neg"}), ("Interpolation", 4, {"0": "a --neg x --neg y", "2": "b --neg"}),
]
AROUND = [("2D", 4, {"0": "a", "2": "b --neg x"}, "best", "bad"), ("2D", 4, {"0": "a", "2": "b --neg x"}, "best, --neg worst", "bad"), ("2D", 4, {"0": "a"}, "", ""), ("2D", 4, {"0": "a"}, "", "--neg bad"), ("Interpolation", 4, {"0": "a", "2": "b --neg x"}, "best", "bad"), ("Interpolation", 6, WAVE, "", ""),
          *(("Interpolation", n, keys, "", "") for n, keys in [
    (6, {"0": "a", "4": "b"}), (8, {"0": "a", "3": "b --neg y", "6": "c"}), (6, {"2": "a", "4": "b"}), (6, {"4": "b", "0": "a"}), (6, {"0": "a", "max_f/2": "b"}), (6, {"0": "a", "max_f-1": "b"}), (6, {"0": "a", "max_f": "b"}),
    (6, {"0": "a", "9": "b"}), (6, {"0": "", "4": "b"}), (6, {"0": "a (x:`t`)", "3": "b"}), (6, {"0": "a `max_f`", "3": "b"}), (6, {"0": "a AND b", "3": "c"}), (6, {"0": "a", "3": "b", "5": "c --neg z"}), (4, {"0": "a", "0+0": "b"})])]


def prompts(helpers):
    f = pick(helpers / "prompt.py", ["check_is_number", "parse_weight", "split_weighted_subprompts", "interpolate_prompts", "prepare_prompt"])
    shown = pick(helpers / "render_modes.py", ["get_parsed_value"])["get_parsed_value"]
    # the run merges the general texts into each key before anything else
    merge = lambda key, a, b: f"{a} {key} {'' if '--neg' in key else '--neg'} {b}"
    out = []
    for mode, n, keys, *around in PROMPTS + AROUND:
        texts = {k: merge(v, around[0], around[1].replace("--neg", "")) for k, v in keys.items()} if around else keys
        case = dict(mode=mode, n=n, prompts=keys)
        if around:
            case |= dict(positive=around[0], negative=around[1])
        try:
            if mode == "Interpolation":
                series = quietly(f["interpolate_prompts"], texts, n)
            else:
                series = pandas.Series([numpy.nan] * n)
                for k, v in texts.items():
                    series[int(k) if k.isdigit() else int(numexpr.evaluate(k, local_dict={}, global_dict={}))] = v
                series = series.ffill().bfill()
            rows = []
            for t in range(n):
                if mode == "Interpolation":
                    text = shown(series[t].strip(), t, n)
                    text = text[:-5] if text.endswith("--neg") else text
                else:
                    text = quietly(f["prepare_prompt"], series[t], n, 7, t)
                row = list(f["split_weighted_subprompts"](text, t, n))
                rows.append(0 if t and row == last else row)
                last = row
            case["frames"] = rows
        except BaseException as e:
            case["error"] = type(e).__name__
        out.append(case)
    return out


def quietly(f, *args):
    import contextlib, io
    with contextlib.redirect_stdout(io.StringIO()):
        return f(*args)


WEIGHTED = [
    ("a girl holding a :flower:2, art, :deformed:-3:, :bad anatomy:-1.2:", 0), ("plain", 0), ("a:2 b:1", 0), ("a:2 b:-1", 0), ("a:0 b:1", 0), ("a:-1", 0), ("a:1 b:-1 c:-3", 0), ("a:.5 b:1", 0), ("a:0.5 b:1.5", 0), ("a: 2", 0), ("a:b", 0), ("a::2", 0),
    ("a\\:b:2 c:1", 0), ("a:`t/10` b:1", 5), ("a:`1-t/10` b:`t/10`", 3), ("a:`t` b:1", 0), ("a:`-t` b:1", 4), ("a:`sin(t)`", 2), ("a:`` b", 0), ("a:`pi`", 0), ("a:1e3 b", 0), ("a:+2 b:1", 0), (" a :3, b :1", 0), ("x, y, z", 0), ("a:2", 0), ("", 0), (":", 0), (":2", 0), ("a:-1:b:3:c", 0), ("a:100 b:-100 c", 0),
]


def weighted(old):
    f = pick(Path(old) / "helpers" / "prompt.py", ["check_is_number", "parse_weight", "normalize_prompt_weights", "split_weighted_subprompts"])
    out = []
    for text, t in WEIGHTED:
        case = dict(text=text, t=t)
        try:
            neg, pos = quietly(f["split_weighted_subprompts"], text, t)
            case |= dict(positive=[[a, plain(b)] for a, b in pos], negative=[[a, plain(b)] for a, b in neg])
        except BaseException as e:
            case["error"] = type(e).__name__
        out.append(case)
    return out


def looper(keys, n, top=.35, slope=.25, tween=20):
    rows = []
    for f in range(n):
        image = sum(f >= k for k in keys[1:])
        gap = 25
        for a, b in zip(keys, keys[1:]):  # a frame on a key belongs to the later pair
            if a <= f <= b:
                gap = b - a
        blend = .07
        if f % gap <= tween:
            blend = top - slope * math.cos((f % tween) / (tween / 2))
        rows.append([image, plain(blend)])
    return dict(keys=keys, max=top, slope=slope, tween=tween, frames=rows)


class Studio:
    def __init__(self, root):
        root = Path(root) / "src" / "deforum"
        rhythm = pick(root / "utils" / "rhythm_artithmetic.py", ["frame_to_beat", "frame_to_sec", "sec_to_frame", "sec_to_frame_exact", "beat_to_frame", "beat_to_frame_exact", "beat_to_sec"], List=list, Any=object)
        number = pick(root / "utils" / "string_utils.py", ["check_is_number"])["check_is_number"]
        rhythm = {k: v for k, v in rhythm.items() if "_to_" in k}
        self.make = pick(root / "pipelines" / "deforum_animation" / "animation_helpers.py", ["FrameInterpolator", "split_on_commas_outside_parentheses"],
                         check_is_number=number, copy=copy, random=random, **rhythm)["FrameInterpolator"]

    def one(self, text, n, fps, bpm, offset, events, s=7, rows=None):
        settings = SimpleNamespace(max_frames=n, fps=fps, bpm=bpm, beat_offset=offset, schedule_events=[{"time": e} for e in events])
        f = self.make(settings, s)
        if rows is not None:
            inner = f.prepare_local_variables
            f.prepare_local_variables = lambda **k: rows.append(inner(**k)) or rows[-1]
        return f.get_inbetweens(f.parse_key_frames(text))

    def cases(self):
        three = [.2, .55, .8]
        out = []
        for text, n, fps, bpm, offset, events in [
            ("(0): t", 5, 2, 120, 0, []), ("(0): bpm", 5, 2, 120, 0, []), ("(0): fps", 5, 2, 120, 0, []), ("(0): max_f", 5, 2, 120, 0, []), ("(0): beat", 5, 10, 120, 0, []), ("(0): beat", 5, 10, 120, .1, []),
            ("(0): frames_until_next_event", 10, 10, 120, 0, three), ("(0): frames_since_prev_event", 10, 10, 120, 0, three), ("(0): where((sec>0.2) & (frames_until_next_event<1), 1, -1)", 5, 10, 120, 0, [.2, .3]),
            ("(0): where(frames_until_next_event<1, 0.2, 0.8)", 5, 10, 120, 0, [.2]), ("(0): events_passed", 10, 10, 120, 0, [.2, .5]), ("0:(pi)", 3, 10, 120, 0, []), ("0:(f+s)", 4, 10, 120, 0, []),
            ("0:(where(beat%2<1, 1, 0)), 6:(4)", 10, 5, 90, 0, []), ("0:(1), 4:(where(t>5, 2, 3))", 10, 5, 90, 0, []), ("0:(fmod(t, 3)), (max_f-2):(0)", 10, 5, 90, 0, []), ("3:(1), 5:(2)", 8, 5, 90, 0, []), ("3:(t)", 8, 5, 90, 0, []),
            ("(0): sin(2*pi*beat)", 12, 12, 100, 0, []), ("(0): 1-progress_until_beat", 12, 12, 100, 0, []), ("(0): where(frames_since_beat<1, 1, 0)", 12, 12, 140, 0, []), ("0:(1), 4:(2),", 8, 5, 90, 0, []), ("", 8, 5, 90, 0, []), ("0:(unknown)", 8, 5, 90, 0, []), ("0:(t, 4:(1)", 8, 5, 90, 0, []),
        ]:
            case = dict(text=text, n=n, fps=fps, bpm=bpm, offset=offset, events=events)
            try:
                case |= short(self.one(text, n, fps, bpm, offset, events))
            except BaseException as e:
                case["error"] = type(e).__name__
            out.append(case)
        return out

    def table(self, n, fps, bpm, offset, events):
        rows = []
        self.one("0:(t)", n, fps, bpm, offset, events, rows=rows)
        names = [k for k in rows[0] if k != "unique"]
        return dict(n=n, fps=fps, bpm=bpm, offset=offset, events=events, s=7, values={k: [plain(r[k]) for r in rows] for k in names})


def main(webui, old, studio):
    helpers, studio = Path(webui) / "scripts" / "deforum_helpers", Studio(studio)
    parts = dict(
        seeds=seeds(helpers),
        cadence=[cadence(10, c) for c in range(1, 12)] + [cadence(11, 2), cadence(120, 8)],
        studio_cadence=[studio_cadence(10, c) for c in range(1, 12)],
        prompts=prompts(helpers),
        weighted=weighted(old),
        looper=[looper([0, 20, 40, 60], 70), looper([0], 30), looper([0, 10, 35], 50), looper([0, 30], 40, .5, .1, 8), looper([5, 9], 20)],
        studio=studio.cases(),
        table=[studio.table(10, 10, 120, .1, [.2, .55, .8]), studio.table(9, 12, 140, 0, [])],
    )
    lines = [json.dumps(k) + ":[\n" + ",\n".join(json.dumps(x, separators=(",", ":"), ensure_ascii=False) for x in v) + "]" for k, v in parts.items()]
    OUT.write_text("{" + ",\n".join(lines) + "}\n")
    print(OUT.stat().st_size, "bytes;", {k: len(v) for k, v in parts.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
