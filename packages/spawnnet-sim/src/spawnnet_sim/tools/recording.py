"""Demonstrations of an expert as HDF5 files in the layout of the original release.

One file per episode, `<out>/none/episode_00000.h5` ("none" is the original's name for tasks
without a goal), with the datasets `traj_0/obs/{rgb,depth,state}` and `traj_0/actions`, all of
length T. Attributes of `traj_0` tell the task, the cabinet, the seed, the noise, the success and
all settings, as JSON; `rate` of the file the control steps per second, `views` of the images the
names of the cameras.

With noise, the expert's action is recorded and a disturbed one is executed, so that the
demonstrations show how to come back (DART, Laskey et al. 2017, arXiv 1703.09327).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.config import EnvironmentConfig
from spawnnet_sim.environment import CabinetEnv
from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.experts.disturbance import Disturbance
from spawnnet_sim.experts.expert import Expert
from spawnnet_sim.extras import import_extra
from spawnnet_sim.factory import cabinet_set, create_environment, create_expert

TRAJECTORY = "traj_0"
# Settings that leave a given episode as it is, but for how a renderer rounds colours.
_UNRELATED = {"num_envs", "engine"}


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

    Episode `r * cabinets.count + i` happens in environment i of the round that starts from
    `seed + r`, so that a repeated call adds exactly what is missing. A file appears only when it
    is complete.

    Args:
        config: What to record; there is one environment per cabinet, whatever its `num_envs`.
        folder: Gets the files.
        episodes: Number of episodes that the folder holds afterwards.
        seed: Seed of the first round.
        noise: Largest standard deviation of the errors of what is executed. Every episode has its
            own, drawn from 0 to this.
        watch: Called after every control step and for every step that is there already.

    Returns:
        The paths of all episodes.

    Raises:
        ConfigurationError: If the folder holds an episode that was recorded with other settings, or
            the extra `hdf5` is not installed.
    """
    import_extra("h5py", "hdf5")
    paths = tuple(episode_path(folder, episode) for episode in range(episodes))
    N = config.cabinets.count
    rounds = [paths[first : first + N] for first in range(0, episodes, N)]
    settings = _settings(config, noise)
    for number, files in enumerate(rounds):
        for env, path in enumerate(files):
            if path.exists():
                _check_recorded(path, {**settings, "seed": [seed + number, env]})
    (folder / "none").mkdir(parents=True, exist_ok=True)
    with closing(create_environment(replace(config, num_envs=None))) as environment:
        expert = create_expert(config)
        for number, files in enumerate(rounds):
            missing = {env: path for env, path in enumerate(files) if not path.exists()}
            if missing:
                start = seed + number
                rng = np.random.default_rng(
                    [start, N]
                )  # environments draw from (start, 0 ... N - 1)
                disturb = Disturbance(noise * rng.uniform(size=N), rng)
                _record_round(environment, expert, disturb, missing, settings, start, watch)
            elif watch is not None:
                for _ in range(config.episode_steps):
                    watch()
    return paths


def _settings(config: EnvironmentConfig, noise: float) -> dict[str, Any]:
    """Return what must agree between the episodes of a folder, as JSON gives it back."""
    cabinets = {"set": cabinet_set(config), "first": config.cabinets.first}
    settings = {**asdict(config), "cabinets": cabinets, "noise": noise}
    related = {name: value for name, value in settings.items() if name not in _UNRELATED}
    loaded: dict[str, Any] = json.loads(json.dumps(related))
    return loaded


def _flat(settings: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Return nested settings by their dotted paths."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        inner = _flat(value, f"{path}{name}.") if isinstance(value, dict) else {path + name: value}
        flat |= inner
    return flat


def _check_recorded(path: Path, expected: dict[str, Any]) -> None:
    h5py = import_extra("h5py", "hdf5")
    try:
        with h5py.File(path) as file:
            attributes = file[TRAJECTORY].attrs
            recorded = {**json.loads(attributes["settings"]), "seed": attributes["seed"].tolist()}
    except (OSError, KeyError, ValueError, AttributeError) as error:
        raise ConfigurationError(
            "", f"{path} is no recorded episode ({error}): remove it or choose another folder."
        ) from error
    recorded = _flat(recorded)
    for name, value in _flat(expected).items():
        if recorded.get(name) != value:
            raise ConfigurationError(
                "",
                f"{path} was recorded with `{name}` {recorded.get(name)!r}, now it is {value!r}:"
                " choose another folder.",
            )


def _record_round(
    environment: CabinetEnv,
    expert: Expert,
    disturb: Disturbance,
    missing: dict[int, Path],
    settings: dict[str, Any],
    seed: int,
    watch: Callable[[], None] | None,
) -> None:
    """Run one episode in all environments; write those of the environments in `missing`."""
    observation, info = environment.reset(seed=seed)
    with ExitStack() as stack:
        writers = {
            env: stack.enter_context(_EpisodeWriter(path, environment))
            for env, path in missing.items()
        }
        for step in range(environment.episode_steps):
            actions = expert.act(environment.privileged_state())
            for env, writer in writers.items():
                writer.write(step, _row(observation, actions, env))
            observation, _, _, _, info = environment.step(disturb(actions))
            if watch is not None:
                watch()
        for env, writer in writers.items():
            writer.finish(
                task=settings["task"],
                cabinet=environment.cabinets[env],
                seed=[seed, env],
                noise=float(disturb.scale[env]),
                success=bool(info["success"][env]),
                settings=json.dumps(settings),
            )


def _row(
    observation: dict[str, NDArray[Any]], actions: NDArray[np.float32], env: int
) -> dict[str, NDArray[Any]]:
    return {
        "obs/rgb": observation["rgb"][env],
        "obs/depth": observation["depth"][env],
        "obs/state": observation["proprioception"][env],
        "actions": actions[env],
    }


class _EpisodeWriter:
    """Writes one episode step by step, and gives it its name when it is finished."""

    def __init__(self, path: Path, environment: CabinetEnv) -> None:
        self._path, self._steps = path, environment.episode_steps
        self._views = environment.views
        self._temporary = path.with_name(f".{path.name}.part")
        self._file = import_extra("h5py", "hdf5").File(self._temporary, "w")
        self._file.attrs["rate"] = 1 / environment.control_timestep

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
        dataset = self._file.create_dataset(path, shape, values.dtype, **options)
        if values.ndim > 1:
            dataset.attrs["views"] = self._views
