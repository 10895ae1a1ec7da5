from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.machine import prepare_torch, resolve


@pytest.fixture(autouse=True)
def threads() -> Iterator[int]:
    """Keeps the number of threads from other tests."""
    threads = torch.get_num_threads()
    yield threads
    torch.set_num_threads(threads)


def test_seed_threads_and_device_are_those_configured(cloned: Any) -> None:
    config = replace(load_config(cloned.file), threads=1, device="cpu", seed=9)
    assert prepare_torch(config) == torch.device("cpu")
    assert torch.get_num_threads() == 1
    found = torch.rand(3)
    assert torch.equal(found, torch.rand(3, generator=torch.Generator().manual_seed(9)))


def test_auto_is_the_first_device_there_is(cloned: Any) -> None:
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert prepare_torch(replace(load_config(cloned.file), device="auto")).type == expected


def test_what_was_left_open_is_written_down(finished: Any) -> None:
    config = replace(load_config(finished.file), threads=None)
    found = resolve(config, torch.device("cpu"))
    assert (found.device, found.threads) == ("cpu", torch.get_num_threads())
    if found.simulation is not None:
        assert found.simulation.engine.renderer != "auto"
    assert resolve(found, torch.device("cpu")) == found
