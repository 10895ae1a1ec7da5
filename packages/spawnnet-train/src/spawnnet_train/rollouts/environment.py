"""What a student needs of an environment and of an expert, whoever provides them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gymnasium import spaces

Observation = Mapping[str, NDArray[Any]]


class LabelledEnvironment(Protocol):
    """N environments whose episodes begin and end together, with a state that an expert reads.

    An observation has `rgb` `(N, V, 3, H, W)` uint8, `depth` `(N, V, 1, H, W)` float32 in metres
    and `proprioception` `(N, S)` float32. `info` of a step has, `(N,)` each, `success` and
    `grasped` bool, whether that was reached so far; `opened` float32, how far it got (m or rad);
    `closest` float32, how close fingertips and handle have been (m).

    Attributes:
        draws: Whether observations have images of the present; else those drawn last.
    """

    draws: bool

    @property
    def num_envs(self) -> int:
        """N."""

    @property
    def episode_steps(self) -> int:
        """Steps of an episode."""

    @property
    def control_timestep(self) -> float:
        """Seconds per step."""

    @property
    def cabinets(self) -> tuple[str, ...]:
        """What is in each of the N environments, for tables."""

    @property
    def action_names(self) -> tuple[str, ...]:
        """What the A numbers of an action are called."""

    @property
    def single_observation_space(self) -> spaces.Space[Any]:
        """The observations of one environment."""

    @property
    def single_action_space(self) -> spaces.Space[Any]:
        """The actions of one environment."""

    def set_cabinets(self, numbers: Sequence[int], /) -> None:
        """Put other cabinets into the N environments, by their numbers in the configuration."""

    def reset(self, *, seed: int) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode in every environment."""

    def step(
        self, actions: NDArray[np.float32]
    ) -> tuple[Observation, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Carry out the actions `(N, A)`."""

    def privileged_state(self) -> Any:
        """Return what the expert reads."""

    def quantities(self) -> Mapping[str, NDArray[np.float32]]:
        """Return what only a simulator knows of the present state, `(N, k)` each by its name."""

    def close(self) -> None:
        """Free what was allocated."""


def deal(environment: LabelledEnvironment, num_cabinets: int, rollout_index: int) -> None:
    """Give each environment the next cabinet in turn, where there are more cabinets than N."""
    N = environment.num_envs
    if num_cabinets > N:
        first = rollout_index * N
        environment.set_cabinets([number % num_cabinets for number in range(first, first + N)])


class Expert(Protocol):
    """Labels the present state of every environment."""

    def act(self, privileged: Any, /) -> NDArray[np.float32]:
        """Return the actions `(N, A)` that a student should take in that state."""
