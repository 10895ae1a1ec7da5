import pickle

import pytest

from spawnnet_sim.errors import ConfigurationError, require


def test_the_text_is_the_field_and_the_message() -> None:
    error = ConfigurationError("cabinets.count", "must be at least 1, got 0.")
    assert str(error) == "cabinets.count: must be at least 1, got 0."
    assert str(ConfigurationError("", "something is missing.")) == "something is missing."
    assert isinstance(error, ValueError)


def test_a_path_is_put_before_the_field() -> None:
    assert ConfigurationError("workers", "x").below("engine").field == "engine.workers"
    assert ConfigurationError("", "x").below("engine").field == "engine"


def test_it_reaches_another_process_whole() -> None:
    error = pickle.loads(pickle.dumps(ConfigurationError("renderer", "x")))  # noqa: S301
    assert (error.field, error.message) == ("renderer", "x")


def test_what_holds_raises_nothing() -> None:
    require(True, "count", 1, "at least 1")
    with pytest.raises(ConfigurationError, match=r"^count: must be at least 1, got 0\.$"):
        require(False, "count", 0, "at least 1")
