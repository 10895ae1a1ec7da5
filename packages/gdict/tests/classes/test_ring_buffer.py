import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gdict import (
    DictArray,
    GDict,
    GDictError,
    GDictFileError,
    GDictIndexError,
    GDictValueError,
    RingBuffer,
)


def rows(first: int, count: int, library: str = "numpy") -> DictArray:
    numbers = np.arange(first, first + count)
    data = DictArray({"n": numbers, "obs": {"x": numbers[:, None] * np.array([[1.0, 10.0]])}})
    return data.to_torch() if library == "torch" else data


def numbers(data: Any) -> list[int]:
    assert (np.asarray(data["obs/x"]) == np.asarray(data["n"])[:, None] * [[1, 10]]).all()
    found: list[int] = data["n"].tolist()
    return found


@given(
    st.integers(1, 9),
    st.lists(st.integers(0, 12), max_size=12),
    st.sampled_from(["numpy", "torch"]),
    st.booleans(),
    st.data(),
)
def test_the_buffer_is_a_list_that_forgets_its_start(
    capacity: int, counts: list[int], library: str, is_on_disk: bool, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ring = RingBuffer(capacity, folder if is_on_disk else None)
        check_against_a_list(ring, counts, library, data)


def check_against_a_list(
    ring: RingBuffer, counts: list[int], library: str, data: st.DataObject
) -> None:
    capacity, model, total = ring.capacity, [], 0
    for count in counts:
        ring.append(rows(total, count, library))
        model = [*model, *range(total, total + count)][-capacity:]
        total += count
        assert len(ring) == len(model)
        assert ring.num_appended == total
        assert ring.num_dropped == total - len(model)
        if model:
            assert numbers(ring.to_dict_array()) == model
            picked = data.draw(st.lists(st.integers(-len(model), len(model) - 1), max_size=6))
            assert numbers(ring.gather(picked)) == [model[index] for index in picked]
            part = data.draw(st.slices(len(model)))
            assert numbers(ring[part]) == model[part]


def test_rows_are_read_one_by_one_too() -> None:
    ring = RingBuffer(3)
    ring.append(rows(0, 5))
    assert [int(row["n"]) for row in ring] == [2, 3, 4]
    assert type(ring[-1]) is GDict
    assert int(ring[-1]["n"]) == 4
    assert numbers(ring[np.array([True, False, True])]) == [2, 4]


def test_indices_of_few_bits_reach_rows_behind_the_seam() -> None:
    buffer = RingBuffer(100)
    buffer.append({"a": np.arange(250)})
    for dtype in (np.uint8, np.int8):
        assert buffer.gather(np.array([10, 99], dtype))["a"].tolist() == [160, 249]
    with pytest.raises(GDictValueError, match="Cannot append -2 rows"):
        buffer.extend(-2, {"a": np.arange(1)})


def test_gathered_rows_are_copies() -> None:
    ring = RingBuffer(3)
    ring.append(rows(0, 2))
    ring.gather([0, 1])["n"][:] = 99
    assert numbers(ring.to_dict_array()) == [0, 1]


def test_memory_grows_with_the_rows_up_to_the_capacity() -> None:
    ring = RingBuffer(1000)
    row_bytes = 8 + 16
    assert ring.nbytes == 0
    for total in range(10, 1500, 10):
        ring.append(rows(total, 10))
        assert ring.nbytes <= min(1000, 2 * total) * row_bytes
    assert ring.nbytes == 1000 * row_bytes


def test_memory_can_be_asked_for_at_once() -> None:
    ring = RingBuffer(1000, reserve=True)
    ring.append(rows(0, 3))
    assert ring.nbytes == 1000 * (8 + 16)
    assert numbers(ring.to_dict_array()) == [0, 1, 2]


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"n": np.zeros(2, int)}, r"'obs'"),
        ({"n": np.zeros(2, int), "obs": {"x": np.zeros((2, 3))}}, r"obs/x: .*\(2,\), got \(3,\)"),
        ({"n": np.zeros(2, int), "obs": {"x": np.zeros((3, 2))}}, r"obs/x: Expected 2 rows"),
        ({"n": np.zeros(2), "obs": {"x": np.zeros((2, 2))}}, r"n: .*int64, got float64"),
        ({"n": torch.zeros(2), "obs": {"x": np.zeros((2, 2))}}, r"n: .*ndarray, got a Tensor"),
    ],
)
def test_rows_that_do_not_fit_are_refused_before_anything_is_written(
    wrong: Any, match: str
) -> None:
    ring = RingBuffer(4)
    ring.append(rows(0, 3))
    with pytest.raises(GDictError, match=match):
        ring.append(wrong)
    assert numbers(ring.to_dict_array()) == [0, 1, 2]


def test_sample_draws_from_what_is_there() -> None:
    ring = RingBuffer(5)
    with pytest.raises(GDictValueError, match=r"from 0"):
        ring.sample(1, np.random.default_rng(0))
    ring.append(rows(0, 8))
    assert set(numbers(ring.sample(200, np.random.default_rng(0)))) == {3, 4, 5, 6, 7}
    assert sorted(numbers(ring.sample(5, np.random.default_rng(0), replace=False))) == [
        3,
        4,
        5,
        6,
        7,
    ]


