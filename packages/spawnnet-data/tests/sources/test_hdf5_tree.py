from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from spawnnet_data.common.errors import DataError, Problem
from spawnnet_data.sources.formats import open_source
from spawnnet_data.sources.hdf5_tree import Tree

VALUES = np.arange(24.0).reshape(6, 4)


@pytest.fixture
def file(tmp_path: Path) -> Any:
    with h5py.File(tmp_path / "store.h5", "w") as store:
        store["secret"] = VALUES + 1
    (tmp_path / "raw.bin").write_bytes(VALUES.tobytes())
    with h5py.File(tmp_path / "a.h5", "w") as handle:
        yield handle


def found(handle: Any, *, follow_links: bool = False) -> dict[str, Any]:
    return dict(Tree(follow_links).arrays(handle))


def test_soft_links_and_second_names_are_followed(file: Any) -> None:
    file["obs/state"] = VALUES
    file["obs/same"] = file["obs/state"]
    file["obs/soft"] = h5py.SoftLink("/obs/state")
    file["obs/relative"] = h5py.SoftLink("deep/there")
    file["obs/deep/there"] = h5py.SoftLink("/obs/same")
    arrays = found(file)
    assert sorted(arrays) == sorted(
        f"obs/{name}" for name in ("state", "same", "soft", "relative", "deep/there")
    )
    for array in arrays.values():
        np.testing.assert_array_equal(array[:], VALUES)


@pytest.mark.parametrize("link", ["external", "soft to external", "raw", "virtual"])
def test_values_in_other_files_are_refused_by_name_unless_followed(
    file: Any, tmp_path: Path, link: str
) -> None:
    file["obs/state"] = VALUES
    if "external" in link:
        file["obs/x"] = h5py.ExternalLink("store.h5", "/secret")
    if link == "soft to external":
        file["through"] = h5py.ExternalLink("store.h5", "/")
        del file["obs/x"]
        file["obs/x"] = h5py.SoftLink("/through/secret")
    if link == "raw":
        external = [(str(tmp_path / "raw.bin"), 0, VALUES.nbytes)]
        file.create_dataset("obs/x", VALUES.shape, "f8", external=external)
    if link == "virtual":
        layout = h5py.VirtualLayout(VALUES.shape, "f8")
        layout[:] = h5py.VirtualSource(tmp_path / "store.h5", "secret", VALUES.shape)
        file.create_virtual_dataset("obs/x", layout)
    arrays = found(file)
    assert isinstance(arrays["obs/x"], Problem)
    assert "other file" in arrays["obs/x"].message.replace("another", "other")
    np.testing.assert_array_equal(arrays["obs/state"][:], VALUES)
    followed = found(file, follow_links=True)["obs/x"][:]
    np.testing.assert_array_equal(followed, VALUES if link == "raw" else VALUES + 1)


def test_links_that_lead_nowhere_or_round_in_circles_are_problems(file: Any) -> None:
    file["obs/state"] = VALUES
    file["obs/dead"] = h5py.SoftLink("/nothing/there")
    file["obs/a"] = h5py.SoftLink("/obs/b")
    file["obs/b"] = h5py.SoftLink("/obs/a")
    file["obs/group"] = file["obs"]
    arrays = found(file)
    assert [k for k, v in arrays.items() if isinstance(v, Problem)] == [
        "obs/a",
        "obs/b",
        "obs/dead",
    ]
    assert "too many links" in arrays["obs/a"].message
    assert "obs/group/state" not in arrays


def test_an_array_that_declares_more_than_the_file_holds_is_a_problem(file: Any) -> None:
    file.create_dataset("huge", (10**9, 7), "f8", chunks=(1000, 7))
    file.create_dataset("lazy", (10**7, 7), "f8")
    file["fine"] = VALUES
    arrays = found(file)
    assert "declares 56,000,000,000 bytes" in arrays["huge"].message
    assert "declares" in arrays["lazy"].message
    np.testing.assert_array_equal(arrays["fine"][:], VALUES)


def test_a_filter_that_is_missing_names_the_package(file: Any) -> None:
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((1, 4))
    properties.set_filter(32026, h5py.h5z.FLAG_OPTIONAL, (1,))
    space = h5py.h5s.create_simple(VALUES.shape)
    h5py.h5d.create(file.id, b"x", h5py.h5t.NATIVE_UINT8, space, properties)
    message = found(file)["x"].message
    assert "needs the HDF5 filter 32026" in message
    assert "pip install hdf5plugin" in message


def test_a_child_that_is_missing_is_an_error_with_its_name(file: Any) -> None:
    with pytest.raises(DataError, match=r"a\.h5, key data/demo_0: cannot be opened"):
        Tree().child(file, "data/demo_0")


def test_more_arrays_than_a_data_set_has_are_refused(file: Any) -> None:
    group = file.create_group("many")
    for i in range(40):
        group[str(i)] = i
    # Every array can be reached through every group.
    for i in range(12):
        file[f"g{i}"] = group
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spawnnet_data.sources.hdf5_tree._MOST_ARRAYS", 100)
        with pytest.raises(DataError, match="more than 100 arrays"):
            found(file)


def test_a_chunk_that_is_larger_than_the_file_is_a_problem(file: Any) -> None:
    file.create_dataset("obs/a", (5,), "f8", chunks=(10**8,), maxshape=(None,), compression="gzip")
    assert "declares 800,000,000 bytes" in found(file)["obs/a"].message


def test_a_chunk_that_is_longer_than_its_values_is_not_unpacked(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.zeros((5, 2), np.float32)
        settings: Any = {"chunks": (5, 16, 24, 3), "compression": "gzip"}
        images = file.create_dataset("obs/rgb", (5, 16, 24, 3), np.uint8, **settings)
        images.id.write_direct_chunk((0, 0, 0, 0), bytes(300_000))
    source = open_source(tmp_path)
    with pytest.raises(DataError, match=r"key obs/rgb: keeps 300,000 bytes for 5,760 bytes"):
        source.read(0, "obs/rgb")
    assert source.read(0, "actions").shape == (5, 2)
