"""Golden values of numexpr, the expression language of Deforum's schedules: tests/fixtures/motion/numexpr.json.

    python tests/reference/numexpr_random.py

Needs numexpr 2.10 and numpy 1.26; no MKL/VML build. The variables are Python integers, as Deforum passes them
(64 bit in numexpr). Each entry is [text, rows] with rows of [t, s, max_f, result], or [text, class of the error]
where numexpr refuses the text. Results: a number, "nan", "inf", "-inf"; a truth value is 1 or 0. Two texts whose
result is no real number carry "complex" instead of rows, a text literal carries its error.

Left out on purpose, so that no evaluator has to copy accidents of C:
* whatever needs an integer beyond 31 bits on the way (numexpr wraps around; constants alone are Python's big integers);
* what hangs on the last digits (floor, comparison or % right at a step after a transcendental function): decided by
  evaluating twice with a small disturbance of every transcendental result;
* numexpr's 32-bit floats, which arise when a truth value is passed to a function: only in the hand-written part,
  and only with an exact result.
"""

import ast
import json
import math
import random
import warnings
from pathlib import Path

import numexpr
import numpy

OUT = Path(__file__).parent.parent / "fixtures" / "motion" / "numexpr.json"
COUNT = 2000
warnings.simplefilter("ignore")

ONE = ("sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh exp expm1 log log10 log1p sqrt abs floor "
       "ceil ones_like real imag conj").split()
OFTEN = ["sin", "cos", "abs", "sqrt", "floor", "exp", "tanh"]
TWO = ["arctan2", "fmod"]
EXACT = {"abs", "floor", "ceil", "ones_like", "real", "imag", "conj", "sqrt", "fmod", "where"}


class Unfit(Exception):
    pass


def number(r):
    k = r.random()
    if k < .4:
        return str(r.choice([0, 1, 1, 2, 2, 3, 4, 5, 7, 10, 12, 30, 60, 100]))
    if k < .6:
        return f"{r.uniform(0, 10):.{r.randint(1, 4)}f}"
    return r.choice(["3.14", "3.141", "6.28", ".5", ".25", "1.", "2.", "1e-3", "2.5e-2", "1e2", ".02", "0.65", "1.0025", "0.0", "1.5"])


def atom(r):
    return number(r) if r.random() < .5 else r.choice(["t", "t", "t", "t", "s", "max_f"])


def maybe(r, text, often):
    return f"({text})" if r.random() < often else text


def value(r, depth):
    """A text meant to be a number. Parentheses are often left away, so that precedence decides."""
    if depth <= 0:
        return atom(r)
    k = r.random()
    if k < .45:
        op = r.choice("+ - * / + - * / % **".split())
        a, b = value(r, depth - 1), value(r, depth - 1 - (r.random() < .4))
        if op == "**":
            b = r.choice(["2", "3", "2.", ".5", "1.5", "-1", "0", "13", b])
        pad = r.choice(["", "", " "])
        return f"{maybe(r, a, .6)}{pad}{op}{pad}{maybe(r, b, .6)}"
    if k < .55:
        return "-" + maybe(r, value(r, depth - 1), .6)
    if k < .8:
        f = r.choice(ONE + OFTEN * 2)
        return f"{f}({value(r, depth - 1)})"
    if k < .86:
        return f"{r.choice(TWO)}({value(r, depth - 1)},{r.choice(['', ' '])}{value(r, depth - 1)})"
    if k < .93:
        return f"where({truth(r, depth - 1)}, {value(r, depth - 1)}, {value(r, depth - 1)})"
    if k < .99:
        return f"({truth(r, depth - 1)})*{maybe(r, value(r, depth - 1), .7)}"
    return truth(r, depth - 1)


def truth(r, depth):
    k = r.random()
    if depth <= 0 or k < .6:
        op = r.choice(["<", "<=", ">", ">=", "==", "!="])
        return f"{value(r, max(0, depth - 1))}{op}{value(r, max(0, depth - 1))}"
    if k < .85:
        return f"({truth(r, depth - 1)}){r.choice('&|')}({truth(r, depth - 1)})"
    if k < .95:
        return f"~({truth(r, depth - 1)})"
    return r.choice(["True", "False", f"({value(r, depth - 1)})>0", atom(r)])


