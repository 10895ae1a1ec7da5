from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

from spawnnet_data.sources.formats import open_source


def test_file_in_the_layout_of_robomimic(reference: Path) -> None:
    source = open_source(reference / "datasets/robomimic_tiny.hdf5")
    assert [(e.name, e.length) for e in source.episodes] == [
        ("demo_0", 6),
        ("demo_1", 9),
        ("demo_2", 5),
    ]
    assert {name: list(part) for name, part in source.splits.items()} == {
        "train": [0, 1],
        "valid": [2],
    }
    with h5py.File(source.path) as file:
        for i in range(3):
            demo = file[f"data/demo_{i}"]
            np.testing.assert_array_equal(source.read(i, "actions"), demo["actions"])
            for camera in ("agentview_image", "robot0_eye_in_hand_image"):
                images = demo[f"obs/{camera}"][:].transpose(0, 3, 1, 2)
                np.testing.assert_array_equal(source.read(i, f"obs/{camera}"), images)


def test_masks_are_splits_and_the_control_frequency_is_the_rate(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    source = open_source(write.robomimic(tmp_path / "set").path)
    assert source.splits == {"train": (0, 2), "valid": (1,)}
    assert source.rate == 20


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda f: f["data/demo_1"].attrs.modify("num_samples", 7),
            "demo_1.*step 7: has 9 steps, but `num_samples` says 7",
        ),
        (lambda f: f["data/demo_1"].pop("actions"), "demo_1, key actions: has no actions"),
        (
            lambda f: f["mask"].create_dataset("more", data=[b"demo_8"]),
            "demo_8: is listed in the mask 'more'",
        ),
    ],
)
def test_contradictions_are_problems(
    tmp_path: Path, write: SimpleNamespace, damage: object, message: str
) -> None:
    path = write.robomimic(tmp_path / "set").path
    with h5py.File(path, "a") as file:
        damage(file)  # type: ignore[operator]
    (problem,) = open_source(path).problems
    with pytest.raises(ValueError, match=message):
        raise ValueError(str(problem))


def test_damaged_arguments_of_the_environment_are_a_problem(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    path = write.robomimic(tmp_path / "set").path
    with h5py.File(path, "a") as file:
        file["data"].attrs["env_args"] = "{control"
    source = open_source(path)
    assert source.rate is None
    (problem,) = source.problems
    assert "key data: the attribute `env_args` cannot be read, Expecting" in str(problem)


def test_every_file_of_a_folder_is_read(tmp_path: Path, write: SimpleNamespace) -> None:
    first = write.robomimic(tmp_path / "set/b").path
    write.robomimic(tmp_path / "set/a")
    (tmp_path / "set/broken.hdf5").write_bytes(b"no HDF5")
    source = open_source(tmp_path / "set")
    names = [episode.name for episode in source.episodes]
    assert names == [f"{f}/demos.hdf5:demo_{i}" for f in "ab" for i in range(3)]
    assert source.splits == {"train": (0, 2, 3, 5), "valid": (1, 4)}
    expected = open_source(first).read(2, "actions")
    np.testing.assert_array_equal(source.read(5, "actions"), expected)
    assert [Path(problem.file).name for problem in source.problems] == ["broken.hdf5"]


def test_demonstrations_are_in_natural_order(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        for number in (10, 9, 0):
            file[f"data/demo_{number}/actions"] = np.zeros((2, 1))
    source = open_source(tmp_path / "a.hdf5")
    assert [e.name for e in source.episodes] == ["demo_0", "demo_9", "demo_10"]
    assert source.rate is None
