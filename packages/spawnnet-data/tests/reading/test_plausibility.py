from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.mapping import KeyMapping, ViewConfig
from spawnnet_data.sources.formats import open_source


def demonstrations(folder: Path, depth: Any, **settings: Any) -> Demonstrations:
    with h5py.File(folder / "a.h5", "w") as file:
        file["actions"] = np.zeros((6, 2))
        file["rgb"] = np.zeros((6, 3, 16, 24), np.uint8)
        file["depth"] = depth
    mapping = KeyMapping({"c": ViewConfig("rgb", "depth", **settings)}, ("actions",))
    return Demonstrations(open_source(folder), mapping)


@pytest.mark.parametrize(
    ("stored", "settings"),
    [
        (1500.0, {}),
        (-1.0, {}),
        (1500, {"unit": "m"}),
        (30.0, {"unit": 10.0}),
    ],
)
def test_depth_that_no_camera_sees_is_an_error_of_the_unit(
    tmp_path: Path, stored: float, settings: dict[str, Any]
) -> None:
    depth = np.full((6, 16, 24), stored, np.uint16 if isinstance(stored, int) else np.float32)
    with pytest.raises(ConfigurationError, match=r"key 'depth' would be from") as caught:
        demonstrations(tmp_path, depth, **settings)
    assert caught.value.field == "views.c.unit"


@pytest.mark.parametrize("mark", ["inf", "nan"])
def test_unknown_distances_are_zero_where_the_mapping_names_their_mark(
    tmp_path: Path, mark: str
) -> None:
    depth = np.full((6, 16, 24), 1500.0, np.float32)
    depth[2, 3, 4] = float(mark)
    read = demonstrations(tmp_path, depth, unit="mm", unknown=(mark,)).depth(0, np.arange(6))
    assert read[2, 0, 0, 3, 4] == 0
    read[2, 0, 0, 3, 4] = 1.5
    np.testing.assert_allclose(read, 1.5, rtol=1e-6)
    plain = demonstrations(tmp_path, depth, unit="mm")
    with pytest.raises(ValueError, match=r"key depth, step 2: a depth is NaN or infinite; write"):
        plain.depth(0, np.arange(6))
