"""Demonstrations of an expert as HDF5 files in the layout of the original release.

One file per episode, `<out>/none/episode_00000.h5` ("none" is the original's name for tasks
without a goal), with the datasets `traj_0/obs/{rgb,depth,state}` and `traj_0/actions`, all of
length T; on demand also `traj_0/privileged/<name>`, what only a simulator knows. Attributes of
`traj_0` tell the task, the cabinet, the seed, the noise, the success and all settings, as JSON;
`rate` of the file the control steps per second and `every` which of them were kept; `views` of the
images the names of the cameras, `names` of actions and proprioception what their numbers are.

With a disturbance, the expert's action is recorded and an erring one is executed, so that the
demonstrations show how to come back; see `spawnnet_sim.experts.disturbance`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.atomic_file import disk_errors
from spawnnet_sim.config import EnvironmentConfig
from spawnnet_sim.configuration import Configuration
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.errors import ConfigurationError, require
from spawnnet_sim.experts.disturbance import (
    NO_DISTURBANCE,
    DisturbanceConfig,
    DisturbedExpert,
)
from spawnnet_sim.extras import import_extra
from spawnnet_sim.factory import create_environment, create_expert
from spawnnet_sim.registration import cabinet_set
from spawnnet_sim.tasks.privileged import privileged_vector
from spawnnet_sim.tasks.quantities import read_quantities
from spawnnet_sim.tasks.state import State
from spawnnet_sim.tools.episode_file import (
    CACHED,
    Compression,
    EpisodeWriter,
    check_recorded,
    check_space,
    episode_path,
)

# Settings that leave a given episode as it is, but for how a renderer rounds colours.
_UNRELATED = {"num_envs", "engine", "compression"}


@dataclass(frozen=True)
class RecordingConfig(Configuration):
    """What of an expert's episodes is kept.

    Attributes:
        disturbance: How the acting expert errs.
        every: Keep every so many control steps, from the first on.
        privileged: Whether to keep what only a simulator knows: named quantities of the state, and
            `state`, the vector of `privileged_vector`.
        compression: Of the images: `none`, which reads fastest, `lzf` or `gzip`.
    """

    disturbance: DisturbanceConfig = NO_DISTURBANCE
    every: int = 1
    privileged: bool = False
    compression: Compression = "none"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.every >= 1, "every", self.every, "at least 1")


KEEP_ALL = RecordingConfig()  # every step of an expert that does not err


def record(
    config: EnvironmentConfig,
    folder: Path,
    *,
    episodes: int,
    seed: int = 0,
    recording: RecordingConfig = KEEP_ALL,
    watch: Callable[[], None] | None = None,
) -> tuple[Path, ...]:
    """Let the expert act and keep what it saw and did.

    Episode `r * N + i` happens in environment i of the round that starts from `seed + r`, in the
    next of the cabinets, so that a repeated call adds exactly what is missing. A file appears only
    when it is complete. The number of cabinets may grow as long as they did not come twice.

    Args:
        config: What to record, in its N environments.
        folder: Gets the files.
        episodes: Number of episodes that the folder holds afterwards.
        seed: Seed of the first round.
        recording: What is kept.
        watch: Called for every cabinet that is loaded at first, after every control step, and for
            every step that is there already.

    Returns:
        The paths of all episodes.

    Raises:
        ConfigurationError: If the extra `hdf5` is not installed, or the folder holds an episode
            that was recorded with other settings, or of another cabinet than would be its turn.
        OSError: If the disk is full, read-only or gone; episodes that are complete stay.
    """
    import_extra("h5py", "hdf5")
    paths = tuple(episode_path(folder, episode) for episode in range(episodes))
    N, settings = config.env_count, _settings(config, recording)
    _check_all_recorded(paths, config, settings, seed)
    rounds = [paths[first : first + N] for first in range(0, episodes, N)]
    with disk_errors(folder):
        (folder / "none").mkdir(parents=True, exist_ok=True)
    expert = DisturbedExpert(create_expert(config), recording.disturbance, N)
    with closing(create_environment(config, watch=watch)) as environment:
        recorder = _Recorder(environment, expert, recording, settings)
        for number, files in enumerate(rounds):
            missing = {env: path for env, path in enumerate(files) if not path.exists()}
            if missing:
                cabinets = (number * N + np.arange(N)) % config.cabinets.count
                environment.set_cabinets(cabinets.tolist())
                recorder.record(missing, seed + number, watch)
            elif watch is not None:
                for _ in range(config.episode_steps):
                    watch()
    return paths


def _check_all_recorded(
    paths: tuple[Path, ...], config: EnvironmentConfig, settings: dict[str, Any], seed: int
) -> None:
    """Check the episodes that are there; of cabinets, that each has the turns that it has now."""
    turns: dict[int, str] = {}
    for episode, path in enumerate(paths):
        if not path.exists():
            continue
        number, env = divmod(episode, config.env_count)
        cabinet = check_recorded(path, {**settings, "seed": [seed + number, env]})
        known = turns.setdefault(episode % config.cabinets.count, cabinet)
        if known != cabinet or list(turns.values()).count(cabinet) > 1:
            raise ConfigurationError(
                "cabinets.count",
                f"{config.cabinets.count} gives episode {episode} another cabinet than {cabinet!r},"
                f" of which {path} was recorded: take the number from before, or another folder.",
            )


def _settings(config: EnvironmentConfig, recording: RecordingConfig) -> dict[str, Any]:
    """Return what must agree between the episodes of a folder, as JSON gives it back."""
    cabinets = {"set": cabinet_set(config), "first": config.cabinets.first}
    settings = {**asdict(config), "cabinets": cabinets, **asdict(recording)}
    related = {name: value for name, value in settings.items() if name not in _UNRELATED}
    loaded: dict[str, Any] = json.loads(json.dumps(related))
    return loaded


class _Recorder:
    """Writes what an expert does in environments, episode by episode."""

    def __init__(
        self,
        environment: CabinetEnv,
        expert: DisturbedExpert,
        recording: RecordingConfig,
        settings: dict[str, Any],
    ) -> None:
        self._environment, self._expert = environment, expert
        self._recording, self._settings = recording, settings

    def record(self, missing: dict[int, Path], seed: int, watch: Callable[[], None] | None) -> None:
        """Run one episode in all environments; write those of the environments in `missing`."""
        environment, every = self._environment, self._recording.every
        compression = self._recording.compression
        observation, info = environment.reset(seed=seed)
        self._expert.reset(seed)
        with ExitStack() as stack:
            writers = {
                env: stack.enter_context(EpisodeWriter(path, environment, every, compression))
                for env, path in missing.items()
            }
            for step in range(environment.episode_steps):
                state = environment.privileged_state()
                if step % every == 0:
                    rows = self._rows(observation, state)
                    self._check_space(missing, rows, step)
                    for env, writer in writers.items():
                        writer.write(step // every, {name: row[env] for name, row in rows.items()})
                observation, _, _, _, info = environment.step(self._expert.act(state))
                if watch is not None:
                    watch()
            for env, writer in writers.items():
                writer.finish(**self._facts(env, seed, info))

    def _check_space(
        self, missing: dict[int, Path], rows: dict[str, NDArray[Any]], step: int
    ) -> None:
        """Stop before the disk is full; how much compressed images will take is not known."""
        environment, every = self._environment, self._recording.every
        is_raw = self._recording.compression == "none"
        ahead = -(-(environment.episode_steps - step) // every) if is_raw else 1
        each = sum(row.nbytes for row in rows.values()) // environment.num_envs
        size = len(missing) * (ahead * each + (0 if is_raw else CACHED))
        check_space(next(iter(missing.values())).parent, size)

    def _rows(self, observation: dict[str, NDArray[Any]], state: State) -> dict[str, NDArray[Any]]:
        """Return one time step of every dataset, `(N, ...)` each."""
        rows = {
            "obs/rgb": observation["rgb"],
            "obs/depth": observation["depth"],
            "obs/state": observation["proprioception"],
            "actions": self._expert.label(state),
        }
        if self._recording.privileged:
            robot = self._environment.robot
            known = {**read_quantities(robot, state), "state": privileged_vector(robot, state)}
            rows |= {f"privileged/{name}": values for name, values in known.items()}
        return rows

    def _facts(self, env: int, seed: int, info: dict[str, Any]) -> dict[str, Any]:
        return {
            "task": self._settings["task"],
            "cabinet": self._environment.cabinets[env],
            "seed": [seed, env],
            "noise": float(self._expert.action_std[env]),
            "success": bool(info["success"][env]),
            "settings": json.dumps(self._settings),
        }