def shade(node, env, nudge):
    """A rough second evaluation, to find what wraps around or hangs on last digits. Its value is not kept."""
    go = lambda n: shade(n, env, nudge)
    held = lambda v: v if not isinstance(v, int) or abs(v) < 2**31 - 1 else (_ for _ in ()).throw(Unfit("wraps"))
    blur = lambda v: v * (1 + nudge()) if isinstance(v, float) else v
    if isinstance(node, ast.Constant):
        return held(node.value)
    if isinstance(node, ast.Name):
        return env[node.id]
    if isinstance(node, ast.UnaryOp):
        v = go(node.operand)
        return -v if isinstance(node.op, ast.USub) else (not v if isinstance(node.op, ast.Invert) else v)
    if isinstance(node, ast.Compare):
        a, b = go(node.left), go(node.comparators[0])
        return {"Lt": a < b, "LtE": a <= b, "Gt": a > b, "GtE": a >= b, "Eq": a == b, "NotEq": a != b}[type(node.ops[0]).__name__]
    if isinstance(node, ast.BinOp):
        a, b, kind = go(node.left), go(node.right), type(node.op).__name__
        if kind in ("BitAnd", "BitOr"):
            return bool(a and b) if kind == "BitAnd" else bool(a or b)
        if kind in ("Add", "Sub", "Mult"):
            return held(a + b if kind == "Add" else a - b if kind == "Sub" else a * b)
        if kind == "Div":
            out = float(numpy.divide(float(a), float(b)))
            return blur(out) if isinstance(b, float) and isinstance(node.right, ast.Constant) else out
        if kind == "Mod":
            if isinstance(a, int) and isinstance(b, int):
                return a % b if b else 0
            return float(numpy.mod(float(a), float(b)))
        if isinstance(a, int) and isinstance(b, int):
            if b < 0:
                return blur(float(numpy.power(float(a), float(b))))
            if abs(a) > 1 and b * math.log2(abs(a)) > 31.5:
                raise Unfit("wraps")
            return held(a**b)
        return blur(float(numpy.power(complex(a).real, float(b))))
    if isinstance(node, ast.Call):
        f, a = node.func.id, [go(n) for n in node.args]
        if f == "where":
            return a[1] if a[0] else a[2]
        if any(isinstance(v, bool) for v in a):
            raise Unfit("32-bit float")
        a = [float(v) for v in a]
        v = float(getattr(numpy, {"abs": "absolute"}.get(f, f))(*a))
        return v if f in EXACT else blur(v)
    raise Unfit(type(node).__name__)


def steady(text, env):
    tree = ast.parse(text.strip(), mode="eval").body
    seen = []
    for seed in range(4):
        r = random.Random(seed)
        try:
            seen.append(float(shade(tree, env, (lambda: 0.) if seed == 0 else (lambda: r.choice([-2e-13, 3e-13, 1e-13])))))
        except Unfit:
            return False
        except (ValueError, TypeError, OverflowError, AttributeError, ZeroDivisionError, KeyError):
            return True  # numexpr has the word on such texts
    a = seen[0]
    for b in seen[1:]:
        if math.isnan(a) or math.isinf(a):
            if str(a) != str(b):
                return False
        elif not abs(a - b) <= 2e-11 * max(1e-3, abs(a)):
            return False
    return True


def plain(v):
    if v.dtype.kind == "c":
        return "complex"
    if v.dtype.kind in "SUO":
        return "text"
    if v.dtype.kind == "b":
        return int(v)
    if v.dtype.kind in "iu":
        return int(v)
    v = float(v)
    if math.isnan(v) or math.isinf(v):
        return str(v)
    if v == int(v) and abs(v) < 1e15:
        return int(v)
    return float(f"{v:.13g}")


def ask(text, env):
    return numexpr.evaluate(text, local_dict=dict(env), global_dict={})


def rows(text, envs):
    out = []
    for env in envs:
        try:
            out.append([env["t"], env["s"], env["max_f"], plain(ask(text, env))])
        except BaseException as e:  # SyntaxError and its children included
            return type(e).__name__
    if any(o[3] in ("complex", "text") for o in out):
        return next(o[3] for o in out if o[3] in ("complex", "text"))
    return out


def envs_for(r):
    s, m = r.choice([0, 1, 7, 42, 100]), r.choice([9, 30, 99, 119])
    ts = [0] + sorted(r.sample(range(1, m + 1), 3))
    return [dict(t=t, s=s, max_f=m) for t in ts]


