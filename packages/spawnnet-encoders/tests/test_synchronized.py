from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, distributed, nn

from spawnnet_encoders import ConfigurationError, SynchronizedBatchNorm, synchronize_batch_norms


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """A group of one process: sums over processes are its own."""
    distributed.init_process_group("gloo", store=distributed.HashStore(), rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def run(module: nn.Module, x: Tensor) -> tuple[Tensor, ...]:
    """Return output, gradients and statistics of two batches."""
    x = x.clone().requires_grad_()
    module(x + 1).square().sum().backward()
    output = module(x)
    (output * torch.linspace(0, 1, output.numel()).view_as(output)).sum().backward()
    assert x.grad is not None
    gradients = [p.grad for p in module.parameters() if p.grad is not None]
    return output, x.grad, *gradients, *module.state_dict().values()


@pytest.mark.parametrize(
    ("norm", "shape"),
    [
        (lambda: nn.BatchNorm1d(5), (7, 5)),
        (lambda: nn.BatchNorm1d(5, momentum=None), (7, 5, 2)),
        (lambda: nn.BatchNorm2d(5, eps=0.1, momentum=0.3), (3, 5, 4, 2)),
        (lambda: nn.BatchNorm2d(5, affine=False), (3, 5, 4, 2)),
    ],
)
def test_of_one_process_it_is_the_ordinary_normalisation(norm, shape) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    x = 3 * torch.randn(shape) + 1
    ordinary, replaced = nn.Sequential(norm()), nn.Sequential(norm())
    (synchronized,) = synchronize_batch_norms(replaced)
    assert replaced[0] is synchronized
    for found, expected in zip(run(replaced, x), run(ordinary, x), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    assert torch.equal(replaced.eval()(x), ordinary.eval()(x)) or torch.allclose(
        replaced(x), ordinary(x), atol=1e-5
    )


def test_padding_changes_no_statistics() -> None:
    norm = SynchronizedBatchNorm(nn.BatchNorm1d(4))
    norm(torch.randn(6, 4))
    assert norm.running_mean is not None
    before = norm.running_mean.clone()
    norm.counts = False
    norm(torch.full((2, 4), 1e6))
    torch.testing.assert_close(norm.running_mean, 0.9 * before)  # of nothing the mean is 0


def test_what_is_frozen_stays_as_it_is() -> None:
    frozen = nn.Sequential(nn.BatchNorm1d(4)).eval()
    module = nn.Sequential(frozen, nn.Sequential(nn.BatchNorm1d(4)))
    module[1].train()
    assert len(synchronize_batch_norms(module)) == 1
    assert type(frozen[0]) is nn.BatchNorm1d


def test_a_normalisation_that_is_not_known_is_refused() -> None:
    class Other(nn.BatchNorm2d):
        """Does something else too."""

    with pytest.raises(ConfigurationError, match="cannot share a Other"):
        synchronize_batch_norms(nn.Sequential(Other(3)))
