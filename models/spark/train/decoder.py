"""The decoder, taught edges on its own: the encoder and its latents stay, so that the UNet need not be taught anew.

A decoder that only answers for its errors blurs what it cannot know, as eight numbers for 192 leave much unknown. Three
things ask for edges beside them: a discriminator, that its features agree, and how much gradient there is in each window of
8 x 8, wherever in it. Half of what is shown are latents as the UNet leaves them, softer than the encoder's own.
"""

import hashlib
import random
import time

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm

import world
from evaluate import LUMA
from networks import DEVICE, export_vae, keep, load, scheduler

SHAPES = ((288, 512), (216, 384), (256, 256))  # height, width
CROP = 16  # latents a side of what a step decodes


class Discriminator(nn.Module):
    """[n, 3, h, w] in -1..1 to how drawn each patch looks [n, 1, h/8, w/8], and the features on the way."""

    def __init__(self, width=32):
        super().__init__()
        sizes = [(3, width, 2), (width, 2 * width, 2), (2 * width, 4 * width, 2), (4 * width, 4 * width, 1)]
        self.layers = nn.ModuleList(spectral_norm(nn.Conv2d(i, o, 4 if s == 2 else 3, s, 1)) for i, o, s in sizes)
        self.last = spectral_norm(nn.Conv2d(4 * width, 1, 3, 1, 1))

    def forward(self, x):
        seen = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            seen.append(x)
        return self.last(x), seen


def gradients(x):
    """Differences to the next pixel along x and y, both [n, 3, h - 1, w - 1]."""
    return x[..., :-1, 1:] - x[..., :-1, :-1], x[..., 1:, :-1] - x[..., :-1, :-1]


def edge_energy(x):
    """How much gradient each window of 8 x 8, half overlapping, holds: its root mean square [n, 3, ...]."""
    dx, dy = gradients(x)
    return (F.avg_pool2d(dx * dx + dy * dy, 8, 4) + 1e-5).sqrt()


