import copy
import gc
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_args

import pytest
import torch

from spawnnet_encoders import (
    ConfigurationError,
    Encoder,
    FeatureFile,
    FeatureStore,
    create_encoder,
)
from spawnnet_encoders.quantization import FeatureFormat

NUM_IMAGES, V, H, W = 10, 2, 32, 48
NUMBERS = torch.arange(NUM_IMAGES)


def make_encoder(name: str = "spawnnet", *, seed: int = 3, **options: Any) -> Encoder:
    torch.manual_seed(seed)
    layers = (1, 3, 5) if name == "spawnnet" else (5,)
    backbone = {"model": "test_vit", "weights": "random", "layers": layers}
    sizes: dict[str, Any] = {"num_views": V, "image_size": (H, W)}
    return create_encoder(name, backbone=backbone, **options, **sizes).eval()


def draw_images(count: int = NUM_IMAGES) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, V, 3, H, W), dtype=torch.uint8, generator=generator)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return make_encoder(width=8)


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    return draw_images()


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images passed a backbone, call by call."""
    calls: list[int] = []
    compute = Encoder.frozen_features

    def counting(self: Encoder, rgb: torch.Tensor, **options: Any) -> tuple[torch.Tensor, ...]:
        calls.append(len(rgb))
        return compute(self, rgb, **options)

    monkeypatch.setattr(Encoder, "frozen_features", counting)
    return calls


@pytest.fixture
def open_store(tmp_path: Path) -> Callable[..., FeatureStore]:
    def make(encoder: Encoder, to: FeatureFormat = "float16") -> FeatureStore:
        return FeatureStore(encoder, to, FeatureFile(tmp_path, encoder, to))

    return make


@pytest.mark.parametrize("to", get_args(FeatureFormat))
def test_a_second_store_over_the_same_images_computes_nothing(
    open_store: Any, encoder: Encoder, images: torch.Tensor, computed: list[int], to: FeatureFormat
) -> None:
    first = open_store(encoder, to).features(images[:7], NUMBERS[:7])
    expected = encoder.frozen_features(images[:7, None], format=to)
    computed.clear()
    # Another place in another data set: what counts is the image.
    second = open_store(encoder, to).features(images[:7].flip(0), NUMBERS[3:])
    assert computed == []
    for part, again, wanted in zip(first, second, expected, strict=True):
        assert torch.equal(part, again.flip(0))
        assert part.dtype == wanted.dtype
        torch.testing.assert_close(part.float(), wanted.squeeze(1).float(), rtol=0, atol=1e-3)


def test_an_interrupted_fill_is_gone_on_with(
    open_store: Any, encoder: Encoder, images: torch.Tensor, computed: list[int], tmp_path: Path
) -> None:
    open_store(encoder).features(images[:4], NUMBERS[:4])
    for name in ("features.bin", "images.bin"):  # half of a row that nobody finished
        (path,) = tmp_path.glob(f"*/{name}")
        path.write_bytes(path.read_bytes() + b"abc")
    found = open_store(encoder).features(images, NUMBERS)
    assert computed == [4, 6]
    assert_same(open_store(encoder).features(images, NUMBERS), found)
    assert computed == [4, 6]


def test_a_changed_image_is_noticed_and_the_others_stay(
    open_store: Any, encoder: Encoder, images: torch.Tensor, computed: list[int]
) -> None:
    open_store(encoder).features(images, NUMBERS)
    changed = images.clone()
    changed[6, 1, 2, 5, 7] ^= 1
    found = open_store(encoder).features(changed, NUMBERS)
    assert computed == [NUM_IMAGES, 1]
    expected = encoder.frozen_features(changed[6:7, None], format="float16")
    for part, wanted in zip(found, expected, strict=True):
        torch.testing.assert_close(part[6], wanted[0, 0], rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    ("other", "to"),
    [
        pytest.param({"seed": 4}, "float16", id="weights"),
        pytest.param({"version": "last_only"}, "float16", id="layers that are read"),
        pytest.param({"features": "class_token"}, "float16", id="what is read of them"),
        pytest.param({}, "bfloat16", id="format"),
    ],
)
def test_what_changes_features_changes_the_file(
    tmp_path: Path, encoder: Encoder, other: dict[str, Any], to: FeatureFormat
) -> None:
    mine = FeatureFile(tmp_path, encoder, "float16")
    assert FeatureFile(tmp_path, make_encoder(**{"width": 8, **other}), to).path != mine.path


def test_what_changes_the_trained_part_alone_does_not(tmp_path: Path, encoder: Encoder) -> None:
    wider = make_encoder(width=16, channels="rgb")
    mine, other = (FeatureFile(tmp_path, one, "float16") for one in (encoder, wider))
    assert mine.path == other.path


@pytest.mark.parametrize("name", ["r3m", "frozen_vit"])
def test_every_encoder_with_a_backbone_has_an_identity(tmp_path: Path, name: str) -> None:
    paths = {FeatureFile(tmp_path, make_encoder(name, seed=s), "int8").path for s in (1, 1, 2)}
    assert len(paths) == 2


def fill(folder: Path, encoder: Encoder, order: list[int]) -> None:
    """Fill the whole file, image by image."""
    store = FeatureStore(encoder, "float16", FeatureFile(folder, encoder, "float16"))
    images = draw_images()
    for i in order:
        store.features(images[i : i + 1], NUMBERS[i : i + 1])


def assert_filled_once(folder: Path, encoder: Encoder, images: torch.Tensor) -> None:
    kept = FeatureFile(folder, encoder, "float16")
    assert len(kept) == NUM_IMAGES
    size = (kept.path / "features.bin").stat().st_size
    assert size == NUM_IMAGES * kept.row_bytes
    found = FeatureStore(encoder, "float16", kept).features(images, NUMBERS)
    for part, wanted in zip(found, encoder.frozen_features(images[:, None]), strict=True):
        torch.testing.assert_close(part.float(), wanted.squeeze(1), rtol=0, atol=1e-3)


def test_several_fill_one_file_at_a_time(
    tmp_path: Path, encoder: Encoder, images: torch.Tensor
) -> None:
    # Each opens the files anew, as processes do.
    orders = [list(range(NUM_IMAGES)), list(range(NUM_IMAGES)), list(range(NUM_IMAGES))[::-1]]
    with ThreadPoolExecutor(len(orders)) as pool:
        list(pool.map(lambda order: fill(tmp_path, encoder, order), orders))
    assert_filled_once(tmp_path, encoder, images)


def test_another_process_fills_the_same_file(
    tmp_path: Path, encoder: Encoder, images: torch.Tensor
) -> None:
    script = f"""
