"""A trained policy for a robot: one observation in, one action out, every control step.

policy = load_policy(Path("runs/place_bag/2026-11-24_12-00-00"))
policy.reset()
action = policy.act({"rgb": {"wrist": image, "front": other}, "proprioception": joints})
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spawnnet_train.runs.saved_run import SavedRun, open_saved_run
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.student.spec import StudentSpec
from spawnnet_train.use.observation import ObservationReader, numbers


@final
class RobotPolicy:
    """Acts in one environment; `reset` it at the start of every episode.

    Each image passes the frozen backbone once, in the step that it is seen in. Frame stacks, chunk
    execution or temporal ensembling, and normalisation follow the configuration of the run.

    Attributes:
        spec: Names of the views, sizes and statistics of the training data.
        max_age: Seconds that an image may be older than the newest one.
    """

    def __init__(self, run: SavedRun, *, max_age: float = 0.2) -> None:
        self.spec: StudentSpec = run.spec
        self.max_age = max_age
        self._reader = ObservationReader(
            run.spec, uses_proprioception=run.config.student.proprioception
        )
        self._actor = StudentActor(run.student, run.config.student, num_envs=1)
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
                seconds, when its image was taken; old images are then refused.

        Raises:
            ValueError: If something is missing, None, not finite, stale, or of another shape, dtype
                or unit, or if the policy gives no finite action; the message starts with its place,
                such as `rgb/front`. A refused observation changes nothing.
        """
        arrays = self._reader.read(observation)
        if "time" in observation:
            self._check_times(observation["time"])
        self._actor.observe({name: array[None] for name, array in arrays.items()})
        action: NDArray[np.float32] = self._actor.act()[0]
        if not np.isfinite(action).all():
            raise ValueError(f"action: the policy has no finite one here, got {action.tolist()}.")
        return action

    def _check_times(self, times: Mapping[str, ArrayLike]) -> None:
        if not isinstance(times, Mapping):
            raise ValueError(f"time: expected a mapping of seconds by view, got {times!r}.")
        for view in self.spec.views:
            if view not in times:
                raise ValueError(f"time/{view}: is missing, got {sorted(times)}.")
        taken = {view: _seconds(times[view], f"time/{view}") for view in self.spec.views}
        newest = max(taken.values())
        for view, seconds in taken.items():
            if not newest - seconds <= self.max_age:
                age = newest - seconds
                raise ValueError(
                    f"time/{view}: the image is {age:.3f} s older than the newest, "
                    f"at most {self.max_age:g} s are allowed."
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


def load_policy(
    run: Path | str, *, checkpoint: str | None = None, max_age: float = 0.2
) -> RobotPolicy:
    """Return the policy of a run, ready to act.

    Args:
        run: A run directory, of any algorithm.
        checkpoint: Its name; `best`, or else the latest, if None.
        max_age: Seconds that an image may be older than the newest one.

    Raises:
        RecordError: If there is no such run or checkpoint.
    """
    return RobotPolicy(open_saved_run(Path(run), checkpoint), max_age=max_age)
