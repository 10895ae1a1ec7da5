"""The environments of a task as one Gymnasium vector environment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.outcomes import Info, Outcomes
from spawnnet_sim.physics.physics import Images, Physics, Watchable
from spawnnet_sim.tasks.grasps import Grasps
from spawnnet_sim.tasks.observation_space import observation_space
from spawnnet_sim.tasks.quantities import read_quantities
from spawnnet_sim.tasks.recent import Recent
from spawnnet_sim.tasks.state import State
from spawnnet_sim.tasks.task import Task

Observation = dict[str, NDArray[Any]]
StartPhysics = Callable[[Sequence[int]], Physics]
RENDER_MODES = ["rgb_array", "human"]


class CabinetEnv(VectorEnv[Observation, NDArray[np.float32], NDArray[Any]]):
    """N environments, one cabinet each, that act in step.

    Observations are `rgb` `(N, V, 3, H, W)` uint8, `depth` `(N, V, 1, H, W)` float32 metres and
    `proprioception` `(N, S)` float32. An episode is truncated after `episode_steps` and never
    terminated; the caller resets. `info` tells the outcome, `(N,)` each: `success` (bool, reached
    at any step of the episode), `opened` (float32, metres or radians now), `grasped` (bool, at any
    step) and `closest` (float32, metres from the fingertips to the handle at the best step), each
    with Gymnasium's mask, such as `_success`.

    Args:
        start: Starts the engine with the cabinets of N numbers.
        numbers: The cabinets of the beginning.
        task: The rules.
        episode_steps: Control steps per episode.
        render_mode: `rgb_array`, `human` for a window on the first environment, or None.

    Attributes:
        draws: Whether observations have images of the present; else those drawn last, which saves
            the time where nobody looks.
    """

    def __init__(
        self,
        start: StartPhysics,
        numbers: Sequence[int],
        task: Task,
        *,
        episode_steps: int,
        render_mode: str | None = "rgb_array",
    ) -> None:
        physics = start(numbers)
        scene = physics.scene
        self.metadata = {
            "autoreset_mode": AutoresetMode.DISABLED,
            "render_modes": RENDER_MODES,
            "render_fps": round(1 / scene.control_timestep),
        }
        self.render_mode = render_mode
        self.num_envs = scene.num_envs
        self.robot = scene.robot
        self.cabinets = tuple(cabinet.name for cabinet in scene.cabinets)
        self.views = scene.views
        self.episode_steps = episode_steps
        self.control_timestep = scene.control_timestep
        self.action_names = task.action_names
        self.proprioception_names = task.proprioception_names
        self.draws = True
        self._start, self._task, self._numbers = start, task, list(numbers)
        self._physics, self._grasps = physics, Grasps(scene.robot, scene.cabinets)
        self.single_observation_space = observation_space(scene, task)
        self.single_action_space = spaces.Box(-1.0, 1.0, (len(task.action_names),), np.float32)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._rngs = [np.random.default_rng() for _ in range(self.num_envs)]
        self._elapsed = np.full(self.num_envs, -1)  # control steps; -1 before the first reset
        self._outcomes = Outcomes(scene.robot, task, self.num_envs)
        self._recent = Recent(scene.robot, self.num_envs, len(task.action_names))
        self._images: Images | None = None
        self._show()  # where there is no display, before anything is simulated

    @property
    def renderer(self) -> str:
        """Name of what draws the images."""
        return self._physics.renderer

    def set_cabinets(self, numbers: Sequence[int]) -> None:
        """Put other cabinets into the environments; `reset` begins episodes with them.

        Args:
            numbers: N numbers, counted from the configuration's first cabinet on; see
                `cabinet_order` for an order through many.

        Raises:
            ValueError: If there is not one number per environment.
            ConfigurationError: If the configuration has no such cabinet.
            gymnasium.error.ClosedEnvironmentError: If the environments are closed.
        """
        self._check_open()
        if len(numbers) != self.num_envs:
            raise ValueError(f"Expected {self.num_envs} cabinets, got {len(numbers)}.")
        self._elapsed[:] = -1
        if list(numbers) != self._numbers:
            self._physics.close()
            try:
                physics = self._start(numbers)
            except Exception:
                self._physics = self._start(self._numbers)  # so that the environment lives on
                raise
            self._physics, self._numbers = physics, list(numbers)
            cabinets = self._physics.scene.cabinets
            self._grasps = Grasps(self.robot, cabinets)
            self.cabinets = tuple(cabinet.name for cabinet in cabinets)

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Observation, Info]:
        """Start new episodes.

        Args:
            seed: Environment i draws from `(seed, i)`, or from `seed[i]` of a sequence; with None
                it goes on.
            options: `reset_mask` `(N,)` bool restricts the reset to some environments.

        Raises:
            ValueError: If the mask or the sequence of seeds has not one entry per environment.
            gymnasium.error.ClosedEnvironmentError: If the environments are closed.
        """
        self._check_open()
        mask = np.ones(self.num_envs, bool)
        if options is not None and "reset_mask" in options:
            mask = np.asarray(options["reset_mask"], bool)
        if mask.shape != (self.num_envs,):
            raise ValueError(f"`reset_mask` must have shape ({self.num_envs},), got {mask.shape}.")
        self._seed(seed, mask)
        starts = np.zeros((self.num_envs, self.robot.num_joints))
        seeds = np.zeros(self.num_envs, np.int64)
        for env in np.flatnonzero(mask):
            starts[env] = self._task.start(self._rngs[env])
            # Spawned, so that what the engine varies does not change the starts to come.
            seeds[env] = self._rngs[env].spawn(1)[0].integers(2**63)
        self._physics.reset(mask, starts, seeds)
        self._elapsed[mask] = 0
        self._outcomes.reset(mask)
        self._recent.reset(mask)
        state = self.privileged_state()
        self._recent.see(state)
        return self._observe(state), self._outcomes.update(state)

    def step(
        self, actions: NDArray[np.float32]
    ) -> tuple[Observation, NDArray[Any], NDArray[Any], NDArray[Any], Info]:
        """Act in every environment for one control step.

        Args:
            actions: `(N, A)`, clipped to [-1, 1].

        Returns:
            Observation, reward `(N,)`, terminated `(N,)` (never), truncated `(N,)`, info.

        Raises:
            ValueError: If the actions have another shape or are not finite.
            gymnasium.error.ResetNeeded: If an episode is over or has not begun.
            gymnasium.error.ClosedEnvironmentError: If the environments are closed.
        """
        self._check_open()
        actions = self._checked(actions)
        targets, efforts = self._task.controls(actions, self._physics.state())
        self._physics.step(targets, efforts)
        self._recent.act(actions)
        self._elapsed += 1
        state = self.privileged_state()
        self._recent.see(state)
        terminated = np.zeros(self.num_envs, bool)
        truncated = self._elapsed >= self.episode_steps
        return (
            self._observe(state),
            self._task.reward(state),
            terminated,
            truncated,
            self._outcomes.update(state),
        )

    def privileged_state(self) -> State:
        """Return what an expert may know: the full state of the environments."""
        return self._grasps.state(self._physics.state(), self._recent)

    def quantities(self) -> dict[str, NDArray[np.float32]]:
        """Return what only a simulator knows of the present state, `(N, k)` each by its name."""
        return read_quantities(self.robot, self.privileged_state())

    def render(self) -> tuple[NDArray[np.uint8], ...] | None:
        """Return the first camera's image of every environment, `(H, W, 3)` each.

        In other modes than `rgb_array` it returns None; a window follows every step by itself.

        Raises:
            ConfigurationError: If the environments have no cameras.
        """
        if self.render_mode != "rgb_array":
            return None
        if not self.views:
            raise ConfigurationError("cameras.views", "must name a camera to render, got none.")
        return tuple(self._physics.render().rgb[:, 0].transpose(0, 2, 3, 1).copy())

    def close_extras(self, **kwargs: Any) -> None:
        """Free the physics; called by `close`."""
        self._physics.close()

    def _check_open(self) -> None:
        if self.closed:
            raise gymnasium.error.ClosedEnvironmentError(
                "The environments are closed: make new ones."
            )

    def _seed(self, seed: int | Sequence[int | None] | None, mask: NDArray[np.bool_]) -> None:
        if seed is None:
            return
        if isinstance(seed, int | np.integer):
            seeds: list[Any] = [[int(seed), env] for env in range(self.num_envs)]
        else:
            seeds = list(seed)
        if len(seeds) != self.num_envs:
            raise ValueError(f"Expected {self.num_envs} seeds, one each, got {len(seeds)}.")
        for env in np.flatnonzero(mask):
            if seeds[env] is not None:
                self._rngs[env] = np.random.default_rng(seeds[env])

    def _checked(self, actions: NDArray[np.float32]) -> NDArray[np.float32]:
        actions = np.asarray(actions, np.float32)
        expected = self._recent.actions.shape
        if actions.shape != expected:
            raise ValueError(f"Expected actions of shape {expected}, got {actions.shape}.")
        if not np.isfinite(actions).all():
            env = int(np.flatnonzero(~np.isfinite(actions).all(axis=1))[0])
            raise ValueError(f"Actions must be finite, got {actions[env]} for environment {env}.")
        if ((self._elapsed < 0) | (self._elapsed >= self.episode_steps)).any():
            raise gymnasium.error.ResetNeeded("Call `reset` before `step`: an episode is over.")
        return np.clip(actions, -1.0, 1.0)

    def _observe(self, state: State) -> Observation:
        self._show()
        if self.draws or self._images is None:
            self._images = self._physics.render()
        images = self._images
        return {
            "rgb": images.rgb,
            "depth": images.depth,
            "proprioception": self._task.proprioception(state, state.last_actions),
        }

    def _show(self) -> None:
        """Show the first environment in its window, if there is to be one."""
        if self.render_mode != "human":
            return
        if not isinstance(self._physics, Watchable):
            raise ConfigurationError("render_mode", "needs an engine with a window, no workers.")
        self._physics.show()
