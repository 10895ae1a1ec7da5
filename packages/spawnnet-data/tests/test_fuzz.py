"""Damaged and hostile files end in an error of the data, never in another exception.

`SPAWNNET_FUZZ=500 pytest test_fuzz.py` tries that many inputs of each kind instead of a few.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

from spawnnet_data.batches.dataset import DemonstrationDataset
from spawnnet_data.batches.sampler import BatchRequest
from spawnnet_data.batches.windows import SamplingConfig
from spawnnet_data.cli import data_app
from spawnnet_data.common.errors import ConfigurationError, DataError
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.sources.formats import open_source
from spawnnet_data.tools.check import CheckConfig, check_source

TRIES = int(os.environ.get("SPAWNNET_FUZZ", "8"))
ODD_VALUES: list[Any] = [
    None, -1, 0, 2**40, 1e30, float("nan"), "", "x", "\x1b[2J", "../../etc/passwd", "{0}",
    "{video_key.__class__}", "/etc/passwd", [], [[]], {}, {"a": 1}, True, [-1], [2**40] * 3, [None],
    "a" * 10_000, "9" * 400,
]  # fmt: skip


def use(path: Path) -> None:
    """Do what training does with a data set, and allow the errors that users are told."""
    with contextlib.suppress(DataError, ConfigurationError):
        source = open_source(path)
        for key in source.keys:
            for episode in range(min(2, len(source.episodes))):
                with contextlib.suppress(DataError, ConfigurationError):
                    length = source.describe(episode, key).length
                    source.read(episode, key, np.arange(min(3, length)))
        for _ in check_source(source, CheckConfig()):
            pass
        demonstrations = Demonstrations(source, infer_mapping(source), skip_broken=True)
        dataset = DemonstrationDataset(demonstrations, SamplingConfig((0, 1), 3))
        dataset[BatchRequest(0, np.arange(min(4, len(dataset))))]


def inspect(path: Path, folder: Path) -> None:
    """Look at a data set as a user does: a sentence or a table, and no escape codes."""
    command = ["inspect", str(path), "--contact-sheet", str(folder / "sheet.png")]
    result = CliRunner().invoke(data_app, command)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "\x1b" not in result.output


def try_out(path: Path, folder: Path, generator: random.Random) -> None:
    use(path)
    # Pictures take most of the time.
    if generator.random() < 0.25:
        inspect(path, folder)


def damage(data: bytearray, generator: random.Random) -> bytearray:
    """Overwrite, cut, double or blank a part."""
    start = generator.randrange(len(data))
    stop = min(len(data), start + generator.choice([1, 4, 32, 400]))
    way = generator.randrange(5)
    if way == 0:
        data[start:stop] = generator.randbytes(stop - start)
    elif way == 1:
        del data[start:]
    elif way == 2:
        data[start:stop] = data[start:stop] * 2
    elif way == 3:
        data[start:stop] = b"\xff" * (stop - start)
    else:
        data[start] ^= 1 << generator.randrange(8)
    return data


def change(value: Any, generator: random.Random) -> Any:
    """Return JSON with one odd value somewhere."""
    if isinstance(value, dict | list) and value and generator.random() < 0.9:
        copy = value.copy()
        key = generator.choice(list(value) if isinstance(value, dict) else range(len(value)))
        copy[key] = change(value[key], generator)
        return copy
    return generator.choice(ODD_VALUES)


@pytest.fixture
def quiet() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def files_of(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


def copied(path: Path, folder: Path) -> Path:
    target = folder / path.name
    if path.is_file():
        shutil.copy(path, target)
    else:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(path, target)
    return target


@pytest.mark.usefixtures("quiet")
def test_damaged_bytes_are_an_error_of_the_data(written: Any, tmp_path: Path) -> None:
    generator = random.Random(0)
    for _ in range(TRIES):
        path = copied(written.path, tmp_path)
        # Every file is as likely, whatever its size: indices matter as much as images.
        file = generator.choice(files_of(path))
        file.write_bytes(damage(bytearray(file.read_bytes()), generator))
        try_out(path, tmp_path, generator)


@pytest.mark.usefixtures("quiet")
def test_odd_metadata_are_an_error_of_the_data(written: Any, tmp_path: Path) -> None:
    generator = random.Random(1)
    names = (".json", ".jsonl", ".zarray", ".zgroup", ".zattrs")
    if not any(file.name.endswith(names) for file in files_of(written.path)):
        pytest.skip("the format has no metadata in JSON")
    for _ in range(TRIES):
        path = copied(written.path, tmp_path)
        file = generator.choice([f for f in files_of(path) if f.name.endswith(names)])
        lines = (
            [json.loads(line) for line in file.read_text().splitlines()]
            if (file.suffix == ".jsonl")
            else [json.loads(file.read_text())]
        )
        line = generator.randrange(len(lines))
        lines[line] = change(lines[line], generator)
        file.write_text("\n".join(map(json.dumps, lines)))
        try_out(path, tmp_path, generator)


@pytest.mark.usefixtures("quiet")
def test_odd_hdf5_files_are_an_error_of_the_data(tmp_path: Path) -> None:
    generator = random.Random(2)
    names = ("actions", "action", "obs/rgb", "obs/depth", "obs/\x1b[31m", "obs/front_image", "data")
    shapes = (
        (),
        (0,),
        (5,),
        (5, 0),
        (5, 3),
        (5, 0, 4, 3),
        (5, 9, 9, 3),
        (5, 2, 3, 9, 9),
        (6, 9, 9),
    )
    types = [*"fdBqHF?", "S5", "V3", h5py.string_dtype(), h5py.vlen_dtype(np.uint8)]
    types += [h5py.enum_dtype({"a": 1}), np.dtype([("x", "f4")])]
    for number in range(2 * TRIES):
        path = tmp_path / f"{number}.h5"
        with h5py.File(path, "w") as file:
            prefix = generator.choice(["", "traj_0/", "data/demo_0/", "dict_str_traj_0/"])
            for name in generator.sample(names, 4):
                with contextlib.suppress(ValueError, TypeError, OSError):
                    file.create_dataset(
                        prefix + name, generator.choice(shapes), generator.choice(types)
                    )
            group = file.require_group(prefix or "/")
            group.attrs["num_samples"] = generator.choice([5, -1, 2**40, 0])
            file.attrs["rate"] = generator.choice([10.0, np.nan, -1.0, 0])
            if isinstance(file.get("data"), h5py.Group):
                file["data"].attrs["env_args"] = generator.choice(["[" * 5000, "{}", "1"])
        try_out(path, tmp_path, generator)
