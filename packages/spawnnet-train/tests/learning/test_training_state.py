from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from spawnnet_record import RecordError
from spawnnet_train.learning.config import LearningConfig
from spawnnet_train.learning.learner import Learner
from spawnnet_train.learning.training_state import TrainingState, save_training_state
from spawnnet_train.student.student import Student

POSITION = {"period": 2, "batch": 5, "scores": [0.1, 0.30000000000000004], "loss": [1e-17, 3]}
CONFIG = LearningConfig(ema_decay=0.9)


@pytest.fixture
def student(make_student: Callable[..., Student]) -> Student:
    return make_student("impala")


@pytest.fixture
def file(student: Student, tmp_path: Path) -> Path:
    """The state of `student`, after its weights were changed."""
    with torch.no_grad():
        for parameter in student.trainable_parameters():
            parameter += torch.randn_like(parameter)
    path = tmp_path / "training_state.safetensors"
    save_training_state(path, student, Learner(student, CONFIG, [10]), POSITION)
    return path


def test_weights_randomness_and_position_come_back_exactly(
    student: Student, file: Path, make_student: Callable[..., Student]
) -> None:
    expected = torch.randn(5)  # what comes next in the order of random numbers
    other = make_student("impala")
    found = TrainingState(file)
    assert found.position == POSITION
    for _ in range(2):  # nothing of it is used up
        found.restore(other, Learner(other, CONFIG, [10]))
    assert torch.equal(torch.randn(5), expected)
    state = other.trainable_state()
    assert all(torch.equal(t, state[name]) for name, t in student.trainable_state().items())


def test_a_save_replaces_the_old_file_whole(student: Student, file: Path) -> None:
    learner = Learner(student, CONFIG, [10])
    save_training_state(file, student, learner, {"period": 3})
    assert TrainingState(file).position == {"period": 3}
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("content", [b"", b"half of", b"\x10" * 100])
def test_a_damaged_file_is_one_sentence(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(RecordError, match=r"training_state\.safetensors: cannot be resumed from"):
        TrainingState(file)


def test_a_state_of_another_student_is_one_sentence(
    file: Path, make_student: Callable[..., Student]
) -> None:
    other, state = make_student("impala", num_frames=2), TrainingState(file)
    with pytest.raises(RecordError, match=r"training_state\.safetensors: cannot be resumed from"):
        state.restore(other, Learner(other, CONFIG, [10]))
