from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from spawnnet_data.common.errors import ConfigurationError, DataError, Problem
from spawnnet_data.sources.guarded import GuardedSource, guard
from spawnnet_data.sources.original import open_original

PLACE = Problem("a.h5", "", "traj_0", "obs/rgb")


@pytest.mark.parametrize(
    "error", [KeyError("x"), MemoryError(), RecursionError("deep"), TypeError("no\nnumber")]
)
def test_every_error_of_a_reader_is_one_of_the_data(error: Exception) -> None:
    message = r"^a\.h5, episode traj_0, key obs/rgb: cannot"
    with pytest.raises(DataError, match=message) as caught, guard(PLACE):
        raise error
    assert caught.value.__cause__ is error
    assert type(error).__name__ in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("error", [DataError(PLACE), ConfigurationError("a", "b")])
def test_errors_that_say_enough_stay(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, guard(PLACE):
        raise error
    assert caught.value is error


class Liar:
    """A source whose arrays are not what it says."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def read(self, *arguments: Any) -> Any:
        return self._source.read(*arguments)[..., :1]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


def test_what_is_read_has_the_shape_that_was_announced(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    source = open_original(write.original(tmp_path).path)
    with pytest.raises(DataError, match=r"key actions: holds float32 \(9, 1\), expected .*\(9, 8"):
        GuardedSource(Liar(source)).read(1, "actions")
    np.testing.assert_array_equal(
        GuardedSource(source).read(1, "actions", [2, 0]), source.read(1, "actions")[[2, 0]]
    )
