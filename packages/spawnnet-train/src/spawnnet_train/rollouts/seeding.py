"""Seeds of rollouts: no use of the simulation meets the episodes of another one."""

from __future__ import annotations

from typing import Literal

import numpy as np

Use = Literal["training", "selection", "evaluation"]
"""What a rollout is for: to learn from, to choose a checkpoint by, or to report."""
_DRAWN = 1 << 31
_FIRST = {"training": 0, "evaluation": _DRAWN, "selection": 2 * _DRAWN}


def rollout_seed(use: Use, seed: int, index: int) -> int:
    """Return the seed of the rollout number `index` for one use of the simulation.

    31 bits are drawn from (`seed`, `index`); those above say what the rollout is for, so that no
    episode that is reported was trained on or chosen by, whatever the seeds are.
    """
    return _FIRST[use] + int(np.random.SeedSequence([seed, index]).generate_state(1)[0]) % _DRAWN
