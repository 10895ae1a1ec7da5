"""Everything that training needs to go on exactly where it was, in one file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.learning.learner import Learner
from spawnnet_train.record.files import write_bytes
from spawnnet_train.student.student import Student

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
    metadata = {"state": json.dumps({"learner": facts, "position": position})}
    write_bytes(path, save({name: _stored(t) for name, t in tensors.items()}, metadata))


@final
class TrainingState:
    """What `save_training_state` wrote, read once.

    Attributes:
        position: Where in the data and in the run training was.

    Raises:
        ConfigError: If there is no such file, or it is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with _resuming(path), safe_open(path, "pt") as file:
            self._tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            state = json.loads(file.metadata()["state"])
            self._learner: dict[str, Any] = state["learner"]
            self.position: dict[str, Any] = state["position"]

    def restore(self, student: Student, learner: Learner) -> None:
        """Give student, learner and torch's random numbers the state that they had.

        Raises:
            ConfigError: If it is of another configuration.
        """
        tensors = self._tensors
        with _resuming(self._path):
            weights = {n.removeprefix("student."): t for n, t in tensors.items() if "student." in n}
            student.load_trainable_state(weights)
            learner.load_state(tensors, self._learner)
            torch.set_rng_state(tensors[_CPU])
            if _CUDA in tensors:
                torch.cuda.set_rng_state(tensors[_CUDA], student.device)


@contextmanager
def _resuming(path: Path) -> Iterator[None]:
    """Turn what is wrong with a file into an error of the run."""
    try:
        yield
    except (OSError, SafetensorError, RuntimeError, ValueError, KeyError, TypeError) as error:
        problem = " ".join(str(error).split())
        raise ConfigError([f"{path}: cannot be resumed from, {problem}"]) from error


def _stored(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().contiguous()
