from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading import sets
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.reading.mapping import KeyMapping, ViewConfig
from spawnnet_data.reading.sets import (
    DemonstrationsConfig,
    DemonstrationSetConfig,
    open_demonstrations,
)
from spawnnet_data.sources.formats import open_source

KEYS = KeyMapping({"front": ViewConfig("rgb")}, ("actions",))


def write_set(folder: Path, *, episodes: int = 3, width: int = 2, size: int = 24) -> Path:
    folder.mkdir()
    for index in range(episodes):
        with h5py.File(folder / f"{index}.h5", "w") as file:
            file["rgb"] = np.zeros((4, 3, 16, size), np.uint8)
            file["actions"] = np.full((4, width), float(index))
    return folder


def config(
    train: DemonstrationSetConfig, validation: Mapping[str, Any] | None = None, **more: Any
) -> DemonstrationsConfig:
    return DemonstrationsConfig(train=train, validation=validation or {}, **{"keys": KEYS, **more})


def problem(settings: DemonstrationsConfig) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        open_demonstrations(settings)
    return caught.value


def test_every_set_has_its_own_episodes(tmp_path: Path) -> None:
    train = DemonstrationSetConfig(path=write_set(tmp_path / "train"))
    strided = DemonstrationSetConfig(path=train.path, stride=2)
    opened = open_demonstrations(config(train, {"L1": strided}))
    assert [float(opened.train.actions(i)[0, 0]) for i in range(len(opened.train))] == [0, 1, 2]
    shown = opened.validation["L1"]
    assert [float(shown.actions(i)[0, 0]) for i in range(len(shown))] == [0, 2]


FORMATS = ("original", "robomimic", "lerobot_v2", "lerobot_v3", "zarr")


@pytest.mark.parametrize("written_by", FORMATS)
def test_every_format_is_opened_for_training(
    tmp_path: Path, write: SimpleNamespace, written_by: str
) -> None:
    path = getattr(write, written_by)(tmp_path / "data").path
    keys = infer_mapping(open_source(path))
    chosen = {"split": None, "stride": 1}
    opened = open_demonstrations(config(DemonstrationSetConfig(path=path, **chosen), keys=keys))
    assert len(opened.train) >= 3
    assert opened.train.rgb(0, np.arange(2)).dtype == np.uint8


def test_links_out_of_a_set_are_followed_if_it_says_so(tmp_path: Path) -> None:
    elsewhere = write_set(tmp_path / "elsewhere", episodes=1)
    train = tmp_path / "train"
    train.mkdir()
    (train / "0.h5").symlink_to(elsewhere / "0.h5")
    assert "lies outside" in str(problem(config(DemonstrationSetConfig(path=train))))
    followed = DemonstrationSetConfig(path=train, follow_links=True)
    assert len(open_demonstrations(config(followed)).train) == 1


@pytest.mark.parametrize("other", [{"width": 5}, {"size": 32}])
def test_sets_of_other_sizes_are_refused_by_name(tmp_path: Path, other: dict[str, int]) -> None:
    train = DemonstrationSetConfig(path=write_set(tmp_path / "train"))
    unlike = DemonstrationSetConfig(path=write_set(tmp_path / "unlike", **other))
    error = problem(config(train, {"L2": unlike}))
    assert error.field == "validation.L2"
    assert "(2, 0, (16, 24))" in error.message


def test_errors_are_of_the_set_or_of_the_keys(tmp_path: Path) -> None:
    train = DemonstrationSetConfig(path=write_set(tmp_path / "train"))
    absent = DemonstrationSetConfig(path=tmp_path / "absent")
    assert problem(config(absent)).field.startswith("train")
    assert problem(config(train, {"L1": absent})).field.startswith("validation.L1")
    split = DemonstrationSetConfig(path=train.path, split="test")
    assert problem(config(split)).field == "train.split"
    missing = KeyMapping({"front": ViewConfig("depth")}, ("actions",))
    assert problem(config(train, keys=missing)).field == "keys.views.front.rgb"


def test_processes_share_the_memory_for_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = DemonstrationSetConfig(path=write_set(tmp_path / "train"))
    nbytes = 3 * 4 * 3 * 16 * 24
    # Half of it for images, of four processes: for each as much as the set takes.
    for free, kept in ((8 * nbytes, nbytes), (8 * nbytes - 1, 0)):
        monkeypatch.setattr(sets, "free_memory", lambda free=free: free)
        assert open_demonstrations(config(train)).train.kept_bytes() == nbytes
        assert open_demonstrations(config(train), processes=4).train.kept_bytes() == kept
    none = config(train, memory="none")
    assert open_demonstrations(none).train.kept_bytes() == 0


def test_what_workers_read_is_not_kept_and_leaves_its_memory_to_the_other_sets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = DemonstrationSetConfig(path=write_set(tmp_path / "train"))
    two = DemonstrationSetConfig(path=write_set(tmp_path / "two", episodes=2))
    episode = 4 * 3 * 16 * 24
    monkeypatch.setattr(sets, "free_memory", lambda: 2 * 4 * episode)
    for workers, kept in ((0, [3, 0]), (1, [0, 2])):
        train_set, validation = open_demonstrations(config(train, {"L1": two}), num_workers=workers)
        found = [one.kept_bytes() for one in (train_set, validation["L1"])]
        assert found == [count * episode for count in kept]
