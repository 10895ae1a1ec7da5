"""A policy as a program of `torch.export`, which torch runs without any package of ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import final

import torch
from torch import Tensor, nn

from spawnnet_encoders import FeatureFormat
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.student.frames import PROPRIOCEPTION, FrameStack
from spawnnet_train.student.student import Student
from spawnnet_train.use.saved_policy import SavedPolicy


@final
class PolicyProgram(nn.Module):
    """From the last frames to the chunk of actions, the frozen network included.

    Args:
        student: In evaluation mode.
        frozen_format: What frozen features are rounded to.
    """

    def __init__(self, student: Student, frozen_format: FeatureFormat) -> None:
        super().__init__()
        self.student = student
        self._format = frozen_format

    def forward(self, observation: Mapping[str, Tensor]) -> Tensor:
        """Return the chunk `(1, T, A)` in the units of the robot.

        Args:
            observation: `rgb` `(1, F, V, 3, H, W)` uint8 and, where the student was trained with
                them, `depth` `(1, F, V, 1, H, W)` float32 in metres and `proprioception`
                `(1, F, S)` float32.
        """
        encoder = self.student.encoder
        frozen = encoder.frozen_features(observation["rgb"], format=self._format)
        features, _ = self.student.encode(FrameStack(dict(observation), frozen))
        return self.student.policy.predict(features)


def save_program(saved: SavedPolicy, path: Path) -> None:
    """Write the program of a policy, with what it sees and does as the extra file `spec.json`.

    Raises:
        ConfigError: If something in the policy depends on values and cannot be exported.
    """
    # Weights of another order in memory cannot be written without a warning.
    student = saved.student.to(memory_format=torch.contiguous_format)
    program = PolicyProgram(student, saved.config.student.frozen_format)
    try:
        with torch.no_grad():  # a program that switches gradients off by itself cannot be loaded
            exported = torch.export.export(program, (example_observation(saved),), strict=False)
    except Exception as error:  # the exporter fails in more ways than can be listed
        reason = " ".join(str(error).split())[:300].rstrip(".")
        raise ConfigError([f"policy: cannot be made a program, {reason}."]) from error
    facts = {
        **asdict(saved.spec),
        "stack_idx": list(saved.config.student.stack_idx),
        "action_horizon": saved.config.student.action_horizon,
    }
    torch.export.save(exported, path, extra_files={"spec.json": json.dumps(facts)})


def example_observation(saved: SavedPolicy) -> dict[str, Tensor]:
    """Return an observation of zeros, of the shapes that the program takes."""
    spec, student = saved.spec, saved.config.student
    leading = (1, student.num_frames, len(spec.views))
    observation = {"rgb": torch.zeros(*leading, 3, *spec.image_size, dtype=torch.uint8)}
    if spec.has_depth:
        observation["depth"] = torch.zeros(*leading, 1, *spec.image_size)
    if student.proprioception:
        shape = (1, student.num_frames, spec.proprioception_dim)
        observation[PROPRIOCEPTION] = torch.zeros(shape)
    return observation
