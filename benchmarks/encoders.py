"""Measure spawnnet-encoders: `python benchmarks/encoders.py [--image-size 224] [--profile]`.

Every row is measured in a process of its own, ours and the original's style in alternation, the
best of several repetitions each. On one CPU thread the clock counts CPU time, so that other work on
the machine does not show; otherwise it is the wall's. "Literal" is the paper's block written down
as the original release writes it; "written out" is its frozen transformer: the same weights in
ordinary layers, attention as a matrix of weights. "Plain" is a frozen convolutional network without
fused convolutions, "at once" all images in one call instead of slices. All get the same inputs.
"""

import argparse
import copy
import multiprocessing
import resource
import time
import types
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn

from spawnnet_encoders import SpawnNet, create_encoder
from spawnnet_encoders.backbone import inference
from spawnnet_encoders.backbone.backbone import Backbone

BACKBONES = (
    "vit_tiny_patch16_224",
    "vit_small_patch16_224.dino",
    "vit_small_patch8_224.dino",
    "vit_base_patch16_224.mae",
    "resnet18",
    "resnet50",
    "convnext_tiny",
    "tf_efficientnet_lite0",
)
HEADER = (
    "backbone", "M params", "kept KiB/image", "frozen img/s", "vs written out", "vs plain",
    "vs at once", "trained img/s", "vs literal", "step ms", "step kept ms", "peak MiB",
)  # fmt: skip
VIEWS, PROPRIOCEPTION = 3, 49


class Literal(nn.Module):
    """The paper's block as the original writes it: a linear layer per pixel, attention always."""

    def __init__(self, encoder: SpawnNet) -> None:
        super().__init__()
        adapters = [stage.adapter for stage in encoder.stages]
        width, adapter = encoder.stem.out_channels, adapters[0].project.out_channels
        total = width + adapter
        self.sizes = [module.size for module in adapters]
        self.grids = [module.grid for module in adapters]
        self.stem = nn.Conv2d(4, width, 4, stride=4)
        self.convs = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in self.sizes)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.ReLU(), nn.Conv2d(total, total, 3, padding=1),
                nn.ReLU(), nn.Conv2d(total, total, 3, padding=1),
            )
            for _ in range(2 * len(self.sizes))
        )  # fmt: skip
        self.linears = nn.ModuleList(nn.Linear(total, width) for _ in self.sizes[:-1])
        self.adapters = nn.ModuleList(
            nn.Conv2d(module.project.in_channels, adapter, 1) for module in adapters
        )
        self.normalize = encoder.normalize

    def forward(self, observation: dict[str, Tensor], frozen: tuple[Tensor, ...]) -> Tensor:
        """Return features `(B, D)`."""
        rgb = self.normalize(observation["rgb"].flatten(0, 2))
        depth = observation["depth"].flatten(0, 2).clip(0, 2)
        x = self.stem(torch.cat((rgb, depth), dim=1))
        maps = []
        for i, (h, w) in enumerate(self.grids):
            x = nn.functional.max_pool2d(self.convs[i](x), 3, stride=2, padding=1)
            tokens = frozen[i].float().flatten(0, 2).mT.unflatten(2, (h, w))
            adapted = self.adapters[i](tokens).relu()
            maps.append(adapted.clone().detach())
            adapted = nn.functional.interpolate(adapted, self.sizes[i], mode="bilinear")
            x = torch.cat((x, adapted), dim=1)
            for block in self.blocks[2 * i : 2 * i + 2]:
                x = block(x) + x
            if i < len(self.linears):
                n, _, rows, columns = x.shape
                flat = self.linears[i](x.permute(0, 2, 3, 1).flatten(0, 2))
                x = flat.reshape(n, rows, columns, -1).permute(0, 3, 1, 2)
        attention = [nn.functional.interpolate(m, self.sizes[0], mode="bilinear") for m in maps]
        (torch.stack(attention, dim=1).norm(dim=2).flatten(2) / 0.1).softmax(dim=-1)
        features = x.permute(0, 2, 3, 1).reshape(*observation["rgb"].shape[:2], -1)
        return torch.cat((features, observation["proprioception"]), dim=-1).flatten(1)


