import math

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from spawnnet_train.learning.optimization import (
    OptimizerConfig,
    ScheduleConfig,
    create_optimizer,
    create_schedule,
    lr_factor,
)


def test_warmup_rises_linearly_and_cosine_ends_with_the_last_update() -> None:
    config = ScheduleConfig(name="cosine", warmup_updates=4, warmup_factor=0.2, final_factor=0.1)
    factors = [lr_factor(config, update, [4, 7]) for update in range(11)]
    assert factors[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert factors[7] == pytest.approx(0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi / 2)))
    assert factors[10] == pytest.approx(0.1)


def test_constant_stays_at_one_after_the_warmup() -> None:
    config = ScheduleConfig(warmup_updates=2)
    assert [lr_factor(config, update, [9]) for update in (0, 2, 8)] == [0.1, 1.0, 1.0]


@pytest.mark.parametrize(
    ("rounds", "expected"),
    [
        (10, [3.0e-5, 3.0e-4, 2.91e-4, 2.65e-4, 2.25e-4, 1.76e-4, 1.24e-4, 7.5e-5, 3.5e-5, 9.0e-6]),
        (20, [3.0e-5, 3.0e-4]),
    ],
)
def test_by_rounds_the_rate_is_that_of_the_original(rounds: int, expected: list[float]) -> None:
    config = ScheduleConfig(name="cosine", unit="round", warmup_rounds=1, warmup_factor=0.1)
    rates = [3e-4 * lr_factor(config, update, [5] * rounds) for update in range(5 * rounds)]
    assert rates[::5] == rates[4::5]  # constant within a round
    assert rates[::5][: len(expected)] == pytest.approx(expected, rel=0.02)
    assert rates[-1] == pytest.approx(9.0e-6 if rounds == 10 else 2.0e-6, rel=0.03)


def test_a_warmup_of_another_unit_is_refused() -> None:
    with pytest.raises(ValidationError, match="warmup_updates: is for another unit"):
        ScheduleConfig(unit="round", warmup_updates=5)
    with pytest.raises(ValidationError, match="warmup_rounds: is for another unit"):
        ScheduleConfig(warmup_rounds=1)


def test_the_schedule_is_stepped_per_update() -> None:
    optimizer = create_optimizer(OptimizerConfig(lr=0.5), [nn.Parameter(torch.ones(3))])
    schedule = create_schedule(ScheduleConfig(warmup_updates=2, warmup_factor=0.5), optimizer, [10])
    rates = []
    for _ in range(3):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert rates == [0.25, 0.375, 0.5]


@pytest.mark.parametrize(
    ("name", "kind"), [("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)]
)
def test_the_optimizer_is_the_one_named(name: str, kind: type) -> None:
    config = OptimizerConfig(name=name, lr=0.1, weight_decay=0.2)
    optimizer = create_optimizer(config, [nn.Parameter(torch.ones(3))])
    assert isinstance(optimizer, kind)
    assert optimizer.param_groups[0]["weight_decay"] == 0.2
