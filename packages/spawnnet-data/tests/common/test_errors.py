import pickle

import pytest
from torch._utils import ExceptionWrapper

from spawnnet_data.common.errors import DataError, Problem


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("a.h5", "is broken."), "a.h5: is broken."),
        (
            Problem("a.h5", "x.", "traj_0", "obs/rgb", 0),
            "a.h5, episode traj_0, key obs/rgb, step 0: x.",
        ),
        (Problem("a.h5", "x.", key="actions"), "a.h5, key actions: x."),
    ],
)
def test_message_names_what_is_known_of_the_place(problem: Problem, text: str) -> None:
    error = DataError(problem)
    assert str(error) == str(problem) == text
    assert error.problem is problem


def test_error_survives_the_way_from_a_worker() -> None:
    copy = pickle.loads(pickle.dumps(DataError(Problem("a", "b."))))  # noqa: S301 - just made
    assert str(copy) == "a: b."


def test_a_loader_of_torch_hands_on_the_sentence_without_the_workers_traceback() -> None:
    try:
        raise DataError(Problem("a.h5", "is damaged.", key="rgb"))
    except DataError:
        sent = ExceptionWrapper(where="in worker 0")
    with pytest.raises(DataError) as error:
        sent.reraise()
    assert str(error.value) == "a.h5, key rgb: is damaged."