def edges(x):
    """Mean gradient of luminance of the strongest tenth of the pixels of one picture [3, h, w] in 0..1."""
    dx, dy = gradients((x * LUMA).sum(0))
    g = (dx * dx + dy * dy).sqrt().flatten()
    return g.topk(g.numel() // 10).values.mean().item()


@torch.no_grad()
def as_dreamt(parts, latents, captions, schedule, g):
    """Latents as one late call of the UNet leaves them."""
    unet, text, ae, words = parts
    t = torch.randint(60, 380, (len(latents),), generator=g)
    z = latents * ae.config.scaling_factor
    x = schedule.add_noise(z, torch.randn(z.shape, generator=g).to(DEVICE), t.to(DEVICE))
    v = unet(x, t.to(DEVICE), text(words(captions).to(DEVICE)).last_hidden_state).sample
    bar = schedule.alphas_cumprod[t][:, None, None, None].to(DEVICE)
    return (bar.sqrt() * x - (1 - bar).sqrt() * v) / ae.config.scaling_factor


def about(a):
    """The beginning of a hash of the UNet of `--from`: whose latents and whose decoder they are."""
    with open(a.start / "unet" / "diffusion_pytorch_model.safetensors", "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:8]


@torch.no_grad()
def drawn(a, parts, seed, count):
    """`count` pictures of each shape: bytes, the encoder's latents, latents as dreamt; kept under --work."""
    path = a.work / f"decoder-{about(a)}-{seed}-{count}.pt"
    if not path.exists():
        made, r, g = [], random.Random(seed), torch.Generator().manual_seed(seed)
        for height, width in SHAPES:
            shown, clean, dreamt = [], [], []
            for _ in range(count // 10):
                x, captions, _ = world.batch(10, height, width, r, 0.6)
                z = parts[2].encode((x * 2 - 1).to(DEVICE, memory_format=torch.channels_last)).latents
                shown.append((x * 255).round().byte())
                clean.append(z.half().cpu())
                dreamt.append(as_dreamt(parts, z, captions, scheduler(), g).half().cpu())
            made.append(tuple(torch.cat(t) for t in (shown, clean, dreamt)))
            print("decoder draws", height, width, flush=True)
        keep(made, path)
    return torch.load(path, weights_only=False)


def crops(pool, batch, g, r):
    """(pictures [batch, 3, 8 CROP, 8 CROP] in -1..1, their latents), the second half of them as dreamt."""
    shown, clean, dreamt = pool[r.choices(range(len(pool)), (3, 2, 1))[0]]
    h, w = clean.shape[2:]
    pick = torch.randint(len(shown), (batch,), generator=g).tolist()
    t, z = [], []
    for k, p in enumerate(pick):
        y, x = r.randint(0, h - CROP), r.randint(0, w - CROP)
        t.append(shown[p, :, 8 * y:8 * (y + CROP), 8 * x:8 * (x + CROP)])
        z.append((clean if k < batch // 2 else dreamt)[p, :, y:y + CROP, x:x + CROP])
    lay = {"device": DEVICE, "memory_format": torch.channels_last}
    return (torch.stack(t).float() / 127.5 - 1).to(**lay), torch.stack(z).float().to(**lay)


@torch.no_grad()
def report(ae, held, what):
    """Of held-out pictures: PSNR and edges given back, of the encoder's latents and of those as dreamt."""
    said = []
    for (height, width), (shown, clean, dreamt) in zip(SHAPES, held):
        t = shown.float() / 255
        for name, z in (("", clean), (" dreamt", dreamt)):
            y = torch.cat([ae.decode(part.float().to(DEVICE)).sample.cpu() for part in z.split(8)]) * 0.5 + 0.5
            y = y.clamp(0, 1)
            psnr = (-10 * torch.log10((y - t).pow(2).mean((1, 2, 3)))).mean().item()
            back = torch.tensor([edges(one) / max(edges(drawn), 1e-4) for one, drawn in zip(y, t)])
            said.append(f"{width}x{height}{name} {psnr:.2f} dB edges {back.median():.2f}")
    print(f"{what}: {'; '.join(said)}", flush=True)


def train(a):
    """Goes on from the decoder of the folder `--from`, whose UNet it needs, and writes that of `--out` over."""
    parts = load(a.start, a.size)
    pool, held = drawn(a, parts, 41, a.pool), drawn(a, parts, 43, 60)
    ae, g, r = parts[2], torch.Generator().manual_seed(a.seed), random.Random(a.seed)
    report(ae, held, "decoder, as it was")
    state, begun = a.work / f"decoder-{about(a)}-state.pt", 0
    critic = Discriminator().to(DEVICE, memory_format=torch.channels_last)
    moved = list(ae.decoder.parameters())
    opt = torch.optim.AdamW(moved, a.rate, betas=(0.5, 0.99), weight_decay=0)
    against = torch.optim.AdamW(critic.parameters(), 4e-4, betas=(0.5, 0.99), weight_decay=0)
    average = [p.detach().clone() for p in moved]
    if state.exists():
        kept = torch.load(state, weights_only=False)
        ae.decoder.load_state_dict(kept["decoder"]), critic.load_state_dict(kept["critic"])
        opt.load_state_dict(kept["opt"]), against.load_state_dict(kept["against"])
        average, begun = kept["average"], kept["steps"]
    if begun >= a.steps:
        raise SystemExit(f"{state} has {begun} steps already: ask for more of them, or remove it")
    began = time.time()
    for i in range(begun, a.steps):
        for group in opt.param_groups:
            group["lr"] = a.rate * min(1.0, (i + 1) / 100) * min(1.0, max(0.02, (1 - i / a.steps) / 0.4))
        t, z = crops(pool, a.batch, g, r)
        y = ae.decoder(z)
        real, _ = critic(t)
        false, _ = critic(y.detach())
        lost = F.relu(1 - real).mean() + F.relu(1 + false).mean()
        against.zero_grad()
        lost.backward()
        against.step()
        critic.requires_grad_(False)
        (verdict, seen), wanted = critic(y), critic(t)[1]
        critic.requires_grad_(True)
        alike = sum((one - two.detach()).abs().mean() for one, two in zip(seen, wanted))
        colour = (F.avg_pool2d(y, 8) - F.avg_pool2d(t, 8)).abs().mean()
        sharp = (edge_energy(y) - edge_energy(t)).abs().mean()
        error = 2 * ((y - t) ** 2).mean() + (y - t).abs().mean() + 4 * colour
        loss = error + 2 * sharp + alike - a.adversary * min(1.0, i / 300) * verdict.mean()
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(moved, 1.0)
        opt.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, moved, 1 - min(0.998, (1 + i) / (10 + i)))
        if (i + 1) % 50 == 0:
            print(f"decoder {i + 1} error {error.item():.4f} sharp {sharp.item():.4f} alike {alike.item():.3f} "
                  f"against {lost.item():.3f} {time.time() - began:.0f} s", flush=True)
        if (i + 1) % 250 == 0 or i + 1 == a.steps:
            keep({"decoder": ae.decoder.state_dict(), "critic": critic.state_dict(), "opt": opt.state_dict(),
                  "against": against.state_dict(), "average": average, "steps": i + 1}, state)
            now = [p.detach().clone() for p in moved]
            with torch.no_grad():
                torch._foreach_copy_(moved, average)
            report(ae, held, f"decoder {i + 1}, averaged")
            ae.save_pretrained(a.work / "vae")
            if a.out and i + 1 == a.steps:
                return export_vae(ae, a.out)
            with torch.no_grad():
                torch._foreach_copy_(moved, now)
