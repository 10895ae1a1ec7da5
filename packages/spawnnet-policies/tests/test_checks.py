from __future__ import annotations

from types import SimpleNamespace

import pytest

from spawnnet_policies import ConfigurationError
from spawnnet_policies.checks import (
    require_choice,
    require_divisible,
    require_fraction,
    require_layers,
    require_positive,
)


def test_values_in_range_pass() -> None:
    config = SimpleNamespace(width=12, heads=3, rate=0.0, kind="relu")
    require_positive(config, "width", "heads")
    require_fraction(config, "rate")
    require_divisible(config, "width", "heads")
    require_choice(config, "kind", ("gelu", "relu"))
    require_layers(())
    require_layers((7, 1))


@pytest.mark.parametrize("value", [0, -3, 0.0, float("nan")])
def test_the_first_value_that_is_not_positive_is_named(value: float) -> None:
    with pytest.raises(ConfigurationError, match=f"^b: must be positive, got {value}"):
        require_positive(SimpleNamespace(a=1, b=value, c=-1), "a", "b", "c")


@pytest.mark.parametrize("value", [-0.1, 1, 1.0, float("nan")])
def test_a_fraction_is_from_zero_to_below_one(value: float) -> None:
    with pytest.raises(
        ConfigurationError, match=f"^p: must be at least 0 and below 1, got {value}"
    ):
        require_fraction(SimpleNamespace(p=value), "p")


def test_a_remainder_names_both_fields() -> None:
    with pytest.raises(ConfigurationError, match=r"^w: must be a multiple of `h`, got 14 and 4"):
        require_divisible(SimpleNamespace(w=14, h=4), "w", "h")


def test_an_empty_layer_and_an_unknown_choice_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"^layers: every width .* got \(8, 0\)"):
        require_layers((8, 0))
    with pytest.raises(ConfigurationError, match=r"^kind: must be one of \['a', 'b'\], got 'c'"):
        require_choice(SimpleNamespace(kind="c"), "kind", iter("ab"))
