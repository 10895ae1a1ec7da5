from pathlib import Path

import h5py
import numpy as np
import pytest

from spawnnet_data.common.errors import DataError
from spawnnet_data.sources.hdf5_files import FileContents, open_files, trajectory_files
from spawnnet_data.sources.hdf5_tree import Tree
from spawnnet_data.sources.source import Episode


def contents(file: h5py.File, tree: Tree, relative: str) -> FileContents:
    """Take a file as one episode, which it puts into the split that it names."""
    del tree
    length = len(file["actions"])
    episode = Episode(relative, length, Path(file.filename))
    splits = {str(file.attrs["split"]): [0]}
    return FileContents("mine", [(episode, "/")], splits=splits, rate=file.attrs.get("rate"))


def write(path: Path, length: int, split: str, **attributes: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file["actions"] = np.zeros((length, 2))
        file.attrs.update({"split": split, **attributes})


def test_files_are_in_natural_order_without_hidden_and_other_ones(tmp_path: Path) -> None:
    for name in ("t_10.h5", "t_2.hdf5", "sub/t_1.h5", ".t_0.h5.part", ".t_3.h5", "note.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [str(file.relative_to(tmp_path)) for file in trajectory_files(tmp_path)]
    assert found == ["sub/t_1.h5", "t_2.hdf5", "t_10.h5"]
    assert trajectory_files(tmp_path / "note.txt") == [tmp_path / "note.txt"]


def test_episodes_splits_and_rate_of_all_files_come_together(tmp_path: Path) -> None:
    write(tmp_path / "0.h5", 3, "train")
    write(tmp_path / "1.h5", 4, "test", rate=-1.0)
    write(tmp_path / "2.h5", 5, "train", rate=20.0)
    source = open_files(tmp_path, contents, follow_links=False)
    assert [(e.name, e.length) for e in source.episodes] == [("0.h5", 3), ("1.h5", 4), ("2.h5", 5)]
    assert source.splits == {"train": [0, 2], "test": [1]}
    assert (source.format, source.rate) == ("mine", 20.0)


def test_a_file_that_cannot_be_read_is_a_problem_and_the_others_are_read(tmp_path: Path) -> None:
    write(tmp_path / "0.h5", 3, "train")
    (tmp_path / "1.h5").write_bytes(b"no HDF5")
    source = open_files(tmp_path, contents, follow_links=False)
    assert [episode.name for episode in source.episodes] == ["0.h5"]
    assert [Path(problem.file).name for problem in source.problems] == ["1.h5"]


def test_a_folder_without_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no file \.h5 or \.hdf5"):
        open_files(tmp_path, contents, follow_links=False)
