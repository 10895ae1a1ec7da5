"""The environments as Stable-Baselines3 wants them (extra `ppo`): importing this imports torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvObs, VecEnvStepReturn

from spawnnet_sim.camera_images import split_cameras, split_space
from spawnnet_sim.environment import CabinetEnv, Observation
from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.outcomes import Info

TRUNCATED = "TimeLimit.truncated"


class BaseCabinetVecEnv(VecEnv):
    """What every such environment has in common: it acts, and begins the next episode by itself.

    Args:
        envs: Act; closed together with this.
        observation_space: Of one environment.
    """

    def __init__(self, envs: CabinetEnv, observation_space: spaces.Space[Any]) -> None:
        self._envs = envs
        self.render_mode = envs.render_mode
        self._actions = np.zeros(envs.action_space.shape or (), np.float32)
        super().__init__(envs.num_envs, observation_space, envs.single_action_space)

    def step_async(self, actions: NDArray[Any]) -> None:
        """Take the actions of the next step."""
        self._actions = actions

    def close(self) -> None:
        """Free the environments."""
        self._envs.close()

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """Return the first camera's image of every environment."""
        return list(self._envs.render() or ())

    def env_is_wrapped(self, wrapper_class: type[Any], indices: Any = None) -> list[bool]:
        """Return that no environment is wrapped."""
        return [False for _ in self._get_indices(indices)]

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Return an attribute of the environments, once per environment.

        Raises:
            AttributeError: If there is none, by which `has_attr` knows.
        """
        return [getattr(self._envs, attr_name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refuse: environments have no attributes of their own."""
        raise NotImplementedError("The environments have no attributes to set.")

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Refuse: environments have no methods of their own."""
        raise NotImplementedError("The environments have no methods to call.")


class CabinetVecEnv(BaseCabinetVecEnv):
    """A `CabinetEnv` for Stable-Baselines3: one entry per image, and episodes that follow on.

    `rgb_<camera>` is `(3, H, W)` uint8, which `MultiInputPolicy` gives to its CNN,
    `depth_<camera>` `(1, H, W)` float32 metres. The last step of an episode has `is_success` and
    `terminal_observation` in its info.

    Args:
        envs: What `create_environment` gives.
        entries: Names of those entries that are observed; None for all.

    Raises:
        ConfigurationError: If there is no such entry.
    """

    def __init__(self, envs: CabinetEnv, entries: Iterable[str] | None = None) -> None:
        assert isinstance(envs.single_observation_space, spaces.Dict)
        space = split_space(envs.single_observation_space, envs.views)
        self._entries = tuple(space if entries is None else entries)
        for entry in self._entries:
            if entry not in space.spaces:
                message = f"{entry!r} is not observed; there are {', '.join(space)}."
                raise ConfigurationError("entries", message)
        super().__init__(envs, spaces.Dict({name: space[name] for name in self._entries}))

    def reset(self) -> VecEnvObs:
        """Start episodes, from the seeds of `seed` if it was called since the last reset."""
        observation, _ = self._envs.reset(seed=self._seeds)
        self._reset_seeds()
        return self._observe(observation)

    def step_wait(self) -> VecEnvStepReturn:
        """Act; after the last step of the episode, begin the next one."""
        batch, rewards, _, truncated, info = self._envs.step(self._actions)
        observation = self._observe(batch)
        infos = [_of_env(info, env) for env in range(self.num_envs)]
        if truncated.all():  # all began together
            for env, each in enumerate(infos):
                last = {name: values[env] for name, values in observation.items()}
                each |= {TRUNCATED: True, "terminal_observation": last}
                each["is_success"] = each["success"]
            return self.reset(), rewards, truncated, infos
        return observation, rewards, truncated, infos

    def _observe(self, batch: Observation) -> dict[str, NDArray[Any]]:
        parts = split_cameras(batch, self._envs.views)
        return {name: parts[name] for name in self._entries}


def _of_env(info: Info, env: int) -> dict[str, Any]:
    """Return the outcome of one environment, without Gymnasium's masks."""
    return {name: values[env].item() for name, values in info.items() if name[0] != "_"}
