"""What a run would build and take, found out by building it and leaving nothing on disk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import torch

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.report.numbers import duration
from spawnnet_train.algorithms.algorithm import Algorithm
from spawnnet_train.learning.learner import Learner
from spawnnet_train.runs.launch import open_algorithm
from spawnnet_train.runs.machine import prepare_torch, resolve
from spawnnet_train.runs.overview import describe
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.runs.storage import decide_storage
from spawnnet_train.student.cost import example_batch
from spawnnet_train.student.create import create_student
from spawnnet_train.student.student import Student

_MEASURED = 3  # updates, after one that is not counted


def rehearse(config: RunConfig, console: Console, *, measure: bool) -> None:
    """Open and build all that a run needs, and show what it is.

    Args:
        config: From `load_config`.
        console: Shows it.
        measure: Whether to time updates, on a batch of zeros with frozen features at hand.

    Raises:
        ConfigError: If something is missing, does not fit, or is too large for this machine.
    """
    device = prepare_torch(config)
    config = resolve(config, device)
    with closing(open_algorithm(config)) as algorithm:
        student = create_student(config, algorithm.spec, device)
        config, storage = decide_storage(config, algorithm, student)
        facts = {**algorithm.describe(), **describe(config, algorithm.spec, student)}
        facts["storage"] = storage
        facts |= _work(config, algorithm, student) if measure else {}
        title = f"{config.experiment}: {config.algorithm.name}, not run"
        console.table(title, ("what", "value"), list(facts.items()), is_text=True)


def _work(config: RunConfig, algorithm: Algorithm[Any], student: Student) -> dict[str, str]:
    """Return how long updates take, one and all, and how long the frozen backbone."""
    periods = list(map(algorithm.num_updates, range(algorithm.num_periods)))
    batch = example_batch(student, config.train.batch_size)
    learner = Learner(student, config.train, periods)
    _, *seconds = _timed(lambda: learner.update(batch), student, 1 + _MEASURED)
    update = min(seconds)
    whole = f"{sum(periods):,} take {duration(update * sum(periods))}"
    facts = {"update": f"{update:.3f} s (the fastest of {_MEASURED}); {whole}, reading not counted"}
    if student.encoder.frozen_outline():
        rgb = batch.stack.observation["rgb"][:1]
        _, frozen = _timed(lambda: student.encoder.frozen_features(rgb), student, 2)
        facts["frozen features"] = f"{frozen:.3f} s for the images of one sample"
    return facts


def _timed(work: Any, student: Student, times: int) -> Iterator[float]:
    for _ in range(times):
        start = time.perf_counter()
        work()
        if student.device.type == "cuda":
            torch.cuda.synchronize(student.device)
        yield time.perf_counter() - start
