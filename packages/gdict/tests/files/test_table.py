from pathlib import Path

import numpy as np
import pytest
import torch

from gdict import DictArray, GDict, GDictError, GDictFileError, GDictTypeError, load_csv, save_csv


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
    save_csv(table, tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text().startswith("i,deep/f,deep/t,text,flag,large\n")
    loaded = load_csv(tmp_path / "x.csv")
    assert type(loaded) is DictArray
    assert loaded.allclose(table)
    assert loaded["i"].dtype == np.int64
    assert loaded["large"][0] == 2**64 - 1


def test_only_tables_are_written_as_csv(tmp_path: Path) -> None:
    with pytest.raises(GDictTypeError, match=r"b/c: A column is one axis"):
        save_csv(GDict({"a": np.zeros(3), "b": {"c": np.zeros((3, 2))}}), tmp_path / "x.csv")
    with pytest.raises(GDictError, match=r"b: Expected 3 rows"):
        save_csv(GDict({"a": np.zeros(3), "b": np.zeros(2)}), tmp_path / "x.csv")


def test_ragged_csv_is_refused_by_line(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n3\n")
    with pytest.raises(GDictFileError, match=r"Line 3 .* has 1 fields, the header has 2"):
        load_csv(tmp_path / "x.csv")
