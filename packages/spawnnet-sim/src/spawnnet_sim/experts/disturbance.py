"""Errors of what is executed, which take the robot to states that an imperfect policy reaches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HOLD_STEPS = 4
"""Control steps that an error lasts; errors that change at every step average out on the way."""


class Disturbance:
    """Adds Gaussian errors to the actions of one episode in N environments.

    Args:
        scale: `(N,)` float, standard deviation of every action in an environment.
        rng: Where the errors are drawn from.
    """

    def __init__(self, scale: NDArray[np.float64], rng: np.random.Generator) -> None:
        self.scale, self._rng = scale, rng
        self._elapsed = 0
        self._error: NDArray[np.float64] = np.zeros((len(scale), 1))

    def __call__(self, actions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what is executed, `(N, A)` in [-1, 1], in place of `actions` `(N, A)`."""
        if self._elapsed % HOLD_STEPS == 0:
            self._error = self.scale[:, None] * self._rng.standard_normal(actions.shape)
        self._elapsed += 1
        return np.clip(actions + self._error, -1.0, 1.0).astype(np.float32)
