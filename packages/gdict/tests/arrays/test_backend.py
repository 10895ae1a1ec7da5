import subprocess
import sys

import h5py
import numpy as np
import pytest
import torch

from gdict import MissingExtraError
from gdict.arrays import backend


def test_leaves_are_told_apart() -> None:
    with h5py.File.in_memory() as file:
        dataset = file.create_dataset("x", data=np.arange(3))
        assert backend.is_dataset(dataset)
        assert backend.is_array(dataset)
        assert backend.in_memory(dataset).tolist() == [0, 1, 2]
    assert backend.is_tensor(torch.nn.Parameter(torch.ones(2)))
    assert not backend.is_tensor(np.ones(2))
    assert backend.is_array(np.float32(1))
    assert not any(backend.is_array(leaf) for leaf in ("text", 1, 2.5, None, True))


def test_a_missing_library_names_its_extra() -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'spawnnet-gdict\[nothing\]'"):
        backend.require("no_such_library", "nothing")


def test_importing_gdict_imports_no_optional_library() -> None:
    script = (
        "import sys, gdict, numpy\n"
        "gdict.GDict({'a': numpy.ones(3)})[1:].mean()\n"
        "assert not {'torch', 'h5py', 'yaml', 'optree', 'tensordict'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
