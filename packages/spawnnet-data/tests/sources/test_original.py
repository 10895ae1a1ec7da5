from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from spawnnet_data.common.errors import DataError
from spawnnet_data.sources.formats import open_source
from spawnnet_data.sources.original import open_original


def test_file_of_the_original_release(reference: Path) -> None:
    source = open_source(reference / "golden/gdict/traj_12.h5")
    assert [episode.length for episode in source.episodes] == [12]
    with h5py.File(source.path) as file:
        group = file["dict_str_traj_0"]
        np.testing.assert_array_equal(source.read(0, "actions"), group["dict_str_actions"])
        np.testing.assert_array_equal(source.read(0, "dones"), group["dict_str_dones"])
        obs = group["dict_str_obs"]
        np.testing.assert_array_equal(source.read(0, "obs/state"), obs["dict_str_state"])
        for view in range(2):
            rgb, depth = source.read(0, f"obs/rgb/{view}"), source.read(0, f"obs/depth/{view}")
            np.testing.assert_array_equal(rgb, obs["dict_str_rgb"][:, view])
            np.testing.assert_array_equal(depth, obs["dict_str_depth"][:, view])


def test_pickles_of_the_original_release_are_not_loaded(reference: Path) -> None:
    source = open_source(reference / "golden/gdict/pickled_leaf.h5")
    assert source.keys == ()
    assert "without any array" in source.problems[0].message


def test_files_below_any_directory_in_natural_order(tmp_path: Path, write: SimpleNamespace) -> None:
    for name in ("none/traj_10.h5", "none/traj_2.h5", "b/deep/traj_1.hdf5", "none/.traj_3.h5"):
        write.trajectory(tmp_path / name, 3)
    names = [episode.name for episode in open_original(tmp_path).episodes]
    assert names == ["b/deep/traj_1.hdf5:traj_0", "none/traj_2.h5:traj_0", "none/traj_10.h5:traj_0"]


