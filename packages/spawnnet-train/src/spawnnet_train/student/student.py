"""The student: an encoder and a policy, trained together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor, nn

from spawnnet_encoders import Encoder
from spawnnet_policies import Policy
from spawnnet_train.student.batch import Batch, StudentOutput
from spawnnet_train.student.frames import PROPRIOCEPTION, FrameStack
from spawnnet_train.student.normalization import Normalization


@final
class Student(nn.Module):
    """An encoder with a policy on top, in the units of the robot.

    Normalisation is part of it, as buffers: it takes proprioception and gives actions in the units
    of environment or files. So data, metrics, checkpoint and robot share one set of units.
    """

    def __init__(self, encoder: Encoder, policy: Policy) -> None:
        super().__init__()
        self.encoder = encoder
        self.policy = policy
        self.proprioception = Normalization(encoder.proprioception_dim)

    def forward(self, batch: Batch) -> StudentOutput:
        """Return the loss of a batch: the one way by which every algorithm trains."""
        features, _ = self.encode(batch.stack)  # (B, D)
        loss = self.policy.loss(features, batch.action_chunk, batch.mask)
        return StudentOutput(loss, features.detach())

    def encode(self, stack: FrameStack) -> tuple[Tensor, Tensor | None]:
        """Return features `(B, D)` and the adapters' attention `(B, F, V, G, h, w)`, if any."""
        output = self.encoder(self._normalized(stack.observation), _computable(stack.frozen))
        return output.features, output.attention

    def _normalized(self, observation: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        if not self.encoder.proprioception_dim:
            return observation
        normalized = self.proprioception(observation[PROPRIOCEPTION])
        return {**observation, PROPRIOCEPTION: normalized}

    def trainable_parameters(self) -> list[nn.Parameter]:
        """Return every parameter that training changes, of the encoder and of the policy."""
        return [*self.encoder.trainable_parameters(), *self.policy.parameters()]

    def trainable_state(self) -> dict[str, Tensor]:
        """Return what a checkpoint holds: all weights but those of the frozen backbone."""
        parts = {
            "encoder": self.encoder.trainable_state_dict(),
            "policy": self.policy.state_dict(),
            "proprioception": self.proprioception.state_dict(),
        }
        return {f"{part}.{name}": t for part, state in parts.items() for name, t in state.items()}

    def load_trainable_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over the weights that `trainable_state` returned."""
        self.encoder.load_trainable_state_dict(_below("encoder.", state))
        self.policy.load_state_dict(_below("policy.", state))
        self.proprioception.load_state_dict(_below("proprioception.", state))

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.policy.action_low.device


def _computable(frozen: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return kept features in single precision, which the trained part computes in.

    Those of 8 bits stay as they are: the encoder restores them with the scales beside them.
    """
    return tuple(part.float() if part.is_floating_point() else part for part in frozen)


def _below(prefix: str, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the entries of `state` whose names start with `prefix`, without it."""
    return {name[len(prefix) :]: t for name, t in state.items() if name.startswith(prefix)}
