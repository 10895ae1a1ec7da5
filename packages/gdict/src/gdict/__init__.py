"""Dictionaries of arrays with array indexing: NumPy alone is enough, torch and HDF5 optional."""

from gdict import pytree as _pytree
from gdict.__about__ import __version__
from gdict.compact import Quantizer, shrink_floats
from gdict.container import GDict
from gdict.dict_array import DictArray
from gdict.errors import (
    GDictError,
    GDictFileError,
    GDictIndexError,
    GDictKeyError,
    GDictRuntimeError,
    GDictTypeError,
    GDictValueError,
    MissingExtraError,
)
from gdict.formats import load_csv, load_json, load_npz, load_yaml
from gdict.hdf5 import OpenHDF5, load_hdf5, open_hdf5
from gdict.interop import from_tensordict
from gdict.ring import RingBuffer
from gdict.shared import SharedGDict, SharedHandle
from gdict.structure import Structure

__all__ = [
    "DictArray",
    "GDict",
    "GDictError",
    "GDictFileError",
    "GDictIndexError",
    "GDictKeyError",
    "GDictRuntimeError",
    "GDictTypeError",
    "GDictValueError",
    "MissingExtraError",
    "OpenHDF5",
    "Quantizer",
    "RingBuffer",
    "SharedGDict",
    "SharedHandle",
    "Structure",
    "__version__",
    "from_tensordict",
    "load_csv",
    "load_hdf5",
    "load_json",
    "load_npz",
    "load_yaml",
    "open_hdf5",
    "shrink_floats",
]

_pytree.register_loaded()
