"""Half way between two prompts: the form of the one in the colours of the other, where there was a mud of both.

On the way from a prompt to another the colours change in one half and the form in the other, so that at the middle there
is a picture that could have been asked for, and nothing pops. Which form stays is a fixed order of the prompts: the one
whose subject carries much colour stays, dressed in the palette that has more of it, so that the middle is not pale.

No further picture need be drawn for that: how the UNet hears a prompt is taught alone. `train.py between` moves the text
encoder, the pooling into the time embedding and the attentions to the text, until an embedding on the way is heard as the
crossed prompt's was by the same networks before. A step takes a quarter of one of the whole UNet.

After this a walk still changes abruptly. The last fifth of the steps also learns to change evenly; used in full that brings
the mud back, so only a share of what it changed is kept. Between two sets of weights of which one was trained on from the
other there are some with most of what is good in both (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).
"""

import copy
import dataclasses
import random
import time

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

import world
from networks import DEVICE, LATENT_CHANNELS, NOISE_ALONE, autocast, scheduler

# How far into the way the colours have changed (or the form, whichever comes first), and where the other begins to.
EARLY_ENDS, LATE_BEGINS = 0.532, 0.468
# Evenness: from which part of the steps on, its weight in the loss, and the share that is kept of what those steps changed.
EVEN_FROM, EVEN_WEIGHT, EVEN_KEPT = 0.8, 0.1, 0.3


def carries(folder):
    """How much its subject adds to a prompt's saturation over what its palette does, as a rank in 0..1, by (subject,
    palette); measured on the drawn pictures in the shards of `folder`."""
    subjects, palettes = ({k: [] for k in names} for names in (world.SUBJECTS, world.PALETTES))
    for path in sorted(folder.glob("*.pt")):
        _, samples, small = torch.load(path, weights_only=False)
        saturation = (small.amax(1).float() - small.amin(1)).mean((1, 2)) / 255
        for s, value in zip(samples, saturation.tolist()):
            if not s.second and not s.flags and not any(s.axes.values()):
                subjects[s.subject].append(value), palettes[s.palette].append(value)
    mean = {k: sum(values) / len(values) + 0.01 for k, values in [*subjects.items(), *palettes.items()]}
    order = sorted(((s, p) for s in subjects for p in palettes), key=lambda sp: mean[sp[0]] / mean[sp[1]])
    return {key: k / len(order) for k, key in enumerate(order)}


class Ways:
    """Prompts on the way to each other's: every caption of a batch towards the next one's."""

    def __init__(self, folder, words):
        self.rank, self.words = carries(folder), words

    def draw(self, samples, r, g, still=0.2, middle=0.4):
        """Token ids of the samples' captions and of those seen half way, and the way gone [n]: `still` of them 0,
        `middle` of them about the middle."""
        crossed = []
        for a, b in zip(samples, samples[1:] + samples[:1]):
            form, colour = (a, b) if self.rank[a.subject, a.palette] > self.rank[b.subject, b.palette] else (b, a)
            crossed.append(dataclasses.replace(form, palette=colour.palette))
        own, seen = (self.words([world.caption(s, r) for s in part]).to(DEVICE) for part in (samples, crossed))
        kind, way = torch.rand(len(samples), generator=g), torch.rand(len(samples), generator=g)
        way = torch.where(kind < still, 0.0, torch.where(kind < still + middle, 0.4 + 0.2 * way, way))
        return own, seen, way.to(DEVICE)


def eased(u):
    """A change from 0 to 1 over u = 0..1 that is slow in the middle, where a picture turns over by itself."""
    u = 2 * u.clamp(0, 1) - 1
    return 0.5 + 0.5 * u.sign() * u.abs() ** 2.5


def blend(own, crossed, way):
    """What is to be heard: own [n, ...] before the way, three quarters of it crossed half way, the next one's own after."""
    early, late = eased(way / EARLY_ENDS), eased((way - LATE_BEGINS) / (1 - LATE_BEGINS))
    before, after = ((1 - early) * (1 - late), early * late)
    shape = (-1,) + (1,) * (own.dim() - 1)
    before, after = before.view(shape).to(own.dtype), after.view(shape).to(own.dtype)
    return before * own + (1 - before - after) * crossed + after * own.roll(-1, 0)


def on_the_way(c, way):
    """Embeddings [n, tokens, width] moved towards the next one's, as a walk does."""
    return torch.lerp(c, c.roll(-1, 0), way[:, None, None].to(c.dtype))


def listeners(unet):
    """What of the UNet hears the prompt: the pooling, and every attention to the text."""
    return unet.add_embedding, [m for name, m in unet.named_modules() if name.endswith("attn2")]


