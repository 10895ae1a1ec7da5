"""Odd configurations and damaged run files end in sentences, never in another exception.

`SPAWNNET_FUZZ=5000 pytest test_fuzz.py` tries that many inputs of each kind.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from spawnnet_record import RecordError
from spawnnet_record.curves import write_curves
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.learning.checkpoint import load_checkpoint, save_checkpoint
from spawnnet_train.learning.config import LearningConfig
from spawnnet_train.learning.learner import Learner
from spawnnet_train.learning.training_state import TrainingState, save_training_state
from spawnnet_train.runs.loading import load_config
from spawnnet_train.student.spec import StudentSpec
from spawnnet_train.student.student import Student

TRIES = int(os.environ.get("SPAWNNET_FUZZ", "150"))
ODD_VALUES: list[Any] = [
    None, -1, 0, 1, 2**40, 10**400, 1e308, -1e308, float("nan"), float("inf"), "", "x", "\x1b[2J",
    "..", "../../x", "/", "a\x00b", [], [[]], {}, {"a": 1}, {"name": "x"}, True, False, [-1],
    [2**40] * 3, [None], "a" * 10_000, "9" * 400, "9" * 5000, "!!python/name:os.system",
    ["x"] * 100, 1.5,
]  # fmt: skip


def change(value: Any, generator: random.Random) -> Any:
    """Return nested settings with one odd value, odd key or missing key somewhere."""
    if isinstance(value, dict | list) and value and generator.random() < 0.9:
        copy = value.copy()
        key = generator.choice(list(value) if isinstance(value, dict) else range(len(value)))
        way = generator.random()
        if way < 0.1:
            del copy[key]
        elif way < 0.15 and isinstance(copy, dict):
            copy[generator.choice(["x", "name", "\x1b", "<<", "a.b"])] = copy.pop(key)
        else:
            copy[key] = change(value[key], generator)
        return copy
    return generator.choice(ODD_VALUES)


def damage(data: bytes, generator: random.Random) -> bytes:
    """Overwrite, cut or double a part."""
    start = generator.randrange(len(data))
    stop = min(len(data), start + generator.choice([1, 4, 32, 400]))
    ways = [
        data[:start] + generator.randbytes(stop - start) + data[stop:],
        data[:start],
        data[:stop] + data[start:],
        data[:start] + b"[" * 3000 + data[stop:],
    ]
    return generator.choice(ways)


def test_odd_settings_are_sentences(
    tmp_path: Path, cloning_settings: Callable[[Path], dict[str, Any]]
) -> None:
    generator = random.Random(0)
    file = tmp_path / "odd.yaml"
    for _ in range(TRIES // 3):  # each is checked against a simulator and an encoder
        settings = change(cloning_settings(tmp_path), generator)
        file.write_text(yaml.safe_dump(settings), "utf-8")
        overrides = [f"train.batch_size={generator.choice(ODD_VALUES)}"]
        with contextlib.suppress(ConfigError):
            load_config(file, overrides if generator.random() < 0.1 else [])


def test_damaged_yaml_is_a_sentence(
    tmp_path: Path, cloning_settings: Callable[[Path], dict[str, Any]]
) -> None:
    generator = random.Random(1)
    text = yaml.safe_dump(cloning_settings(tmp_path)).encode()
    for _ in range(TRIES):
        (tmp_path / "odd.yaml").write_bytes(damage(text, generator))
        with contextlib.suppress(ConfigError):
            load_config(tmp_path / "odd.yaml")


def test_records_of_runs_with_odd_content_are_sentences(tmp_path: Path) -> None:
    generator = random.Random(2)
    spec: Any = {"views": ["a", "b"], "image_size": [8, 9], "depth_views": ["a"], "rate": 20.0}
    spec |= {"proprioception_dim": 2, "action_bounds": [[-1.0], [1.0]], "action_names": ["x"]}
    rows: list[Any] = [{"update": n, "seconds": n / 2, "train/loss": 0.5} for n in range(1, 4)]
    summary = "split,cabinet,successes,episodes,rate,low,high\ntrain,all,1,2,0.5,0.1,0.9\n"
    run = RunDirectory(tmp_path)
    run.evaluation.mkdir()
    for number in range(TRIES):
        run.spec.write_text(json.dumps(change(spec, generator)), "utf-8")
        lines = [json.dumps(change(row, generator)) for row in rows]
        run.metrics.write_text("\n".join([*lines, ""]), "utf-8")
        run.result.write_text(json.dumps(change(rows[0], generator)), "utf-8")
        (run.evaluation / "summary.csv").write_bytes(damage(summary.encode(), generator))
        with contextlib.suppress(ConfigError, RecordError):
            StudentSpec.load(run.spec)
        with contextlib.suppress(ConfigError, RecordError):
            RunRecord(run).result()
        with contextlib.suppress(ConfigError, RecordError):
            RunRecord(run).saved_result()
        if number % 30 == 0:  # drawing is slow
            with contextlib.suppress(ConfigError, RecordError):
                write_curves(run.metrics, run.curves)


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
def test_damaged_checkpoints_are_sentences(
    tmp_path: Path, make_student: Callable[..., Student], suffix: str
) -> None:
    generator = random.Random(3)
    student = make_student("impala")
    save_checkpoint(tmp_path / "final", student, {"updates": 3})
    file = tmp_path / f"final{suffix}"
    content = file.read_bytes()
    for _ in range(TRIES):
        file.write_bytes(damage(content, generator))
        with contextlib.suppress(ConfigError, RecordError):
            load_checkpoint(tmp_path / "final", student)


def test_damaged_training_states_are_sentences(
    tmp_path: Path, make_student: Callable[..., Student]
) -> None:
    generator = random.Random(4)
    student = make_student("impala")
    learner = Learner(student, LearningConfig(), periods=[9])
    file = tmp_path / "state.safetensors"
    save_training_state(file, student, learner, {"period": 3})
    content = file.read_bytes()
    header = int.from_bytes(content[:8], "little")
    for _ in range(TRIES // 2):
        # The header is where everything is decided; values are checked as those of checkpoints.
        file.write_bytes(damage(content[: header + 8], generator) + content[header + 8 :])
        with contextlib.suppress(ConfigError, RecordError):
            TrainingState(file).restore(student, learner)
