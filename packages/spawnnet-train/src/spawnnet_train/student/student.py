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
from spawnnet_train.student.targets import TargetHeads


@final
class Student(nn.Module):
    """An encoder with a policy on top, in the units of the robot.

    Normalisation is part of it, as buffers: it takes proprioception and gives actions in the units
    of environment or files. So data, metrics, checkpoint and robot share one set of units.

    Args:
        encoder: Images and proprioception to features.
        policy: Features to actions.
        targets: Predicts privileged targets, which the policy is given with `to_policy`.
    """

    def __init__(
        self, encoder: Encoder, policy: Policy, targets: TargetHeads | None = None
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.policy = policy
        self.targets = targets
        self.proprioception = Normalization(encoder.proprioception_dim)

    def forward(self, batch: Batch) -> StudentOutput:
        """Return the loss of a batch: the one way by which every algorithm trains.

        Raises:
            ValueError: If the student has privileged targets and the batch has none.
        """
        features, _ = self.encode(batch.stack)  # (B, D)
        loss = self.policy.loss(features, batch.action_chunk, batch.mask)
        if self.targets is None:
            return StudentOutput(loss, features.detach())
        if batch.targets is None:
            raise ValueError("targets: the student has privileged targets, the batch has none.")
        target_loss = self.targets.loss(features, batch.targets)
        return StudentOutput(loss, features.detach(), target_loss)

    def encode(self, stack: FrameStack) -> tuple[Tensor, Tensor | None]:
        """Return features `(B, D)` and the adapters' attention `(B, F, V, G, h, w)`, if any."""
        output = self.encoder(self._normalized(stack.observation), _computable(stack.frozen))
        features = output.features
        if self.targets is not None and self.targets.config.to_policy:
            features = torch.cat([features, self.targets(features)], 1)
        return features, output.attention

    def _normalized(self, observation: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        if not self.encoder.proprioception_dim:
            return observation
        normalized = self.proprioception(observation[PROPRIOCEPTION])
        return {**observation, PROPRIOCEPTION: normalized}

    def trainable_parameters(self) -> list[nn.Parameter]:
        """Return every parameter that training changes, those of privileged targets last."""
        return [*self.acting_parameters(), *(self.targets.parameters() if self.targets else ())]

    def acting_parameters(self) -> list[nn.Parameter]:
        """Return those of encoder and policy, whose gradients are limited together."""
        return [*self.encoder.trainable_parameters(), *self.policy.parameters()]

    def trainable_state(self) -> dict[str, Tensor]:
        """Return what a checkpoint holds: all weights but those of the frozen backbone."""
        parts = {
            "encoder": self.encoder.trainable_state_dict(),
            "policy": self.policy.state_dict(),
            "proprioception": self.proprioception.state_dict(),
            "targets": {} if self.targets is None else self.targets.state_dict(),
        }
        return {f"{part}.{name}": t for part, state in parts.items() for name, t in state.items()}

    def load_trainable_state(self, state: Mapping[str, Tensor]) -> None:
        """Take over the weights that `trainable_state` returned."""
        self.encoder.load_trainable_state_dict(_below("encoder.", state))
        self.policy.load_state_dict(_below("policy.", state))
        self.proprioception.load_state_dict(_below("proprioception.", state))
        if self.targets is not None:
            self.targets.load_state_dict(_below("targets.", state))

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