def test_every_trajectory_of_a_file_or_only_the_first(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    for number, length in ((10, 3), (2, 5)):
        write.trajectory(tmp_path / "many.h5", length, number, name=f"traj_{number}")
    assert [e.length for e in open_original(tmp_path).episodes] == [5, 3]
    first = open_original(tmp_path, trajectories="first")
    assert [e.name for e in first.episodes] == ["many.h5:traj_2"]


def test_file_without_a_trajectory_group_is_one_trajectory(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "flat.h5", "w") as file:
        file["obs/rgb"] = np.zeros((4, 3, 5, 6), np.uint8)
        file["actions"] = np.arange(4.0)
    source = open_original(tmp_path / "flat.h5")
    assert source.episodes[0].name == "flat.h5"
    assert source.describe(0, "obs/rgb").shape == (3, 5, 6)
    assert source.read(0, "actions", [2]).tolist() == [2.0]


def test_views_are_called_as_the_file_calls_them(tmp_path: Path, write: SimpleNamespace) -> None:
    arrays = write.trajectory(tmp_path / "a.h5", 3)
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["traj_0/obs/rgb"].attrs["views"] = ["wrist", "front"]
        file.attrs["rate"] = 15.0
        file["traj_0"].attrs["task"] = "place the bag"
    source = open_original(tmp_path)
    np.testing.assert_array_equal(source.read(0, "obs/rgb/front"), arrays["obs/rgb/1"])
    assert source.rate == 15
    assert source.episodes[0].task == "place the bag"


def test_broken_file_is_a_problem_and_the_others_are_read(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    write.original(tmp_path)
    file = tmp_path / "traj_1.h5"
    file.write_bytes(file.read_bytes()[:-1000])
    source = open_source(tmp_path)
    assert [episode.length for episode in source.episodes] == [5, 4]
    (problem,) = source.problems
    assert problem.file == str(file)
    assert "truncated" in problem.message


def test_damaged_chunk_names_file_key_and_step(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    images = np.random.default_rng(0).integers(0, 256, (6, 3, 8, 9), np.uint8)
    with h5py.File(path, "w") as file:
        data = file.create_dataset("obs/rgb", data=images, chunks=(1, 3, 8, 9), compression="gzip")
        file["actions"] = np.zeros((6, 2))
        place = data.id.get_chunk_info(4).byte_offset
    content = bytearray(path.read_bytes())
    content[place + 10 : place + 60] = bytes(50)
    path.write_bytes(content)
    source = open_original(path)
    np.testing.assert_array_equal(source.read(0, "obs/rgb", [0, 3, 5]), images[[0, 3, 5]])
    with pytest.raises(DataError, match=r"a\.h5, .*key obs/rgb, step 4: cannot be read"):
        source.read(0, "obs/rgb")


def test_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no file \.h5"):
        open_original(tmp_path)


def test_text_and_scalars_are_left_out(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["traj_0/actions"] = np.zeros((3, 2))
        file["traj_0/language"] = np.array([b"pick", b"pick", b"lift"])
        file["traj_0/camera_height"] = 0.7
    assert open_original(tmp_path).keys == ("actions",)


def test_trajectory_without_time_steps_is_a_problem(tmp_path: Path, write: SimpleNamespace) -> None:
    write.trajectory(tmp_path / "a.h5", 3)
    write.trajectory(tmp_path / "b.h5", 0)
    source = open_original(tmp_path)
    assert [episode.name for episode in source.episodes] == ["a.h5:traj_0"]
    (problem,) = source.problems
    assert str(problem).startswith(f"{tmp_path / 'b.h5'}, episode b.h5:traj_0: holds no trajectory")


def test_keys_are_known_although_the_first_episode_lacks_one(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    write.original(tmp_path)
    with h5py.File(tmp_path / "traj_0.h5", "a") as file:
        del file["traj_0/obs/state"]
    source = open_original(tmp_path)
    assert "obs/state" in source.keys
    with pytest.raises(DataError, match=r"traj_0\.h5.*key obs/state: the key is missing"):
        source.describe(0, "obs/state")


def test_float_colours_from_0_to_1_read_as_grey_levels(tmp_path: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 256, (4, 5, 6, 3), np.uint8)
    for i in range(2):
        with h5py.File(tmp_path / f"{i}.h5", "w") as file:
            file["traj_0/obs/rgb"] = (levels / 255).astype(np.float32)
            file["traj_0/actions"] = np.zeros((4, 1))
    read = open_original(tmp_path).read(1, "obs/rgb", [3, 0])
    np.testing.assert_array_equal(read, levels[[3, 0]].transpose(0, 3, 1, 2))


def test_float_colours_that_exceed_1_a_little_are_refused_by_their_value(tmp_path: Path) -> None:
    for i in range(2):
        with h5py.File(tmp_path / f"{i}.h5", "w") as file:
            file["traj_0/obs/rgb"] = np.full((4, 5, 6, 3), 0.5 + i * 0.504, np.float32)
            file["traj_0/actions"] = np.zeros((4, 1))
    with pytest.raises(DataError, match=r"1\.h5.*key obs/rgb, step 0: the largest .* is 1\.00"):
        open_original(tmp_path).read(0, "obs/rgb", [3])


def test_float_colours_are_rounded_and_must_be_grey_levels(tmp_path: Path) -> None:
    images = np.full((3, 2, 3, 4, 5), 7.6, np.float32)
    images[2, 1, 0, 0, 0] = 300
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["traj_0/obs/rgb"] = images
        file["traj_0/actions"] = np.zeros((3, 1))
    source = open_original(tmp_path)
    assert (source.read(0, "obs/rgb/0") == 8).all()
    with pytest.raises(DataError, match="key obs/rgb/1, step 2: an rgb value is NaN or outside"):
        source.read(0, "obs/rgb/1")
