"""The warm-up's rollouts on disk, where runs that differ in the student alone share them.

Features of frozen backbones lie beside them. They are recognised by what a backbone makes of the
first images, so nothing has to be known of encoders, and another one never gets them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from gdict import GDict, load_npz, save_npz
from spawnnet_jobs.together.ranks import Share
from spawnnet_record.files import write_text
from spawnnet_record.provenance import version_of
from spawnnet_train.algorithms.algorithm import RunSettings
from spawnnet_train.algorithms.dagger.config import DaggerConfig
from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.rollouts.simulation import HELD_OUT, NEW
from spawnnet_train.student.frames import Frame, compact, encode_images
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
        depth: Precision of kept depth.
    """

    def __init__(
        self,
        folder: Path,
        facts: Mapping[str, Any],
        encode: Encode,
        *,
        depth: torch.dtype = torch.float16,
    ) -> None:
        text = json.dumps(facts, sort_keys=True, indent=2, default=str)
        self._folder = folder / hashlib.sha256(text.encode()).hexdigest()[:12]
        self._text, self._encode, self._depth = text, encode, depth
        self._features: Path | None = None

    def rollout(self, number: int, run: Callable[[], Iterator[Step]]) -> Iterator[Step]:
        """Yield the steps of a rollout from disk; where it is not there, `run` and keep it."""
        path = self._folder / f"rollout_{number:04d}.npz"
        return self._read(path) if path.is_file() else self._keep(path, run())

    def _keep(self, path: Path, steps: Iterator[Step]) -> Iterator[Step]:
        frames, frozen, labels, seen = [], [], [], []
        for index, step in enumerate(steps):
            if step.frame is not None:
                known = {name: torch.as_tensor(q) for name, q in (step.quantities or {}).items()}
                seen.append(index)
                observation = compact(step.frame.observation, self._depth)
                frames.append({"observation": observation, "quantities": known})
                frozen.append(step.frame.frozen)
            labels.append(torch.as_tensor(step.label))
            yield step
        write_text(self._folder / "facts.json", self._text)
        stacked = GDict.stack(frames).to_plain()
        outcome = {"labels": torch.stack(labels), "success": step.success, "seen": np.array(seen)}
        save_npz(GDict({"frames": stacked, **outcome}).map(np.asarray), path)
        if frozen[0]:
            self._keep_features(path.name, tuple(map(torch.stack, zip(*frozen, strict=True))))

    def _read(self, path: Path) -> Iterator[Step]:
        kept = load_npz(path).map(torch.from_numpy).to_plain()
        observation, quantities = kept["frames"]["observation"], kept["frames"]["quantities"]
        frozen = self._frozen(path.name, observation["rgb"])
        places = {step: place for place, step in enumerate(kept["seen"].tolist())}
        success = kept["success"].numpy()
        for index, label in enumerate(kept["labels"]):
            frame, known, place = None, None, places.get(index)
            if place is not None:
                frame = Frame({k: t[place] for k, t in observation.items()}, _at(frozen, place))
                known = {name: values[place].numpy() for name, values in quantities.items()}
            yield Step(frame, label.numpy(), np.ones_like(success), None, success, {}, known)

    def _frozen(self, name: str, images: Tensor) -> tuple[Tensor, ...]:
        """Return the features of images `(K, N, V, 3, H, W)`, `(K, N, V, ...)` each."""
        if self._features is None:
            first = self._encode(images[0])
            if not first:
                return ()
            self._features = self._folder / f"features_{_digest(first)}"
        path = self._features / name
        if path.is_file():
            return tuple(map(torch.from_numpy, load_npz(path).to_plain()))
        frozen = tuple(map(torch.stack, zip(*map(self._encode, images), strict=True)))
        self._keep_features(name, frozen)
        return frozen

    def _keep_features(self, name: str, frozen: tuple[Tensor, ...]) -> None:
        if self._features is None:
            self._features = self._folder / f"features_{_digest(_at(frozen, 0))}"
        self._features.mkdir(exist_ok=True)
        save_npz(GDict([part.cpu() for part in frozen]).map(np.asarray), self._features / name)


def open_store(
    config: DaggerConfig, run: RunSettings, student: Student, share: Share
) -> WarmupStore | None:
    """Return where the warm-up of a run is kept, or None for nowhere.

    Args:
        config: Says where.
        run: The rest of the configuration.
        student: On its device.
        share: Environments of this process, which keeps what happens in them.
    """
    if config.warmup_folder is None:
        return None

    def encode(rgb: Tensor) -> tuple[Tensor, ...]:
        pieces = torch.split(rgb, run.train.inference_batch or len(rgb))
        to, encoder = run.student.frozen_format, student.encoder
        found = [encode_images(encoder, piece.to(student.device), to) for piece in pieces]
        return tuple(
            torch.cat([part.cpu() for part in parts]) for parts in zip(*found, strict=True)
        )

    depth = config.replay.torch_depth_dtype
    facts = _facts(config, run) | ({} if share.is_whole else {"environments": share})
    return WarmupStore(config.warmup_folder, facts, encode, depth=depth)


def _facts(config: DaggerConfig, run: RunSettings) -> dict[str, Any]:
    assert run.simulation is not None
    places = (run.simulation.expert.checkpoint, run.simulation.cabinets.folder)
    content = {"files": list(map(stamps, places)), "version": version_of("spawnnet-sim")}
    facts = {"seed": run.seed, **asdict(run.simulation), "disturbance": asdict(config.disturbance)}
    kept = {"every": config.replay.keep_every, "depth": config.replay.depth_dtype}
    return {**facts, **content, "kept": kept, NEW: None, HELD_OUT: None}


def stamps(place: str | Path | None) -> list[tuple[str, int, int]]:
    """Return names, sizes and dates of the files at a place, by which others are told apart."""
    found = [] if place is None else [Path(place), *sorted(Path(place).rglob("*"))]
    stats = [(str(file), file.stat()) for file in found if file.is_file()]
    return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]


def _at(parts: tuple[Tensor, ...], index: int) -> tuple[Tensor, ...]:
    return tuple(part[index] for part in parts)


def _digest(features: tuple[Tensor, ...]) -> str:
    digest = hashlib.sha256()
    for part in features:
        digest.update(part.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]
