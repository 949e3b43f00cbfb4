"""What Deforum's own code makes of schedule strings: tests/fixtures/motion/schedules.json.

    python tests/reference/deforum_schedules.py WEBUI V07

WEBUI is a checkout of deforum-art/sd-webui-deforum (3224268), V07 one of deforum-art/deforum-stable-diffusion (9d2caaa).
Nothing of them is kept here: the schedule functions are picked out of the checkouts by name and run as they are.
Needs numpy 1.26, numexpr 2.10 and pandas 2.2.

"cases": {text, n, s, values or error}, with "kind":"text" for text schedules and "dialect":"v07" for the old grammar
(no dialect: webui). Values stand for the frames 0 … n-1; a trailing run of one value is written once, as "hold".
An error is the class that the original raised. "defaults": every schedule of the shipped settings file, n 20, s 7.
"""

import ast
import json
import math
import re
import sys
import warnings
from pathlib import Path

import numexpr
import numpy
import pandas

OUT = Path(__file__).parent.parent / "fixtures" / "motion" / "schedules.json"
warnings.simplefilter("ignore")


def pick(path, names, **scope):
    """Run just the named functions and classes of a source file, without its imports."""
    tree = ast.parse(Path(path).read_text())
    tree.body = [n for n in tree.body if getattr(n, "name", None) in names]
    assert {n.name for n in tree.body} == set(names), path
    scope = dict(re=re, np=numpy, pd=pandas, numexpr=numexpr, math=math, **scope)
    exec(compile(tree, str(path), "exec"), scope)
    return scope


def plain(v):
    if isinstance(v, str):
        return v
    v = float(v)
    if math.isnan(v) or math.isinf(v):
        return str(v)
    return int(v) if v == int(v) and abs(v) < 1e15 else float(f"{v:.12g}")


def short(values):
    values = [plain(v) for v in values]
    end = len(values)
    while end > 1 and values[end - 1] == values[end - 2]:
        end -= 1
    return {"values": values} if end > len(values) - 3 else {"values": values[:end], "hold": len(values)}


class Webui:
    def __init__(self, root):
        helpers = Path(root) / "scripts" / "deforum_helpers"
        number = pick(helpers / "prompt.py", ["check_is_number"])["check_is_number"]
        self.make = pick(helpers / "animation_key_frames.py", ["FrameInterpolater"], check_is_number=number)["FrameInterpolater"]

    def run(self, text, n, s, is_text):
        return self.make(n, s).parse_inbetweens(text, "x", is_text)


class Old:
    def __init__(self, root):
        self.f = pick(Path(root) / "helpers" / "animation.py", ["check_is_number", "get_inbetweens", "parse_key_frames"])

    def run(self, text, n, s, is_text):
        return self.f["get_inbetweens"](self.f["parse_key_frames"](text), n, is_single_string=is_text)


def case(system, text, n, s, is_text=False, **more):
    out = {"text": text, "n": n, "s": s, **more}
    if is_text:
        out["kind"] = "text"
    try:
        return out | short(system.run(text, n, s, is_text))
    except BaseException as e:
        return out | {"error": type(e).__name__}


