from typing import Any, get_args

import pytest
import torch

from spawnnet_encoders import Encoder, FeatureStore, MemoryFeatures, create_encoder
from spawnnet_encoders.quantization import FeatureFormat

NUM_IMAGES, N, V, H, W = 10, 4, 2, 32, 48
BACKBONE = {"model": "test_vit", "weights": "random", "layers": (1, 3, 5)}


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    torch.manual_seed(3)
    sizes: dict[str, Any] = {"num_views": V, "image_size": (H, W)}
    return create_encoder("spawnnet", backbone=BACKBONE, width=8, **sizes).eval()


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (NUM_IMAGES, V, 3, H, W), dtype=torch.uint8, generator=generator)


@pytest.fixture
def computed(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images passed the backbone, call by call."""
    calls: list[int] = []
    compute = encoder.frozen_features

    def counting(rgb: torch.Tensor, **options: Any) -> tuple[torch.Tensor, ...]:
        calls.append(len(rgb))
        return compute(rgb, **options)

    monkeypatch.setattr(encoder, "frozen_features", counting)
    return calls


def assert_features(
    found: tuple[torch.Tensor, ...], encoder: Encoder, rgb: torch.Tensor, to: FeatureFormat
) -> None:
    expected = encoder.frozen_features(rgb.unsqueeze(1), format=to)
    assert len(found) == len(expected) > 0
    for part, wanted in zip(found, expected, strict=True):
        assert part.dtype == wanted.dtype
        atol = 1 if part.dtype == torch.int8 else 1e-3  # the batch decides the last bits
        torch.testing.assert_close(part, wanted.squeeze(1), rtol=0, atol=atol)


@pytest.mark.parametrize("frozen_format", get_args(FeatureFormat))
def test_each_image_passes_the_backbone_once(
    encoder: Encoder, images: torch.Tensor, computed: list[int], frozen_format: FeatureFormat
) -> None:
    kept = MemoryFeatures(NUM_IMAGES)
    store = FeatureStore(encoder, frozen_format, kept)
    found = []
    for ids in ([7, 2, 0, 9], [2, 4, 9, 5], [5, 7, 4, 2]):
        found.append((ids, store.features(images[ids], torch.tensor(ids))))
    assert computed == [4, 2]
    assert len(kept) == 6
    for ids, features in found:
        assert_features(features, encoder, images[ids], frozen_format)


def test_beyond_the_limit_images_pass_it_again(
    encoder: Encoder, images: torch.Tensor, computed: list[int]
) -> None:
    size = sum(
        part[0].nbytes for part in encoder.frozen_features(images[:1, None], format="float16")
    )
    computed.clear()
    kept = MemoryFeatures(NUM_IMAGES, memory=3.5 * size / 2**30)
    store = FeatureStore(encoder, "float16", kept)
    batches = [[1, 2], [3, 4], [1, 2], [3, 4]]
    found = [store.features(images[ids], torch.tensor(ids)) for ids in batches]
    assert computed == [2, 2, 1]
    assert len(kept) == 3
    for ids, features in zip(batches, found, strict=True):
        assert_features(features, encoder, images[ids], "float16")


@pytest.mark.parametrize("kept", [None, MemoryFeatures(NUM_IMAGES, memory=0)])
def test_what_is_not_kept_is_computed_again(
    encoder: Encoder, images: torch.Tensor, computed: list[int], kept: MemoryFeatures | None
) -> None:
    store = FeatureStore(encoder, "float32", kept)
    found = [store.features(images[:2], torch.tensor([0, 1])) for _ in range(2)]
    assert computed == [2, 2]
    for features in found:
        assert_features(features, encoder, images[:2], "float32")


def test_images_that_will_not_be_seen_again_are_not_kept(
    encoder: Encoder, images: torch.Tensor
) -> None:
    kept = MemoryFeatures(NUM_IMAGES)
    store = FeatureStore(encoder, "float32", kept)
    assert_features(store.features(images[:3], None), encoder, images[:3], "float32")
    assert len(kept) == 0


def test_what_is_given_out_is_a_copy(encoder: Encoder, images: torch.Tensor) -> None:
    kept = MemoryFeatures(NUM_IMAGES)
    store = FeatureStore(encoder, "float32", kept)
    ids = torch.tensor([1, 2])
    for _ in range(3):
        for part in store.features(images[:2], ids):
            part.zero_()
    assert_features(store.features(images[:2], ids), encoder, images[:2], "float32")


def test_an_encoder_without_a_backbone_has_no_features(images: torch.Tensor) -> None:
    encoder = create_encoder("impala", num_views=V, image_size=(H, W))
    store = FeatureStore(encoder, "float16", MemoryFeatures(NUM_IMAGES))
    assert store.features(images[:2], torch.tensor([0, 1])) == ()
