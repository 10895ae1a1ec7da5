import pytest
import torch

from spawnnet_data.batches.batch import Batch

N, V, H, W, B, F, T, A, S = 4, 2, 5, 6, 3, 2, 7, 8, 9


@pytest.fixture
def batch() -> Batch:
    generator = torch.Generator().manual_seed(0)
    return Batch(
        rgb=torch.randint(256, (N, V, 3, H, W), dtype=torch.uint8, generator=generator),
        depth=torch.rand(N, V, 1, H, W, generator=generator),
        frames=torch.tensor([[0, 0], [0, 3], [1, 2]]),
        image_ids=torch.tensor([10, 11, 20, 21]),
        proprioception=torch.rand(B, F, S, generator=generator),
        actions=torch.rand(B, T, A, generator=generator),
        mask=torch.ones(B, T, dtype=torch.bool),
        samples=torch.arange(B),
    )


def test_observation_stacks_the_frames_of_each_sample(batch: Batch) -> None:
    observation = batch.observation()
    assert batch.depth is not None
    for b in range(B):
        for f in range(F):
            image = batch.frames[b, f]
            assert torch.equal(observation["rgb"][b, f], batch.rgb[image])
            assert torch.equal(observation["depth"][b, f], batch.depth[image])
    assert observation["rgb"].shape == (B, F, V, 3, H, W)


def test_everything_moves_to_the_device(batch: Batch) -> None:
    moved = batch.to("meta")
    for name in ("rgb", "depth", "frames", "image_ids", "proprioception", "actions", "mask"):
        assert getattr(moved, name).device.type == "meta"
        assert getattr(moved, name).shape == getattr(batch, name).shape
