"""Everything that training needs to go on exactly where it was, in one file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, final

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from spawnnet_jobs.together.collectives import gather
from spawnnet_jobs.together.ranks import is_first, rank
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

    All processes call this, and the first one writes.

    Args:
        path: The safetensors file.
        student: With the weights that training goes on from, not the averaged ones.
        learner: Whatever changes from update to update.
        position: Where in the data and in the run training is; fit for JSON.
    """
    randomness = gather(_random_state(student.device))
    if not is_first():
        return
    tensors, facts = learner.state()
    tensors |= {f"student.{name}": value for name, value in student.trainable_state().items()}
    for number, state in enumerate(randomness):
        tensors |= {_of_process(name, number): value for name, value in state.items()}
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
            cpu, cuda = (tensors.get(_of_process(name, rank())) for name in (_CPU, _CUDA))
            if cpu is not None:  # a process more than there were then has drawn its own
                torch.set_rng_state(cpu)
            if cuda is not None:
                torch.cuda.set_rng_state(cuda, student.device)


def _random_state(device: torch.device) -> dict[str, Tensor]:
    """Return the state of torch's random numbers, on the CPU and on the device."""
    state = {_CPU: torch.get_rng_state()}
    return state | ({_CUDA: torch.cuda.get_rng_state(device)} if device.type == "cuda" else {})


def _of_process(name: str, number: int) -> str:
    return f"{name}.{number}" if number else name


def _stored(tensor: Tensor) -> Tensor:
    return tensor.detach().cpu().contiguous()
