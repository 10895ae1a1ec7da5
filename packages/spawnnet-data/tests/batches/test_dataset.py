import tracemalloc
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from spawnnet_data.batches.augmentation import Augmentation, AugmentationConfig
from spawnnet_data.batches.batch import Batch
from spawnnet_data.batches.dataset import DemonstrationDataset
from spawnnet_data.batches.loading import LoaderConfig, training_loader, validation_loader
from spawnnet_data.batches.sampler import BatchRequest
from spawnnet_data.batches.windows import SamplingConfig
from spawnnet_data.common.errors import DataError
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.reading.mapping import KeyMapping, ViewConfig
from spawnnet_data.sources.formats import open_source

SAMPLING = SamplingConfig((0, 2, 3), action_horizon=4)


def demonstrations(path: Path, **options: Any) -> Demonstrations:
    source = open_source(path)
    return Demonstrations(source, infer_mapping(source), **options)


def sample_by_hand(keys: dict[str, Any], step: int) -> dict[str, Any]:
    """Return one sample of the original's layout: load, slice, stack."""
    length = len(keys["actions"])
    frames = [max(0, step - 3), max(0, step - 1), step]
    chunk = [min(step + i, length - 1) for i in range(4)]
    return {
        "rgb": np.stack([keys["obs/rgb/0"][frames], keys["obs/rgb/1"][frames]], 1),
        "depth": np.stack([keys["obs/depth/0"][frames], keys["obs/depth/1"][frames]], 1),
        "proprioception": keys["obs/state"][frames],
        "actions": keys["actions"][chunk],
        "mask": [step + i < length for i in range(4)],
    }


def check_batch(batch: Batch, episodes: list[dict[str, Any]]) -> None:
    steps = [(keys, step) for keys in episodes for step in range(len(keys["actions"]))]
    found = {**batch.observation(), "actions": batch.actions, "mask": batch.mask}
    for row, sample in enumerate(batch.samples.tolist()):
        for name, expected in sample_by_hand(*steps[sample]).items():
            np.testing.assert_array_equal(found[name][row].numpy(), expected)


