from __future__ import annotations

import pickle

import pytest

from spawnnet_policies import ConfigurationError, create_policy


def test_the_text_is_the_field_and_the_message() -> None:
    error = ConfigurationError("action_bounds[1]", "must be finite.")
    assert str(error) == "action_bounds[1]: must be finite."
    assert (error.field, error.message) == ("action_bounds[1]", "must be finite.")
    assert str(ConfigurationError("", "There is nothing.")) == "There is nothing."


def test_it_is_a_value_error_and_crosses_processes() -> None:
    error = pickle.loads(pickle.dumps(ConfigurationError("width", "must be even.")))  # noqa: S301
    assert isinstance(error, ValueError)
    assert str(error) == "width: must be even."


@pytest.mark.parametrize(
    ("name", "options", "field"),
    [
        ("no_such_head", {}, "name"),
        ("mlp", {"no_such_option": 1}, "no_such_option"),
        ("mlp", {"feature_dim": 0}, "feature_dim"),
        ("mlp", {"action_bounds": ([0, 2], [1, 2])}, "action_bounds[1]"),
        ("transformer", {"num_frames": 5}, "num_frames"),
        ("diffusion", {"num_inference_steps": 101}, "num_inference_steps"),
    ],
)
def test_the_field_is_the_option(name: str, options: dict[str, object], field: str) -> None:
    arguments: dict[str, object] = {"feature_dim": 6, "action_bounds": ([-1], [1]), **options}
    with pytest.raises(ConfigurationError) as caught:
        create_policy(name, **arguments)  # type: ignore[arg-type]
    assert caught.value.field == field
