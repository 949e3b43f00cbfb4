"""Other people's programs on the same weights and processor: torch, onnxruntime and OpenVINO beside ours, all in f32.
Prints one markdown table.

    python tests/reference/cpu_peers.py [--model models/spark] [--size 256] [--threads 2] [--rounds 10]
    python tests/reference/cpu_peers.py --sd21 [--files f16] [--work target/peers]    # a UNet of Stable Diffusion 2.1's shape

Needs torch, diffusers, transformers, onnx, onnxscript, onnxruntime and openvino, all from PyPI; set no OPENBLAS_CORETYPE.
Ours is our own bench, tests/bench/diffusion.rs, built here by cargo unless `--halation COMMAND…` (the last option) names
it; a window or another build running beside this harms all programs, but not alike.

The programs take turns: in every round each measures the same thing once, some calls of it, one program right after
the other; the best call of all rounds counts. × says how much faster ours is.

A UNet call, a decode and an encode are of one picture. In ours a prompt is words, in theirs the token ids that are made of
them. The picture of 4 steps is a real loop everywhere: the prompt, four UNet calls with a step of diffusers' scheduler
after each (in ours, our sampler), the decoder. Theirs must agree with torch's to a hundredth before anything is timed.
onnxruntime and OpenVINO get torch.onnx's export, in fixed shapes; OpenVINO its hints for f32 and latency.

`--sd21` makes a model folder of random weights in the shapes of Stable Diffusion 2.1 (865.9 million parameters in the
UNet), once, and lets torch and ours alone make UNet calls at 512 × 512, best of three in turn; and says how much memory our
process had at most, text encoder, autoencoder and the mapped files included.
"""

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import onnxruntime
import openvino
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from diffusers_golden import V, write_tokenizer

ROOT = Path(__file__).parents[2]
# As `make play` builds.
STAGE = "--config profile.dev.debug-assertions=false --config profile.dev.overflow-checks=false"
BUILD = f"cargo bench --features jack {STAGE} --profile dev --bench diffusion --no-run --message-format json".split()
PROMPT = "red sea"
STEPS = 4
ROWS = {"unet": "UNet call", "decode": "decode", "encode": "encode", "text": "prompt", "picture": f"picture of {STEPS} steps"}
# In a turn. The first of them also finds its weights gone from the caches.
CALLS = {"unet": 4, "decode": 3, "encode": 3, "text": 20, "picture": 2}
# Threads that wait for more work by spinning would take it from whose turn is next.
PAUSE_S = 0.05


