from dataclasses import dataclass, field
from typing import Any

import pytest

from spawnnet_encoders.configuration import build_config, nearest


@dataclass(frozen=True)
class Inner:
    sizes: tuple[int, ...] = (1,)

    def __post_init__(self) -> None:
        if min(self.sizes) < 0:
            raise ValueError(f"sizes: must be positive, got {self.sizes}.")


@dataclass(frozen=True)
class Outer:
    inner: Inner = field(default_factory=Inner)
    width: int = 3


def test_nested_mappings_become_dataclasses_and_lists_tuples() -> None:
    assert build_config(Outer, {"inner": {"sizes": [4, 5]}}) == Outer(Inner((4, 5)))


def test_dataclasses_are_taken_as_they_are() -> None:
    inner = Inner((7,))
    assert build_config(Outer, {"inner": inner}).inner is inner


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"widht": 1}, "widht: unknown option, did you mean `width`."),
        ({"inner": {"zzz": 1}}, "inner.zzz: unknown option, known are sizes."),
        ({"inner": {"sizes": [-1]}}, r"inner.sizes: must be positive, got \(-1,\)."),
    ],
)
def test_errors_start_with_the_path(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        build_config(Outer, values)


def test_a_long_list_of_far_names_is_not_printed() -> None:
    assert nearest("zzz", [f"name{i}" for i in range(30)]) == ""
