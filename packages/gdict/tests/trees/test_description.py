import h5py
import numpy as np
import torch

from gdict import DictArray, GDict


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


def test_what_a_gdict_looks_like_is_its_summary() -> None:
    data = DictArray({"rgb": np.zeros((100, 3, 8, 9), np.uint8)})
    text = "DictArray  21.1 KiB\n  rgb  uint8 (100, 3, 8, 9)  21.1 KiB  numpy"
    assert repr(data) == data.summary() == text
