from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gdict import DictArray, GDict, GDictIndexError, GDictTypeError, GDictValueError

ROWS = 7


def rows(count: int = ROWS) -> DictArray:
    return DictArray(
        {"obs": {"rgb": np.arange(count * 6).reshape(count, 2, 3)}, "t": [torch.arange(count)]}
    )


def numbers(data: Any) -> list[int]:
    """Return the row numbers that `rows` has written into its data, after checking the rest."""
    found: list[int] = data["t/0"].tolist()
    np.testing.assert_array_equal(
        data["obs/rgb"], np.arange(6).reshape(1, 2, 3) + np.array(found).reshape(-1, 1, 1) * 6
    )
    return found


@pytest.mark.parametrize(
    ("leaf", "error", "match"),
    [
        (np.zeros((3, 7)), GDictValueError, r"b/0: Expected 7 rows as `a` has, got 3"),
        (np.float32(1), GDictTypeError, r"b/0: .*only arrays, got float32"),
        (np.array(1), GDictTypeError, r"b/0: .*without axes"),
        ("text", GDictTypeError, r"b/0: .*only arrays, got str"),
    ],
)
def test_all_leaves_must_have_the_same_rows(leaf: Any, error: Any, match: str) -> None:
    with pytest.raises(error, match=match):
        DictArray({"a": np.zeros(7), "b": [leaf]})


def test_len_counts_rows_and_iteration_gives_them() -> None:
    assert len(rows()) == ROWS
    assert [int(row["t/0"]) for row in rows()] == list(range(ROWS))
    assert type(next(iter(rows()))) is GDict


def test_indices_give_rows_or_a_row() -> None:
    for index, expected in [
        (slice(1, 4), [1, 2, 3]),
        ([6, 0, 0], [6, 0, 0]),
        (np.arange(ROWS) % 3 == 0, [0, 3, 6]),
        (torch.tensor([2, -1]), [2, 6]),
    ]:
        part = rows()[index]
        assert type(part) is DictArray
        assert numbers(part) == expected
    assert type(rows()[2]) is GDict
    assert type(rows()["obs"]) is DictArray
    assert len(rows()["obs"]) == ROWS


@given(st.lists(st.integers(-ROWS, ROWS - 1)))
def test_gather_copies_rows_in_order(indices: list[int]) -> None:
    data = rows()
    gathered = data.gather(indices)
    assert numbers(gathered) == [index % ROWS for index in indices]
    assert not np.shares_memory(gathered["obs/rgb"], data["obs/rgb"])


@pytest.mark.parametrize("indices", [[7], [-8], [0.5], [[1]], [True] * ROWS, 3])
def test_gather_refuses_what_are_no_rows(indices: Any) -> None:
    with pytest.raises(GDictIndexError):
        rows().gather(indices)


def test_sample_is_uniform_and_reproducible() -> None:
    data = rows()
    drawn = numbers(data.sample(7000, np.random.default_rng(0)))
    assert all(850 < count < 1150 for count in np.bincount(drawn, minlength=ROWS))
    assert numbers(data.sample(5, np.random.default_rng(1))) == numbers(
        data.sample(5, np.random.default_rng(1))
    )
    assert sorted(numbers(data.sample(ROWS, np.random.default_rng(2), replace=False))) == list(
        range(ROWS)
    )


def test_sampling_what_is_not_there_is_an_error() -> None:
    with pytest.raises(GDictValueError, match=r"Cannot draw 8 rows from 7"):
        rows().sample(8, np.random.default_rng(0), replace=False)
    with pytest.raises(GDictValueError, match=r"from 0"):
        rows(0).sample(1, np.random.default_rng(0))
    with pytest.raises(GDictValueError, match=r"draw -1 rows"):
        rows().sample(-1, np.random.default_rng(0))


def test_shuffle_permutes_all_leaves_alike() -> None:
    data = rows()
    shuffled = numbers(data.shuffle(np.random.default_rng(0)))
    assert sorted(shuffled) == list(range(ROWS))
    assert shuffled != list(range(ROWS))
    assert numbers(data) == list(range(ROWS))


def test_split_cuts_views() -> None:
    data = rows()
    assert [len(part) for part in data.split(3)] == [3, 3, 1]
    assert [numbers(part) for part in data.split([2, 0, 5])] == [[0, 1], [], [2, 3, 4, 5, 6]]
    assert np.shares_memory(data.split(3)[1]["obs/rgb"], data["obs/rgb"])
    for sizes in ([2, 2], [8, -1], [], 0):
        with pytest.raises(GDictValueError):
            data.split(sizes)


def test_append_adds_rows_in_place() -> None:
    data = rows()
    data.append(rows()[2:4])
    assert numbers(data) == [0, 1, 2, 3, 4, 5, 6, 2, 3]
    empty = DictArray()
    empty.append(rows())
    assert numbers(empty) == list(range(ROWS))
    with pytest.raises(GDictValueError, match=r"The keys differ"):
        data.append({"obs": {"rgb": np.zeros((1, 2, 3))}})
    assert len(data) == 9


def test_an_array_alone_is_appended_to() -> None:
    rows = DictArray(np.arange(6))
    rows.append(np.arange(3))
    assert next(iter(rows[3:].flatten()[0])).tolist() == [3, 4, 5, 0, 1, 2]


def test_stack_and_concat_give_rows() -> None:
    data = rows()
    assert numbers(DictArray.stack([data[4], data[1]])) == [4, 1]
    assert numbers(DictArray.concat([data[4:], data[:1]])) == [4, 5, 6, 0]


def test_what_is_set_must_have_as_many_rows() -> None:
    data = rows()
    data["new"] = np.zeros((ROWS, 2))
    data[0:2] = data[1:3]
    assert data["t/0"].tolist() == [1, 2, 2, 3, 4, 5, 6]
    for change in (
        lambda: data.__setitem__("new", np.zeros(3)),
        lambda: data.update({"x": {"y": np.zeros(3)}}),
        lambda: data["obs"].__setitem__("z", np.zeros(3)),
    ):
        with pytest.raises(GDictValueError, match=r"Expected 7 rows"):
            change()
    assert "z" not in data["obs"]
