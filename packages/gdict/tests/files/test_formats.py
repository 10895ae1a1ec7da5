from pathlib import Path

import numpy as np
import pytest

import gdict
from gdict import DictArray, GDict, GDictError

FORMATS = ("hdf5", "npz", "json", "yaml", "csv")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_brings_a_table_back(tmp_path: Path, name: str) -> None:
    table = DictArray({"step": np.arange(4), "obs": {"x": np.arange(4) / 8}})
    getattr(gdict, f"save_{name}")(table, tmp_path / "table")
    assert getattr(gdict, f"load_{name}")(tmp_path / "table").equal(table)


@pytest.mark.parametrize("name", FORMATS)
def test_a_leaf_that_cannot_be_stored_leaves_the_old_file(tmp_path: Path, name: str) -> None:
    target = tmp_path / "table"
    target.write_text("old")
    with pytest.raises(GDictError):
        getattr(gdict, f"save_{name}")(GDict({"x": np.arange(3), "y": {"z": object()}}), target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", FORMATS)
def test_plain_containers_are_saved_like_gdicts(tmp_path: Path, name: str) -> None:
    plain = {"step": np.arange(4), "obs": {"x": np.arange(4) / 8}}
    getattr(gdict, f"save_{name}")(plain, tmp_path / "table")
    assert getattr(gdict, f"load_{name}")(tmp_path / "table").equal(plain)
