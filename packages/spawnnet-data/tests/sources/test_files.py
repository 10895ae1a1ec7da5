import os
from pathlib import Path

import pytest

from spawnnet_data.sources.files import DataFolder, excess_problem, size_problem, whole_chunks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "set/inner").mkdir(parents=True)
    (tmp_path / "set/inner/a.h5").write_bytes(b"abc")
    (tmp_path / "secret.h5").write_bytes(b"secret")
    return tmp_path / "set"


def test_a_file_inside_is_read_also_through_a_link(folder: Path) -> None:
    (folder / "link.h5").symlink_to("inner/a.h5")
    data = DataFolder(folder)
    assert data.problem(folder / "inner/a.h5") is None
    assert data.problem(folder / "link.h5") is None
    assert data.problem(folder / "inner/../inner/a.h5") is None
    assert DataFolder(folder / "inner/a.h5").problem(folder / "inner/a.h5") is None


def test_a_file_outside_is_refused_by_name_unless_links_are_followed(folder: Path) -> None:
    (folder / "link.h5").symlink_to("../secret.h5")
    (folder / "up").symlink_to("..")
    for file in (folder / "link.h5", folder / "../secret.h5", folder / "up/secret.h5"):
        message = DataFolder(folder).problem(file)
        assert message is not None
        assert f"outside of the data set, in {folder.parent / 'secret.h5'}" in message
        assert DataFolder(folder, follow_links=True).problem(file) is None


def test_what_is_no_file_is_refused(folder: Path) -> None:
    os.mkfifo(folder / "pipe.h5")
    (folder / "dead.h5").symlink_to("nothing")
    data = DataFolder(folder)
    for name in ("pipe.h5", "dead.h5", "inner"):
        assert "is no regular file" in str(data.problem(folder / name))
    assert data.problem(folder / "absent.h5") == "the file is missing."


def test_a_pointer_of_git_lfs_says_how_to_get_the_file(folder: Path) -> None:
    (folder / "a.h5").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:12\n")
    assert "git lfs pull" in str(DataFolder(folder).problem(folder / "a.h5"))


def test_links_and_pipes_anywhere_below_a_directory_are_found(folder: Path) -> None:
    data = DataFolder(folder)
    assert data.tree_problem(folder) is None
    (folder / "inner/0.0").symlink_to("../../secret.h5")
    assert "0.0 lies outside" in str(data.tree_problem(folder))
    assert DataFolder(folder, follow_links=True).tree_problem(folder) is None
    (folder / "inner/0.0").unlink()
    os.mkfifo(folder / "inner/0.1")
    assert "0.1 is no regular file" in str(data.tree_problem(folder))
    (folder / "out").symlink_to("..")
    assert "lies outside" in str(data.tree_problem(folder / "out"))


def test_arrays_may_be_as_large_as_compression_can_make_them() -> None:
    assert size_problem(60 * 2**20, 0) is None
    assert size_problem(2**30, 2**20) is None
    assert "declares 1,000,000,000,000 bytes" in str(size_problem(10**12, 2**20))


def test_more_bytes_than_values_need_are_refused() -> None:
    assert excess_problem(5_000, 200_000) is None
    assert excess_problem(10**9, 2 * 10**9) is None
    assert "keeps 300,000 bytes for 5,000 bytes of values" in str(excess_problem(5_000, 300_000))


def test_chunks_at_the_edges_count_whole() -> None:
    assert whole_chunks((5, 30, 4), (2, 16, 4)) == 6 * 32 * 4
    assert whole_chunks((), ()) == 1
