import json
import os
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import pytest
import zarr

from gdict import GDict, GDictFileError, GDictTypeError, load_zarr, save_zarr


def nested() -> GDict:
    return GDict(
        {
            "obs": {
                "rgb": np.arange(24, dtype=np.uint8).reshape(4, 3, 2),
                "t": np.array(["a", "bé"]),
            },
            "list": [np.zeros((2, 0), np.float16), (), {"when": np.array(["2026-01-02"], "M8[D]")}],
            "pair": (1, None, True, "text", {}),
            3: np.float32(2),
        }
    )


def test_a_folder_keeps_everything(tmp_path: Path) -> None:
    save_zarr(nested(), tmp_path / "x.zarr")
    loaded = load_zarr(tmp_path / "x.zarr")
    assert loaded.compare(nested()) == {}
    assert loaded.flatten()[1] == nested().flatten()[1]
    save_zarr({"a": np.arange(3)}, tmp_path / "x.zarr")
    assert load_zarr(tmp_path / "x.zarr").paths() == ["a"]
    assert [path.name for path in tmp_path.iterdir()] == ["x.zarr"]


@pytest.mark.parametrize("form", [2, 3])
def test_zarr_reads_ours_and_we_read_its(tmp_path: Path, form: Any) -> None:
    save_zarr(nested(), tmp_path / "x.zarr")
    np.testing.assert_array_equal(
        zarr.open_group(tmp_path / "x.zarr", mode="r")["obs/rgb"][...], nested()["obs/rgb"]
    )
    group = zarr.open_group(tmp_path / "y.zarr", mode="w", zarr_format=form)
    group.create_array("data/action", data=np.arange(6.0).reshape(3, 2), chunks=(2, 2))
    group.create_array("meta/ends", data=np.array([1, 3]))
    loaded = load_zarr(tmp_path / "y.zarr")
    assert loaded.shape == {"data": {"action": (3, 2)}, "meta": {"ends": (2,)}}
    np.testing.assert_array_equal(loaded["data/action"], np.arange(6.0).reshape(3, 2))


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("ran",)


def test_pickles_are_refused_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save_zarr({"a": np.arange(4, dtype=np.uint8)}, "x.zarr")
    metadata = json.loads(Path("x.zarr/a/.zarray").read_text("utf-8"))
    metadata |= {"compressor": None, "filters": [{"id": "pickle", "protocol": 5}]}
    Path("x.zarr/a/.zarray").write_text(json.dumps(metadata), "utf-8")
    Path("x.zarr/a/0").write_bytes(numcodecs.Pickle().encode(np.array([Evil()], object)))
    with pytest.raises(GDictFileError, match="pickle"):
        load_zarr("x.zarr")
    assert not Path("ran").exists()
    with pytest.raises(GDictTypeError, match=r"a: .*objects"):
        save_zarr({"a": np.array([{}], object)}, "y.zarr")


def test_only_known_codecs_are_run(tmp_path: Path) -> None:
    group = zarr.open_group(tmp_path / "x.zarr", mode="w", zarr_format=2)
    group.create_array("a", data=np.arange(4), compressors=numcodecs.Base64())
    with pytest.raises(GDictFileError, match="a: Its data have the codec 'base64', which is not"):
        load_zarr(tmp_path / "x.zarr")


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    save_zarr({"a": np.arange(4)}, tmp_path / "x.zarr")
    (tmp_path / "secret").write_bytes(b"12345678")
    (tmp_path / "x.zarr/a/0").unlink()
    (tmp_path / "x.zarr/a/0").symlink_to(tmp_path / "secret")
    with pytest.raises(GDictFileError, match=r"a/0 is no plain file"):
        load_zarr(tmp_path / "x.zarr")


def test_a_missing_chunk_is_noticed_by_its_checksum(tmp_path: Path) -> None:
    save_zarr({"obs": {"a": np.arange(4)}}, tmp_path / "x.zarr")
    (tmp_path / "x.zarr/obs/a/0").unlink()
    with pytest.raises(GDictFileError, match="obs/a: Its checksum is another one"):
        load_zarr(tmp_path / "x.zarr")


