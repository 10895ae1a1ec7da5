import h5py
import numpy as np
import torch

from gdict import GDict


def nested() -> GDict:
    return GDict({"rgb": np.zeros((4, 3, 2), np.uint8), "x": [torch.ones(5), "text", None]})


def test_shape_dtype_and_device_have_the_structure_of_the_data() -> None:
    assert nested().shape == {"rgb": (4, 3, 2), "x": [(5,), None, None]}
    assert nested().dtype == {"rgb": "uint8", "x": ["float32", None, None]}
    assert nested().device == {"rgb": "cpu", "x": ["cpu", None, None]}


def test_nbytes_counts_arrays() -> None:
    assert nested().nbytes == 24 + 20


def test_paths_and_leaves_are_in_one_order() -> None:
    assert nested().paths() == ["rgb", "x/0", "x/1", "x/2"]
    assert nested().leaves()[2:] == ["text", None]


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


def test_summary_is_a_readable_tree(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with h5py.File(tmp_path / "x.h5", "w") as file:
        data = GDict(
            {
                "obs": {
                    "rgb": np.zeros((4, 3, 2), np.uint8),
                    "d": file.create_dataset("d", (2,), "f4"),
                },
                "n": 3,
            }
        )
        assert data.summary().splitlines() == [
            "GDict  32 B",
            "  obs/  (dict of 2)",
            "    rgb  uint8 (4, 3, 2)  24 B  numpy",
            "    d    float32 (2,)  8 B  h5py",
            "  n    3",
        ]
    assert "976.6 KiB" in GDict({"x": np.zeros(1_000_000, np.uint8)}).summary()
