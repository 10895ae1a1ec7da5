from typing import Any

import pytest

from spawnnet_data.sources.lerobot_features import known_features
from spawnnet_data.sources.lerobot_meta import Info


def features(**features: Any) -> Any:
    return known_features(Info(codebase_version="v3.0", fps=10, features=features, data_path="x"))


@pytest.mark.parametrize(
    ("feature", "kind", "shape"),
    [
        ({"dtype": "video", "shape": [32, 48, 3]}, "rgb", (3, 32, 48)),
        ({"dtype": "video", "shape": [3, 32, 48]}, "rgb", (3, 32, 48)),
        ({"dtype": "video", "shape": [32, 48, 1]}, "rgb", (3, 32, 48)),
        ({"dtype": "image", "shape": [32, 48, 1]}, "depth", (1, 32, 48)),
        ({"dtype": "image", "shape": [32, 48]}, "depth", (1, 32, 48)),
        ({"dtype": "image", "shape": [32, 48, 4]}, "rgb", (3, 32, 48)),
        ({"dtype": "float32", "shape": [1, 32, 48]}, "depth", (1, 32, 48)),
        ({"dtype": "float32", "shape": [7]}, "array", (7,)),
        ({"dtype": "bool", "shape": [1]}, "array", (1,)),
    ],
)
def test_shape_and_type_decide_what_a_feature_is(
    feature: dict[str, Any], kind: str, shape: tuple[int, ...]
) -> None:
    known = features(front_depth=feature)["front_depth"]
    assert (known.spec.kind, known.spec.shape, known.problem) == (kind, shape, "")


# Depth of eight bits, of which nobody says what they mean.
GRAY = {"video.is_depth_map": True, "video.pix_fmt": "yuv420p"}


@pytest.mark.parametrize(
    "feature",
    [
        {"dtype": "video", "shape": [32, 48, 3], "info": GRAY},
        {"dtype": "image", "shape": [7]},
        {"dtype": "complex64", "shape": [7]},
        {"dtype": "nonsense", "shape": [7]},
        {"dtype": "uint8", "shape": [2, 32, 48, 3]},
    ],
)
def test_what_is_not_read_says_so(feature: dict[str, Any]) -> None:
    assert "not read" in features(x=feature)["x"].problem


@pytest.mark.parametrize(
    ("names", "known"),
    [
        (["x", "y", "gripper"], ("x", "y", "gripper")),
        ({"motors": ["x", "y", "gripper"]}, ("x", "y", "gripper")),
        (["x", "y"], ()),
        ([1, 2, 3], ()),
        ({"a": 0, "b": 1, "c": 2}, ()),
        (None, ()),
    ],
)
def test_values_have_the_names_that_the_index_tells(names: Any, known: tuple[str, ...]) -> None:
    feature = {"dtype": "float32", "shape": [3], "names": names}
    assert features(action=feature)["action"].spec.names == known


def test_text_is_left_out() -> None:
    assert features(task={"dtype": "string", "shape": [1]}) == {}
