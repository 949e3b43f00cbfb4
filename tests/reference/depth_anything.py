"""Depth-Anything V2 small on made-up weights -> tests/fixtures/motion/depth_anything.json.

    python tests/reference/depth_anything.py

Needs torch and transformers. The weights are not stored: every number follows from the tensor's name and its place,
so that the Rust side builds the same model. Names are those of the original checkpoint, which candle-transformers
reads too: "pretrained.…" for the encoder (DINOv2) and "depth_head.…"; candle's encoder also wants head.weight
(1000 x 768) and head.bias, which no result depends on: zeros do.

Weight i of a tensor: h = FNV-1a 64 of the name; m = splitmix64(h + i * 0x9E3779B97F4A7C15), all modulo 2^64; u = (m >> 40) / 2^23 - 1
in [-1, 1). splitmix64(x): x += 0x9E3779B97F4A7C15; x = (x ^ x>>30) * 0xBF58476D1CE4E5B9; x = (x ^ x>>27) * 0x94D049BB133111EB; x ^ x>>31.
The value, in 32 bits: 1 + .1u for "norm….weight"; .5 + .1u for "gamma"; .02u for cls_token; .2u for pos_embed; else .1u for one dimension, and u * sqrt(3 / fan) otherwise, with fan = the number of
elements over the size of the first dimension (for the two transposed convolutions resize_layers.0 and .1: the size of the first one);
"output_conv2.2.bias" is 2.5.

Image k, channel c, row y, column x: v = (5x + 3y(c+1) + floor(xy / 7)(c+2) + 90k) mod 256, then (v/255 - mean) / std with ImageNet's
mean .485 .456 .406 and std .229 .224 .225.

"outputs": {k, h, w, kind, depth (base64 of little-endian 32-bit floats, h x w)}. kind "true": transformers as it is, i.e.
bilinear with aligned corners, bicubic position codes, exact GELU, LayerNorm 1e-6. kind "candle": the same with the four liberties of
candle-transformers 0.11.1 put in: nearest neighbour everywhere (position codes too), LayerNorm 1e-5, GELU by tanh. It takes squares only,
one image at a time: DepthAnythingV2Config::new([48, 96, 192, 384], 384, 64, false, false, vec![2, 5, 8, 11], side, side / 14).
"""

import base64
import json
import re
from pathlib import Path

import numpy
import torch
from torch import nn
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

OUT = Path(__file__).parent.parent / "fixtures" / "motion" / "depth_anything.json"
GOLD = 0x9E3779B97F4A7C15


