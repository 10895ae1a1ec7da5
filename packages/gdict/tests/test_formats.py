from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gdict import (
    DictArray,
    GDict,
    GDictError,
    GDictFileError,
    GDictTypeError,
    load_csv,
    load_json,
    load_npz,
    load_yaml,
)


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
    nested().save_npz(tmp_path / "x.npz", compress=compress)
    loaded = load_npz(tmp_path / "x.npz")
    assert loaded.compare(nested()) == {}
    assert loaded.flatten()[1] == nested().flatten()[1]


def test_numpy_reads_our_npz_and_we_read_its(tmp_path: Path) -> None:
    nested().save_npz(tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as archive:
        np.testing.assert_array_equal(archive["obs/rgb"], nested()["obs/rgb"])
    np.savez(tmp_path / "y.npz", **{"obs/rgb": np.arange(3), "n": np.ones(2)})
    assert load_npz(tmp_path / "y.npz").shape == {"obs": {"rgb": (3,)}, "n": (2,)}


def test_an_npz_with_pickles_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", a=np.array([{}], object))
    with pytest.raises(GDictFileError, match=r"x\.npz cannot be read"):
        load_npz(tmp_path / "x.npz")
    with pytest.raises(GDictTypeError, match=r"a/0: .*objects"):
        GDict({"a": [np.array([{}], object)]}).save_npz(tmp_path / "y.npz")


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_text_formats_keep_values_and_nesting(tmp_path: Path, kind: str) -> None:
    data = GDict(
        {
            "m": np.array([[1, 2, 3], [4, 5, 6]]),
            "f": torch.tensor([0.5]),
            "s": "x",
            "l": [{"n": 1}, "y"],
        }
    )
    path = tmp_path / f"x.{kind}"
    if kind == "json":
        data.save_json(path)
        loaded = load_json(path)
    else:
        data.save_yaml(path)
        loaded = load_yaml(path)
    assert loaded.allclose(data)
    assert loaded["m"].dtype == np.int64


def test_ragged_lists_stay_lists(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": [[1, 2], [3]], "b": [1, true], "c": [true, false]}')
    data = load_json(tmp_path / "x.json")
    assert [row.tolist() for row in data["a"].leaves()] == [[1, 2], [3]]
    assert data["b"].to_plain() == [1, True]
    assert data["c"].tolist() == [True, False]


@pytest.mark.parametrize(
    ("load", "text"),
    [
        (load_json, "{"),
        (load_json, "[" * 100_000),
        (load_json, "\0"),
        (load_yaml, "a: [1"),
        (load_yaml, "[" * 1500),
        (load_yaml, "!!python/name:os.system"),
        (load_csv, "a,b,a\n1,2,3\n"),
    ],
)
def test_damaged_text_is_refused(tmp_path: Path, load: Any, text: str) -> None:
    (tmp_path / "x").write_text(text)
    with pytest.raises(GDictFileError, match=r"cannot be read|name twice"):
        load(tmp_path / "x")
    (tmp_path / "x").write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(GDictFileError, match="cannot be read"):
        load(tmp_path / "x")


@pytest.mark.parametrize("method", ["save_json", "save_yaml"])
@pytest.mark.parametrize(
    "leaf", [object(), 1j, b"raw", np.array([1j]), np.array(["2026"], "M8[Y]")]
)
def test_what_is_no_text_is_refused_and_the_old_file_kept(
    tmp_path: Path, method: str, leaf: Any
) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    with pytest.raises(GDictTypeError, match=r"a/0: .* cannot be written as text"):
        getattr(GDict({"a": [leaf]}), method)(path)
    assert path.read_text() == "old"


def test_csv_tables_come_back_with_their_types(tmp_path: Path) -> None:
    table = DictArray(
        {
            "i": np.array([1, -2, 3]),
            "deep": {"f": np.array([0.1, np.nan, 1e-300]), "t": torch.tensor([1.5, 2.5, 3.5])},
            "text": np.array(["a,b", 'quo"te', "line\nbreak"]),
            "flag": np.array([True, False, True]),
            "large": np.array([2**64 - 1, 0, 1], np.uint64),
        }
    )
    table.save_csv(tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text().startswith("i,deep/f,deep/t,text,flag,large\n")
    loaded = load_csv(tmp_path / "x.csv")
    assert type(loaded) is DictArray
    assert loaded.allclose(table)
    assert loaded["i"].dtype == np.int64
    assert loaded["large"][0] == 2**64 - 1


def test_only_tables_are_written_as_csv(tmp_path: Path) -> None:
    with pytest.raises(GDictTypeError, match=r"b/c: A column is one axis"):
        GDict({"a": np.zeros(3), "b": {"c": np.zeros((3, 2))}}).save_csv(tmp_path / "x.csv")
    with pytest.raises(GDictError, match=r"b: Expected 3 rows"):
        GDict({"a": np.zeros(3), "b": np.zeros(2)}).save_csv(tmp_path / "x.csv")


def test_ragged_csv_is_refused_by_line(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(GDictFileError, match=r"Line 3 .* has 1 fields, the header has 2"):
        load_csv(tmp_path / "x.csv")
