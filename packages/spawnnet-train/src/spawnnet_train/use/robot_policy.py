"""A trained policy for a robot: one observation in, one action out, every control step.

policy = load_policy("runs/place_bag/2026-11-24_12-00-00")
policy.reset()
action = policy.act({"rgb": {"wrist": image, "front": other}, "proprioception": joints})
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spawnnet_data.reading.lerobot_keys import from_lerobot
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.spec import StudentSpec
from spawnnet_train.use.latency import Latency, Stopwatch
from spawnnet_train.use.observation import ObservationReader, numbers
from spawnnet_train.use.saved_policy import SavedPolicy, open_policy

Keys = Literal["spawnnet", "lerobot"]
"""By whose names observations come: `rgb` by view, or flat keys such as `observation.images.front`.
"""


@final
class RobotPolicy:
    """Acts in one environment; `reset` it at the start of every episode.

    Each image passes the frozen backbone once, in the step that it is seen in. Frame stacks, chunk
    execution or temporal ensembling, and normalisation follow the configuration of the run.

    Args:
        saved: The student and what it was built from.
        keys: By whose names observations come.
        max_age: Seconds that an image may be older than the newest one.

    Attributes:
        spec: Names of the views, sizes and statistics of the training data.
        action_horizon: T, the steps that it predicts at once.
        needs_every_step: Whether it has to see every control step, because it looks back at earlier
            frames or blends earlier predictions.
    """

    def __init__(
        self, saved: SavedPolicy, *, keys: Keys = "spawnnet", max_age: float = 0.2
    ) -> None:
        config = saved.config.student
        self.spec: StudentSpec = saved.spec
        self.action_horizon = config.action_horizon
        self.needs_every_step = config.num_frames > 1 or config.ensemble_decay is not None
        self._keys, self._max_age = keys, max_age
        self._reader = ObservationReader(saved.spec, uses_proprioception=config.proprioception)
        self._actor = StudentActor(saved.student, config, num_envs=1)
        self._stopwatch = Stopwatch()
        self.reset()

    def reset(self, seed: int = 0) -> None:
        """Begin a new episode; `seed` decides what a stochastic policy samples in it."""
        self._actor.reset(seed)
        self._taken: dict[str, float] = {}

    def act(self, observation: Mapping[str, Any]) -> NDArray[np.float32]:
        """Return the action for this control step, `(A,)` float32 in the training data's units.

        Args:
            observation: `rgb`: for each view by name an image, uint8, `(H, W, 3)` or `(3, H, W)`.
                `depth`: for each view that had depth in training `(H, W)`, `(H, W, 1)` or
                `(1, H, W)` in metres. `proprioception` `(S,)`. `time`, optional: for each view, in
                seconds, when its image was taken; old images are then refused. Images of another
                size than in training are resized as demonstrations are. With `keys="lerobot"` the
                same under flat names, see `from_lerobot`.

        Raises:
            ValueError: If something is missing, None, not finite, stale, or of another shape, dtype
                or unit, or if the policy gives no finite action; the message starts with its place,
                such as `rgb/front`. A refused observation changes nothing.
        """
        with self._stopwatch.step():
            self._see(observation)
            action: NDArray[np.float32] = self._actor.act()[0]
            return _finite(action)

    def plan(self, observation: Mapping[str, Any]) -> NDArray[np.float32]:
        """Return the whole chunk `(T, A)` predicted from here, whatever was planned before.

        Takes and raises what `act` does.
        """
        with self._stopwatch.step():
            self._see(observation)
            return _finite(self._actor.plan()[0])

    def latency(self) -> Latency:
        """Return how long the last thousand steps took, from the observation to the action."""
        return self._stopwatch.latency()

    def _see(self, observation: Mapping[str, Any]) -> None:
        if self._keys == "lerobot" and isinstance(observation, Mapping):
            observation = from_lerobot(observation, self.spec.views, self.spec.depth_views)
        arrays = self._reader.read(observation)
        if "time" in observation:
            self._check_times(observation["time"])
        self._actor.observe({name: array[None] for name, array in arrays.items()})

    def _check_times(self, times: Mapping[str, ArrayLike]) -> None:
        if not isinstance(times, Mapping):
            raise ValueError(f"time: expected a mapping of seconds by view, got {times!r}.")
        for view in self.spec.views:
            if view not in times:
                raise ValueError(f"time/{view}: is missing, got {sorted(times)}.")
        taken = {view: _seconds(times[view], f"time/{view}") for view in self.spec.views}
        newest = max(taken.values())
        for view, seconds in taken.items():
            if not newest - seconds <= self._max_age:
                age = newest - seconds
                raise ValueError(
                    f"time/{view}: the image is {age:.3f} s older than the newest, "
                    f"at most {self._max_age:g} s are allowed."
                )
            if seconds <= self._taken.get(view, -np.inf):
                raise ValueError(f"time/{view}: the image is the one of the step before.")
        self._taken = taken


def _seconds(value: ArrayLike, place: str) -> float:
    """Return one finite number."""
    array = numbers(value, place)
    if array.size != 1 or not np.isfinite(array).all():
        raise ValueError(f"{place}: expected seconds as one finite number, got {value!r}.")
    return float(array.item())


def _finite(actions: NDArray[np.float32]) -> NDArray[np.float32]:
    if not np.isfinite(actions).all():
        raise ValueError(f"action: the policy has no finite one here, got {actions.tolist()}.")
    return actions


def load_policy(
    path: Path | str,
    *,
    checkpoint: str | None = None,
    keys: Keys = "spawnnet",
    device: str = "auto",
    max_age: float = 0.2,
) -> RobotPolicy:
    """Return the policy of a run or of an exported folder, ready to act.

    Args:
        path: A run directory, of any algorithm, or a folder that `export_policy` wrote.
        checkpoint: Of a run: its name; `best`, or else the latest, if None.
        keys: By whose names observations come: ours, or those of LeRobot.
        device: Such as `cpu` or `cuda:0`; `auto` is the first CUDA device, or the CPU without one.
        max_age: Seconds that an image may be older than the newest one.

    Raises:
        ConfigError: If something in it does not fit.
        RecordError: If there is no such run, folder or checkpoint.
    """
    return RobotPolicy(open_policy(path, checkpoint, device), keys=keys, max_age=max_age)