def numbers(name, shape):
    h = 0xCBF29CE484222325
    for b in name.encode():
        h = (h ^ b) * 0x100000001B3 % 2**64
    n = int(numpy.prod(shape))
    with numpy.errstate(over="ignore"):
        x = numpy.uint64(h) + numpy.arange(n, dtype=numpy.uint64) * numpy.uint64(GOLD) + numpy.uint64(GOLD)
        x = (x ^ (x >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        x ^= x >> numpy.uint64(31)
    u = (x >> numpy.uint64(40)).astype(numpy.float64) / 2**23 - 1
    if "norm" in name and name.endswith("weight"):
        u = 1 + .1 * u
    elif name.endswith("gamma"):
        u = .5 + .1 * u
    elif name.endswith("cls_token"):
        u = .02 * u
    elif name.endswith("pos_embed"):
        u = .2 * u
    elif name.endswith("output_conv2.2.bias"):
        u = 0 * u + 2.5
    elif len(shape) == 1:
        u = .1 * u
    else:
        fan = shape[0] if re.search(r"resize_layers\.[01]\.", name) else n // shape[0]
        u = u * (3 / fan) ** .5
    return torch.from_numpy(u.astype(numpy.float32).reshape(shape))


def original_name(name):
    """transformers' name -> the checkpoint's; a tuple (name, part) for thirds of qkv."""
    for a, b in [(r"backbone\.encoder\.layer\.", "pretrained.blocks."), (r"backbone\.layernorm", "pretrained.norm"), (r"backbone\.embeddings\.position_embeddings", "pretrained.pos_embed"),
                 (r"backbone\.embeddings\.cls_token", "pretrained.cls_token"), (r"backbone\.embeddings\.patch_embeddings\.projection", "pretrained.patch_embed.proj"),
                 (r"layer_scale(\d)\.lambda1", r"ls\1.gamma"), (r"attention\.output\.dense", "attn.proj"), (r"neck\.reassemble_stage\.layers\.(\d)\.projection", r"depth_head.projects.\1"),
                 (r"neck\.reassemble_stage\.layers\.(\d)\.resize", r"depth_head.resize_layers.\1"), (r"neck\.convs\.(\d)", lambda m: f"depth_head.scratch.layer{int(m[1]) + 1}_rn"),
                 (r"neck\.fusion_stage\.layers\.(\d)", lambda m: f"depth_head.scratch.refinenet{4 - int(m[1])}"), (r"residual_layer(\d)\.convolution(\d)", r"resConfUnit\1.conv\2"),
                 (r"(refinenet\d)\.projection", r"\1.out_conv"), (r"^head\.conv1", "depth_head.scratch.output_conv1"), (r"^head\.conv2", "depth_head.scratch.output_conv2.0"), (r"^head\.conv3", "depth_head.scratch.output_conv2.2")]:
        name = re.sub(a, b, name)
    m = re.search(r"attention\.attention\.(query|key|value)", name)
    if m:
        return name.replace(m[0], "attn.qkv"), ["query", "key", "value"].index(m[1])
    return name, None


def build():
    backbone = Dinov2Config(hidden_size=384, num_hidden_layers=12, num_attention_heads=6, image_size=518, patch_size=14, out_indices=[3, 6, 9, 12], reshape_hidden_states=False, apply_layernorm=True)
    model = DepthAnythingForDepthEstimation(DepthAnythingConfig(backbone_config=backbone, reassemble_hidden_size=384, patch_size=14, neck_hidden_sizes=[48, 96, 192, 384], fusion_hidden_size=64)).eval()
    state, names = {}, {}
    for key, value in model.state_dict().items():
        if key.endswith("mask_token"):
            state[key] = value
            continue
        name, part = original_name(key)
        shape = list(value.shape)
        if part is None:
            state[key] = numbers(name, shape)
        else:
            shape[0] *= 3
            third = shape[0] // 3
            state[key] = numbers(name, shape)[part * third:(part + 1) * third]
        names[name] = shape
    model.load_state_dict(state)
    return model, names


def candle_like(model):
    """Turns the model into what candle computes."""
    for m in model.modules():
        if isinstance(m, nn.LayerNorm):
            m.eps = 1e-5
        if m.__class__.__name__ == "Dinov2MLP":
            m.activation = nn.GELU(approximate="tanh")

    def nearest(x, size=None, scale_factor=None, **_):
        h, w = size or [int(n * scale_factor) for n in x.shape[2:]]
        rows, columns = ([min(n - 1, int(i * (n / m))) for i in range(m)] for n, m in zip(x.shape[2:], (h, w)))
        return x[:, :, rows][:, :, :, columns].contiguous(memory_format=torch.channels_last)  # as the caller expects

    nn.functional.interpolate = nearest


def picture(k, h, w):
    y, x = numpy.mgrid[0:h, 0:w]
    v = numpy.stack([(5 * x + 3 * y * (c + 1) + x * y // 7 * (c + 2) + 90 * k) % 256 for c in range(3)]) / 255
    mean, std = (numpy.array(a).reshape(3, 1, 1) for a in ([.485, .456, .406], [.229, .224, .225]))
    return torch.from_numpy(((v - mean) / std).astype(numpy.float32))[None]


def main():
    model, names = build()
    outputs = []

    def run(kind, sizes):
        for k, h, w in sizes:
            with torch.no_grad():
                d = model(picture(k, h, w)).predicted_depth[0]
                exact = model.double()(picture(k, h, w).double()).predicted_depth[0]
                model.float()
            print(kind, k, tuple(d.shape), f"off from 64 bits by {(d - exact).abs().max():.1e}, mean {d.mean():.4f} deviation {d.std():.4f} zeros {(d == 0).float().mean():.3f}")
            outputs.append(dict(k=k, h=h, w=w, kind=kind, depth=base64.b64encode(d.numpy().astype("<f4").tobytes()).decode()))

    run("true", [(0, 56, 56), (1, 56, 56), (0, 42, 70)])
    candle_like(model)
    run("candle", [(0, 56, 56), (1, 56, 56)])
    sample = {n: [float(f"{v:.9g}") for v in numbers(n, names[n]).ravel()[:3]] for n in ["pretrained.cls_token", "pretrained.pos_embed", "pretrained.blocks.0.attn.qkv.weight", "pretrained.blocks.3.norm1.weight",
              "pretrained.blocks.11.ls2.gamma", "depth_head.resize_layers.0.weight", "depth_head.resize_layers.3.weight", "depth_head.scratch.refinenet1.resConfUnit1.conv1.bias"]}
    rest = ",\n".join(json.dumps(o, separators=(",", ":")) for o in outputs)
    OUT.write_text('{"first":' + json.dumps(sample) + ',\n"tensors":' + json.dumps(names, separators=(",", ":")) + ',\n"outputs":[\n' + rest + "]}\n")
    print(len(names), "tensors,", OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
