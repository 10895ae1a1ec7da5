"""How environments are divided among worker processes."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

import numpy as np

from spawnnet_sim.errors import ConfigurationError, require

logger = logging.getLogger(__name__)

VARIABLE = "TRAIN_ASSET_SPLIT"  # by which the original release divides training cabinets


def split_envs(num_envs: int, workers: int, split: Sequence[int] | None) -> list[range]:
    """Divide environments among workers: equal shares, the remainder to the last, or `split`.

    Args:
        num_envs: Number of environments N.
        workers: Number of workers, at least 1.
        split: Number of environments of each worker.

    Raises:
        ConfigurationError: If a worker would get no environment, or `split` does not fit.
    """
    if split is None:
        at_most = f"at most the number of environments, {num_envs}"
        require(workers <= num_envs, "workers", workers, at_most)
        share = num_envs // workers
        split = [share] * (workers - 1) + [num_envs - share * (workers - 1)]
    if len(split) != workers:
        raise ConfigurationError(
            "worker_split", f"must have one entry per worker, got {len(split)} for {workers}."
        )
    is_right = min(split) >= 1 and sum(split) == num_envs
    what = f"positive and sum to the {num_envs} environments"
    require(is_right, "worker_split", list(split), what)
    ends = np.cumsum(split).tolist()
    return [range(end - size, end) for end, size in zip(ends, split, strict=True)]


def original_split(workers: int) -> tuple[int, ...] | None:
    """Return the split that the original's environment variable asks for, and say so.

    Args:
        workers: Number of workers; 0 for as many as the variable has numbers.

    Returns:
        None if the variable is not set.

    Raises:
        ConfigurationError: If it has no whole numbers, or not one for each worker.
    """
    text = os.environ.get(VARIABLE, "").strip()
    if not text:
        return None
    numbers = [part.strip() for part in text.split(",")]
    if not all(number.isdecimal() for number in numbers) or workers not in (0, len(numbers)):
        what = f"{workers} whole numbers" if workers else "whole numbers"
        raise ConfigurationError(
            "worker_split",
            f"the environment variable {VARIABLE} must have {what} with commas between them, one"
            f" for each worker, got {text!r}.",
        )
    logger.warning("%s=%s is taken for `engine.worker_split`, which is not set.", VARIABLE, text)
    return tuple(map(int, numbers))
