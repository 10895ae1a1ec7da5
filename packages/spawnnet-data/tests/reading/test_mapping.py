from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading.mapping import KeyMapping, ViewConfig, check_mapping
from spawnnet_data.sources.formats import open_source
from spawnnet_data.sources.source import KeySpec


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"views": {"front": ViewConfig("obs/rgb/7")}},
            r"views\.front\.rgb: key 'obs/rgb/7' does not exist, did you mean 'obs/rgb/[01]'",
        ),
        (
            {"views": {"front": ViewConfig("obs/depth/1")}},
            r"views\.front\.rgb: key 'obs/depth/1' holds depth .*\(1, 32, 48\), expected rgb",
        ),
        (
            {"views": {"front": ViewConfig("obs/rgb/1", "obs/rgb/1")}},
            r"views\.front\.depth: key 'obs/rgb/1' holds rgb",
        ),
        (
            {"proprioception": ("obs/state", "obs/stat")},
            r"proprioception\[1\]: key 'obs/stat' does not exist, did you mean 'obs/state'",
        ),
        ({"actions": ("obs/rgb/0",)}, r"actions\[0\]: key 'obs/rgb/0' holds rgb"),
    ],
)
def test_wrong_key_names_the_field_and_the_nearest(
    tmp_path: Path, write: SimpleNamespace, change: dict[str, Any], message: str
) -> None:
    source = open_source(write.original(tmp_path).path)
    settings = {"views": {"front": ViewConfig("obs/rgb/0")}, "actions": ("actions",)}
    check_mapping(KeyMapping(**settings), source)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=message):
        check_mapping(KeyMapping(**settings | change), source)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"actions": ()}, "actions"),
        ({"actions": "actions"}, "actions"),
        ({"proprioception": "state"}, "proprioception"),
        ({"image_size": (0, 5)}, "image_size"),
        ({"image_size": (5, 10**9)}, "image_size"),
    ],
)
def test_impossible_settings_are_refused(change: dict[str, Any], field: str) -> None:
    settings: dict[str, Any] = {"views": {}, "actions": ("a",)}
    KeyMapping(**settings)
    with pytest.raises(ConfigurationError, match=f"^{field}: must be") as caught:
        KeyMapping(**settings | change)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"unit": "inch"}, "unit"),
        ({"unit": 0.0}, "unit"),
        ({"unit": float("nan")}, "unit"),
        ({"unit": float("inf")}, "unit"),
        ({"unknown": ("zero",)}, "unknown"),
        ({"unknown": "inf"}, "unknown"),
    ],
)
def test_impossible_depth_is_refused(settings: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{field}: must be"):
        ViewConfig("rgb", "depth", **settings)


@pytest.mark.parametrize(
    ("unit", "stored", "metres"),
    [
        (None, "mm", 0.001),
        (None, "m", 1),
        (None, "", 1),
        ("m", "mm", 1),
        ("cm", "m", 0.01),
        (0.00025, "mm", 0.00025),
    ],
)
def test_the_unit_is_the_one_set_or_the_one_the_type_implies(
    unit: Any, stored: str, metres: float
) -> None:
    spec = KeySpec("depth", (1, 4, 5), np.dtype(np.float32), 3, stored)
    assert ViewConfig("rgb", "depth", unit).metres_per_unit(spec) == metres


def test_order_of_views_is_that_of_the_configuration() -> None:
    mapping = TypeAdapter(KeyMapping).validate_python(
        {"views": {"wrist": {"rgb": "b"}, "front": {"rgb": "a", "depth": "d"}}, "actions": ["x"]}
    )
    assert list(mapping.views) == ["wrist", "front"]
    assert mapping.has_depth
    with pytest.raises(ValueError, match="Unexpected keyword"):
        TypeAdapter(KeyMapping).validate_python({"views": {}, "actions": ["x"], "sise": 1})
