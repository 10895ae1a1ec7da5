import torch

from spawnnet_train.student.batch import Batch
from spawnnet_train.student.frames import FrameStack


def test_a_batch_moves_as_a_whole() -> None:
    observation = {"rgb": torch.zeros(5, 2, 3), "proprioception": torch.zeros(5, 2, 4)}
    stack = FrameStack(observation, (torch.zeros(5, 2, 7), torch.zeros(5, 2, 6)))
    batch = Batch(stack, torch.zeros(5, 3, 4), torch.ones(5, 3, dtype=torch.bool))
    moved = batch.to(torch.device("meta"))
    tensors = [*moved.stack.observation.values(), *moved.stack.frozen, *moved[1:3]]
    assert len(tensors) == 6
    assert all(tensor.device.type == "meta" for tensor in tensors)
    assert moved.mask.dtype == torch.bool
