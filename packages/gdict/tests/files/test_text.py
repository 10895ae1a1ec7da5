from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gdict import (
    GDict,
    GDictFileError,
    GDictTypeError,
    load_csv,
    load_json,
    load_yaml,
    save_json,
    save_yaml,
)


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
        save_json(data, path)
        loaded = load_json(path)
    else:
        save_yaml(data, path)
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


@pytest.mark.parametrize("save", [save_json, save_yaml])
@pytest.mark.parametrize(
    "leaf", [object(), 1j, b"raw", np.array([1j]), np.array(["2026"], "M8[Y]")]
)
def test_what_is_no_text_is_refused_and_the_old_file_kept(
    tmp_path: Path, save: Callable[..., None], leaf: Any
) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    with pytest.raises(GDictTypeError, match=r"a/0: .* cannot be written as text"):
        save(GDict({"a": [leaf]}), path)
    assert path.read_text() == "old"