# Written by hand: what a schedule may hold by mistake, and the corners of the language.
HAND = r"""
7/2|7//2|t//2|7.5//2|t//1.0|7.5//t|-7//2|1/2*t|t*1/2|1/3|2/3*t|7/t|t/7
2**-1|2**-t|t**-2|t**-2.0|(t+1)**-2.|(t+1)**-1|t**s|0**0|0**-1|t**0|t**0.5|t**1.5|(-t)**0.5|(-t)**3|(-t)**2.|t**2**-1
-t**2|-2**2|2**3**2|t**2**2|2**-2**2|(2**3)**2|-t**2*2|-(t**2)|(-t)**2|- -t|--t|+t|++t|t*-1|t - -1|t**+2|2.**-t|2**-1*t|-2.5**2|2.**(t-6)
1/0|1.0/0|t/0|-t/0|0/0|t%0|3%0|3%0.|t%0.|(t+.5)%0|(t*0)/0|(t*0.)/0
5%-3|-5%3|-5%-3|5.5%-2|-5.5%2|t%3|-t%3|(-t)%3|-(t%3)|t%-3|(-t)%-3|-t%3.0|(-t)%-3.|(t+.5)%2|(t+.5)%-2|-(t+.5)%2|t%2.5|1%(t+1)|1.5%(t+1)|5.%3*2|5*7%3|t*7%3|t%7*3|2+t%3|t%3%2|10%t
fmod(7,3)|fmod(-7,3)|fmod(7,-3)|fmod(t,3)|fmod(-t,3)|fmod(t,0)|fmod(t,.75)|fmod(7,3)*t|fmod(7,3)/2
10**9|10**12|t*10000000000|10**12*t|1e400|-1e400|1e308*10.|1e-400|t*1e400
t&1|t&True|(t>1)&1|(t>1)&(s>1)|t>1&s>1|t>1|(t>1)&(t<3)|(t>1)&t<3|~(t>1)|~t|~1|~True|~5+t|~(~(t>1))|~(t>1)&(s>1)|(t>1)&~(s>1)|True&False|True&(t>1)|(t>1)&True|(t>1)|(t>1)^(s>1)|t^1|1^3|1&1|3&1|(3&1)*t|2&3*t
1<t<3|1<2<3|3>2>2|t==5==1|1==1|t==s|t!=s|t==t|t<>s|t=1|t==1.|(t>1)==1|(t>1)==(s>1)|(t>1)>0|(t>1)<.5|(t>=2)==True|t==True|t+True|True*2|True+True|-True|True|False|None
(t>1)+(s>1)|(t>1)*(s>1)|(t>1)-(s>1)|-(t>1)|(t>1)/(s>1)|(t>1)**2|(t>1)*5|5*(t>1)|(t>1)*2.5|(t>1)+1|1-(t>1)|(t>1)%2|(t>1)%(s>1)|(t>1)*1+(s>1)*1|((t>1)*1)*((s>1)*1)|(t>1)*(s>1)*2|2*(t>1)*(s>1)|abs(t>1)|floor(t>1)|(t>1)/2|+(t>1)
where(t>1,1,2)|where(t>1,1,2.5)|where(t>1,t,.5)|where(t,1,2)|where(1,t,2)|where(0,t,2)|where(2,t,s)|where(0.,t,s)|where(True,t,s)|where(t)|where(t>1,1)|where(t>1,1,2,3)|where((t>1)&1,1,2)|where(t>1,t>2,1)|where(t>1,t>2,t>3)|where(t>1,1,0)/2|where(t%2,1,0)|where(t%2==0,1,0)|where(t%2==0, 1, -1)*t|where(t>0,1/t,0)|where (t>1,1,2)|where(t>1,sqrt(-1),2)|where(t-1,1,2)|where(sin(t)>0,1,0)
not t|not 1|not 0|t if 1 else 2|1 if t else 2|1 if t>2 else 3|1 if 0 else t|t and s|1 and t|0 or t|0 and t|t or 1|(t>1)and(s>1)|1 or t|2 and 3
t<<1|1<<3|t>>1|16>>2|1<<t|t<<t*0+1|1.5<<1|t@s
pi|e|inf|nan|S|T|f|fps|x|t2|max_F|maxf|max_f|max_f/2|max_f-t|s|s%2|_|2*pi*t
min(t)|max(t)|sum(t)|prod(t)|min(t,1)|min(t,s)|max(t,0)|max(t,5)|min(1,2)|max(3)|min(t)+1|sum(t)*2|1+min(t)|sin(min(t))|min(t+1)|min(sin(t))|min()|min(t,1.)
sin()|sin(1,2)|sin(t,s)|sin t|sin(t|sin(t))|sin|abs|t*(sin)|sin(sin)|Sin(t)|SIN(t)|asin(t)|acos(t)|atan(t)|atan2(t,s)|ln(t)|log2(t)|pow(t,2)|sign(t)|mod(t,2)|round(t)|int(t)|float(t)|clip(t,0,1)|clamp(t,0,1)|print(t)|rand()|hypot(t,s)|trunc(t)|cbrt(t)|arctan2(t)|fmod(t)|t(1)|t()|2(t)|(t)(s)
(t|t)|((t)|()|1 +|+|* t|**t|t *|t ** |t t|2 t|2t|t2t|t,s|(t,s)|[t]|t[0]|{t}|t;1|t:1|t:=1|lambda: t|yield t|t!|t?|t$|'a'|"a"|t=='a'|t.a|t.real|t.imag|(t).real|t.real+1|t.__class__|__import__("os")|f"{t}"|t # note|#|t is s|t in s|t·2|π|t−1|½
0x10|0b11|1_000|010|00|0.0|007.5|1e3|1E3|1e+2|1.e2|.5|.5e1|1.|5.|.|1..|1.2.3|1e|1e-3*t|.5*t|1.*t|t*1.|1j|t*1j|2.5j|1l|1f
real(t)|imag(t)|conj(t)|real(t+.5)|real(2)|imag(2)|conj(2)|conj(t+.5)|real(t>1)|copy(t)|ones_like(t)|ones_like(t>1)|ones_like(t*.5)|ones_like(3)|complex(t,1)|complex(1.,2.)|contains("a","a")
sqrt(4)|sqrt(-1)|sqrt(-t)|sqrt(t)|log(0)|log(-1)|log(t*0)|log1p(-1)|arcsin(2)|arccosh(0)|arctanh(1)|arctanh(2)|exp(1000)|exp(t*1000)|exp(-1000)|abs(-3)|abs(-t)|abs(-3)/2|abs(-3)%2|abs(-3)**-1|floor(2.5)|floor(-2.5)|floor(t/2)|ceil(-.5)|ceil(t/2)|floor(t)/2|floor(t)%2|floor(t)**-1|arctan2(t,0)|arctan2(0,-1)|arctan2(-t,-1)|arctan2(1,2)|tan(1)|sin(1)*t|sin(0)|sin(3)//1|floor(7/2)//2|sqrt(2)**2|sqrt(4)**-1|expm1(0)|expm1(1e-9)|log1p(1e-9)|sinh(t)|cosh(1)
((((((((((t))))))))))|1+(2*(3-(4/(5+(6*(7-(8+t)))))))|1-2-3|1-(2-3)|100/10/2|100/(10/2)|t-1-2|t/2/2|2*t%3|2+3*4**2/8-t|1+t*2**3-s/7%3|t<s+1|t+1>s*2|t>1 |   t>1|t==s|s==t
"""
RAW = ["", " ", "  t", " t", "t ", "t\n", "\nt", "\n t", "t\n+1", "(t\n+1)", "t+\n1", "\tt", "t\t", "t\\\n+1", "t\r\n", "'t'", "((t) ", "t>1|s>1",
       "(t>1)|(s>1)", "(t>1)|False", "True|(t>1)", "False|(t>1)", "(t>3)|(t<1)&(s>2)", "3|4", "(t>1)|1", "t|1", "~(t>1)|(s>1)",
       "~((t>1)|(s>50))", "where((t<2)|(t>5),1,0)", "t > 1 and s > 1", "t > 1 or s > 1"]


