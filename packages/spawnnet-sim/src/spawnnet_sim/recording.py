"""Demonstrations of an expert as HDF5 files in the layout of the original release.

One file per episode, `<out>/none/episode_00000.h5` ("none" is the original's name for tasks
without a goal), with the datasets `traj_0/obs/{rgb,depth,state}` and `traj_0/actions`, all of
length T. Attributes of `traj_0` tell the task, the cabinet, the seed, the noise
and the success.

With noise, the expert's action is recorded and a disturbed one is executed, so that the
demonstrations show how to come back (DART, Laskey et al. 2017, arXiv 1703.09327).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.config import EnvironmentConfig
from spawnnet_sim.disturbance import Disturbance
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.expert import Expert
from spawnnet_sim.extras import import_extra
from spawnnet_sim.factory import create_environment, create_expert

TRAJECTORY = "traj_0"


def episode_path(folder: Path, episode: int) -> Path:
    """Return where an episode is kept."""
    return folder / "none" / f"episode_{episode:05d}.h5"


def record(
    config: EnvironmentConfig,
    folder: Path,
    *,
    episodes: int,
    seed: int = 0,
    noise: float = 0.0,
    watch: Callable[[], None] | None = None,
) -> tuple[Path, ...]:
    """Let the expert act and keep what it saw and did.

    Episode `r * num_cabinets + i` happens in cell i of the round that starts from `seed + r`, so
    that a repeated call adds exactly what is missing. A file appears only when it is complete.

    Args:
        config: What to record.
        folder: Gets the files.
        episodes: Number of episodes that the folder holds afterwards.
        seed: Of the first round.
        noise: Largest standard deviation of the errors of what is executed. Every episode has its
            own, drawn from 0 to this.
        watch: Called after every control step and for every step that is there already.

    Returns:
        The paths of all episodes.

    Raises:
        ModuleNotFoundError: If the extra `hdf5` is not installed.
    """
    import_extra("h5py", "hdf5")
    paths = tuple(episode_path(folder, episode) for episode in range(episodes))
    N = config.num_cabinets
    rounds = [paths[first : first + N] for first in range(0, episodes, N)]
    (folder / "none").mkdir(parents=True, exist_ok=True)
    with closing(create_environment(config)) as environment:
        expert = create_expert(config)
        for round_index, files in enumerate(rounds):
            missing = {cell: path for cell, path in enumerate(files) if not path.exists()}
            if missing:
                start = seed + round_index
                rng = np.random.default_rng([start, N])  # cells draw from (start, 0 to N - 1)
                disturb = Disturbance(noise * rng.uniform(size=N), rng)
                _record_round(environment, expert, disturb, missing, config.task, start, watch)
            elif watch is not None:
                for _ in range(config.episode_steps):
                    watch()
    return paths


def _record_round(
    environment: CabinetEnv,
    expert: Expert,
    disturb: Disturbance,
    missing: dict[int, Path],
    task: str,
    seed: int,
    watch: Callable[[], None] | None,
) -> None:
    """Run one episode in all cells; write those of the cells in `missing`."""
    observation, info = environment.reset(seed=seed)
    with ExitStack() as stack:
        writers = {
            cell: stack.enter_context(_EpisodeWriter(path, environment.episode_steps))
            for cell, path in missing.items()
        }
        for step in range(environment.episode_steps):
            actions = expert.act(environment.privileged_state())
            for cell, writer in writers.items():
                writer.write(step, _row(observation, actions, cell))
            observation, _, _, _, info = environment.step(disturb(actions))
            if watch is not None:
                watch()
        for cell, writer in writers.items():
            writer.finish(
                task=task,
                cabinet=environment.cabinets[cell],
                seed=[seed, cell],
                noise=float(disturb.scale[cell]),
                success=bool(info["success"][cell]),
            )


def _row(
    observation: dict[str, NDArray[Any]], actions: NDArray[np.float32], cell: int
) -> dict[str, NDArray[Any]]:
    return {
        "obs/rgb": observation["rgb"][cell],
        "obs/depth": observation["depth"][cell],
        "obs/state": observation["proprioception"][cell],
        "actions": actions[cell],
    }


class _EpisodeWriter:
    """Writes one episode step by step, and gives it its name when it is finished."""

    def __init__(self, path: Path, steps: int) -> None:
        self._path, self._steps = path, steps
        self._temporary = path.with_name(f".{path.name}.part")
        self._file = import_extra("h5py", "hdf5").File(self._temporary, "w")

    def __enter__(self) -> _EpisodeWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._temporary.unlink(missing_ok=True)

    def write(self, step: int, row: dict[str, NDArray[Any]]) -> None:
        """Write one time step of every dataset."""
        for name, values in row.items():
            path = f"{TRAJECTORY}/{name}"
            if path not in self._file:
                self._create(path, values)
            self._file[path][step] = values

    def finish(self, **facts: str | bool | float | Sequence[int]) -> None:
        """Add what is known about the episode and move the file to its place."""
        self._file[TRAJECTORY].attrs.update(facts)
        self._file.close()
        self._temporary.replace(self._path)

    def _create(self, path: str, values: NDArray[Any]) -> None:
        shape = (self._steps, *values.shape)
        options: dict[str, Any] = {}
        if values.ndim > 1:  # images: compressed one by one, so that single steps read fast
            options = {"chunks": (1, *values.shape), "compression": "gzip", "compression_opts": 1}
        self._file.create_dataset(path, shape, values.dtype, **options)
