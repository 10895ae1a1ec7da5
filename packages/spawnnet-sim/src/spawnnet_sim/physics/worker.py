"""The process that simulates some of the environments: obeys commands until it is told to stop."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np

from spawnnet_sim.errors import ConfigurationError
from spawnnet_sim.physics.inherited_file import InheritedFile
from spawnnet_sim.physics.orphans import end_with_parent
from spawnnet_sim.physics.physics import Physics, Snapshot, state_shapes
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.physics.shared_arrays import Field, SharedArrays

CreatePhysics = Callable[[Scene], Physics]


@dataclass(frozen=True)
class Assignment:
    """What one worker simulates.

    Attributes:
        index: Number of the worker.
        envs: Numbers of its environments among all.
        scene: Those environments.
        create: Starts the engine; pickled, so a function of a module or a partial of one.
        log: Gets what the worker prints.
        keeps_snapshots: Whether it sends a snapshot after every change.
        variables: Environment variables that it sets, such as which GPU it uses.
    """

    index: int
    envs: range
    scene: Scene
    create: CreatePhysics
    log: InheritedFile
    keeps_snapshots: bool
    variables: Mapping[str, str] = field(default_factory=dict)


class Answer(NamedTuple):
    """What a worker says after a command.

    Attributes:
        value: The name of the renderer at the start, a snapshot after a change if they are kept.
        problem: Traceback, or the user's error, if the command failed.
    """

    value: str | Snapshot | None = None
    problem: str | ConfigurationError | None = None


def shared_fields(scene: Scene) -> dict[str, Field]:
    """Return what parent and workers share."""
    N, V, robot = scene.num_envs, len(scene.views), scene.robot
    inputs: dict[str, tuple[int, ...]] = {
        "starts": (robot.num_joints,),
        "targets": (robot.num_driven,),
        "efforts": (robot.num_joints - robot.num_driven,),
    }
    numbers = {f"input/{name}": shape for name, shape in inputs.items()}
    numbers |= {f"state/{name}": shape for name, shape in state_shapes(robot).items()}
    return {
        **{name: Field((N, *shape), np.float64) for name, shape in numbers.items()},
        "input/mask": Field((N,), np.bool_),
        "input/seeds": Field((N,), np.int64),
        "rgb": Field((N, V, 3, *scene.image_size), np.uint8),
        "depth": Field((N, V, 1, *scene.image_size), np.float32),
    }


def run_worker(assignment: Assignment, shared: SharedArrays, pipe: Connection) -> None:
    """Simulate until the command `close`, or until the parent is gone.

    A command is the name of a method of the worker, and its arguments; an `Answer` follows each.
    """
    end_with_parent()
    _write_output_to(assignment.log.descriptor)
    os.environ.update(assignment.variables)
    try:
        worker = _Worker(assignment, shared)
        pipe.send(Answer(worker.renderer))
    except ConfigurationError as error:
        pipe.send(Answer(problem=error))
        return
    except Exception:  # whatever it is, the parent reports it
        pipe.send(Answer(problem=traceback.format_exc()))
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
            pipe.send(Answer(getattr(worker, command)(*arguments)))
        except ConfigurationError as error:
            pipe.send(Answer(problem=error))
        except Exception:  # the parent raises it, with this worker's environments
            pipe.send(Answer(problem=traceback.format_exc()))


class _Worker:
    """Moves data between the shared arrays and the physics of the worker's environments."""

    def __init__(self, assignment: Assignment, shared: SharedArrays) -> None:
        envs = slice(assignment.envs.start, assignment.envs.stop)
        self._arrays = {name: array[envs] for name, array in shared.views().items()}
        self._physics = assignment.create(assignment.scene)
        self._keeps_snapshots = assignment.keeps_snapshots
        self.renderer = self._physics.renderer

    def reset(self) -> Snapshot | None:
        arrays = self._arrays
        self._physics.reset(arrays["input/mask"], arrays["input/starts"], arrays["input/seeds"])
        return self._publish()

    def step(self) -> Snapshot | None:
        self._physics.step(self._arrays["input/targets"], self._arrays["input/efforts"])
        return self._publish()

    def restore(self, snapshot: Snapshot) -> Snapshot | None:
        self._physics.restore(snapshot)
        return self._publish()

    def snapshot(self) -> Snapshot:
        return self._physics.snapshot()

    def render(self) -> None:
        self._arrays["rgb"][:], self._arrays["depth"][:] = self._physics.render()

    def close(self) -> None:
        self._physics.close()

    def _publish(self) -> Snapshot | None:
        state: dict[str, Any] = vars(self._physics.state())
        for name, rows in state.items():
            self._arrays[f"state/{name}"][:] = rows
        return self._physics.snapshot() if self._keeps_snapshots else None


def _write_output_to(log: int) -> None:
    """Send everything the process prints, libraries in C included, to a file descriptor."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(log, 1)
    os.dup2(log, 2)
