import pytest
import torch

from spawnnet_encoders.residual import ResidualStage, halved


@pytest.mark.parametrize("size", [(8, 12), (7, 5), (1, 1)])
def test_halved_is_the_size_of_a_stage(size: tuple[int, int]) -> None:
    assert ResidualStage(2, 3)(torch.randn(1, 2, *size)).shape == (1, 3, *halved(size))
    assert halved(size, 2) == halved(halved(size))


def test_without_weights_a_stage_only_pools() -> None:
    stage = ResidualStage(2, 2, fused_channels=1)
    for parameter in stage.parameters():
        torch.nn.init.zeros_(parameter)
    torch.nn.init.dirac_(stage.conv.weight)
    x, fused = torch.randn(1, 2, 6, 8), torch.randn(1, 1, 3, 4)
    pooled = torch.nn.functional.max_pool2d(x, 3, stride=2, padding=1)
    torch.testing.assert_close(stage(x, fused), torch.cat((pooled, fused), dim=1))


def test_the_input_is_not_changed_in_place() -> None:
    x = torch.randn(1, 2, 6, 8)
    before = x.clone()
    ResidualStage(2, 2)(x)
    assert torch.equal(x, before)
