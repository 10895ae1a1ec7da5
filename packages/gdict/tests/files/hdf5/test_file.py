import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gdict import (
    DictArray,
    GDict,
    GDictError,
    GDictFileError,
    GDictKeyError,
    GDictTypeError,
    GDictValueError,
    load_hdf5,
    load_npz,
    open_hdf5,
    save_hdf5,
    save_npz,
)

REFERENCE = os.environ.get("SPAWNNET_REFERENCE")
KEYS = st.text(
    st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=5
).filter(lambda key: key != ".") | st.integers(0, 12)
ARRAYS = hnp.arrays(
    hnp.boolean_dtypes()
    | hnp.integer_dtypes(endianness="=")
    | hnp.floating_dtypes(endianness="=", sizes=(16, 32, 64))
    | hnp.complex_number_dtypes(endianness="=")
    | hnp.unicode_string_dtypes(endianness="=")
    | hnp.datetime64_dtypes(max_period="D", endianness="="),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
LEAVES = (
    ARRAYS
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.floats(width=32).map(np.float32)
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.dictionaries(KEYS, inner, max_size=3).filter(lambda d: len(set(map(str, d))) == len(d))
        | st.lists(inner, max_size=3)
        | st.lists(inner, max_size=2).map(tuple)
    ),
    max_leaves=8,
)


def nested() -> GDict:
    return GDict(
        {
            "obs": {
                "rgb": np.arange(120, dtype=np.uint8).reshape(20, 3, 2),
                "x": torch.arange(40.0).reshape(20, 2),
            },
            "list": [np.zeros((20, 5)), ()],
            "task": "drawer",
            "pair": (1, 2.5, None, True, {}),
            3: np.float32(2),
        }
    )


@settings(max_examples=30)
@given(TREES, st.sampled_from([None, "gzip", "lzf"]))
def test_everything_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, tree: Any, compression: str | None
) -> None:
    path = tmp_path_factory.mktemp("trip") / "x.h5"
    data = GDict(tree)
    save_hdf5(data, path, compression=compression)
    loaded = load_hdf5(path)
    assert loaded.compare(data) == {}
    assert loaded.flatten()[1] == data.flatten()[1]
    with open_hdf5(path) as opened:
        assert opened.to_numpy().allclose(data)


def test_other_tools_see_plain_names(tmp_path: Path) -> None:
    save_hdf5(nested(), tmp_path / "x.h5")
    with h5py.File(tmp_path / "x.h5") as file:
        np.testing.assert_array_equal(file["obs/rgb"][...], nested()["obs/rgb"])
        assert list(file["list"]) == ["0", "1"]


def test_keys_choose_what_is_loaded(tmp_path: Path) -> None:
    save_hdf5(nested(), tmp_path / "x.h5")
    assert load_hdf5(tmp_path / "x.h5", keys=["obs/x", "task"]).paths() == ["obs/x", "task"]
    assert open_hdf5(tmp_path / "x.h5", keys="obs").paths() == ["obs/rgb", "obs/x"]
    with pytest.raises(GDictKeyError, match=r"obs: .*'rgb'"):
        load_hdf5(tmp_path / "x.h5", keys=["obs/rbg"])


def test_an_open_file_reads_only_what_is_indexed(tmp_path: Path) -> None:
    save_hdf5(nested(), tmp_path / "x.h5")
    expected = nested().to_numpy()
    with open_hdf5(tmp_path / "x.h5") as data:
        assert isinstance(data["obs/rgb"], h5py.Dataset)
        assert data["task"] == "drawer"
        rows = DictArray(data["obs"])
        assert len(rows) == 20
        for index in (3, slice(2, 9), [7, 1, 1], [], np.arange(20) > 15, slice(None, None, -3)):
            part = rows[index].to_plain()
            want = expected["obs"][index].to_plain()
            assert GDict(part).equal(want)
        assert rows.gather([-1, 4])["x"].tolist() == [[38, 39], [8, 9]]
        assert data["obs"].mean(0).allclose(expected["obs"].mean(0))


