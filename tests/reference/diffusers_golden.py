"""Golden values from diffusers and transformers for the parity tests in src/diffusion/tests.rs.

    python tests/reference/diffusers_golden.py fixtures     # rewrites tests/fixtures/diffusion
    python tests/reference/diffusers_golden.py parity       # rewrites tests/fixtures/spark.safetensors: after new weights
    python tests/reference/diffusers_golden.py spark DIR    # an untrained model of spark's exact shape

Needs torch, diffusers, transformers, tokenizers and safetensors. Weights are random, from fixed seeds.
"""

import json
import random
import shutil
import sys
from pathlib import Path

import torch
from diffusers import (AutoencoderKL, AutoencoderTiny, DDIMScheduler, EulerAncestralDiscreteScheduler,
                       EulerDiscreteScheduler, StableDiffusionImg2ImgPipeline, StableDiffusionPipeline,
                       UNet2DConditionModel)
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures" / "diffusion"
TOKENS = 12
PROMPT, NEGATIVE = "A red moon, over 3 café waves!", "dark fog"
LONG = "waves of light " * 20 + "☂ zebra"
BETAS = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
V = dict(BETAS, prediction_type="v_prediction", clip_sample=False, rescale_betas_zero_snr=True, timestep_spacing="trailing", set_alpha_to_one=True)


def write_tokenizer(folder, pad, merges=60, json_file=True):
    """CLIP's byte-level BPE with a handful of merges, in the old layout and, if asked, the new."""
    from tokenizers import pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    text = "red moon over waves dark fog light sea sun blue".split()
    words = [[*w[:-1], w[-1] + "</w>"] for w in text]
    pairs = []
    while len(pairs) < merges:
        counts = {}
        for w in words:
            for p in zip(w, w[1:]):
                counts[p] = counts.get(p, 0) + 1
        if not counts:
            break
        best = max(sorted(counts), key=counts.get)
        pairs.append(best)
        for w in words:
            i = 0
            while i < len(w) - 1:
                if (w[i], w[i + 1]) == best:
                    w[i: i + 2] = ["".join(best)]
                i += 1
    names = letters + [c + "</w>" for c in letters] + ["".join(p) for p in pairs] + ["<|startoftext|>", "<|endoftext|>"]
    vocab = {w: i for i, w in enumerate(dict.fromkeys(names))}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(p) for p in pairs) + "\n")
    special = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "pad_token": pad, "unk_token": "<|endoftext|>"}
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=1))
    (folder / "tokenizer_config.json").write_text(json.dumps({**special, "tokenizer_class": "CLIPTokenizer", "model_max_length": TOKENS, "do_lower_case": True, "errors": "replace"}, indent=1))
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    if json_file:
        tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    return tokenizer, vocab


def liven(model, seed):
    """Random but lively weights: initial ones leave norms at one and outputs near nothing."""
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() > 1:
                fan = p[0].numel()
                p.copy_(torch.randn(p.shape, generator=g) * (1.0 / fan) ** 0.5)
            else:
                p.copy_(torch.randn(p.shape, generator=g) * 0.2 + (1.0 if name.endswith("weight") else 0.0))
    # Fixtures are stored in f16; the golden values must come from the same numbers.
    return model.half().float().eval()


def save(folder, unet, text, vae, scheduler, variant=None):
    unet.half().save_pretrained(folder / "unet", variant=variant)
    text.half().save_pretrained(folder / "text_encoder", variant=variant)
    vae.half().save_pretrained(folder / "vae", variant=variant)
    scheduler.save_pretrained(folder / "scheduler")
    unet.float(), text.float(), vae.float()
    index = {"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.30.0", "feature_extractor": [None, None], "safety_checker": [None, None],
             "scheduler": ["diffusers", type(scheduler).__name__], "text_encoder": ["transformers", "CLIPTextModel"],
             "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", type(vae).__name__]}
    (folder / "model_index.json").write_text(json.dumps(index, indent=1))


def clip(vocab, act, layers=2):
    return CLIPTextModel(CLIPTextConfig(vocab_size=len(vocab), hidden_size=32, intermediate_size=64, num_hidden_layers=layers, num_attention_heads=4,
                                        max_position_embeddings=TOKENS, hidden_act=act, projection_dim=32, bos_token_id=vocab["<|startoftext|>"], eos_token_id=vocab["<|endoftext|>"], pad_token_id=0))


