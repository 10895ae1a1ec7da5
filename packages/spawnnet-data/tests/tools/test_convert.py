import hashlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest

from spawnnet_data.common.errors import ConfigurationError, DataError
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.sources.formats import open_source
from spawnnet_data.tools.convert import convert, verify_file


def demonstrations(path: Path) -> Demonstrations:
    source = open_source(path)
    return Demonstrations(source, infer_mapping(source))


@pytest.mark.parametrize("compression", ["none", "lzf", "gzip"])
def test_converted_data_reads_as_its_source(written: Any, tmp_path: Path, compression: Any) -> None:
    before = demonstrations(written.path)
    list(convert(before, tmp_path / "out", compression=compression))
    after = demonstrations(tmp_path / "out")
    assert after.lengths.tolist() == before.lengths.tolist()
    assert after.views == before.views
    assert after.source.rate == before.source.rate
    for i, length in enumerate(before.lengths):
        steps = np.arange(length)
        assert after.episode(i).task == before.episode(i).task
        np.testing.assert_array_equal(after.actions(i), before.actions(i))
        np.testing.assert_array_equal(after.proprioception(i), before.proprioception(i))
        np.testing.assert_array_equal(after.rgb(i, steps), before.rgb(i, steps))
        if before.mapping.has_depth:
            np.testing.assert_array_equal(after.depth(i, steps), before.depth(i, steps))


def test_file_has_the_layout_of_the_original(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.original(tmp_path / "in")
    list(convert(demonstrations(written.path), tmp_path / "out"))
    H, W = write.size
    with h5py.File(tmp_path / "out/traj_1.h5") as file:
        shapes = {key: file["traj_0"][key].shape for key in ("obs/rgb", "obs/depth", "obs/state")}
        assert file["traj_0/obs/rgb"].dtype == np.uint8
        assert file["traj_0/actions"].shape == (9, 8)
    assert shapes == {"obs/rgb": (9, 2, 3, H, W), "obs/depth": (9, 2, 1, H, W), "obs/state": (9, 7)}


def test_a_conversion_with_another_rate_is_another_conversion(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    before = demonstrations(write.original(tmp_path / "in").path)
    list(convert(before, tmp_path / "out", rate=10))
    list(convert(before, tmp_path / "out", rate=10))
    with pytest.raises(ConfigurationError, match=r"another conversion \(rate differ\)"):
        list(convert(before, tmp_path / "out", rate=20))


def test_interrupted_conversion_goes_on(tmp_path: Path, write: SimpleNamespace) -> None:
    path = write.original(tmp_path / "in").path
    out = tmp_path / "out"
    unfinished = convert(demonstrations(path), out)
    next(unfinished)
    unfinished.close()
    # As left behind by a process that was killed while it wrote.
    (out / ".traj_1.h5.partial").write_bytes(b"half of")
    first = (out / "traj_0.h5").stat().st_mtime_ns
    episodes = list(convert(demonstrations(path), out))
    assert [episode.was_there for episode in episodes] == [True, False, False]
    assert (out / "traj_0.h5").stat().st_mtime_ns == first
    assert sorted(file.name for file in out.iterdir()) == [
        "conversion.json",
        "traj_0.h5",
        "traj_1.h5",
        "traj_2.h5",
    ]
    assert all(episode.was_there for episode in convert(demonstrations(path), out))


def test_damaged_result_is_written_anew(tmp_path: Path, write: SimpleNamespace) -> None:
    path = write.original(tmp_path / "in").path
    list(convert(demonstrations(path), tmp_path / "out"))
    (tmp_path / "out/traj_1.h5").write_bytes(b"broken")
    assert [e.was_there for e in convert(demonstrations(path), tmp_path / "out")] == [
        True,
        False,
        True,
    ]
    assert demonstrations(tmp_path / "out").lengths.tolist() == [5, 9, 4]


def test_file_that_reads_back_differently_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "a.h5"
    values = np.arange(12.0).reshape(6, 2)
    with h5py.File(file, "w") as handle:
        handle["traj_0/actions"] = values
    verify_file(file, {"actions": hashlib.sha256(values.tobytes()).hexdigest()})
    with h5py.File(file, "a") as handle:
        handle["traj_0/actions"][4, 1] += 1
    with pytest.raises(OSError, match="key actions: reads back differently"):
        verify_file(file, {"actions": hashlib.sha256(values.tobytes()).hexdigest()})


def test_error_while_writing_leaves_no_file(tmp_path: Path, write: SimpleNamespace) -> None:
    path = write.original(tmp_path / "in").path
    shown = demonstrations(path)
    (path / "traj_1.h5").unlink()
    with pytest.raises(DataError, match=r"traj_1\.h5"):
        list(convert(shown, tmp_path / "out"))
    names = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert names == ["conversion.json", "traj_0.h5"]


def test_views_of_different_sizes_become_arrays_of_their_own(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        demo = file.create_group("data/demo_0")
        demo["actions"] = generator.normal(size=(5, 2))
        demo["obs/front_image"] = generator.integers(0, 256, (5, 8, 12, 3), np.uint8)
        demo["obs/wrist_image"] = generator.integers(0, 256, (5, 6, 6, 3), np.uint8)
        demo["obs/wrist_depth"] = generator.random((5, 6, 6, 1), np.float32)
    before = demonstrations(tmp_path / "a.hdf5").source
    list(convert(demonstrations(tmp_path / "a.hdf5"), tmp_path / "out"))
    after = open_source(tmp_path / "out")
    assert after.keys == ("actions", "obs/depth/wrist", "obs/rgb/front", "obs/rgb/wrist")
    for view in ("front", "wrist"):
        read = after.read(0, f"obs/rgb/{view}")
        np.testing.assert_array_equal(read, before.read(0, f"obs/{view}_image"))
    depth = after.read(0, "obs/depth/wrist")
    np.testing.assert_array_equal(depth, before.read(0, "obs/wrist_depth"))


def test_episode_with_a_damaged_image_can_be_left_out(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    path = write.original(tmp_path / "in").path
    with h5py.File(path / "traj_1.h5", "a") as file:
        file["traj_0/obs/depth"][6, 1, 0, 3, 4] = np.nan
    with pytest.raises(DataError, match="key obs/depth/1, step 6: a depth is NaN or infinite"):
        list(convert(demonstrations(path), tmp_path / "out"))
    source = open_source(path)
    shown = Demonstrations(source, infer_mapping(source), skip_broken=True)
    episodes = list(convert(shown, tmp_path / "out"))
    assert [episode.problem is None for episode in episodes] == [True, False, True]
    assert [episode.length for episode in open_source(tmp_path / "out").episodes] == [5, 4]


def test_other_conversion_is_not_mixed_in(tmp_path: Path, write: SimpleNamespace) -> None:
    path = write.original(tmp_path / "in").path
    list(convert(demonstrations(path), tmp_path / "out"))
    with pytest.raises(ValueError, match=r"holds another conversion \(compression differ\)"):
        list(convert(demonstrations(path), tmp_path / "out", compression="lzf"))
    manifest = json.loads((tmp_path / "out/conversion.json").read_text())
    assert manifest["episodes"] == [f"traj_{i}.h5:traj_0" for i in range(3)]


def test_directory_with_other_files_is_left_alone(tmp_path: Path, write: SimpleNamespace) -> None:
    path = write.original(tmp_path / "in").path
    with pytest.raises(ValueError, match="is not empty; choose another directory"):
        list(convert(demonstrations(path), path))
