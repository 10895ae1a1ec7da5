"""`SPAWNNET_FUZZ=5000 pytest test_fuzz.py` tries that many damaged files of each kind."""

import contextlib
import os
from pathlib import Path

import numpy as np
import safetensors.torch
import torch

from spawnnet_encoders import ConfigurationError
from spawnnet_encoders.backbone.checkpoint_file import read_tensors

TRIES = int(os.environ.get("SPAWNNET_FUZZ", "100"))


def test_damaged_files_end_in_sentences(tmp_path: Path) -> None:
    torch.save({"model": {"norm.bias": torch.arange(30.0)}}, tmp_path / "x.pth")
    safetensors.torch.save_file({"a.b": torch.arange(40.0)}, tmp_path / "x.safetensors")
    generator = np.random.default_rng(0)
    for name in ("x.pth", "x.safetensors"):
        content = (tmp_path / name).read_bytes()
        for _ in range(TRIES):
            damaged = bytearray(content[: int(generator.integers(len(content)))])
            for place in generator.integers(len(damaged) + 1, size=int(generator.integers(4))):
                damaged[place : place + 1] = bytes(generator.integers(256, size=1, dtype=np.uint8))
            (tmp_path / "damaged").write_bytes(damaged)
            with contextlib.suppress(ConfigurationError):
                read_tensors(tmp_path / "damaged")
