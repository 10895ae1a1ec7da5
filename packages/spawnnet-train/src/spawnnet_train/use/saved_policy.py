"""Open the policy of a run or of an exported folder: no simulator, no demonstrations, no loop."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, NamedTuple

import torch
from pydantic import ConfigDict, Field

from spawnnet_config.choices import Named, OneOf
from spawnnet_config.section import STRICT
from spawnnet_config.validation import Schema
from spawnnet_encoders import encoder_config, list_encoders, load_backbone, without_weights
from spawnnet_policies import list_policies, policy_config
from spawnnet_record.card import BACKBONE
from spawnnet_record.run_record import RunRecord
from spawnnet_train.config.errors import ConfigError, building
from spawnnet_train.config.plugins import import_plugins
from spawnnet_train.config.yaml_file import read_yaml
from spawnnet_train.learning.checkpoint import load_checkpoint
from spawnnet_train.student.config import StudentConfig
from spawnnet_train.student.create import create_student
from spawnnet_train.student.spec import StudentSpec
from spawnnet_train.student.student import Student

SETTINGS, SPEC, MODEL = "policy.yaml", "spec.json", "model"
"""Files of an exported folder; the weights are `model.safetensors` and `model.json`."""


@dataclass(frozen=True, kw_only=True)
class PolicyConfig:
    """What of a run's configuration its student is built from."""

    # Not one of pydantic's, as `RunConfig`.
    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    imports: tuple[str, ...] = ()
    """Modules that register the encoder or the policy."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Decides the weights of a `random` backbone."""
    encoder: Annotated[Named, OneOf(list_encoders, encoder_config)]
    policy: Annotated[Named, OneOf(list_policies, policy_config)]
    student: StudentConfig


class SavedPolicy(NamedTuple):
    """A trained student, in evaluation mode, with all that acting needs to know.

    Attributes:
        path: The run directory or exported folder.
        checkpoint: Its name.
        config: What the student was built from.
        spec: What it sees and does.
        student: On the device that was asked for.
        facts: What was noted with its weights: `name`, `period`, `updates`, `backbone`.
    """

    path: Path
    checkpoint: str
    config: PolicyConfig
    spec: StudentSpec
    student: Student
    facts: dict[str, Any]


def open_policy(
    path: Path | str, checkpoint: str | None = None, device: str = "auto"
) -> SavedPolicy:
    """Build the student of a run or of an exported folder and load its weights.

    Args:
        path: A run directory of any algorithm, or what `export_policy` wrote.
        checkpoint: Of a run: its name; `best` if None and there is one, else the latest.
        device: Such as `cpu` or `cuda:0`; `auto` is the first CUDA device, or the CPU without one.

    Raises:
        ConfigError: If there is no such run or checkpoint, or something in it does not fit.
    """
    path = Path(path)
    if (path / SETTINGS).is_file():
        if checkpoint is not None:
            raise ConfigError([f"checkpoint: {path} is exported and has one, got {checkpoint!r}."])
        settings, file = read_yaml(path / SETTINGS), path / BACKBONE
        backbone = file if file.is_file() else None
        return _open(path, settings, path / SPEC, path / MODEL, device, backbone)
    record = RunRecord.open(path)
    run = record.directory
    name = record.chosen_checkpoint(checkpoint)
    return _open(path, record.settings(), run.spec, run.checkpoints / name, device)


def _open(
    path: Path,
    settings: dict[str, Any],
    spec_file: Path,
    weights: Path,
    device: str,
    backbone: Path | None = None,
) -> SavedPolicy:
    config = _validate(settings if backbone is None else _without_weights(settings))
    spec = StudentSpec.load(spec_file)
    student = create_student(config, spec, _device(device))
    if backbone is not None:
        with building("encoder"):
            load_backbone(student.encoder, backbone)
    facts = load_checkpoint(weights, student)
    return SavedPolicy(path, facts.get("name", weights.name), config, spec, student.eval(), facts)


def _validate(settings: dict[str, Any]) -> PolicyConfig:
    """Return the part of a run's settings that is needed here, plug-ins imported."""
    import_plugins(settings)
    wanted = {field.name for field in fields(PolicyConfig)}
    return _schema().validate({key: settings[key] for key in settings if key in wanted})


def dump_policy_yaml(config: PolicyConfig) -> str:
    """Return settings as `open_policy` reads them."""
    return _schema().dump_yaml(config)


def _schema() -> Schema[PolicyConfig]:
    return _schema_of((list_encoders(), list_policies()))


@cache
def _schema_of(names: tuple[tuple[str, ...], ...]) -> Schema[PolicyConfig]:
    del names  # what is registered by now is found again
    return Schema(PolicyConfig)


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _without_weights(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings whose backbone is built without weights, because they are in the folder."""
    encoder = settings.get("encoder")
    if not (isinstance(encoder, dict) and isinstance(encoder.get("backbone"), dict)):
        return settings  # wrong, as whoever validates it says
    return {**settings, "encoder": {**encoder, "backbone": without_weights(encoder["backbone"])}}
