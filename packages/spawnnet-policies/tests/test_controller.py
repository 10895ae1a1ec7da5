from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch

from spawnnet_policies import (
    ChunkExecutor,
    ConfigurationError,
    Controller,
    FeatureHistory,
    Policy,
    TemporalEnsemble,
)
from spawnnet_policies.controller import check_features, check_num_envs, environment_mask


@pytest.mark.parametrize(
    "mask",
    [[True, False, True], np.array([True, False, True]), torch.tensor([True, False, True])],
)
def test_masks_of_every_library_select_the_same(mask: Sequence[bool]) -> None:
    selected = environment_mask(mask, 3)
    assert selected.dtype == torch.bool
    assert selected.tolist() == [True, False, True]


def test_no_mask_selects_every_environment() -> None:
    assert environment_mask(None, 4).tolist() == [True] * 4


@pytest.mark.parametrize("mask", [[True], [1, 0, 1], [[True, False, True]], [0.0, 1.0, 0.0]])
def test_what_is_no_mask_is_refused(mask: Sequence[bool]) -> None:
    with pytest.raises(ValueError, match=r"^mask: expected bool of shape \(3,\), got torch"):
        environment_mask(mask, 3)


def test_features_pass_as_they_are_or_are_refused() -> None:
    features = torch.randn(3, 5)
    assert check_features(features, 3, 5) is features
    with pytest.raises(ValueError, match=r"^features: needed in this step"):
        check_features(None, 3, 5)
    with pytest.raises(ValueError, match=r"^features: expected shape \(3, 5\), got \(5, 3\)"):
        check_features(features.T, 3, 5)


@pytest.mark.parametrize("num_envs", [0, -2])
def test_there_is_at_least_one_environment(num_envs: int) -> None:
    with pytest.raises(ConfigurationError, match=f"^num_envs: must be at least 1, got {num_envs}"):
        check_num_envs(num_envs)


CONTROLLERS: dict[str, Callable[[Policy], Controller]] = {
    "executor": lambda policy: ChunkExecutor(policy, 4),
    "ensemble": lambda policy: TemporalEnsemble(policy, 4),
    "history": lambda policy: FeatureHistory(ChunkExecutor(policy, 4), 2),
}


@pytest.mark.parametrize("name", CONTROLLERS)
def test_every_controller_keeps_the_protocol(name: str, build: Callable[..., Policy]) -> None:
    controller = CONTROLLERS[name](build("mlp"))
    features = torch.randn(4, controller.feature_dim)
    assert controller.num_envs == 4
    assert controller.needs_features.tolist() == [True] * 4
    first = controller.act(features)
    assert first.shape == (4, 2)
    controller.act(features)
    controller.reset()
    torch.testing.assert_close(controller.act(features), first)