class Halation:
    """Our bench, which measures when told to."""

    def __init__(self, command, model, threads, size):
        words = [*(command or [executable()]), "--in-turn", model, threads, size]
        self.process = subprocess.Popen(map(str, words), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def turn(self, what, calls):
        print(calls, what, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit("our bench ended early")
        return json.loads(answer)[f"{what}_ms"]

    def peak_gib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text().split()
        return int(status[status.index("VmHWM:") + 1]) / 2**20

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def executable():
    """Our bench, built."""
    built = subprocess.run(BUILD, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout
    return next(m["executable"] for m in map(json.loads, built.splitlines()) if m.get("target", {}).get("name") == "diffusion")


class Network(torch.nn.Module):
    """One of a model's networks as a function of tensors alone."""

    def __init__(self, module, call, *inputs):
        super().__init__()
        self.module, self.call, self.inputs = module, call, inputs

    def forward(self, *inputs):
        return self.call(self.module, *inputs)


def networks(model, size):
    """Each with something to work on."""
    g = torch.Generator().manual_seed(1)
    ids = model.tokenizer(PROMPT, padding="max_length", truncation=True, return_tensors="pt").input_ids
    latents = torch.randn(1, model.unet.config.in_channels, size // model.vae_scale_factor, size // model.vae_scale_factor, generator=g)
    scaling = model.vae.config.scaling_factor
    states = model.text_encoder(ids).last_hidden_state
    return {
        "unet": Network(model.unet, lambda unet, x, t, states: unet(x, t, states).sample, latents, torch.tensor([999.0]), states),
        "decode": Network(model.vae, lambda vae, z: (vae.decode(z / scaling).sample / 2 + 0.5).clamp(0, 1), latents),
        "encode": Network(model.vae, lambda vae, x: vae.encode(x).latents * scaling, torch.rand(1, 3, size, size, generator=g) * 2 - 1),
        "text": Network(model.text_encoder, lambda text, ids: text(ids).last_hidden_state, ids),
    }


def export(nets, folder):
    for name, net in nets.items():
        torch.onnx.export(net, net.inputs, folder / f"{name}.onnx", dynamo=True, verbose=False)


def in_onnxruntime(file, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    names = [i.name for i in session.get_inputs()]
    return lambda *inputs: torch.from_numpy(session.run(None, {n: x.numpy() for n, x in zip(names, inputs, strict=True)})[0])


def in_openvino(file, threads):
    hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads}
    compiled = openvino.Core().compile_model(file, "CPU", hints)
    return lambda *inputs: torch.from_numpy(compiled([x.numpy() for x in inputs], share_inputs=True)[0])


def peers(nets, threads):
    """Per program, its own function for each network."""
    with tempfile.TemporaryDirectory() as folder:
        export(nets, Path(folder))
        load = lambda how: {name: how(Path(folder) / f"{name}.onnx", threads) for name in nets}
        return {f"torch {version(torch)}, eager": nets, f"onnxruntime {version(onnxruntime)}": load(in_onnxruntime),
                f"OpenVINO {version(openvino)}": load(in_openvino)}


def version(module):
    return ".".join(module.__version__.split("-")[0].split("+")[0].split(".")[:2])


def picture(program, scheduler, ids, noise):
    states = program["text"](ids)
    scheduler.set_timesteps(STEPS)
    z = noise * scheduler.init_noise_sigma
    for t in scheduler.timesteps:
        z = scheduler.step(program["unet"](z, t.float()[None], states), t, z).prev_sample
    return program["decode"](z)


def jobs(program, nets, scheduler):
    """What is measured, as functions of nothing."""
    ids, noise = nets["text"].inputs[0], nets["unet"].inputs[0]
    single = {name: lambda name=name: program[name](*nets[name].inputs) for name in nets}
    return {**single, "picture": lambda: picture(program, scheduler, ids, noise)}


def check(programs):
    """The same weights make the same pictures, or the times mean nothing."""
    (_, first), *others = programs.items()
    for what, job in first.items():
        expected = job()
        for name, other in others:
            off = (other[what]() - expected).abs().max().item()
            if not off < 0.01 * max(1.0, expected.abs().max().item()):
                sys.exit(f"{ROWS[what]}: {name} is {off} off")


def turn_of(work):
    """A peer's turn: the best of some calls, in ms."""
    def turn(what, calls):
        times = []
        for _ in range(calls):
            began = time.perf_counter()
            work[what]()
            times.append((time.perf_counter() - began) * 1e3)
        return min(times)
    return turn


def in_turn(turns, rounds, calls):
    """The best of every program, per row."""
    best = {what: dict.fromkeys(turns, float("inf")) for what in calls}
    for k in range(rounds):
        for what, count in calls.items():
            for name, turn in turns.items():
                time.sleep(PAUSE_S)
                best[what][name] = min(best[what][name], turn(what, count))
        print(f"round {k + 1} of {rounds}", end="\r", file=sys.stderr)
    return best


def span(ms):
    return f"{ms / 1e3:.2f} s" if ms >= 2e3 else f"{ms:.1f} ms"


def table(best, head):
    names = list(next(iter(best.values())))
    lines = [[head, *names], ["---"] * (1 + len(names))]
    for what, row in best.items():
        ours = row[names[0]]
        lines.append([ROWS[what], span(ours), *(f"{span(row[name])}, {row[name] / ours:.2f} ×" for name in names[1:])])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def beside_all(options):
    model = StableDiffusionPipeline.from_pretrained(options.model, torch_dtype=torch.float32)
    nets = networks(model, options.size)
    programs = {name: jobs(program, nets, model.scheduler) for name, program in peers(nets, options.threads).items()}
    check(programs)
    ours = Halation(options.halation, options.model, options.threads, options.size)
    turns = {"Halation": ours.turn, **{name: turn_of(work) for name, work in programs.items()}}
    best = in_turn(turns, options.rounds, CALLS)
    ours.end()
    print(table(best, f"{options.size} × {options.size}, {threads_in_words(options)}, best of {options.rounds} in turn"))


def threads_in_words(options):
    return "one thread" if options.threads == 1 else f"{options.threads} threads"


def sd21_model(folder, dtype):
    """Random weights in the shapes of Stable Diffusion 2.1; only the words are few."""
    if (folder / "model_index.json").is_file():
        return
    torch.manual_seed(0)
    tokenizer, _ = write_tokenizer(folder / "tokenizer", "!")
    tokenizer.model_max_length = 77
    text = CLIPTextModel(CLIPTextConfig(vocab_size=49408, hidden_size=1024, intermediate_size=4096, num_hidden_layers=23, num_attention_heads=16,
                                        max_position_embeddings=77, hidden_act="gelu", projection_dim=512))
    vae = AutoencoderKL(block_out_channels=(128, 256, 512, 512), layers_per_block=2, latent_channels=4, sample_size=768,
                        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4)
    unet = UNet2DConditionModel(sample_size=64, cross_attention_dim=1024, attention_head_dim=[5, 10, 20, 20], use_linear_projection=True)
    made = StableDiffusionPipeline(vae.to(dtype), text.to(dtype), tokenizer, unet.to(dtype), DDIMScheduler(**V), None, None, requires_safety_checker=False)
    made.save_pretrained(folder)


def sd21(options):
    folder = options.work.resolve() / f"sd21-{options.files}"
    sd21_model(folder, torch.float16 if options.files == "f16" else torch.float32)
    unet = UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=torch.float32).eval()
    g = torch.Generator().manual_seed(1)
    x, states = torch.randn(1, 4, 64, 64, generator=g), torch.randn(1, 77, 1024, generator=g)
    torch_turn = turn_of({"unet": lambda: unet(x, torch.tensor([999.0]), states).sample})
    ours = Halation(options.halation, folder, options.threads, 512)
    best = in_turn({"Halation": ours.turn, f"torch {version(torch)}, eager": torch_turn}, 3, {"unet": 1})
    millions = sum(p.numel() for p in unet.parameters()) / 1e6
    print(table(best, f"{millions:.1f} million parameters, 512 × 512, {threads_in_words(options)}, best of 3 in turn"))
    print(f"\nHalation had {ours.peak_gib():.1f} GiB of memory at most, with files in {options.files}.")
    ours.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=lambda path: Path(path).resolve(), default=ROOT / "models" / "spark")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--sd21", action="store_true")
    parser.add_argument("--files", choices=["f16", "f32"], default="f16")
    parser.add_argument("--work", type=Path, default=ROOT / "target" / "peers")
    parser.add_argument("--halation", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(options.threads)
    with torch.inference_mode():
        (sd21 if options.sd21 else beside_all)(options)


if __name__ == "__main__":
    main()
