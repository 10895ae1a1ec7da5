"""The warm-up's rollouts on disk, where runs that differ in the student alone share them.

Features of frozen backbones lie beside them. They are recognised by what a backbone makes of the
first images, so nothing has to be known of encoders, and another one never gets them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from gdict import GDict, load_npz, save_npz
from spawnnet_train.algorithms.algorithm import RunSettings
from spawnnet_train.algorithms.dagger.config import DaggerConfig
from spawnnet_train.algorithms.dagger.recorded import RecordedRollout
from spawnnet_train.record.files import write_text
from spawnnet_train.rollouts.simulation import HELD_OUT, NEW
from spawnnet_train.student.frames import encode_images
from spawnnet_train.student.student import Student

Encode = Callable[[Tensor], tuple[Tensor, ...]]
"""Features of a frozen backbone for images `(N, V, 3, H, W)`; `()` without one."""


@final
class WarmupStore:
    """Rollouts by their numbers, which are asked for from 0 on.

    Args:
        folder: Shared by any runs.
        facts: All that decides the rollouts; those of other facts are apart.
        encode: The present student's backbone.
    """

    def __init__(self, folder: Path, facts: Mapping[str, Any], encode: Encode) -> None:
        text = json.dumps(facts, sort_keys=True, indent=2, default=str)
        self._folder = folder / hashlib.sha256(text.encode()).hexdigest()[:12]
        self._text, self._encode = text, encode
        self._features: Path | None = None

    def rollout(self, number: int, record: Callable[[], RecordedRollout]) -> RecordedRollout:
        """Return a rollout from disk, or `record` and keep it."""
        path = self._folder / f"rollout_{number:04d}.npz"
        if path.is_file():
            frames, actions, success = load_npz(path).to_plain()
            recorded = RecordedRollout(_tensors(frames), _tensors(actions), success)
        else:
            recorded = record()
            write_text(self._folder / "facts.json", self._text)
            parts = [recorded.frames, recorded.actions, recorded.success]
            save_npz(GDict(parts).map(np.asarray), path)
        return recorded._replace(frozen=self._frozen(number, recorded))

    def _frozen(self, number: int, recorded: RecordedRollout) -> tuple[Tensor, ...]:
        N = len(recorded.success)
        rgb: Tensor = recorded.frames.to_plain()["observation"]["rgb"]
        images = rgb.reshape(N, -1, *rgb.shape[1:])  # (N, K, V, 3, H, W)
        if self._features is None:
            first = self._encode(images[:, 0])
            if not first:
                return ()
            self._features = self._folder / f"features_{_digest(first)}"
        path = self._features / f"rollout_{number:04d}.npz"
        if path.is_file():
            return tuple(map(torch.from_numpy, load_npz(path).to_plain()))
        frozen = recorded.frozen or self._encoded(images)
        path.parent.mkdir(exist_ok=True)
        save_npz(GDict(list(frozen)).map(np.asarray), path)
        return frozen

    def _encoded(self, images: Tensor) -> tuple[Tensor, ...]:
        """Return the features of images `(N, K, ...)` as N x K rows, one step after another."""
        steps = zip(
            *(self._encode(images[:, step]) for step in range(images.shape[1])), strict=True
        )
        return tuple(torch.stack(part, 1).flatten(0, 1) for part in steps)


def open_store(config: DaggerConfig, run: RunSettings, student: Student) -> WarmupStore | None:
    """Return where the warm-up of a run is kept, for a student on its device; None for nowhere."""
    if config.warmup_folder is None:
        return None

    def encode(rgb: Tensor) -> tuple[Tensor, ...]:
        images = rgb.to(student.device)
        features = encode_images(student.encoder, images, run.student.frozen_format)
        return tuple(part.cpu() for part in features)

    return WarmupStore(config.warmup_folder, _facts(config, run), encode)


def _facts(config: DaggerConfig, run: RunSettings) -> dict[str, Any]:
    assert run.simulation is not None
    facts = {"seed": run.seed, **asdict(run.simulation), "disturbance": asdict(config.disturbance)}
    facts["replay"] = {**asdict(config.replay), "capacity_episodes": None}
    return {**facts, NEW: None, HELD_OUT: None}


def _tensors(arrays: Any) -> GDict:
    return GDict(arrays).map(torch.from_numpy)


def _digest(features: tuple[Tensor, ...]) -> str:
    digest = hashlib.sha256()
    for part in features:
        digest.update(part.contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]
