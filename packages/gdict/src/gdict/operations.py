"""Operations over all leaves, with one naming scheme: NumPy's names, `axis`, `keepdims`.

All act on arrays (NumPy, torch, datasets, which are read first); strings, Python numbers and
None pass through. Operations that keep every shape return the caller's class, the others a GDict.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from gdict import arrays, tree
from gdict.backend import NUMPY_TYPES, in_memory, is_array, is_tensor, require, tensor_type
from gdict.errors import GDictValueError, path_text
from gdict.nested import Nested
from gdict.pytree import register_loaded

if TYPE_CHECKING:
    from tensordict import TensorDict

    from gdict.container import GDict


class Operations(Nested):
    """The part of GDict that computes with all leaves at once."""

    __slots__ = ()

    def map(self, fn: Callable[..., Any], *others: Any) -> GDict:
        """Return a GDict of `fn(leaf, *leaves of others)`.

        Args:
            fn: Called once per leaf, in order.
            *others: GDicts or containers of the same structure.

        Raises:
            GDictValueError: If the structures differ.
            GDictError: If `fn` fails; its path names the leaf, its cause is the original error.
        """
        if not others:
            return self._plain(tree.map_leaves(fn, self._gdict_tree))
        owned = tuple(tree.own(other) for other in others)
        return self._plain(tree.map_leaves_with(fn, self._gdict_tree, owned))

    def map_with_path(self, fn: Callable[[str, Any], Any]) -> GDict:
        """Return a GDict of `fn(path, leaf)`, with paths such as `obs/rgb`."""
        return self._plain(
            tree.map_paths(lambda path, leaf: fn(path_text(path), leaf), self._gdict_tree)
        )

    def _arrays(self, fn: Callable[[Any], Any]) -> GDict:
        return self._plain(tree.map_leaves(_on_arrays(fn), self._gdict_tree))

    def _elementwise(self, fn: Callable[[Any], Any]) -> Self:
        return self._wrap(tree.map_leaves(_on_arrays(fn), self._gdict_tree))

    # ---------------------------------------------------------------- library, type, device

    def to_numpy(self) -> Self:
        """Return tensors and datasets as NumPy arrays; memory is shared where possible."""
        return self._elementwise(arrays.to_numpy)

    def to_torch(self, device: Any = None, dtype: Any = None, non_blocking: bool = False) -> Self:
        """Return numeric arrays as tensors; writable memory is shared.

        Args:
            device: A torch device or its name; None leaves tensors where they are.
            dtype: A name such as `float32` or a torch type; None keeps each leaf's.
            non_blocking: Whether copies from pinned memory may overlap with computation.
        """
        require("torch", "torch")
        register_loaded()
        if device is None and dtype is None:
            return self._elementwise(arrays.to_torch)
        return self._elementwise(lambda x: arrays.to_torch(x, device, dtype, non_blocking))

    def to_tensordict(self, batch_size: Sequence[int] | None = None) -> TensorDict:
        """Return a TensorDict with the same memory; lists become dictionaries with keys `0`, `1`.

        Args:
            batch_size: Leading axes that all arrays share; None is the number of rows for a
                DictArray and nothing for a GDict.

        Raises:
            MissingExtraError: If tensordict is not installed.
        """
        from gdict.interop import to_tensordict

        return to_tensordict(self, batch_size)

    def to_list(self) -> Any:
        """Return the nesting with arrays as lists of Python numbers, ready for JSON."""
        return self._arrays(lambda x: x.tolist())._gdict_tree

    def item(self) -> GDict:
        """Return arrays of one element as Python numbers."""
        return self._arrays(lambda x: x.item())

    def to(self, device: Any, non_blocking: bool = False) -> Self:
        """Move tensors to a device; NumPy arrays stay, since they have only one."""
        return self._elementwise(
            lambda x: x.to(device, non_blocking=non_blocking) if is_tensor(x) else x
        )

    def cpu(self) -> Self:
        """Move tensors to main memory."""
        return self.to("cpu")

    def cuda(self, device: Any = "cuda", non_blocking: bool = False) -> Self:
        """Return all numeric arrays as tensors on a CUDA device."""
        return self.to_torch(device, non_blocking=non_blocking)

    def pin_memory(self) -> Self:
        """Return tensors in page-locked memory, from where copies to a GPU are fast."""
        return self._elementwise(lambda x: x.pin_memory() if is_tensor(x) else x)

    def detach(self) -> Self:
        """Return tensors without their gradient history."""
        return self._elementwise(lambda x: x.detach() if is_tensor(x) else x)

    def astype(self, dtype: Any) -> Self:
        """Convert all arrays to `dtype`, a name such as `uint8` or a NumPy or torch type."""
        return self._elementwise(lambda x: arrays.astype(x, dtype))

    def float(self) -> Self:
        """Convert all arrays to float32."""
        return self.astype("float32")

    def half(self) -> Self:
        """Convert all arrays to float16."""
        return self.astype("float16")

    def copy(self) -> Self:
        """Copy every array."""
        return self._elementwise(lambda x: x.copy() if isinstance(x, NUMPY_TYPES) else x.clone())

    def contiguous(self) -> Self:
        """Return arrays whose memory is in C order; copies only those that are not."""
        return self._elementwise(
            lambda x: x.contiguous() if is_tensor(x) else np.asarray(x, order="C")
        )

    def zeros_like(self) -> Self:
        """Return zeros of the same shapes, types and devices."""
        return self._elementwise(
            lambda x: x.new_zeros(x.shape) if is_tensor(x) else np.zeros_like(x)[()]
        )

    def clip(self, low: Any = None, high: Any = None) -> Self:
        """Limit all values to `[low, high]`; None leaves that side open."""
        return self._elementwise(lambda x: x.clip(low, high))

    # ---------------------------------------------------------------- axes

    def squeeze(self, axis: int | None = None) -> GDict:
        """Remove one axis of size 1, or all of them."""
        return self._arrays(lambda x: arrays.squeeze(x, axis))

    def unsqueeze(self, axis: int) -> GDict:
        """Insert an axis of size 1 at position `axis`."""
        return self._arrays(lambda x: arrays.unsqueeze(x, axis))

    def reshape(self, shape: int | Sequence[int]) -> GDict:
        """Give every array the same new shape."""
        return self._arrays(lambda x: x.reshape(shape))

    def split_dim(self, axis: int, sizes: Sequence[int]) -> GDict:
        """Replace one axis by several: `(6, 5)` with axis 0 and sizes (2, -1) is `(2, 3, 5)`."""
        return self._arrays(lambda x: arrays.split_dim(x, axis, sizes))

    def transpose(self, axis0: int, axis1: int) -> GDict:
        """Swap two axes."""
        return self._arrays(lambda x: x.swapaxes(axis0, axis1))

    def repeat(self, count: int, axis: int = 0) -> GDict:
        """Repeat every entry along `axis`: a, a, b, b."""
        return self._arrays(lambda x: arrays.repeat(x, count, axis))

    def tile(self, counts: int | Sequence[int]) -> GDict:
        """Repeat the arrays as wholes: a, b, a, b; one count per axis, the last axes first."""
        return self._arrays(lambda x: arrays.tile(x, counts))

    # ---------------------------------------------------------------- values

    def mean(self, axis: arrays.Axes = None, keepdims: bool = False) -> GDict:
        """Average over `axis`, or over all axes."""
        return self._arrays(lambda x: arrays.reduce(x, "mean", axis, keepdims))

    def sum(self, axis: arrays.Axes = None, keepdims: bool = False) -> GDict:
        """Sum over `axis`, or over all axes."""
        return self._arrays(lambda x: arrays.reduce(x, "sum", axis, keepdims))

    def min(self, axis: arrays.Axes = None, keepdims: bool = False) -> GDict:
        """Return the smallest values over `axis`, or over all axes."""
        return self._arrays(lambda x: arrays.reduce(x, "min", axis, keepdims))

    def max(self, axis: arrays.Axes = None, keepdims: bool = False) -> GDict:
        """Return the largest values over `axis`, or over all axes."""
        return self._arrays(lambda x: arrays.reduce(x, "max", axis, keepdims))

    def take(self, indices: Any, axis: int = 0) -> GDict:
        """Copy the entries at `indices` along `axis`; a single integer removes the axis."""
        return self._arrays(lambda x: arrays.take(x, indices, axis))

    def select_with_mask(self, mask: Any) -> GDict:
        """Copy the entries where the boolean `mask` is true, along the mask's axes."""
        mask = _as_mask(mask)
        return self._arrays(lambda x: arrays.select_with_mask(x, mask))

    def recover_with_mask(self, mask: Any, fill: Any = 0) -> GDict:
        """Undo `select_with_mask`; entries where the mask is false become `fill`."""
        mask = _as_mask(mask)
        return self._arrays(lambda x: arrays.recover_with_mask(x, mask, fill))


def _on_arrays(fn: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return `fn` restricted to arrays, which datasets become by being read."""
    tensor = tensor_type()

    def apply(leaf: Any) -> Any:
        kind = type(leaf)
        if kind is np.ndarray or kind is tensor:  # what is usual, fast
            return fn(leaf)
        return fn(in_memory(leaf)) if is_array(leaf) else leaf

    return apply


def _as_mask(mask: Any) -> np.ndarray:
    array = np.asarray(arrays.to_numpy(mask))
    if array.dtype != np.bool_:
        raise GDictValueError(f"A mask must be boolean, got {array.dtype}.")
    return array
