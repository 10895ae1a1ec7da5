"""Experts that err while they act, which takes the robot to states that imperfect policies reach.

Two kinds of error: of what is executed (DART, Laskey et al. 2017, arXiv 1703.09327), and of what
the acting expert believes about the handle. The former alone leave the hand in line with the handle
wherever it comes near; with the latter it arrives beside it, and labels show how to come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.configuration import Configuration
from spawnnet_sim.errors import require
from spawnnet_sim.experts.expert import Expert
from spawnnet_sim.tasks.state import State

Float32 = NDArray[np.float32]
Array = NDArray[np.float64]

HOLD_STEPS = 4
"""Control steps that an error lasts; errors that change at every step average out on the way."""
DEPTH_SHARE = 0.3
"""Of an error of belief: how much of it there is along the approach."""
_STREAM = 1  # environments draw their starts from (seed, i), errors come from (seed, i, this)


@dataclass(frozen=True)
class DisturbanceConfig(Configuration):
    """How an expert errs while it acts; by default it does not.

    Every episode has its own share of the two standard deviations, drawn from 0 to 1.

    Attributes:
        action_noise: Largest standard deviation of the errors of every number of an action.
        hold_steps: Control steps that an error of the actions lasts.
        belief_std: Largest standard deviation, metres, of where the acting expert believes the
            handle to be: sideways, up and down, and 0.3 of it in depth.
        belief_hold_steps: Control steps that a belief lasts.
        wrong_axis_probability: Probability of a belief in which fingers should close on the handle
            in the other direction, at right angles to the true one.
    """

    action_noise: float = 0.0
    hold_steps: int = HOLD_STEPS
    belief_std: float = 0.0
    belief_hold_steps: int = 12
    wrong_axis_probability: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("action_noise", "belief_std"):
            require(getattr(self, name) >= 0, name, getattr(self, name), "at least 0")
        for name in ("hold_steps", "belief_hold_steps"):
            require(getattr(self, name) >= 1, name, getattr(self, name), "at least 1")
        probability = self.wrong_axis_probability
        require(0 <= probability <= 1, "wrong_axis_probability", probability, "in [0, 1]")


NO_DISTURBANCE = DisturbanceConfig()


class DisturbedExpert:
    """An expert that errs while it acts and is right when it labels.

    Environment i draws from `(seed, i)` alone, so what it does depends on no other.

    Args:
        expert: Who acts and labels.
        config: How it errs.
        num_envs: Number of environments N.
        is_exact: Whether every episode has the standard deviations of `config` in full.
    """

    def __init__(
        self, expert: Expert, config: DisturbanceConfig, num_envs: int, *, is_exact: bool = False
    ) -> None:
        self._expert, self._config, self._is_exact = expert, config, is_exact
        self._rngs = [np.random.default_rng() for _ in range(num_envs)]
        self._elapsed = np.zeros(num_envs, np.int64)  # control steps
        self._action_std, self._belief_std = np.zeros(num_envs), np.zeros(num_envs)
        self._action_error: Array = np.zeros((num_envs, 1))  # (N, A), once A is known
        self._belief_error = np.zeros((num_envs, 3))  # m: along the grip, across it, in depth
        self._has_wrong_axis = np.zeros(num_envs, bool)

    @property
    def action_std(self) -> Array:
        """Standard deviation of the errors of actions in the present episodes, `(N,)`."""
        return self._action_std.copy()

    def reset(self, seed: int | Sequence[int], mask: NDArray[np.bool_] | None = None) -> None:
        """Start new episodes.

        Args:
            seed: Environment i draws from `(seed, i)`, or from `seed[i]` of a sequence.
            mask: `(N,)`, the environments that start; by default all.
        """
        N = len(self._rngs)
        if isinstance(seed, int | np.integer):
            seeds = [[int(seed), env] for env in range(N)]
        else:
            seeds = [[each] for each in seed]
        for env in np.flatnonzero(np.ones(N, bool) if mask is None else mask):
            self._rngs[env] = np.random.default_rng([*seeds[env], _STREAM])
            shares = np.ones(2) if self._is_exact else self._rngs[env].uniform(size=2)
            self._action_std[env] = shares[0] * self._config.action_noise
            self._belief_std[env] = shares[1] * self._config.belief_std
            self._elapsed[env] = 0

    def label(self, state: State) -> Float32:
        """Return what should be done, `(N, A)` in [-1, 1]."""
        return self._expert.act(state)

    def act(self, state: State) -> Float32:
        """Return what is executed, `(N, A)` in [-1, 1]; called once per control step."""
        self._renew_beliefs()
        actions = self._expert.act(self._believed(state))
        self._renew_errors(actions.shape[1])
        self._elapsed += 1
        return np.clip(actions + self._action_error, -1.0, 1.0).astype(np.float32)

    def _renew_beliefs(self) -> None:
        scale = np.array([1.0, 1.0, DEPTH_SHARE])
        for env in np.flatnonzero(self._elapsed % self._config.belief_hold_steps == 0):
            error = self._rngs[env].standard_normal(3)
            self._belief_error[env] = self._belief_std[env] * scale * error
            is_wrong = self._rngs[env].random() < self._config.wrong_axis_probability
            self._has_wrong_axis[env] = is_wrong

    def _renew_errors(self, width: int) -> None:
        if self._action_error.shape[1] != width:
            self._action_error = np.zeros((len(self._rngs), width))
        for env in np.flatnonzero(self._elapsed % self._config.hold_steps == 0):
            error = self._rngs[env].standard_normal(width)
            self._action_error[env] = self._action_std[env] * error

    def _believed(self, state: State) -> State:
        """Return the state with the handle where the acting expert believes it to be."""
        other = np.cross(state.front_axis, state.grip_axis)
        axes = np.stack([state.grip_axis, other, state.front_axis], axis=2)  # (N, 3, 3)
        return replace(
            state,
            handle_position=state.handle_position
            + np.einsum("nij,nj->ni", axes, self._belief_error),
            grip_axis=np.where(self._has_wrong_axis[:, None], other, state.grip_axis),
        )
