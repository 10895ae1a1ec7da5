import argparse
import datetime as dt
import json
import pickle
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

from spawnnet_encoders import ConfigurationError
from spawnnet_encoders.backbone.checkpoint_file import read_tensors


class Harmful:
    """Unpickling this creates a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def save_pickle(content: Any, path: Path) -> None:
    path.write_bytes(pickle.dumps(content, protocol=2))


@pytest.mark.parametrize("save", [torch.save, save_pickle])
def test_code_in_a_file_is_never_run(tmp_path: Path, save: Any) -> None:
    trace, path = tmp_path / "ran", tmp_path / "weights.pth"
    save({"model": Harmful(trace)}, path)
    with pytest.raises(ConfigurationError, match="is no file of plain tensors"):
        read_tensors(path)
    assert not trace.exists()


@pytest.mark.parametrize("content", [{"epoch": 3}, {0: torch.ones(1)}, [torch.ones(1)]])
def test_a_file_without_weights_is_named(tmp_path: Path, content: Any) -> None:
    torch.save(content, tmp_path / "weights.pth")
    with pytest.raises(ConfigurationError, match="` holds"):
        read_tensors(tmp_path / "weights.pth")


@pytest.mark.parametrize("name", ["weights.pth", "weights.safetensors"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip file", b"hello" * 100])
def test_a_broken_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(
        ConfigurationError, match=rf"{name}` is no file of plain tensors, or it is damaged"
    ):
        read_tensors(tmp_path / name)


@pytest.mark.parametrize("is_zip", [True, False])
def test_what_trainers_keep_beside_weights_is_no_obstacle(tmp_path: Path, is_zip: bool) -> None:
    content = {
        "model": {"norm.bias": torch.arange(3.0)},
        "args": argparse.Namespace(lr=1e-3, output=Path("runs")),
        "best": np.float64(0.5),
        "epoch": 3,
        "seen": defaultdict(list, {3: [dt.datetime(2026, 1, 2)]}),
        "random": np.random.default_rng(0).bit_generator.state,
        "scale": np.arange(3),
    }
    torch.save(content, tmp_path / "x.pth", _use_new_zipfile_serialization=is_zip)
    found = read_tensors(tmp_path / "x.pth")
    assert list(found) == ["model.norm.bias"]
    assert torch.equal(found["model.norm.bias"], torch.arange(3.0))


def test_classes_that_are_the_obstacle_are_named(tmp_path: Path) -> None:
    torch.save({"model": {"a": torch.ones(1)}, "config": Harmful(tmp_path)}, tmp_path / "x.pth")
    with pytest.raises(ConfigurationError, match=r": it holds builtins\.getattr, pathlib\.Path\."):
        read_tensors(tmp_path / "x.pth")


def test_torchs_files_are_known_by_their_content(tmp_path: Path) -> None:
    torch.save({"a.b": torch.arange(4.0)}, tmp_path / "weights.safetensors")
    assert list(read_tensors(tmp_path / "weights.safetensors")) == ["a.b"]


def test_the_only_weights_of_a_folder_are_read(tmp_path: Path) -> None:
    safetensors.torch.save_file({"a.b": torch.arange(4.0)}, tmp_path / "vit.safetensors")
    assert list(read_tensors(tmp_path)) == ["a.b"]
    safetensors.torch.save_file({"a.c": torch.arange(4.0)}, tmp_path / "head.safetensors")
    with pytest.raises(ConfigurationError, match="is a folder and holds none of"):
        read_tensors(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<!DOCTYPE html><html>", "is a web page, so the download went wrong"),
        (b"\x89HDF\r\n\x1a\n" + bytes(99), "is an HDF5 file, as Keras writes them"),
    ],
)
def test_what_is_no_weight_file_is_said(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "x.pth").write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        read_tensors(tmp_path / "x.pth")


@pytest.mark.parametrize(
    ("entry", "message"),
    [("x/constants.pkl", "is a TorchScript program"), ("kernel.npy", "is an archive of NumPy")],
)
def test_other_archives_are_said(tmp_path: Path, entry: str, message: str) -> None:
    with zipfile.ZipFile(tmp_path / "x.pt", "w") as archive:
        archive.writestr(entry, b"")
    with pytest.raises(ConfigurationError, match=message):
        read_tensors(tmp_path / "x.pt")


def test_safetensors_are_known_by_their_content(tmp_path: Path) -> None:
    safetensors.torch.save_file({"a.b": torch.arange(4.0)}, tmp_path / "weights.bin")
    assert torch.equal(read_tensors(tmp_path / "weights.bin")["a.b"], torch.arange(4.0))


@pytest.mark.parametrize(
    "name", [".", "model.safetensors.index.json", "model-00001-of-00002.safetensors"]
)
def test_split_files_are_read_by_index_folder_or_part(tmp_path: Path, name: str) -> None:
    parts = {
        f"model-0000{i}-of-00002.safetensors": {f"layer.{i}": torch.full((i,), 1.5)} for i in (1, 2)
    }
    for file, part in parts.items():
        safetensors.torch.save_file(part, tmp_path / file)
    places = {key: file for file, part in parts.items() for key in part}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    found = read_tensors(tmp_path / name)
    assert {key: tuple(value.shape) for key, value in found.items()} == {
        "layer.1": (1,),
        "layer.2": (2,),
    }


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ('{"weight_map": {"a": "gone.safetensors"}}', "needs `gone.safetensors` beside it"),
        ('{"weight_map": {"a": "../secret.safetensors"}}', "it names files elsewhere"),
        ('{"weight_map": 3}', "is no index of a split weight file"),
        ("[" * 100_000, "is no index of a split weight file"),
    ],
)
def test_a_wrong_index_is_named(tmp_path: Path, index: str, message: str) -> None:
    (tmp_path / "model.safetensors.index.json").write_text(index)
    with pytest.raises(ConfigurationError, match=message):
        read_tensors(tmp_path / "model.safetensors.index.json")


def test_a_pointer_of_git_lfs_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.pth").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    with pytest.raises(ConfigurationError, match=r"pointer of Git LFS, .* git lfs pull"):
        read_tensors(tmp_path / "x.pth")


def test_an_archive_that_unpacks_to_much_more_is_refused(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(100_000)}, tmp_path / "plain.pth")
    with (
        zipfile.ZipFile(tmp_path / "plain.pth") as plain,
        zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for name in plain.namelist():
            bomb.writestr(name, plain.read(name))
    with pytest.raises(ConfigurationError, match="is no file of plain tensors"):
        read_tensors(tmp_path / "bomb.pth")
