from collections.abc import Sequence

import pytest
import torch
from torch import nn

from spawnnet_encoders.adapter import Adapter, attention_maps
from spawnnet_encoders.residual import ResidualStage


def adapter(grid: tuple[int, int], size: tuple[int, int], conv_size: int = 1) -> Adapter:
    return Adapter(5, 3, grid=grid, size=size, conv_size=conv_size)


def test_tokens_are_the_rows_of_an_image() -> None:
    module, tokens = adapter((4, 6), (4, 6)), torch.randn(2, 24, 5)
    activation, resized = module(tokens, 2)
    image = tokens.reshape(2, 4, 6, 5).permute(0, 3, 1, 2)
    torch.testing.assert_close(activation, module.project(image).relu())
    assert resized is activation


@pytest.mark.parametrize("conv_size", [1, 2])
def test_activation_is_resized_without_antialiasing(conv_size: int) -> None:
    module = adapter((8, 12), (3, 5), conv_size)
    activation, resized = module(torch.randn(2, 96, 5), 2)
    assert activation.shape == (2, 3, 8 // conv_size, 12 // conv_size)
    expected = nn.functional.interpolate(activation, (3, 5), mode="bilinear", antialias=False)
    torch.testing.assert_close(resized, expected)


@pytest.mark.parametrize("conv_size", [1, 2])
def test_one_token_stands_for_the_whole_grid(conv_size: int) -> None:
    module, token = adapter((4, 6), (3, 5), conv_size), torch.randn(2, 1, 5)
    for found, expected in zip(module(token, 2), module(token.expand(-1, 24, -1), 2), strict=True):
        torch.testing.assert_close(found, expected)


def test_no_tokens_stand_for_zeros() -> None:
    module = adapter((4, 6), (3, 5))
    for found, expected in zip(module(None, 2), module(torch.zeros(2, 24, 5), 2), strict=True):
        torch.testing.assert_close(found, expected)


def test_no_tokens_leave_the_bias_alone() -> None:
    module = adapter((4, 6), (3, 5))
    before = module.project.bias.clone() if module.project.bias is not None else None
    module(None, 2)
    assert torch.equal(module.project.bias, before)  # type: ignore[arg-type]


@pytest.mark.parametrize("conv_size", [1, 2])
def test_gradients_of_a_stage_are_the_numerical_ones(conv_size: int) -> None:
    module = adapter((4, 6), (2, 3), conv_size).double()
    stage = ResidualStage(2, 2, fused_channels=3, out_channels=4).double()
    parameters = [*module.parameters(), *stage.parameters()]

    def run(x: torch.Tensor, tokens: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = stage(x, module(tokens, 2)[1])
        return result

    x = torch.randn(2, 2, 4, 6, dtype=torch.float64, requires_grad=True)
    tokens = torch.randn(2, 24, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(run, (x, tokens, *parameters))


@pytest.mark.parametrize("tokens_per_image", [1, 24])
def test_dropout_leaves_whole_channels_out_of_an_image(tokens_per_image: int) -> None:
    module = Adapter(5, 3, grid=(4, 6), size=(4, 6), dropout=0.4)
    nn.init.constant_(module.project.weight, 1.0)
    nn.init.zeros_(module.project.bias)  # type: ignore[arg-type]
    channels = torch.tensor([1.0, 10.0, 100.0, 1000.0, 10000.0])
    activation, _ = module(channels.expand(200, tokens_per_image, 5), 200)
    kept = (activation * 0.6).round().long()  # (n, 3, 4, 6), a digit per channel of the backbone
    assert torch.equal(kept, kept[:, :1, :1, :1].expand_as(kept))
    digits = torch.stack([kept[:, 0, 0, 0] // 10**place % 10 for place in range(5)], dim=1)
    assert set(digits.flatten().tolist()) == {0, 1}
    assert digits.double().mean().item() == pytest.approx(0.6, abs=0.07)
    assert len(digits.unique(dim=0)) > 10  # images draw for themselves


def test_dropout_is_of_training_alone() -> None:
    module = Adapter(5, 3, grid=(4, 6), size=(3, 5), dropout=0.4)
    tokens = torch.randn(2, 24, 5)
    assert not torch.equal(module(tokens, 2)[0], module.eval()(tokens, 2)[0])
    torch.testing.assert_close(module(tokens, 2), module(tokens, 2))


def test_attention_follows_the_norm_over_channels() -> None:
    activation = torch.zeros(1, 3, 4, 6)
    activation[0, :, 2, 5] = torch.tensor([2.0, 3.0, 6.0])  # of norm 7
    maps = attention_maps([activation], (4, 6))
    assert maps.shape == (1, 1, 4, 6)
    expected: Sequence[float] = torch.tensor([70.0] + [0.0] * 23).softmax(dim=0).tolist()
    assert maps[0, 0, 2, 5].item() == pytest.approx(expected[0])
    assert not attention_maps([activation.requires_grad_()], (2, 2)).requires_grad
