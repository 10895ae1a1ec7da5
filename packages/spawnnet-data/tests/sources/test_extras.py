import pytest

from spawnnet_data.sources.extras import require


def test_missing_library_names_the_extra() -> None:
    with pytest.raises(ImportError, match=r"no_such_library.*pip install 'spawnnet-train\[zarr\]'"):
        require("no_such_library.part", "zarr")


def test_installed_library_is_returned() -> None:
    assert require("json", "zarr").loads("1") == 1
