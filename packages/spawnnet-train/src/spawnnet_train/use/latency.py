"""How long a policy takes per control step."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, final

import numpy as np
import torch

from spawnnet_train.student.frames import FrameHistory, FrameStack, encode_frame
from spawnnet_train.use.saved_policy import SavedPolicy

_REMEMBERED = 1000  # steps


class Latency(NamedTuple):
    """Seconds of one part of a control step."""

    part: str
    median: float
    p99: float


@final
class Stopwatch:
    """Times the last thousand control steps."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=_REMEMBERED)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Time what happens within; what raises does not count."""
        start = time.perf_counter()
        yield
        self._seconds.append(time.perf_counter() - start)

    def latency(self) -> Latency:
        """Return the time of a control step; NaN before the first one."""
        return _summary("control step", self._seconds or [np.nan])


def measure_latency(policy: SavedPolicy, *, steps: int = 100, warmup: int = 10) -> list[Latency]:
    """Time the parts of a control step on random images, after a warm-up, synchronised.

    Args:
        policy: Whose student is timed, on its device.
        steps: Control steps timed of each part.
        warmup: Control steps before those.

    Returns:
        The backbone on one new frame, the trained encoder, the head; and the whole step with the
        features of earlier frames kept and with all frames encoded anew.
    """
    student, frozen_format = policy.student, policy.config.student.frozen_format
    observation = _random_observation(policy)
    history = FrameHistory(policy.config.student.stack_idx)

    def see() -> None:
        history.push(encode_frame(student.encoder, observation, frozen_format, student.device))

    see()
    stack = history.stack()
    anew = _without_kept(stack)
    features, _ = student.encode(stack)

    @torch.no_grad()
    def whole_step() -> None:
        see()
        student.policy.predict(student.encode(history.stack())[0])

    @torch.no_grad()
    def whole_step_anew() -> None:
        frozen = student.encoder.frozen_features(anew["rgb"])
        student.policy.predict(student.encode(FrameStack(anew, frozen))[0])

    parts: dict[str, Callable[[], object]] = {
        "backbone, one frame": see,
        "trained encoder": torch.no_grad()(lambda: student.encode(stack)),
        "head": lambda: student.policy.predict(features),
        "control step, features kept": whole_step,
        "control step, all frames anew": whole_step_anew,
    }
    return [_time(name, part, steps, warmup, student.device) for name, part in parts.items()]


def _time(
    name: str, part: Callable[[], object], steps: int, warmup: int, device: torch.device
) -> Latency:
    seconds = []
    for step in range(warmup + steps):
        start = time.perf_counter()
        part()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        if step >= warmup:
            seconds.append(time.perf_counter() - start)
    return _summary(name, seconds)


def _summary(part: str, seconds: Sequence[float] | deque[float]) -> Latency:
    return Latency(part, float(np.median(seconds)), float(np.quantile(seconds, 0.99)))


def _random_observation(policy: SavedPolicy) -> dict[str, np.ndarray]:
    generator, spec = np.random.default_rng(0), policy.spec
    V, size = len(spec.views), spec.image_size
    return {
        "rgb": generator.integers(0, 256, (1, V, 3, *size), np.uint8),
        "depth": generator.uniform(0.3, 2, (1, V, 1, *size)).astype(np.float32),
        "proprioception": np.zeros((1, spec.proprioception_dim), np.float32),
    }


def _without_kept(stack: FrameStack) -> dict[str, torch.Tensor]:
    """Return a stack's observation with frames that differ, so that none is encoded only once."""
    observation = dict(stack.observation)
    rgb = observation["rgb"]
    shift = torch.arange(rgb.shape[1], device=rgb.device, dtype=torch.uint8)
    observation["rgb"] = rgb + shift.view(1, -1, 1, 1, 1, 1)
    return observation