SEEDS = '0:(s), 1:(-1), "max_f-2":(-1), "max_f-1":(s)'
TABLE = [  # the golden table of the report
    ("0: (1.0025+0.002*sin(1.25*3.14*t/30))", 8, 7), ("0:(0), 10:(5)", 12, 7), ("0: (0.65), 25: (0.55)", 30, 7),
    ("0:(0), 5:(10), 300:(15)", 10, 7), ("0:(sin(t)), 5:(3), 8:(t%3)", 12, 7), ("0:(1.0+sin(t**2)), 4:(3), 7:(t%15)", 10, 7),
    ("0:(0), 2:(t), 4:(10), 8:(0)", 10, 7), ("0:(2*3), 4:(0)", 6, 7), (SEEDS, 5, 7), (SEEDS, 10, 7),
    ("0:(0), (max_f/2):(10), (max_f-1):(0)", 11, 7), ("0: 0.5, 4: 1", 6, 7), ('0:("0.5"), 4:("1")', 6, 7), ("0 : (.5), 4 : (1)", 6, 7),
    ("0:( 0.5 ), 4:( 1 )", 6, 7), ("0:(1e-3), 4:(1)", 8, 7), ("0:(.5), 4:(1.)", 8, 7), ("0: (-0.5), 4: (+.5)", 6, 7),
    ("0: 0: (0.5)", 4, 7), ("0:(1),0:(2)", 4, 7), ("5:(1), 0:(0)", 8, 7), ("0:((t>2)*5)", 5, 7), ("0:(-t%3)", 6, 7),
    ("0:(-0.06*(cos(3.141*t/15)**100)+0.06)", 6, 7), ("0:(10*sin(2*3.14*t/10))", 7, 7), ("0:(-0.35*(cos(3.141*t/25)**100)+0.8)", 4, 7),
    ("0:(0.25 * cos((72 / 60 * 3.141 * (t + 0) / 30))**13 + 0.7)", 8, 7),
    ("", 6, 7), ("0:(1),", 6, 7), ("0:()", 6, 7), ("0:(t", 6, 7), ("0:(1) 4:(2)", 6, 7), ("2.7:(1)", 6, 7), ("4.0:(1)", 6, 7),
    ("0:(1), 2.7:(2)", 6, 7), ("0:(1), 4.0:(2)", 6, 7), ("0:(where(t>2,1,0))", 6, 7), ("0:(pi)", 6, 7), ("0:(S)", 6, 7), ("4:(1)", 6, 7),
]
MORE = [
    # quotes, parentheses, white space
    "0:(1)", "0:1", "0: 1", " 0 : 1 ", "0 :(1)", "\n0:(1),\n4:(2)\n", "0:(1),\t4:(2)", "0:(1)\n,4:(2)", "0:('1'), 4:('2')", "'0':(1), '4':(2)",
    '"0":(1), "4":(2)', '"0": "1", "4": "2"', "(0):(1), (4):(2)", "0:((1)), 4:((2))", "0:(((1))), 4:2", "0:1), 4:(2", "0:(1, 4:2)", "0:)1(, 4:(2)",
    "0:('t')", '0:("t+1")', '0:("sin(t)"), 4:(1)', "0:(t ), 4:(1)", "0:( t), 4:(1)", "0: ( t ), 4: ( 1 )", "0: t, 4: 1", "0:t*2", "0:\n(t\n+1)", "0:(t)\n", "0:(t+\n1)",
    "0:(1 ), 4:(2 )", "0:( 1), 4:( 2)", "0:(1), 4:( 2)", "0:(- 1), 4:(2)", "0:(--1), 4:(2)", "0:(+1), 4:(-2)", "0:(1 2), 4:(3)", "0: (1)(2)",
    # numbers and things like numbers
    "0:(1.), 4:(2)", "0:(.5), 4:(.75)", "0:(5.0), 4:(-.5)", "0:(1e3), 4:(0)", "0:(1E-2), 4:(0)", "0:(0), 4:(1e-3)", "0:(0), 4:(1e-3), 7:(2)", "0:(0x10), 4:(0)", "0:(1_0), 4:(0)",
    "0:(00), 4:(02)", "0:(1/2), 4:(0)", "0:(.), 4:(1)", "0:(-), 4:(1)", "0:(+), 4:(1)", "0:(1.5.2)", "0:(inf)", "0:(nan)", "0:(1,5), 4:(2)", "0:(1;5)", "0:(True), 4:(0)", "0:(1j)",
    # keys
    "00:(1), 04:(2)", "0:(1), +4:(2)", "0:(1), -4:(2)", "-1:(5), 0:(1), 4:(2)", "0:(1), 4 :(2)", "0:(1), 2+2:(2)", "0:(1), (2+2):(2)", '0:(1), "2+2":(2)', "0:(1), 2*s:(9)", "0:(1), s:(9)",
    "0:(1), max_f:(9)", "0:(1), max_f/2:(9)", "0:(1), max_f/3:(9)", "0:(1), (max_f-1):(9)", '0:(1), "(max_f-1)":(9)', "0:(1), max_f+1:(9)", "0:(1), -max_f:(9)", "0:(1), max_f*2/3:(4), max_f:(0)",
    "0:(1), t:(2)", "0:(1), x:(2)", "0:(1), 4.5:(2)", "0:(1), 4.:(2)", "0:(1), 1e0:(2)", "0:(1), 9/2:(2)", "0:(1), 'max_f-2':(2)", "0:(1), (max_f)-(2):(2)", "0:(1), floor(max_f/2):(2)",
    "0:(1), sqrt(16):(2)", "0:(1), (t>1):(2)", "0:(0), 9999:(1)", "0:(0), 7:(7), 8:(1)", "0:(0), 8:(8)", "3:(1), 0:(0), 6:(5)", "0:(1), 2:(5), 0:(3)", "0:(1), 2:(5), 2:(t)", "0:(1), 4:(2), 4:(3)",
    "1:(2)", "1:(t)", "7:(1)", "8:(1)", "1:(1), 3:(2)", '"0:(1)"', "0.0:(1)", "0.:(1)", "False:(3)", "0-0:(3)", "(0:(1))", "max_f-max_f:(2)", ":(1)", "0:", "0", "0:(1), 4", "0:(1), 4:", "0:(1), :(2)", "x", "1", "t", "(1)", ",", ",0:(1)", "0:(1),,4:(2)",
    "0:(1), ", "0:(1),\n", " ", "0;(1)", "0=(1)", "0:(1) , 4:(2) ", "0:(1):(2)", "0:(1):4:(2)", "0:0:0", "0: 0: (0.5), 4: 1",
    # expressions and ramps
    "0:(t), 4:(0)", "0:(t), 4:(t*10)", "0:(0), 4:(t*10)", "0:(0), 3:(5), 4:(t*10), 6:(2)", "0:(s+t)", "0:(s%4)", "0:(max_f-t)", "0:(t/max_f)", "0:(max_f), 4:(s)", "0:(i)", "0:(n)", "0:(T)", "0:(max_frames)",
    "0:(1), 3:(2*1)", "0:(2*1), 3:(5), 5:(8)", "0:(1), 2:(sin(0)), 5:(3)", "0:(t%4), 6:(1)", "0:(t/0)", "0:(sqrt(3-t))", "0:(1), 4:(0/t)", "0:(1/t), 4:(2)", "0:(log(t)), 4:(2)", "0:(1), 3:(sqrt(0-t)), 5:(2)",
    "0:(t>2)", "0:(1), 3:(t>2)", "0:(t==3)", "0:(not t)", "0:(t&1)", "0:((t>1)&(t<5))", "0:((t>1)*(t<5))", "0:(t//2)", "0:(floor(t/2))", "0:(t^2)", "0:(t**2)", "0:(-t**2)", "0:(2**-t)", "0:(t**-1)", "0:(abs(t-4))",
    "0:(where(t>2, 1, 0))", "0:(where(t>2, 1, 0)), 5:(3)", "0:(arctan2(t, 3))", "0:(fmod(t, 3))", "0:(min(t, 3))", "0:(max(3, t))", "0:(t, 3)", "0:(sin(t), 4:(1)", "0:sin(t)), 4:(1)", "0:(sin t)", "0:(foo(t))", "0:(e)", "0:(fps)", "0:(f)",
    "0:(a b), 4:(1)", "0:('a'), 4:(1)", "0:(\"t\"*2)", "0:(1), 4:(pi)", "0:(1), 9:(pi)", "0:(1), 7:(pi)", "0:(1), 4:(2), 9:(", "0:(t:2)", "0:(1), 4:(t))", "0:(1)), 4:(2))",
    "0:(cos(3.14*t/4)), 4:(sin(3.14*t/4))", "0: (0), 2: (5), 4: (-5), 6: (5)", "0:(0.85), 2:(.35), 3:(0.85), 6:(0.35), 7:(0.85)", "0:(7), 3:(7.5), 5:(12)", "0:(-1), 4:(s), 5:(-1)",
    "0: (20*sin(5*t/100)), 4: (0.5)", "0:(0.02+0.02*cos(2*3.141*t/8)**2)", "0:(t%4294967293)", "0:(s+(t>3))", "0:(1.02),1:(1.02),2:(1.03)", "0:(tan(.2*t)-1)", "0:(exp(-t/3.))",
]
TEXTS = [
    ('0: ("Euler a"), 3: ("DPM++ 2M Karras")', 6), ('0: ("Euler a")', 4), ("0: (Euler a)", 4), ("0: Euler a", 4), ("0:('Euler a'), 2:(\"DDIM\")", 4), ('"0": "a", "2": "b"', 4),
    ('0: ("model1.ckpt"), 100: ("model2.safetensors")', 6), ('0: ("model1.ckpt"), 4: ("dir/model (2).safetensors")', 6), ('0: ("{video_mask}")', 4),
    ('0: ("({everywhere}&{init_mask})|!{video_mask}"), 2: ("<cat>")', 4), ('0: ("[C:\\\\mask.png]")', 4), ('0: ("a,b"), 2: ("c")', 4), ('0: ("a:b"), 2: ("c")', 4), ('2: ("late")', 4),
    ("0: (1)", 4), ("0: (1), 2: (x)", 4), ("0: (x), 2: (1)", 4), ("0: (x), 2: (1), 3: (y)", 4), ("0: (x), max_f-1: (y)", 6), ("0: (x), s: (y)", 10), ("0: (x), 2: ()", 4), ("0: ( x ), 2: ( y )", 4),
    ("0: (x), 9: (y)", 4), ("0: (x), 0: (y)", 4), ("2: (y), 0: (x)", 4), ("", 4), ("0: ()", 4), ("0: (t)", 4), ("0: (d'Arc)", 4), ("0: (x),", 4),
]
OLD = [
    ("0:(1)", 6), ("0: (1.0025+0.002*sin(1.25*3.14*t/30))", 6), ("0:(0), 4:(5)", 8), ("0:(0),4:(5),6:(1)", 8), ("0:(0), \n4:(5)", 8), ("0:(0),\n4:(5)", 8), ("0:(0) , 4:(5)", 8), ("0:(0)  ,4:(5)", 8), ("0:(0),  4:(5)", 8),
    ("0:(where(cos(6.28*t/10)>0, 1, 0))", 8), ("0:(where(t>2, 1, 0)), 5:(3)", 8), ("0:(arctan2(t, 3)), 6:(sin(t))", 8), ("0:(where((t>2)&(t<5), 1, 0))", 8), ("0:(where(sin(t), 1, 0), 4:(2)", 8), ("0:(fmod((t), 3))", 6),
    ("0: 1", 6), ("0:1, 4:2", 6), ("0 :(1)", 6), ("0 : (1)", 6), ("(0):(1)", 6), ('"0":(1)', 6), ('0:("1"), 4:("2")', 6), ("0:('1')", 6), ("0:( 1 ), 4:( 2 )", 6), ("0:(1e-3), 4:(1)", 6), ("0:(1.), 4:(2)", 6), ("0:(-.5), 4:(+.5)", 6),
    ("0:(s)", 6), ("0:(max_f)", 6), ("0:(max_frames)", 6), ("0:(i)", 6), ("0:(pi)", 6), ("0:(t), 4:(0)", 6), ("0:(0), 3:(t)", 6), ("0:(0), 300:(15)", 6), ("0:(0), max_f:(1)", 6), ("0:(0), 2.5:(1)", 6), ("0:(0), -2:(1)", 6),
    ("4:(1)", 6), ("3:(1), 0:(0)", 6), ("0:(1), 0:(2)", 6), ("", 6), (" ", 6), ("x", 6), ("0:()", 6), ("0:(1),", 6), ("0:(1), ", 6), ("0:(1),,4:(2)", 6), ("0:(t", 6), ("0:t)", 6), ("0:(1) 4:(2)", 6), ("0:(1)4:(2)", 6), ("0:(1);4:(2)", 6),
    ("0: 0: (0.5)", 6), ("0:(1):(2)", 6), ("a0:(1)", 6), ("10:(1), 0:(t%15)", 6), ("0:((1)), 4:((2))", 6), ("0:(t%3), 30:(0.35)", 6), ("0:(1), 4:(2) ", 6), ("0:(1), 4:(2)\n", 6), (" 0:(1)", 6), ("\n0:(1)", 6), ("0:\n(1)", 6), ("0:(\nt)", 6), ("0:(t\n)", 6), ("0:(t//2)", 6), ("0:((t>2)*5)", 6),
]
OLD_TEXTS = [('0: ("Euler a"), 3: ("DDIM")', 6), ("0: (klms), 2: ('ddim')", 4), ("0: (a), 2: (b (c)), 3: (d)", 4), ("0: (1)", 4), ("2: (x)", 4), ("0: (x), 2: (3)", 4)]


