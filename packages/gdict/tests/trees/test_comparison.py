import numpy as np
import torch

from gdict import GDict


def test_compare_says_what_differs_by_path() -> None:
    mine = GDict(
        {"a": np.array([1.0, np.nan, 3.0]), "b": {"c": 1}, "d": [1], "e": np.zeros(2), "g": "x"}
    )
    other = GDict(
        {"a": np.array([1.0, np.nan, 4.0]), "b": {"f": 1}, "d": (1,), "e": torch.zeros(2), "g": "y"}
    )
    found = mine.compare(other)
    assert found["a"] == "1 of 3 values differ"
    assert found["b/c"] == "only in the first"
    assert found["b/f"] == "only in the second"
    assert found["d"] == "list and tuple"
    assert found["e"].startswith("float64 (2,)")
    assert found["g"] == "'x' and 'y'"
    assert len(found) == 6


def test_equal_needs_type_and_values_and_nan_equals_itself() -> None:
    data = GDict({"a": np.array([1.0, np.nan]), "f": float("nan")})
    assert data.equal(data.copy())
    assert not data.equal(data.astype("float32"))
    assert not GDict({"n": 1}).equal({"n": True})


def test_allclose_allows_other_libraries_and_types() -> None:
    data = GDict({"a": np.array([1.0, np.nan]), "s": "x"})
    assert data.allclose(data.to_torch(dtype="float32"))
    assert not data.allclose({"a": np.array([1.1, np.nan]), "s": "x"})
    assert not data.allclose({"a": np.array([1.0, np.nan]), "s": "y"})
    assert not data.allclose({"a": np.array([1.0])})
    assert data.allclose({"a": np.array([1.1, np.nan]), "s": "x"}, atol=0.2)
