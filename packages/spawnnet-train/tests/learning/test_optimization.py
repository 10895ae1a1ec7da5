import math

import pytest
import torch
from torch import nn

from spawnnet_train.learning.optimization import (
    OptimizerConfig,
    ScheduleConfig,
    WeightAverage,
    create_optimizer,
    create_schedule,
    lr_factor,
)


def test_warmup_rises_linearly_and_cosine_ends_with_the_last_update() -> None:
    config = ScheduleConfig(name="cosine", warmup_updates=4, warmup_factor=0.2, final_factor=0.1)
    factors = [lr_factor(config, update, 11) for update in range(11)]
    assert factors[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert factors[7] == pytest.approx(0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi / 2)))
    assert factors[10] == pytest.approx(0.1)


def test_constant_stays_at_one_after_the_warmup() -> None:
    config = ScheduleConfig(warmup_updates=2)
    assert [lr_factor(config, update, 9) for update in (0, 2, 8)] == [0.1, 1.0, 1.0]


def test_the_schedule_is_stepped_per_update() -> None:
    optimizer = create_optimizer(OptimizerConfig(lr=0.5), [nn.Parameter(torch.ones(3))])
    schedule = create_schedule(ScheduleConfig(warmup_updates=2, warmup_factor=0.5), optimizer, 10)
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


def test_the_average_is_the_moving_average_and_only_stands_in() -> None:
    parameter = nn.Parameter(torch.tensor([1.0, -2.0]))
    average = WeightAverage([parameter], decay=0.5)
    expected = parameter.detach().clone()
    for update in range(1, 20):
        with torch.no_grad():
            parameter += 1
        average.update()
        decay = min(0.5, (1 + update) / (10 + update))
        expected = decay * expected + (1 - decay) * parameter.detach()
    current = parameter.detach().clone()
    with average.applied():
        torch.testing.assert_close(parameter.detach(), expected)
    torch.testing.assert_close(parameter.detach(), current)


def test_the_parameters_come_back_after_an_error() -> None:
    parameter = nn.Parameter(torch.zeros(2))
    average = WeightAverage([parameter], decay=0.9)
    with torch.no_grad():
        parameter += 5

    def fail_with_the_average() -> None:
        with average.applied():
            assert (parameter == 0).all()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_with_the_average()
    assert (parameter == 5).all()
