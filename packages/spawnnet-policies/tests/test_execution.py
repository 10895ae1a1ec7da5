from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from spawnnet_policies import ChunkExecutor, Policy, PolicySpec


class CountingPolicy(Policy):
    """Answers with features + step / 100, and remembers the sizes of its batches."""

    def __init__(self, action_horizon: int = 4) -> None:
        super().__init__(PolicySpec(1, ([-100.0], [100.0]), action_horizon))
        self.batch_sizes: list[int] = []

    def chunk_loss(self, features: Tensor, chunk: Tensor, mask: Tensor) -> Tensor:
        raise NotImplementedError

    def sample_chunk(self, features: Tensor, generator: torch.Generator | None) -> Tensor:
        self.batch_sizes.append(len(features))
        steps = torch.arange(self.action_horizon) / 100
        return self.normalize(features[:, None, :] + steps[:, None])


def test_the_first_steps_of_each_chunk_are_executed() -> None:
    executor = ChunkExecutor(CountingPolicy(), 2, execution_horizon=3)
    actions = [executor.act(torch.tensor([[10.0 + t], [20.0 + t]])) for t in range(7)]
    expected = [[10.00, 20.00], [10.01, 20.01], [10.02, 20.02]]
    expected += [[13.00, 23.00], [13.01, 23.01], [13.02, 23.02], [16.00, 26.00]]
    torch.testing.assert_close(torch.stack(actions).squeeze(-1), torch.tensor(expected))


def test_a_partial_reset_asks_for_those_environments_only() -> None:
    policy = CountingPolicy()
    executor = ChunkExecutor(policy, 3)
    assert executor.needs_features.tolist() == [True, True, True]
    executor.act(torch.zeros(3, 1))
    executor.reset(np.array([False, True, False]))
    assert executor.needs_features.tolist() == [False, True, False]
    nan = float("nan")  # nobody may read the features of the others
    actions = executor.act(torch.tensor([[nan], [5.0], [nan]]))
    torch.testing.assert_close(actions, torch.tensor([[0.01], [5.0], [0.01]]))
    assert policy.batch_sizes == [3, 1]


def test_features_may_be_missing_where_none_are_needed() -> None:
    executor = ChunkExecutor(CountingPolicy(), 2, execution_horizon=2)
    with pytest.raises(ValueError, match=r"^features: needed in this step"):
        executor.act(None)
    executor.act(torch.ones(2, 1))
    torch.testing.assert_close(executor.act(None), torch.full((2, 1), 1.01))
    executor.reset()
    with pytest.raises(ValueError, match=r"^features: needed in this step"):
        executor.act(None)


def test_actions_do_not_share_memory_with_the_chunk() -> None:
    executor = ChunkExecutor(CountingPolicy(), 2)
    executor.act(torch.zeros(2, 1)).fill_(7)
    torch.testing.assert_close(executor.act(None), torch.full((2, 1), 0.01))


def test_the_generator_reaches_the_policy(build: Callable[..., Policy]) -> None:
    features = torch.randn(2, 6)
    first, second = (
        ChunkExecutor(build("flow_matching"), 2).act(features, torch.Generator().manual_seed(3))
        for _ in range(2)
    )
    assert not torch.equal(first, second)  # two draws of weights
    policy = build("flow_matching")
    first, second = (
        ChunkExecutor(policy, 2).act(features, torch.Generator().manual_seed(3)) for _ in range(2)
    )
    assert torch.equal(first, second)


@pytest.mark.parametrize("horizon", [0, 5])
def test_horizons_out_of_range_are_refused(horizon: int) -> None:
    with pytest.raises(ValueError, match=f"^execution_horizon: .* horizon 4, got {horizon}"):
        ChunkExecutor(CountingPolicy(), 2, execution_horizon=horizon)


def test_wrong_arguments_are_refused() -> None:
    executor = ChunkExecutor(CountingPolicy(), 2)
    with pytest.raises(ValueError, match=r"^features: expected shape \(2, 1\), got \(3, 1\)"):
        executor.act(torch.zeros(3, 1))
    with pytest.raises(ValueError, match=r"^mask: expected bool of shape \(2,\), got torch.int64"):
        executor.reset([1, 0])
    with pytest.raises(ValueError, match=r"^num_envs: must be at least 1, got 0"):
        ChunkExecutor(CountingPolicy(), 0)
