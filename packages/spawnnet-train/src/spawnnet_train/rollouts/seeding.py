"""Seeds of rollouts: the ones of evaluation never occur in training."""

from __future__ import annotations

from typing import Literal

import numpy as np

_EVALUATION_BIT = 1 << 31


def rollout_seed(use: Literal["training", "evaluation"], seed: int, index: int) -> int:
    """Return the seed of the rollout number `index` for one use of the simulation.

    31 bits are drawn from (`seed`, `index`); the 32nd says what the rollout is for, so that no
    episode of an evaluation is one that was trained on, whatever the two seeds are.
    """
    bits = int(np.random.SeedSequence([seed, index]).generate_state(1)[0]) % _EVALUATION_BIT
    return bits + (_EVALUATION_BIT if use == "evaluation" else 0)
