import pytest
import torch
from torch import nn

from spawnnet_train.learning.weight_average import WeightAverage


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


def test_an_average_goes_on_from_its_state() -> None:
    whole, first, second = (nn.Parameter(torch.zeros(3)) for _ in range(3))
    expected, before, after = (WeightAverage([p], decay=0.9) for p in (whole, first, second))
    for update in range(6):
        for parameter in (whole, first, second):
            with torch.no_grad():
                parameter += 1
        expected.update()
        (before if update < 3 else after).update()
        if update == 2:
            average, updates = before.state()
            after.load_state([tensor.clone() for tensor in average], updates)
    assert after.state()[1] == 6
    assert torch.equal(after.state()[0][0], expected.state()[0][0])
