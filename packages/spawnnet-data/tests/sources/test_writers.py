"""One small file as each writer of demonstrations lays it out, and what is read of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import zarr
from PIL import Image

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping, left_out
from spawnnet_data.reading.mapping import KeyMapping, ViewConfig
from spawnnet_data.sources.formats import open_source
from spawnnet_data.tools.check import CheckConfig, check_source

T, H, W = 6, 16, 24
ROBOCASA_CAMERAS = ("robot0_agentview_left", "robot0_agentview_right", "robot0_eye_in_hand")


def colours(seed: int, length: int = T) -> Any:
    return np.random.default_rng(seed).integers(0, 256, (length, H, W, 3), np.uint8)


def floats(*shape: int) -> Any:
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


def jpeg(image: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG")
    return file.getvalue()


def aloha(root: Path) -> Path:
    for episode in range(2):
        with h5py.File(root / f"episode_{episode}.hdf5", "w") as file:
            file.attrs["sim"], file.attrs["compress"] = True, True
            file["action"], file["base_action"] = floats(T, 14), floats(T, 2)
            for name in ("qpos", "qvel", "effort"):
                file[f"observations/{name}"] = floats(T, 14)
            for camera in ("cam_high", "cam_left_wrist"):
                rows = [np.frombuffer(jpeg(image), np.uint8) for image in colours(episode)]
                longest = max(map(len, rows))
                rows = [np.pad(row, (0, longest - len(row))) for row in rows]
                images = file.require_group("observations/images")
                images.create_dataset(camera, data=np.stack(rows), chunks=(1, longest))
            file["compress_len"] = np.full((2, T), longest, np.float32)
    return root


def raw_aloha(root: Path) -> Path:
    for episode in range(2):
        with h5py.File(root / f"episode_{episode}.hdf5", "w") as file:
            file.attrs["sim"] = True
            file["action"] = floats(T, 14)
            for name in ("qpos", "qvel"):
                file[f"observations/{name}"] = floats(T, 14)
            for camera in ("top", "angle"):
                images = file.require_group("observations/images")
                images.create_dataset(camera, data=colours(episode), chunks=(1, H, W, 3))
                depth = file.require_group("observations/images_depth")
                depth[camera] = np.full((T, H, W), 700, np.uint16)
    return root


def maniskill(root: Path) -> Path:
    path = root / "trajectory.h5"
    with h5py.File(path, "w") as file:
        for episode in range(2):
            group = file.create_group(f"traj_{episode}")
            group["actions"] = floats(T, 8)
            for name in ("success", "terminated", "truncated"):
                group[name] = np.zeros(T, bool)
            group["rewards"] = floats(T)
            group["obs/agent/qpos"], group["obs/agent/qvel"] = floats(T + 1, 9), floats(T + 1, 9)
            group["obs/extra/is_grasped"] = np.zeros(T + 1, bool)
            group["obs/extra/tcp_pose"] = floats(T + 1, 7)
            camera = "obs/sensor_data/base_camera"
            group[f"{camera}/rgb"] = colours(episode, T + 1)
            group[f"{camera}/depth"] = np.full((T + 1, H, W, 1), 700, np.int16)
            group[f"{camera}/segmentation"] = np.zeros((T + 1, H, W, 1), np.int16)
            group[f"{camera}/position"] = np.zeros((T + 1, H, W, 3), np.int16)
            group["obs/sensor_param/base_camera/extrinsic_cv"] = floats(T + 1, 3, 4)
            group["env_states/actors/cube"] = floats(T + 1, 13)
    return path


def maniskill_state(root: Path) -> Path:
    path = root / "trajectory.h5"
    with h5py.File(path, "w") as file:
        for episode in range(2):
            group = file.create_group(f"traj_{episode}")
            group["actions"], group["obs"] = floats(T, 8), floats(T + 1, 42)
            for name in ("success", "terminated", "truncated"):
                group[name] = np.zeros(T, bool)
            group["env_states/actors/cube"] = floats(T + 1, 13)
    return path


def minari(root: Path) -> Path:
    with h5py.File(root / "main_data.hdf5", "w") as file:
        for episode in range(2):
            group = file.create_group(f"episode_{episode}")
            group["observations"] = floats(T + 1, 5)
            group["actions"] = floats(T, 3)
            for name in ("rewards", "terminations", "truncations"):
                group[name] = np.zeros(T, np.float32 if name == "rewards" else bool)
    return root


def minari_images(root: Path) -> Path:
    (root / "data").mkdir()
    with h5py.File(root / "data" / "main_data.hdf5", "w") as file:
        for episode in range(2):
            group = file.create_group(f"episode_{episode}")
            rows = np.empty(T + 1, object)
            rows[:] = [np.frombuffer(jpeg(image), np.uint8) for image in colours(episode, T + 1)]
            bytes_of_images = h5py.vlen_dtype(np.dtype("uint8"))
            group.create_dataset("observations/image", data=rows, dtype=bytes_of_images)
            group["observations/proprio"] = floats(T + 1, 5)
            group.create_group("infos")
            group["actions"] = floats(T, 3)
            for name in ("rewards", "terminations", "truncations"):
                group[name] = np.zeros(T, np.float64 if name == "rewards" else bool)
    return root


def robomimic(root: Path, more: Callable[[Any, int], None]) -> Path:
    path = root / "demo.hdf5"
    with h5py.File(path, "w") as file:
        file.create_group("data").attrs["env_args"] = '{"env_kwargs": {"control_freq": 20}}'
        for episode in range(2):
            demo = file.create_group(f"data/demo_{episode}")
            demo.attrs["num_samples"] = T
            demo["actions"] = floats(T, 7).astype(np.float64)
            more(demo, episode)
    return path


def libero(root: Path) -> Path:
    def more(demo: Any, episode: int) -> None:
        for camera in ("agentview_rgb", "eye_in_hand_rgb"):
            demo[f"obs/{camera}"] = colours(episode)
        demo.parent.attrs["bddl_file_name"] = "bddl_files/libero_object/pick_up_the_butter.bddl"
        demo["obs/joint_states"], demo["obs/ee_states"] = floats(T, 7), floats(T, 6)
        demo["robot_states"] = floats(T, 9)
        demo["rewards"] = demo["dones"] = np.zeros(T, np.uint8)

    return robomimic(root, more)


def robocasa(root: Path) -> Path:
    """Write what `dataset_states_to_obs.py` leaves: arms on a mobile base, observations packed."""

    def more(demo: Any, episode: int) -> None:
        images = {f"{camera}_image": colours(episode) for camera in ROBOCASA_CAMERAS}
        widths = {"robot0_base_pos": 3, "robot0_eef_pos": 3, "robot0_gripper_qpos": 2, "object": 14}
        states = {name: floats(T, width).astype(np.float64) for name, width in widths.items()}
        for name, values in {**images, **states}.items():
            demo.create_dataset(f"obs/{name}", data=values, compression="gzip")
        del demo["actions"]
        demo["actions"] = floats(T, 12).astype(np.float64)
        demo["states"], demo["rewards"] = floats(T, 40), np.zeros(T)
        demo["dones"] = np.zeros(T, np.int64)
        for name, width in (("gripper", 1), ("rel_pos", 3), ("rel_rot_6d", 6)):
            demo[f"action_dict/{name}"] = floats(T, width)
        demo.attrs["model_file"], demo.attrs["ep_meta"] = "<mujoco/>", '{"lang": "open the door"}'

    path = robomimic(root, more)
    with h5py.File(path, "a") as file:
        file["mask/10_demos"] = np.array(["demo_0", "demo_1"], dtype="S")
    return path


def isaac_lab(root: Path) -> Path:
    def more(demo: Any, episode: int) -> None:
        demo["initial_state/articulation/robot/joint_position"] = floats(1, 9)
        demo["states/articulation/robot/joint_position"] = floats(T, 9)
        demo["processed_actions"] = floats(T, 9)
        demo["obs/joint_pos"] = floats(T, 9)
        demo["obs/datagen_info/eef_pose/franka"] = floats(T, 4, 4)
        demo["obs/table_cam_normals"] = floats(T, H, W, 3)
        demo["obs/table_cam_segmentation"] = np.zeros((T, H, W, 1), np.int32)
        demo["obs/table_cam"] = colours(episode)
        demo["obs/table_cam_depth"] = np.full((T, H, W, 1), 0.7, np.float32)

    return robomimic(root, more)


def diffusion_policy(root: Path) -> Path:
    path = root / "replay.zarr.zip"
    with zarr.storage.ZipStore(path, mode="w") as store:
        group = zarr.group(store, zarr_format=2)
        group.create_array("data/camera0_rgb", data=np.concatenate([colours(0), colours(1)]))
        group.create_array("data/robot0_eef_pos", data=floats(2 * T, 3))
        group.create_array("data/action", data=floats(2 * T, 7))
        group.create_array("meta/episode_ends", data=np.array([T, 2 * T]))
    return path


def umi(root: Path) -> Path:
    path = root / "dataset.zarr.zip"
    with zarr.storage.ZipStore(path, mode="w") as store:
        group = zarr.group(store, zarr_format=2)
        for camera in range(2):
            images = np.concatenate([colours(camera), colours(camera + 1)])
            group.create_array(f"data/camera{camera}_rgb", data=images, chunks=(1, H, W, 3))
        for name, width in (("eef_pos", 3), ("eef_rot_axis_angle", 3), ("gripper_width", 1)):
            group.create_array(f"data/robot0_{name}", data=floats(2 * T, width))
        group.create_array("meta/episode_ends", data=np.array([T, 2 * T]))
    return path


@pytest.mark.parametrize(
    ("write_files", "format_name", "views", "widths"),
    [
        (aloha, "ALOHA HDF5", ("cam_high", "cam_left_wrist"), (14, 14)),
        (raw_aloha, "ALOHA HDF5", ("angle", "top"), (14, 14)),
        (maniskill, "ManiSkill HDF5", ("base_camera",), (8, 26)),
        (maniskill_state, "ManiSkill HDF5", (), (8, 42)),
        (minari, "Minari HDF5", (), (3, 5)),
        (minari_images, "Minari HDF5", ("camera",), (3, 5)),
        (libero, "robomimic", ("agentview", "eye_in_hand"), (7, 13)),
        (robocasa, "robomimic", ROBOCASA_CAMERAS, (12, 8)),
        (isaac_lab, "robomimic", ("table_cam",), (7, 9)),
        (diffusion_policy, "Diffusion Policy zarr", ("camera0",), (7, 0)),
    ],
)
def test_files_of_every_writer_are_read_and_sound(
    tmp_path: Path,
    write_files: Callable[[Path], Path],
    format_name: str,
    views: tuple[str, ...],
    widths: tuple[int, int],
) -> None:
    source = open_source(write_files(tmp_path))
    assert source.format == format_name
    demonstrations = Demonstrations(source, infer_mapping(source))
    assert demonstrations.views == views
    assert demonstrations.lengths.tolist() == [T, T]
    assert (demonstrations.action_dim, demonstrations.proprioception_dim) == widths
    if views:
        images = demonstrations.rgb(1, np.arange(T))
        assert images.shape == (T, len(views), 3, H, W)
        difference = images[:, 0].astype(float) - colours(1).transpose(0, 3, 1, 2)
        # JPEG blurs noise; it does not move it.
        assert np.abs(difference.mean()) < 3
    problems = [problem for found in check_source(source, CheckConfig()) for problem in found]
    assert [str(problem) for problem in problems if "jumps" not in problem.message] == []


@pytest.mark.parametrize("write_files", [maniskill, isaac_lab, raw_aloha])
def test_depth_is_in_metres_whatever_the_type(
    tmp_path: Path, write_files: Callable[[Path], Path]
) -> None:
    source = open_source(write_files(tmp_path))
    depth = Demonstrations(source, infer_mapping(source)).depth(0, np.arange(T))
    np.testing.assert_allclose(depth, 0.7, rtol=1e-6)


def test_the_depth_buffer_that_libero_writes_is_not_taken_for_distances(tmp_path: Path) -> None:
    path = libero(tmp_path)
    with h5py.File(path, "a") as file:
        for episode in range(2):
            demo = file[f"data/demo_{episode}"]
            demo["obs/agentview_depth"] = np.full((T, H, W, 1), 0.98, np.float32)
    source = open_source(path)
    mapping = infer_mapping(source)
    assert mapping.views["agentview"].depth is None
    (lost,) = left_out(source, mapping)
    assert lost.key == "obs/agentview_depth"
    assert "depth buffer from 0 to 1 and no distances" in lost.message


def test_poses_of_umi_can_be_the_actions(tmp_path: Path) -> None:
    source = open_source(umi(tmp_path))
    with pytest.raises(ConfigurationError, match="under `actions` of a key mapping") as caught:
        infer_mapping(source)
    assert caught.value.field == "actions"
    poses = ("robot0_eef_pos", "robot0_eef_rot_axis_angle", "robot0_gripper_width")
    views = {f"camera{i}": ViewConfig(f"camera{i}_rgb") for i in range(2)}
    demonstrations = Demonstrations(source, KeyMapping(views, poses, poses))
    np.testing.assert_array_equal(demonstrations.actions(1), demonstrations.proprioception(1))
    assert demonstrations.action_dim == 7
    images = demonstrations.rgb(1, np.arange(T))
    np.testing.assert_array_equal(images[:, 1], colours(2).transpose(0, 3, 1, 2))
