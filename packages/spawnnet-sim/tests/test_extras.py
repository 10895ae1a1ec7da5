import json

import pytest

from spawnnet_sim import ConfigurationError
from spawnnet_sim.extras import import_extra


def test_an_installed_module_is_returned() -> None:
    assert import_extra("json", "video") is json


def test_a_missing_module_names_the_extra_to_install() -> None:
    with pytest.raises(ConfigurationError, match=r"pip install 'spawnnet-sim\[video\]'"):
        import_extra("no_such_module", "video")
