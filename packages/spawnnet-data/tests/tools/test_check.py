from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spawnnet_data.common.errors import Problem
from spawnnet_data.sources.formats import open_source
from spawnnet_data.tools.check import CheckConfig, check_source


def problems(path: Path, **settings: Any) -> list[Problem]:
    return [p for part in check_source(open_source(path), CheckConfig(**settings)) for p in part]


def change(key: str, edit: Callable[[Any], Any]) -> Callable[[h5py.Group], None]:
    """Return a function that replaces an array of a file by what `edit` makes of it."""

    def apply(group: h5py.Group) -> None:
        values = edit(group[key][:])
        del group[key]
        group[key] = values

    return apply


def put(index: Any, value: float) -> Callable[[Any], Any]:
    def edit(values: Any) -> Any:
        values[index] = value
        return values

    return edit


def test_clean_data_has_no_problems(written: Any) -> None:
    assert problems(written.path) == []


DAMAGE: dict[str, tuple[Callable[[h5py.Group], None], str]] = {
    "nan": (change("actions", put((7, 2), np.nan)), "key actions, step 7: a value is NaN or inf"),
    "infinity": (change("obs/state", put((3, 0), np.inf)), "key obs/state, step 3: a value is NaN"),
    "jump": (change("obs/state", put((6, 4), 1e3)), "key obs/state, step 6: dimension 4 jumps by"),
    "range": (
        change("actions", put((2, 1), -6.0)),
        "key actions, step 2: a value lies outside of -5",
    ),
    "depth unit": (
        change("obs/depth", put(slice(4, None), 900.0)),
        "key obs/depth/[01], step 4: a value is NaN or outside of 0 to 100 m; set the `unit`",
    ),
    "negative depth": (
        change("obs/depth", put((5, 1), -1.0)),
        "key obs/depth/1, step 5: a value is NaN or outside of 0 to 100",
    ),
    "short": (
        change("obs/rgb", lambda rgb: rgb[:-3]),
        "key obs/rgb/[01], step 6: has 6 time steps, but the episode has 9",
    ),
    "long": (
        change("obs/state", lambda state: np.concatenate([state, state[-2:]])),
        "key obs/state, step 9: has 11 time steps, but the episode has 9",
    ),
    "shape": (
        change("actions", lambda actions: actions[:, :7]),
        r"key actions: holds array of shape \(7,\), but array of shape \(8,\) in the first",
    ),
    "missing": (lambda group: group["obs"].pop("state"), "key obs/state: the key is missing"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_every_damage_is_found_where_it_is(
    tmp_path: Path, write: SimpleNamespace, damage: str
) -> None:
    write.original(tmp_path)
    file = tmp_path / "traj_1.h5"
    edit, message = DAMAGE[damage]
    with h5py.File(file, "a") as handle:
        edit(handle["traj_0"])
    found = problems(tmp_path, ranges={"actions": (-5.0, 5.0)})
    assert found
    for problem in found:
        assert problem.file == str(file)
        with pytest.raises(ValueError, match=f"traj_1.h5, episode traj_1.h5:traj_0, {message}"):
            raise ValueError(problem)


def test_truncated_file_is_found(tmp_path: Path, write: SimpleNamespace) -> None:
    write.original(tmp_path)
    file = tmp_path / "traj_1.h5"
    file.write_bytes(file.read_bytes()[:-700])
    (problem,) = problems(tmp_path)
    assert problem.file == str(file)
    assert "truncated" in problem.message


def test_missing_video_is_found_for_each_episode(tmp_path: Path, write: SimpleNamespace) -> None:
    path = write.lerobot_v3(tmp_path / "set").path
    (path / "videos/observation.images.wrist/chunk-001/file-000.mp4").unlink()
    found = problems(path)
    assert [p.episode for p in found] == ["episode_000001", "episode_000004", "episode_000005"]
    assert {(p.key, p.message) for p in found} == {
        ("observation.images.wrist", "the video is missing.")
    }


def test_gap_in_time_is_found(tmp_path: Path, write: SimpleNamespace) -> None:
    path = write.lerobot_v2(tmp_path / "set").path
    file = path / "data/chunk-000/episode_000001.parquet"
    table = pq.read_table(file)
    times = (np.array([0, 1, 2, 3, 5, 6, 7, 8, 10]) / write.fps).astype(np.float32)
    column = table.schema.names.index("timestamp")
    pq.write_table(table.set_column(column, "timestamp", pa.array(times)), file)
    (problem,) = problems(path, keys=["timestamp"])
    assert problem.step == 4
    assert "moves by 0.2 s instead of 0.1 s; 2 such gaps" in problem.message


def test_grippers_and_ordinary_motion_are_no_jumps(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    time = np.arange(200)
    gripper = (time // 40) % 2
    rest = np.where(time < 100, 0.0, np.sin(time / 9))
    noise = generator.normal(size=200)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.stack([gripper, rest, noise, np.zeros(200)], 1)
    assert problems(tmp_path) == []


def test_what_happens_in_most_episodes_is_no_jump(tmp_path: Path) -> None:
    """At every contact the velocity changes by a hundred times what it does otherwise."""
    generator = np.random.default_rng(0)
    velocity = 0.01 * np.cumsum(generator.normal(size=(5, 60, 2)), axis=1)
    velocity[:4, 30:, 0] += 3.0
    for episode, values in enumerate(velocity):
        with h5py.File(tmp_path / f"{episode}.h5", "w") as file:
            file["actions"] = values
    assert problems(tmp_path) == []
    with h5py.File(tmp_path / "4.h5", "a") as file:
        file["actions"][20:, 1] += 3.0
    (problem,) = problems(tmp_path)
    assert (problem.step, problem.key) == (20, "actions")
    assert problem.message.startswith("dimension 1 jumps by")


def test_only_the_chosen_keys_are_checked(tmp_path: Path, write: SimpleNamespace) -> None:
    write.original(tmp_path)
    with h5py.File(tmp_path / "traj_1.h5", "a") as file:
        file["traj_0/actions"][7] = np.nan
    assert problems(tmp_path, keys=["obs/state"]) == []
    assert len(problems(tmp_path, keys=["actions"])) == 1
    with pytest.raises(ValueError, match="keys: 'acitons' does not exist, there are actions"):
        problems(tmp_path, keys=["acitons"])


def test_images_need_not_be_read(tmp_path: Path, write: SimpleNamespace) -> None:
    write.original(tmp_path)
    with h5py.File(tmp_path / "traj_1.h5", "a") as file:
        file["traj_0/obs/depth"][5] = -1
    assert len(problems(tmp_path)) == 2
    assert problems(tmp_path, read_images=False) == []


@pytest.mark.parametrize("shape", [(0, 3), (4, 0), (1, 3)])
def test_arrays_without_steps_have_no_jumps(tmp_path: Path, shape: tuple[int, int]) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.zeros((4, 2))
        file["state"] = np.zeros(shape)
    found = problems(tmp_path)
    assert all("time steps, but the episode has 4" in problem.message for problem in found)


def test_infinite_values_in_a_row_are_told_without_a_warning(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["actions"] = np.zeros((5, 2), np.float32)
        file["obs/distance"] = np.full((5, 3), np.inf, np.float32)
    source = open_source(tmp_path)
    told = [str(problem) for found in check_source(source, CheckConfig()) for problem in found]
    assert len(told) == 1
    assert told[0].endswith("key obs/distance, step 0: a value is NaN or infinite.")
