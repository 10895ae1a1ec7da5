"""What an algorithm need not say."""

from collections.abc import Iterator
from typing import Any, Self

import pytest

from spawnnet_jobs.terminal.console import Console
from spawnnet_train.algorithms.algorithm import Algorithm, PeriodReport, RunSettings, Sight
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.student import Student


class Least(Algorithm[None]):
    """The least that an algorithm can say."""

    num_periods = 1

    @classmethod
    def open(cls, config: None, run: RunSettings) -> Self:
        return cls()

    @classmethod
    def sight(cls, config: None, run: RunSettings) -> Sight:
        return Sight((), None, "")

    def set_up(self, student: Student) -> None: ...

    def num_updates(self, period: int) -> int:
        return 0

    def batches(self, period: int, first: int) -> Iterator[Batch]:
        return iter(())


def test_everything_else_has_a_default(quiet: Console) -> None:
    algorithm = Least()
    settings: Any = None
    algorithm.check(None, settings)
    algorithm.begin(0, quiet)
    assert algorithm.end(0, 0.5, quiet) == PeriodReport({}, None, {})
    assert algorithm.state() == {}
    algorithm.load_state({})
    algorithm.rebuild(1, lambda period: None, quiet)
    assert algorithm.describe() == {}
    assert list(algorithm.labelled_episodes(None)) == []
    assert algorithm.num_labelled_episodes(None) == 0
    algorithm.close()
    assert (algorithm.period, algorithm.first_number) == ("period", 1)
    assert not algorithm.measures
    assert algorithm.keep_every is None


@pytest.mark.parametrize("name", sorted(Algorithm.__abstractmethods__))
def test_what_it_must_say(name: str) -> None:
    assert name in {"open", "sight", "set_up", "num_updates", "batches"}
    incomplete = type("Incomplete", (Least,), {name: getattr(Algorithm, name)})
    with pytest.raises(TypeError, match=name):
        incomplete()