def observe(batch: int, size: int, device: str) -> dict[str, Tensor]:
    """Draw an observation of single frames."""
    leading = (batch, 1, VIEWS)
    drawn = {
        "rgb": torch.randint(0, 256, (*leading, 3, size, size), dtype=torch.uint8),
        "depth": 2 * torch.rand(*leading, 1, size, size),
        "proprioception": torch.randn(batch, 1, PROPRIOCEPTION),
    }
    return {key: value.to(device) for key, value in drawn.items()}


def seconds(runs: dict[str, Callable[[], Any]], repetitions: int, device: str) -> dict[str, float]:
    """Return the best time of each run, measured in alternation after one warm-up."""
    alone = device == "cpu" and torch.get_num_threads() == 1
    clock = time.process_time if alone else time.perf_counter
    best = dict.fromkeys(runs, float("inf"))
    for repetition in range(repetitions + 1):
        for name, run in runs.items():
            start = clock()
            run()
            if device == "cuda":
                torch.cuda.synchronize()
            if repetition:
                best[name] = min(best[name], clock() - start)
    return best


def training_step(parameters: Iterator[nn.Parameter], run: Callable[[], Tensor]) -> None:
    """Go forward and backward once."""
    for parameter in parameters:
        parameter.grad = None
    run().square().mean().backward()