@torch.no_grad()
def questions(unet, c, size_px):
    """What the picture asks of each attention to the text, [n, width] each, gathered while c is dreamt in four steps."""
    asked, schedule = [[] for _ in listeners(unet)[1]], scheduler()
    keep = [lambda _, given, k=k: asked[k].append(given[0].flatten(0, 1)[::16].float()) for k in range(len(asked))]
    hooks = [m.register_forward_pre_hook(hook) for m, hook in zip(listeners(unet)[1], keep)]
    schedule.set_timesteps(4)
    z = torch.randn(len(c), LATENT_CHANNELS, size_px // 8, size_px // 8, device=DEVICE)
    for t in schedule.timesteps:
        z = schedule.step(unet(z, t, c).sample.float(), t, z).prev_sample
    for hook in hooks:
        hook.remove()
    return [torch.cat(part) for part in asked]


def hear(unet, c, asked):
    """What the UNet makes of embeddings c: the pooled one, then an answer to every question."""
    pooling, attentions = listeners(unet)
    answers = [m(q.expand(len(c), -1, -1), encoder_hidden_states=c) for m, q in zip(attentions, asked)]
    return [part.float() for part in (pooling(c), *answers)]


def unevenness(unet, c, size_px, walks=2, points=12):
    """How unevenly the picture of one call changes on the way from each of the first `walks` of embeddings c to one of those
    after them: mean square of the change from point to point over its squared mean, less one; 0 is a steady walk."""
    way = ((torch.arange(points) + torch.rand(1)) / points).to(c)[None, :, None, None]
    c = torch.lerp(c[:walks, None], c[walks : 2 * walks, None], way).flatten(0, 1)
    z = torch.randn(walks, 1, LATENT_CHANNELS, size_px // 8, size_px // 8).expand(-1, points, -1, -1, -1).flatten(0, 1)
    z = z.to(DEVICE, memory_format=torch.channels_last)
    pictures = unet(z, NOISE_ALONE, c).sample.float().unflatten(0, (walks, points))
    change = (pictures.diff(dim=1).pow(2).mean((2, 3, 4)) + 1e-6).sqrt()  # two captions may be the same
    return (change.pow(2).mean(1) / change.mean(1).pow(2)).mean() - 1


def train(a, unet, text, words):
    """Moves `text` and the listeners of `unet`; everything else of it stays."""
    pooling, attentions = listeners(unet)
    params = [p for module in (text, pooling, *attentions) for p in module.parameters()]
    before, before_text = (copy.deepcopy(network).requires_grad_(False) for network in (unet, text))
    unet.requires_grad_(False)
    for p in params:
        p.requires_grad_(True)
    ways, r, g = Ways(a.work / f"latents-{a.size}", words), random.Random(a.seed), torch.Generator().manual_seed(a.seed)
    with autocast(), sdpa_kernel(SDPBackend.MATH), torch.no_grad():
        first = text(words([world.caption(world.sample(r), r) for _ in range(24)]).to(DEVICE)).last_hidden_state
        asked = questions(before, first, a.size)

    def step(even):
        """The loss of one batch [], and what it is made of: off by for the pooled part and the answers, each at a prompt
        and half way; unevenness [5]."""
        samples = [world.sample(r) if r.random() < 0.4 else world.plain(r) for _ in range(a.batch)]
        own, seen, way = ways.draw(samples, r, g)
        some = [q[torch.randint(len(q), (32,), generator=g)] for q in asked]
        with autocast(), sdpa_kernel(SDPBackend.MATH):
            with torch.no_grad():
                told = [hear(before, before_text(ids).last_hidden_state, some) for ids in (own, seen)]
            c = text(own).last_hidden_state
            heard = hear(unet, on_the_way(c, way), some)
            uneven = unevenness(unet, c, a.size) if even else torch.zeros((), device=DEVICE)
        wanted = [blend(one, other, way) for one, other in zip(*told)]
        errors = [((x - t).pow(2).flatten(1).mean(1) / t.var()) for x, t in zip(heard, wanted)]
        pooled, answered = errors[0], sum(errors[1:]) / len(attentions)
        loss, about = (pooled + 0.5 * answered).mean(), (way - 0.5).abs() < 0.1
        parts = [part[where].mean() for part in (pooled, answered) for where in (way == 0, about)]
        return loss + EVEN_WEIGHT * uneven, torch.stack([*parts, uneven]).detach()

    def stage(share, even):
        opt, began, i, running = torch.optim.AdamW(params, a.rate, weight_decay=1e-3), time.time(), 0, None
        while (done := max(i / a.steps, (time.time() - began) / (60 * a.minutes)) / share) < 1:
            for group in opt.param_groups:
                group["lr"] = a.rate * min(1.0, (i + 1) / 100) * min(1.0, max(0.02, (1 - done) / 0.5))
            loss, now = step(even)
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
            opt.step()
            # A batch may have none at a prompt, or none half way.
            running = now.nan_to_num() if running is None else torch.where(now.isnan(), running, running.lerp(now, 0.02))
            i += 1
            if i % 100 == 0:
                off = "pooled {:.3f}, half way {:.3f}; answers {:.3f}, half way {:.3f}".format(*running)
                told = f"{off}; uneven {running[4]:.3f}" if even else off
                print(f"between {i}: off by, of the variance: {told}; {time.time() - began:.0f} s", flush=True)

    stage(EVEN_FROM, even=False)
    crossed = [p.detach().clone() for p in params]
    stage(1 - EVEN_FROM, even=True)
    with torch.no_grad():
        for p, was in zip(params, crossed):
            p.lerp_(was, 1 - EVEN_KEPT)
