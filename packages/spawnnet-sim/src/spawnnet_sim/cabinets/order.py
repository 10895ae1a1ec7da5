"""Which cabinets come next when there are more of them than environments."""

from __future__ import annotations

import numpy as np


def cabinet_order(count: int, num_envs: int, *, round_index: int, seed: int) -> list[int]:
    """Return which of `count` cabinets the environments hold in a round of episodes.

    The cabinets come in an order drawn for every pass through them: none comes again before all
    others have come. Any round is found without those before it, and needs no memory of them.

    Args:
        count: Number of cabinets, at least 1.
        num_envs: Number of environments N.
        round_index: Rounds before this one.
        seed: Decides the order.

    Returns:
        N numbers in [0, count).
    """
    start = round_index * num_envs
    numbers: list[int] = []
    while len(numbers) < num_envs:
        passed, place = divmod(start + len(numbers), count)
        order = np.random.default_rng([seed, passed]).permutation(count)
        numbers += order[place : place + num_envs - len(numbers)].tolist()
    return numbers