def test_an_open_file_can_be_sent_to_another_process(tmp_path: Path) -> None:
    save_hdf5(nested(), tmp_path / "x.h5")
    with open_hdf5(tmp_path / "x.h5", keys=["obs"]) as data:
        again = pickle.loads(pickle.dumps(data))  # noqa: S301 - made here
        assert again.paths() == ["obs/rgb", "obs/x"]
        assert again[4].equal(data[4])
        again.close()


def test_threads_read_one_open_file(tmp_path: Path) -> None:
    save_hdf5(nested(), tmp_path / "x.h5", compression="gzip")
    expected = nested().to_numpy()["obs"]
    wrong: list[int] = []

    def read(start: int) -> None:
        for row in range(start, 20, 4):
            if not data[row].equal(expected[row]):
                wrong.append(row)

    with open_hdf5(tmp_path / "x.h5", keys="obs") as opened:
        data = opened["obs"]
        threads = [threading.Thread(target=read, args=(start,)) for start in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_compressed_rows_lie_in_small_chunks(tmp_path: Path) -> None:
    data = GDict(
        {"small": np.zeros((90_000, 3), np.float32), "big": np.zeros((5, 300, 400, 3), np.uint8)}
    )
    save_hdf5(data, tmp_path / "x.h5", compression=4)
    with h5py.File(tmp_path / "x.h5") as file:
        assert file["small"].chunks == (65536 // 12, 3)
        assert file["big"].chunks == (1, 300, 400, 3)
        assert file["small"].compression == "gzip"
    save_hdf5(data, tmp_path / "y.h5", chunks=2)
    with h5py.File(tmp_path / "y.h5") as file:
        assert file["big"].chunks == (2, 300, 400, 3)


def test_a_failed_save_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    save_hdf5(nested(), tmp_path / "x.h5")
    before = (tmp_path / "x.h5").read_bytes()
    for leaf, match in [(object(), r"a/b: .*type object"), (np.array([None]), r"a/b: .*objects")]:
        with pytest.raises(GDictTypeError, match=match):
            save_hdf5(GDict({"a": {"b": leaf}}), tmp_path / "x.h5")
    for key in (".", "x\0y"):
        with pytest.raises(GDictFileError, match=r"cannot store this name"):
            save_hdf5(GDict({"a": {key: 1}}), tmp_path / "x.h5")
    assert (tmp_path / "x.h5").read_bytes() == before
    assert list(tmp_path.iterdir()) == [tmp_path / "x.h5"]


def test_a_killed_save_leaves_the_old_file(tmp_path: Path) -> None:
    save_hdf5(nested(), tmp_path / "x.h5")
    script = (
        "import os, sys, numpy, gdict, gdict.files.hdf5.leaf as leaf\n"
        "leaf._checksum = lambda array: os.kill(os.getpid(), 9)\n"
        "gdict.save_hdf5(gdict.GDict({'a': numpy.zeros(1000)}), sys.argv[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path / "x.h5"], check=False)
    assert done.returncode == -9
    assert load_hdf5(tmp_path / "x.h5").equal(nested().to_numpy())


def test_the_originals_layout_is_written_and_read(tmp_path: Path) -> None:
    data = GDict({"a": {3: np.arange(4), "x": "text"}, "l": [np.zeros((2, 3)), {"n": 5}]})
    save_hdf5(data, tmp_path / "x.h5", layout="original")
    with h5py.File(tmp_path / "x.h5") as file:
        assert list(file["dict_str_a"]) == ["dict_int_3", "dict_str_x"]
        assert list(file["dict_str_l"]) == ["list_int_0", "list_int_1"]
    loaded = load_hdf5(tmp_path / "x.h5")
    assert loaded["a/x"] == "text"
    assert loaded["l/1/n"] == 5
    np.testing.assert_array_equal(loaded["a/3"], np.arange(4))
    with pytest.raises(GDictTypeError, match=r"a: .*None"):
        save_hdf5(GDict({"a": None}), tmp_path / "x.h5", layout="original")


@pytest.mark.skipif(REFERENCE is None, reason="SPAWNNET_REFERENCE names no folder of golden files")
class TestGoldenFiles:
    folder = Path(REFERENCE or "") / "golden" / "gdict"

    def test_a_demonstration_is_read(self) -> None:
        data = load_hdf5(self.folder / "traj_12.h5")
        assert data.shape == {
            "traj_0": {
                "actions": (12, 8),
                "dones": (12,),
                "obs": {"depth": (12, 2, 1, 16, 16), "rgb": (12, 2, 3, 16, 16), "state": (12, 7)},
            }
        }
        with h5py.File(self.folder / "traj_12.h5") as file:
            expected = file["dict_str_traj_0/dict_str_obs/dict_str_rgb"][...]
        np.testing.assert_array_equal(data["traj_0/obs/rgb"], expected)
        assert len(DictArray(data["traj_0"])) == 12

    def test_a_bare_array_is_a_gdict_of_one_leaf(self) -> None:
        assert load_hdf5(self.folder / "single.h5").shape == (10,)

    @pytest.mark.parametrize(("name", "leaf"), [("nested", "b/0"), ("pickled_leaf", "meta/n")])
    def test_pickles_are_refused_by_name(self, name: str, leaf: str) -> None:
        for read in (load_hdf5, open_hdf5):
            with pytest.raises(GDictFileError, match=rf"{leaf}: This leaf is a pickle"):
                read(self.folder / f"{name}.h5")

    def test_pickles_are_read_on_request(self) -> None:
        data = load_hdf5(self.folder / "nested.h5", allow_pickle=True)
        assert isinstance(data["b/0"], np.float32)
        assert data["list/1/x"].dtype == np.float16
        assert load_hdf5(self.folder / "pickled_leaf.h5", allow_pickle=True)["meta/n"] == 3

    def test_what_is_no_pickle_is_read_without_asking(self) -> None:
        assert load_hdf5(self.folder / "nested.h5", keys=["a", "list"]).paths() == [
            "a",
            "list/0",
            "list/1/x",
        ]

    def test_plain_files_of_other_tools_are_read(self) -> None:
        data = load_hdf5(self.folder.parents[1] / "datasets" / "robomimic_tiny.hdf5")
        assert data["data/demo_1/obs/agentview_image"].shape == (9, 84, 84, 3)
        assert data["mask/train"].dtype.kind == "S"


def test_text_of_other_tools_can_be_saved_as_npz(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("t", data=[b"open", b"close"], dtype=h5py.string_dtype("utf-8", 5))
    data = load_hdf5(tmp_path / "x.h5")
    save_npz(data, tmp_path / "x.npz")  # without NumPy's warning of a loss
    assert load_npz(tmp_path / "x.npz")["t"].tolist() == [b"open", b"close"]


def test_a_missing_file_is_what_python_says(tmp_path: Path) -> None:
    for read in (load_hdf5, open_hdf5):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "none.h5")
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(GDictError, match=r"text.h5 cannot be opened"):
        load_hdf5(tmp_path / "text.h5")


@pytest.mark.parametrize("options", [{"chunks": 0}, {"layout": "flat"}, {"compression": "zip"}])
def test_options_that_do_not_exist_are_refused(tmp_path: Path, options: Any) -> None:
    with pytest.raises(GDictValueError, match=r"chunks must|layout must|zip"):
        save_hdf5(nested(), tmp_path / "x.h5", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_closed_file_says_so(tmp_path: Path) -> None:
    save_hdf5(nested(), tmp_path / "x.h5")
    with open_hdf5(tmp_path / "x.h5") as data:
        pass
    for read in (lambda: data[0], data.to_numpy):
        with pytest.raises(GDictValueError, match=r"obs/.*: The file was closed"):
            read()