def original_style(encoder: SpawnNet) -> SpawnNet:
    """Return an encoder with the same weights whose frozen transformer runs as the original's.

    Ordinary linear layers, attention as a matrix of weights that is returned beside the result and
    so stays in memory until the block is done (facebookresearch/dino, `vision_transformer.py`).
    """

    def attend(module: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        n, count, width = x.shape
        qkv = module.qkv(x).reshape(n, count, 3, module.num_heads, -1).permute(2, 0, 3, 1, 4)
        weights = module.attn_drop((qkv[0] @ qkv[1].mT * module.scale).softmax(dim=-1))
        mixed = (weights @ qkv[2]).transpose(1, 2).reshape(n, count, width)
        return module.proj_drop(module.proj(mixed)), weights

    def forward(self: Any, x: Tensor, **_: Any) -> Tensor:
        mixed, weights = attend(self.attn, self.norm1(x))
        x = x + self.drop_path1(self.ls1(mixed))
        x = x + self.drop_path2(self.ls2(self.mlp(self.norm2(x))))
        del weights
        return x

    slow = copy.deepcopy(encoder).eval()
    assert slow.backbone is not None
    for block in slow.backbone.network.blocks:
        block.forward = types.MethodType(forward, block)
    return slow


def frozen_runs(encoder: SpawnNet, rgb: Tensor) -> dict[str, Callable[[], Any]]:
    """Return the frozen part as it is, and without each of the things that make it fast."""
    assert encoder.backbone is not None

    def plain() -> None:
        with mock.patch.object(inference, "AVAILABLE", False):
            encoder.frozen_features(rgb)

    def at_once() -> None:
        with mock.patch.object(Backbone, "images_at_once", lambda _, images: len(images)):
            encoder.frozen_features(rgb)

    runs: dict[str, Callable[[], Any]] = {"ours": lambda: encoder.frozen_features(rgb)}
    if encoder.layout.kind == "block":
        slow = original_style(encoder)
        runs["written out"] = torch.no_grad()(lambda: slow.extract(rgb.flatten(0, 2)))
    else:
        runs["plain"] = plain
    return {**runs, "at once": at_once}


def measure(arguments: argparse.Namespace, model: str) -> list[str]:
    """Measure one backbone; the cells of its row."""
    torch.manual_seed(0)
    torch.set_num_threads(arguments.threads)
    device = arguments.device
    options: dict[str, Any] = {
        "num_views": VIEWS,
        "image_size": (arguments.image_size,) * 2,
        "proprioception_dim": PROPRIOCEPTION,
        "width": arguments.width,
        "backbone": {"model": model, "weights": "random"},
    }
    encoder = create_encoder("spawnnet", **options).to(device)
    assert isinstance(encoder, SpawnNet)
    literal = Literal(encoder).to(device)
    observation = observe(arguments.batch, arguments.image_size, device)
    single = {key: value[:1] for key, value in observation.items()}
    kept = encoder.frozen_features(observation["rgb"], format="float16")
    kept_single = tuple(part[:1] for part in kept)
    if arguments.profile:
        return profile(encoder, observation, kept)
    runs = frozen_runs(encoder, observation["rgb"])
    frozen = seconds(runs, arguments.repetitions, device)
    trained = seconds(
        {
            "ours": lambda: training_step(
                encoder.trainable_parameters(), lambda: encoder(observation, kept).features
            ),
            "literal": lambda: training_step(
                literal.parameters(), lambda: literal(observation, kept)
            ),
        },
        arguments.repetitions,
        device,
    )
    encoder.eval()
    with torch.no_grad():
        step = seconds(
            {
                "whole": lambda: encoder(single, attention=False),
                "kept": lambda: encoder(single, kept_single, attention=False),
            },
            arguments.repetitions,
            device,
        )
    count = arguments.batch * VIEWS
    gains = [
        f"{frozen[name] / frozen['ours']:.2f}x" if name in frozen else "-"
        for name in ("written out", "plain", "at once")
    ]
    return [
        model,
        f"{sum(p.numel() for p in encoder.backbone.parameters()) / 1e6:.1f}",
        f"{sum(part.nbytes for part in kept) / count / 1024:.0f}",
        f"{count / frozen['ours']:.1f}",
        *gains,
        f"{count / trained['ours']:.1f}",
        f"{trained['literal'] / trained['ours']:.2f}x",
        f"{step['whole'] * 1e3:.1f}",
        f"{step['kept'] * 1e3:.1f}",
        f"{peak_memory(device):.0f}",
    ]


def run(arguments: argparse.Namespace, model: str) -> list[str]:
    """Measure one backbone in the precision that was asked for."""
    with torch.autocast(arguments.device, torch.bfloat16, enabled=arguments.autocast):
        return measure(arguments, model)


def peak_memory(device: str) -> float:
    """Return the most memory that this process held, in MiB."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def profile(
    encoder: SpawnNet, observation: dict[str, Tensor], kept: tuple[Tensor, ...]
) -> list[str]:
    """Return where the time of both parts goes, as one cell: operators and their shares."""
    parts: dict[str, Callable[[], Any]] = {
        "frozen": lambda: encoder.frozen_features(observation["rgb"]),
        "trained": lambda: training_step(
            encoder.trainable_parameters(), lambda: encoder(observation, kept).features
        ),
    }
    lines = []
    for name, run in parts.items():
        run()
        with torch.profiler.profile() as profiler:
            for _ in range(3):
                run()
        events = sorted(profiler.key_averages(), key=lambda event: -event.self_cpu_time_total)
        total = sum(event.self_cpu_time_total for event in events)
        shares = (f"{e.key} {100 * e.self_cpu_time_total / total:.1f} %" for e in events[:8])
        lines.append(f"{name}: {', '.join(shares)}")
    return lines


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbones", nargs="+", default=BACKBONES)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--batch", type=int, default=4, help="of observations with three views")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--autocast", action="store_true", help="run everything in bfloat16")
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    return parser.parse_args()


def main() -> None:
    """Print the table, a row as soon as it is measured."""
    arguments = parse_arguments()
    where = torch.cuda.get_device_name() if arguments.device == "cuda" else "CPU"
    print(
        f"{where}, {arguments.threads} threads, {arguments.image_size}x{arguments.image_size}, "
        f"width {arguments.width}, {arguments.batch} observations of {VIEWS} views"
    )
    print("| " + " | ".join(HEADER) + " |\n|" + "---|" * len(HEADER))
    context = multiprocessing.get_context("spawn")
    for model in arguments.backbones:
        with context.Pool(1) as pool:  # a process of its own, for its own peak of memory
            print("| " + " | ".join(pool.apply(run, (arguments, model))) + " |", flush=True)


if __name__ == "__main__":
    main()
