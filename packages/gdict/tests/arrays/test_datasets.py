from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gdict import GDictIndexError
from gdict.arrays.datasets import read_dataset

SHAPE = (6, 3, 4)
ARRAY = np.arange(72).reshape(SHAPE)


def positions(size: int) -> Any:
    return hnp.arrays(np.int64, st.integers(0, 5), elements=st.integers(-size, size - 1))


def parts(size: int) -> Any:
    return st.integers(-size, size - 1) | st.slices(size) | positions(size) | hnp.arrays(bool, size)


INDICES = st.one_of(
    parts(6),
    hnp.arrays(bool, (6, 3)),
    hnp.arrays(np.int64, (2, 3), elements=st.integers(-6, 5)),
    st.tuples(parts(6), st.slices(3), st.integers(-4, 3) | st.slices(4)),
    st.tuples(st.integers(-6, 5) | st.slices(6), parts(3)),
    st.tuples(st.just(...), parts(4)),
    st.tuples(parts(6), st.just(None), st.just(...)),
    st.tuples(positions(6).filter(len), st.slices(3), st.integers(-4, 3)),
    st.integers(1, 4).flatmap(
        lambda n: st.tuples(
            hnp.arrays(np.int64, n, elements=st.integers(-6, 5)),
            hnp.arrays(np.int64, n, elements=st.integers(-3, 2)),
        )
    ),
)


@pytest.fixture(scope="module", params=[None, "gzip"])
def dataset(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path: Path = tmp_path_factory.mktemp("index") / "x.h5"
    with h5py.File(path, "w") as file:
        yield file.create_dataset("x", data=ARRAY, compression=request.param)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(index=INDICES)
def test_reading_is_numpys_indexing(dataset: Any, index: Any) -> None:
    np.testing.assert_array_equal(read_dataset(dataset, index), ARRAY[index])


@pytest.mark.parametrize(
    "index", [6, -7, np.array([0, 6]), np.array([0.5]), (0, 0, 0, 0), "x", (..., ...)]
)
def test_what_numpy_refuses_is_an_index_error(dataset: Any, index: Any) -> None:
    with pytest.raises(IndexError):
        read_dataset(dataset, index)


@pytest.mark.parametrize(
    "index",
    [
        np.array([True, False, True]),
        np.ones(7, bool),
        np.ones((6, 2), bool),
        np.ones((6, 3, 5), bool),
        (0, np.ones(4, bool)),
        (..., np.ones(3, bool)),
        (None, slice(2), np.ones((3, 3), bool)),
        [True, False],
    ],
)
def test_a_mask_of_another_shape_is_refused_as_by_numpy(dataset: Any, index: Any) -> None:
    with pytest.raises(IndexError):
        ARRAY[index]
    with pytest.raises(GDictIndexError, match=r"Expected a mask of shape \(.*\) from axis"):
        read_dataset(dataset, index)


@pytest.mark.parametrize(
    "index",
    [
        (None, slice(4), np.array([True, False, True])),
        (..., np.array([[True, False, True, True]] * 3)),
        (..., np.array([0, 2]), None, np.array([True, False, True, False])),
        (np.ones((6, 3), bool), ..., None),
    ],
)
def test_masks_count_axes_behind_new_ones_and_ellipses(dataset: Any, index: Any) -> None:
    np.testing.assert_array_equal(read_dataset(dataset, index), ARRAY[index])
