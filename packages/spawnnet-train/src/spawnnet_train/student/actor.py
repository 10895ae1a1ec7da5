"""A student that acts: frames seen once, plans carried out step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spawnnet_policies import ChunkExecutor, Controller, Policy, TemporalEnsemble
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.frames import Frame, FrameHistory, encode_frame, joined
from spawnnet_train.student.student import Student
from spawnnet_train.student.targets import NOT_PRIVILEGED


@final
class StudentActor:
    """A student that acts in N environments whose episodes begin together.

    Args:
        student: Put in evaluation mode at each `reset`.
        config: What it sees, and how much of a plan it executes.
        num_envs: N.
        inference_batch: Environments that are encoded together; all of them by default.

    Attributes:
        attention: `(N, F, V, G, h, w)`, what the adapters looked at when the encoder last ran;
            None before that, and for encoders without adapters.
        privileged: What tables say of its privileged targets.
    """

    def __init__(
        self,
        student: Student,
        config: StudentConfig,
        num_envs: int,
        inference_batch: int | None = None,
    ) -> None:
        self._student = student
        size = inference_batch or num_envs
        self._slices = [slice(first, first + size) for first in range(0, num_envs, size)]
        self._format = config.frozen_format
        self._history = FrameHistory(config.stack_idx)
        self._executor = _controller(student.policy, config, num_envs)
        self.attention: Tensor | None = None
        self._features: Tensor | None = None
        targets = config.privileged_targets
        self.privileged = NOT_PRIVILEGED if targets is None else targets.kind

    def reset(self, seed: int) -> None:
        """Begin new episodes; `seed` decides what a stochastic policy samples in them."""
        self._student.eval()
        self._history.reset()
        self._executor.reset()
        self._generator = torch.Generator(self._student.device).manual_seed(seed)
        self.attention = None

    def observe(self, observation: Mapping[str, NDArray[Any]], *, is_kept: bool = False) -> Frame:
        """See the next time step.

        Its images pass the backbone once, if at all: a student that carries out a plan and needs
        no history looks when it plans again.

        Args:
            observation: Arrays of one time step, which stay as they are until `act` or `plan`.
            is_kept: Whether features are wanted in any case.

        Returns:
            The frame; without features where the student did not look.
        """
        self._seen: Mapping[str, NDArray[Any]] | None = observation
        if is_kept or self._history.length > 1 or self._executor.needs_features.any():
            return self._look()
        return Frame({name: torch.tensor(array) for name, array in observation.items()}, ())

    def _look(self) -> Frame:
        """Let the images of the present time step pass the backbone."""
        assert self._seen is not None
        frame = joined([self._see(self._seen, envs) for envs in self._slices])
        self._history.push(frame)
        self._seen = None
        return frame

    @torch.no_grad()
    def act(self) -> NDArray[np.float32]:
        """Return the actions `(N, A)` for the time step observed last."""
        features = None
        if self._executor.needs_features.any():
            features = self._encode()
        actions: NDArray[np.float32] = self._executor.act(features, self._generator).cpu().numpy()
        self._features = features
        return actions

    @torch.no_grad()
    def plan(self) -> NDArray[np.float32]:
        """Return the chunks `(N, T, A)` predicted at the time step observed last.

        Nothing is executed: what `act` is carrying out stays as it is.
        """
        chunks = self._student.policy.predict(self._encode(), self._generator)
        found: NDArray[np.float32] = chunks.cpu().numpy()
        return found

    def target_errors(
        self, quantities: Mapping[str, NDArray[np.float32]]
    ) -> dict[str, NDArray[np.float32]]:
        """Return how far privileged targets are predicted from the truth at the present step.

        Args:
            quantities: The truth, `(N, k)` each.

        Returns:
            `(N,)` each, see `TargetHeads.errors`; nothing where the student has no targets, or did
            not look in this step because it is carrying out a plan.
        """
        heads = self._student.targets
        if heads is None or self._features is None:
            return {}
        errors = heads.errors(self._features, heads.select(quantities))
        return {name: error.cpu().numpy() for name, error in errors.items()}

    def _see(self, observation: Mapping[str, NDArray[Any]], envs: slice) -> Frame:
        seen = {name: array[envs] for name, array in observation.items()}
        return encode_frame(self._student.encoder, seen, self._format, self._student.device)

    def _encode(self) -> Tensor:
        """Return the features `(N, D)` of the time step observed last; keep the attention."""
        if self._seen is not None:
            self._look()
        device = self._student.device
        stacks = (self._history.stack(envs, device) for envs in self._slices)
        features, attention = zip(*map(self._student.encode, stacks), strict=True)
        self.attention = None if attention[0] is None else torch.cat(attention)
        return torch.cat(features)

    def interrupt(self, envs: NDArray[np.bool_]) -> None:
        """Drop the plans of the environments `envs` `(N,)`, because the expert acts there."""
        self._executor.reset(envs)


def _controller(policy: Policy, config: StudentConfig, num_envs: int) -> Controller:
    if config.ensemble_decay is not None:
        return TemporalEnsemble(policy, num_envs, decay=config.ensemble_decay)
    return ChunkExecutor(policy, num_envs, execution_horizon=config.execution_horizon)
