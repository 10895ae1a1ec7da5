import json
from types import SimpleNamespace
from typing import Any

import pytest

from spawnnet_train.learning.learner import Update
from spawnnet_train.runs.progress import MeanLoss, UpdateLog


class Log:
    def __init__(self) -> None:
        self.rows: list[tuple[int, dict[str, float]]] = []

    def log(self, update: int, values: Any) -> None:
        self.rows.append((update, dict(values)))


def test_the_mean_is_over_samples_and_goes_on_exactly() -> None:
    losses, sizes = [0.1, 0.7, 0.30000001], [8, 8, 2]
    whole, parts = MeanLoss(), MeanLoss()
    for loss, size in zip(losses, sizes, strict=True):
        for mean in (whole, parts):
            mean.add(loss, size)
        parts = MeanLoss(*parts.state())
    expected = sum(loss * size for loss, size in zip(losses, sizes, strict=True)) / sum(sizes)
    assert whole.mean() == pytest.approx(expected, rel=1e-7)
    assert parts.mean() == whole.mean()


def test_the_mean_of_nothing_is_not_a_number() -> None:
    assert str(MeanLoss().mean()) == "nan"


def test_a_row_is_the_mean_of_a_block_that_ends_at_a_multiple() -> None:
    log, learner = Log(), SimpleNamespace(num_updates=4, lr=0.5)
    updates = UpdateLog(3, log)
    for loss in (1.0, 2.0, 4.0, 8.0, 16.0):
        learner.num_updates += 1
        learner.lr /= 2
        updates.add(Update(loss, 10 * loss, 1), learner)  # type: ignore[arg-type]
    assert log.rows == [
        (6, {"update/loss": 1.5, "update/grad_norm": 15.0, "update/lr": 0.125}),
        (
            9,
            {
                "update/loss": pytest.approx(28 / 3),
                "update/grad_norm": pytest.approx(280 / 3),
                "update/lr": 0.015625,
            },
        ),
    ]


def test_what_is_left_is_written_once() -> None:
    log, learner = Log(), SimpleNamespace(num_updates=1, lr=0.5)
    updates = UpdateLog(10, log)
    updates.flush(learner)  # type: ignore[arg-type]
    updates.add(Update(1.0, 2.0, 1), learner)  # type: ignore[arg-type]
    for _ in range(2):
        updates.flush(learner)  # type: ignore[arg-type]
    assert [update for update, _ in log.rows] == [1]


def test_a_block_goes_on_where_it_was_left() -> None:
    log, learner = Log(), SimpleNamespace(num_updates=0, lr=0.5)
    whole, parts = UpdateLog(5, log), UpdateLog(5, log)
    for loss in (0.1, 0.7, 0.30000001, 0.2, 0.4):
        learner.num_updates += 1
        update = Update(loss, 10 * loss, 1)
        whole.add(update, learner)  # type: ignore[arg-type]
        parts = UpdateLog(5, log, json.loads(json.dumps(parts.unwritten())))
        parts.add(update, learner)  # type: ignore[arg-type]
    assert log.rows[0] == log.rows[1]
