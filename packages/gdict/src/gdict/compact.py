"""Compact storage of floating-point numbers, with stated errors: quantization and short floats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeVar, final

import numpy as np

from gdict.aliases import Array
from gdict.arrays.conversion import astype, dtype_name
from gdict.classes.gdict import GDict
from gdict.errors import GDictValueError
from gdict.trees.walks import map_arrays

G = TypeVar("G", bound=GDict)


@final
@dataclass(frozen=True)
class Quantizer:
    """Numbers in `[low, high]` as evenly spaced integers, such as depth in metres as uint16.

    Numbers outside are clipped to the range; NaN is refused.

    Attributes:
        low: The number stored as 0.
        high: The number stored as the largest integer.
        dtype: `uint8` (255 steps) or `uint16` (65535 steps).

    Raises:
        ValueError: If the range is empty or not finite, or the type another one.
    """

    low: float
    high: float
    dtype: Literal["uint8", "uint16"] = "uint16"

    def __post_init__(self) -> None:
        if self.dtype not in ("uint8", "uint16"):
            raise GDictValueError(f"dtype must be `uint8` or `uint16`, got {self.dtype!r}.")
        if not (self.low < self.high and np.isfinite(self.high - self.low)):
            raise GDictValueError(
                f"low must be below high, both finite, got {self.low} and {self.high}."
            )

    @classmethod
    def with_resolution(
        cls, resolution: float, low: float = 0.0, dtype: Literal["uint8", "uint16"] = "uint16"
    ) -> Quantizer:
        """Return the quantizer whose steps are `resolution` wide, starting at `low`."""
        return cls(low, low + resolution * int(np.iinfo(dtype).max), dtype)

    @property
    def resolution(self) -> float:
        """Return the distance between two neighbouring numbers that can be stored."""
        return (self.high - self.low) / int(np.iinfo(self.dtype).max)

    @property
    def max_error(self) -> float:
        """Return the largest error of `decode(encode(x))` for float32 `x` within the range.

        Half a step for rounding, 0.02 steps and 2**-22 of the largest number for the arithmetic
        in float32.
        """
        return 0.52 * self.resolution + 2**-22 * max(abs(self.low), abs(self.high))

    def encode(self, data: G) -> G:
        """Return `data` with floating-point arrays as integers; other leaves as they are.

        Raises:
            GDictValueError: If an array holds NaN; the path names it.
        """
        return data._wrap(map_arrays(self._encode, data._gdict_tree))

    def decode(self, data: G, dtype: str = "float32") -> G:
        """Return `data` with arrays of this quantizer's type as floating-point numbers."""
        return data._wrap(map_arrays(lambda x: self._decode(x, dtype), data._gdict_tree))

    def _encode(self, array: Array) -> Array:
        if "float" not in dtype_name(array):
            return array
        steps = int(np.iinfo(self.dtype).max)
        if dtype_name(array) in ("float16", "bfloat16"):
            array = astype(array, "float32")
        if bool((array != array).any()):
            raise GDictValueError("NaN cannot be quantized; replace it first.")
        scaled = (array.clip(self.low, self.high) - self.low) * (steps / (self.high - self.low))
        return astype(scaled.round().clip(0, steps), self.dtype)

    def _decode(self, array: Array, dtype: str) -> Array:
        if dtype_name(array) != self.dtype:
            return array
        wide = astype(array, "float64" if dtype == "float64" else "float32")
        return astype(wide * self.resolution + self.low, dtype)


def shrink_floats(data: G, dtype: Literal["float32", "float16"] = "float32") -> G:
    """Return `data` with wider floating-point arrays as `dtype`; other leaves as they are.

    Normal numbers keep a relative error of at most 2**-24 (float32) or 2**-11 (float16); smaller
    ones, below 1.2e-38 or 6.1e-5, an absolute error of at most 7.1e-46 or 3.0e-8.

    Raises:
        GDictValueError: If a finite number is too large for `dtype`; the path names the leaf.
    """
    if dtype not in ("float32", "float16"):
        raise GDictValueError(f"dtype must be `float32` or `float16`, got {dtype!r}.")
    itemsize = np.dtype(dtype).itemsize

    def shrink(array: Array) -> Array:
        name = dtype_name(array)
        if name not in ("float64", "float32") or np.dtype(name).itemsize <= itemsize:
            return array
        limit = float(np.finfo(dtype).max)
        if bool(((abs(array) > limit) & (abs(array) != np.inf)).any()):
            raise GDictValueError(f"Numbers beyond {limit:.3g} do not fit in {dtype}.")
        return astype(array, dtype)

    return data._wrap(map_arrays(shrink, data._gdict_tree))
