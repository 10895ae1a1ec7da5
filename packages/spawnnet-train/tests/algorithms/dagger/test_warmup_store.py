from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from gdict import GDict
from spawnnet_train.algorithms.dagger.recorded import RecordedRollout
from spawnnet_train.algorithms.dagger.warmup_store import WarmupStore

N, K, L, V = 2, 3, 5, 2


def recorded(frozen: tuple[Tensor, ...] = ()) -> RecordedRollout:
    rgb = torch.randint(0, 256, (N * K, V, 3, 4, 6), dtype=torch.uint8)
    frames = GDict({"observation": {"rgb": rgb}, "quantities": {"opened": torch.rand(N * K, 1)}})
    actions = GDict({"action": torch.rand(N * L, 4)})
    return RecordedRollout(frames, actions, np.array([True, False]), frozen)


def means(scale: float) -> Callable[[Tensor], tuple[Tensor, ...]]:
    """Return a backbone that makes means of colours, `(n, V, 3)`."""
    return lambda rgb: ((scale * rgb.float().mean((3, 4))).half(),)


def never() -> RecordedRollout:
    pytest.fail("it is on disk")


def test_what_was_kept_is_what_was_recorded(tmp_path: Path) -> None:
    rollout = recorded()
    for record in (lambda: rollout, never):
        found = WarmupStore(tmp_path, {"seed": 1}, lambda rgb: ()).rollout(0, record)
        assert found.frozen == ()
        assert found.success.tolist() == [True, False]
        assert torch.equal(found.actions["action"], rollout.actions["action"])
        for path in (("observation", "rgb"), ("quantities", "opened")):
            assert torch.equal(found.frames[path], rollout.frames[path])


def test_rollouts_of_other_facts_are_apart(tmp_path: Path) -> None:
    first, second = recorded(), recorded()
    for seed, rollout in ((1, first), (2, second)):
        WarmupStore(tmp_path, {"seed": seed}, lambda rgb: ()).rollout(0, lambda r=rollout: r)
    again = WarmupStore(tmp_path, {"seed": 2}, lambda rgb: ()).rollout(0, never)
    assert torch.equal(again.actions["action"], second.actions["action"])


def test_features_are_computed_once_for_each_backbone(tmp_path: Path) -> None:
    rollout, asked = recorded(), []
    encode = means(0.5)

    def counted(rgb: Tensor) -> tuple[Tensor, ...]:
        asked.append(rgb)
        return encode(rgb)

    WarmupStore(tmp_path, {}, lambda rgb: ()).rollout(0, lambda: rollout)  # without a backbone
    first = WarmupStore(tmp_path, {}, counted).rollout(0, never)
    rgb = rollout.frames["observation", "rgb"]
    assert torch.equal(first.frozen[0], encode(rgb)[0])
    num_asked = len(asked)
    again = WarmupStore(tmp_path, {}, counted).rollout(0, never)
    assert torch.equal(again.frozen[0], first.frozen[0])
    assert len(asked) == num_asked + 1  # the first images, to recognise the backbone
    other = WarmupStore(tmp_path, {}, means(0.25)).rollout(0, never)
    assert torch.equal(other.frozen[0], means(0.25)(rgb)[0])


def test_features_that_were_computed_while_recording_are_kept(tmp_path: Path) -> None:
    rollout = recorded()
    (features,) = means(0.5)(rollout.frames["observation", "rgb"])
    seen = rollout._replace(frozen=(features,))
    WarmupStore(tmp_path, {}, means(0.5)).rollout(0, lambda: seen)
    files = list(tmp_path.glob("*/features_*/rollout_0000.npz"))
    assert len(files) == 1
    again = WarmupStore(tmp_path, {}, means(0.5)).rollout(0, never)
    assert torch.equal(again.frozen[0], features)
