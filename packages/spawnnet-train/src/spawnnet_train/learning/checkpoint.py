"""Checkpoints: the trained weights as safetensors, everything else as JSON beside them.

The frozen backbone is left out. Its name and the hash of its weights are kept, and a checkpoint
refuses to be loaded over another one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import Tensor

from spawnnet_record.errors import RecordError
from spawnnet_record.files import reading, write_bytes, write_json
from spawnnet_train.student.student import Student

_FORMAT = 1


def save_checkpoint(path: Path, student: Student, facts: Mapping[str, Any]) -> None:
    """Write `path`.safetensors and `path`.json.

    Args:
        path: Both files without their suffix, such as `checkpoints/round_003`.
        student: Whose trained weights to keep, as they are now.
        facts: What to note in the JSON file: the period, the updates so far.
    """
    write_bytes(path.with_suffix(".safetensors"), save(_stored(student)))
    backbone = student.encoder.backbone_fingerprint()
    write_json(path.with_suffix(".json"), {"format": _FORMAT, **facts, "backbone": backbone})


def load_checkpoint(path: Path, student: Student) -> dict[str, Any]:
    """Give `student` the weights of a checkpoint and return the facts noted with them.

    Args:
        path: Both files without their suffix.
        student: Built from the same configuration.

    Raises:
        RecordError: If there is no such checkpoint, it is damaged, or it was trained on another
            frozen backbone than the student has, or a weight is missing, not finite, or of another
            shape or type.
    """
    facts = _read_facts(path)
    present = student.encoder.backbone_fingerprint()
    trained_on = facts.get("backbone")
    known = trained_on if isinstance(trained_on, dict) else {}
    if any(known.get(key) != present.get(key) for key in ("model", "sha256")):
        message = f"trained on backbone {trained_on}, but this one is {present}."
        raise RecordError("", f"{path}.json: {message}")
    file = path.with_suffix(".safetensors")
    with reading(file, "cannot be loaded"):
        state = load_file(file)
        check_weights(state, student.trainable_state())
        student.load_trainable_state(state)
    return facts


def digest(student: Student) -> str:
    """Return a hash of the trained weights."""
    return hashlib.sha256(save(_stored(student))).hexdigest()


def _stored(student: Student) -> dict[str, Tensor]:
    return {name: t.detach().cpu().contiguous() for name, t in student.trainable_state().items()}


def check_weights(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Check that stored weights are all there, finite, and of the student's shapes and types.

    Raises:
        ValueError: With the first that is not.
    """
    for name, wanted in expected.items():
        if name not in state:
            raise ValueError(f"{name} is missing")
        found = state[name]
        if (found.shape, found.dtype) != (wanted.shape, wanted.dtype):
            raise ValueError(
                f"{name} is {found.dtype} {tuple(found.shape)} instead of "
                f"{wanted.dtype} {tuple(wanted.shape)}"
            )
        if not torch.isfinite(found).all():
            raise ValueError(f"{name} has values that are NaN or infinite")
    if unknown := [name for name in state if name not in expected]:
        raise ValueError(f"{unknown[0]} is none of the student's weights")


def _read_facts(path: Path) -> dict[str, Any]:
    file = path.with_suffix(".json")
    if not file.is_file():
        names = sorted(other.stem for other in path.parent.glob("*.json"))
        raise RecordError("", f"{file}: does not exist, found: {', '.join(names)}.")
    with reading(file):
        facts: dict[str, Any] = {**json.loads(file.read_text("utf-8"))}
    if facts.get("format") != _FORMAT:
        raise RecordError("", f"{file}: expected format {_FORMAT}, got {facts.get('format')!r}.")
    return facts
