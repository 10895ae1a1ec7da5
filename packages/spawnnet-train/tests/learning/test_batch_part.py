from typing import Any

import pytest
import torch
from torch import Tensor

from spawnnet_train.learning import batch_part
from spawnnet_train.learning.batch_part import BatchPart
from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import FrameStack

T, A = 3, 2
MASKS = [[[1, 1, 1], [1, 0, 0]], [[1, 1, 0]], [[0, 0, 0]]]  # of three processes, the last has none


def batch(mask: Any) -> Batch:
    known = torch.tensor(mask, dtype=torch.bool)
    return Batch(FrameStack({}, ()), torch.zeros(len(known), T, A), known)


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[BatchPart]:
    """What three processes count, one after the other."""
    counts = [torch.tensor([4.0, 2.0]), torch.tensor([2.0, 1.0]), torch.tensor([0.0, 0.0])]
    seen: list[Tensor] = []

    def total(part: Tensor) -> Tensor:
        seen.append(part)
        return torch.stack(counts).sum(0)

    monkeypatch.setattr(batch_part, "size", lambda: 3)
    monkeypatch.setattr(batch_part, "total", total)
    found = [BatchPart.of(batch(mask)) for mask in MASKS]
    assert [part.tolist() for part in seen] == [count.tolist() for count in counts]
    return found


def test_alone_the_loss_is_left_as_it_is() -> None:
    part, loss = BatchPart.of(batch(MASKS[0])), torch.tensor(2.5, requires_grad=True)
    assert part.num_samples == 2
    assert part.objective(loss, None) is loss
    assert part.objective(loss, torch.tensor(1.0)) == 3.5
    assert torch.equal(part.whole(loss), loss)
    assert part.counts


def test_the_mean_over_processes_is_the_loss_of_the_whole(parts: list[BatchPart]) -> None:
    losses = [torch.tensor(value) for value in (2.0, 5.0, 0.0)]  # means over 4, 2 and no steps
    targets = [torch.tensor(value) for value in (1.0, 4.0, 9.0)]  # means over 2, 1 and no samples
    objectives = [part.objective(*pair) for part, *pair in zip(parts, losses, targets, strict=True)]
    expected = (4 * 2 + 2 * 5) / 6 + (2 * 1 + 1 * 4) / 3
    assert torch.stack(objectives).mean() == pytest.approx(expected)
    assert [part.num_samples for part in parts] == [3, 3, 3]
    assert [part.counts for part in parts] == [True, True, False]


def test_padding_has_no_gradient(parts: list[BatchPart]) -> None:
    loss = torch.tensor(3.0, requires_grad=True)
    parts[2].objective(loss, None).backward()
    assert loss.grad == 0