def test_damaged_chunks_and_metadata_are_named(tmp_path: Path) -> None:
    save_zarr({"a": np.arange(400)}, tmp_path / "x.zarr")
    chunk = tmp_path / "x.zarr/a/0"
    chunk.write_bytes(chunk.read_bytes()[:20])
    with pytest.raises(GDictFileError, match="a: It cannot be read"):
        load_zarr(tmp_path / "x.zarr")
    (tmp_path / "x.zarr/a/.zarray").write_text("{")
    with pytest.raises(GDictFileError, match=r"x\.zarr cannot be read as zarr"):
        load_zarr(tmp_path / "x.zarr")


def test_claims_beyond_what_is_stored_are_refused(tmp_path: Path) -> None:
    group = zarr.open_group(tmp_path / "x.zarr", mode="w", zarr_format=2)
    group.create_array("a", shape=(2**40, 3), chunks=(2**20, 3), dtype=np.uint8)
    with pytest.raises(GDictFileError, match="a: It claims 3298534883328 bytes, far more than"):
        load_zarr(tmp_path / "x.zarr")


def test_more_than_the_values_need_is_not_unpacked(tmp_path: Path) -> None:
    group = zarr.open_group(tmp_path / "x.zarr", mode="w", zarr_format=2)
    group.create_array("a", data=np.arange(5))
    (tmp_path / "x.zarr/a/0").write_bytes(bytes(300_000))
    with pytest.raises(GDictFileError, match=r"a: It keeps 300\d\d\d bytes for 40 bytes of values"):
        load_zarr(tmp_path / "x.zarr")


@pytest.mark.parametrize("form", [2, 3])
def test_a_chunk_that_becomes_far_more_is_not_unpacked(tmp_path: Path, form: Any) -> None:
    group = zarr.open_group(tmp_path / "x.zarr", mode="w", zarr_format=form)
    zstd = zarr.codecs.ZstdCodec() if form == 3 else numcodecs.Zstd()
    group.create_array("in/a", data=np.arange(50), chunks=(10,), compressors=zstd)
    assert load_zarr(tmp_path / "x.zarr")["in/a"][49] == 49
    chunk = tmp_path / "x.zarr/in/a" / ("c/3" if form == 3 else "3")
    chunk.write_bytes(numcodecs.Zstd().encode(bytes(5_000_000)))
    with pytest.raises(GDictFileError, match=r"in/a: A chunk of .* becomes 5000000 or more"):
        load_zarr(tmp_path / "x.zarr")


def test_chunks_that_are_compressed_twice_are_not_read(tmp_path: Path) -> None:
    group = zarr.open_group(tmp_path / "x.zarr", mode="w", zarr_format=2)
    twice: Any = {"filters": [numcodecs.BZ2()], "compressors": numcodecs.Zstd()}
    group.create_array("a", data=np.arange(50), **twice)
    with pytest.raises(GDictFileError, match="a: It is compressed twice, by bz2 and zstd"):
        load_zarr(tmp_path / "x.zarr")


def test_what_is_no_zarr_folder_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(GDictFileError, match="is there already and no zarr folder"):
        save_zarr({"a": np.arange(3)}, tmp_path)
    assert (tmp_path / "kept").read_text() == "mine"
    with pytest.raises(GDictFileError, match=r"^\.a: zarr cannot store this name"):
        save_zarr({".a": np.arange(3)}, tmp_path / "x.zarr")
    with pytest.raises(FileNotFoundError):
        load_zarr(tmp_path / "none.zarr")


def test_what_would_not_be_read_again_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(GDictFileError, match=r"^o/a\\b: zarr cannot store this name"):
        save_zarr({"o": {"a\\b": np.arange(3)}}, tmp_path / "x.zarr")
    for array in (np.zeros(3, "V4"), np.zeros(2, [("a", "i4")])):
        with pytest.raises(GDictTypeError, match=r"^o/a: zarr cannot store an array of "):
            save_zarr({"o": {"a": array}}, tmp_path / "x.zarr")
    assert not list(tmp_path.iterdir())
