"""The engine over what stands in for Isaac Gym."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from spawnnet_sim import IsaacGymConfig

STAND_IN = Path(__file__).parent / "stand_in"


@contextmanager
def standing_in(**quirks: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(STAND_IN))
        patch.setenv("ISAACGYM_STAND_IN", json.dumps(quirks))
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


@pytest.fixture(scope="session")
def stand_in() -> Path:
    return STAND_IN


@pytest.fixture(scope="session")
def stands_in() -> Callable[..., Any]:
    """Return a context in which workers find the stand-in, with quirks."""
    return standing_in


@pytest.fixture(scope="session")
def python() -> str:
    """The Python of the workers: one of version 3.8 where a variable names it."""
    return os.environ.get("SPAWNNET_PYTHON38", sys.executable)


@pytest.fixture(scope="session")
def engine(python: str) -> IsaacGymConfig:
    return IsaacGymConfig(python=python, timeout=60.0)
