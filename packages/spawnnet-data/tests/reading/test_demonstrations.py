from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from spawnnet_data.common.errors import DataError
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.reading.mapping import KeyMapping, ViewConfig
from spawnnet_data.sources.formats import open_source

MAPPING = KeyMapping(
    {"b": ViewConfig("obs/rgb/1", "obs/depth/1"), "a": ViewConfig("obs/rgb/0")},
    actions=("actions", "obs/state"),
    proprioception=("obs/state",),
)
STEPS = np.array([3, 0, 2])


def test_views_follow_the_names_of_the_mapping(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.original(tmp_path)
    demonstrations = Demonstrations(open_source(tmp_path), MAPPING)
    keys = written.episodes[1]
    rgb = demonstrations.rgb(1, STEPS)
    np.testing.assert_array_equal(rgb[:, 0], keys["obs/rgb/1"][STEPS])
    np.testing.assert_array_equal(rgb[:, 1], keys["obs/rgb/0"][STEPS])
    assert demonstrations.views == ("b", "a")


def test_view_without_depth_gets_zeros(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.original(tmp_path)
    depth = Demonstrations(open_source(tmp_path), MAPPING).depth(1, STEPS)
    np.testing.assert_array_equal(depth[:, 0], written.episodes[1]["obs/depth/1"][STEPS])
    assert (depth[:, 1] == 0).all()


def test_images_stay_in_memory_where_all_of_them_fit(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    written = write.original(tmp_path)
    size = Demonstrations(open_source(tmp_path), MAPPING).decoded_bytes()
    assert not Demonstrations(open_source(tmp_path), MAPPING, memory=size - 1).is_kept
    demonstrations = Demonstrations(open_source(tmp_path), MAPPING, memory=size)
    assert demonstrations.is_kept
    for steps in (STEPS, STEPS[1:]):
        keys = written.episodes[1]
        rgb, depth = demonstrations.rgb(1, steps), demonstrations.depth(1, steps)
        np.testing.assert_array_equal(rgb[:, 0], keys["obs/rgb/1"][steps])
        np.testing.assert_array_equal(depth[:, 0], keys["obs/depth/1"][steps])
        assert (depth[:, 1] == 0).all()
        for path in tmp_path.glob("*.h5"):  # what was read once is not read again
            path.unlink()


def test_millimetres_become_metres(tmp_path: Path) -> None:
    stored = np.random.default_rng(0).integers(1, 5000, (4, 6, 7), np.uint16)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.zeros((4, 2))
        file["rgb"] = np.zeros((4, 3, 6, 7), np.uint8)
        file["depth"] = stored
    mapping = KeyMapping({"c": ViewConfig("rgb", "depth")}, ("actions",))
    depth = Demonstrations(open_source(tmp_path), mapping).depth(0, np.arange(4))
    np.testing.assert_allclose(depth[:, 0, 0], stored / 1000, rtol=1e-6)


def test_keys_are_put_side_by_side(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.original(tmp_path)
    demonstrations = Demonstrations(open_source(tmp_path), MAPPING)
    keys = written.episodes[2]
    expected = np.concatenate([keys["actions"], keys["obs/state"]], 1)
    np.testing.assert_array_equal(demonstrations.actions(2), expected)
    assert (demonstrations.action_dim, demonstrations.proprioception_dim) == (15, 7)


def test_no_proprioception_has_width_zero(tmp_path: Path, write: SimpleNamespace) -> None:
    write.original(tmp_path)
    demonstrations = Demonstrations(open_source(tmp_path), KeyMapping({}, ("actions",)))
    assert demonstrations.proprioception(1).shape == (9, 0)
    assert demonstrations.rgb(1, STEPS).shape == (3, 0, 3, 0, 0)


def test_views_of_different_size_need_an_image_size(reference: Path) -> None:
    source = open_source(reference / "datasets/lerobot_v3.0")
    views = {c: ViewConfig(f"observation.images.{c}") for c in ("front", "wrist")}
    with pytest.raises(ValueError, match=r"image_size: .*front 96x128.*wrist 96x96"):
        _ = Demonstrations(source, KeyMapping(views, ("action",))).image_size
    resized = Demonstrations(source, KeyMapping(views, ("action",), image_size=(24, 32)))
    images = resized.rgb(0, np.arange(3))
    assert images.shape == (3, 2, 3, 24, 32)
    # Front shrinks by four in both directions, where antialiased bilinear is near the block mean.
    stored = source.read(0, "observation.images.front", range(3)).astype(float)
    blocks = stored.reshape(3, 3, 24, 4, 32, 4).mean((3, 5))
    assert np.abs(images[:, 0] - blocks).mean() < 8


def test_depth_is_resized_without_new_values(tmp_path: Path) -> None:
    depth = np.where(np.arange(8) < 4, 1.0, 2.0).astype(np.float32)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.zeros((1, 2))
        file["rgb"] = np.zeros((1, 3, 6, 8), np.uint8)
        file["depth"] = np.broadcast_to(depth, (1, 6, 8))
    mapping = KeyMapping({"c": ViewConfig("rgb", "depth")}, ("actions",), image_size=(3, 5))
    resized = Demonstrations(open_source(tmp_path), mapping).depth(0, np.arange(1))
    assert resized.shape == (1, 1, 1, 3, 5)
    assert set(resized.ravel().tolist()) == {1.0, 2.0}


def test_split_and_stride_choose_episodes(tmp_path: Path, write: SimpleNamespace) -> None:
    source = open_source(write.robomimic(tmp_path / "set").path)
    mapping = infer_mapping(source)
    assert Demonstrations(source, mapping, split="train").lengths.tolist() == [5, 4]
    assert Demonstrations(source, mapping, stride=2).lengths.tolist() == [5, 4]
    with pytest.raises(ValueError, match=r"split: 'test' does not exist.*there are train, valid"):
        Demonstrations(source, mapping, split="test")


def nan_action(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file["traj_0/actions"][6, 1] = np.nan


def shorter_state(path: Path) -> None:
    with h5py.File(path, "a") as file:
        state = file["traj_0/obs/state"][:-2]
        del file["traj_0/obs/state"]
        file["traj_0/obs/state"] = state


def missing_rgb(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["traj_0/obs/rgb"]


def smaller_rgb(path: Path) -> None:
    with h5py.File(path, "a") as file:
        del file["traj_0/obs/rgb"]
        file["traj_0/obs/rgb"] = np.zeros((9, 2, 3, 5, 6), np.uint8)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-500])


DAMAGE = {
    nan_action: "traj_1.h5, .*key actions, step 6: a value is NaN",
    shorter_state: "traj_1.h5, .*key obs/state: has 7 time steps, but the episode has 9",
    missing_rgb: "traj_1.h5, .*key obs/rgb/1: the key is missing",
    smaller_rgb: r"traj_1.h5, .*key obs/rgb/1: holds rgb of shape \(3, 5, 6\), but .*\(3, 32, 48\)",
    cut_short: "traj_1.h5: cannot be opened, truncated",
}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda damage: damage.__name__)
def test_damage_is_an_error_or_skipped_and_reported(
    tmp_path: Path,
    write: SimpleNamespace,
    caplog: pytest.LogCaptureFixture,
    damage: object,
) -> None:
    write.original(tmp_path)
    damage(tmp_path / "traj_1.h5")  # type: ignore[operator]
    with pytest.raises(DataError, match=DAMAGE[damage]):  # type: ignore[index]
        Demonstrations(open_source(tmp_path), MAPPING)
    rest = Demonstrations(open_source(tmp_path), MAPPING, skip_broken=True)
    assert rest.lengths.tolist() == [5, 4]
    assert [problem.file for problem in rest.skipped] == [str(tmp_path / "traj_1.h5")]
    assert str(rest.skipped[0]) in caplog.text
    assert rest.episode(1).name == "traj_2.h5:traj_0"


def test_nothing_left_is_an_error(tmp_path: Path, write: SimpleNamespace) -> None:
    write.original(tmp_path, lengths=(9,))
    nan_action(tmp_path / "traj_0.h5")
    with pytest.raises(DataError, match="no usable episode is left"):
        Demonstrations(open_source(tmp_path), MAPPING, skip_broken=True)
