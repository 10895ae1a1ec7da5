from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pytest

from spawnnet_encoders import ConfigurationError
from spawnnet_encoders.configuration import build_config, require_at_least, require_choice

COLOUR = "tuple[float, float, str]"


@dataclass(frozen=True)
class Inner:
    sizes: tuple[int, ...] = (1,)

    def __post_init__(self) -> None:
        if min(self.sizes) < 0:
            raise ConfigurationError("sizes", f"must be positive, got {self.sizes}.")


@dataclass(frozen=True)
class Outer:
    inner: Inner = field(default_factory=Inner)
    width: int = 3
    scale: float | None = None
    colour: tuple[float, float, str] | None = None


def test_nested_mappings_become_dataclasses_and_lists_tuples() -> None:
    assert build_config(Outer, {"inner": {"sizes": [4, 5]}}) == Outer(Inner((4, 5)))


def test_tuples_have_the_types_of_their_places() -> None:
    assert build_config(Outer, {"colour": [1, 2.5, "x"]}).colour == (1, 2.5, "x")
    assert build_config(Outer, {"inner": {"sizes": (4, 5, 6)}}).inner.sizes == (4, 5, 6)


def test_dataclasses_are_taken_as_they_are() -> None:
    inner = Inner((7,))
    assert build_config(Outer, {"inner": inner}).inner is inner


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"widht": 1}, "widht", "unknown option, did you mean `width`."),
        ({"inner": {"zzz": 1}}, "inner.zzz", "unknown option, known are sizes."),
        ({"inner": {"sizes": [-1]}}, "inner.sizes", "must be positive, got (-1,)."),
        ({"inner": {"sizes": [1, "x"]}}, "inner.sizes", "expected tuple[int, ...], got (1, 'x')."),
        ({"inner": {"sizes": 3}}, "inner.sizes", "expected tuple[int, ...], got 3."),
        ({"width": "wide"}, "width", "expected int, got 'wide'."),
        ({"width": True}, "width", "expected int, got True."),
        ({"scale": "1"}, "scale", "expected float | None, got '1'."),
        *(
            ({"colour": value}, "colour", f"expected {COLOUR} | None, got {tuple(value)!r}.")
            for value in ([], [1], [1, 2], [1, 2, "x", 3], [1, "x", "x"], [1, 2, 3])
        ),
    ],
)
def test_errors_carry_the_path(values: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_config(Outer, values)
    assert (caught.value.field, caught.value.message) == (field, message)


def test_integers_of_numpy_and_whole_floats_are_numbers() -> None:
    config = build_config(Outer, {"width": np.int64(4), "scale": 2})
    assert (config.width, config.scale) == (4, 2)


def test_a_bug_in_a_configuration_stays_a_bug() -> None:
    @dataclass(frozen=True)
    class Broken:
        def __post_init__(self) -> None:
            raise KeyError("typo")

    with pytest.raises(KeyError):
        build_config(Broken, {})


def test_requirements_name_the_field() -> None:
    with pytest.raises(ConfigurationError, match=r"^width: must be at least 4, got 3\.$"):
        require_at_least(Outer(), 4, "scale", "width")
    with pytest.raises(ConfigurationError, match=r"^width: must be one of \(1, 2\), got 3\.$"):
        require_choice(Outer(), width=Literal[1, 2])
