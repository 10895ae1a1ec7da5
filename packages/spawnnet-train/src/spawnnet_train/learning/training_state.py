"""Everything that training needs to go on exactly where it was, in one file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, final

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from spawnnet_record.files import reading, strict_json, write_bytes
from spawnnet_train.learning.checkpoint import check_weights
from spawnnet_train.learning.learner import Learner
from spawnnet_train.student.student import Student

PROBLEM = "cannot be resumed from"
_CPU, _CUDA = "random.cpu", "random.cuda"


def save_training_state(
    path: Path, student: Student, learner: Learner, position: dict[str, Any]
) -> None:
    """Write weights, optimiser, schedule, average, random state and position, all or nothing.

    Args:
        path: The safetensors file.
        student: With the weights that training goes on from, not the averaged ones.
        learner: Whatever changes from update to update.
        position: Where in the data and in the run training is; fit for JSON.
    """
    tensors, facts = learner.state()
    tensors |= {f"student.{name}": value for name, value in student.trainable_state().items()}
    tensors[_CPU] = torch.get_rng_state()
    if student.device.type == "cuda":
        tensors[_CUDA] = torch.cuda.get_rng_state(student.device)
    # One file, so that tensors and position cannot be of different updates.
    metadata = {"state": strict_json({"learner": facts, "position": position})}
    write_bytes(path, save({name: _stored(t) for name, t in tensors.items()}, metadata))


@final
class TrainingState:
    """What `save_training_state` wrote, read once.

    Attributes:
        position: Where in the data and in the run training was.

    Raises:
        RecordError: If there is no such file, or it is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with reading(path, PROBLEM), safe_open(path, "pt") as file:
            self._tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            state = json.loads(file.metadata()["state"])
            self._learner: dict[str, Any] = state["learner"]
            self.position: dict[str, Any] = {**state["position"]}

    def restore(self, student: Student, learner: Learner) -> None:
        """Give student, learner and torch's random numbers the state that they had.

        Raises:
            RecordError: If it is of another configuration.
        """
        tensors = self._tensors
        with reading(self._path, PROBLEM):
            weights = {n.removeprefix("student."): t for n, t in tensors.items() if "student." in n}
            check_weights(weights, student.trainable_state())
            student.load_trainable_state(weights)
            learner.load_state(tensors, self._learner)
            torch.set_rng_state(tensors[_CPU])
            if _CUDA in tensors:
                torch.cuda.set_rng_state(tensors[_CUDA], student.device)


def _stored(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().contiguous()
