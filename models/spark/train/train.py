"""Trains spark, the model in the box, from nothing. Every stage ends in files under --work.

    python train.py tokenizer|vae|latents|unet|export --work DIR --out models/spark [--steps N] [--minutes M]

Needs torch, diffusers, transformers and tokenizers; a CPU is enough, a GPU is used when there is one.
`unet` resumes from `--work` (or from the committed weights with --resume models/spark).
"""

import argparse
import copy
import json
import os
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import AutoencoderTiny, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

import world

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
SIZE, CROP, LATENT_CHANNELS, TOKENS = 128, 80, 8, 48


def autocast():
    """bf16 on a GPU only: without AMX it is slower than f32 on a CPU."""
    return torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=DEVICE == "cuda")


# ------------------------------------------------------------------ tokenizer
def bpe(captions, out, vocab_size=1024):
    """CLIP's byte-level BPE trained on our own captions: 256 bytes, 256 word-final bytes, merges, two specials."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    split = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""), behavior="removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False),
    ])
    norm = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    t = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    t.normalizer, t.pre_tokenizer = norm, split
    t.train_from_iterator(captions, trainers.BpeTrainer(vocab_size=vocab_size, min_frequency=2, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), end_of_word_suffix="</w>", show_progress=False))
    merges = json.loads(t.to_str())["model"]["merges"]
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in merges]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = letters + [c + "</w>" for c in letters] + ["".join(m) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    vocab = {w: i for i, w in enumerate(dict.fromkeys(words))}
    t = Tokenizer(models.BPE(vocab=vocab, merges=merges, end_of_word_suffix="</w>", continuing_subword_prefix="", unk_token="<|endoftext|>"))
    t.normalizer, t.pre_tokenizer, t.decoder = norm, split, decoders.ByteLevel()
    t.post_processor = processors.RobertaProcessing(("<|endoftext|>", vocab["<|endoftext|>"]), ("<|startoftext|>", vocab["<|startoftext|>"]), trim_offsets=False, add_prefix_space=False)
    from tokenizers import AddedToken
    t.add_special_tokens([AddedToken("<|startoftext|>", special=True), AddedToken("<|endoftext|>", special=True)])
    out.mkdir(parents=True, exist_ok=True)
    t.save(str(out / "tokenizer.json"))
    (out / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False))
    (out / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(m) for m in merges) + "\n")
    special = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "pad_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
    (out / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
    (out / "tokenizer_config.json").write_text(json.dumps({**special, "tokenizer_class": "CLIPTokenizer", "model_max_length": TOKENS, "add_prefix_space": False, "do_lower_case": True, "errors": "replace"}, indent=2) + "\n")
    return vocab


class Words:
    """Captions to token ids [B, TOKENS], padded with the end token as Stable Diffusion 1.x does."""

    def __init__(self, folder):
        from tokenizers import Tokenizer

        self.t = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.end = self.t.token_to_id("<|endoftext|>")
        self.start = self.t.token_to_id("<|startoftext|>")
        self.size = self.t.get_vocab_size()

    def __call__(self, texts):
        rows = []
        for e in self.t.encode_batch(texts):
            ids = e.ids[: TOKENS - 1] if len(e.ids) >= TOKENS else e.ids[:-1]
            rows.append(ids + [self.end] * (TOKENS - len(ids)))
        return torch.tensor(rows)


# ------------------------------------------------------------------ VAE
def tiny_vae():
    return AutoencoderTiny(encoder_block_out_channels=(32,) * 4, decoder_block_out_channels=(32,) * 4, latent_channels=LATENT_CHANNELS, num_encoder_blocks=(1, 2, 2, 2), num_decoder_blocks=(3, 3, 2, 1))


def gradient_error(y, t):
    dx = (y[..., 1:] - y[..., :-1]) - (t[..., 1:] - t[..., :-1])
    dy = (y[..., 1:, :] - y[..., :-1, :]) - (t[..., 1:, :] - t[..., :-1, :])
    return dx.abs().mean() + dy.abs().mean()


def pool_of_pictures(a, count, seed):
    path = a.work / f"pictures-{count}-{seed}.pt"
    if not path.exists():
        r = random.Random(seed)
        x, caps, subj, pal = world.batch(count, SIZE, SIZE, r)
        torch.save(((x * 255).round().byte(), caps, subj, pal), path)
    return torch.load(path)


def train_vae(a):
    """Tiny VAE; the first three latent channels are anchored to the block-mean colour, standardised."""
    pictures = pool_of_pictures(a, a.pool, 1)[0]
    held = pool_of_pictures(a, 96, 99)[0].float().to(DEVICE) / 127.5 - 1
    ae = tiny_vae().to(DEVICE, memory_format=torch.channels_last)
    opt = torch.optim.AdamW(ae.parameters(), 1e-3, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(opt, 2.5e-3, total_steps=a.steps, pct_start=0.1)
    blocks = F.avg_pool2d(pictures[:512].float() / 127.5 - 1, 8)
    mean, dev = blocks.mean().item(), blocks.std().item()
    g, began = torch.Generator().manual_seed(2), time.time()
    for i in range(a.steps):
        pick = torch.randint(len(pictures), (a.batch,), generator=g)
        t = pictures[pick].float() / 127.5 - 1
        t = torch.stack([p[torch.randperm(3, generator=g)] for p in t])
        o = torch.randint(0, SIZE - CROP + 1, (2,), generator=g)
        t = t[..., o[0]: o[0] + CROP, o[1]: o[1] + CROP].to(DEVICE, memory_format=torch.channels_last)
        with autocast():
            z = ae.encode(t).latents
            y = ae.decode(z).sample
        y, z, fade = y.float(), z.float(), min(1.0, i / (0.3 * a.steps))
        spread = (z.mean((0, 2, 3)) ** 2).mean() + ((z.std((0, 2, 3)) - 1) ** 2).mean()
        loss = ((z[:, :3] - (F.avg_pool2d(t, 8) - mean) / dev) ** 2).mean() + ((y - t) ** 2).mean() + (y - t).abs().mean() + 4 * (F.avg_pool2d(y, 8) - F.avg_pool2d(t, 8)).abs().mean() + fade * gradient_error(y, t) + 0.05 * spread
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(ae.parameters(), 1.0)
        opt.step()
        schedule.step()
        if i % 100 == 0 or i == a.steps - 1:
            with torch.no_grad():
                zh = ae.encode(held).latents
                p = -10 * torch.log10(((ae.decode(zh).sample.clamp(-1, 1) - held) / 2).pow(2).mean((1, 2, 3)))
            print(f"vae {i} loss {loss.item():.4f} held-out psnr {p.mean():.2f} worst decile {p.quantile(0.1):.2f} latent {zh.mean():.3f} +- {zh.std():.3f} {time.time() - began:.0f} s", flush=True)
            # Stable Diffusion's convention: the UNet sees latents times this, of deviation 1.
            ae.register_to_config(scaling_factor=round(1 / zh.std().item(), 4))
            ae.save_pretrained(a.work / "vae")


# ------------------------------------------------------------------ latents
def make_latents(a):
    """Encodes --pool pictures once; training reads them from memory."""
    ae = AutoencoderTiny.from_pretrained(a.work / "vae").to(DEVICE).eval()
    shards = max(1, a.pool // 2000)
    zs, caps = [], []
    for k in range(shards):
        r = random.Random(1000 + k)
        x, c, _, _ = world.batch(a.pool // shards, SIZE, SIZE, r)
        with torch.no_grad():
            for part in (x * 2 - 1).split(64):
                zs.append(ae.encode(part.to(DEVICE)).latents.half().cpu())
        caps += c
        print(f"latents {len(caps)}", flush=True)
    torch.save((torch.cat(zs), caps), a.work / "latents.pt")


# ------------------------------------------------------------------ UNet and text encoder
def networks(words):
    unet = UNet2DConditionModel(sample_size=SIZE // 8, in_channels=LATENT_CHANNELS, out_channels=LATENT_CHANNELS, block_out_channels=(64, 128, 256), layers_per_block=1, cross_attention_dim=128, attention_head_dim=[2, 4, 8], use_linear_projection=True, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"))
    text = CLIPTextModel(CLIPTextConfig(vocab_size=words.size, hidden_size=128, intermediate_size=512, num_hidden_layers=4, num_attention_heads=4, max_position_embeddings=TOKENS, hidden_act="quick_gelu", projection_dim=128, bos_token_id=words.start, eos_token_id=words.end, pad_token_id=words.end))
    return unet, text


def scheduler():
    return DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="v_prediction", clip_sample=False, rescale_betas_zero_snr=True, timestep_spacing="trailing", set_alpha_to_one=True)


@torch.no_grad()
def sample(unet, text, ae, words, prompts, steps, guidance=1.0, seed=0, negative=""):
    s, g = scheduler(), torch.Generator().manual_seed(seed)
    z = torch.randn(len(prompts), LATENT_CHANNELS, SIZE // 8, SIZE // 8, generator=g).to(DEVICE)
    c = text(words(prompts).to(DEVICE)).last_hidden_state
    u = text(words([negative] * len(prompts)).to(DEVICE)).last_hidden_state
    s.set_timesteps(steps)
    for t in s.timesteps:
        v = unet(z, t, c).sample
        if guidance != 1:
            v0 = unet(z, t, u).sample
            v = v0 + guidance * (v - v0)
        z = s.step(v, t, z).prev_sample
    return (ae.decode(z / ae.config.scaling_factor).sample * 0.5 + 0.5).clamp(0, 1)


def sheet(path, unet, text, ae, words):
    from PIL import Image

    pals = list(world.PALETTES)
    prompts = [f"{pals[(3 * j + i) % 10]} {s}" for j in range(2) for i, s in enumerate(world.SUBJECTS)]
    rows = []
    for steps, guidance in ((2, 1.0), (4, 1.0), (4, 2.0), (8, 1.0)):
        y = sample(unet, text, ae, words, prompts, steps, guidance).cpu()
        n = len(world.SUBJECTS)
        rows += [torch.cat(list(y[k * n: (k + 1) * n]), 2) for k in range(2)]
    Image.fromarray((torch.cat(rows, 1).permute(1, 2, 0) * 255).byte().numpy()).save(path)


def train_unet(a):
    """v-prediction with zero terminal SNR; `--guidance G` folds guidance into the student afterwards."""
    words = Words(a.work / "tokenizer")
    z, captions = torch.load(a.work / "latents.pt")
    ae = AutoencoderTiny.from_pretrained(a.work / "vae").to(DEVICE).eval()
    unet, text = networks(words)
    start = a.resume or (a.work / "average.pt" if (a.work / "average.pt").exists() else None)
    if start:
        state = torch.load(start)
        unet.load_state_dict(state["unet"])
        text.load_state_dict(state["text"])
    unet.to(DEVICE, memory_format=torch.channels_last), text.to(DEVICE)
    params = [*unet.parameters(), *text.parameters()]
    average = [p.detach().clone() for p in params]
    averaged = copy.deepcopy((unet, text))
    teacher = copy.deepcopy((unet, text)) if a.guidance != 1 else None
    opt = torch.optim.AdamW(params, a.rate / 25, weight_decay=1e-3)
    noise_schedule = scheduler()
    ids = words(captions)
    empty = words([""]).to(DEVICE)
    g, began, i = torch.Generator().manual_seed(a.seed), time.time(), 0
    running = None
    while True:
        done = max(i / a.steps, (time.time() - began) / (60 * a.minutes))
        if done >= 1:
            break
        warm = min(1.0, (i + 1) / 200)
        for group in opt.param_groups:
            group["lr"] = a.rate * warm * min(1.0, max(0.02, (1 - done) / 0.4))
        pick = torch.randint(len(z), (a.batch,), generator=g)
        x = (z[pick].float() * ae.config.scaling_factor).to(DEVICE, memory_format=torch.channels_last)
        noise = torch.randn(x.shape, generator=g).to(DEVICE)
        t = torch.randint(0, 1000, (a.batch,), generator=g).to(DEVICE)
        t = torch.where(torch.rand(a.batch, generator=g).to(DEVICE) < 0.1, torch.full_like(t, 999), t)
        token_ids = ids[pick].to(DEVICE)
        drop = torch.rand(a.batch, generator=g).to(DEVICE) < 0.1
        token_ids = torch.where(drop[:, None], empty, token_ids)
        xt, target = noise_schedule.add_noise(x, noise, t), noise_schedule.get_velocity(x, noise, t)
        if teacher is not None:
            with torch.no_grad(), autocast():
                tc = teacher[1](token_ids).last_hidden_state
                tu = teacher[1](empty).last_hidden_state.expand(a.batch, -1, -1)
                vc, vu = teacher[0](torch.cat([xt, xt]), torch.cat([t, t]), torch.cat([tc, tu])).sample.float().chunk(2)
            target = vu + a.guidance * (vc - vu)
        with autocast():
            v = unet(xt, t, text(token_ids).last_hidden_state).sample
        loss = (v.float() - target).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        opt.step()
        decay = min(0.998, (1 + i) / (10 + i))
        torch._foreach_mul_(average, decay)
        torch._foreach_add_(average, [p.detach() for p in params], alpha=1 - decay)
        running = loss.item() if running is None else 0.98 * running + 0.02 * loss.item()
        if i % 100 == 0:
            print(f"unet {i} loss {running:.4f} {time.time() - began:.0f} s", flush=True)
        i += 1
        if i % 600 == 0:
            save(a, averaged, average, ae, words, i)
    save(a, averaged, average, ae, words, i)
    print(f"unet done after {i} steps, loss {running:.4f}", flush=True)


def save(a, averaged, average, ae, words, i):
    with torch.no_grad():
        for p, q in zip([*averaged[0].parameters(), *averaged[1].parameters()], average):
            p.copy_(q)
    state = {"unet": averaged[0].state_dict(), "text": averaged[1].state_dict()}
    torch.save(state, a.work / "average.tmp")
    os.replace(a.work / "average.tmp", a.work / "average.pt")
    sheet(a.work / f"sheet-{a.seed}-{i:06}.png", *averaged, ae, words)


# ------------------------------------------------------------------ export
def export(a):
    """Writes the diffusers folder: every component in f16, no pickles."""
    import shutil

    words = Words(a.work / "tokenizer")
    unet, text = networks(words)
    state = torch.load(a.work / "average.pt", map_location="cpu")
    unet.load_state_dict(state["unet"])
    text.load_state_dict(state["text"])
    unet.half().save_pretrained(a.out / "unet")
    text.half().save_pretrained(a.out / "text_encoder")
    AutoencoderTiny.from_pretrained(a.work / "vae").half().save_pretrained(a.out / "vae")
    scheduler().save_pretrained(a.out / "scheduler")
    shutil.copytree(a.work / "tokenizer", a.out / "tokenizer", dirs_exist_ok=True)
    index = {"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.30.0", "feature_extractor": [None, None], "safety_checker": [None, None], "requires_safety_checker": False, "image_encoder": [None, None], "scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderTiny"]}
    (a.out / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")
    print("exported", sum(f.stat().st_size for f in a.out.rglob("*.safetensors")) / 1e6, "MB", flush=True)


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("stage", choices=["tokenizer", "vae", "latents", "unet", "export"])
    p.add_argument("--work", type=Path, required=True)
    p.add_argument("--out", type=Path)
    p.add_argument("--steps", type=int, default=1500)
    p.add_argument("--minutes", type=float, default=1e9)
    p.add_argument("--batch", type=int, default=24)
    p.add_argument("--pool", type=int, default=4000)
    p.add_argument("--rate", type=float, default=6e-4)
    p.add_argument("--guidance", type=float, default=1.0)
    p.add_argument("--resume", type=Path)
    p.add_argument("--seed", type=int, default=5)
    a = p.parse_args()
    a.work.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(3)
    if a.stage == "tokenizer":
        r = random.Random(4)
        captions = [world.caption(r.choice(world.SUBJECTS), r.choice(list(world.PALETTES)), r.random(), r.uniform(-0.45, 0.45), r) for _ in range(20000)]
        print(len(bpe(captions, a.work / "tokenizer")), "tokens")
    else:
        {"vae": train_vae, "latents": make_latents, "unet": train_unet, "export": export}[a.stage](a)
