"""Environments spread over worker processes; states and images come back through shared memory."""

from __future__ import annotations

import contextlib
import multiprocessing
import tempfile
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.cabinets.cabinet import CabinetSpec
from spawnnet_sim.mujoco.layout import common_layout
from spawnnet_sim.physics.physics import Array, Images, Seeds, State
from spawnnet_sim.physics.shared_arrays import Field, SharedArrays
from spawnnet_sim.physics.worker import Assignment, run_worker
from spawnnet_sim.robots import panda

_LOG_TAIL = 1000  # characters of a worker's log that an error shows
_START_FACTOR = 4.0  # a worker may take this many timeouts to start: it compiles kernels


class WorkerError(RuntimeError):
    """A worker died, hung or failed; the message tells its environments and its log."""


class _Running(NamedTuple):
    process: SpawnProcess
    pipe: Connection


class ProcessPhysics:
    """`Physics` of which every worker process simulates some environments.

    Results are those of one process, bit for bit. The tasks stay in the parent.

    Args:
        cabinets: One per environment.
        envs: Environments of each worker, from `split_envs`.
        timeout: Seconds without an answer after which a worker counts as hung.
        restart: Whether to replace a worker that died or hung: the new one takes up the
            environments where they were and repeats the command. Otherwise a `WorkerError` is
            raised.
        options: Other arguments of `MujocoPhysics`.

    Raises:
        WorkerError: If a worker cannot start.
    """

    def __init__(
        self,
        cabinets: Sequence[CabinetSpec],
        envs: Sequence[range],
        *,
        timeout: float,
        restart: bool,
        options: dict[str, Any],
    ) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._timeout, self._restart = timeout, restart
        self._logs = tempfile.TemporaryDirectory(prefix="spawnnet-sim-")
        self._envs, self._options = envs, options
        self._assignments = self._assign(cabinets)
        fields = _fields(len(cabinets), len(options["cameras"]), options["image_size"])
        self._shared = SharedArrays(self._context, fields)
        self._arrays = self._shared.views()
        self._saved = self._copy_snapshot()
        self._running = [self._start(assignment) for assignment in self._assignments]
        try:
            names = [self._answer(index, _START_FACTOR * timeout) for index in self._indices]
        except WorkerError:
            self.close()
            raise
        self.renderer: str = names[0]
        self.num_envs = len(cabinets)

    def set_cabinets(self, cabinets: Sequence[CabinetSpec]) -> None:
        """Put other cabinets into the environments, which must be reset before anything else."""
        self._assignments = self._assign(cabinets)
        self._command("set_cabinets")

    def reset(
        self, mask: NDArray[np.bool_], joint_positions: Array, seeds: Seeds | None = None
    ) -> None:
        """Close the cabinets of the masked environments and put their robots at rest."""
        self._arrays["mask"][:] = mask
        self._arrays["seeds"][:] = 0 if seeds is None else seeds
        self._arrays["starts"][:] = joint_positions
        self._command("reset")

    def step(self, targets: Array, efforts: Array) -> None:
        """Advance all environments by one control step."""
        self._arrays["targets_in"][:] = targets
        self._arrays["efforts_in"][:] = efforts
        self._command("step")

    def state(self) -> State:
        """Return the current state."""
        return State(**{name: self._arrays[name].copy() for name in State.__dataclass_fields__})

    def render(self) -> Images:
        """Return what every camera sees now."""
        self._command("render")
        return Images(self._arrays["rgb"].copy(), self._arrays["depth"].copy())

    def close(self) -> None:
        """Stop the workers; closing twice is allowed."""
        for process, pipe in self._running:
            if process.is_alive():
                with contextlib.suppress(BrokenPipeError, OSError):
                    pipe.send(("close",))
        for process, pipe in self._running:
            process.join(timeout=5.0)
            _end(process)
            pipe.close()
        self._running = []
        self._logs.cleanup()

    @property
    def _indices(self) -> range:
        return range(len(self._running))

    def _assign(self, cabinets: Sequence[CabinetSpec]) -> list[Assignment]:
        layout = common_layout(cabinets)
        return [
            Assignment(
                index=index,
                envs=own,
                cabinets=[cabinets[env] for env in own],
                layout=layout,
                options=self._options,
                log=Path(self._logs.name) / f"worker{index}.log",
            )
            for index, own in enumerate(self._envs)
        ]

    def _start(self, assignment: Assignment) -> _Running:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=run_worker, args=(assignment, self._shared, theirs), daemon=True
        )
        process.start()
        theirs.close()
        return _Running(process, ours)

    def _command(self, name: str) -> None:
        """Let all workers obey at once, and wait for all of them.

        Raises:
            WorkerError: The first worker's that failed, once no answer is outstanding.
        """
        lost = [index for index in self._indices if not self._send(index, name)]
        errors = []
        for index in self._indices:
            try:
                if index in lost:
                    raise self._error(index, "died")
                self._answer(index, self._timeout)
            except WorkerError as error:
                if self._restart and not self._running[index].process.is_alive():
                    self._replace(index, name)
                else:
                    errors.append(error)
        if errors:
            raise errors[0]
        if self._restart:
            self._saved = self._copy_snapshot()

    def _send(self, index: int, name: str) -> bool:
        try:
            arguments = (self._assignments[index],) if name == "set_cabinets" else ()
            self._running[index].pipe.send((name, *arguments))
        except (BrokenPipeError, OSError):
            return False
        return True

    def _answer(self, index: int, timeout: float) -> Any:
        """Return a worker's answer.

        Raises:
            WorkerError: If it failed, died or hung; a hung one is ended.
        """
        process, pipe = self._running[index]
        ready = wait([pipe, process.sentinel], timeout)
        if not ready:
            _end(process)
            raise self._error(index, f"did not answer within {timeout:g} s")
        try:
            outcome, value = pipe.recv()
        except (EOFError, OSError):
            process.join()
            raise self._error(index, f"died (exit code {process.exitcode})") from None
        if outcome == "error":
            raise self._error(index, f"failed:\n{value}")
        return value

    def _replace(self, index: int, command: str) -> None:
        """Start a worker anew, take up its environments where they were, repeat the command."""
        envs = self._assignments[index].envs
        inside = slice(envs.start, envs.stop)
        self._running[index].pipe.close()
        self._running[index] = self._start(self._assignments[index])
        self._answer(index, _START_FACTOR * self._timeout)
        for name, rows in self._saved.items():
            self._arrays[name][inside] = rows[inside]
        for name in ("restore", command):
            self._send(index, name)
            self._answer(index, self._timeout)

    def _copy_snapshot(self) -> dict[str, NDArray[Any]]:
        return {
            name: array.copy() for name, array in self._arrays.items() if name.startswith("saved/")
        }

    def _error(self, index: int, what: str) -> WorkerError:
        assignment = self._assignments[index]
        envs = f"{assignment.envs.start} to {assignment.envs.stop - 1}"
        log = assignment.log.read_text("utf-8", "replace") if assignment.log.exists() else ""
        shown = f"; the end of its log:\n{log[-_LOG_TAIL:]}" if log else "; its log is empty."
        return WorkerError(f"Worker {index} (environments {envs}) {what}{shown}")


