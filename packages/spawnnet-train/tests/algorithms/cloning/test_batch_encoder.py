from collections.abc import Callable

import pytest
import torch

from spawnnet_data import Batch as ImageBatch
from spawnnet_encoders import FeatureStore, MemoryFeatures
from spawnnet_encoders.quantization import FeatureFormat
from spawnnet_train.algorithms.cloning.batch_encoder import BatchEncoder
from spawnnet_train.student.student import Student

B, N, F, V, H, W, S, T, A = 5, 6, 2, 2, 32, 48, 3, 3, 4


@pytest.fixture
def images() -> ImageBatch:
    generator = torch.Generator().manual_seed(0)
    return ImageBatch(
        rgb=torch.randint(0, 256, (N, V, 3, H, W), dtype=torch.uint8, generator=generator),
        depth=torch.rand(N, V, 1, H, W, generator=generator),
        frames=torch.randint(0, N, (B, F), generator=generator),
        image_ids=torch.tensor([7, 2, 0, 9, 4, 5]),
        proprioception=torch.randn(B, F, S, generator=generator),
        actions=torch.randn(B, T, A, generator=generator),
        mask=torch.rand(B, T, generator=generator) > 0.3,
        samples=torch.arange(B),
    )


@pytest.mark.parametrize("frozen_format", ["float32", "int8"])
def test_samples_have_the_frames_and_features_that_they_name(
    make_student: Callable[..., Student], images: ImageBatch, frozen_format: FeatureFormat
) -> None:
    student = make_student(num_frames=F)
    kept = MemoryFeatures(10)
    store = FeatureStore(student.encoder, frozen_format, kept)
    encode = BatchEncoder(student, store)
    for _ in range(2):  # computed, then kept
        batch = encode(images)
        expected = student.encoder.frozen_features(images.rgb[:, None], format=frozen_format)
        for sample in range(B):
            for frame in range(F):
                image = images.frames[sample, frame]
                shown = batch.stack.observation["rgb"][sample, frame]
                assert torch.equal(shown, images.rgb[image])
                for found, wanted in zip(batch.stack.frozen, expected, strict=True):
                    torch.testing.assert_close(
                        found[sample, frame], wanted[image, 0], rtol=1e-4, atol=1e-5
                    )
        assert torch.equal(batch.action_chunk, images.actions)
        assert torch.equal(batch.mask, images.mask)
    assert len(kept) == N
