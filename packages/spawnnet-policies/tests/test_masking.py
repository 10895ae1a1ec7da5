from __future__ import annotations

import torch

from spawnnet_policies import masked_mean


def test_masked_mean_leaves_padding_out() -> None:
    values = torch.tensor([[1.0, torch.nan, 3.0], [8.0, torch.inf, 7.0]], requires_grad=True)
    mask = torch.tensor([[True, False, True], [True, False, False]])
    mean = masked_mean(values, mask)
    mean.backward()
    assert mean == 4
    torch.testing.assert_close(values.grad, mask / 3)


def test_half_precision_is_summed_in_single() -> None:
    values = torch.full((300, 300), 1.0, dtype=torch.float16)
    assert masked_mean(values, torch.ones_like(values, dtype=torch.bool)) == 1
