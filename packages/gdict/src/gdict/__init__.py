"""Dictionaries of arrays with array indexing: NumPy alone is enough, torch and HDF5 optional."""

from gdict.__about__ import __version__
from gdict.classes.dict_array import DictArray
from gdict.classes.gdict import GDict
from gdict.classes.ring_buffer import RingBuffer
from gdict.classes.shared_gdict import SharedGDict
from gdict.classes.shared_memory import SharedHandle
from gdict.compact import Quantizer, shrink_floats
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
from gdict.files.hdf5.file import OpenHDF5, load_hdf5, open_hdf5, save_hdf5
from gdict.files.npz import load_npz, save_npz
from gdict.files.parquet import load_parquet, save_parquet
from gdict.files.table import load_csv, save_csv
from gdict.files.text import load_json, load_yaml, save_json, save_yaml
from gdict.files.zarr_folder import load_zarr, save_zarr
from gdict.interop import from_tensordict, to_tensordict
from gdict.trees.structure import Structure

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
    "load_parquet",
    "load_yaml",
    "load_zarr",
    "open_hdf5",
    "save_csv",
    "save_hdf5",
    "save_json",
    "save_npz",
    "save_parquet",
    "save_yaml",
    "save_zarr",
    "shrink_floats",
    "to_tensordict",
]
