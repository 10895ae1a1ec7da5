"""The process that simulates some of the environments: obeys commands until it is told to stop."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.mujoco.layout import Layout
from spawnnet_sim.physics.shared_arrays import SharedArrays


@dataclass(frozen=True)
class Assignment:
    """What one worker simulates.

    Attributes:
        index: Of the worker.
        envs: Numbers of its environments among all.
        cabinets: Of those environments.
        layout: Common to the cabinets of all workers, so that an environment is the same in any.
        options: Other arguments of `MujocoPhysics`.
        log: File that gets what the worker prints.
    """

    index: int
    envs: range
    cabinets: Sequence[CabinetSpec]
    layout: Layout
    options: dict[str, Any]
    log: Path


def run_worker(assignment: Assignment, shared: SharedArrays, pipe: Connection) -> None:
    """Simulate until the command `close`, or until the parent is gone.

    Every command is answered by `("done", value)` or `("error", traceback)`.
    """
    _write_output_to(assignment.log)
    _take_one_gpu(assignment.index)
    try:
        worker = _Worker(assignment, shared)
        pipe.send(("done", worker.renderer))
    except Exception:  # whatever it is, the parent reports it
        pipe.send(("error", traceback.format_exc()))
        return
    while True:
        try:
            command, *arguments = pipe.recv()
        except (EOFError, OSError):
            return
        if command == "close":
            worker.close()
            return
        try:
            getattr(worker, command)(*arguments)
            pipe.send(("done", None))
        except Exception:  # the parent raises it, with this worker's environments
            pipe.send(("error", traceback.format_exc()))


class _Worker:
    """Moves data between the shared arrays and the physics of the worker's environments."""

    def __init__(self, assignment: Assignment, shared: SharedArrays) -> None:
        from spawnnet_sim.mujoco.mujoco_physics import MujocoPhysics

        envs = slice(assignment.envs.start, assignment.envs.stop)
        self._arrays = {name: array[envs] for name, array in shared.views().items()}
        self._physics = MujocoPhysics(
            assignment.cabinets, layout=assignment.layout, **assignment.options
        )
        self.renderer = self._physics.renderer

    def set_cabinets(self, assignment: Assignment) -> None:
        self._physics.set_cabinets(assignment.cabinets, assignment.layout)
        self._publish()

    def reset(self) -> None:
        arrays = self._arrays
        self._physics.reset(arrays["mask"], arrays["starts"], arrays["seeds"])
        self._publish()

    def step(self) -> None:
        self._physics.step(self._arrays["targets_in"], self._arrays["efforts_in"])
        self._publish()

    def restore(self) -> None:
        self._physics.restore(
            {name: self._arrays[f"saved/{name}"] for name in self._physics.snapshot()}
        )
        self._publish()

    def render(self) -> None:
        images = self._physics.render()
        self._arrays["rgb"][:], self._arrays["depth"][:] = images

    def close(self) -> None:
        self._physics.close()

    def _publish(self) -> None:
        fields: dict[str, NDArray[Any]] = vars(self._physics.state())
        snapshot = {f"saved/{name}": rows for name, rows in self._physics.snapshot().items()}
        for name, rows in {**fields, **snapshot}.items():
            self._arrays[name][:] = rows


def _write_output_to(log: Path) -> None:
    """Send everything the process prints, libraries in C included, to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _take_one_gpu(index: int) -> None:
    """Give the worker one of the machine's GPUs, unless the user has chosen already."""
    count = len(list(Path("/dev").glob("nvidia[0-9]*")))
    if count > 1:
        os.environ.setdefault("MUJOCO_EGL_DEVICE_ID", str(index % count))
        os.environ.setdefault("CUDA_VISIBLE_DEVICES", str(index % count))


def split_envs(num_envs: int, workers: int, split: Sequence[int] | None) -> list[range]:
    """Divide environments among workers: equal shares, the remainder to the last, or `split`.

    Raises:
        ValueError: If a worker would get no environment, or `split` does not fit; the message
            starts with the field's name.
    """
    if split is None:
        if workers > num_envs:
            raise ValueError(
                f"`workers` must be at most the {num_envs} environments, got {workers}."
            )
        share = num_envs // workers
        split = [share] * (workers - 1) + [num_envs - share * (workers - 1)]
    if len(split) != workers:
        raise ValueError(
            f"`worker_split` must have one entry per worker, got {len(split)} for {workers}."
        )
    if min(split) < 1 or sum(split) != num_envs:
        raise ValueError(
            f"`worker_split` must be positive and sum to the {num_envs} environments, "
            f"got {list(split)}."
        )
    ends = np.cumsum(split).tolist()
    return [range(end - size, end) for end, size in zip(ends, split, strict=True)]
