from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from spawnnet_policies import (
    ConfigurationError,
    create_policy,
    list_policies,
    policy_config,
    register_policy,
)

SHAPE: dict[str, Any] = {"feature_dim": 3, "action_bounds": ([-1], [1])}


def test_the_heads_people_expect_are_there() -> None:
    expected = {"act", "diffusion", "flow_matching", "gaussian", "gmm", "mlp", "transformer"}
    assert expected <= set(list_policies())
    assert list(list_policies()) == sorted(list_policies())


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(
        ConfigurationError, match=r"unknown policy 'difusion'. Did you mean 'diffusion'\?"
    ):
        create_policy("difusion", **SHAPE)


def test_an_unknown_option_gets_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match=r"^layrs: .*'mlp' .* Did you mean 'layers'\?"):
        create_policy("mlp", **SHAPE, layrs=[3])


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ConfigurationError, match="'mlp' is already registered"):
        register_policy("mlp", policy_config("mlp"))


@pytest.mark.parametrize("name", list_policies())
def test_configurations_are_frozen_and_forbid_unknown_keys(name: str) -> None:
    config = policy_config(name)()
    assert config.__pydantic_config__ == {"extra": "forbid"}
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(config, dataclasses.fields(config)[0].name, 1)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("mlp", {"layers": (0,)}, "layers: every width must be positive"),
        ("mlp", {"activation": "swish"}, "activation: must be one of .* got 'swish'"),
        ("gaussian", {"min_std": 0.0}, "min_std: must be positive, got 0.0"),
        ("gaussian", {"evaluation_std": -1.0}, "evaluation_std: must be positive"),
        ("gmm", {"num_modes": 0}, "num_modes: must be positive, got 0"),
        ("transformer", {"num_frames": 0}, "num_frames: must be positive"),
        ("transformer", {"width": 30, "num_heads": 4}, "width: .* `num_heads`, got 30 and 4"),
        ("flow_matching", {"width": 5, "num_heads": 5}, "width: must be even, got 5"),
        ("act", {"dropout": 1.0}, "dropout: must be at least 0 and below 1, got 1.0"),
        ("act", {"kl_weight": -1.0}, "kl_weight: must not be negative"),
        ("flow_matching", {"num_inference_steps": 0}, "num_inference_steps: must be positive"),
    ],
)
def test_values_out_of_range_are_refused(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{message}") as caught:
        create_policy(name, **SHAPE, **options)
    assert caught.value.field == next(iter(options))
