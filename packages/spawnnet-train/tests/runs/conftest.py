"""Runs that are stopped, and runs that are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from spawnnet_record.run_directory import RunDirectory
from spawnnet_train.learning.learner import Learner, Update


@pytest.fixture(scope="session")
def assert_same_run(
    metrics: Callable[[RunDirectory], list[dict[str, Any]]],
) -> Callable[[RunDirectory, RunDirectory], None]:
    """Checks that two runs came to the same, bit for bit."""

    def check(found: RunDirectory, expected: RunDirectory) -> None:
        assert metrics(found) == metrics(expected)
        weights = sorted(path.name for path in expected.checkpoints.glob("*.safetensors"))
        for name in weights:
            kept = (found.checkpoints / name).read_bytes()
            assert kept == (expected.checkpoints / name).read_bytes(), name
        for path in [expected.spec, *expected.evaluation.glob("*.csv")]:
            place = path.relative_to(expected.path)
            lines, known = (found.path / place).read_text(), path.read_text()
            if path == expected.evaluated:  # other tests measure shared runs once more
                assert set(lines.splitlines()) <= set(known.splitlines())
            else:
                assert lines == known, place

    return check


Stopping = Callable[[int, type[BaseException]], AbstractContextManager[None]]


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> Stopping:
    """Makes a context in which training ends with an error instead of its next update."""

    @contextmanager
    def stop(num_updates: int, error: type[BaseException]) -> Iterator[None]:
        update = Learner.update

        def update_or_stop(self: Learner, *arguments: Any) -> Update:
            if self.num_updates == num_updates:
                raise error
            return update(self, *arguments)

        with monkeypatch.context() as patched:
            patched.setattr(Learner, "update", update_or_stop)
            try:
                yield
            except error:
                return
        pytest.fail(f"training went on after {num_updates} updates")

    return stop
