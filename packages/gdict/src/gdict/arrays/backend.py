"""Which library a leaf belongs to; torch and h5py are looked up, never imported.

A leaf can only be a tensor or a dataset if its library is loaded already.
"""

import importlib
import sys
from types import ModuleType
from typing import Any

import numpy as np

from gdict.aliases import Array, Leaf
from gdict.errors import GDictValueError, MissingExtraError

NUMPY_TYPES = (np.ndarray, np.generic)  # a tuple, since torch.compile does not trace unions


def tensor_type() -> type[Any] | None:
    """Return `torch.Tensor`, or None while torch is not loaded."""
    return getattr(sys.modules.get("torch"), "Tensor", None)


def is_tensor(leaf: Leaf) -> bool:
    """Return whether `leaf` is a torch tensor."""
    tensor = tensor_type()
    return tensor is not None and isinstance(leaf, tensor)


def is_dataset(leaf: Leaf) -> bool:
    """Return whether `leaf` is an h5py dataset, still on disk."""
    dataset = getattr(sys.modules.get("h5py"), "Dataset", None)
    return dataset is not None and isinstance(leaf, dataset)


def is_array(leaf: Leaf) -> bool:
    """Return whether `leaf` is a NumPy array or scalar, a tensor, or a dataset.

    Operations act on arrays; all other leaves (strings, Python numbers, None) pass through.
    """
    return isinstance(leaf, NUMPY_TYPES) or is_tensor(leaf) or is_dataset(leaf)


def check_open(dataset: Array) -> None:
    """Raise unless the dataset's file is still open.

    Raises:
        GDictValueError: If it was closed.
    """
    if not dataset:
        raise GDictValueError("The file was closed; read before that.")


def in_memory(leaf: Leaf) -> Leaf:
    """Return `leaf`, read from disk first if it is a dataset."""
    if not is_dataset(leaf):
        return leaf
    check_open(leaf)
    return leaf[()]


def require(module: str, extra: str) -> ModuleType:
    """Import an optional library.

    Raises:
        MissingExtraError: If it is not installed; the text names the extra.
    """
    if module in sys.modules:  # torch.compile traces no import
        return sys.modules[module]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise MissingExtraError(
            f"This needs {module}: pip install 'spawnnet-gdict[{extra}]'."
        ) from error
