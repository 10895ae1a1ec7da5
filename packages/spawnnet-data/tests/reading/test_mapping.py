from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import TypeAdapter

from spawnnet_data.reading.mapping import (
    KeyMapping,
    ViewConfig,
    camera_name,
    check_mapping,
    infer_mapping,
)
from spawnnet_data.sources.formats import open_source


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
    with pytest.raises(ValueError, match=message):
        check_mapping(KeyMapping(**settings | change), source)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"actions": ()}, "actions"),
        ({"actions": "actions"}, "actions"),
        ({"proprioception": "state"}, "proprioception"),
        ({"image_size": (0, 5)}, "image_size"),
        ({"depth_scale": 0.0}, "depth_scale"),
    ],
)
def test_impossible_settings_are_refused(change: dict[str, Any], field: str) -> None:
    settings: dict[str, Any] = {"views": {}, "actions": ("a",)}
    KeyMapping(**settings)
    with pytest.raises(ValueError, match=f"^{field}: must be"):
        KeyMapping(**settings | change)


def test_order_of_views_is_that_of_the_configuration() -> None:
    mapping = TypeAdapter(KeyMapping).validate_python(
        {"views": {"wrist": {"rgb": "b"}, "front": {"rgb": "a", "depth": "d"}}, "actions": ["x"]}
    )
    assert list(mapping.views) == ["wrist", "front"]
    assert mapping.has_depth
    with pytest.raises(ValueError, match="Unexpected keyword"):
        TypeAdapter(KeyMapping).validate_python({"views": {}, "actions": ["x"], "sise": 1})


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("observation.images.front", "front"),
        ("obs/agentview_image", "agentview"),
        ("obs/agentview_depth", "agentview"),
        ("obs/rgb/0", "view_0"),
        ("obs/depth/wrist", "wrist"),
        ("img", "camera"),
        ("camera_1", "camera_1"),
    ],
)
def test_name_of_a_camera_is_what_its_keys_share(key: str, name: str) -> None:
    assert camera_name(key) == name


def test_names_suggest_a_mapping(written: Any) -> None:
    source = open_source(written.path)
    mapping = infer_mapping(source)
    check_mapping(mapping, source)
    depths = [key for key in source.keys if "depth" in key]
    assert [view.depth for view in mapping.views.values() if view.depth] == depths
    assert "obs/object" not in mapping.proprioception
    assert mapping.proprioception


def test_depth_goes_to_the_camera_of_its_name(tmp_path: Path, write: SimpleNamespace) -> None:
    mapping = infer_mapping(open_source(write.robomimic(tmp_path / "set").path))
    assert mapping.views == {"front": ViewConfig("obs/front_image", "obs/front_depth")}
    assert mapping.proprioception == ("obs/eef_pos",)
