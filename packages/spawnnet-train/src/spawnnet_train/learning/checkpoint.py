"""Checkpoints: the trained weights as safetensors, everything else as JSON beside them.

The frozen backbone is left out. Its name and the hash of its weights are kept, and a checkpoint
refuses to be loaded over another one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.record.files import write_bytes, write_json
from spawnnet_train.student.student import Student

_FORMAT = 1


def save_checkpoint(path: Path, student: Student, facts: Mapping[str, Any]) -> None:
    """Write `path`.safetensors and `path`.json.

    Args:
        path: Both files without their suffix, such as `checkpoints/round_003`.
        student: Whose trained weights to keep, as they are now.
        facts: What to note in the JSON file: the period, the updates so far.
    """
    state = {name: t.detach().cpu().contiguous() for name, t in student.trainable_state().items()}
    write_bytes(path.with_suffix(".safetensors"), save(state))
    backbone = student.encoder.backbone_fingerprint()
    write_json(path.with_suffix(".json"), {"format": _FORMAT, **facts, "backbone": backbone})


def load_checkpoint(path: Path, student: Student) -> dict[str, Any]:
    """Give `student` the weights of a checkpoint and return the facts noted with them.

    Args:
        path: Both files without their suffix.
        student: Built from the same configuration.

    Raises:
        ConfigError: If there is no such checkpoint, it is damaged, or it was trained on another
            frozen backbone than the student has.
    """
    facts = _read_facts(path)
    present = student.encoder.backbone_fingerprint()
    if any(facts["backbone"].get(key) != present.get(key) for key in ("model", "sha256")):
        raise ConfigError(
            [f"{path}.json: trained on backbone {facts['backbone']}, but this one is {present}."]
        )
    try:
        student.load_trainable_state(load_file(path.with_suffix(".safetensors")))
    except (OSError, SafetensorError, RuntimeError, ValueError, KeyError) as error:
        problem = " ".join(str(error).split())
        raise ConfigError([f"{path}.safetensors: cannot be loaded, {problem}"]) from error
    return facts


def _read_facts(path: Path) -> dict[str, Any]:
    file = path.with_suffix(".json")
    try:
        facts: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        names = sorted(other.stem for other in path.parent.glob("*.json"))
        raise ConfigError([f"{file}: does not exist, found: {', '.join(names)}."]) from None
    except ValueError:
        raise ConfigError([f"{file}: is damaged, it holds no JSON."]) from None
    if facts.get("format") != _FORMAT:
        raise ConfigError([f"{file}: expected format {_FORMAT}, got {facts.get('format')!r}."])
    return facts
