from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from spawnnet_data.batches.dataset import DemonstrationDataset
from spawnnet_data.batches.loading import LoaderConfig, training_loader
from spawnnet_data.batches.windows import SamplingConfig
from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.sources.formats import open_source

SAMPLING = SamplingConfig((0, 2, 3), action_horizon=4)


def demonstrations(path: Path, **options: Any) -> Demonstrations:
    source = open_source(path)
    return Demonstrations(source, infer_mapping(source), **options)


def test_last_batch_of_training_can_be_dropped(tmp_path: Path, write: SimpleNamespace) -> None:
    dataset = DemonstrationDataset(demonstrations(write.original(tmp_path).path), SAMPLING)
    for drop_last, sizes in ((False, [7, 7, 4]), (True, [7, 7])):
        config = LoaderConfig(batch_size=7, drop_last=drop_last)
        loader, _ = training_loader(dataset, config, seed=0)
        assert [len(batch.samples) for batch in loader] == sizes


def test_loaders_of_parts_read_every_sample_between_them(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    dataset = DemonstrationDataset(demonstrations(write.original(tmp_path).path), SAMPLING)
    loaders = [
        training_loader(dataset, LoaderConfig(batch_size=7, part=(k, 2)), seed=2)[0]
        for k in range(2)
    ]
    batches = [[batch.samples.tolist() for batch in loader] for loader in loaders]
    assert [[len(batch) for batch in part] for part in batches] == [[3, 3, 2], [4, 4, 2]]
    assert sorted(chain(*batches[0], *batches[1])) == list(range(18))


def test_loader_leaves_the_global_generator_alone(tmp_path: Path, write: SimpleNamespace) -> None:
    write.original(tmp_path)
    dataset = DemonstrationDataset(demonstrations(tmp_path), SAMPLING)
    before = torch.get_rng_state()
    list(training_loader(dataset, LoaderConfig(batch_size=4), seed=1)[0])
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", ["batch_size", "run_length", "num_workers"])
def test_impossible_loader_settings_are_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name}: must"):
        LoaderConfig(**{name: -1})
