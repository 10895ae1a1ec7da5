from pathlib import Path

import numpy as np
import pytest

from gdict import GDict, GDictFileError, GDictTypeError, load_npz, save_npz


def nested() -> GDict:
    return GDict(
        {
            "obs": {
                "rgb": np.arange(24, dtype=np.uint8).reshape(4, 3, 2),
                "t": np.array(["a", "bc"]),
            },
            "list": [np.zeros((2, 3), np.float16), (), {"file": np.ones(3)}],
            "pair": (1, None, True, "text", {}),
            3: np.float32(2),
        }
    )


@pytest.mark.parametrize("compress", [False, True])
def test_npz_keeps_everything(tmp_path: Path, compress: bool) -> None:
    save_npz(nested(), tmp_path / "x.npz", compress=compress)
    loaded = load_npz(tmp_path / "x.npz")
    assert loaded.compare(nested()) == {}
    assert loaded.flatten()[1] == nested().flatten()[1]


def test_numpy_reads_our_npz_and_we_read_its(tmp_path: Path) -> None:
    save_npz(nested(), tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as archive:
        np.testing.assert_array_equal(archive["obs/rgb"], nested()["obs/rgb"])
    np.savez(tmp_path / "y.npz", **{"obs/rgb": np.arange(3), "n": np.ones(2)})
    assert load_npz(tmp_path / "y.npz").shape == {"obs": {"rgb": (3,)}, "n": (2,)}


def test_an_array_with_the_name_of_the_description_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GDictFileError, match=r"^__gdict__: npz keeps its description"):
        save_npz({"__gdict__": np.arange(3), "b": np.ones(2)}, tmp_path / "x.npz")
    assert not list(tmp_path.iterdir())
    below = {"o": {"__gdict__": np.arange(3)}, "__gdict__": "text"}
    save_npz(below, tmp_path / "x.npz")
    assert load_npz(tmp_path / "x.npz").compare(GDict(below)) == {}


def test_an_npz_with_pickles_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.array([{}], object))
    with pytest.raises(GDictFileError, match=r"x\.npz cannot be read"):
        load_npz(tmp_path / "x.npz")
    with pytest.raises(GDictTypeError, match=r"a/0: .*objects"):
        save_npz(GDict({"a": [np.array([{}], object)]}), tmp_path / "y.npz")
