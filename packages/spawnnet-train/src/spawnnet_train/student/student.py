"""The student: an encoder and a policy, trained together and acting together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, Protocol, final

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor, nn

from spawnnet_encoders import Encoder
from spawnnet_policies import ChunkExecutor, Controller, Policy, TemporalEnsemble
from spawnnet_train.config.section import STRICT
from spawnnet_train.student.frames import (
    PROPRIOCEPTION,
    Frame,
    FrameHistory,
    FrameStack,
    encode_frame,
)
from spawnnet_train.student.standardization import Standardization


@dataclass(frozen=True, kw_only=True, config=STRICT)
class StudentConfig:
    """What the student sees and how far ahead it plans."""

    num_frames: Annotated[int, Field(ge=1)] = 1
    """F, the time steps that it sees: this one and those before."""
    proprioception: bool = True
    """Whether it is given the robot's own state beside the images."""
    standardize_proprioception: bool = True
    """Whether the robot's own state is standardised by the statistics of the warm-up."""
    action_horizon: Annotated[int, Field(ge=1)] = 1
    """T, the steps that it predicts at once."""
    execution_horizon: Annotated[int, Field(ge=1)] = 1
    """The steps of a prediction that are executed before the next one."""
    ensemble_decay: float | None = None
    """Blend the overlapping predictions of all past steps, the oldest with the largest weight; the
    decay of ACT is 0.01. Null executes one chunk after another."""

    @property
    def stack_idx(self) -> tuple[int, ...]:
        """Offsets of the frames that it sees; the last is the present."""
        return tuple(range(self.num_frames))

    def __post_init__(self) -> None:
        if self.action_horizon < self.execution_horizon:
            raise ValueError(
                f"execution_horizon: must be at most `action_horizon`, "
                f"got {self.execution_horizon} and {self.action_horizon}."
            )


class Batch(NamedTuple):
    """Training samples.

    Attributes:
        stack: The frames up to the samples' time steps.
        action_chunk: `(B, T, A)`, float32: the expert's actions from there on.
        mask: `(B, T)`, bool: false after the end of the episode.
    """

    stack: FrameStack
    action_chunk: Tensor
    mask: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch on `device`."""
        observation, frozen = self.stack
        stack = FrameStack(
            {name: tensor.to(device) for name, tensor in observation.items()},
            tuple(features.to(device) for features in frozen),
        )
        return Batch(stack, self.action_chunk.to(device), self.mask.to(device))


@final
class Student(nn.Module):
    """An encoder with a policy on top."""

    def __init__(self, encoder: Encoder, policy: Policy) -> None:
        super().__init__()
        self.encoder = encoder
        self.policy = policy
        self.standardization = Standardization(encoder.proprioception_dim)

    def forward(self, batch: Batch) -> Tensor:
        """Return the loss of a batch, a scalar."""
        return self.policy.loss(self.encode(batch.stack)[0], batch.action_chunk, batch.mask)

    def encode(self, stack: FrameStack) -> tuple[Tensor, Tensor | None]:
        """Return features `(B, D)` and the adapters' attention `(B, F, V, G, h, w)`, if any."""
        # Kept in half precision; the trained part computes in single.
        frozen = tuple(features.float() for features in stack.frozen)
        output = self.encoder(self._standardized(stack.observation), frozen)
        return output.features, output.attention

    def _standardized(self, observation: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        if not self.encoder.proprioception_dim:
            return observation
        scaled = self.standardization(observation[PROPRIOCEPTION])
        return {**observation, PROPRIOCEPTION: scaled}

    def trainable_parameters(self) -> list[nn.Parameter]:
        """Return every parameter that training changes, of the encoder and of the policy."""
        return [*self.encoder.trainable_parameters(), *self.policy.parameters()]

    def trainable_state(self) -> dict[str, Tensor]:
        """Return what a checkpoint holds: all weights but those of the frozen backbone."""
        parts = {
            "encoder": self.encoder.trainable_state_dict(),
            "policy": self.policy.state_dict(),
            "standardization": self.standardization.state_dict(),
        }
        return {f"{part}.{name}": t for part, state in parts.items() for name, t in state.items()}

    def load_trainable_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over the weights that `trainable_state` returned."""
        self.encoder.load_trainable_state_dict(_below("encoder.", state))
        self.policy.load_state_dict(_below("policy.", state))
        self.standardization.load_state_dict(_below("standardization.", state))

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.policy.action_low.device


class ActingConfig(Protocol):
    """What `StudentActor` reads of a student's configuration."""

    @property
    def stack_idx(self) -> tuple[int, ...]:
        """Offsets of the frames that it sees; the largest is the present."""

    @property
    def execution_horizon(self) -> int:
        """Steps of a chunk that are executed."""

    @property
    def ensemble_decay(self) -> float | None:
        """Decay of temporal ensembling; None for none."""


@final
class StudentActor:
    """A student that acts in N cells whose episodes begin together.

    Args:
        student: Put in evaluation mode at each `reset`.
        config: What it sees, and how much of a plan it executes.
        num_cells: N.
        frozen_dtype: What the frozen backbone's features are rounded to, here as in the replay
            buffer, so that the student acts on exactly what it is trained on.

    Attributes:
        attention: `(N, F, V, G, h, w)`, what the adapters looked at when the encoder last ran;
            None before that, and for encoders without adapters.
    """

    def __init__(
        self, student: Student, config: ActingConfig, num_cells: int, frozen_dtype: torch.dtype
    ) -> None:
        self._student = student
        self._frozen_dtype = frozen_dtype
        self._history = FrameHistory(config.stack_idx)
        self._executor = _controller(student.policy, config, num_cells)
        self.attention: Tensor | None = None

    def reset(self, seed: int) -> None:
        """Begin new episodes; `seed` decides what a stochastic policy samples in them."""
        self._student.eval()
        self._history.reset()
        self._executor.reset()
        self._generator = torch.Generator(self._student.device).manual_seed(seed)
        self.attention = None

    def observe(self, observation: Mapping[str, NDArray[Any]]) -> Frame:
        """See the next time step, every image of which passes the backbone here and only here."""
        frame = encode_frame(
            self._student.encoder,
            observation,
            frozen_dtype=self._frozen_dtype,
            device=self._student.device,
        )
        self._history.push(frame)
        return frame

    @torch.no_grad()
    def act(self) -> NDArray[np.float32]:
        """Return the actions `(N, A)` for the time step observed last."""
        features = None
        if self._executor.needs_features.any():
            features, self.attention = self._student.encode(self._history.stack())
        actions: NDArray[np.float32] = self._executor.act(features, self._generator).cpu().numpy()
        return actions

    def interrupt(self, cells: NDArray[np.bool_]) -> None:
        """Drop the plans of `cells` `(N,)`, because the expert acts there."""
        self._executor.reset(cells)


def _controller(policy: Policy, config: ActingConfig, num_cells: int) -> Controller:
    if config.ensemble_decay is not None:
        return TemporalEnsemble(policy, num_cells, decay=config.ensemble_decay)
    return ChunkExecutor(policy, num_cells, execution_horizon=config.execution_horizon)


def _below(prefix: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the entries of `state` whose names start with `prefix`, without it."""
    return {name[len(prefix) :]: t for name, t in state.items() if name.startswith(prefix)}
