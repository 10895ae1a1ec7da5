import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gdict import DictArray, GDict, GDictValueError, Quantizer, shrink_floats

RANGES = st.tuples(st.floats(-1000, 1000), st.floats(0.001, 1000)).map(
    lambda r: (r[0], r[0] + r[1])
)


@given(
    RANGES,
    st.sampled_from(["uint8", "uint16"]),
    st.sampled_from([np.float32, np.float64]),
    st.data(),
)
def test_the_error_stays_below_the_bound(
    limits: tuple[float, float], dtype: str, source: type, data: st.DataObject
) -> None:
    quantizer = Quantizer(*limits, dtype)  # type: ignore[arg-type]
    fractions = data.draw(hnp.arrays(np.float64, 30, elements=st.floats(0, 1)))
    values = (limits[0] + fractions * (limits[1] - limits[0])).astype(source)
    packed = quantizer.encode(GDict({"x": values}))
    assert packed["x"].dtype == dtype
    restored = quantizer.decode(packed)["x"]
    assert restored.dtype == np.float32
    assert np.abs(restored.astype(np.float64) - values).max() <= quantizer.max_error


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_the_bound_is_about_half_a_step(dtype: str) -> None:
    quantizer = Quantizer(0.0, 2.0, dtype)  # type: ignore[arg-type]
    assert quantizer.resolution == 2.0 / {"uint8": 255, "uint16": 65535}[dtype]
    assert 0.5 * quantizer.resolution < quantizer.max_error < 0.54 * quantizer.resolution


def test_a_resolution_gives_the_range() -> None:
    quantizer = Quantizer.with_resolution(0.001, low=0.2)
    assert quantizer.high == pytest.approx(65.735)
    assert quantizer.encode(GDict({"d": np.array([0.2, 1.2])}))["d"].tolist() == [0, 1000]


def test_numbers_outside_are_clipped_and_nan_is_refused() -> None:
    quantizer = Quantizer(0.0, 2.0, "uint8")
    packed = quantizer.encode(GDict({"d": np.array([-1.0, np.inf, -np.inf, 2.0])}))
    assert packed["d"].tolist() == [0, 255, 0, 255]
    with pytest.raises(GDictValueError, match=r"obs/d: NaN"):
        quantizer.encode(GDict({"obs": {"d": np.array([1.0, np.nan])}}))


def test_only_floats_are_encoded_and_only_its_type_decoded() -> None:
    quantizer = Quantizer(0.0, 2.0)
    data = DictArray(
        {
            "rgb": np.arange(3, dtype=np.uint8),
            "depth": np.ones((3, 2), np.float16),
            "brain": torch.ones(3, dtype=torch.bfloat16),
        }
    )
    packed = quantizer.encode(data)
    assert type(packed) is DictArray
    assert packed.dtype == {"rgb": "uint8", "depth": "uint16", "brain": "uint16"}
    restored = quantizer.decode(packed, "float64")
    assert restored.dtype == {"rgb": "uint8", "depth": "float64", "brain": "float64"}


def test_tensors_are_quantized_alike() -> None:
    values = np.linspace(-1, 3, 101, dtype=np.float32)
    quantizer = Quantizer(0.0, 2.0)
    packed = quantizer.encode(GDict({"d": torch.from_numpy(values)}))
    assert packed.to_numpy().equal(quantizer.encode(GDict({"d": values})))
    assert quantizer.decode(packed).to_numpy().allclose(quantizer.decode(packed.to_numpy()))


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((1.0, 1.0), "low must"),
        ((0.0, np.inf), "low must"),
        ((np.nan, 1.0), "low must"),
        ((-1e308, 1e308), "low must"),
        ((0.0, 1.0, "int8"), "dtype must"),
    ],
)
def test_impossible_settings_are_refused(arguments: tuple[object, ...], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        Quantizer(*arguments)  # type: ignore[arg-type]


@given(hnp.arrays(np.float64, 20, elements=st.floats(-60000, 60000)))
def test_short_floats_keep_the_stated_precision(values: np.ndarray) -> None:
    for dtype, relative, absolute in (
        ("float32", 2.0**-24, 7.1e-46),
        ("float16", 2.0**-11, 3.0e-8),
    ):
        short = shrink_floats(GDict({"x": values}), dtype)["x"]  # type: ignore[arg-type]
        assert short.dtype == dtype
        assert (
            np.abs(short.astype(np.float64) - values) <= relative * np.abs(values) + absolute
        ).all()


def test_shrinking_leaves_the_rest_alone_and_refuses_overflow() -> None:
    data = GDict(
        {
            "i": np.arange(3),
            "h": np.ones(2, np.float16),
            "f": torch.ones(2),
            "n": np.array([np.inf, np.nan]),
        }
    )
    assert shrink_floats(data).dtype == {
        "i": "int64",
        "h": "float16",
        "f": "float32",
        "n": "float32",
    }
    with pytest.raises(GDictValueError, match=r"a/x: Numbers beyond 6.55e\+04"):
        shrink_floats(GDict({"a": {"x": np.array([1e5])}}), "float16")
    with pytest.raises(GDictValueError, match="dtype must"):
        shrink_floats(data, "int8")  # type: ignore[arg-type]
