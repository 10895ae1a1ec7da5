from pathlib import Path

import h5py
import numpy as np

from spawnnet_data.reading.mapping import KeyMapping, ViewConfig
from spawnnet_data.sources.formats import open_source
from spawnnet_data.tools.verdict import verdict

KEYS = KeyMapping({"front": ViewConfig("rgb")}, ("actions",))


def written(folder: Path, *, lacking: int | None = None) -> Path:
    """Write three episodes, of which number `lacking` has no images."""
    folder.mkdir()
    for index in range(3):
        with h5py.File(folder / f"{index}.h5", "w") as file:
            file["actions"] = np.zeros((5, 4))
            if index != lacking:
                file["rgb"] = np.zeros((5, 3, 8, 12), np.uint8)
    return folder


def test_a_whole_set_can_be_trained_on(tmp_path: Path) -> None:
    source = open_source(written(tmp_path / "set"))
    expected = "One can train on it: 3 episodes, front, actions of width 4."
    assert verdict(source, 0, KEYS) == (True, expected)
    looked_at = "One can train on it, 3 episodes, front, actions of width 4; look at the problems"
    assert verdict(source, 2, KEYS).sentence.startswith(looked_at)


def test_broken_episodes_have_to_be_left_out(tmp_path: Path) -> None:
    can_train, said = verdict(open_source(written(tmp_path / "set", lacking=1)), 1, KEYS)
    assert can_train
    assert said.startswith("One can train on it with broken episodes left out: 2 episodes")
    assert "1.h5" in said


def test_a_set_without_the_keys_cannot_be_trained_on(tmp_path: Path) -> None:
    keys = KeyMapping({"front": ViewConfig("rgb")}, ("torques",))
    can_train, said = verdict(open_source(written(tmp_path / "set")), 0, keys)
    assert not can_train
    assert said.startswith("One cannot train on it: ")
    assert "torques" in said
