"""The networks and the sampler, all in diffusers' own classes, and how they lie in a folder."""

import json
import os
import shutil
import warnings
from pathlib import Path

import diffusers
import torch
from diffusers import AutoencoderTiny, DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from tokens import TOKENS, Words

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
LATENT_CHANNELS = 8
warnings.filterwarnings("ignore")


# Without bf16 instructions f32 is faster; with AVX-512's a step takes 0.7 of the time.
HALF = DEVICE == "cuda" or torch.cpu._is_avx512_bf16_supported()


def autocast():
    return torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=HALF)


def tiny_vae():
    return AutoencoderTiny(encoder_block_out_channels=(32,) * 4, decoder_block_out_channels=(32,) * 4,
                           latent_channels=LATENT_CHANNELS, num_encoder_blocks=(1, 2, 2, 2),
                           num_decoder_blocks=(3, 3, 2, 1))


def denoiser(size_px):
    """16 million parameters. The prompt speaks twice: pooled, through the time embedding, to every level, and token by
    token to the attentions of the lowest."""
    return UNet2DConditionModel(sample_size=size_px // 8, in_channels=LATENT_CHANNELS, out_channels=LATENT_CHANNELS,
                                block_out_channels=(64, 128, 256), layers_per_block=1, cross_attention_dim=128,
                                attention_head_dim=[2, 4, 8], use_linear_projection=True,
                                addition_embed_type="text", addition_embed_type_num_heads=4,
                                resnet_time_scale_shift="scale_shift",
                                down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"),
                                up_block_types=("CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"))


def text_encoder(words):
    ends = {"bos_token_id": words.start, "eos_token_id": words.end, "pad_token_id": words.end}
    return CLIPTextModel(CLIPTextConfig(vocab_size=words.size, hidden_size=128, intermediate_size=512,
                                        num_hidden_layers=4, num_attention_heads=4, max_position_embeddings=TOKENS,
                                        hidden_act="quick_gelu", projection_dim=128, **ends))


NOISE_ALONE = 999  # the time of the schedule below at which a picture is noise and nothing else


def scheduler():
    return DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
                         prediction_type="v_prediction", clip_sample=False, rescale_betas_zero_snr=True,
                         timestep_spacing="trailing", set_alpha_to_one=True)


def keep(value, path):
    """Saves `value` so that `path` is whole or not there, whenever this is cut off."""
    torch.save(value, path.with_suffix(".tmp"))
    os.replace(path.with_suffix(".tmp"), path)


def weights(folder, part):
    """f32 weights of one component of a diffusers folder, or None."""
    from safetensors.torch import load_file

    name = "model.safetensors" if part == "text_encoder" else "diffusion_pytorch_model.safetensors"
    path = Path(folder) / part / name
    return {k: v.float() for k, v in load_file(path).items()} if path.exists() else None


def take(network, state):
    """Loads what fits `network`: a changed vocabulary keeps the rest of the text encoder."""
    own = network.state_dict()
    fits = {k: v for k, v in (state or {}).items() if k in own and own[k].shape == v.shape}
    network.load_state_dict(fits, strict=False)
    return len(fits), len(own)


@torch.no_grad()
def sample(unet, text, ae, words, prompts, steps, seed=0, size_px=(256, 256)):
    """Pictures [n, 3, height, width] in 0..1 for `prompts`; `size_px` is (height, width)."""
    g = torch.Generator().manual_seed(seed)
    shape = (len(prompts), LATENT_CHANNELS, size_px[0] // 8, size_px[1] // 8)
    return from_embeddings(unet, ae, text(words(prompts).to(DEVICE)).last_hidden_state, torch.randn(shape, generator=g), steps)


@torch.no_grad()
def from_embeddings(unet, ae, c, z, steps):
    """Pictures, on the CPU as drawn ones are, from prompt embeddings c and noise z; guidance is in the weights."""
    s, z, c = scheduler(), z.to(DEVICE), c.to(DEVICE)
    s.set_timesteps(steps)
    with autocast():
        for t in s.timesteps:
            z = s.step(unet(z, t, c).sample.float(), t, z).prev_sample
        z = (z / ae.config.scaling_factor).to(memory_format=torch.channels_last)
        return (ae.decode(z).sample.float() * 0.5 + 0.5).clamp(0, 1).cpu()


def load(folder, size_px):
    """(unet, text, ae, words) of a diffusers folder, ready to sample from."""
    folder = Path(folder)
    words = Words(folder / "tokenizer")
    unet, text = denoiser(size_px), text_encoder(words)
    take(unet, weights(folder, "unet"))
    take(text, weights(folder, "text_encoder"))
    ae = AutoencoderTiny.from_pretrained(folder / "vae", torch_dtype=torch.float32)
    lay = {"device": DEVICE, "memory_format": torch.channels_last}
    return unet.to(**lay).eval(), text.to(DEVICE).eval(), ae.to(**lay).eval(), words


def export_vae(ae, out):
    """Writes the autoencoder in f16."""
    ae.half().save_pretrained(out / "vae")
    config = out / "vae" / "config.json"
    # diffusers notes where the VAE was read from: a folder of the machine that trained it.
    kept = {k: v for k, v in json.loads(config.read_text()).items() if k != "_name_or_path"}
    config.write_text(json.dumps(kept, indent=2) + "\n")


def export(unet, text, work, out):
    """Writes the diffusers folder: every component in f16, no pickles."""
    unet.half().save_pretrained(out / "unet")
    text.half().save_pretrained(out / "text_encoder")
    export_vae(AutoencoderTiny.from_pretrained(work / "vae"), out)
    scheduler().save_pretrained(out / "scheduler")
    shutil.copytree(work / "tokenizer", out / "tokenizer", dirs_exist_ok=True)
    parts = {"scheduler": ["diffusers", "DDIMScheduler"], "text_encoder": ["transformers", "CLIPTextModel"],
             "tokenizer": ["transformers", "CLIPTokenizer"], "unet": ["diffusers", "UNet2DConditionModel"],
             "vae": ["diffusers", "AutoencoderTiny"]}
    absent = {"feature_extractor": [None, None], "safety_checker": [None, None], "image_encoder": [None, None],
              "requires_safety_checker": False}
    index = {"_class_name": "StableDiffusionPipeline", "_diffusers_version": diffusers.__version__, **absent, **parts}
    (out / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")
    print("exported", sum(f.stat().st_size for f in out.rglob("*.safetensors")) / 1e6, "MB", flush=True)
