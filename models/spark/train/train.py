"""The stages that train spark, the model in the box; recipe.py has them in order. Each ends in files under --work.

    python train.py tokenizer|vae|decoder|latents|text|unet|few|between|export --work DIR [--from models/spark] [--steps N] ...

What was cut off: latents go on with the next shard, the UNet from its last 1 000 steps and the decoder from its last 250;
the others start again.

Needs torch, diffusers, transformers and tokenizers; a CPU is enough, a GPU is used when there is one. `--from` starts
from a diffusers folder, such as the committed one: fresh optimiser, warm-up, everything that fits is taken over.
"""

import argparse
import copy
import random
import time
from pathlib import Path

import torch
import torch._dynamo
import torch.nn.functional as F
from diffusers import AutoencoderTiny
from torch.nn.attention import SDPBackend, sdpa_kernel

import between
import decoder
import judge
import world
from networks import (DEVICE, HALF, NOISE_ALONE, autocast, denoiser, export, keep, sample, scheduler, take, text_encoder,
                      tiny_vae, weights)
from optimise import Trained
from tokens import Words, bpe


# A network is compiled for every shape it meets, rather than once for any: that is twice as fast.
torch._dynamo.config.automatic_dynamic_shapes = False
torch._dynamo.config.cache_size_limit = 32


# ------------------------------------------------------------------ pictures
def pictures(a, count, seed, size_px):
    """`count` pictures as bytes, with what is on them; drawn once, kept under --work."""
    path = a.work / f"pictures-{size_px}-{count}-{seed}.pt"
    if not path.exists():
        x, _, samples = world.batch(count, size_px, size_px, random.Random(seed))
        torch.save(((x * 255).round().byte(), samples), path)
    return torch.load(path, weights_only=False)


# ------------------------------------------------------------------ VAE
def gradient_error(y, t):
    dx = (y[..., 1:] - y[..., :-1]) - (t[..., 1:] - t[..., :-1])
    dy = (y[..., 1:, :] - y[..., :-1, :]) - (t[..., 1:, :] - t[..., :-1, :])
    return dx.abs().mean() + dy.abs().mean()


def train_vae(a):
    """Tiny VAE; the first three latent channels are anchored to the block-mean colour, standardised.

    Without the anchor the colours are lost: the latent then spends its channels on structure.
    """
    shown, held = pictures(a, a.pool, 1, a.size)[0], pictures(a, 192, 99, a.size)[0].float().to(DEVICE) / 127.5 - 1
    ae = tiny_vae()
    print("vae takes over", take(ae, weights(a.start, "vae") if a.start else None), flush=True)
    ae = ae.to(DEVICE, memory_format=torch.channels_last)
    opt = torch.optim.AdamW(ae.parameters(), 1e-3, betas=(0.9, 0.98))
    blocks = F.avg_pool2d(shown[:512].float() / 127.5 - 1, 8)
    mean, dev = blocks.mean().item(), blocks.std().item()
    through = torch.compile(lambda t: (z := ae.encode(t).latents, ae.decode(z).sample))
    g, began, i, crop = torch.Generator().manual_seed(2), time.time(), 0, a.crop
    while (done := max(i / a.steps, (time.time() - began) / (60 * a.minutes))) < 1:
        for group in opt.param_groups:
            group["lr"] = a.rate * min(1.0, (i + 1) / 50) * min(1.0, max(0.02, (1 - done) / 0.5))
        pick = torch.randint(len(shown), (a.batch,), generator=g)
        o = torch.randint(0, a.size - crop + 1, (a.batch, 2), generator=g)
        t = torch.stack([shown[p, torch.randperm(3, generator=g), y:y + crop, x:x + crop]
                         for p, (y, x) in zip(pick.tolist(), o.tolist())]).float() / 127.5 - 1
        t = t.to(DEVICE, memory_format=torch.channels_last)
        with autocast():
            z, y = through(t)
        y, z = y.float(), z.float()
        spread = (z.mean((0, 2, 3)) ** 2).mean() + ((z.std((0, 2, 3)) - 1) ** 2).mean()
        anchor = ((z[:, :3] - (F.avg_pool2d(t, 8) - mean) / dev) ** 2).mean()
        colour = (F.avg_pool2d(y, 8) - F.avg_pool2d(t, 8)).abs().mean()
        fade = 1.0 if a.start else min(1.0, done / 0.3)
        loss = (anchor + 2 * ((y - t) ** 2).mean() + (y - t).abs().mean() + 4 * colour + fade * gradient_error(y, t)
                + 0.1 * spread)
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(ae.parameters(), 1.0)
        opt.step()
        i += 1
        if i % 100 == 0:
            report_vae(a, ae, held, f"vae {i} loss {loss.item():.4f} {time.time() - began:.0f} s")
    report_vae(a, ae, held, f"vae after {i} steps")
    centre(ae, held)
    report_vae(a, ae, held, "vae done, centred")


