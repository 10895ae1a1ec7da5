from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from spawnnet_config import ConfigError
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.machine import (
    check_compiler,
    check_processes,
    prepare_torch,
    resolve,
    seed_process,
)


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


@pytest.mark.parametrize(
    ("device", "gpus", "processes", "sentence"),
    [
        ("cpu", 0, 9, r"train\.batch_size: must be at least the number of processes, 9, got 8\."),
        ("cuda:1", 4, 2, r"device: several processes take a GPU each, set `cuda`, got 'cuda:1'\."),
        ("auto", 2, 3, r"device: 3 processes need a GPU each, this machine shows 2; start fewer"),
    ],
)
def test_processes_that_cannot_share_a_run_are_told_why(
    cloned: Any,
    monkeypatch: pytest.MonkeyPatch,
    device: str,
    gpus: int,
    processes: int,
    sentence: str,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    config = replace(load_config(cloned.file), device=device)
    check_processes(config, 1, 1)
    with pytest.raises(ConfigError, match=sentence):
        check_processes(config, processes, processes)


def test_processes_may_be_more_than_gpus_where_none_is_used(
    cloned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    check_processes(replace(load_config(cloned.file), device="cpu"), 4, 4)


def test_without_a_compiler_nothing_is_compiled(
    cloned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    check_compiler(load_config(cloned.file))
    with pytest.raises(ConfigError, match=r"train\.compile: needs a C\+\+ compiler, .*no-such-co"):
        check_compiler(load_config(cloned.file, ["train.compile=true"]))


def test_processes_draw_noise_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(rank: int) -> list[float]:
        monkeypatch.setattr("spawnnet_train.runs.machine.rank", lambda: rank)
        torch.manual_seed(5)
        seed_process(5)
        return torch.rand(3).tolist()

    assert drawn(0) == torch.rand(3, generator=torch.Generator().manual_seed(5)).tolist()
    assert drawn(0) != drawn(1) != drawn(2)
    assert drawn(1) == drawn(1)
