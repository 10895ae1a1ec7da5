from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gdict import DictArray, GDict, GDictError, GDictIndexError, GDictValueError, RingBuffer


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
    st.data(),
)
def test_the_buffer_is_a_list_that_forgets_its_start(
    capacity: int, counts: list[int], library: str, data: st.DataObject
) -> None:
    ring, model, total = RingBuffer(capacity), [], 0
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
