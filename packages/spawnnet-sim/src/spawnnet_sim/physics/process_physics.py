"""Environments spread over worker processes; states and images come back through shared memory."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Mapping, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spawnnet_sim.errors import ConfigurationError, WorkerError
from spawnnet_sim.physics.inherited_file import InheritedFile
from spawnnet_sim.physics.physics import (
    Array,
    Images,
    PhysicsState,
    Seeds,
    Snapshot,
    state_shapes,
)
from spawnnet_sim.physics.scene import Scene
from spawnnet_sim.physics.shared_arrays import SharedArrays
from spawnnet_sim.physics.worker import Answer, Assignment, CreatePhysics, run_worker, shared_fields

_LOG_TAIL = 1000  # bytes of a worker's log that an error shows
_START_TIME = 240.0  # seconds that a worker may take to start at least: it compiles kernels


class _Running(NamedTuple):
    process: SpawnProcess
    pipe: Connection


class ProcessPhysics:
    """`Physics` of which every worker process simulates some environments.

    Results are those of one process, bit for bit. The tasks stay in the parent.

    Args:
        creates: For each worker what starts the engine for its part of the scene; pickled, so a
            function of a module or a partial of one.
        scene: What is simulated.
        split: Environments of each worker, from `split_envs`.
        timeout: Seconds without an answer after which a worker counts as hung.
        start_timeout: The same for its start.
        restart: Whether to replace a worker that died or hung: the new one takes up the
            environments where they were and repeats the command. Otherwise a `WorkerError` is
            raised.
        variables: Environment variables of each worker; by default none.

    Raises:
        ConfigurationError: If the engine refuses its settings.
        WorkerError: If a worker cannot start.
    """

    def __init__(
        self,
        creates: Sequence[CreatePhysics],
        scene: Scene,
        split: Sequence[range],
        *,
        timeout: float,
        start_timeout: float = _START_TIME,
        restart: bool,
        variables: Sequence[Mapping[str, str]] = (),
    ) -> None:
        self.scene = scene
        self._context = multiprocessing.get_context("spawn")
        self._timeout, self._restart = timeout, restart
        self._start_timeout = max(timeout, start_timeout)
        self._assignments = [
            Assignment(
                index=index,
                envs=envs,
                scene=replace(scene, cabinets=[scene.cabinets[env] for env in envs]),
                create=creates[index],
                log=InheritedFile(),
                keeps_snapshots=restart,
                variables=variables[index] if variables else {},
            )
            for index, envs in enumerate(split)
        ]
        self._shared = SharedArrays(shared_fields(scene))
        self._arrays = self._shared.views()
        self._snapshots: list[Snapshot | None] = [None] * len(split)
        self._running = [self._start(assignment) for assignment in self._assignments]
        try:
            names = [self._answer(index, self._start_timeout) for index in self._indices]
        except BaseException:
            self.close()
            raise
        self.renderer = str(names[0].value)

    def reset(
        self, mask: NDArray[np.bool_], joint_positions: Array, seeds: Seeds | None = None
    ) -> None:
        """Close the cabinets of the masked environments and put their robots at rest."""
        self._arrays["input/mask"][:] = mask
        self._arrays["input/seeds"][:] = 0 if seeds is None else seeds
        self._arrays["input/starts"][:] = joint_positions
        self._command("reset")

    def step(self, targets: Array, efforts: Array) -> None:
        """Advance all environments by one control step."""
        self._arrays["input/targets"][:] = targets
        self._arrays["input/efforts"][:] = efforts
        self._command("step")

    def state(self) -> PhysicsState:
        """Return the current state."""
        names = state_shapes(self.scene.robot)
        return PhysicsState(**{name: self._arrays[f"state/{name}"].copy() for name in names})

    def render(self) -> Images:
        """Return what every camera sees now."""
        self._command("render")
        return Images(self._arrays["rgb"].copy(), self._arrays["depth"].copy())

    def snapshot(self) -> Snapshot:
        """Return what decides the future of the environments."""
        return np.concatenate([answer.value for answer in self._command("snapshot")])

    def restore(self, snapshot: Snapshot) -> None:
        """Continue from a snapshot of the same scene, bit for bit."""
        self._command("restore", snapshot)

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
        for assignment in self._assignments:
            assignment.log.close()
        self._shared.close()

    @property
    def _indices(self) -> range:
        return range(len(self._running))

    def _start(self, assignment: Assignment) -> _Running:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=run_worker, args=(assignment, self._shared, theirs), daemon=True
        )
        process.start()
        theirs.close()
        return _Running(process, ours)

    def _command(self, name: str, rows: Snapshot | None = None) -> list[Answer]:
        """Let all workers obey at once, and wait for all of them.

        Args:
            name: Name of a method of the workers.
            rows: `(N, K)`, of which each worker gets those of its environments.

        Raises:
            ConfigurationError: If an engine refuses the command.
            WorkerError: The first worker's that failed, once no answer is outstanding.
        """
        if not self._running:
            raise WorkerError("The workers were stopped: create the environment again.")
        lost = [index for index in self._indices if not self._send(index, name, rows)]
        answers: list[Answer] = []
        errors: list[ConfigurationError | WorkerError] = []
        try:
            for index in self._indices:
                try:
                    answers.append(self._answer_of_any(index, name, rows, is_lost=index in lost))
                except (ConfigurationError, WorkerError) as error:
                    errors.append(error)
        except BaseException:  # answers that are outstanding would be taken for later ones
            self.close()
            raise
        if errors:
            raise errors[0]
        return answers

    def _answer_of_any(
        self, index: int, name: str, rows: Snapshot | None, *, is_lost: bool
    ) -> Answer:
        """Return the answer of a worker, or of the one that replaces it."""
        try:
            if is_lost:
                raise self._error(index, "died")
            return self._answer(index, self._timeout)
        except (ConfigurationError, WorkerError):
            if not self._restart or self._running[index].process.is_alive():
                raise
            return self._replace(index, name, rows)

    def _send(self, index: int, name: str, rows: Snapshot | None) -> bool:
        envs = self._assignments[index].envs
        arguments = () if rows is None else (rows[envs.start : envs.stop],)
        try:
            self._running[index].pipe.send((name, *arguments))
        except (BrokenPipeError, OSError):
            return False
        return True

    def _answer(self, index: int, timeout: float) -> Answer:
        """Return a worker's answer, and keep the snapshot if it has one.

        Raises:
            ConfigurationError: If its engine refused the settings.
            WorkerError: If it failed, died or hung; a hung one is ended.
        """
        process, pipe = self._running[index]
        ready = wait([pipe, process.sentinel], timeout)
        if not ready:
            _end(process)
            raise self._error(index, f"did not answer within {timeout:g} s")
        try:
            answer: Answer = pipe.recv()
        except (EOFError, OSError):
            process.join()
            raise self._error(index, f"died (exit code {process.exitcode})") from None
        if isinstance(answer.problem, ConfigurationError):
            raise answer.problem
        if answer.problem is not None:
            raise self._error(index, f"failed:\n{answer.problem}")
        if isinstance(answer.value, np.ndarray):
            self._snapshots[index] = answer.value
        return answer

    def _replace(self, index: int, command: str, rows: Snapshot | None) -> Answer:
        """Start a worker anew, take up its environments where they were, repeat the command."""
        self._running[index].pipe.close()
        self._running[index] = self._start(self._assignments[index])
        self._answer(index, self._start_timeout)
        snapshot = self._snapshots[index]
        if snapshot is not None:
            self._running[index].pipe.send(("restore", snapshot))
            self._answer(index, self._timeout)
        self._send(index, command, rows)
        return self._answer(index, self._timeout)

    def _error(self, index: int, what: str) -> WorkerError:
        assignment = self._assignments[index]
        envs = f"{assignment.envs.start} to {assignment.envs.stop - 1}"
        log = assignment.log.tail(_LOG_TAIL)
        shown = f"; the end of its log:\n{log}" if log else "; its log is empty."
        return WorkerError(f"Worker {index} (environments {envs}) {what}{shown}")


def _end(process: SpawnProcess) -> None:
    if process.is_alive():
        process.kill()
        process.join()
