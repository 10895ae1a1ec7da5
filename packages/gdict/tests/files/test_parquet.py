from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from gdict import DictArray, GDictFileError, GDictTypeError, load_parquet, save_parquet
from gdict.files import budget


def rows() -> DictArray:
    return DictArray(
        {
            "obs": {
                "rgb": np.arange(5 * 3 * 2 * 4, dtype=np.uint8).reshape(5, 3, 2, 4),
                "state": np.arange(10, dtype=np.float32).reshape(5, 2),
            },
            "when": np.array(
                ["2026-01-02", "NaT", "2026-01-03", "2026-01-04", "2026-01-05"], "M8[s]"
            ),
            "task": np.array(["open", "é", "", "a", "b"]),
            "done": np.array([False, True, False, True, True]),
        }
    )


def test_a_file_keeps_types_shapes_and_values(tmp_path: Path) -> None:
    data = rows().exclude_keys("when")
    save_parquet(data, tmp_path / "x.parquet")
    assert load_parquet(tmp_path / "x.parquet").compare(data) == {}
    big = {"a": np.arange(3, dtype=">i4"), "h": np.ones((3, 1), np.float16)}
    save_parquet(big, tmp_path / "y.parquet")
    loaded = load_parquet(tmp_path / "y.parquet")
    assert loaded.dtype == {"a": "int32", "h": "float16"}
    assert loaded["a"].tolist() == [0, 1, 2]


def test_times_that_are_no_times_come_back(tmp_path: Path) -> None:
    times = np.array([["2026-01-02", "NaT"], ["NaT", "2026-01-03"], ["NaT", "NaT"]], "M8[ms]")
    save_parquet({"when": times}, tmp_path / "x.parquet")
    loaded = load_parquet(tmp_path / "x.parquet")
    assert loaded.dtype == {"when": "datetime64[ms]"}
    np.testing.assert_array_equal(loaded["when"], times)


def test_no_rows_keep_their_shape(tmp_path: Path) -> None:
    save_parquet(rows()[:0], tmp_path / "x.parquet")
    assert load_parquet(tmp_path / "x.parquet").shape["obs"] == {
        "rgb": (0, 3, 2, 4),
        "state": (0, 2),
    }


def test_other_tools_read_ours_and_we_read_theirs(tmp_path: Path) -> None:
    save_parquet(rows(), tmp_path / "x.parquet")
    table = parquet.read_table(tmp_path / "x.parquet")
    assert table["obs/state"].to_pylist()[1] == [2.0, 3.0]
    lists = pa.table({"action": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "n": [1, 2, 3]})
    parquet.write_table(lists, tmp_path / "y.parquet")
    loaded = load_parquet(tmp_path / "y.parquet")
    assert loaded["action"].tolist() == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": [[1], [2, 3]]}, "a: Its lists differ in length"),
        ({"a": [1, None]}, "a: 1 of its values are missing"),
        ({"o/a": [[1, 2], [3, None]]}, "o/a: 1 of its values are missing"),
        ({"a": ["x", None]}, "a: 1 of its values are missing"),
        ({"a": [True, None]}, "a: 1 of its values are missing"),
        ({"a": [{"b": 1}, {"b": 2}]}, "a: Its type struct<b: int64> is not read"),
        ({"a": [b"x", b"y"]}, "a: Its type binary is not read"),
    ],
)
def test_what_is_no_array_is_refused(tmp_path: Path, columns: Any, message: str) -> None:
    parquet.write_table(pa.table(columns), tmp_path / "x.parquet")
    with pytest.raises(GDictFileError, match=message):
        load_parquet(tmp_path / "x.parquet")


def test_what_parquet_cannot_hold_is_refused(tmp_path: Path) -> None:
    for array in (np.array([1j]), np.array([{}], object), np.zeros((3, 0))):
        with pytest.raises(GDictTypeError, match="a: Parquet cannot store"):
            save_parquet({"a": array}, tmp_path / "x.parquet")


def test_damaged_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    save_parquet(rows(), path)
    whole = path.read_bytes()
    for content in (b"", b"PAR1", whole[:-9], whole[:40] + b"\xff" * 30 + whole[70:]):
        path.write_bytes(content)
        with pytest.raises(GDictFileError):
            load_parquet(path)


def test_claims_beyond_what_is_stored_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "FREE_BYTES", 0)
    monkeypatch.setattr(budget, "MAX_COMPRESSION", 10)
    save_parquet({"a": np.zeros(10**6)}, tmp_path / "x.parquet")
    with pytest.raises(GDictFileError, match="It claims 1000000 bytes, far more than the file"):
        load_parquet(tmp_path / "x.parquet")