def ids(tokenizer, text):
    return tokenizer(text, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt").input_ids


def pipelines(unet, text, vae, tokenizer, scheduler):
    parts = dict(unet=unet, text_encoder=text, vae=vae, tokenizer=tokenizer, scheduler=scheduler, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    made = StableDiffusionPipeline(**parts), StableDiffusionImg2ImgPipeline(**parts)
    for p in made:
        p.set_progress_bar_config(disable=True)
    return made


@torch.no_grad()
def parts(tokenizer, text, unet, vae, size, g):
    """One call of each network."""
    z = vae.config.latent_channels
    out = {}
    for name, words in {"prompt": PROMPT, "negative": NEGATIVE, "long": LONG, "empty": ""}.items():
        i = ids(tokenizer, words)
        out[f"ids.{name}"] = i.int()
        out[f"text.{name}"] = text(i).last_hidden_state
    out["unet.x"] = torch.randn(2, z, *size, generator=g)
    out["unet.times"] = torch.tensor([999.0, 249.5])
    states = torch.cat([out["text.prompt"], out["text.negative"]])
    out["unet.y"] = unet(out["unet.x"], out["unet.times"], states).sample
    scale = 2 ** (len(vae.config.block_out_channels) - 1)
    out["vae.picture"] = torch.rand(1, 3, scale * 3, scale * 2, generator=g) * 2 - 1
    encoded = vae.encode(out["vae.picture"])
    encoded = encoded.latents if hasattr(encoded, "latents") else encoded.latent_dist.mode()
    out["vae.latents"] = encoded * vae.config.scaling_factor
    out["vae.z"] = torch.randn(1, z, 3, 2, generator=g) * 2
    out["vae.decoded"] = (vae.decode(out["vae.z"] / vae.config.scaling_factor).sample / 2 + 0.5).clamp(0, 1)
    return out


@torch.no_grad()
def runs(jobs, networks, z, side, g):
    """Whole pipelines: latents for `name` from `name.noise` and perhaps `name.init`."""
    unet, text, vae, tokenizer = networks
    out, table = {}, []
    for name, job in jobs.items():
        txt2img, img2img = pipelines(unet, text, vae, tokenizer, job["scheduler"])
        noise = torch.randn(1, z, side, side, generator=g)
        call = dict(prompt=PROMPT, negative_prompt=NEGATIVE, num_inference_steps=job["steps"], guidance_scale=job.get("guidance", 1.0), output_type="latent")
        further = [torch.randn(1, z, side, side, generator=g) for _ in range(job["steps"])]
        if job.get("fresh"):
            import diffusers.schedulers.scheduling_euler_ancestral_discrete as module
            feed = iter(further)
            module.randn_tensor = lambda *a, **k: next(feed)
        if "strength" in job:
            picture = torch.rand(1, 3, 8 * side, 8 * side, generator=g)
            init = vae.encode(picture * 2 - 1).latents * vae.config.scaling_factor
            import diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_img2img as module
            module.randn_tensor = lambda *a, **k: noise
            out[name] = img2img(image=picture, strength=job["strength"], **call).images
            out[f"{name}.init"] = init
        else:
            out[name] = txt2img(latents=noise.clone(), **call).images
        out[f"{name}.noise"] = noise
        for i, noise in enumerate(further[:-1] if job.get("fresh") else []):
            out[f"{name}.step.{i}"] = noise
        # As the pipeline left it: it forces steps_offset 1 and clip_sample off.
        config = {k: v for k, v in job["scheduler"].config.items() if not k.startswith("_")}
        table.append(dict(name=name, scheduler={"_class_name": type(job["scheduler"]).__name__, **config}, steps=job["steps"], guidance=job.get("guidance", 1.0), strength=job.get("strength")))
    return out, table


def schedules():
    """Timesteps and noise levels alone, for many settings: α and σ come from σ_k = σ/α."""
    rows = []
    for kind, (cls, extra) in {"ddim": (DDIMScheduler, dict(clip_sample=False)), "euler": (EulerDiscreteScheduler, {})}.items():
        for spacing in ("trailing", "leading", "linspace"):
            for zero in (False, True):
                for betas in (BETAS, dict(beta_start=0.0001, beta_end=0.02, beta_schedule="linear")):
                    for offset in (0, 1):
                        for steps in (1, 2, 3, 4, 7, 8, 20, 49):
                            config = dict(betas, **extra, timestep_spacing=spacing, rescale_betas_zero_snr=zero, steps_offset=offset)
                            if kind == "ddim":
                                config["set_alpha_to_one"] = offset == 0
                            s = cls(**config)
                            s.set_timesteps(steps)
                            times = s.timesteps.double()
                            if kind == "ddim":
                                now = s.alphas_cumprod[s.timesteps]
                                before = s.timesteps - 1000 // steps
                                then = torch.where(before >= 0, s.alphas_cumprod[before.clamp(min=0)], s.final_alpha_cumprod)
                            else:
                                now, then = (1 / (x.double() ** 2 + 1) for x in (s.sigmas[:-1], s.sigmas[1:]))
                            start = float(s.init_noise_sigma / ((s.sigmas[0] ** 2 + 1) ** 0.5)) if kind == "euler" else 1.0
                            short = lambda t: [float(f"{x:.9g}") for x in t.tolist()]
                            rows.append(dict(config={"_class_name": cls.__name__, **config}, steps=steps, times=short(times), now=short(now.double()), then=short(then.double()), start=start))
    # A sample of them keeps the file small; the seed keeps it the same.
    return random.Random(1).sample(rows, 120)


def fixtures():
    shutil.rmtree(FIXTURES, ignore_errors=True)
    torch.manual_seed(0)
    # Like spark: few-step v-prediction, tiny VAE, plain and attention blocks, heads listed, the prompt pooled into the
    # time embedding, which scales and shifts.
    folder = FIXTURES / "tiny"
    tokenizer, vocab = write_tokenizer(folder / "tokenizer", "<|endoftext|>")
    text = liven(clip(vocab, "quick_gelu"), 1)
    unet = liven(UNet2DConditionModel(sample_size=8, in_channels=8, out_channels=8, block_out_channels=(16, 40), layers_per_block=1, cross_attention_dim=32, attention_head_dim=[2, 5], use_linear_projection=True, norm_num_groups=8,
                                      addition_embed_type="text", addition_embed_type_num_heads=4, resnet_time_scale_shift="scale_shift",
                                      down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D")), 2)
    vae = liven(AutoencoderTiny(encoder_block_out_channels=(16,) * 4, decoder_block_out_channels=(16,) * 4, latent_channels=8, num_encoder_blocks=(1, 1, 1, 1), num_decoder_blocks=(1, 1, 1, 1)), 3)
    save(folder, unet, text, vae, DDIMScheduler(**V))
    golden = parts(tokenizer, text, unet, vae, (7, 10), torch.Generator().manual_seed(4))
    eps = dict(BETAS, prediction_type="epsilon")
    jobs = {
        "ddim_v": dict(scheduler=DDIMScheduler(**V), steps=4),
        "ddim_v_guided": dict(scheduler=DDIMScheduler(**V), steps=4, guidance=2.0),
        "ddim_v_img2img": dict(scheduler=DDIMScheduler(**V), steps=4, strength=0.6),
        "ddim_leading": dict(scheduler=DDIMScheduler(**eps, timestep_spacing="leading", steps_offset=1, set_alpha_to_one=False), steps=5),
        "euler_leading": dict(scheduler=EulerDiscreteScheduler(**eps, timestep_spacing="leading", steps_offset=1), steps=5, guidance=2.0),
        "euler_linspace": dict(scheduler=EulerDiscreteScheduler(**eps, timestep_spacing="linspace"), steps=4),
        "euler_trailing": dict(scheduler=EulerDiscreteScheduler(**eps, timestep_spacing="trailing"), steps=1),
        "euler_v_zero": dict(scheduler=EulerDiscreteScheduler(**BETAS, prediction_type="v_prediction", rescale_betas_zero_snr=True, timestep_spacing="trailing"), steps=3),
        "euler_img2img": dict(scheduler=EulerDiscreteScheduler(**eps, timestep_spacing="trailing"), steps=10, strength=0.7, guidance=2.0),
        "ancestral": dict(scheduler=EulerAncestralDiscreteScheduler(**eps, timestep_spacing="trailing"), steps=4, fresh=True),
    }
    golden_runs, table = runs(jobs, (unet, text, vae, tokenizer), 8, 8, torch.Generator().manual_seed(5))
    save_file({k: v.contiguous() for k, v in {**golden, **golden_runs}.items()}, FIXTURES / "tiny.safetensors")
    (FIXTURES / "runs.json").write_text(json.dumps(table, indent=1))

    # Stable Diffusion 1/2-like: KL autoencoder, exact GELU, "!" as padding, 1×1 projections, two layers,
    # one head count for all, files named .fp16, tokenizer in the old layout.
    folder = FIXTURES / "classic"
    tokenizer, vocab = write_tokenizer(folder / "tokenizer", "!", json_file=False)
    text = liven(clip(vocab, "gelu", layers=1), 11)
    unet = liven(UNet2DConditionModel(sample_size=8, block_out_channels=(16, 32), layers_per_block=2, cross_attention_dim=32, attention_head_dim=4, norm_num_groups=4, flip_sin_to_cos=False, freq_shift=1,
                                      down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D")), 12)
    vae = liven(AutoencoderKL(block_out_channels=(8, 16), layers_per_block=1, latent_channels=4, norm_num_groups=4, scaling_factor=0.18215,
                              down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2), 13)
    save(folder, unet, text, vae, EulerDiscreteScheduler(**eps, timestep_spacing="trailing"), variant="fp16")
    golden = parts(tokenizer, text, unet, vae, (6, 5), torch.Generator().manual_seed(14))
    save_file({k: v.contiguous() for k, v in golden.items()}, FIXTURES / "classic.safetensors")
    (FIXTURES / "schedules.json").write_text("[\n" + ",\n".join(json.dumps(r) for r in schedules()) + "\n]\n")
    print(sum(f.stat().st_size for f in FIXTURES.rglob("*") if f.is_file()) / 1e6, "MB")


def parity():
    """What diffusers makes of the model in the box, loaded unchanged: a picture of 128 px from given noise, 4 steps."""
    pipeline = StableDiffusionPipeline.from_pretrained(HERE.parents[1] / "models" / "spark", torch_dtype=torch.float32)
    pipeline.set_progress_bar_config(disable=True)
    noise = torch.randn(1, pipeline.unet.config.in_channels, 16, 16, generator=torch.Generator().manual_seed(21))
    made = pipeline("neon pink jellyfish on black", latents=noise.clone(), num_inference_steps=4, guidance_scale=1.0,
                    output_type="pt").images
    save_file({"noise": noise, "picture": made.half().contiguous()}, FIXTURES.parent / "spark.safetensors")


def spark(folder):
    """Untrained weights in spark's exact shape, for the benchmark."""
    torch.manual_seed(0)
    tokenizer, vocab = write_tokenizer(folder / "tokenizer", "<|endoftext|>")
    config = json.loads((folder / "tokenizer" / "tokenizer_config.json").read_text())
    (folder / "tokenizer" / "tokenizer_config.json").write_text(json.dumps({**config, "model_max_length": 48}))
    text = CLIPTextModel(CLIPTextConfig(vocab_size=1024, hidden_size=128, intermediate_size=512, num_hidden_layers=4, num_attention_heads=4, max_position_embeddings=48, hidden_act="quick_gelu", projection_dim=128, bos_token_id=1022, eos_token_id=1023, pad_token_id=1023))
    unet = UNet2DConditionModel(sample_size=16, in_channels=8, out_channels=8, block_out_channels=(64, 128, 256), layers_per_block=1, cross_attention_dim=128, attention_head_dim=[2, 4, 8], use_linear_projection=True,
                                addition_embed_type="text", addition_embed_type_num_heads=4, resnet_time_scale_shift="scale_shift",
                                down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"))
    vae = AutoencoderTiny(encoder_block_out_channels=(32,) * 4, decoder_block_out_channels=(32,) * 4, latent_channels=8, num_encoder_blocks=(1, 2, 2, 2), num_decoder_blocks=(3, 3, 2, 1))
    save(folder, liven(unet, 1), liven(text, 2), liven(vae, 3), DDIMScheduler(**V))


if __name__ == "__main__":
    if sys.argv[1:] == ["fixtures"]:
        fixtures()
    elif sys.argv[1:] == ["parity"]:
        parity()
    elif sys.argv[1:2] == ["spark"] and len(sys.argv) == 3:
        spark(Path(sys.argv[2]))
    else:
        sys.exit(__doc__)
