import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import zarr

from spawnnet_data.common.errors import DataError
from spawnnet_data.sources.formats import open_source


def test_replay_buffer_of_diffusion_policy(reference: Path) -> None:
    source = open_source(reference / "datasets/diffusion_policy_tiny.zarr")
    group = zarr.open_group(str(source.path), mode="r")
    ends = [0, *np.asarray(group["meta/episode_ends"]).tolist()]
    assert [e.length for e in source.episodes] == [11, 7, 14]
    for i in range(3):
        part = slice(ends[i], ends[i + 1])
        images = np.asarray(group["data/img"][part])
        np.testing.assert_array_equal(source.read(i, "img"), images.transpose(0, 3, 1, 2))
        np.testing.assert_array_equal(source.read(i, "state"), group["data/state"][part])
        np.testing.assert_array_equal(source.read(i, "action"), group["data/action"][part])


@pytest.mark.parametrize(("dtype", "scale"), [("u1", 1), ("f4", 1), ("f4", 1 / 255)])
def test_images_of_any_range_read_as_grey_levels(
    tmp_path: Path, write: SimpleNamespace, dtype: str, scale: float
) -> None:
    written = write.zarr(tmp_path, image_dtype=dtype, scale=scale)
    np.testing.assert_array_equal(
        open_source(written.path).read(1, "img"), written.episodes[1]["img"]
    )


def test_float_colours_that_exceed_1_a_little_are_refused(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    # The brightest first image is that of episode 2, of 140.
    source = open_source(write.zarr(tmp_path, image_dtype="f4", scale=1.5 / 140).path)
    with pytest.raises(DataError, match=r"episode_2, key img, step 0: the largest .* is 1\.5"):
        source.read(1, "img")


def test_zip_file_reads_as_the_directory(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.zarr(tmp_path)
    packed = shutil.make_archive(str(tmp_path / "any_name"), "zip", written.path)
    source = open_source(packed)
    np.testing.assert_array_equal(
        source.read(2, "state", [3, 0]), written.episodes[2]["state"][[3, 0]]
    )


def test_damaged_chunk_names_key_and_step(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.zarr(tmp_path)
    chunk = written.path / "data/img/2.0.0.0"
    chunk.write_bytes(chunk.read_bytes()[:20])
    source = open_source(written.path)
    # Chunks are four steps long and the second episode begins at step 5: it holds steps 3 to 6.
    assert len(source.read(1, "img", [0, 1, 2, 7])) == 4
    with pytest.raises(DataError, match="episode_1, key img, step 3: cannot be read"):
        source.read(1, "img", [0, 3, 4])


def test_a_lost_chunk_is_not_read_as_zeros(tmp_path: Path) -> None:
    group = zarr.open_group(str(tmp_path / "set.zarr"), mode="w", zarr_format=2)
    images = np.random.default_rng(0).integers(1, 255, (9, 8, 10, 3), np.uint8)
    group.create_array("data/img", data=images, chunks=(2, 8, 10, 3))
    group.create_array("data/action", data=np.ones((9, 2), "f4"), chunks=(1, 2))
    group.create_array("meta/episode_ends", data=np.array([5, 9]))
    (tmp_path / "set.zarr/data/img/3.0.0.0").unlink()
    (tmp_path / "set.zarr/data/action/3.0").unlink()
    source = open_source(tmp_path / "set.zarr")
    assert len(source.read(0, "img")) == 5
    with pytest.raises(DataError, match=r"episode_1, key img, step 1: the chunk is missing"):
        source.read(1, "img")
    assert source.read(0, "action")[:, 0].tolist() == [1, 1, 1, 0, 1]  # zeros need no chunk


def test_numbers_that_are_always_zero_need_no_chunk(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.zarr(tmp_path)
    group = zarr.open_group(str(written.path), mode="a")
    group.create_array("data/contacts", data=np.zeros((18, 1), np.float32), chunks=(9, 1))
    assert not (written.path / "data/contacts/0.0").exists()
    assert not open_source(written.path).read(1, "contacts").any()


def test_arrays_below_groups_are_keys_too(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.zarr(tmp_path)
    group = zarr.open_group(str(written.path), mode="a")
    group.create_array("data/obs/joints", data=np.arange(36.0).reshape(18, 2))
    source = open_source(written.path)
    assert "obs/joints" in source.keys
    assert source.read(1, "obs/joints", [1]).tolist() == [[12, 13]]


def test_zarr_of_version_3_reads_the_same(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(1, 255, (9, 8, 10, 3), np.uint8)
    for version in (2, 3):
        path = str(tmp_path / f"v{version}")
        group = zarr.open_group(path, mode="w", zarr_format=version)  # type: ignore[arg-type]
        group.create_array("data/img", data=images, chunks=(2, 8, 10, 3))
        group.create_array("data/action", data=np.ones((9, 2), "f4"))
        group.create_array("meta/episode_ends", data=np.array([5, 9]))
        read = open_source(path).read(1, "img")
        np.testing.assert_array_equal(read, images[5:].transpose(0, 3, 1, 2))


@pytest.mark.parametrize("ends", [[5, 5, 18], [5, 3, 18], [0, 18], [2**62 + 1, -(2**62), 18], []])
def test_ends_must_ascend(tmp_path: Path, write: SimpleNamespace, ends: list[int]) -> None:
    written = write.zarr(tmp_path)
    group = zarr.open_group(str(written.path), mode="a")
    group.create_array("meta/episode_ends", data=np.array(ends, np.int64), overwrite=True)
    with pytest.raises(DataError, match="`meta/episode_ends` must ascend"):
        open_source(written.path)


def test_damaged_ends_are_an_error(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.zarr(tmp_path)
    (written.path / "meta/episode_ends/0").write_bytes(b"no chunk")
    with pytest.raises(DataError, match="`meta/episode_ends` cannot be read"):
        open_source(written.path)


def test_short_array_is_told_before_reading(tmp_path: Path, write: SimpleNamespace) -> None:
    written = write.zarr(tmp_path)
    group = zarr.open_group(str(written.path), mode="a")
    group.create_array("data/state", data=np.zeros((16, 5), np.float32), overwrite=True)
    source = open_source(written.path)
    assert [source.describe(i, "state").length for i in range(3)] == [5, 9, 2]


def test_group_that_is_no_replay_buffer_is_an_error(tmp_path: Path) -> None:
    zarr.open_group(str(tmp_path / "a.zarr"), mode="w", zarr_format=2)
    with pytest.raises(DataError, match=r"no replay buffer, `(data|meta)` is missing"):
        open_source(tmp_path / "a.zarr")
