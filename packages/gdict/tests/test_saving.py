from pathlib import Path

import numpy as np
import pytest

from gdict import DictArray, GDict, GDictError, load_csv, load_hdf5, load_json, load_npz, load_yaml

FORMATS = {
    "hdf5": load_hdf5,
    "npz": load_npz,
    "json": load_json,
    "yaml": load_yaml,
    "csv": load_csv,
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_brings_a_table_back(tmp_path: Path, name: str) -> None:
    table = DictArray({"step": np.arange(4), "obs": {"x": np.arange(4) / 8}})
    getattr(table, f"save_{name}")(tmp_path / "table")
    assert FORMATS[name](tmp_path / "table").equal(table)


@pytest.mark.parametrize("name", FORMATS)
def test_a_leaf_that_cannot_be_stored_leaves_the_old_file(tmp_path: Path, name: str) -> None:
    target = tmp_path / "table"
    target.write_text("old")
    with pytest.raises(GDictError):
        getattr(GDict({"x": np.arange(3), "y": {"z": object()}}), f"save_{name}")(target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
