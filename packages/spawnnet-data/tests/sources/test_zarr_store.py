import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from spawnnet_data.common.errors import DataError
from spawnnet_data.sources.formats import open_source
from spawnnet_data.sources.zarr_store import ZarrStore


def test_arrays_are_found_below_groups_and_in_zip_files(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    path = write.zarr(tmp_path).path
    names = ["action", "depth", "img", "state"]
    assert sorted(ZarrStore(path).array_names("data")) == names
    (path / "data/nested").mkdir()
    (path / "data/img").rename(path / "data/nested/img")
    assert "nested/img" in ZarrStore(path).array_names("data")


def test_a_missing_group_is_an_error(tmp_path: Path, write: SimpleNamespace) -> None:
    with pytest.raises(DataError, match="`more` is missing"):
        ZarrStore(write.zarr(tmp_path).path).array_names("more")


def test_a_codec_that_is_missing_takes_its_array_alone(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    written = write.zarr(tmp_path)
    metadata = written.path / "data/img/.zarray"
    settings = json.loads(metadata.read_text())
    settings["compressor"] = {"id": "imagecodecs_nothing", "level": 99}
    metadata.write_text(json.dumps(settings))
    source = open_source(written.path)
    assert "img" in source.keys
    with pytest.raises(DataError, match=r"key img: .*imagecodecs_nothing.*pip install imagecodecs"):
        source.describe(0, "img")
    np.testing.assert_array_equal(source.read(1, "state"), written.episodes[1]["state"])


def test_an_array_that_is_a_link_out_of_the_folder_is_refused(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    path = write.zarr(tmp_path).path
    (path / "data/state").rename(tmp_path / "elsewhere")
    (path / "data/state").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataError, match=r"key state: lies outside of the data set, in .*elsewhere"):
        open_source(path).describe(0, "state")
    assert open_source(path, follow_links=True).read(0, "state").shape == (5, 5)


def test_a_chunk_that_is_a_link_or_a_pipe_is_refused(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    path = write.zarr(tmp_path).path
    chunk = path / "data/state/0.0"
    chunk.rename(tmp_path / "chunk")
    chunk.symlink_to(tmp_path / "chunk")
    with pytest.raises(DataError, match=r"key state: 0\.0 lies outside"):
        open_source(path).read(0, "state")
    chunk.unlink()
    os.mkfifo(chunk)
    with pytest.raises(DataError, match=r"key state: 0\.0 is no regular file"):
        open_source(path).read(0, "state")


@pytest.mark.parametrize("field", ["shape", "chunks"])
def test_an_array_larger_than_what_is_stored_is_refused(
    tmp_path: Path, write: SimpleNamespace, field: str
) -> None:
    path = write.zarr(tmp_path).path
    metadata = path / "data/state/.zarray"
    settings = json.loads(metadata.read_text())
    settings[field] = [10**10, 5]
    metadata.write_text(json.dumps(settings))
    with pytest.raises(DataError, match="key state: declares 200,000,000,000 bytes"):
        open_source(path).read(0, "state")


def test_damaged_metadata_take_their_array_alone(tmp_path: Path, write: SimpleNamespace) -> None:
    path = write.zarr(tmp_path).path
    (path / "data/state/.zarray").write_text("{")
    source = open_source(path)
    with pytest.raises(DataError, match="key state: cannot be opened"):
        source.describe(0, "state")
    assert source.read(0, "action").shape == (5, 2)


def test_metadata_of_groups_outside_of_the_folder_are_not_read(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    path = write.zarr(tmp_path / "set").path
    (tmp_path / "secret").write_text("{}")
    (path / "data/.zattrs").unlink(missing_ok=True)
    (path / "data/.zattrs").symlink_to(tmp_path / "secret")
    with pytest.raises(DataError, match="zattrs: lies outside of the data set"):
        open_source(path)


def test_a_pipe_instead_of_metadata_is_not_waited_for(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    path = write.zarr(tmp_path / "set").path
    (path / "data/pipe").mkdir()
    os.mkfifo(path / "data/pipe/.zarray")
    os.mkfifo(path / "data/pipe/zarr.json")
    assert "img" in open_source(path).keys


@pytest.mark.parametrize("zipped", [False, True])
def test_a_chunk_that_is_longer_than_its_values_is_not_unpacked(
    tmp_path: Path, write: SimpleNamespace, zipped: bool
) -> None:
    path = write.zarr(tmp_path).path
    (path / "data/state/0.0").write_bytes(bytes(300_000))
    if zipped:
        # Deflated, the chunk takes 300 bytes of the file.
        archive = shutil.make_archive(str(tmp_path / "set.zarr"), "zip", path)
        path = Path(archive)
    with pytest.raises(DataError, match=r"key state: keeps 300,\d+ bytes for \d+ bytes of values"):
        open_source(path).describe(0, "state")
    assert open_source(path).describe(0, "action").kind == "array"