def test_batches_equal_samples_cut_by_hand(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.original(tmp_path)
    dataset = DemonstrationDataset(demonstrations(tmp_path), SAMPLING)
    assert len(dataset) == 18
    batch = dataset[BatchRequest(0, np.array([7, 0, 5, 17, 7, 13]))]
    check_batch(batch, written.episodes)
    shapes = {k: tuple(v.shape) for k, v in batch.observation().items()}
    H, W = write.size
    assert shapes == {
        "rgb": (6, 3, 2, 3, H, W),
        "depth": (6, 3, 2, 1, H, W),
        "proprioception": (6, 3, 7),
    }
    assert batch.rgb.dtype == torch.uint8
    assert batch.actions.dtype == batch.proprioception.dtype == torch.float32


def test_images_in_memory_that_no_samples_share_are_not_copied_again(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    written = write.original(tmp_path)
    dataset = DemonstrationDataset(demonstrations(tmp_path, memory=float("inf")), SAMPLING)
    cases = [([17, 4, 9], True), ([17, 4, 9], False), ([17, 16, 9], True), ([17, 0, 9], True)]
    for samples, is_copied in cases:  # the first time they are read, in the order of the files
        batch = dataset[BatchRequest(0, np.array(samples))]
        check_batch(batch, written.episodes)
        assert batch.image_ids is not None
        ids = batch.image_ids[batch.frames]
        assert ids[:, -1].tolist() == samples  # the last frame of a sample is its own time step
        stacked = batch.observation()["rgb"]
        assert (stacked.data_ptr() != batch.rgb.data_ptr()) is is_copied


class CountingSource:
    """Counts how often each step of each camera is read."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.reads: Counter[tuple[int, str, int]] = Counter()

    def read_into(self, episode: int, keys: list[str], steps: Any, out: Any) -> None:
        self.reads.update((episode, key, step) for key in keys for step in steps.tolist())
        self._source.read_into(episode, keys, steps, out)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


def test_each_image_of_a_batch_is_read_once(tmp_path: Path, write: SimpleNamespace) -> None:
    write.original(tmp_path)
    source = CountingSource(open_source(tmp_path))
    dataset = DemonstrationDataset(Demonstrations(source, infer_mapping(source)), SAMPLING)
    batch = dataset[BatchRequest(0, np.arange(18))]
    assert set(source.reads.values()) == {1}
    assert len(source.reads) == 18 * 4
    assert len(batch.rgb) == 18
    assert batch.image_ids is not None
    assert batch.image_ids.tolist() == list(range(18))


def summary(loader: DataLoader[Batch]) -> list[tuple[list[int], int, float]]:
    return [
        (b.samples.tolist(), int(b.observation()["rgb"].long().sum()), float(b.actions.sum()))
        for b in loader
    ]


# torch advises against more workers than cores; here they are few but for the test.
@pytest.mark.filterwarnings("ignore:This DataLoader will create 3 worker:UserWarning")
@pytest.mark.parametrize("num_files", [1, 2, 5])
def test_number_of_workers_changes_nothing(
    tmp_path: Path, write: SimpleNamespace, num_files: int
) -> None:
    written = write.original(tmp_path, lengths=(4, 7, 3, 5, 6)[:num_files])
    augmentation = Augmentation(AugmentationConfig(), seed=2)
    dataset = DemonstrationDataset(demonstrations(tmp_path), SAMPLING, augmentation=augmentation)
    found = []
    for num_workers in range(4):
        config = LoaderConfig(batch_size=4, num_workers=num_workers)
        loader, sampler = training_loader(dataset, config, seed=1)
        epochs = []
        for sampler.epoch in range(2):
            epochs.append(summary(loader))
            samples = sorted(i for batch, *_ in epochs[-1] for i in batch)
            assert samples == list(range(sum(len(e["actions"]) for e in written.episodes)))
        found.append(epochs)
        del loader
    assert found[0] == found[1] == found[2] == found[3]
    assert found[0][0] != found[0][1]


def test_validation_is_in_order_and_not_augmented(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.original(tmp_path)
    batches = list(
        validation_loader(demonstrations(tmp_path), SAMPLING, LoaderConfig(batch_size=5))
    )
    assert torch.cat([batch.samples for batch in batches]).tolist() == list(range(18))
    for batch in batches:
        check_batch(batch, written.episodes)


def test_augmented_frames_of_a_sample_stay_consistent(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    """A frame that a sample sees twice looks the same both times, and not as in another sample."""
    write.original(tmp_path)
    augmentation = Augmentation(AugmentationConfig(probability=1), seed=2)
    dataset = DemonstrationDataset(demonstrations(tmp_path), SAMPLING, augmentation=augmentation)
    batch = dataset[BatchRequest(0, np.array([0, 1]))]
    rgb = batch.observation()["rgb"]
    assert torch.equal(rgb[0, 0], rgb[0, 2])
    assert not torch.equal(rgb[0, 0], rgb[1, 0])
    assert batch.image_ids is None


def test_broken_image_is_an_error_or_masked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "a.h5"
    images = np.random.default_rng(0).integers(1, 256, (6, 3, 8, 9), np.uint8)
    with h5py.File(path, "w") as file:
        data = file.create_dataset("obs/rgb", data=images, chunks=(1, 3, 8, 9), compression="gzip")
        file["actions"] = np.arange(12.0).reshape(6, 2)
        place = data.id.get_chunk_info(3).byte_offset
    content = bytearray(path.read_bytes())
    content[place + 10 : place + 60] = bytes(50)
    path.write_bytes(content)
    mapping, sampling = (
        KeyMapping({"c": ViewConfig("obs/rgb")}, ("actions",)),
        SamplingConfig((0, 1)),
    )
    strict = Demonstrations(open_source(path), mapping)
    with pytest.raises(DataError, match="key obs/rgb, step 3"):
        DemonstrationDataset(strict, sampling)[BatchRequest(0, np.arange(6))]
    tolerant = Demonstrations(open_source(path), mapping, skip_broken=True)
    dataset = DemonstrationDataset(tolerant, sampling)
    batch = dataset[BatchRequest(0, np.arange(6))]
    # Step 3 is seen by samples 3 and 4.
    assert batch.mask[:, 0].tolist() == [True, True, True, False, False, True]
    assert "key obs/rgb, step 3" in caplog.text
    np.testing.assert_array_equal(batch.rgb[[0, 1, 2, 4, 5], 0], images[[0, 1, 2, 4, 5]])


def test_error_in_a_worker_names_the_place(tmp_path: Path, write: SimpleNamespace) -> None:
    write.original(tmp_path)
    dataset = DemonstrationDataset(demonstrations(tmp_path), SAMPLING)
    loader, _ = training_loader(dataset, LoaderConfig(batch_size=4, num_workers=1), seed=1)
    (tmp_path / "traj_1.h5").unlink()
    with pytest.raises(DataError, match=r"traj_1\.h5"):
        list(loader)


def test_memory_does_not_grow_with_the_data(tmp_path: Path) -> None:
    """Reading 15 MB in batches of 0.4 MB never holds more than a few batches."""
    shape = (16, 1, 3, 96, 128)
    for i in range(25):
        with h5py.File(tmp_path / f"traj_{i}.h5", "w") as file:
            file["obs/rgb"] = np.full(shape, i, np.uint8)
            file["actions"] = np.zeros((16, 2), np.float32)
    loader = validation_loader(
        demonstrations(tmp_path), SamplingConfig(), LoaderConfig(batch_size=12)
    )
    next(iter(loader))
    tracemalloc.start()
    try:
        total = sum(batch.rgb.numel() for batch in loader)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total == 25 * np.prod(shape)
    assert peak < 3e6


def test_without_depth_there_is_none(tmp_path: Path, write: SimpleNamespace) -> None:
    write.original(tmp_path)
    mapping = KeyMapping({"a": ViewConfig("obs/rgb/0")}, ("actions",))
    dataset = DemonstrationDataset(Demonstrations(open_source(tmp_path), mapping), SAMPLING)
    batch = dataset[BatchRequest(0, np.arange(3))]
    assert batch.depth is None
    assert "depth" not in batch.observation()
    assert batch.to("cpu").depth is None


def test_padding_is_masked(tmp_path: Path, write: SimpleNamespace) -> None:
    write.original(tmp_path)
    dataset = DemonstrationDataset(demonstrations(tmp_path), SAMPLING)
    samples = np.array([0])
    batch, padding = (dataset[BatchRequest(0, samples, is_padding=p)] for p in (False, True))
    assert batch.mask.all()
    assert not padding.mask.any()
    assert torch.equal(padding.actions, batch.actions)
