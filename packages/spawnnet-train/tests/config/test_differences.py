from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spawnnet_train.config.differences import changed_settings


@dataclass(frozen=True)
class Inner:
    width: int = 3
    sizes: tuple[int, ...] = (1, 2)


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner = field(default_factory=Inner)
    wider: Inner = Inner(width=7)
    maybe: Inner | None = None
    place: Path = Path("runs")
    many: Mapping[str, Inner] = field(default_factory=dict)


def test_nothing_but_what_has_no_default_differs_at_first() -> None:
    assert changed_settings(Outer("a")) == {"name": {"value": "a", "default": ""}}


def test_settings_are_compared_with_the_default_at_their_place() -> None:
    changed = changed_settings(
        Outer("a", Inner(4), Inner(7, (5,)), Inner(3), Path("out"), {"x": Inner()})
    )
    assert changed == {
        "name": {"value": "a", "default": ""},
        "inner.width": {"value": 4, "default": 3},
        "wider.sizes": {"value": [5], "default": [1, 2]},
        "place": {"value": "out", "default": "runs"},
        "many": {"value": {"x": {"width": 3, "sizes": [1, 2]}}, "default": {}},
    }


def test_a_section_that_was_left_out_and_is_there_now_is_compared_with_its_own_defaults() -> None:
    assert "maybe.width" in changed_settings(Outer("a", maybe=Inner(8)))
