import pickle
from contextlib import suppress
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from openpi_client import msgpack_numpy

from spawnnet_serve import MessageError, pack, unpack

VALUES = [
    {"a": [1, 2.5, None, True, "text", b"bytes"], "b": {}},
    {
        "image": np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3),
        "depth": np.zeros((0, 3), "f4"),
    },
    {"scalar": np.float32(0.5), "count": np.int64(-3), "words": np.array(["one", "three"])},
    {"transposed": np.arange(6.0).reshape(2, 3).T, "zero": np.array(3.0)},
]


def check_equal(found: Any, expected: Any) -> None:
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        np.testing.assert_array_equal(found[key], value)
        if isinstance(value, np.ndarray | np.generic):
            assert (type(found[key]), found[key].dtype) == (type(value), value.dtype)


@pytest.mark.parametrize("value", VALUES[1:])
def test_openpi_client_reads_what_is_packed_and_the_other_way_round(value: Any) -> None:
    check_equal(msgpack_numpy.unpackb(pack(value)), value)
    check_equal(unpack(msgpack_numpy.packb(value)), value)


@pytest.mark.parametrize("value", VALUES)
def test_values_come_out_as_they_went_in(value: Any) -> None:
    check_equal(unpack(pack(value)), value)


def test_arrays_can_be_written_to() -> None:
    unpack(pack({"a": np.zeros(3)}))["a"][0] = 1


@pytest.mark.parametrize(
    "value",
    [
        np.array([None, "x"], object),
        np.zeros(2, [("a", "i4")]),
        np.zeros(2, complex),
        {"a": object()},
        1 << 70,
    ],
)
def test_what_cannot_travel_is_not_packed(value: Any) -> None:
    with pytest.raises(MessageError):
        pack(value)


def array(**changes: Any) -> bytes:
    entries = {b"__ndarray__": True, b"data": bytes(8), b"dtype": "<f4", b"shape": [2]}
    message: bytes = msgpack.packb({"a": entries | {k.encode(): v for k, v in changes.items()}})
    return message


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ("text", "expected a binary message, got text"),
        (b"", "no MessagePack"),
        (b"\xc1", "no MessagePack"),
        (pack({"a": 1}) + b"\x00", "no MessagePack"),
        (pack({"a": [1] * 9})[:-1], "no MessagePack"),
        (b"\x91" * 100_000, "no MessagePack"),
        (b"\xdd\xff\xff\xff\xff", "no MessagePack"),
        (msgpack.packb(msgpack.ExtType(7, b"abc")), "extension 7 of 3 bytes"),
        (msgpack.packb({"a": {b"__npgeneric__": True, b"data": [1], b"dtype": "<f4"}}), "list"),
        (msgpack.packb({"a": {b"__npgeneric__": True, b"data": "x", b"dtype": "<f4"}}), "is no"),
        (array(dtype="O", data=pickle.dumps(print)), "type 'O' are not read"),
        (array(dtype="|O8"), "type '|O8' are not read"),
        (array(dtype="i4,O"), "are not read"),
        (array(dtype="<c8"), "are not read"),
        (array(dtype="nonsense"), "are not read"),
        (array(dtype=["f4"]), "are not read"),
        (array(dtype="<U0", shape=[2], data=b""), "cannot have 0 bytes"),
        (array(shape=[3]), "shape .3. cannot have 8 bytes"),
        (array(shape=[-2]), "cannot have the shape"),
        (array(shape=[1 << 40, 1 << 40]), "cannot have 8 bytes"),
        (array(shape=[True, 2]), "cannot have the shape"),
        (array(shape=[1] * 99 + [2]), "is no MessagePack"),
        (array(shape="2"), "cannot have the shape"),
        (array(data="text"), "has str for bytes"),
    ],
)
def test_a_bad_message_is_one_sentence(message: Any, problem: str) -> None:
    with pytest.raises(MessageError, match=problem):
        unpack(message)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_read_or_refused(noise: bytes) -> None:
    with suppress(MessageError):
        unpack(noise)


@settings(deadline=None)
@given(
    arrays.arrays(
        st.one_of(arrays.integer_dtypes(), arrays.floating_dtypes(), arrays.boolean_dtypes()),
        arrays.array_shapes(min_dims=0, min_side=0, max_side=4),
    )
)
def test_every_array_of_numbers_survives(value: Any) -> None:
    found = unpack(msgpack_numpy.packb(value))
    assert found.dtype == value.dtype
    np.testing.assert_array_equal(found, value)
