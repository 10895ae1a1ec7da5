"""Update time with kept features of the frozen backbone, against running it in every update.

`python benchmarks/frozen_features.py [--threads 2]` prints a Markdown table.
"""

from __future__ import annotations

import argparse
import time
from statistics import median
from typing import NamedTuple

import torch

from spawnnet_encoders import create_encoder
from spawnnet_policies import create_policy
from spawnnet_train.learning.config import LearningConfig
from spawnnet_train.learning.learner import Learner
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import FrameStack
from spawnnet_train.student.student import Student

PROPRIOCEPTION, ACTIONS = 49, 11  # of the original's tasks


class Case(NamedTuple):
    """A student and the size of its batches."""

    name: str
    model: str
    size: int
    views: int
    width: int
    batch: int
    repeats: int


CASES = (
    Case("drawer", "vit_tiny_patch16_224", 96, 2, 32, 64, 10),
    Case("paper", "vit_small_patch8_224.dino", 224, 3, 64, 4, 3),
)


def create_student(case: Case) -> Student:
    """Build a student with random weights."""
    encoder = create_encoder(
        "spawnnet",
        num_views=case.views,
        image_size=(case.size, case.size),
        proprioception_dim=PROPRIOCEPTION,
        backbone={"model": case.model, "weights": "random", "layers": [5, 8, 11]},
        width=case.width,
    )
    bounds = ([-1.0] * ACTIONS, [1.0] * ACTIONS)
    return Student(
        encoder, create_policy("mlp", feature_dim=encoder.output_dim, action_bounds=bounds)
    )


def draw_batch(case: Case) -> Batch:
    """Return a random batch without kept features."""
    leading, image = (case.batch, 1, case.views), (case.size, case.size)
    observation = {
        "rgb": torch.randint(0, 256, (*leading, 3, *image), dtype=torch.uint8),
        "depth": torch.rand(*leading, 1, *image),
        "proprioception": torch.randn(case.batch, 1, PROPRIOCEPTION),
    }
    actions = torch.rand(case.batch, 1, ACTIONS) * 2 - 1
    return Batch(FrameStack(observation, ()), actions, torch.ones(case.batch, 1, dtype=torch.bool))


def keep_features(student: Student, batch: Batch) -> Batch:
    """Return the batch with the features that a replay buffer keeps."""
    rgb = batch.stack.observation["rgb"]
    features = student.encoder.frozen_features(rgb, format="float16")
    return batch._replace(stack=batch.stack._replace(frozen=features))


def update_time(case: Case, *, kept: bool) -> float:
    """Return the median time of one update, in ms, after two that are not counted."""
    student, batch = create_student(case), draw_batch(case)
    learner = Learner(student, LearningConfig(clip_grad_norm=1.0), periods=[100])
    ready = keep_features(student, batch) if kept else None
    times = []
    for _ in range(case.repeats + 2):
        start = time.perf_counter()
        learner.update(ready or keep_features(student, batch))
        times.append(1000 * (time.perf_counter() - start))
    return median(times[2:])


def kept_bytes(case: Case) -> int:
    """Return the bytes of kept features per time step."""
    kept = keep_features(create_student(case), draw_batch(case)).stack.frozen
    return sum(feature.nbytes for feature in kept) // case.batch


def main() -> None:
    """Print one row per case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, CPU, {options.threads} threads; ms per update, median\n")
    print("| student | batch | recomputed | kept | speed-up | kept per step |")
    print("|---|---|---|---|---|---|")
    for case in CASES:
        recomputed, kept = (update_time(case, kept=choice) for choice in (False, True))
        student = f"{case.name}: `{case.model}`, {case.views} x {case.size}², width {case.width}"
        print(
            f"| {student} | {case.batch} | {recomputed:.0f} | {kept:.0f} "
            f"| {recomputed / kept:.1f} | {kept_bytes(case) / 1e3:.0f} kB |"
        )


if __name__ == "__main__":
    main()
