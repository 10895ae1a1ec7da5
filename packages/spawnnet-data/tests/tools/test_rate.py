import math
from pathlib import Path
from types import SimpleNamespace

import pytest

from spawnnet_data.common.errors import ConfigurationError
from spawnnet_data.reading.demonstrations import Demonstrations
from spawnnet_data.reading.inference import infer_mapping
from spawnnet_data.sources.formats import open_source
from spawnnet_data.tools.rate import rate_of


def opened(path: Path) -> Demonstrations:
    source = open_source(path)
    return Demonstrations(source, infer_mapping(source))


def test_the_given_rate_comes_before_that_of_the_source(
    tmp_path: Path, write: SimpleNamespace
) -> None:
    told = opened(write.robomimic(tmp_path / "told").path)
    assert (rate_of(told, None), rate_of(told, 7.5)) == (20, 7.5)
    silent = opened(write.original(tmp_path / "silent").path)
    assert (rate_of(silent, None), rate_of(silent, 7.5)) == (None, 7.5)


@pytest.mark.parametrize("rate", [math.inf, math.nan, 0, -10, 1e-9, 1e7])
def test_a_rate_at_which_nothing_moves_is_refused(
    tmp_path: Path, write: SimpleNamespace, rate: float
) -> None:
    message = f"^rate: must be from 0.001 to 1,000,000 Hz, got {rate:g}"
    with pytest.raises(ConfigurationError, match=message.replace("+", r"\+")):
        rate_of(opened(write.original(tmp_path).path), rate)