import runpy
from pathlib import Path
module = runpy.run_path({__file__!r})
module["fill"](Path({str(tmp_path)!r}), module["make_encoder"](width=8), list(range({NUM_IMAGES})))
"""
    process = subprocess.Popen([sys.executable, "-c", script])
    fill(tmp_path, encoder, list(range(NUM_IMAGES // 2)))
    assert process.wait() == 0
    assert_filled_once(tmp_path, encoder, images)


def test_threads_fill_a_file_that_they_share_as_forked_processes_do(
    tmp_path: Path, encoder: Encoder, images: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Either shares what the object has opened; a fork of a process with threads is deprecated.
    append = FeatureFile._append

    def slow(self: FeatureFile, *arguments: Any) -> None:
        time.sleep(0.03)  # others come in the middle of it
        append(self, *arguments)

    monkeypatch.setattr(FeatureFile, "_append", slow)
    kept = FeatureFile(tmp_path, encoder, "float16")
    features = encoder.frozen_features(images[:, None], format="float16")
    rows = [part.squeeze(1) for part in features]

    def add(order: list[int]) -> None:
        for i in order:
            one = slice(i, i + 1)
            kept.add(tuple(part[one] for part in rows), images[one], NUMBERS[one])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, ([0, 1, 3, 5, 7, 9], [0, 2, 4, 6, 8, 9])))
    assert_filled_once(tmp_path, encoder, images)


def pickled(kept: FeatureFile) -> Any:
    return pickle.loads(pickle.dumps(kept))  # noqa: S301 - our own


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_a_copy_writes_into_its_own_files_after_the_original_is_gone(
    tmp_path: Path, encoder: Encoder, images: torch.Tensor, copied: Callable[[Any], FeatureFile]
) -> None:
    original = FeatureFile(tmp_path, encoder, "float16")
    FeatureStore(encoder, "float16", original).features(images[:4], NUMBERS[:4])
    mine = copied(original)
    del original
    gc.collect()
    others = [(tmp_path / name).open("w+b") for name in "ab"]  # which get the closed numbers
    with others[0], others[1]:
        FeatureStore(encoder, "float16", mine).features(images, NUMBERS)
        assert [other.read() for other in others] == [b"", b""]
    assert_filled_once(tmp_path, encoder, images)


def test_an_open_file_finds_what_another_process_wrote(
    tmp_path: Path, encoder: Encoder, images: torch.Tensor, computed: list[int]
) -> None:
    mine, other = (
        FeatureStore(encoder, "float16", FeatureFile(tmp_path, encoder, "float16"))
        for _ in range(2)
    )
    assert_same(mine.features(images, NUMBERS), other.features(images, NUMBERS))
    assert computed == [NUM_IMAGES]


def test_an_image_that_a_batch_holds_twice_is_kept_once(
    tmp_path: Path, encoder: Encoder, images: torch.Tensor
) -> None:
    kept = FeatureFile(tmp_path, encoder, "float16")
    twice = torch.tensor([1, 2, 1])
    FeatureStore(encoder, "float16", kept).features(images[twice], twice)
    assert len(kept) == 2


def test_damaged_files_are_one_sentence(
    tmp_path: Path, encoder: Encoder, images: torch.Tensor
) -> None:
    kept = FeatureFile(tmp_path, encoder, "float16")
    FeatureStore(encoder, "float16", kept).features(images, NUMBERS)
    (kept.path / "features.bin").write_bytes(b"short")
    with pytest.raises(ConfigurationError, match=r"is damaged; delete this folder"):
        kept.read(torch.tensor([3]))
    (kept.path / "description.json").write_text("{}")
    with pytest.raises(ConfigurationError, match=r"description\.json: is damaged .*delete"):
        FeatureFile(tmp_path, encoder, "float16")


def assert_same(found: tuple[torch.Tensor, ...], expected: tuple[torch.Tensor, ...]) -> None:
    assert len(found) == len(expected) > 0
    for part, wanted in zip(found, expected, strict=True):
        assert torch.equal(part, wanted)
