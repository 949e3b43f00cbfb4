"""Trains spark, the model in the box. Every stage ends in files under --work; a stage that was cut off goes on.

    python train.py tokenizer|vae|latents|unet|export --work DIR [--from models/spark-next] [--minutes M] ...

Needs torch, diffusers, transformers and tokenizers; a CPU is enough, a GPU is used when there is one. `--from` starts
from a diffusers folder, such as the committed one: fresh optimiser, warm-up, everything that fits is taken over.
"""

import argparse
import copy
import os
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import AutoencoderTiny

import judge
import world
from networks import DEVICE, autocast, denoiser, export, sample, scheduler, take, text_encoder, tiny_vae, weights
from tokens import Words, bpe


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

    Without the anchor the colours are lost (shared/probe): the latent then spends its channels on structure.
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
    folder = a.work / f"latents-{a.size}"
    folder.mkdir(exist_ok=True)
    for k in range(a.first, a.first + max(1, a.pool // 2000)):
        path = folder / f"{k:03}.pt"
        if path.exists():
            continue
        zs, small, samples, r = [], [], [], random.Random(1000 + k)
        for _ in range(2000 // 50):
            x, _, shown = world.batch(50, a.size, a.size, r, a.plain)
            with torch.no_grad():
                zs.append(encode((x * 2 - 1).to(DEVICE, memory_format=torch.channels_last)).half().cpu())
            small.append((F.adaptive_avg_pool2d(x, judge.SIDE) * 255).round().byte())
            samples += shown
        torch.save((torch.cat(zs), samples, torch.cat(small)), path.with_suffix(".tmp"))
        os.replace(path.with_suffix(".tmp"), path)
        print("latents", path.name, flush=True)


class Latents:
    """What is encoded so far; shards that arrive while training are taken in."""

    def __init__(self, a):
        self.folder, self.seen, self.z, self.samples = a.work / f"latents-{a.size}", set(), [], []
        self.look()

    def look(self):
        for path in sorted(set(self.folder.glob("*.pt")) - self.seen):
            z, samples, _ = torch.load(path, weights_only=False)
            self.seen.add(path)
            self.z.append(z)
            self.samples += samples

    def __len__(self):
        return len(self.samples)

    def draw(self, count, g):
        """Latents [count, c, h, w] and the Samples they show."""
        pick = torch.randint(len(self), (count,), generator=g).tolist()
        size = len(self.z[0])
        return torch.stack([self.z[k // size][k % size] for k in pick]).float(), [self.samples[k] for k in pick]


# ------------------------------------------------------------------ UNet and text encoder
def sheet(path, unet, text, ae, words, size_px):
    from PIL import Image

    palettes = list(world.PALETTES)
    prompts = [f"{palettes[(5 * i) % len(palettes)]} {world.SUBJECT_WORDS[s][0]}" for i, s in enumerate(world.SUBJECTS)]
    rows = []
    for steps, guidance in ((4, 1.0), (4, 2.0), (8, 2.0)):
        y = sample(unet, text, ae, words, prompts, steps, guidance, size_px=size_px).cpu()
        half = (len(prompts) + 1) // 2
        rows += [torch.cat(list(y[k:k + half]) + [torch.zeros_like(y[0])] * (half - len(y[k:k + half])), 2)
                 for k in (0, half)]
    Image.fromarray((torch.cat(rows, 1).permute(1, 2, 0) * 255).byte().numpy()).save(path)


def load_start(a, unet, text):
    """Goes on from --work when there is something, else from --from."""
    path = a.work / "average.pt"
    if path.exists():
        state = torch.load(path, map_location="cpu")
        unet.load_state_dict(state["unet"])
        text.load_state_dict(state["text"])
        return f"goes on after {state['steps']} steps", state["steps"]
    if a.start:
        return f"takes over unet {take(unet, weights(a.start, 'unet'))} text {take(text, weights(a.start, 'text_encoder'))}", 0
    return "starts from nothing", 0


def train_unet(a):
    """v-prediction with zero terminal SNR; `--guidance G` folds guidance into the student afterwards."""
    words = Words(a.work / "tokenizer")
    latents = Latents(a)
    ae = AutoencoderTiny.from_pretrained(a.work / "vae").to(DEVICE).eval()
    unet, text = denoiser(a.size), text_encoder(words)
    said, before = load_start(a, unet, text)
    print("unet", said, "on", len(latents), "pictures", flush=True)
    unet.to(DEVICE, memory_format=torch.channels_last), text.to(DEVICE)
    params = [*unet.parameters(), *text.parameters()]
    average = [p.detach().clone() for p in params]
    averaged = copy.deepcopy((unet, text))
    teacher = copy.deepcopy((unet, text)) if a.guidance != 1 else None
    # Fresh words learn faster than a denoiser that knows its trade.
    opt = torch.optim.AdamW([{"params": unet.parameters()}, {"params": text.parameters()}], a.rate, betas=(0.9, 0.99),
                            weight_decay=1e-3)
    fast = torch.compile(unet)
    noise_schedule = scheduler()
    empty = words([""]).to(DEVICE)
    g, r, began, i, running = torch.Generator().manual_seed(a.seed), random.Random(a.seed), time.time(), 0, None
    while (done := max(i / a.steps, (time.time() - began) / (60 * a.minutes))) < 1:
        for group in opt.param_groups:
            group["lr"] = a.rate * min(1.0, (i + 1) / 200) * min(1.0, max(0.02, (1 - done) / 0.4))
        x, samples = latents.draw(a.batch, g)
        x = (x * ae.config.scaling_factor).to(DEVICE, memory_format=torch.channels_last)
        noise = torch.randn(x.shape, generator=g).to(DEVICE)
        t = torch.randint(0, 1000, (a.batch,), generator=g).to(DEVICE)
        t = torch.where(torch.rand(a.batch, generator=g).to(DEVICE) < 0.15, torch.full_like(t, 999), t)
        ids = words([world.caption(s, r) for s in samples]).to(DEVICE)
        ids = torch.where((torch.rand(a.batch, generator=g) < 0.1).to(DEVICE)[:, None], empty, ids)
        xt, target = noise_schedule.add_noise(x, noise, t), noise_schedule.get_velocity(x, noise, t)
        if teacher is not None:
            target = guided(teacher, xt, t, ids, empty, a.guidance)
        with autocast():
            v = fast(xt, t, text(ids).last_hidden_state).sample
        loss = (v.float() - target).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        opt.step()
        decay = min(0.9985, (1 + i) / (10 + i))
        torch._foreach_mul_(average, decay)
        torch._foreach_add_(average, [p.detach() for p in params], alpha=1 - decay)
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if i % 100 == 0:
            latents.look()
            print(f"unet {before + i} loss {running:.4f} {time.time() - began:.0f} s, {len(latents)} pictures", flush=True)
        i += 1
        if i % 1000 == 0:
            save(a, averaged, average, ae, words, before + i)
    save(a, averaged, average, ae, words, before + i)
    print(f"unet done after {before + i} steps, loss {running:.4f}", flush=True)


@torch.no_grad()
def guided(teacher, xt, t, ids, empty, guidance):
    unet, text = teacher
    with autocast():
        c, u = text(ids).last_hidden_state, text(empty).last_hidden_state.expand(len(xt), -1, -1)
        vc, vu = unet(torch.cat([xt, xt]), torch.cat([t, t]), torch.cat([c, u])).sample.float().chunk(2)
    return vu + guidance * (vc - vu)


def save(a, averaged, average, ae, words, steps):
    with torch.no_grad():
        for p, q in zip([*averaged[0].parameters(), *averaged[1].parameters()], average):
            p.copy_(q)
    state = {"unet": averaged[0].state_dict(), "text": averaged[1].state_dict(), "steps": steps}
    torch.save(state, a.work / "average.tmp")
    os.replace(a.work / "average.tmp", a.work / "average.pt")
    sheet(a.work / f"sheet-{steps:06}.png", *averaged, ae, words, a.size)


def make_folder(a):
    words = Words(a.work / "tokenizer")
    unet, text = denoiser(a.size), text_encoder(words)
    load_start(a, unet, text)
    export(unet, text, a.work, a.out)


def train_tokenizer(a):
    r = random.Random(4)
    captions = [world.caption(world.sample(r), r) for _ in range(40000)]
    print(len(bpe(captions, a.work / "tokenizer")), "tokens")


if __name__ == "__main__":
    stages = {"tokenizer": train_tokenizer, "vae": train_vae, "latents": make_latents, "unet": train_unet,
              "export": make_folder}
    p = argparse.ArgumentParser()
    p.add_argument("stage", choices=stages)
    p.add_argument("--work", type=Path, required=True)
    p.add_argument("--from", dest="start", type=Path)
    p.add_argument("--out", type=Path)
    p.add_argument("--size", type=int, default=128, help="side of the pictures in pixels")
    p.add_argument("--crop", type=int, default=96, help="what the VAE sees of them")
    p.add_argument("--steps", type=int, default=1_000_000)
    p.add_argument("--minutes", type=float, default=1e9)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--pool", type=int, default=4000)
    p.add_argument("--plain", type=float, default=0.0, help="share of the pictures without any modifier")
    p.add_argument("--first", type=int, default=0, help="number of the first shard of latents")
    p.add_argument("--rate", type=float, default=8e-4)
    p.add_argument("--guidance", type=float, default=1.0)
    p.add_argument("--seed", type=int, default=5)
    a = p.parse_args()
    a.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(3)
    stages[a.stage](a)
