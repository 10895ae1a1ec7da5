"""Operations on one array: a NumPy array or a torch tensor, with NumPy's names and meaning."""

import sys
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from gdict.backend import is_tensor
from gdict.errors import GDictTypeError, GDictValueError

Axes = int | tuple[int, ...] | None
Reduction = Literal["mean", "sum", "min", "max"]


def dtype_name(array: Any) -> str:
    """Return the name of the array's data type, the same for NumPy and torch."""
    return str(array.dtype).removeprefix("torch.")


def device_name(array: Any) -> str:
    """Return the device as torch writes it; NumPy arrays and datasets are on `cpu`."""
    return str(array.device) if is_tensor(array) else "cpu"


def astype(array: Any, dtype: Any) -> Any:
    """Convert to `dtype`, a name such as `float32` or a type of NumPy or torch."""
    name = str(dtype).removeprefix("torch.") if not isinstance(dtype, type) else dtype
    if not is_tensor(array):
        return np.asarray(array).astype(name)[()]
    import torch

    name = name if name == "bfloat16" else np.dtype(name).name
    if not hasattr(torch, name):
        raise GDictTypeError(f"A tensor cannot have the data type {name}.")
    return array.to(getattr(torch, name))


def to_numpy(array: Any) -> Any:
    """Return a NumPy array that shares memory where it can.

    Raises:
        GDictTypeError: If the tensor's data type has no NumPy counterpart.
    """
    if not is_tensor(array):
        return array
    try:
        return array.detach().cpu().resolve_conj().resolve_neg().numpy()
    except TypeError as error:
        raise GDictTypeError(f"{error} Convert with astype() first.") from error


def to_torch(array: Any, device: Any = None, dtype: Any = None, non_blocking: bool = False) -> Any:
    """Return a tensor that shares memory where it can; text and times stay NumPy arrays."""
    tensor = array if type(array) is not np.ndarray and is_tensor(array) else _from_numpy(array)
    if dtype is None and device is None:
        return tensor
    if dtype is not None and is_tensor(tensor):
        tensor = astype(tensor, dtype)
    if device is None or not is_tensor(tensor):
        return tensor
    return tensor.to(device, non_blocking=non_blocking)


def _from_numpy(array: Any) -> Any:
    if array.dtype.kind not in "biufc":
        return array
    from_numpy = sys.modules["torch"].from_numpy
    if type(array) is np.ndarray and array.flags.writeable:
        try:
            return from_numpy(array)
        except (TypeError, ValueError):  # foreign byte order, or negative strides
            pass
    return from_numpy(np.array(array, array.dtype.newbyteorder("="), order="C"))


def squeeze(array: Any, axis: int | None) -> Any:
    """Remove one axis of size 1, or all of them."""
    if axis is None:
        return array.squeeze()
    if array.shape[normalized_axis(array, axis)] != 1:
        raise GDictValueError(f"Axis {axis} of shape {tuple(array.shape)} is not of size 1.")
    return array.squeeze(axis)


def unsqueeze(array: Any, axis: int) -> Any:
    """Insert an axis of size 1."""
    return array.unsqueeze(axis) if is_tensor(array) else np.expand_dims(array, axis)


def split_dim(array: Any, axis: int, sizes: Sequence[int]) -> Any:
    """Replace one axis by several whose sizes multiply to its size; one may be -1."""
    axis = normalized_axis(array, axis)
    return array.reshape((*array.shape[:axis], *sizes, *array.shape[axis + 1 :]))


def repeat(array: Any, count: int, axis: int) -> Any:
    """Repeat every entry along `axis` `count` times: a, a, b, b."""
    return array.repeat_interleave(count, axis) if is_tensor(array) else array.repeat(count, axis)


def tile(array: Any, counts: int | Sequence[int]) -> Any:
    """Repeat the whole array: a, b, a, b."""
    if not is_tensor(array):
        return np.tile(array, counts)
    return array.tile((counts,) if isinstance(counts, int) else tuple(counts))


def reduce(array: Any, kind: Reduction, axis: Axes, keepdims: bool) -> Any:
    """Reduce over `axis`, or over all axes if None."""
    if not is_tensor(array):
        return getattr(array, kind)(axis=axis, keepdims=keepdims)
    axes = tuple(range(array.ndim)) if axis is None else axis
    if kind == "mean" and not (array.is_floating_point() or array.is_complex()):
        array = array.float()
    method = {"mean": "mean", "sum": "sum", "min": "amin", "max": "amax"}[kind]
    return getattr(array, method)(dim=axes, keepdim=keepdims)


def take(array: Any, indices: Any, axis: int) -> Any:
    """Copy the entries at `indices` along `axis`; a single integer removes the axis."""
    if not is_tensor(array):
        return np.take(array, indices, axis=axis)
    import torch

    axis = normalized_axis(array, axis)
    positions = torch.as_tensor(indices, device=array.device)
    if positions.numel() and positions.dtype.is_floating_point:
        raise GDictTypeError(f"Indices must be integers, got {dtype_name(positions)}.")
    positions = torch.where(positions < 0, positions + array.shape[axis], positions).long()
    chosen = array.index_select(axis, positions.flatten())
    return chosen.reshape(*array.shape[:axis], *positions.shape, *array.shape[axis + 1 :])


def select_with_mask(array: Any, mask: np.ndarray) -> Any:
    """Copy the entries where the mask is true, along the mask's axes."""
    if mask.shape != tuple(array.shape[: mask.ndim]):
        raise GDictValueError(
            f"A mask of shape {mask.shape} does not fit an array of shape {tuple(array.shape)}."
        )
    return array[_on_device(mask, array)]


def recover_with_mask(array: Any, mask: np.ndarray, fill: Any) -> Any:
    """Undo `select_with_mask`: entries where the mask is false become `fill`."""
    if array.shape[0] != mask.sum():
        raise GDictValueError(f"The mask selects {mask.sum()} entries, got {array.shape[0]}.")
    shape = (*mask.shape, *array.shape[1:])
    full = array.new_full(shape, fill) if is_tensor(array) else np.full(shape, fill, array.dtype)
    full[_on_device(mask, array)] = array
    return full


def _on_device(mask: np.ndarray, array: Any) -> Any:
    if not is_tensor(array):
        return mask
    import torch

    return torch.from_numpy(mask).to(array.device)


def normalized_axis(array: Any, axis: int) -> int:
    """Return `axis` counted from the front.

    Raises:
        GDictValueError: If the array has no such axis.
    """
    if not -len(array.shape) <= axis < len(array.shape):
        raise GDictValueError(f"There is no axis {axis} in shape {tuple(array.shape)}.")
    return axis % len(array.shape)


def stack(arrays: Sequence[Any], axis: int) -> Any:
    """Join arrays of one shape along a new axis; numbers and strings become an array."""
    first = arrays[0]
    if is_tensor(first):
        import torch

        return torch.stack(list(arrays), axis)
    if type(first) is np.ndarray and axis == 0 and first.ndim:
        # One copy without np.stack's work per array, which dominates for small arrays.
        if set(map(len, arrays)) != {len(first)}:  # concatenate checks the other axes
            shapes = set(map(np.shape, arrays))
            raise GDictValueError(f"Only arrays of one shape can be stacked, got {shapes}.")
        return np.concatenate(arrays).reshape(len(arrays), *first.shape)
    return np.stack([np.asarray(array) for array in arrays], axis)


def concat(arrays: Sequence[Any], axis: int) -> Any:
    """Join arrays along an existing axis."""
    if is_tensor(arrays[0]):
        import torch

        return torch.cat(list(arrays), axis)
    return np.concatenate(arrays, axis)
