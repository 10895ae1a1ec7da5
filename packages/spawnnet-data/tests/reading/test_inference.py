from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading.inference import (
    camera_names,
    infer_mapping,
    left_out,
    unused_arrays,
)
from spawnnet_data.reading.mapping import KeyMapping, ViewConfig, check_mapping
from spawnnet_data.sources.formats import open_source


@pytest.mark.parametrize(
    "names",
    [
        {"observation.images.front": "front", "observation.images.front_depth": "front"},
        {"obs/agentview_image": "agentview", "obs/agentview_depth": "agentview"},
        {"obs/rgb/0": "view_0", "obs/depth/0": "view_0", "obs/rgb/1": "view_1"},
        {"obs/depth/wrist": "wrist", "obs/rgb/wrist": "wrist"},
        {"img": "camera", "depth": "camera"},
        {"obs/rgb": "camera", "obs/front/rgb": "front"},
        {"camera_1": "camera_1"},
        {"obs/front/rgb": "front", "obs/wrist/rgb": "wrist", "obs/wrist/depth": "wrist"},
        {"left/cam/rgb": "left_cam", "right/cam/rgb": "right_cam", "right/top/rgb": "top"},
        {"obs/sensor_data/base_camera/rgb": "base_camera"},
        {"camera0_rgb": "camera0", "camera1_rgb": "camera1"},
        {"cam/rgb": "cam", "obs/cam/rgb": "obs_cam"},
        {"obs/rgb": "obs", "observation/rgb": "observation"},
    ],
)
def test_cameras_of_different_keys_have_different_names(names: dict[str, str]) -> None:
    assert camera_names(names) == names


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


def test_two_colour_images_of_one_camera_are_two_views(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.zeros((5, 2), np.float32)
        for key in ("obs/front_rgb", "obs/front_image"):
            file[key] = np.zeros((5, 16, 24, 3), np.uint8)
    views = infer_mapping(open_source(tmp_path)).views
    assert {view.rgb for view in views.values()} == {"obs/front_rgb", "obs/front_image"}


def test_nothing_called_action_is_an_error_of_actions(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["traj_0/obs/state"] = np.zeros((5, 2), np.float32)
    with pytest.raises(ConfigurationError, match="there are obs/state") as caught:
        infer_mapping(open_source(tmp_path))
    assert caught.value.field == "actions"


def test_cameras_that_no_view_uses_are_told(tmp_path: Path, write: SimpleNamespace) -> None:
    source = open_source(write.original(tmp_path).path)
    assert left_out(source, infer_mapping(source)) == []
    mapping = KeyMapping({"a": ViewConfig("obs/rgb/1")}, ("actions",))
    keys = [problem.key for problem in left_out(source, mapping)]
    assert keys == ["obs/depth/0", "obs/depth/1", "obs/rgb/0"]


def test_only_vectors_are_taken_for_proprioception(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        group = file.create_group("traj_0")
        group["actions"] = np.zeros((5, 3), np.float32)
        group["obs/agent/qpos"] = np.zeros((6, 9), np.float32)
        group["obs/extra/is_grasped"] = np.zeros(6, bool)
        group["obs/sensor_data/cam/rgb"] = np.zeros((6, 16, 24, 3), np.uint8)
        group["obs/sensor_data/cam/segmentation"] = np.zeros((6, 16, 24, 1), np.int16)
        group["obs/sensor_param/cam/intrinsic_cv"] = np.zeros((6, 3, 3), np.float32)
        group["obs/pointcloud/xyzw"] = np.zeros((6, 50, 4), np.float32)
    source = open_source(tmp_path)
    mapping = infer_mapping(source)
    assert mapping.proprioception == ("obs/agent/qpos", "obs/extra/is_grasped")
    assert unused_arrays(source, mapping) == [
        "obs/pointcloud/xyzw",
        "obs/sensor_data/cam/segmentation",
        "obs/sensor_param/cam/intrinsic_cv",
    ]


def test_one_array_of_observations_is_the_proprioception(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        group = file.create_group("traj_0")
        group["actions"], group["obs"] = np.zeros((5, 3)), np.zeros((6, 42))
    assert infer_mapping(open_source(tmp_path)).proprioception == ("obs",)
