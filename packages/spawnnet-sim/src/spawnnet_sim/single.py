"""A single environment as an ordinary Gymnasium environment."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.environment import CabinetEnv, Observation
from spawnnet_sim.outcomes import Info


class SingleCabinetEnv(gymnasium.Env[Observation, NDArray[np.float32]]):
    """The view of a `CabinetEnv` of one environment that has no axis N.

    Args:
        envs: Vector environment with N = 1; closed together with this one.

    Raises:
        ValueError: If N is not 1.
    """

    def __init__(self, envs: CabinetEnv) -> None:
        if envs.num_envs != 1:
            raise ValueError(f"Expected one environment, got {envs.num_envs}: pass `num_envs=1`.")
        self.envs = envs
        self.metadata = {name: envs.metadata[name] for name in ("render_modes", "render_fps")}
        self.render_mode = envs.render_mode
        self.observation_space = envs.single_observation_space
        self.action_space = envs.single_action_space

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, Info]:
        """Start a new episode.

        Args:
            seed: See `CabinetEnv.reset`.
            options: `cabinet` puts another cabinet of the configuration there, by its number.

        Raises:
            ConfigurationError: If the configuration has no such cabinet.
        """
        super().reset(seed=seed)
        if options is not None and "cabinet" in options:
            self.envs.set_cabinets([int(options["cabinet"])])
        observation, info = self.envs.reset(seed=seed, options=options)
        return _first(observation), _outcome(info)

    def step(self, action: NDArray[np.float32]) -> tuple[Observation, float, bool, bool, Info]:
        """Act for one control step, see `CabinetEnv.step`."""
        observation, reward, terminated, truncated, info = self.envs.step(action[None])
        return (
            _first(observation),
            float(reward[0]),
            bool(terminated[0]),
            bool(truncated[0]),
            _outcome(info),
        )

    def render(self) -> NDArray[np.uint8] | None:
        """Return the first camera's image, `(H, W, 3)`; None in other modes than `rgb_array`."""
        images = self.envs.render()
        return None if images is None else images[0]

    def close(self) -> None:
        """Free the environment."""
        self.envs.close()


def _first(batch: Observation) -> Observation:
    return {name: values[0] for name, values in batch.items()}


def _outcome(info: Info) -> Info:
    """Return plain values; masks say nothing of a single environment."""
    return {name: values[0].item() for name, values in info.items() if name[0] != "_"}
