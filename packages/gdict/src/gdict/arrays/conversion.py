"""What one array is, and conversion of its type, library and device."""

import sys

import numpy as np

from gdict.aliases import Array, Device, Dtype
from gdict.arrays.backend import is_tensor
from gdict.errors import GDictTypeError


def dtype_name(array: Array) -> str:
    """Return the name of the array's data type, the same for NumPy and torch."""
    return str(array.dtype).removeprefix("torch.")


def device_name(array: Array) -> str:
    """Return the device as torch writes it; NumPy arrays and datasets are on `cpu`."""
    return str(array.device) if is_tensor(array) else "cpu"


def astype(array: Array, dtype: Dtype) -> Array:
    """Convert all arrays to `dtype`, a name such as `uint8` or a NumPy or torch type."""
    name = str(dtype).removeprefix("torch.") if not isinstance(dtype, type) else dtype
    if not is_tensor(array):
        return np.asarray(array).astype(name)[()]
    import torch

    name = name if name == "bfloat16" else np.dtype(name).name
    if not hasattr(torch, name):
        raise GDictTypeError(f"A tensor cannot have the data type {name}.")
    return array.to(getattr(torch, name))


def to_numpy(array: Array) -> Array:
    """Return tensors and datasets as NumPy arrays; memory is shared where possible.

    Raises:
        GDictTypeError: If the tensor's data type has no NumPy counterpart.
    """
    if not is_tensor(array):
        return array
    try:
        return array.detach().cpu().resolve_conj().resolve_neg().numpy()
    except TypeError as error:
        raise GDictTypeError(f"{error} Convert with astype() first.") from error


def as_tensor(array: Array) -> Array:
    """Return a tensor that shares writable memory; text and times stay NumPy arrays."""
    if type(array) is not np.ndarray and is_tensor(array):
        return array
    if array.dtype.kind not in "biufc":
        return array
    from_numpy = sys.modules["torch"].from_numpy
    if type(array) is np.ndarray and array.flags.writeable:
        try:
            return from_numpy(array)
        except (TypeError, ValueError):  # foreign byte order, or negative strides
            pass
    return from_numpy(np.array(array, array.dtype.newbyteorder("="), order="C"))


def to_torch(array: Array, device: Device, dtype: Dtype, non_blocking: bool) -> Array:
    """Return a tensor of a type, on a device; None leaves either as it is."""
    tensor = as_tensor(array)
    if not is_tensor(tensor):
        return tensor
    if dtype is not None:
        tensor = astype(tensor, dtype)
    return tensor if device is None else tensor.to(device, non_blocking=non_blocking)