def main():
    r = random.Random(20240607)
    hand, seen = [], set()
    fixed = [dict(t=t, s=7, max_f=20) for t in (0, 1, 5, 8)]
    # "|" parts the texts of a line, so whatever holds that operator stands in RAW
    for text in RAW + [x for line in HAND.strip("\n").split("\n") for x in line.split("|")]:
        if text in seen:
            continue
        seen.add(text)
        hand.append([text, rows(text, fixed)])
    made, refused = [], 0
    while len(made) < COUNT:
        text = value(r, r.choice([1, 2, 2, 3, 3, 4, 5]))
        envs = envs_for(r)
        if text in seen or len(text) > 110 or not ("t" in text or r.random() < .1):
            continue
        try:
            if not all(steady(text, env) for env in envs):
                continue
        except SyntaxError:
            continue
        got = rows(text, envs)
        if isinstance(got, str):
            if refused > COUNT // 6 and got != "text":
                continue
            refused += 1
        elif all(isinstance(x[3], str) for x in got) and r.random() < .7:
            continue
        elif any(isinstance(x[3], float) and x[3] and not 1e-12 < abs(x[3]) < 1e12 for x in got):
            continue
        seen.add(text)
        made.append([text, got])
    note = f"numexpr {numexpr.__version__}; variables t, s, max_f as 64-bit integers"
    body = ",\n".join(json.dumps(x, separators=(",", ":"), ensure_ascii=False) for x in made)
    mine = ",\n".join(json.dumps(x, separators=(",", ":"), ensure_ascii=False) for x in hand)
    OUT.write_text(f'{{"note":{json.dumps(note)},\n"hand":[\n{mine}],\n"random":[\n{body}]}}\n')
    kinds = {}
    for _, g in hand + made:
        k = g if isinstance(g, str) else "rows"
        kinds[k] = kinds.get(k, 0) + 1
    print(len(hand), len(made), OUT.stat().st_size, kinds)


if __name__ == "__main__":
    main()