@torch.no_grad()
def centre(ae, pictures):
    """Takes the mean of the latents, a few hundredths, out of the encoder; the decoder does not notice."""
    last = [m for m in ae.encoder.modules() if isinstance(m, torch.nn.Conv2d)][-1]
    last.bias -= torch.cat([ae.encode(part).latents for part in pictures.split(16)]).mean()


@torch.no_grad()
def report_vae(a, ae, held, what):
    zs, errors = [], []
    for part in held.split(16):
        zs.append(ae.encode(part).latents)
        errors.append(((ae.decode(zs[-1]).sample.clamp(-1, 1) - part) / 2).pow(2).mean((1, 2, 3)))
    z, p = torch.cat(zs), -10 * torch.log10(torch.cat(errors))
    print(f"{what}: held-out psnr {p.mean():.2f} worst decile {p.quantile(0.1):.2f} latent {z.mean():.3f} "
          f"+- {z.std():.3f}", flush=True)
    # Stable Diffusion's convention: the UNet sees latents times this, of deviation 1.
    ae.register_to_config(scaling_factor=round(1 / z.std().item(), 4))
    ae.save_pretrained(a.work / "vae")


# ------------------------------------------------------------------ latents
def make_latents(a):
    """Encodes --pool pictures in shards, each kept as soon as it is made; training reads what is there."""
    ae = AutoencoderTiny.from_pretrained(a.work / "vae").to(DEVICE, memory_format=torch.channels_last).eval()
    encode = torch.compile(lambda x: ae.encode(x).latents)
    height = a.height or a.size
    folder = a.work / (f"latents-{a.size}" if height == a.size else f"latents-{a.size}x{height}")
    folder.mkdir(exist_ok=True)
    for k in range(a.first, a.first + max(1, a.pool // 2000)):
        path = folder / f"{k:03}.pt"
        if path.exists():
            continue
        zs, small, samples, r = [], [], [], random.Random(1000 + k)
        for _ in range(2000 // 50):
            x, _, shown = world.batch(50, height, a.size, r, a.plain, a.only)
            with torch.no_grad():
                zs.append(encode((x * 2 - 1).to(DEVICE, memory_format=torch.channels_last)).half().cpu())
            small.append(judge.thumbnails(x))
            samples += shown
        keep((torch.cat(zs), samples, torch.cat(small)), path)
        print("latents", path.name, flush=True)


# Motion and density are learnt last, so they are shown often.
MOVED = 0.35


class Latents:
    """What of one shape is encoded so far; shards that arrive while training are taken in."""

    def __init__(self, folder):
        self.folder, self.seen = folder, set()
        self.z, self.samples, self.plain, self.moved = [], [], [], []
        self.look()

    def look(self):
        for path in sorted(set(self.folder.glob("*.pt")) - self.seen):
            z, samples, _ = torch.load(path, weights_only=False)
            self.seen.add(path)
            self.z.append(z)
            for k, s in enumerate(samples, len(self.samples)):
                one = not s.flags and not s.second
                moved = s.axes["motion"] is not None or s.axes["density"] is not None
                if one and moved:
                    self.moved.append(k)
                elif one and not s.on_black and all(v is None for v in s.axes.values()):
                    self.plain.append(k)
            self.samples += samples

    def __len__(self):
        return len(self.samples)

    def draw(self, count, plain, g):
        """Latents [count, c, h, w] and the Samples they show; a share of `plain` has no modifier, and in a share of MOVED
        motion or density was asked for."""
        pick = torch.randint(len(self), (count,), generator=g).tolist()
        for k in range(count):
            kind = self.plain if k < plain * count else self.moved if k < (plain + MOVED) * count else None
            if kind:
                pick[k] = kind[pick[k] % len(kind)]
        size = len(self.z[0])
        return torch.stack([self.z[k // size][k % size] for k in pick]).float(), [self.samples[k] for k in pick]


class Shapes:
    """Latents of the size trained at, and in three batches of ten of the shapes `--also` names: what saw squares of one
    size only fills a strip, or a larger square, with repetitions."""

    def __init__(self, a):
        self.latents = [Latents(a.work / f"latents-{name}") for name in (a.size, *a.also)]
        self.shares = [0.7] + [0.3 / len(a.also)] * len(a.also) if a.also else [1]
        self.batch = a.batch

    def next(self, r):
        """(Latents, batch) of one shape; as many latent pixels a batch whatever the shape, and an even number."""
        one = r.choices(self.latents, self.shares)[0]
        pixels, own = (x.z[0][0, 0].numel() for x in (one, self.latents[0]))
        return one, self.batch * own // pixels // 2 * 2

    def look(self):
        for one in self.latents:
            one.look()

    def __len__(self):
        return sum(map(len, self.latents))


# ------------------------------------------------------------------ text encoder, alone
def said(samples):
    """What a caption speaks of, as targets [n, subjects + palettes + ladder steps + flags + black], each 0..1."""
    flags = world.FLAGS + ["on black"]
    rows = []
    for s, subject in zip(samples, judge.labels(samples)[0]):
        palette = [float(p == s.palette) for p in world.PALETTES]
        axes = [float(v is not None and k == world.step(v, axis)) for axis, v in s.axes.items()
                for k in range(len(world.AXIS_WORDS[axis]))]
        rows.append([*(subject > 0).float().tolist(), *palette, *axes,
                     *(float(f in s.flags or (f == "on black" and s.on_black)) for f in flags)])
    return torch.tensor(rows)


def train_text(a):
    """The text encoder learns to sum up captions before the UNet listens to it.

    Trained together from nothing, the UNet found no use for 48 tokens that all changed and drew textures; with a
    condition that already means something it draws shapes within 1 500 steps. The summary is asked of every token from
    the end of the text on, which is most of what cross-attention sees.
    """
    words, r = Words(a.work / "tokenizer"), random.Random(a.seed)
    text = text_encoder(words).to(DEVICE)
    wanted = said([world.sample(r)]).shape[1]
    head = torch.nn.Linear(text.config.hidden_size, wanted).to(DEVICE)
    params = [*text.parameters(), *head.parameters()]
    opt, began, i = torch.optim.AdamW(params, 1e-3, weight_decay=1e-3), time.time(), 0
    # A rare word weighs as much as a common one: without it the head says "no" to everything.
    weight = torch.full([wanted], 8.0, device=DEVICE)
    while (done := max(i / a.steps, (time.time() - began) / (60 * a.minutes))) < 1:
        for group in opt.param_groups:
            group["lr"] = 1e-3 * min(1.0, (i + 1) / 100) * min(1.0, max(0.02, (1 - done) / 0.5))
        samples = [world.sample(r) if r.random() < 0.6 else world.plain(r) for _ in range(96)]
        ids = words([world.caption(s, r) for s in samples]).to(DEVICE)
        hidden = text(ids).last_hidden_state
        after = (ids == words.end).float()[..., None]
        target, logits = said(samples).to(DEVICE), head((hidden * after).sum(1) / after.sum(1))
        loss = F.binary_cross_entropy_with_logits(logits, target, pos_weight=weight)
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        opt.step()
        i += 1
        if i % 200 == 0:
            n = len(world.SUBJECTS)
            right = (logits[:, :n].argmax(1) == target[:, :n].argmax(1)).float().mean().item()
            print(f"text {i} loss {loss.item():.4f} subject {right:.2f} {time.time() - began:.0f} s", flush=True)
    torch.save(text.state_dict(), a.work / "text.pt")


# ------------------------------------------------------------------ UNet and text encoder
def sheet(path, unet, text, ae, words, size_px):
    from PIL import Image

    palettes = list(world.PALETTES)
    prompts = [f"{palettes[(5 * i) % len(palettes)]} {world.SUBJECT_WORDS[s][0]}" for i, s in enumerate(world.SUBJECTS)]
    rows = []
    for steps in (1, 2, 4):
        y = sample(unet, text, ae, words, prompts, steps, size_px=(size_px, size_px))
        half = (len(prompts) + 1) // 2
        rows += [torch.cat(list(y[k:k + half]) + [torch.zeros_like(y[0])] * (half - len(y[k:k + half])), 2)
                 for k in (0, half)]
    Image.fromarray((torch.cat(rows, 1).permute(1, 2, 0) * 255).byte().numpy()).save(path)


def load_start(a, unet, text, names=("average.pt",)):
    """Goes on from --work when there is something, else from --from."""
    path = next((a.work / name for name in names if (a.work / name).exists()), None)
    if path:
        state = torch.load(path, map_location="cpu")
        unet.load_state_dict(state["unet"])
        text.load_state_dict(state["text"])
        return f"goes on after {state['steps']} steps", state["steps"]
    if a.start:
        return f"takes over unet {take(unet, weights(a.start, 'unet'))} text {take(text, weights(a.start, 'text_encoder'))}", 0
    path = a.work / "text.pt"
    if path.exists():
        text.load_state_dict(torch.load(path, map_location="cpu"))
        return "starts from nothing, its text encoder from its own stage", 0
    return "starts from nothing", 0


def towards_another(c, g, share=0.2):
    """Embeddings [n, tokens, width], a share of them moved towards another picture's, as a walk between prompts does.

    A way w goes with probability 1 - w, so that what lies between two prompts shows one or the other, not a mud of both.
    """
    w = 1 - torch.rand(len(c), generator=g).sqrt()
    w = torch.where(torch.rand(len(c), generator=g) < share, w, 0.0).to(c)[:, None, None]
    return torch.lerp(c, c.roll(1, 0), w)


def train_unet(a):
    """v-prediction with zero terminal SNR.

    With `--guidance G` the target is moved on by what the prompt changes, so that one call does what guidance G takes
    two for (model guidance: Tang et al., "Diffusion Models without Classifier-free Guidance", 2025).
    """
    words = Words(a.work / "tokenizer")
    shapes = Shapes(a)
    ae = AutoencoderTiny.from_pretrained(a.work / "vae").to(DEVICE).eval()
    unet, text = denoiser(a.size), text_encoder(words)
    origin, before = load_start(a, unet, text)
    print("unet", origin, "on", len(shapes), "pictures", flush=True)
    unet.to(DEVICE, memory_format=torch.channels_last), text.to(DEVICE)
    averaged = copy.deepcopy((unet, text))
    # Words that already mean something must not move faster than the denoiser can follow.
    trained = Trained((unet, text), (1.0, 0.2))
    fast = torch.compile(unet)
    noise_schedule = scheduler()
    empty = words([""]).to(DEVICE)
    g, r, began, i, running = torch.Generator().manual_seed(a.seed), random.Random(a.seed), time.time(), 0, None
    while (done := max(i / a.steps, (time.time() - began) / (60 * a.minutes))) < 1:
        latents, batch = shapes.next(r)
        x, samples = latents.draw(batch, 0.5 - 0.2 * done, g)
        x = (x * ae.config.scaling_factor).to(DEVICE, memory_format=torch.channels_last)
        noise = torch.randn(x.shape, generator=g).to(DEVICE)
        t = torch.randint(0, 1000, (batch,), generator=g).to(DEVICE)
        t = torch.where(torch.rand(batch, generator=g).to(DEVICE) < 0.15, torch.full_like(t, NOISE_ALONE), t)
        ids = words([world.caption(s, r) for s in samples]).to(DEVICE)
        mute = (torch.rand(batch, generator=g) < 0.1).to(DEVICE)
        ids = torch.where(mute[:, None], empty, ids)
        xt, target = noise_schedule.add_noise(x, noise, t).to(unet.dtype), noise_schedule.get_velocity(x, noise, t)
        with sdpa_kernel(SDPBackend.MATH):
            v = fast(xt, t, towards_another(text(ids).last_hidden_state, g)).sample.float()
            if a.guidance > 1:
                with torch.no_grad():
                    nothing = text(empty).last_hidden_state.expand(batch, -1, -1)
                    told = v - fast(xt, t, nothing).sample.float()
                target = target + (1 - 1 / a.guidance) * torch.where(mute[:, None, None, None], 0.0, told)
        loss = (v - target).pow(2).mean()
        trained.step(loss, a.rate * min(1.0, (i + 1) / 100) * min(1.0, max(0.02, (1 - done) / 0.6)))
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        i += 1
        if i % 100 == 0:
            shapes.look()
            print(f"unet {before + i} loss {running:.4f} {time.time() - began:.0f} s, {len(shapes)} pictures", flush=True)
        if i % 1000 == 0:
            save(a, averaged, trained.average, ae, words, before + i)
    save(a, averaged, trained.average, ae, words, before + i)
    print(f"unet done after {before + i} steps, loss {running:.4f}", flush=True)


# ------------------------------------------------------------------ half way between prompts
def train_between(a):
    words = Words(a.work / "tokenizer")
    ae = AutoencoderTiny.from_pretrained(a.work / "vae").to(DEVICE).eval()
    unet, text = denoiser(a.size), text_encoder(words)
    origin, before = load_start(a, unet, text, ("few.pt", "average.pt"))
    print("between:", origin, flush=True)
    unet.to(DEVICE, memory_format=torch.channels_last), text.to(DEVICE)
    between.train(a, unet, text, words)
    save(a, (unet, text), [*unet.parameters(), *text.parameters()], ae, words, before, "between")


# ------------------------------------------------------------------ few steps
@torch.no_grad()
def dream(teacher, noise_schedule, z, c):
    """Where the teacher gets to from noise z in the schedule's steps."""
    for t in noise_schedule.timesteps:
        with sdpa_kernel(SDPBackend.MATH):
            v = teacher(z.to(c.dtype, memory_format=torch.channels_last), t, c).sample.float()
        z = noise_schedule.step(v, t, z).prev_sample
    return z


def train_few(a):
    """Teaches few steps: in one call or two the student gets where the teacher gets in eight.

    It learns the teacher's own pairs of noise and picture (Luhman & Luhman, "Knowledge Distillation in Iterative
    Generative Models", 2021; reflow: Liu et al., 2022) at the times that schedules of 1, 2 and 4 steps stop at, and what
    a later call is shown is what the student itself made of the earlier one. A few drawn pictures under noise of their
    own, up to time 700, stay in each batch: that is what img2img shows.
    """
    words = Words(a.work / "tokenizer")
    shapes = Shapes(a)
    ae = AutoencoderTiny.from_pretrained(a.work / "vae").to(DEVICE).eval()
    unet, text = denoiser(a.size), text_encoder(words)
    origin, before = load_start(a, unet, text)
    print("few steps:", origin, flush=True)
    unet.to(DEVICE, memory_format=torch.channels_last), text.to(DEVICE).eval()
    averaged, teacher = copy.deepcopy((unet, text)), copy.deepcopy(unet).eval()
    teacher.to(torch.bfloat16 if HALF else torch.float32)
    if (a.work / "few.pt").exists():
        unet.load_state_dict(torch.load(a.work / "few.pt", map_location="cpu")["unet"])
    trained = Trained((unet,), (1.0,))
    ahead, fast = torch.compile(teacher), torch.compile(unet)
    schedule = scheduler()
    schedule.set_timesteps(8)
    g, r, began, i, running = torch.Generator().manual_seed(a.seed), random.Random(a.seed), time.time(), 0, None
    pairs = {one: [] for one in shapes.latents}  # batches of (picture, noise, prompt)

    def said_of(samples):
        with torch.no_grad():
            c = text(words([world.caption(s, r) for s in samples]).to(DEVICE)).last_hidden_state
            return towards_another(c, g).to(unet.dtype)

    def call(x, t, c):
        with sdpa_kernel(SDPBackend.MATH):
            return fast(x.to(unet.dtype, memory_format=torch.channels_last), t.to(DEVICE), c).sample.float()

    while (done := max(i / a.steps, (time.time() - began) / (60 * a.minutes))) < 1:
        latents, batch = shapes.next(r)
        dreamt = pairs[latents]
        # What the second half of each step looks at: the student's own at half way and at three quarters of the noise,
        # the teacher's at a quarter of it, drawn pictures.
        halfway, early, late = batch // 2, batch // 5, batch // 10
        drawn = batch - halfway - early - late
        stops = torch.tensor([499] * halfway + [749] * early + [249] * late)
        noise = torch.randn(batch, *latents.z[0].shape[1:], generator=g).to(DEVICE)
        c = said_of(latents.draw(batch, 0.4, g)[1])
        dreamt.append((dream(ahead, schedule, noise, c), noise, c))
        for _ in range(a.again):
            pick = torch.randint(len(dreamt) * batch, (batch,), generator=g).tolist()
            # The newest are seen at once.
            pick[:batch // 4] = [(len(dreamt) - 1) * batch + k for k in range(batch // 4)]
            random.Random(i).shuffle(pick)
            clean, noise, c = (torch.stack([dreamt[p // batch][k][p % batch] for p in pick]) for k in range(3))
            rate = a.rate * min(1.0, (i + 1) / 100) * min(1.0, max(0.02, (1 - done) / 0.6))
            # There v is the picture, negative.
            v = call(noise, torch.full((batch,), NOISE_ALONE), c)
            first = (v + clean).pow(2).mean()
            trained.step(first, rate)
            made = torch.cat([-v.detach()[:halfway + early], clean[halfway + early:halfway + early + late]])
            part = slice(0, halfway + early + late)
            x, samples = latents.draw(drawn, 0.5, g)
            x, own = (x * ae.config.scaling_factor).to(DEVICE), torch.randn(x.shape, generator=g).to(DEVICE)
            t = torch.cat([stops, torch.randint(0, 700, (drawn,), generator=g)])
            xt = schedule.add_noise(torch.cat([made, x]), torch.cat([noise[part], own]), t)
            bar = schedule.alphas_cumprod[t].to(DEVICE)[:, None, None, None]
            wanted = (bar.sqrt() * xt - torch.cat([clean[part], x])) / (1 - bar).sqrt()
            # Where the student was wrong, velocities near the end would be huge: all count as errors of the picture do.
            second = ((call(xt, t, torch.cat([c[part], said_of(samples)])) - wanted).pow(2) * (1 - bar)).mean()
            trained.step(second, rate)
            both = torch.tensor([first.item(), second.item()])
            running = both if running is None else torch.lerp(running, both, 0.02)
            i += 1
            if i % 50 == 0:
                print(f"few {i} loss {running[0]:.4f} {running[1]:.4f} {time.time() - began:.0f} s, "
                      f"{sum(len(clean) for batches in pairs.values() for clean, *_ in batches)} pairs", flush=True)
    save(a, averaged, trained.average, ae, words, before + i, "few")
    print(f"few steps done after {i} steps, loss {running[0]:.4f} {running[1]:.4f}", flush=True)


def save(a, averaged, average, ae, words, steps, name="average"):
    with torch.no_grad():
        for p, q in zip([*averaged[0].parameters(), *averaged[1].parameters()], average):
            p.copy_(q)
    state = {"unet": averaged[0].state_dict(), "text": averaged[1].state_dict(), "steps": steps}
    keep(state, a.work / f"{name}.pt")
    sheet(a.work / f"sheet-{name}-{steps:06}.png", *averaged, ae, words, a.size)


def make_folder(a):
    words = Words(a.work / "tokenizer")
    unet, text = denoiser(a.size), text_encoder(words)
    # The latest: what was trained on is not to be taken for what came of it.
    made = [path.name for path in a.work.glob("*.pt") if path.stem in ("average", "few", "between")]
    print("exports", load_start(a, unet, text, sorted(made, key=lambda name: -(a.work / name).stat().st_mtime))[0])
    export(unet, text, a.work, a.out)


def train_tokenizer(a):
    r = random.Random(4)
    captions = [world.caption(world.sample(r), r) for _ in range(40000)]
    print(len(bpe(captions, a.work / "tokenizer")), "tokens")


if __name__ == "__main__":
    stages = {"tokenizer": train_tokenizer, "vae": train_vae, "decoder": decoder.train, "latents": make_latents, "text": train_text,
              "unet": train_unet, "between": train_between, "few": train_few, "export": make_folder}
    p = argparse.ArgumentParser()
    p.add_argument("stage", choices=stages)
    p.add_argument("--work", type=Path, required=True)
    p.add_argument("--from", dest="start", type=Path)
    p.add_argument("--out", type=Path)
    p.add_argument("--size", type=int, default=256, help="side of the pictures in pixels")
    p.add_argument("--crop", type=int, default=96, help="what the VAE sees of them")
    p.add_argument("--steps", type=int, default=1_000_000)
    p.add_argument("--minutes", type=float, default=1e9)
    p.add_argument("--batch", type=int, default=48)
    p.add_argument("--pool", type=int, default=4000)
    p.add_argument("--plain", type=float, default=0.0, help="share of the pictures without any modifier")
    p.add_argument("--only", nargs="*", help="subjects that the pictures show; all otherwise")
    p.add_argument("--height", type=int, help="of the pictures in pixels where they are not square")
    p.add_argument("--also", nargs="*", default=[], help="other shapes to train at: 384, 384x128")
    p.add_argument("--first", type=int, default=0, help="number of the first shard of latents")
    p.add_argument("--rate", type=float, default=6e-4)
    p.add_argument("--guidance", type=float, default=1.0, help="fold this much guidance in")
    p.add_argument("--again", type=int, default=4, help="steps of the student for each batch of the teacher's pictures")
    p.add_argument("--adversary", type=float, default=0.05, help="weight of the decoder's discriminator")
    p.add_argument("--seed", type=int, default=5)
    a = p.parse_args()
    a.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(3)
    stages[a.stage](a)
