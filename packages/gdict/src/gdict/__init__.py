"""Dictionaries of arrays with array indexing: NumPy alone is enough, torch and HDF5 optional."""

from gdict.__about__ import __version__
from gdict.container import GDict
from gdict.dict_array import DictArray
from gdict.errors import GDictError
from gdict.hdf5 import load_hdf5, open_hdf5
from gdict.ring import RingBuffer

__all__ = [
    "DictArray",
    "GDict",
    "GDictError",
    "RingBuffer",
    "__version__",
    "load_hdf5",
    "open_hdf5",
]