def defaults(root, system):
    settings = json.loads((Path(root) / "scripts" / "default_settings.txt").read_text())
    out = {}
    for key, text in settings.items():
        if isinstance(text, str) and re.match(r"\s*0\s*:", text):
            c = case(system, text, 20, 7, key in ("sampler_schedule", "checkpoint_schedule", "mask_schedule", "noise_mask_schedule"))
            if not key.startswith("cn_") or key.startswith("cn_1_"):
                out[key] = {k: c[k] for k in c if k not in ("n", "s")}
    return out


def main(webui_root, old_root):
    webui, old = Webui(webui_root), Old(old_root)
    seen, cases = set(), []
    for text, n, s in TABLE + [(t, 8, 7) for t in MORE] + [("0:(t), 4:(1)", 1, 7), ("0:(3), 4:(1)", 1, 7), ("0:(3), 1:(1)", 2, 7), ("0:(s)", 3, -1), ("0:(s*2), max_f:(s)", 5, 4294967295)]:
        if (text, n) not in seen:
            seen.add((text, n))
            cases.append(case(webui, text, n, s))
    cases += [case(webui, text, n, 7, True) for text, n in TEXTS]
    cases += [case(old, text, n, 7, dialect="v07") for text, n in OLD]
    cases += [case(old, text, n, 7, True, dialect="v07") for text, n in OLD_TEXTS]
    body = ",\n".join(json.dumps(c, ensure_ascii=False, separators=(",", ":")) for c in cases)
    rest = ",\n".join(json.dumps(k) + ":" + json.dumps(c, ensure_ascii=False, separators=(",", ":")) for k, c in defaults(webui_root, webui).items())
    OUT.write_text('{"cases":[\n' + body + '],\n"defaults":{\n' + rest + "}}\n")
    print(len(cases), "cases,", sum("error" in c for c in cases), "errors,", OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
