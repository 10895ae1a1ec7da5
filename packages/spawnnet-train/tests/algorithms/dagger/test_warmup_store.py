from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from spawnnet_train.algorithms.dagger.warmup_store import WarmupStore, stamps
from spawnnet_train.rollouts.rollout import Step
from spawnnet_train.student.frames import Frame

N, L, V, EVERY = 2, 5, 2, 4
Encode = Callable[[Tensor], tuple[Tensor, ...]]


def steps(seed: int = 0, encode: Encode = lambda rgb: ()) -> list[Step]:
    """Return a rollout of random numbers, of which every fourth step was seen."""
    generator = np.random.default_rng(seed)
    found = []
    for index in range(L):
        rgb = torch.from_numpy(generator.integers(0, 256, (N, V, 3, 4, 6), np.uint8))
        depth = torch.from_numpy(generator.random((N, V, 1, 4, 6), np.float32))
        frame = Frame({"rgb": rgb, "depth": depth}, encode(rgb)) if index % EVERY == 0 else None
        label, known = generator.random((N, 3), np.float32), generator.random((N, 1), np.float32)
        success = np.array([index == L - 1, False])
        by_expert = np.ones(N, bool)
        found.append(Step(frame, label, by_expert, None, success, {}, {"opened": known}))
    return found


def means(scale: float) -> Encode:
    """Return a backbone that makes means of colours, `(n, V, 3)`."""
    return lambda rgb: ((scale * rgb.float().mean((3, 4))).half(),)


def blind(rgb: Tensor) -> tuple[Tensor, ...]:
    """See nothing: there is no backbone."""
    del rgb
    return ()


def never() -> Iterator[Step]:
    pytest.fail("it is on disk")


def test_what_was_kept_is_what_was_recorded(tmp_path: Path) -> None:
    recorded = steps()
    passed = list(WarmupStore(tmp_path, {"seed": 1}, blind).rollout(0, lambda: iter(recorded)))
    assert all(found is step for found, step in zip(passed, recorded, strict=True))
    again = list(WarmupStore(tmp_path, {"seed": 1}, blind).rollout(0, never))
    for found, step in zip(again, recorded, strict=True):
        assert np.array_equal(found.label, step.label)
        assert (found.frame is None) == (step.frame is None)
        if found.frame is not None and step.frame is not None:
            observation = step.frame.observation
            assert torch.equal(found.frame.observation["rgb"], observation["rgb"])
            assert torch.equal(found.frame.observation["depth"], observation["depth"].half())
            assert np.array_equal(found.quantities["opened"], step.quantities["opened"])
            assert found.frame.frozen == ()
    assert again[-1].success.tolist() == [True, False]


def test_rollouts_of_other_facts_are_apart(tmp_path: Path) -> None:
    for seed in (1, 2):
        store = WarmupStore(tmp_path, {"seed": seed}, blind)
        list(store.rollout(0, lambda seed=seed: iter(steps(seed))))
    again = next(WarmupStore(tmp_path, {"seed": 2}, blind).rollout(0, never))
    assert np.array_equal(again.label, steps(2)[0].label)


def test_an_expert_that_was_trained_anew_has_rollouts_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "expert" / "expert.pt"
    file.parent.mkdir()
    file.write_bytes(b"1234")
    before = stamps(file.parent)
    assert stamps(str(file.parent)) == before
    file.write_bytes(b"12345")
    assert stamps(file.parent) != before
    assert stamps(None) == []


def test_features_are_computed_once_for_each_backbone(tmp_path: Path) -> None:
    asked: list[Tensor] = []
    encode = means(0.5)

    def counted(rgb: Tensor) -> tuple[Tensor, ...]:
        asked.append(rgb)
        return encode(rgb)

    list(WarmupStore(tmp_path, {}, blind).rollout(0, lambda: iter(steps())))
    expected = [step.frame.frozen[0] for step in steps(0, encode) if step.frame is not None]
    for expected_calls in (1 + len(expected), 1):  # the first images tell which backbone it is
        asked.clear()
        again = WarmupStore(tmp_path, {}, counted).rollout(0, never)
        found = [step.frame.frozen[0] for step in again if step.frame is not None]
        assert all(map(torch.equal, found, expected))
        assert len(asked) == expected_calls
    other = next(WarmupStore(tmp_path, {}, means(0.25)).rollout(0, never))
    assert torch.equal(other.frame.frozen[0], steps(0, means(0.25))[0].frame.frozen[0])


def test_features_that_were_computed_while_recording_are_kept(tmp_path: Path) -> None:
    encode = means(0.5)
    list(WarmupStore(tmp_path, {}, encode).rollout(0, lambda: iter(steps(0, encode))))
    assert len(list(tmp_path.glob("*/features_*/rollout_0000.npz"))) == 1
    again = next(WarmupStore(tmp_path, {}, encode).rollout(0, never))
    assert torch.equal(again.frame.frozen[0], steps(0, encode)[0].frame.frozen[0])