def test_wrong_use_is_an_error() -> None:
    with pytest.raises(GDictValueError, match=r"at least 1, got 0"):
        RingBuffer(0)
    ring = RingBuffer(4)
    ring.append(rows(0, 2))
    with pytest.raises(GDictIndexError, match=r"Row 2 does not exist among 2 rows"):
        ring.gather([0, 2])
    with pytest.raises(TypeError, match=r"read by rows"):
        ring["n"]


def test_a_buffer_keeps_no_gradient_history() -> None:
    ring = RingBuffer(3)
    for _ in range(2):
        ring.append({"x": torch.ones(2, requires_grad=True) * 2})
    assert not ring.to_dict_array()["x"].requires_grad


def test_rows_on_disk_are_gone_on_with(tmp_path: Path) -> None:
    ring = RingBuffer(5, tmp_path / "ring")
    ring.append(rows(0, 4, "torch"))
    ring.append(rows(4, 3, "torch"))
    again = RingBuffer(5, tmp_path / "ring", num_appended=7)
    assert numbers(again.to_dict_array()) == [2, 3, 4, 5, 6]
    assert isinstance(again.gather([0])["obs/x"], torch.Tensor)
    earlier = RingBuffer(5, tmp_path / "ring", num_appended=4)
    earlier.append(rows(4, 3, "torch"))
    assert numbers(earlier.to_dict_array()) == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("is_on_disk", [False, True])
def test_rows_that_come_out_of_order_are_put_in_their_place(
    tmp_path: Path, library: str, is_on_disk: bool
) -> None:
    ring = RingBuffer(5, tmp_path if is_on_disk else None)
    ring.append(rows(0, 3, library))
    ring.extend(4, rows(0, 1, library))
    for number in (5, 3, 6, 4):
        ring.put([number - ring.num_dropped], rows(number, 1, library))
    assert numbers(ring.to_dict_array()) == [2, 3, 4, 5, 6]
    ring.put([-1, 0], rows(8, 2, library))
    assert numbers(ring.to_dict_array()) == [9, 3, 4, 5, 8]
    with pytest.raises(GDictIndexError, match=r"Row 5 does not exist"):
        ring.put([5], rows(0, 1, library))
    with pytest.raises(GDictValueError, match=r"Expected 2 rows, got 1"):
        ring.put([0, 1], rows(0, 1, library))


def test_rows_on_disk_take_no_memory_and_numpy_maps_them(tmp_path: Path) -> None:
    ring = RingBuffer(3, tmp_path)
    ring.append({"image": np.arange(8, dtype=np.uint8).reshape(2, 4)})
    assert ring.nbytes == 0
    mapped = np.load(tmp_path / "0.npy", mmap_mode="r")
    assert mapped[:2].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.int8, torch.bool])
def test_tensors_on_disk_keep_their_type(tmp_path: Path, dtype: torch.dtype) -> None:
    values = torch.arange(12).reshape(4, 3).sub(5).to(dtype)
    RingBuffer(4, tmp_path).append((values, {"none": torch.empty(4, 0)}))
    found = RingBuffer(4, tmp_path, num_appended=4).gather([3, 0, 3]).to_plain()
    assert type(found) is tuple
    assert torch.equal(found[0], values[[3, 0, 3]])
    assert found[1]["none"].shape == (3, 0)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GDictFileError, match=r"holds none of the 3 rows"):
        RingBuffer(4, tmp_path, num_appended=3)
    RingBuffer(4, tmp_path).append(rows(0, 1))
    with pytest.raises(GDictFileError, match=r"has room for 4 rows, expected 5"):
        RingBuffer(5, tmp_path)
    with pytest.raises(GDictValueError, match=r"n: .*int64, got float64"):
        RingBuffer(4, tmp_path).append({"n": np.zeros(1), "obs": {"x": np.zeros((1, 2))}})
    np.save(tmp_path / "0.npy", np.zeros((4, 7)))
    with pytest.raises(GDictFileError, match=r"0\.npy: expected rows of"):
        RingBuffer(4, tmp_path)
    (tmp_path / "rows.json").write_text("{}")
    with pytest.raises(GDictFileError, match=r"rows\.json: does not describe rows"):
        RingBuffer(4, tmp_path)


def test_a_negative_number_of_rows_to_go_on_after_is_refused(tmp_path: Path) -> None:
    RingBuffer(4, tmp_path).append(rows(0, 2))
    with pytest.raises(GDictValueError, match=r"num_appended must not be negative, got -3"):
        RingBuffer(4, tmp_path, num_appended=-3)


def test_a_file_that_was_cut_off_is_an_error(tmp_path: Path) -> None:
    ring = RingBuffer(4, tmp_path)
    ring.append(rows(0, 4))
    (tmp_path / "1.npy").write_bytes((tmp_path / "1.npy").read_bytes()[:-3])
    with pytest.raises(GDictFileError, match=r"ends before its last row"):
        ring.gather([3])
