import pytest

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.common.extras import require


def test_missing_library_names_the_extra() -> None:
    with pytest.raises(
        ConfigurationError, match=r"no_such_library.*pip install 'spawnnet-data\[zarr\]'"
    ):
        require("no_such_library.part", "zarr")


def test_installed_library_is_returned() -> None:
    assert require("json", "zarr").loads("1") == 1