def _end(process: SpawnProcess) -> None:
    if process.is_alive():
        process.kill()
        process.join()


def _fields(N: int, V: int, image_size: tuple[int, int]) -> dict[str, Field]:
    """Return what parent and workers share for N environments and V cameras."""
    joints, driven, links = panda.NUM_JOINTS, panda.NUM_DRIVEN, len(panda.LINK_NAMES)
    fingers, moving = joints - driven, joints + 1  # the cabinet's joint comes last
    wide = {
        "joint_positions": (joints,), "joint_velocities": (joints,), "targets": (driven,),
        "link_positions": (links, 3), "link_rotations": (links, 3, 3), "hand_velocity": (6,),
        "part_position": (), "part_velocity": (), "handle_position": (3,), "grip_axis": (3,),
        "joint_axis": (3,), "front_axis": (3,), "pull_axis": (3,), "lever": (),
        "handle_width": (), "efforts": (fingers,),
        "starts": (joints,), "targets_in": (driven,), "efforts_in": (fingers,),
        "saved/qpos": (moving,), "saved/qvel": (moving,), "saved/qacc_warmstart": (moving,),
        "saved/ctrl": (joints,), "saved/time": (1,),
    }  # fmt: skip
    return {
        **{name: Field((N, *shape), np.float64) for name, shape in wide.items()},
        "is_hinge": Field((N,), np.bool_),
        "mask": Field((N,), np.bool_),
        "seeds": Field((N,), np.int64),
        "saved/seeds": Field((N,), np.int64),
        "rgb": Field((N, V, 3, *image_size), np.uint8),
        "depth": Field((N, V, 1, *image_size), np.float32),
    }
